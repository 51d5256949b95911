"""The demo's GitHub: the stand-in with the App in it, two repositories with a history, and whose account is whose."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot import keys
from bot.clock import Clock
from bot.playground.github.hub import Hub
from bot.playground.github.server import build_github
from bot.playground.running import serve
from bot.playground.site import Site
from bot.settings import Settings

APP = "12345"
LOGINS = {"U0DEV": "dev-gh", "U0SRE": "sre-gh", "U0LEAD": "lead-gh", "U0CTO": "cto-gh", "U0REL": "rel-gh"}
"""Slack account → GitHub login; the guest has none."""
KEPT = "github.json"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Merged:
    """A pull request of the past: opened by one, approved and merged by another, `ago` before the first start."""

    ago: timedelta
    author: str
    reviewer: str
    title: str
    file: str
    version: str = ""  # the tag under which it went to production, an hour after it was merged


@dataclass(frozen=True, slots=True)
class Seed:
    """A repository: its past, and the pull request that is open."""

    name: str
    past: tuple[Merged, ...]
    author: str
    title: str
    file: str


SEEDS = (
    Seed(
        "acme/web",
        (
            Merged(9 * DAY, "sre-gh", "lead-gh", "Serve images in three sizes", "images.py", "v203"),
            Merged(3 * DAY, "dev-gh", "sre-gh", "Remember the basket between visits", "basket.py", "v204"),
            Merged(2 * HOUR, "dev-gh", "lead-gh", "Show the total before the last step", "checkout.py"),
        ),
        "sre-gh",
        "Say when an order will arrive",
        "orders.py",
    ),
    Seed(
        "acme/payments",
        (
            Merged(8 * DAY, "sre-gh", "lead-gh", "Keep a receipt of each refund", "refunds.py", "v810"),
            Merged(2 * DAY, "dev-gh", "sre-gh", "Ask the bank only once", "bank.py", "v811"),
            Merged(3 * HOUR, "dev-gh", "sre-gh", "Try a card again after a growing pause", "retries.py"),
        ),
        "sre-gh",
        "Round totals once, at the end",
        "totals.py",
    ),
)


@dataclass(frozen=True, slots=True)
class Served:
    """The stand-in, served. `settings`: what the bot is told of it."""

    hub: Hub
    settings: Settings
    public_key: str

    def tell(self, url: str | None) -> None:
        """Install the App: webhooks go to `url`, or nowhere."""
        secret = self.settings.github_webhook_secret
        self.hub.install(app_id=APP, public_key=self.public_key, webhook_secret=secret, webhook_url=url)


@contextmanager
def serving(folder: Path, clock: Clock, *, port: int = 0) -> Iterator[Served]:
    """Serve the demo's GitHub on loopback; a first start makes the App's key and the repositories.

    `port` is taken when it is free, so that the links of older cards go on leading somewhere.
    """
    private = _key(folder / "github-app.pem")
    hub = Hub(clock.now)
    app = build_github(hub)
    app.add_middleware(Site, hub=hub)
    try:
        github = serve(app, "127.0.0.1", port)
    except OSError:
        github = serve(app, "127.0.0.1", 0)
    try:
        given = Settings(
            github_api_url=github.url,
            github_app_id=APP,
            github_private_key=_private(private),
            github_webhook_secret=keys.new_id(),
        )
        made = Served(hub, given, _public(private))
        made.tell(None)
        if (folder / KEPT).exists():
            hub.load(folder / KEPT)
        else:
            seed(hub, clock.now())
        yield made
    finally:
        github.close()


def people_table(emails: dict[str, str]) -> str:
    """The policy's [people] for these people: Slack account → e-mail."""
    lines = [f'[people."{emails[one]}"]\ngithub = "{login}"' for one, login in LOGINS.items()]
    return "\n# Whose GitHub account is whose.\n" + "\n".join(lines) + "\n"


def seed(hub: Hub, now: datetime) -> None:
    """Fill an empty hub with the people and the two repositories, as they would be `now` after some days of work."""
    clock = hub.world.clock
    hub.world.clock = lambda: now - 30 * DAY
    try:
        for login, name in (("dev", "Dana Novak"), ("sre", "Sam Okafor"), ("lead", "Lena Brandt")):
            hub.add_account(f"{login}-gh", name, f"{login}@example.com")
        for login, name in (("cto", "Carla Reyes"), ("rel", "Ravi Patel")):
            hub.add_account(f"{login}-gh", name)
        for one in SEEDS:
            _repository(hub, one, now)
    finally:
        hub.world.clock = clock


def _repository(hub: Hub, one: Seed, now: datetime) -> None:
    hub.add_repository(one.name, private=True)
    hub.environment(one.name, "staging", custom_rule=False)
    hub.environment(one.name, "production")
    hub.commit(one.name, author="lead-gh", message="Begin", files={"README.md": f"# {one.name}\n"})
    hub.protect(one.name, "main", approvals=1, checks=("unit",))
    for place, merged in enumerate(one.past, 1):
        _past(hub, one.name, merged, now, place)
    hub.world.clock = lambda: now - HOUR
    branch = one.title.lower().replace(",", "").replace(" ", "-")
    sha = hub.commit(one.name, author=one.author, message=one.title, branch=branch, files={one.file: "# to do\n"})
    hub.open_pull(one.name, author=one.author, title=one.title, branch=branch)
    passed(hub, one.name, sha)


def _past(hub: Hub, repo: str, merged: Merged, now: datetime, place: int) -> None:
    hub.world.clock = lambda: now - merged.ago
    branch = f"work-{place}"
    sha = hub.commit(repo, author=merged.author, message=merged.title, branch=branch, files={merged.file: "# done\n"})
    passed(hub, repo, sha)
    number = hub.open_pull(repo, author=merged.author, title=merged.title, branch=branch)
    hub.review(repo, number, by=merged.reviewer)
    head = hub.merge(repo, number, by=merged.reviewer, method="squash")
    passed(hub, repo, head)
    hub.deploy(repo, head, "staging", by=merged.author)
    if merged.version:
        hub.world.clock = lambda: now - merged.ago + HOUR
        hub.tag(repo, merged.version, head, by=merged.reviewer)
        live = hub.deploy(repo, head, "production", by=merged.author, ref=merged.version)
        for earlier in list(hub.world.repository(repo).deployments.values()):
            if earlier.environment == "production" and earlier.id != live:
                hub.deployment_status(repo, earlier.id, "inactive", by=merged.author)


def passed(hub: Hub, repo: str, sha: str) -> None:
    """Let the checks of a commit have passed."""
    for name in ("unit", "build"):
        hub.check(repo, sha, name, "success")


def _key(file: Path) -> rsa.RSAPrivateKey:
    """The App's key of this folder, made when there is none."""
    if not file.exists():
        made = rsa.generate_private_key(65537, 2048)
        file.touch(mode=0o600)
        file.write_text(_private(made))
    read = serialization.load_pem_private_key(file.read_bytes(), None)
    if not isinstance(read, rsa.RSAPrivateKey):
        raise ValueError(f"{file} holds another kind of key; remove it to get a new one")
    return read


def _private(key: rsa.RSAPrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def _public(key: rsa.RSAPrivateKey) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()
