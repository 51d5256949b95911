"""The digest of a week by name: a full one, a quiet one, one that was looked at, and where nobody read GitHub."""

from dataclasses import replace
from datetime import date, timedelta

from bot.blocks import digest
from tests.bot.blocks.gallery import Shown
from tests.bot.blocks.world import DECLARED, World, minutes
from workflows.change import Judgement, Status
from workflows.completeness import Gap, Period
from workflows.digested import Digest, Emergency, Open, Seen
from workflows.weeks import Week

WEEK = Week("2026-W47", date(2026, 11, 16), DECLARED - timedelta(days=7), DECLARED)
SOURCES = ("deployments:acme/payments", "commits:acme/payments")
CLEAN = Period(WEEK.since, WEEK.until, 0, (), (), 0, SOURCES, DECLARED)
GAPS = replace(CLEAN, gaps=(Gap(SOURCES[0], minutes(-7000), minutes(-6880)),))
QUIET = Digest(
    week=WEEK, over=True, deploys=12, changes=12, count=0, unapproved=0, findings=0, drills=1, emergencies=(),
    open=Open(), repeats=(), period=CLEAN, seen=None,
)  # fmt: skip


def emergency(world: World, **given: object) -> Emergency:
    """One that was approved after four minutes and reviewed on time."""
    fields: dict[str, object] = {
        "key": "EC-2026-0042",
        "systems": ("payments",),
        "title": world.typed("checkout answers 500"),
        "confidential": False,
        "status": Status.REVIEWED,
        "unapproved": False,
        "waited": timedelta(minutes=4),
        "ratified": False,
        "reviewed_at": minutes(-2000),
        "due": minutes(-1900),
        "late": None,
        "judgement": Judgement.YES,
    }
    return Emergency(**(fields | given))  # type: ignore[arg-type]


def full(world: World) -> Digest:
    """A week in which everything happened that can."""
    unreviewed = {"reviewed_at": None, "judgement": None}
    lines = (
        emergency(world),
        emergency(world, key="EC-2026-0043", waited=None, unapproved=True, late=timedelta(hours=3),
                  judgement=Judgement.NO),
        emergency(world, key="EC-2026-0044", waited=None, unapproved=True, ratified=True, status=Status.PROCEEDING,
                  due=minutes(600), **unreviewed),
        emergency(world, key="EC-2026-0045", systems=("payments", "search"), status=Status.REJECTED, waited=None,
                  due=None, **unreviewed),
        emergency(world, key="EC-2026-0046", title=None, confidential=True, judgement=Judgement.FINDINGS),
    )  # fmt: skip
    return replace(
        QUIET,
        deploys=41,
        changes=48,
        count=5,
        unapproved=2,
        findings=2,
        emergencies=lines,
        open=Open(overdue=1, follow_ups=4, late=1, findings=2),
        repeats=(("payments", 3), ("search", 2)),
    )


def digests(world: World) -> dict[str, Shown]:
    """The post in its states."""
    scene, shared = world.scene(), replace(world.scene(), shared=True)
    week = full(world)
    most = replace(week, count=31, changes=31, emergencies=(emergency(world),) * 8, period=GAPS)
    told = Seen("cto", minutes(3))
    return {
        "digest_full": digest.digest(week, scene, pages="https://changes.example.com"),
        "digest_most": digest.digest(most, shared, pages="https://changes.example.com"),
        "digest_quiet": digest.digest(QUIET, shared),
        "digest_quiet_gaps": digest.digest(replace(QUIET, period=GAPS, drills=0, deploys=0), shared),
        "digest_no_sources": digest.digest(replace(QUIET, period=replace(CLEAN, sources=())), shared),
        "digest_looked_at": digest.digest(replace(week, seen=told), shared),
        "digest_running": digest.digest(replace(QUIET, over=False), scene),
        "digest_looked_first": digest.looked(replace(told, anew=True), WEEK, scene),
        "digest_looked_before": digest.looked(told, WEEK, scene),
        "digest_unknown_week": digest.unknown_week(world.typed("frobnicate"), scene),
    }
