"""The fields that only one type of change is asked, and how an optional field is drawn."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.blocks import inputs
from bot.blocks.kit import JSON, Scene
from workflows import access
from workflows.change import Type

Filled = Mapping[str, Any]


def by_type(kind: Type, filled: Filled, scene: Scene) -> list[JSON]:
    """What only this type of change is asked."""
    if kind is Type.ACCESS:
        until = moment(filled, "access_until") or access.default_until(scene.now)
        return [
            optional("access", "Which access, for whom?", filled, long=False),
            inputs.moment("access_until", "Until", until, hint="At most 12 hours from now.", optional=True),
        ]
    if kind is Type.PATCH:
        return [
            optional("advisory", "CVE or advisory", filled, long=False),
            optional("cvss", "CVSS", filled, long=False, hint=_CVSS),
            inputs.day("known_since", "Known since", string(filled, "known_since"), optional=True),
            *(_wait(filled) if "put_off_until" in filled else []),
        ]
    if kind is Type.INFRASTRUCTURE:
        return [optional("plan_output", "Plan output or link", filled)]
    if kind is Type.DATABASE:
        return [optional("staging_proof", "Proof from staging", filled)]
    return []


_CVSS = "9.8, or CVSS:3.1/AV:N/…; from 9.0 it is an emergency."


def _wait(filled: Filled) -> list[JSON]:
    """Why a patch may wait: the exception has an end, an owner and something that protects until then."""
    return [
        inputs.day("put_off_until", "Put off until", string(filled, "put_off_until"), optional=True),
        inputs.person("put_off_owner", "Who answers for it?", filled.get("put_off_owner"), optional=True),
        optional("put_off_control", "What protects until then?", filled, hint=_STILL),
    ]


_STILL = "Its due date stays; reminders go on after that day."


def optional(name: str, label: str, filled: Filled, *, long: bool = True, hint: str = "") -> JSON:
    return inputs.text(
        name,
        label,
        string(filled, name),
        long=long,
        hint=hint,
        optional=True,
        limit=inputs.LONGEST if long else 300,
    )


def string(filled: Filled, name: str) -> str:
    return str(filled.get(name) or "")


def moment(filled: Filled, name: str) -> datetime | None:
    value = filled.get(name)
    return value if isinstance(value, datetime) else None
