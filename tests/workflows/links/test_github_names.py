"""Names that people and payloads give: what may become part of a path, and what never does."""

from collections.abc import Callable
from typing import Any

import pytest

from workflows.links import Rejected, passing
from workflows.links import github_names as names


@pytest.mark.parametrize(
    ("make", "given", "path"),
    [
        (names.repository, "acme/payments", "/repos/acme/payments"),
        (names.repository, "a_b/.github", "/repos/a_b/.github"),
        (names.ref, "main", "main"),
        (names.ref, "feature/pool#7", "feature%2Fpool%237"),
        (names.ref, "größer", "gr%C3%B6%C3%9Fer"),
        (names.environment, "eu / production", "eu%20%2F%20production"),
        (names.login, "dependabot[bot]", "dependabot%5Bbot%5D"),
        (names.sha, "a" * 40, "a" * 40),
        (names.number, 812, 812),
    ],
)
def test_a_name_keeps_its_place_in_the_path(make: Callable[[Any], Any], given: Any, path: Any) -> None:
    assert make(given) == path


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (names.repository, "acme"),
        (names.repository, "acme/payments/../../user"),
        (names.repository, "acme/.."),
        (names.repository, "../payments"),
        (names.repository, "acme/pay ments"),
        (names.repository, "acme/payments?x"),
        (names.repository, "https://evil.example/acme/payments"),
        (names.repository, "acme/payments\n"),
        (names.ref, ""),
        (names.ref, "a..b"),
        (names.ref, "../x"),
        (names.ref, "a/./b"),
        (names.ref, "a b"),
        (names.ref, "a\x00b"),
        (names.ref, "HEAD~1"),
        (names.ref, "x" * 256),
        (names.environment, ".."),
        (names.environment, "."),
        (names.environment, "a\nb"),
        (names.environment, ""),
        (names.login, "a/b"),
        (names.login, ".."),
        (names.sha, "main"),
        (names.sha, "A" * 40),
        (names.sha, "a" * 39),
        (names.number, 0),
        (names.number, True),
        (names.number, "1"),
        (names.number, 1 << 63),
    ],
)
def test_what_could_lead_elsewhere_is_not_asked(make: Callable[[Any], Any], given: Any) -> None:
    with pytest.raises(Rejected) as no:
        make(given)
    assert no.value.status == 0


@pytest.mark.parametrize(
    ("why", "soon"),
    [("timeout", True), ("503", True), ("rate-limited", True), ("403", False), ("404", False), ("nothing-live", False)],
)
def test_a_hiccup_is_told_from_a_no(why: str, soon: bool) -> None:
    assert passing(why) is soon
