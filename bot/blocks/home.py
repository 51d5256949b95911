"""The App Home: what I owe, in time order. Buttons work here and the page is drawn anew after each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.blocks import buttons, kit, owing, render, times
from bot.blocks.kit import JSON, Scene, View
from bot.blocks.listed import row_subject, row_title, state_words, unmended
from bot.blocks.phrases import JUDGEMENTS, RISKS
from bot.blocks.sentence import Due, Sentence, When, Who, join, people, say
from bot.blocks.text import one_line
from bot.blocks.values import addressee
from workflows.change import Action, Judgement, Kind, Risk, Status
from workflows.rows import Debt, HomeLists, Lost, Row

MOST_BLOCKS = 60
_DECIDE = (Action.APPROVE, Action.REJECT, buttons.DETAILS)

_DEPLOYS: Mapping[Status, tuple[str, Sequence[str]]] = {
    Status.REQUESTED: ("approvers decide once its checks pass", (Action.EDIT, buttons.DETAILS)),
    Status.APPROVED: ("its pipeline may go", (buttons.DETAILS,)),
    Status.PROCEEDING: ("its pipeline may go", (buttons.DETAILS,)),
}
# status → (what to do next, its button)
NEXT: Mapping[Status, tuple[str, Sequence[str]]] = {
    Status.DECLARED: ("an approver decides", (Action.ADD_DETAILS, buttons.DETAILS)),
    Status.APPROVED: ("press Mark deployed when live", (Action.MARK_DEPLOYED, buttons.DETAILS)),
    Status.PROCEEDING: ("press Mark deployed when live", (Action.MARK_DEPLOYED, buttons.DETAILS)),
    Status.DEPLOYED: ("somebody else reviews it", (buttons.DETAILS,)),
    Status.REJECTED: ("a new plan needs a new emergency", (Action.DECLARE_AGAIN, buttons.DETAILS)),
}


def home(
    lists: HomeLists,
    scene: Scene,
    *,
    person: str,
    guest: bool = False,
    admins: Sequence[str] = (),
    policy_fault: str | None = None,
    admin: bool = False,
) -> View:
    """The view of one person (SCREENS 8), at most 60 blocks.

    `admins`: whom a guest may ask. `policy_fault`: what is wrong with a changed policy file, the earlier one holding.
    """
    personal = replace(scene, shared=False, pings=None)
    blocks = _top(personal, person, guest)
    if guest:
        who = people(admins, "or") or say("somebody who runs it")
        blocks.append(render.paragraph(say("Guests can't use Countersign. Ask {who}.", who=who), personal))
        return _view(blocks)
    blocks += _banners(lists.lost, personal, policy_fault, admin)
    if lists.empty:
        blocks.append(render.paragraph(say(_FIRST), personal))
    else:
        blocks += _lists(lists, personal, MOST_BLOCKS - len(blocks) - 2)
    foot = say("Help: /change help · Procedure: /change policy")
    return _view([*blocks, kit.divider(), render.small([foot], personal)])


_FIRST = "When something is broken, press Declare emergency. When you are asked to approve, it shows up here."


def _view(blocks: list[JSON]) -> View:
    return {"type": "home", "callback_id": "home", "blocks": blocks[: kit.VIEW_BLOCKS]}


def _top(scene: Scene, person: str, guest: bool) -> list[JSON]:
    now = times.written(scene.now, scene.zone, scene.now)
    line = say("{who} · {now}, your time · updated {t}", who=Who(person, quiet=True), now=now, t=When(scene.now))
    blocks = [kit.header("Countersign"), render.small([line], scene)]
    if not guest:
        label, style = buttons.BUTTONS[buttons.DECLARE]
        blocks.append(kit.actions([kit.button(label, buttons.DECLARE, "new", about="now", style=style)], "declare"))
    return blocks


def _banners(lost: Sequence[Lost], scene: Scene, fault: str | None, admin: bool) -> list[JSON]:
    blocks = []
    if lost:
        one = len(lost) == 1
        told = [
            say("{key}{to}", key=each.key or "a message", to=each.to and say(" to {who}", who=addressee(each.to)))
            for each in lost[:3]
        ]
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else None
        instead = [each.instead for each in lost if each.instead]
        line = say(
            "{count} could not be delivered: {told}{more}.{instead}{admin}",
            count="A message" if one else f"{len(lost)} messages",
            told=join(told, ", "),
            more=more,
            instead=say(" Told in {place} instead.", place=one_line(instead[0], 40)) if instead else None,
            admin=" See countersign outbox list." if admin else None,
        )
        blocks.append(render.paragraph(line, scene))
    if fault:
        told_fault = "The changed policy file has a mistake ({fault}); the earlier one is in force."
        blocks.append(render.paragraph(say(told_fault, fault=one_line(fault, 200)), scene))
    return blocks


def _lists(lists: HomeLists, scene: Scene, room: int) -> list[JSON]:
    """Every list with its header; the later ones give way when there is no room for all."""
    parts = [
        _Part("Waiting for me", [_waiting(row, scene) for row in lists.waiting], "Nothing waits for your decision."),
        _Part("Reviews and follow-ups I owe", [_owed(one, scene) for one in lists.owed], "You owe no review."),
        _Part("Overdue", [_owed(one, scene) for one in lists.overdue], None),
        _Part(
            "My open changes",
            [_mine(row, scene) for row in lists.mine],
            "You have no open change. Type /emergency-change when something is broken.",
        ),
        _Part("Last closed", [_closed(row, scene) for row in lists.closed[:5]], "Nothing closed yet.", counted=False),
    ]
    names = ["waiting", "owed", "overdue", "mine", "closed"]
    if lists.unmended:
        names.insert(3, "unmended")
        parts.insert(3, _Part("To be put right", [_closed(row, scene, "unmended") for row in lists.unmended], None))
    more = dict(lists.more)
    shares = _shares([part.rows for part in parts], room - 3 * len(parts))
    made = (part.cut(share, more.get(name, 0), scene) for name, part, share in zip(names, parts, shares, strict=True))
    return [block for blocks in made for block in blocks]


def _shares(lists: Sequence[list[list[JSON]]], room: int) -> list[int]:
    """How many rows of each list are shown: the longest gives way first, until all fit."""
    shares = [len(rows) for rows in lists]
    while sum(len(row) for rows, share in zip(lists, shares, strict=True) for row in rows[:share]) > room:
        longest = max(range(len(shares)), key=lambda index: (shares[index], index))
        shares[longest] -= 1
    return shares


@dataclass(frozen=True, slots=True)
class _Part:
    """A list under its header; `empty` is said when there is no row, None leaves the list out."""

    name: str
    rows: list[list[JSON]]
    empty: str | None
    counted: bool = True

    def cut(self, share: int, more: int, scene: Scene) -> list[JSON]:
        """The header, `share` rows, and how many are left."""
        if not self.rows:
            return [kit.header(self.name), render.small([say(self.empty)], scene)] if self.empty else []
        total = len(self.rows) + more
        made = [kit.header(f"{self.name} ({total})" if self.counted else self.name)]
        made += [block for row in self.rows[:share] for block in row]
        if total > share:
            made.append(render.small([say(f"and {total - share} more: /change mine, /change list")], scene))
        return made


def _row(row: Row, line: Sentence, scene: Scene, actions: Sequence[str], where: str) -> list[JSON]:
    made = buttons.for_row(row, scene, actions)
    return [render.paragraph(line, scene), kit.actions(made, f"{where}:{row.id}")]


def _what(row: Row) -> Sentence:
    secret = row.confidential and row.title is None
    title = row_title(row.title, 60, confidential=secret, system=row.system)
    about = row_subject(row)
    drill = "drill: " if row.drill else None
    return say("*{key}* {drill}{system}: {title}", key=row.key, drill=drill, system=about, title=title)


def _waiting(row: Row, scene: Scene) -> list[JSON]:
    ago = times.span(scene.now - row.at)
    line = join((_what(row), RISKS[Risk(row.risk)], f"asked {ago} ago"))
    return _row(row, line, scene, _DECIDE, "waiting")


def _owed(debt: Debt, scene: Scene) -> list[JSON]:
    where = "owed" if debt.mine else "overdue"
    made = buttons.for_debt(debt, scene, owing.offers(debt))
    return [render.paragraph(owing.row_line(debt, scene), scene), kit.actions(made, f"{where}:{debt.slot}")]


def _mine(row: Row, scene: Scene) -> list[JSON]:
    table = _DEPLOYS if row.kind is Kind.DEPLOY else NEXT
    step, actions = table.get(row.status, ("", (buttons.DETAILS,)))
    state = state_words(row.status, nothing_deployed=row.nothing_deployed, became=row.became, kind=row.kind)
    if row.drill and row.status is Status.APPROVED:
        state = "practice approval"
    until = say("until {t}", t=Due(row.valid_until)) if row.valid_until and row.status is Status.APPROVED else None
    due = say("review due {due}", due=Due(row.due)) if row.due and row.status is Status.DEPLOYED else None
    return _row(row, join((_what(row), state, until, due, step)), scene, actions, "mine")


def _closed(row: Row, scene: Scene, where: str = "closed") -> list[JSON]:
    state = state_words(row.status, nothing_deployed=row.nothing_deployed, became=row.became, kind=row.kind)
    verdict = JUDGEMENTS[Judgement(row.judgement)] if row.judgement else None
    text = kit.plain(render.plain(join((_what(row), state, verdict, unmended(row))), scene))
    return [kit.section_with(text, buttons.for_row(row, scene, (buttons.DETAILS,))[0], f"{where}:{row.id}")]
