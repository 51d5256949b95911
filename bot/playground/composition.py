"""Checks of Block Kit's composition objects, with errors worded and placed as Slack words and places them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeGuard

from bot.playground.records import Json

TEXT_FIELDS = {
    "plain_text": {"type", "text", "emoji"},
    "mrkdwn": {"type", "text", "verbatim"},
}


class Findings:
    """What is wrong with a payload, as Slack lists it under `response_metadata.messages`."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.messages: list[str] = []

    def add(self, pointer: str, words: str) -> None:
        """Find `words` at the JSON pointer."""
        self.messages.append(f"{words} [json-pointer:{pointer}]")

    def is_object(self, value: Any, pointer: str) -> TypeGuard[Json]:
        """Say whether `value` is an object; find it otherwise."""
        if isinstance(value, dict):
            return True
        self.add(pointer, "must be an object")
        return False

    def fields(self, value: Json, pointer: str, allowed: Iterable[str], required: Iterable[str] = ()) -> None:
        """Find fields that do not belong, and required ones that are absent."""
        for name in required:
            if value.get(name) is None:
                self.add(pointer, f"missing required field: {name}")
        for name in value:
            if name not in allowed:
                self.add(f"{pointer}/{name}", f"invalid additional property: {name}")

    def string(self, value: Any, pointer: str, most: int, least: int = 0) -> bool:
        """Check an optional string of `least` to `most` characters; False when there is none to look at."""
        if value is None:
            return False
        if not isinstance(value, str):
            self.add(pointer, "must be a string")
            return False
        if len(value) > most:
            self.add(pointer, f"must be less than {most + 1} characters")
        if len(value) < least:
            self.add(pointer, f"must be more than {least - 1} characters")
        return True

    def flag(self, value: Any, pointer: str) -> None:
        """Check an optional boolean."""
        if value is not None and not isinstance(value, bool):
            self.add(pointer, "must be a boolean")

    def whole(self, value: Any, pointer: str, least: int, most: int) -> None:
        """Check an optional whole number."""
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.add(pointer, f"must be a whole number from {least} to {most}")

    def items(self, value: Any, pointer: str, most: int, least: int = 1) -> list[Any]:
        """Check a list of `least` to `most` items and return it, empty when it is no list."""
        if not isinstance(value, list):
            self.add(pointer, "must provide an array")
            return []
        if len(value) > most:
            self.add(pointer, f"no more than {most} items allowed")
        if len(value) < least:
            self.add(pointer, f"no fewer than {least} items required")
        return value

    def one_of(self, value: Any, pointer: str, choices: tuple[str, ...]) -> None:
        """Check an optional string that has few possible values."""
        if value is not None and value not in choices:
            self.add(pointer, f"must be one of: {', '.join(choices)}")


def check_text(found: Findings, value: Any, pointer: str, most: int = 3000, *, plain: bool = False) -> None:
    """Check an optional text object of 1 to `most` characters, of type plain_text when `plain`."""
    if value is None or not found.is_object(value, pointer):
        return
    kind = value.get("type")
    if kind not in (("plain_text",) if plain else tuple(TEXT_FIELDS)):
        found.add(f"{pointer}/type", f"unsupported type: {kind}")
        return
    found.fields(value, pointer, TEXT_FIELDS[kind], ("text",))
    found.string(value.get("text"), f"{pointer}/text", most, least=1)
    found.flag(value.get("emoji"), f"{pointer}/emoji")
    found.flag(value.get("verbatim"), f"{pointer}/verbatim")


def check_confirm(found: Findings, value: Any, pointer: str) -> None:
    """Check an optional confirmation dialog."""
    if value is None or not found.is_object(value, pointer):
        return
    required = ("title", "text", "confirm", "deny")
    found.fields(value, pointer, (*required, "style"), required)
    check_text(found, value.get("title"), f"{pointer}/title", 100, plain=True)
    check_text(found, value.get("text"), f"{pointer}/text", 300)
    check_text(found, value.get("confirm"), f"{pointer}/confirm", 30, plain=True)
    check_text(found, value.get("deny"), f"{pointer}/deny", 30, plain=True)
    found.one_of(value.get("style"), f"{pointer}/style", ("primary", "danger"))


def check_option(found: Findings, value: Any, pointer: str, *, plain: bool, url: bool = False) -> None:
    """Check one option; only those of an overflow menu may have a URL, only radios and checkboxes mrkdwn."""
    if not found.is_object(value, pointer):
        return
    allowed = {"text", "value", "description"} | ({"url"} if url else set())
    found.fields(value, pointer, allowed, ("text", "value"))
    check_text(found, value.get("text"), f"{pointer}/text", 75, plain=plain)
    found.string(value.get("value"), f"{pointer}/value", 150)
    check_text(found, value.get("description"), f"{pointer}/description", 75, plain=plain)
    found.string(value.get("url"), f"{pointer}/url", 3000)


def check_options(found: Findings, value: Any, pointer: str, most: int, *, plain: bool, url: bool = False) -> None:
    """Check a list of 1 to `most` options."""
    for place, option in enumerate(found.items(value, pointer, most)):
        check_option(found, option, f"{pointer}/{place}", plain=plain, url=url)


def check_groups(found: Findings, value: Any, pointer: str) -> None:
    """Check the option groups of a menu."""
    for place, group in enumerate(found.items(value, pointer, 100)):
        at = f"{pointer}/{place}"
        if found.is_object(group, at):
            found.fields(group, at, ("label", "options"), ("label", "options"))
            check_text(found, group.get("label"), f"{at}/label", 75, plain=True)
            check_options(found, group.get("options"), f"{at}/options", 100, plain=True)


def options_of(element: Json) -> list[Json]:
    """Return every option an element offers, those in groups too."""
    grouped = [option for group in element.get("option_groups") or [] for option in group.get("options", [])]
    return [*(element.get("options") or []), *grouped]
