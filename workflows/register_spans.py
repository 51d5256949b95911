"""Stretches of time as rows of a query, so that one question counts each of them from an index."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from workflows.moments import Moment, moment_text

Span = tuple[datetime, datetime]


def counted(tx: sa.Connection, spans: Sequence[Span], questions: Sequence[sa.Select[Any]], at: Any) -> list[list[int]]:
    """For each span, how many rows each question has whose `at` (a column) is in [since, until).

    A question is a `select(func.count())` whose conditions, with `at` last, an index answers.
    """
    there, since, until = _sqlite(spans) if tx.dialect.name == "sqlite" else _postgresql(spans)
    asked = [one.where(at >= since, at < until).correlate(there).scalar_subquery() for one in questions]
    rows = tx.execute(sa.select(there.c.n, *asked).select_from(there))
    found = {row[0]: list(row[1:]) for row in rows}
    return [found[n] for n in sorted(found)]


def _sqlite(spans: Sequence[Span]) -> tuple[Any, Any, Any]:
    given = json.dumps([[moment_text(since), moment_text(until)] for since, until in spans])
    there = sa.func.json_each(given).table_valued(sa.column("key"), "value", name="spans")
    rows = sa.select(
        there.c.key.label("n"),
        sa.func.json_extract(there.c.value, "$[0]").label("since"),
        sa.func.json_extract(there.c.value, "$[1]").label("until"),
    ).cte("stretches")
    return rows, sa.type_coerce(rows.c.since, Moment), sa.type_coerce(rows.c.until, Moment)


def _postgresql(spans: Sequence[Span]) -> tuple[Any, Any, Any]:
    times = ARRAY(sa.TIMESTAMP(timezone=True))
    since, until = (sa.bindparam(None, [one[n] for one in spans], type_=times) for n in (0, 1))
    there = sa.func.unnest(since, until).table_valued("since", "until", with_ordinality="n", name="stretches")
    rows = there.render_derived()
    return rows, sa.type_coerce(rows.c.since, Moment), sa.type_coerce(rows.c.until, Moment)
