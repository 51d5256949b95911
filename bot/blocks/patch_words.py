"""The words of a patch that is owed: what it mends, how bad that is, by when it has to be there."""

from collections.abc import Mapping

from bot.blocks import times
from bot.blocks.kit import Scene
from bot.blocks.listed import row_title
from bot.blocks.phrases import body, system_short
from bot.blocks.sentence import At, Due, Sentence, Typed, Who, join, say
from bot.blocks.text import one_line
from workflows import patches
from workflows.case import Case
from workflows.change import Field, Kind
from workflows.patches import Band
from workflows.rows import Debt, DebtKind

_MINE: Mapping[DebtKind, str] = {
    DebtKind.REMINDER: "{key} {system}: to be patched by {due} ({left}){score}.",
    DebtKind.ESCALATION: "{key} {system} is not patched; it was due {due} ({left}){score}.",
    DebtKind.DAILY: "Still not patched: {key} {system}, due {due} ({left}){score}.",
}


def notice(debt: Debt, scene: Scene) -> Sentence:
    """The sentence of one notice; others read who answers for it."""
    late = DebtKind.DAILY if debt.kind is DebtKind.DAILY else DebtKind.ESCALATION
    kind = late if debt.due <= scene.now else DebtKind.REMINDER
    told = say(
        _MINE[kind],
        key=debt.key,
        system=system_short(debt.system.split(", ")),
        due=Due(debt.due),
        left=times.left(debt.due, scene.now),
        score=f", CVSS {one_line(debt.score, 8)}" if debt.score else None,
    )
    who = say(" {owner} answers for it.", owner=Who(debt.owner)) if debt.owner and not debt.mine else None
    return join((told, who), "")


def what(debt: Debt) -> Sentence:
    """`CVE-2026-1234, payments · CVSS 9.8`, for a row."""
    name = Typed(one_line(debt.advisory, 60), 60) if debt.advisory else row_title(debt.title, 60, system=debt.system)
    score = f"CVSS {one_line(debt.score, 8)}" if debt.score else None
    return join((say("patch {name}, {system}", name=name, system=one_line(debt.system, 40)), score))


def settled(case: Case, person: str) -> Sentence:
    """What became of a patch, for whoever answers for it; empty for others, and while it is still to come."""
    if case.patch_due is None or patches.owed(case) or patches.answers(case) != person:
        return ()
    at = patches.patched_at(case)
    if at is not None:
        return say("{key}: patched {at}.", key=case.key, at=At(at))
    if case.follow_on:
        return say("{key}: the patch goes on in {next}.", key=case.key, next=one_line(case.follow_on[-1], 30))
    return ()


def remark(case: Case, scene: Scene) -> Sentence:
    """`Patch CVE-2026-1234 · CVSS 9.8, critical · due Thu 26 Nov (2 d left)`; empty when none is owed."""
    if case.patch_due is None or not patches.owed(case):
        return ()
    score = patches.score_of(case)
    name = body(case, None if case.confidential else case.texts.get(Field.ADVISORY), 60)
    rated = f"CVSS {score}, {patches.band(score)}" if score is not None else "no CVSS given, so it counts as critical"
    due = say("due {t} ({left})", t=Due(case.patch_due), left=times.left(case.patch_due, scene.now))
    return say("{parts}.", parts=join((say("Patch {name}", name=name) if name else "Patch", rated, due)))


def hint(case: Case) -> Sentence:
    """That a critical one is no usual deploy; empty for everything else."""
    critical = patches.band(patches.score_of(case)) is Band.CRITICAL and patches.score_of(case) is not None
    if case.kind is not Kind.DEPLOY or not patches.owed(case) or not critical:
        return ()
    return say("A critical one is an emergency: Make it an emergency, in Details, keeps everything.")


def waits(case: Case) -> Sentence:
    """`Put off until 30 Nov by @dev: behind the firewall`; empty when it is not put off."""
    one = case.put_off
    if one is None or not patches.owed(case):
        return ()
    control = None if case.confidential else body(case, one.control, 120)
    until, who = times.date_words(one.until), Who(one.owner)
    return say(
        "Put off until {until}, {who} answers for it{control}.",
        until=until,
        who=who,
        control=say(": {control}", control=control) if control else None,
    )
