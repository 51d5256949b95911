"""The Slack app manifest against Slack's schema, and what the schema cannot see."""

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from tests.needs import ROOT, require

SCOPES = """
    commands chat:write im:write users:read users:read.email usergroups:read channels:read groups:read
    channels:history groups:history im:history
"""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """The Slack app manifest."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    return read


def test_slacks_own_schema_accepts_the_manifest(manifest: dict[str, Any]) -> None:
    schema = json.loads((require("specs") / "slack" / "manifest.schema.2.0.0.json").read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(manifest)] == []


def test_the_manifest_asks_for_the_least_scopes(manifest: dict[str, Any]) -> None:
    # The schema does not know the names of scopes: a misspelt one passes it.
    scopes = manifest["oauth_config"]["scopes"]
    assert set(scopes) == {"bot"}
    assert sorted(scopes["bot"]) == sorted(SCOPES.split())


def test_commands_arrive_with_people_and_channels_as_ids(manifest: dict[str, Any]) -> None:
    commands = manifest["features"]["slash_commands"]
    assert {command["command"] for command in commands} == {"/emergency-change", "/deploy-request", "/change"}
    assert all(command["should_escape"] is True for command in commands)


def test_the_manifest_switches_nothing_on_that_is_not_used(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert not settings["token_rotation_enabled"]
    assert not settings["org_deploy_enabled"]
    assert not settings["socket_mode_enabled"]


def test_every_address_of_the_manifest_is_one_host(manifest: dict[str, Any]) -> None:
    # `python -m bot manifest --url` puts the installation's address in the place of this one.
    text = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    addresses = set(re.findall(r"^\s*\w*url: (\S+)", text, re.MULTILINE))
    assert addresses == {"https://countersign.example.com/slack/events"}
    assert manifest["settings"]["interactivity"]["message_menu_options_url"] in addresses
