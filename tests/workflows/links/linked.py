"""A link to a served stand-in GitHub, as the App it is installed as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.playground.github.hub import Hub
from tests.playground.small_github import APP, REPO, Stage, keys, stage
from workflows.links.github import GitHub


@dataclass
class Linked:
    """What a test has at hand; the hub has ada and bob, `REPO` with one commit by ada, and production's gate."""

    stage: Stage
    link: GitHub

    @property
    def hub(self) -> Hub:
        """The stand-in."""
        return self.stage.hub

    @property
    def tip(self) -> str:
        """Where the default branch stands."""
        return self.link.resolve(REPO, "main")

    @contextmanager
    def anew(self) -> Iterator[GitHub]:
        """A link that knows nothing yet, with a person's token."""
        self.hub.allow_token("ghp_bob", "bob")
        link = GitHub(self.stage.url, token="ghp_bob")
        try:
            yield link
        finally:
            link.close()

    def lands(self, *, author: str = "ada", by: str = "bob", method: str = "merge", reviewed: bool = True) -> str:
        """Have a pull request by `author` reviewed and merged by `by`; the SHA it became."""
        number = len(self.hub.state()["repositories"][0]["pulls"]) + 1
        branch = f"feature/{number}"
        self.hub.commit(REPO, author=author, branch=branch, message=f"Part {number}", files={f"src/{number}.py": "1\n"})
        opened = self.hub.open_pull(REPO, author=author, title=f"Change {number}", branch=branch)
        if reviewed:
            self.hub.review(REPO, opened, by=by)
        return self.hub.merge(REPO, opened, by=by, method=method)


@contextmanager
def linked() -> Iterator[Linked]:
    """Serve a small hub; every request that the link makes is checked against the official description."""
    with stage() as made:
        link = GitHub(made.url, app_id=APP, private_key=keys(0)[0])
        try:
            yield Linked(made, link)
        finally:
            link.close()
