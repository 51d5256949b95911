"""The Slack app's manifest for one installation, made from `manifest.yml` as text."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

PLACEHOLDER = "https://countersign.example.com"
_ADDRESS = re.compile(rf"^\s*\w+: {re.escape(PLACEHOLDER)}\S*$")


class ManifestError(Exception):
    """The manifest cannot be made; the message says why and what to do."""


def source() -> str:
    """The text of manifest.yml, from the checkout or from where the installed package keeps it."""
    places = (Path(__file__).parents[1] / "manifest.yml", Path(sys.prefix) / "share/countersign/manifest.yml")
    for place in places:
        if place.is_file():
            return place.read_text(encoding="utf-8")
    raise ManifestError("manifest.yml was not found beside the package; run this in a checkout.")


def for_url(text: str, url: str) -> str:
    """The manifest for HTTP: every address points to this installation, e.g. https://changes.example.com."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ManifestError(f"--url must be an https address that Slack can reach, not {url!r}.")
    return text.replace(PLACEHOLDER, url.rstrip("/"))


def for_socket(text: str) -> str:
    """The manifest for Socket Mode: no addresses at all, the app opens the connection."""
    lines = [line for line in text.splitlines() if not _ADDRESS.match(line)]
    return "\n".join(lines).replace("socket_mode_enabled: false", "socket_mode_enabled: true") + "\n"
