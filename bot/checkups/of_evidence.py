"""The register and what makes its record provable: who gets in, the key that signs, the anchors outside."""

from collections.abc import Iterator

import sqlalchemy as sa

from bot import signing_key
from bot.checkups.finding import Finding, Patient, bad, note
from bot.register import provider
from bot.register.provider import Provider, Unavailable
from workflows import admission, anchored, checkpoints, invitations, signed_in, verify
from workflows.admission import Role
from workflows.anchored import Anchored
from workflows.ruleset import Rules
from workflows.signed_in import Whose
from workflows.signing import KeyMistake

AREA = "register"
SLACK = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "PUBLIC_URL")


def register(patient: Patient) -> Iterator[Finding]:
    """Whether people can sign in, who the policy lets in, and who is in now."""
    yield from _ways(patient)
    rules = patient.rules
    if rules is not None:
        yield from _roles(rules, served=bool(patient.settings.session_secret))
    if patient.db is not None and rules is not None:
        try:
            with patient.db.read() as tx:
                yield _inside(tx, patient, rules)
        except sa.exc.SQLAlchemyError:
            return  # said already


def _ways(patient: Patient) -> Iterator[Finding]:
    given = patient.settings
    set_ = [name for name in SLACK if getattr(given, name.lower())]
    if not given.session_secret:
        if {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"} & set(set_):
            found = f"not set, beside {' and '.join(name for name in SLACK[:2] if name in set_)}: nobody can sign in"
            yield bad(AREA, "SESSION_SECRET", found, "Set it: `openssl rand -hex 32` makes one.")
        else:
            yield note(AREA, "SESSION_SECRET", "not set: there is no register", "Set it, to have one.")
        return
    gone = [name for name in SLACK if name not in set_]
    if not set(SLACK[:2]) & set(set_):
        yield note(AREA, "sign-in", "by invitation alone", f"Set {', '.join(SLACK[:2])}, to sign in with Slack.")
        if not given.by_https:
            found = "cookies may travel by http, as PUBLIC_URL is not an address of https"
            yield note(AREA, "PUBLIC_URL", found, "Set it to the address under which browsers come by https.")
    elif gone:
        found = f"not with Slack: {' and '.join(gone)} not set"
        yield bad(AREA, "sign-in", found, f"Set {' and '.join(gone)}, or remove the rest.")
    elif not given.by_https:
        found = "Slack comes back to https alone, and PUBLIC_URL is not https"
        yield bad(AREA, "sign-in", found, "Serve the register behind https.")
    elif slack := provider.of(given):
        yield _asked(slack)


def _asked(slack: Provider) -> Finding:
    try:
        slack.configuration()
    except Unavailable as fault:
        mend = "Let this machine reach SLACK_API_URL, and set it to Slack's own."
        return bad(AREA, "sign-in", f"{slack.issuer} does not say that it is the issuer ({fault})", mend)
    return Finding(AREA, "sign-in", f"with Slack ({slack.issuer}), which comes back to {slack.redirect}")


def _roles(rules: Rules, *, served: bool) -> Iterator[Finding]:
    named = {one: admission.named(rules.register, one) for one in Role}
    if not served and not any(named.values()):
        return
    if not (named[Role.AUDITOR] or named[Role.ADMIN]):
        found = "neither auditors nor admins: packs are for invited people alone"
        yield bad(AREA, "[register]", found, "Name a group as `auditors` or `admins`.")
        return
    said = ", ".join(f"{one}s {' '.join(some)}" for one, some in named.items() if some)
    yield Finding(AREA, "[register]", said)


def _inside(tx: sa.Connection, patient: Patient, rules: Rules) -> Finding:
    real = patient.clock.real()
    open_ = sum(one.over(real) is None for one in invitations.listed(tx))
    living = len(signed_in.now_in(tx, Whose(), session=rules.register.session, now=real))
    return Finding(AREA, "who is in", f"{open_} open invitations, {living} sessions")


def newest_checkpoint(patient: Patient) -> Iterator[Finding]:
    """Whether the key is the one that signed last, or the one that it handed over to."""
    name, rules = patient.settings.signing_key_file, patient.rules
    if not name or rules is None or patient.db is None:
        return
    try:
        mine = signing_key.read(name, rules.audit.origin).public
        with patient.db.read() as tx:
            last, rotated = checkpoints.newest(tx), checkpoints.rotations(tx)
        if last is None:
            yield note("signing key", "newest checkpoint", "there is none yet", "Start `run` or `worker`; see its log.")
            return
        known = verify.trusted([mine], rotated).values()
        signers = verify.checkpoint(last.note, known).signers
    except (KeyMistake, sa.exc.SQLAlchemyError):
        return  # said already
    except ValueError as fault:
        yield bad("signing key", "newest checkpoint", str(fault), "Run `verify`; tell whoever answers for the record.")
        return
    if not signers:
        mend = "Put the key there that signed so far; `key rotate` hands over to another one."
        yield bad("signing key", "newest checkpoint", "signed by another key: nothing is signed any more", mend)
    else:
        yield Finding("signing key", "newest checkpoint", f"{last.size} events, signed by {signers[0].name}")


def anchors(patient: Patient) -> Iterator[Finding]:
    """Where checkpoints are kept outside, since when, and whether by more than one administrator."""
    rules = patient.rules
    if rules is None or not patient.settings.signing_key_file:
        return
    places = anchored.named(rules.audit)
    mend = "Name in [audit] what somebody else runs: a Slack channel, a repository, a file on another machine."
    if not places:
        yield note("anchors", "[audit]", "none: whoever runs the database could write its history anew", mend)
    elif len(places) == 1:
        yield note("anchors", "[audit]", f"one alone: {next(iter(places.values()))}", mend)
    if anchored.REPOSITORY in places and not patient.github.configured:
        yield bad("anchors", rules.audit.repository, "GitHub is not linked", "Link it, or name another place.")
    if patient.db is None:
        return
    try:
        with patient.db.read() as tx:
            found = anchored.look(tx, rules.audit, patient.clock.now())
    except sa.exc.SQLAlchemyError:
        return  # said already
    yield from map(_anchor, found)


def _anchor(one: Anchored) -> Finding:
    last = f"last {one.at:%Y-%m-%d %H:%M} UTC" if one.at else "never"
    why = f" ({one.why})" if one.why else ""
    if one.late:
        mend = "See the worker's log; it must be able to write there."
        return bad("anchors", one.name, f"does not hold the newest checkpoint: {last}{why}", mend)
    return Finding("anchors", one.name, f"anchored, {last}" if one.at else "nothing yet")
