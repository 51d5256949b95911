"""The digest of a week for the change review meeting: `/change digest`, and the post on Monday (SCREENS 13)."""

from collections.abc import Sequence
from datetime import date

from bot.blocks import around, kit, listed, render, times
from bot.blocks.kit import JSON, Drawing, Scene
from bot.blocks.phrases import JUDGEMENTS, system_words
from bot.blocks.sentence import At, Due, Link, Sentence, Who, Words, join, listing, say
from bot.blocks.text import one_line
from workflows.change import Status
from workflows.digested import Digest, Emergency, Seen
from workflows.weeks import Week

MARK_DONE = "digest_seen"
LINE = 10  # percent of all changes that emergencies should stay under
_UNDECIDED = {
    Status.DECLARED: "waiting for approval",
    Status.REJECTED: "rejected",
    Status.WITHDRAWN: "withdrawn",
}


def digest(found: Digest, scene: Scene, *, pages: str = "") -> Drawing:
    """The week as the meeting reads it; `pages`: the address under which the register is served, "" is none."""
    blocks = [kit.header(f"Changes, {days(found.week)}"), *_happened(found, scene)]
    blocks += [_emergencies(found, scene)] if found.emergencies else []
    for said in (_open(found), _repeats(found)):
        blocks += [render.paragraph(said, scene)] if said else []
    if not found.quiet or not found.period.clean:
        blocks.append(render.paragraph(around.line(found.period), scene))
    below = _below(found, pages)
    blocks += [render.small([below], scene)] if below else []
    return kit.card_drawing(render.notification(notification(found), scene), [*blocks, *_looked(found, scene)])


def days(week: Week) -> str:
    """`16–22 Nov`, `30 Nov – 6 Dec`."""
    first, last = week.first, week.last
    if first.month == last.month:
        return f"{first.day}–{_day(last)}"
    return f"{_day(first)} – {_day(last)}"


def _day(day: date) -> str:
    return times.date_words(day.isoformat())


def notification(found: Digest) -> Sentence:
    """The digest in a sentence."""
    told = [f"{found.count} {_word(found.count, 'emergency', 'emergencies')}"]
    told += [f"{found.unapproved} without approval"] if found.unapproved else []
    told += [f"{found.open.overdue} {_word(found.open.overdue, 'review')} overdue"] if found.open.overdue else []
    return say("Changes {days}: {told}. {around}", days=days(found.week), told=", ".join(told), around=_short(found))


def _short(found: Digest) -> str:
    period = found.period
    if period.clean:
        return "0 unexplained."
    count = f"{period.count} unexplained. " if period.count else ""
    return f"{count}Not every source was read: not complete." if period.gaps or not period.sources else count.strip()


def _happened(found: Digest, scene: Scene) -> list[JSON]:
    if found.quiet:
        deploys = f"*{found.deploys}* {_word(found.deploys, 'deploy')} approved. " if found.deploys else ""
        clean = ", 0 unexplained" if found.period.clean else ""
        return [render.paragraph(say(f"{deploys}No emergency, nothing open{clean}."), scene)]
    share = f" (*{_share(found)}* of all; line is {LINE} %)" if found.count else ""
    told = say(
        f"*{found.deploys}* {_word(found.deploys, 'deploy')} approved, "
        f"*{found.count}* {_word(found.count, 'emergency', 'emergencies')}{share}, "
        f"*{found.unapproved}* without approval first, *{found.findings}* {_word(found.findings, 'finding')}."
    )
    return [render.paragraph(told, scene)]


def _share(found: Digest) -> str:
    """Emergencies among all changes in percent, rounded up: what is over the line never looks like the line."""
    return f"{-(-100 * found.count // max(found.changes, 1))} %"


def _emergencies(found: Digest, scene: Scene) -> JSON:
    lines: list[Sentence] = [say("*Emergencies*"), *(_line(one) for one in found.emergencies)]
    lines += [say(f"{found.more} more: /change list emergencies 30d")] if found.more > 0 else []
    return render.paragraph(join(lines, "\n"), scene)


def _line(one: Emergency) -> Sentence:
    title = listed.row_title(one.title, 40, confidential=one.confidential)
    what = say("{key} {systems}: {title}", key=one.key, systems=system_words(one.systems), title=title)
    return join((what, _decided(one), _reviewed(one), JUDGEMENTS[one.judgement] if one.judgement else None))


def _decided(one: Emergency) -> str:
    if one.unapproved:
        return "without approval, ratified afterwards" if one.ratified else "without approval"
    if one.waited is not None:
        return f"approved in {times.span(one.waited)}"
    return _UNDECIDED.get(one.status, "without approval")


def _reviewed(one: Emergency) -> Sentence:
    if one.due is None:
        return ()
    if one.reviewed_at is not None:
        return say("reviewed {when}", when=f"{times.span(one.late)} late" if one.late else "on time")
    if one.status is Status.WITHDRAWN:
        return ()
    return say("review open, due {due}", due=Due(one.due))


def _open(found: Digest) -> Sentence:
    owed = found.open
    late = f", {owed.late} late" if owed.late else ""
    parts = (
        f"reviews: {owed.overdue} overdue" if owed.overdue else None,
        f"follow-ups: {owed.follow_ups}{late}" if owed.follow_ups else None,
        f"findings: {owed.findings}" if owed.findings else None,
    )
    told = join(parts)
    return say("*Open*: {told}", told=told) if told else ()


def _repeats(found: Digest) -> Sentence:
    told = [f"{system_words((name,))} {many} times" for name, many in found.repeats]
    return say("*Repeats*: {told} in 4 weeks.", told=listing(told, limit=len(told))) if told else ()


def _below(found: Digest, pages: str) -> Sentence:
    drills = f"Drills: {found.drills}." if found.drills else None
    chart = f"{pages}/register/?since={found.week.first}&until={found.week.last}#weeks"
    record = say("Record page: {link}", link=Link(chart, "register")) if pages else None
    return join((drills, record), " ")


def _looked(found: Digest, scene: Scene) -> Sequence[JSON]:
    """Who looked at it, or the button for it; a week that is not over can't be looked at whole."""
    if found.seen is not None:
        return [render.small([_by(found.seen)], scene)]
    if not found.over:
        return []
    button = kit.button("Mark done", MARK_DONE, found.week.name, about=days(found.week), style="primary")
    return [kit.actions([button])]


def _by(seen: Seen) -> Sentence:
    return say("Looked at by {who} {at}.", who=Who(seen.by), at=At(seen.at))


def looked(seen: Seen, week: Week, scene: Scene) -> Drawing:
    """What whoever pressed Mark done reads: that it is recorded, or who did before."""
    told = (Words(f"Changes, {days(week)}: "), *_by(seen))
    whole = join((told, () if seen.anew else say("Nothing changed.")), " ")
    return kit.drawing(render.notification(whole, scene), [render.paragraph(whole, scene)])


def unknown_week(typed: str, scene: Scene) -> Drawing:
    """`/change digest frobnicate`."""
    no = f'I can\'t read "{one_line(typed, 40)}" as a week.'
    text = f'{no} /change digest is the last one, "this" the running one, or write 2026-W47.'
    return kit.drawing(render.notification((Words(text),), scene), [{"type": "section", "text": kit.plain(text)}])


def _word(count: int, one: str, many: str = "") -> str:
    return one if count == 1 else many or f"{one}s"
