"""The card of a finding (SCREENS 12.3): only what was seen, who answers for it and by when, and no reproach."""

from collections.abc import Mapping

from bot.blocks import buttons, commits, endings, kit, render, times
from bot.blocks.kit import JSON, Scene
from bot.blocks.notes import CardNotes
from bot.blocks.phrases import TYPES, title
from bot.blocks.sentence import At, Due, Piece, Sentence, Typed, When, Who, Words, join, pieces, say
from bot.blocks.states import HEADS, State, overdue
from bot.blocks.text import one_line, size
from workflows.case import Case
from workflows.change import Action, Found, Kind, Status
from workflows.gated import Sighting

# What was found → (header, what was not there, what we saw, in a notification). `{near}` is the key of the change
# that came nearest to allowing it.
WORDS: Mapping[Found, tuple[str, str, str, str]] = {
    Found.DIRECT_PUSH: (
        "pushed past the review",
        "without a pull request",
        "push straight to {where}",
        "changed {{at}} past the review",
    ),
    Found.UNREVIEWED_MERGE: (
        "merged without a review",
        "without a review of its last commit",
        "merged without a review of its last commit",
        "merged {{at}} without a review",
    ),
    Found.NO_BASIS: (
        "deployed around the gate",
        "without an approved request",
        "deployed, and nothing here allowed it",
        "deployed {{at}} around approval",
    ),
    Found.OTHER_COMMIT: (
        "another commit was deployed",
        "without an approved request for this commit",
        "deployed another commit than the one in {near}",
        "another commit deployed {{at}}",
    ),
    Found.OUTSIDE_VALIDITY: (
        "deployed outside its approval",
        "outside the time that {near} allowed",
        "deployed outside its approval",
        "deployed {{at}} outside its approval",
    ),
    Found.NOT_A_DEPLOYER: (
        "deployed by another way",
        "though the policy names others for it",
        "deployed by somebody whom the policy does not name; {near} allowed the commit",
        "deployed {{at}} by another way",
    ),
    Found.BYPASSED: (
        "let past the gate on GitHub",
        "past the gate",
        "run approved on GitHub by an admin",
        "let past the gate {{at}}",
    ),
    Found.APPROVED_ELSEWHERE: (
        "went on without our answer",
        "before there was an answer here",
        "a waiting run went on without our answer",
        "went on {{at}} without our answer",
    ),
    Found.DRIFT: (
        "reported by {source}",
        "",
        "reported by {source}",
        "reported {{at}} by {source}",
    ),
}
_FOUND = ("🔎", "")
_LONGEST = 60
SEEN = 100


def draw(case: Case, scene: Scene, notes: CardNotes) -> list[JSON]:
    """The blocks of the card with its channel buttons."""
    offered: tuple[str, ...] = (buttons.DETAILS,)
    if case.status is Status.FOUND:
        late = (Action.TAKE_OVER,) if overdue(case, scene.now) else ()
        offered = (Action.WRITE_REVIEW, *late, buttons.DETAILS)
    return [*face(case, scene, notes), kit.actions(buttons.for_case(case, scene, offered))]


def face(case: Case, scene: Scene, notes: CardNotes) -> list[JSON]:
    """The blocks without buttons: header, what happened or became of it, what was seen, who answers."""
    blocks = [render.header(headline(case, scene), scene), render.paragraph(status(case, scene, notes), scene)]
    if case.status is not Status.FOUND:
        return [*blocks, render.paragraph(_happened(case, scene), scene)]
    if overdue(case, scene.now):
        blocks.append(render.paragraph(_happened(case, scene), scene))
    blocks.append(render.paragraph(seen(case), scene))
    return [*blocks, render.small([_review(case)], scene)]


def headline(case: Case, scene: Scene) -> Sentence:
    """`🔎 Finding FD-2026-0003: deployed around the gate`."""
    emoji, words = _FOUND
    if case.status is not Status.FOUND:
        emoji, words = HEADS[State.REVIEWED]
    elif overdue(case, scene.now):
        emoji, words = HEADS[State.OVERDUE]
    return say(f"{emoji} Finding {{key}}: {{words}}", key=case.key, words=words or _words(case, 0))


