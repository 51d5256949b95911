"""Private answers to commands. One reader, who sees what holds now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.blocks import around, buttons, card, kit, listed, owing, receipts, render, times
from bot.blocks.kit import Drawing, Scene
from bot.blocks.listed import row_subject, row_title, state_words
from bot.blocks.notes import NOTHING, CardNotes
from bot.blocks.notifications import notification
from bot.blocks.sentence import Sentence, Team, Value, When, Who, Words, join, listing, say
from bot.blocks.states import state_of
from bot.blocks.text import escape, one_line
from workflows.case import Case
from workflows.change import Action, Status
from workflows.completeness import Period
from workflows.rows import HomeLists, Recent, Row

MOST_IN_CARD = 3
MOST_ROWS = 10


def change(
    case: Case, scene: Scene, *, actions: Sequence[Action], notes: CardNotes = NOTHING, may_read: bool = True
) -> Drawing:
    """`/change KEY` (7): the card with what this reader may press, at most three and Details."""
    personal = replace(scene, shared=False, pings=None)
    state = state_of(case, scene.now)
    shown = replace(case, confidential=False) if may_read else case
    offered = [one for one in actions if one in buttons.BUTTONS][:MOST_IN_CARD] if may_read else []
    row = kit.actions(buttons.for_case(shown, personal, [*offered, buttons.DETAILS], bare=True))
    return kit.drawing(notification(shown, personal, notes, state), [*card.face(shown, personal, notes, state), row])


def unknown_change(scene: Scene, typed: str, *, nearest: str | None, newest: str | None) -> Drawing:
    """No change of that key (7)."""
    key = f"No change {one_line(typed, 40)}."
    hint = f" Did you mean {nearest}?" if nearest else f" The newest is {newest}." if newest else ""
    return _plain(f"{key}{hint} /change list shows all.")


def _plain(text: str) -> Drawing:
    """A line in which something typed stands: plain words."""
    return kit.drawing(escape(text), [{"type": "section", "text": kit.plain(text)}])


def unknown_word(scene: Scene, typed: str, *, nearest: str | None) -> Drawing:
    """`/change lsit`: the nearest word, and help."""
    meant = f" Did you mean {nearest}?" if nearest else ""
    first = _plain(f'I don\'t know "{one_line(typed, 40)}".{meant}')
    return kit.drawing(first.text, [*first.blocks, *help_words(scene).blocks])


def help_words(scene: Scene) -> Drawing:
    """`/change help` (7): what one can type."""
    lines = (
        "*Something is broken:* /emergency-change what is broken",
        *(["*Deploy:* /deploy-request acme/payments@v812 production"] if scene.rules.deploy else []),
        "*Look:* /change EC-2026-0042 · EC-2026-0042 why · list · list patches · mine · policy · digest · whoami",
        "*Practise:* /emergency-change drill what you practise",
    )
    blocks = [
        kit.section("\n".join(lines)),
        kit.section("In a thread: message menu → Declare emergency, or Link to a change."),
        kit.context([kit.markdown("Asked for approval? Press Approve, Reject or Details on the card.")]),
    ]
    text = "What you can type: /emergency-change and what is broken; /change list, mine, policy, digest or a key."
    return kit.drawing(text, blocks)


def listing_of(recent: Recent, scene: Scene, period: Period | None = None) -> Drawing:
    """`/change list` (7): the newest rows, the counts of the span, and what of it went around the gate."""
    personal = replace(scene, shared=False, pings=None)
    if not recent.rows:
        return receipts.line(say(f"No changes in the last {_days(recent.days)}."), personal)
    count = recent.emergencies
    deploys = f", {recent.deploys} deploy{'' if recent.deploys == 1 else 's'}" if recent.deploys else ""
    head = f"{count} {'emergency' if count == 1 else 'emergencies'} ({recent.unapproved} without approval){deploys}."
    unmended = f" {recent.unmended} still to be put right after a review." if recent.unmended else ""
    drills = f" {recent.drills} {'drill' if recent.drills == 1 else 'drills'} apart." if recent.drills else ""
    blocks = [kit.header(f"Changes, last {_days(recent.days)}"), kit.context([kit.markdown(head + drills + unmended)])]
    if period is not None:
        blocks.append(render.paragraph(around.line(period), personal))
    blocks += [render.paragraph(_row(row), personal) for row in recent.rows[:MOST_ROWS]]
    if recent.more:
        blocks.append(kit.context([kit.markdown(f"{recent.more} more: /change list 7d, or the App Home.")]))
    return kit.drawing(f"Changes, last {_days(recent.days)}: {head}{drills}{unmended}", blocks)


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"


def _row(row: Row) -> Sentence:
    secret = row.confidential and row.title is None
    title = row_title(row.title, 50, confidential=secret, system=row.system)
    what = say("*{key}* {system}: {title}", key=row.key, system=row_subject(row), title=title)
    state = state_words(row.status, nothing_deployed=row.nothing_deployed, became=row.became, kind=row.kind)
    if row.drill and row.status is Status.APPROVED:
        state = "practice approval"
    left = listed.unmended(row)
    return (*what, Words("\n"), *join((state, left, (Who(row.person),), say("{at}", at=When(row.at)))))


def mine(lists: HomeLists, scene: Scene) -> Drawing:
    """`/change mine` (7): what waits for the reader and what they owe, five of each."""
    personal = replace(scene, shared=False, pings=None)
    groups: list[tuple[str, str, list[Sentence]]] = [
        ("Waiting for me", "to decide", [_row(row) for row in lists.waiting[:5]]),
        ("Reviews and follow-ups I owe", "owed", [owing.row_line(debt, personal) for debt in lists.owed[:5]]),
        ("Overdue", "overdue", [owing.row_line(debt, personal) for debt in lists.overdue[:5]]),
        ("To be put right", "to be put right", [_row(row) for row in lists.unmended[:5]]),
        ("My open changes", "open", [_row(row) for row in lists.mine[:5]]),
    ]
    if not any(rows for _, _, rows in groups):
        return receipts.line(say("Nothing waits for you."), personal)
    blocks = [kit.header("Yours")]
    for name, _, rows in groups:
        if rows:
            blocks.append(kit.section(f"*{name}*"))
            blocks += [render.paragraph(row, personal) for row in rows]
    said = ", ".join(f"{len(rows)} {short}" for _, short, rows in groups if rows)
    return kit.drawing(f"Yours: {said}.", blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the asker. `groups`: (name, how: "Slack group", "on call until …", "named in the policy")."""

    email: str | None = None
    github: str | None = None
    zone: str | None = None
    groups: tuple[tuple[str, Value], ...] = ()
    reviews: int = 0
    follow_ups: int = 0
    read: datetime | None = None


