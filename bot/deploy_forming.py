"""What stands in the forms of a deploy: the request as it would be, from the record and from what GitHub said."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.blocks import deploy_forms as forms
from bot.blocks.deploy_forms import Seen
from bot.blocks.kit import Scene, View
from bot.caller import Caller
from bot.desk import Desk
from bot.scenes import scene
from workflows import conditions, drafts, facts, matching, persons, quorum, rollbacks
from workflows.case import Case
from workflows.change import Kind, Relation, Risk, Status, Type
from workflows.gated import Rollback
from workflows.reading import Reading
from workflows.reading_json import from_json, to_json
from workflows.ruleset import Condition, Rules

KEPT = "deploy-reading"
_WORDS = re.compile(
    r"(?:https?://[^/\s]+/)?([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?(?:@(\S+)|\s+(\S+))?(?:\s+(\S+))?\s*"
)
_SHOWN = (Condition.CHECKS_PASS, Condition.REVIEWED, Condition.STAGING_FIRST, Condition.PROTECTED)


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be deployed where, as the person named it."""

    repository: str = ""
    ref: str = ""
    environment: str = "production"
    channel: str = ""

    @property
    def complete(self) -> bool:
        return bool(self.repository and self.ref and self.environment)

    def meta(self, **more: str) -> str:
        """What the form has to bring back."""
        known = {"repository": self.repository, "ref": self.ref, "environment": self.environment}
        return json.dumps({name: one for name, one in {**known, "channel": self.channel, **more}.items() if one})


def read_words(words: str, channel: str = "") -> Target:
    """`owner/repo@ref environment`; what the words do not say is empty, the environment is production."""
    found = _WORDS.fullmatch(words.strip())
    if found is None:
        return Target(channel=channel)
    return Target(found[1], found[2] or found[3] or "", found[4] or "production", channel)


def first(tx: Connection, caller: Caller, target: Target) -> View:
    """The form that asks what to deploy where."""
    names = sorted({one for system in caller.rules.systems.values() for one in system.repositories})
    filled = {"repository": target.repository, "ref": target.ref, "environment": target.environment}
    return forms.first(plain_scene(tx, caller), repositories=names, filled=filled, metadata=target.meta())


def form(desk: Desk, caller: Caller, target: Target, reading: Reading | None) -> View:
    """The form to ask with; or to go back with, where the commit was live here under an approved change."""
    with desk.db.read() as tx:
        back = _back(tx, caller, target, reading)
        if back is not None and reading is not None:
            seen = Seen(repository=target.repository, environment=target.environment, ref=target.ref, reading=reading)
            meta = target.meta(sha=reading.sha)
            view = plain_scene(tx, caller)
            return forms.roll_back(
                seen, view, of=back.of, live_at=back.live_at, away_from=back.away_from, metadata=meta
            )
        linked = desk.github is not None and desk.github.linked
        filled = _filled(caller.rules, target, reading)
        return request(tx, caller, target, reading, filled, linked=linked)


def _back(tx: Connection, caller: Caller, target: Target, reading: Reading | None) -> Rollback | None:
    if reading is None:
        return None
    return rollbacks.may_roll_back(tx, target.repository, reading.sha, target.environment, caller.rules, caller.now)


def _filled(rules: Rules, target: Target, reading: Reading | None) -> dict[str, Any]:
    """What the form begins with: titles of the pull requests, and the systems whose repository it is."""
    mine = target.repository.lower()
    systems = tuple(s.name for s in rules.systems.values() if mine in {one.lower() for one in s.repositories})
    lines = [f"{pull.title} (#{pull.number})" for pull in reading.pulls] if reading else []
    lines = lines or ([commit.title for commit in reading.commits[-3:]] if reading else [])
    kind = Type.CODE
    if reading and any(matching.path_fits(path, "*.tf") for path in reading.paths):
        kind = Type.INFRASTRUCTURE
    if reading and any(matching.path_fits(path, "migrations/**") for path in reading.paths):
        kind = Type.DATABASE
    return {"broken": "\n".join(lines)[:2000], "systems": systems, "risk": Risk.MEDIUM, "type": kind}


def request(
    tx: Connection,
    caller: Caller,
    target: Target,
    reading: Reading | None,
    filled: Mapping[str, Any],
    *,
    linked: bool,
) -> View:
    case, seen = preview(tx, caller, target, reading, filled, linked=linked)
    people = {caller.actor.person, *seen.can, *(person for person, _ in seen.barred), *case.standing.accounts}
    view = scene(tx, caller.rules, now=caller.now, people=people, zone=caller.zone)
    sha = reading.sha if reading else ""
    return forms.request(seen, view, filled=filled, metadata=target.meta(sha=sha))


