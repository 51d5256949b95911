"""The card of a deploy: may this commit go, who holds it, on what it rests, and until when."""

from dataclasses import replace

from bot.blocks import buttons, commits, condition_words, issue_words, kit, oncall_words, patch_words, render
from bot.blocks.deploy_states import LIVE, OVER, DeployState, deploy_state, headline, offers, ready, ruled, unread
from bot.blocks.deploy_status import status
from bot.blocks.kit import JSON, Scene
from bot.blocks.notes import CardNotes
from bot.blocks.phrases import RISKS, decider, subject, title, why
from bot.blocks.sentence import At, Due, Sentence, Team, Typed, When, Who, join, listing, say
from bot.blocks.states import voices
from bot.blocks.text import one_line
from workflows import conditions, freezes, quorum, readiness
from workflows import voices as voices_rule
from workflows.case import Case
from workflows.change import UNDECIDED, Field, Status, Type
from workflows.conditions import Held
from workflows.conditions import State as Met
from workflows.ruleset import Need

MOST_NAMED = 2
_SECRET = "Confidential. Parties, approvers and reviewers can open it in Details; opening is recorded."
_BRIEF = OVER | LIVE  # what it was about is in Details
_RESTS = frozenset({Status.REQUESTED, Status.APPROVED, Status.REJECTED, Status.EXPIRED})


def draw(case: Case, scene: Scene, notes: CardNotes) -> list[JSON]:
    """The blocks of the card with its channel buttons."""
    row = buttons.for_case(case, scene, offers(case, scene, deploy_state(case, scene)))
    return [*face(case, scene, notes), kit.actions(row)]


def face(case: Case, scene: Scene, notes: CardNotes) -> list[JSON]:
    """The blocks without buttons (SCREENS 12.2); only the line of who is needed pings."""
    state = deploy_state(case, scene)
    loud, scene = scene, scene if scene.pings is None else _quiet(scene)
    blocks = [render.header(headline(case, scene, state), scene), render.paragraph(status(case, scene, state), scene)]
    if case.confidential:
        where = say("{where}. {secret}", where=where_to(case), secret=_SECRET)
        blocks.append(render.paragraph(where, scene))
    else:
        blocks.append(_what(case, scene, state))
    if state in OVER:
        return blocks
    blocks.append(render.paragraph(facts_line(case, scene), scene))
    if case.status in _RESTS and case.rollback is None:
        blocks += [render.paragraph(line, scene) for line in [rests(case, scene, state)] if line]
    small = [line for line in (_needed(case, loud, state),) if line]
    blocks += [render.small(small, loud)] if small else []
    call = oncall_words.off_slack(case, scene) if small and ready(case, scene) else ()
    blocks += [render.small([call], scene)] if call else []
    remarks = _remarks(case, scene, notes, state)
    return [*blocks, *([render.small(remarks, scene)] if remarks else [])]


def _quiet(scene: Scene) -> Scene:
    return replace(scene, pings=frozenset())


def where_to(case: Case) -> str:
    """`acme/payments → production`."""
    return subject(case)


def _what(case: Case, scene: Scene, state: DeployState) -> JSON:
    heading = say("*{where}: {title}*", where=where_to(case), title=title(case, 120))
    reason = None if state in _BRIEF else why(case, 300)
    return render.passage([heading, (reason,) if reason else (), _access(case, state)], scene)


def _access(case: Case, state: DeployState) -> Sentence:
    """Which access is asked for, for whom, until when."""
    text = case.text(Field.ACCESS)
    if case.type is not Type.ACCESS or state in OVER or not text:
        return ()
    until = say(" until {t}", t=Due(case.access_until)) if case.access_until else None
    return say("*Access:* {access}, for {who}{until}", access=Typed(text, 120), who=Who(case.implementer), until=until)


def facts_line(case: Case, scene: Scene) -> Sentence:
    """`1a2b3c4 (v812) · 3 commits · @dev · risk medium`."""
    return join((*commit_parts(case, scene), decider(case, case.requester), say("risk {risk}", risk=RISKS[case.risk])))


def commit_parts(case: Case, scene: Scene) -> tuple[Sentence | str | None, str | None]:
    """The commit with what it was asked for as, and how many come with it."""
    ref = one_line(case.ref or "", 40)
    if not case.sha:
        return ref or None, _commits(case)
    named = f" ({ref})" if ref and not (case.sha or "").startswith(ref.lower()) else None
    sha = say("{sha}{named}", sha=commits.commit(scene, case.repository, case.sha), named=named)
    return sha, _commits(case)


def _commits(case: Case) -> str | None:
    reading = case.reading
    if reading is None or case.rollback is not None or not (reading.total or reading.commits):
        return None
    if reading.behind and not reading.total:
        return "older than what is live"
    count = reading.total or len(reading.commits)
    back = ", without some that are live" if reading.behind else ""
    return f"{count} commit{'s' if count != 1 else ''}{back}"


def held(case: Case, scene: Scene) -> tuple[Held, ...]:
    """The conditions as they stand; while GitHub is silent nobody knows what it would say of an open request."""
    found = conditions.evaluate(case, scene.rules)
    if case.status not in UNDECIDED or not unread(case, scene):
        return found
    told = {"unread": "github"}
    return tuple(h if condition_words.written(h) else replace(h, state=Met.UNKNOWN, facts=told) for h in found)