def whoami(scene: Scene, *, person: str, known: Known) -> Drawing:
    """`/change whoami` (7): who the reader is here, and what they may approve."""
    told = say(
        "You are {who}. E-mail {email}, GitHub {github}, zone {zone}.",
        who=Who(person),
        email=_masked(known.email) if known.email else "not known",
        github=one_line(known.github, 40) if known.github else "not known",
        zone=one_line(known.zone or scene.zone, 40),
    )
    groups = listing((say("{name} ({how})", name=Team(name), how=how) for name, how in known.groups), limit=8)
    may = say("You may approve as: {groups}.", groups=groups) if groups else say("You are in no approver group.")
    owes = [
        f"{n} {word}{'s' if n > 1 else ''}"
        for n, word in ((known.reviews, "review"), (known.follow_ups, "follow-up"))
        if n
    ]
    owed = say("You owe: {owes}.", owes=" and ".join(owes)) if owes else say("You owe nothing.")
    if not known.github and scene.rules.deploy and known.groups:
        unknown = "While your GitHub account is not known, you can't approve deploys with commits: {mend}."
        mend = "show your e-mail on GitHub, or ask whoever keeps the policy to add it under [people]"
        may = join((may, say(unknown, mend=mend)), " ")
    read = [say("Read {ago} ago.", ago=times.span(scene.now - known.read))] if known.read else []
    return receipts.line(join((told, may, owed), "\n"), scene, small=read)


def _masked(email: str) -> str:
    local, _, domain = one_line(email, 100).partition("@")
    return f"{local[:1]}…@{domain}"


def procedure(lines: Sequence[tuple[int, str, str]], scene: Scene) -> Drawing:
    """`/change policy` (11): the heading (number 0) and the numbered steps of `workflows.procedure`."""
    head, since = next(((label, text) for number, label, text in lines if number == 0), ("Emergency changes", ""))
    blocks = [kit.header(one_line(head, 150))]
    blocks += [kit.context([kit.plain(one_line(since, 300))])] if since else []
    steps = [(number, label, text) for number, label, text in lines if number]
    for number, label, text in steps:
        step = say("*{label}*\n{text}", label=f"{number} {label}", text=text[:2500])
        blocks.append(render.paragraph(step, scene))
    return kit.drawing(escape(f"{head}: the procedure in {len(steps)} steps."), blocks)