def status(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    """What happened; once it is overdue or reviewed, that."""
    if case.status is not Status.FOUND:
        return endings.reviewed(case, scene, notes)
    return endings.overdue(case, scene, notes) if overdue(case, scene.now) else _happened(case, scene)


def _sighting(case: Case) -> Sighting:
    if case.sighting is None:
        raise ValueError(f"{case.key} is no finding")
    return case.sighting


def _words(case: Case, which: int) -> str:
    """One of the phrases of what was found; without a nearest change it says so in general."""
    one = _sighting(case)
    near = one.near or "its approval"
    where = one_line(one.branch or "the default branch", 40)
    return WORDS[one.what][which].format(near=near, where=where, source=one_line(one.source, 40))


def _happened(case: Case, scene: Scene) -> Sentence:
    """`acme/payments: 1a2b3c4 reached production at 04:10 by @lead without an approved request.`"""
    one = _sighting(case)
    if one.what is Found.DRIFT:
        told = "{where}{source} reported {at}: {title}."
        where = f"{commits.name(one.repository)}: " if one.repository else None
        return say(told, where=where, source=one_line(one.source, 40), at=At(one.at), title=title(case, 120))
    return say(
        "{repository}: {sha} reached {where} {at}{by} {without}.",
        repository=commits.name(one.repository),
        sha=commits.commit(scene, one.repository, one.sha),
        where=one_line(one.branch or case.environment, 40),
        at=At(one.at),
        by=_by(one, scene),
        without=_words(case, 1),
    )


def _by(one: Sighting, scene: Scene) -> Sentence:
    """` by @lead`; nothing where the source names nobody."""
    known = scene.people.get(one.by)
    return () if not one.by or known is None or known.name == one.source else say(" by {who}", who=Who(one.by))


def seen(case: Case) -> Sentence:
    """`What we saw: push straight to main.`"""
    return say("What we saw: {what}.", what=_words(case, 2))


def told(case: Case, scene: Scene) -> list[JSON]:
    """What Details says of it in sentences, beside its status and in place of what somebody asked for."""
    first = [] if case.status is Status.FOUND and not overdue(case, scene.now) else [_happened(case, scene)]
    return [render.paragraph(line, scene) for line in (*first, seen(case))]


def explained(case: Case, scene: Scene) -> tuple[Sentence, ...]:
    """What `why` says of a finding before the policy: what was seen, and who answers for it; empty for all else."""
    if case.kind is not Kind.FINDING:
        return ()
    first = say("{key} is a finding, which nobody approves: a review explains it.", key=case.key)
    closed = case.review.closed_at if case.review else None
    answers = say("Explained {at}.", at=At(closed)) if closed else _review(case)
    return (first, _happened(case, scene), seen(case), answers)


def _review(case: Case) -> Sentence:
    review = case.review
    owner: Piece = Who(review.owner) if review and review.owner else Words("nobody yet")
    due = say(", due {due}", due=Due(review.due)) if review else ()
    return join((say("Review: {owner}{due}", owner=owner, due=due), "may be fine: say so in the review"))


def notification(case: Case, scene: Scene, notes: CardNotes) -> str:
    """The `text` of the card, its deadline inside the first 100 characters, however long the names are."""
    one = _sighting(case)
    whole = commits.name(one.repository, _LONGEST) if one.repository else one_line(", ".join(case.systems), _LONGEST)
    short = commits.last_name(one.repository) if one.repository else whole
    tries = ((whole, 20), (short, 20), (short, 12), (one_line(short, 16), 8))
    texts = [render.notification(_sentence(case, scene, notes, what), scene, names=names) for what, names in tries]
    return next((text for text in texts if size(text) <= SEEN), texts[-1])


def _sentence(case: Case, scene: Scene, notes: CardNotes, what: str) -> Sentence:
    """`FD-2026-0003: acme/payments deployed at 04:10 around approval. @lead explains it by Wed 04:10.`"""
    one, review = _sighting(case), case.review
    if case.status is not Status.FOUND:
        return say("Closed: {key} {what}. {how}", key=case.key, what=what, how=endings.reviewed(case, scene, notes))
    if review is not None and overdue(case, scene.now):
        told = "Review overdue: {key} {what}, due {due}, {late}."
        return say(told, key=case.key, what=what, due=Due(review.due), late=times.left(review.due, scene.now))
    owner: Piece = Who(review.owner) if review and review.owner else Words("Somebody")
    by = say(" by {due}", due=Due(review.due)) if review else ()
    told = f"{{key}}: {{what}} {_words(case, 3)}. {{owner}} explains it{{by}}."
    return say(told, key=case.key, what=what, at=At(one.at), owner=owner, by=by)


def facts(case: Case, scene: Scene) -> list[tuple[str, Sentence]]:
    """What Details names, in place of what somebody asked for."""
    one = _sighting(case)
    told: list[tuple[str, Sentence | Piece | str | None]] = [
        ("Repository", commits.name(one.repository) if one.repository else None),
        ("Commit", commits.commit(scene, one.repository, one.sha, full=True) if one.sha else None),
        ("Environment", one_line(case.environment, 40) if not one.branch else None),
        ("Branch", one_line(one.branch, 40) if one.branch else None),
        ("Happened", When(one.at)),
        ("Found", When(case.declared_at)),
        ("By", _by(one, scene)[1:] or "not named"),
        ("Login", Typed(one.login, 60) if one.login else None),
        ("Seen by", one_line(one.source, 40)),
        ("Nearest change", one_line(one.near, 30) if one.near else None),
        ("Type", TYPES[case.type]),
    ]
    return [(name, pieces(value)) for name, value in told if value]


def what_was_deployed(case: Case) -> str:
    """What the review's second question is filled in with."""
    one = _sighting(case)
    return " ".join(part for part in (one.repository, one.sha[:7], one.branch or case.environment) if part)