def rests(case: Case, scene: Scene, state: DeployState) -> Sentence:
    """Every condition in a word; the first that is missing spelled out, unless the status line does."""
    told = condition_words.line(held(case, scene))
    unmet = conditions.unmet(case, scene.rules)
    if state is not DeployState.FROZEN or not told or not unmet:
        return told
    return join((told, say("Missing: {first}.", first=condition_words.first_missing(unmet))), "\n")


def _needed(case: Case, scene: Scene, state: DeployState) -> Sentence:
    """`release-managers @rel yes at 10:02 · security: @cto or @ciso`; while nobody is asked, only who will be."""
    if case.status not in UNDECIDED or not ruled(case, scene):
        return ()
    said = [
        say("{group}: {who} yes {at}", group=Team(one.right), who=Who(one.person), at=At(one.at))
        for one in voices(case, "approve")
    ]
    asked = ready(case, scene) and state is not DeployState.CHECKS
    waiting = [_waiting(case, scene, need, asked) for need in quorum.missing(case, scene.rules)]
    return say("Needs: {parts}", parts=join((*said, *waiting)))


def _waiting(case: Case, scene: Scene, need: Need, asked: bool) -> Sentence:
    count = f"{need.count} of " if need.count > 1 or not asked else None
    group = say("{count}{group}", count=count, group=Team(need.group))
    roster = case.standing.rosters.get(need.group)
    able = [p for p in quorum.could_decide(case, scene.rules) if roster and p in roster.members and _known(case, p)]
    if not asked or not able:
        return group
    if len(able) > MOST_NAMED and scene.pings is None:
        return say("{group}: {count} people", group=group, count=len(able))
    named = scene.rules.groups.get(need.group)
    quiet = scene.pings is not None and named is not None and not named.notify
    return say("{group}: {people}", group=group, people=listing((Who(one, quiet) for one in able), "or", 5))


def _known(case: Case, person: str) -> bool:
    """Whether nobody need ask which of the commits are theirs."""
    return person in case.standing.logins or not voices_rule.login_needed(case)


def _remarks(case: Case, scene: Scene, notes: CardNotes, state: DeployState) -> list[Sentence]:
    """What else is worth knowing, at most three lines."""
    makers = (rejected, _through, _server, _patch, _plan, _run, _lifted, _next_freeze, _silent, _replaces, _from)
    told = [line for make in makers if (line := make(case, scene, notes, state))]
    return [*told[:2], *issue_words.remarks(case), *told[2:]][:3]


def _through(case: Case, *_: object) -> Sentence:
    key = readiness.live_through(case) if case.status in UNDECIDED else None
    told = "{sha} is live already, through emergency {key}. Withdraw this if nothing else is to come."
    return say(told, sha=commits.short(case.sha), key=key) if key else ()


def rejected(case: Case, *_: object) -> Sentence:
    """What a new request does not wash off: somebody said no to this commit."""
    if not case.rejected_before:
        return ()
    (key, by), *more = case.rejected_before
    others = f" (and {len(more)} more)" if more else None
    return say("{key}{others} for this commit was rejected by {by}: see there.", key=key, others=others, by=Who(by))


def _server(case: Case, *_: object) -> Sentence:
    if case.operator is None:
        return ()
    return say("Asked for from the server by {name}.", name=one_line(case.operator, 60))


def _patch(case: Case, scene: Scene, *_: object) -> Sentence:
    return join((patch_words.remark(case, scene), patch_words.waits(case), patch_words.hint(case)), " ")


def _plan(case: Case, *_: object) -> Sentence:
    """What the plan would do, so that a number that surprises is seen."""
    return say("Plan: {summary}.", summary=one_line(case.plan_summary, 120)) if case.plan_summary else ()


def _run(case: Case, scene: Scene, notes: CardNotes, state: DeployState) -> Sentence:
    if notes.run is None:
        return ()
    then = {
        DeployState.APPROVED: "it starts within seconds",
        DeployState.GOING_BACK: "it starts within seconds",
        DeployState.FROZEN: "it goes when the freeze is over",
    }.get(state, "it goes when this is approved")
    return say(f"Pipeline run #{notes.run} is waiting; {then}.")


def _lifted(case: Case, *_: object) -> Sentence:
    if not case.lifted:
        return ()
    one = case.lifted[-1]
    return say("{who} lifted the freeze for it {at}.", who=Who(one.by), at=At(one.at))


def _next_freeze(case: Case, scene: Scene, notes: CardNotes, state: DeployState) -> Sentence:
    """A freeze that begins before the approval ends holds it."""
    start = freezes.next_start(scene.rules, case.environment, scene.now)
    if state is not DeployState.APPROVED or start is None or case.valid_until is None or start >= case.valid_until:
        return ()
    return say("A freeze begins {t} and holds it from then on.", t=Due(start))


def _silent(case: Case, scene: Scene, notes: CardNotes, state: DeployState) -> Sentence:
    if case.read.since is None or case.read.as_of is None or case.status not in UNDECIDED:
        return ()
    told = "GitHub was read {at}; it is silent since {since}."
    return say(told, at=At(case.read.as_of), since=When(case.read.since))


def _replaces(case: Case, *_: object) -> Sentence:
    return say("Replaces {keys}.", keys=listing(case.replaces, limit=3, others="more")) if case.replaces else ()


def _from(case: Case, *_: object) -> Sentence:
    if case.follow_on:
        return say("Goes on in {keys}.", keys=listing(case.follow_on, limit=3, others="more"))
    return say("From {key}.", key=case.origin_key) if case.origin_key else ()