def preview(
    tx: Connection,
    caller: Caller,
    target: Target,
    reading: Reading | None,
    filled: Mapping[str, Any],
    *,
    linked: bool,
) -> tuple[Case, Seen]:
    """The request as it would be: which rule would match, who could say yes, who is barred. Writes nothing."""
    me = caller.actor.person
    made = _known_hands(tx, caller.rules, reading)
    case = Case(
        id="",
        key="",
        kind=Kind.DEPLOY,
        status=Status.REQUESTED,
        requester=me,
        implementer=me,
        declared_at=caller.now,
        repository=target.repository,
        ref=target.ref,
        sha=reading.sha if reading else None,
        environment=target.environment,
        systems=tuple(filled.get("systems") or ()),
        type=Type(filled.get("type") or Type.CODE),
        risk=Risk(filled.get("risk") or Risk.MEDIUM),
        reading=reading,
        unlinked=not linked,
    )
    everybody = {me, *(person for person, _ in made)}
    case = replace(case, standing=facts.standing(tx, caller.rules, everybody, now=caller.now))
    barred = tuple(dict.fromkeys([(me, Relation.REQUESTER), *made]))
    out = {quorum.human(case, person) for person, _ in barred} | {person for person, _ in barred}
    can = tuple(p for p in quorum.could_decide(case, caller.rules) if p not in out and quorum.human(case, p) not in out)
    held = {one: conditions.evaluate_one(case, one) for one in _SHOWN} if reading else None
    return case, Seen(
        repository=target.repository,
        environment=target.environment,
        ref=target.ref,
        reading=reading,
        held=held,
        needs=matching.deploy_rule(case, caller.rules).approvers,
        can=can,
        barred=barred,
        linked=linked,
    )


def _known_hands(tx: Connection, rules: Rules, reading: Reading | None) -> list[tuple[str, Relation]]:
    """Who of those that had a hand in it is a person we know already; nobody is made by looking."""
    found: list[tuple[str, Relation]] = []
    for hand in reading.hands if reading else ():
        person = persons.known_login(tx, login=hand.login, email=hand.email, rules=rules, account=hand.account)
        if person is not None:
            found.append((person, hand.relation))
    return found


def edit_form(tx: Connection, caller: Caller, case: Case, filled: Mapping[str, Any], *, metadata: str) -> View:
    """The request as it stands, to be edited."""
    target = Target(case.repository or "", case.ref or case.sha or "", case.environment)
    reading = case.reading
    if reading is not None:  # titles of a case are digests
        commits = tuple(replace(one, title=case.body(one.title) or "") for one in reading.commits)
        reading = replace(reading, commits=commits)
    _, seen = preview(tx, caller, target, reading, filled, linked=not case.unlinked)
    people = {caller.actor.person, *seen.can, *(person for person, _ in seen.barred)}
    view = scene(tx, caller.rules, now=caller.now, people=people, zone=caller.zone)
    return forms.request(seen, view, filled=filled, metadata=metadata, edit=True)


def seen_nothing(target: Target) -> Seen:
    """What is known before anything was read."""
    return Seen(repository=target.repository, environment=target.environment, ref=target.ref)


def _subject(target: Target) -> str:
    return f"{target.repository}@{target.ref}>{target.environment}"


def keep(desk: Desk, caller: Caller, target: Target, reading: Reading) -> None:
    """What GitHub said, for the submission and for redrawing; a day at most, in the one table that is swept."""
    emails = [hand.email for hand in reading.hands]
    plain = replace(reading, hands=tuple(replace(hand, email=None) for hand in reading.hands))
    with desk.db.write() as tx:
        drafts.keep(
            tx,
            person=caller.actor.person,
            form=KEPT,
            body={"reading": to_json(plain), "emails": emails},
            now=desk.clock.now(),
            id=desk.new_id(),
            change=_subject(target),
        )


def kept(tx: Connection, caller: Caller, target: Target) -> tuple[Reading | None, datetime | None]:
    """What GitHub said when the form was filled, and when that was."""
    # `found` is the draft; the e-mail addresses lie beside the reading, which holds none.
    found = drafts.latest(tx, person=caller.actor.person, form=KEPT, now=caller.now, change=_subject(target))
    if found is None:
        return None, None
    reading = from_json(found.body["reading"])
    hands = zip(reading.hands, found.body["emails"], strict=True)
    return replace(reading, hands=tuple(replace(hand, email=email) for hand, email in hands)), found.at


def plain_scene(tx: Connection, caller: Caller) -> Scene:
    """A scene with nobody in it but the reader."""
    return scene(tx, caller.rules, now=caller.now, people={caller.actor.person}, zone=caller.zone)
