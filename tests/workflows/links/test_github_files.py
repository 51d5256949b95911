"""A file of a repository is committed, found again, and never overwritten unseen."""

from collections.abc import Iterator

import pytest

from tests.playground.github_spec import checked
from tests.playground.small_github import REPO
from tests.workflows.links.linked import Linked, linked
from workflows.links import Rejected, Unavailable

PATH = "countersign/check point.txt"
NOTE = "record.example.com\n3\n— é\n"


@pytest.fixture(scope="module")
def there() -> Iterator[Linked]:
    with linked() as one:
        yield one


def test_a_file_is_committed_and_replaced(there: Linked) -> None:
    link, before, wrong = there.link, there.tip, checked(there.hub, answers=True)
    assert link.file(REPO, PATH) is None
    link.put_file(REPO, PATH, NOTE, message="Checkpoint of 3 events")
    first = link.file(REPO, PATH)
    assert first is not None
    assert first.text == NOTE
    assert there.tip != before
    link.put_file(REPO, PATH, "another", message="Checkpoint", before=first.sha, branch="main")
    second = link.file(REPO, PATH, "main")
    assert second is not None
    assert second.text == "another"
    for stale in ("", first.sha):
        with pytest.raises(Rejected) as no:
            link.put_file(REPO, PATH, "unseen", message="Checkpoint", before=stale)
        assert no.value.status in (409, 422)
    assert wrong == []


def test_what_is_no_file_is_not_taken_for_an_absent_one(there: Linked) -> None:
    there.link.put_file(REPO, "folder/one", "x", message="m")
    for path in ("folder", "../x", "", "a//b"):
        with pytest.raises(Rejected):
            there.link.file(REPO, path)
    with pytest.raises((Rejected, Unavailable)):
        there.link.file("acme/nowhere", PATH)
