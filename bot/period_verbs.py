"""`unexplained`: what went around the gate in a period and nobody explained, without Slack."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.blocks import around, render
from bot.clock import SystemClock
from bot.policies import PolicyFile
from bot.policy_verbs import in_force
from bot.scenes import scene
from bot.settings import Settings, SettingsError
from workflows import db, periods
from workflows.completeness import Period

NO, UNKNOWN = 1, 3
USUAL = timedelta(days=30)


def unexplained(settings: Settings, *, since: str | None, until: str | None) -> int:
    """Print it. Exit 0 says "0 unexplained"; 1: here is the list; 3: none is known, and a source was not read."""
    now = SystemClock().now()
    end = min(_day("--until", until) or now, now)
    begin = _day("--since", since) or end - USUAL
    if begin >= end:
        raise SettingsError("--since must be before --until, and not later than now.")
    file = PolicyFile(Path(settings.policy_file), now=now, linked=settings.linked).rules
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.read() as tx:
            rules = in_force(tx, file)
            found = periods.unexplained(tx, begin, end, rules)
            view = scene(tx, rules, now=now, people=(), zone="UTC")
    finally:
        database.close()
    print(f"{_text(begin)} to {_text(end)}")
    print(render.plain(around.line(found), view, sign="@"))
    _print(found)
    return NO if found.count else 0 if found.clean else UNKNOWN


def _print(found: Period) -> None:
    for one in found.list:
        where = one.branch or one.environment or "-"
        told = f"{one.repository or '-'}  {one.sha[:7] or '-':7}  {where}  {one.login or '-'}"
        print(f"{one.key or 'not judged yet':14}  {_text(one.at)}  {told}")
    for gap in found.gaps:
        print(f"not read        {gap.source}  {_text(gap.since)} to {_text(gap.until)}")


def _text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _day(name: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    except ValueError:
        raise SettingsError(f"{name} must be a date like 2026-11-30, not {value!r}.") from None
