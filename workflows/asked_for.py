"""Which sources the policy asked to be read, and when: each policy as long as it was in force."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from workflows import coverage, policies, system_chain
from workflows.completeness import Stretch
from workflows.models import events
from workflows.ruleset import Rules
from workflows.stretches import Span, joined

Reign = tuple[str | None, datetime, datetime]


def stretches(tx: Connection, since: datetime, until: datetime, rules: Rules) -> tuple[Stretch, ...]:
    """Each source with the stretches of [since, until) for which a policy in force asked for it.

    Before the first policy its sources are asked for all the same; `rules` are those in force if none was ever taken.
    A policy whose text is not there any more asks for the source "policy:…", which nobody can read.
    """
    found: dict[str, list[Span]] = {}
    reigns = _reigns(tx, since, until)
    texts = policies.sources(tx, {digest for digest, _, _ in reigns if digest not in (None, rules.digest)})
    for digest, begin, end in reigns:
        for source in _asked(texts, digest, rules):
            found.setdefault(source, []).append((begin, end))
    return tuple(Stretch(source, *span) for source, spans in found.items() for span in joined(spans))


def _asked(texts: Mapping[str, str], digest: str | None, rules: Rules) -> tuple[str, ...]:
    if digest is None or digest == rules.digest:
        return coverage.sources(coverage.catalogue(rules))
    named = coverage.named(texts.get(digest, ""), digest)
    return coverage.sources(named) if named is not None else (f"policy:{digest[:7]}",)


def _reigns(tx: Connection, since: datetime, until: datetime) -> list[Reign]:
    """(policy, from, to) in order, within the period; the last that was taken before it is the first."""
    e = events.c
    taken = select(e.at, e.body).where(*system_chain.of_kind("policy")).order_by(e.seq.desc())
    found: list[Reign] = []
    end = until
    with tx.execute(taken.execution_options(yield_per=20)) as rows:
        for row in rows:
            begin = max(row.at, since)
            if begin < end:
                found.append((str(json.loads(row.body)["data"]["digest"]), begin, end))
                end = begin
            if row.at <= since:
                break
    if not found:
        return [(None, since, until)]
    first, _, to = found[-1]
    return [(first, since, to), *found[-2::-1]]
