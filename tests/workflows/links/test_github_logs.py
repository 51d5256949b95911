"""The log archive of a run: fetched whole from where GitHub keeps it, without a token, and from nowhere else."""

import hashlib
import io
import zipfile
from collections.abc import Iterator

import pytest

from bot.playground.github.faults import Fault
from tests.playground.small_github import REPO
from tests.workflows.links.linked import Linked, linked
from workflows.links import Rejected, Unavailable, github_logs

API = "https://api.github.com"
STORED = "https://productionresultssa12.blob.core.windows.net/actions-results/1?sig=x"


@pytest.mark.parametrize(
    ("where", "api", "hosts", "may"),
    [
        pytest.param(STORED, API, (), True, id="where github.com keeps logs"),
        pytest.param("https://pipelines.actions.githubusercontent.com/a?b", API, (), True, id="where it kept them"),
        pytest.param("https://api.github.com/logs/1", API, (), True, id="the same host"),
        pytest.param("https://evil.blob.core.windows.net/1", API, (), False, id="a name that anybody can have"),
        pytest.param("https://productionresultssa1.blob.core.windows.net.evil.example/1", API, (), False, id="below"),
        pytest.param("https://x@productionresultssa1.blob.core.windows.net/1", API, (), False, id="with a user"),
        pytest.param("https://productionresultssa1.blob.core.windows.net:8443/1", API, (), False, id="another port"),
        pytest.param(STORED.replace("https", "http"), API, (), False, id="in the clear"),
        pytest.param("https://169.254.169.254/latest", API, (), False, id="an address inside"),
        pytest.param("file:///etc/passwd", API, (), False, id="a file"),
        pytest.param("https://[::1/", API, (), False, id="nothing that can be read"),
        pytest.param("", API, (), False, id="nothing"),
        pytest.param(STORED, "https://ghe.example.com/api/v3", (), False, id="not for a server of one's own"),
        pytest.param("https://ghe.example.com/_apis/1", "https://ghe.example.com/api/v3", (), True, id="that server"),
        pytest.param("https://logs.example.com/1", API, ("logs.example.com",), True, id="one the policy names"),
        pytest.param("http://logs.example.com/1", API, ("logs.example.com",), False, id="which is https too"),
    ],
)
def test_only_where_github_keeps_logs_is_asked(where: str, api: str, hosts: tuple[str, ...], may: bool) -> None:
    assert github_logs.allowed(where, api, hosts) is may


@pytest.fixture(scope="module")
def at() -> Iterator[Linked]:
    """A link to a small hub."""
    with linked() as made:
        yield made


@pytest.fixture(scope="module")
def run(at: Linked) -> int:
    """A run that is over."""
    return at.hub.run(REPO, at.tip, environment="staging", by="ada")


def test_an_archive_comes_whole_and_our_token_stays_at_home(at: Linked, run: int) -> None:
    pieces, before = list[bytes](), len(at.hub.calls)
    at.link.log_archive(REPO, run, 1, pieces.append)
    whole = b"".join(pieces)
    assert hashlib.sha256(whole).hexdigest() == at.hub.log_digest(REPO, run)
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    told = [one.status for one in at.hub.calls[before:] if "logs" in one.path]
    assert told == [302, 200], "shown a token, the storage says 400"
    assert (run, 1, "completed") in [(one.id, one.attempt, one.status) for one in at.link.runs_of(REPO, at.tip)]


def test_what_is_gone_too_large_or_from_elsewhere(at: Linked, run: int) -> None:
    with pytest.raises(Rejected) as no:
        at.link.log_archive(REPO, run, 2, print)
    assert (no.value.why, no.value.status) == (github_logs.GONE, 404)
    with pytest.raises(Rejected) as no:
        github_logs.fetch(at.link._wire, REPO, run, 1, print, hosts=(), most=20)
    assert no.value.why == github_logs.TOO_LARGE
    base, at.hub.world.base_url = at.hub.world.base_url, "https://evil.example"
    with pytest.raises(Rejected) as no:
        at.link.log_archive(REPO, run, 1, print)
    assert no.value.why == github_logs.ELSEWHERE
    at.hub.world.base_url = base.replace("http", "ftp")
    with pytest.raises(Rejected):
        at.link.log_archive(REPO, run, 1, print, hosts=("127.0.0.1",))
    at.hub.world.base_url = base
    other = at.hub.run(REPO, at.tip, environment="staging", by="ada")
    at.hub.expire_logs(REPO, other)
    with pytest.raises(Rejected) as no:
        at.link.log_archive(REPO, other, 1, print)
    assert (no.value.why, no.value.status) == (github_logs.GONE, 410)


def test_what_does_not_come_whole_is_no_archive(at: Linked, run: int) -> None:
    for fault, why in (("outage", "503"), ("reset_before", "no-connection"), ("rate_limited", "rate-limited")):
        at.hub.faults.add(Fault(fault, "*/logs" if fault == "rate_limited" else "/_logs/", times=1))
        with at.anew() as link, pytest.raises(Unavailable) as silent:
            link.log_archive(REPO, run, 1, print)
        assert silent.value.why == why
    at.hub.faults.clear()
