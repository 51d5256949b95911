"""The first page: what the period held, what is open, what is out of the ordinary."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bot.register import charts, words
from bot.register.asking import asked
from bot.register.charts import Chart, Series
from bot.register.visitors import Visit
from workflows import anchored, register_notes, register_overview
from workflows.completeness import unread
from workflows.register_overview import LINE, WAITS, Overview


def overview(visit: Visit) -> Response:
    """The overview."""
    rules = visit.desk.policy.rules
    with visit.desk.db.read() as tx:
        question = asked(visit, tx)
        only = question.only
        found = register_overview.overview(tx, only, rules)
        anchors = anchored.look(tx, rules.audit, visit.desk.clock.now())
        meetings = register_notes.meetings(tx, only.since, only.until, full=visit.visitor.may("auditor"))
    visit.saw.update(question.period.told)
    return visit.draw(
        "overview.html",
        here="Overview",
        period=question.period.words,
        asked=question,
        found=found,
        now=visit.desk.clock.now(),
        line=LINE,
        charts=_charts(found, rules.zone),
        meetings=meetings,
        unread=unread(found.around.gaps),
        anchors=anchors,
        exception=words.exception,
    )


def _charts(found: Overview, zone: str) -> tuple[Chart, ...]:
    return (_weeks(found, zone), _unexplained(found, zone), _waits(found), _reviews(found), _debts(found))


def _weeks(found: Overview, zone: str) -> Chart:
    where = ZoneInfo(zone)
    labels = [f"{week.since.astimezone(where):%-d %b}" for week in found.weeks]
    series = [
        Series(name, style, tuple(week.counts[kind] for week in found.weeks))
        for name, style, kind in (
            ("Emergencies", "dense", "emergency"),
            ("Deploys", "plain", "deploy"),
            ("Findings", "hatched", "finding"),
        )
    ]
    shares = [f"{week.share * 100:.1f} %" if sum(week.counts.values()) else "–" for week in found.weeks]
    over = sum(week.share > LINE for week in found.weeks)
    weeks = words.counted(len(labels), "week")
    said = f"{words.counted(found.population, 'change')}; in {over} of {weeks} emergencies were more than 10 %."
    more, title = {"Emergency share": shares}, "Changes per week by kind"
    return charts.columns("weeks", title, said, labels, series, first="Week of", line=LINE, extra=more)


def _unexplained(found: Overview, zone: str) -> Chart:
    """What went around the gate and nobody has explained; with a gap in what was read, a low number proves nothing."""
    where, around = ZoneInfo(zone), found.around
    labels = [f"{week.since.astimezone(where):%-d %b}" for week in found.weeks]
    counts = tuple(sum(week.since <= one.at < week.until for one in around.list) for week in found.weeks)
    proved = "sources were read without a gap" if around.sources and not around.gaps else "not proved complete"
    known = around.count or around.clean
    count = f"{around.count} unexplained in the period" if known else "Nothing unexplained was found"
    said = f"{count}; {proved}."
    series = [Series("Unexplained", "hatched", counts)]
    return charts.columns("unexplained", "Unexplained deployments per week", said, labels, series, first="Week of")


def _waits(found: Overview) -> Chart:
    labels = [label if most is None else f"≤ {label}" for label, most in WAITS]
    series = [_series("Emergencies", "dense", found, "emergency"), _series("Deploys", "plain", found, "deploy")]
    total = sum(sum(one.values) for one in series)
    approved = words.counted(total, "approved change")
    said = f"From the declaration to the approval, of {approved}."
    return charts.columns("waits", "Time to approve", said, labels, series, first="Within")


def _series(name: str, style: str, found: Overview, kind: str) -> Series:
    return Series(name, style, tuple(counts.get(kind, 0) for _, counts in found.waits))


def _reviews(found: Overview) -> Chart:
    r = found.reviews
    labels, values = ("On time", "Late", "Open, not due", "Overdue"), (r.on_time, r.late, r.open, r.overdue)
    closed = words.counted(r.on_time + r.late, "closed review")
    said = f"On time: {r.on_time} of {closed}; overdue now: {r.overdue}."
    series = [Series("Reviews", "dense", values)]
    return charts.columns("reviews", "Reviews on time", said, labels, series, first="Review")


def _debts(found: Overview) -> Chart:
    def values(of: Callable[[register_overview.Debt], int]) -> tuple[int, ...]:
        return tuple(of(one) for one in found.debts)

    labels = [one.what for one in found.debts]
    series = [
        Series("Late", "dense", values(lambda one: one.late)),
        Series("In time", "plain", values(lambda one: one.open - one.late)),
    ]
    said = f"Owed now: {sum(one.open for one in found.debts)}, late: {sum(one.late for one in found.debts)}."
    return charts.columns("debts", "Open debts now", said, labels, series, first="Owed")
