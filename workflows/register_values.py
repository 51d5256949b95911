"""What there is to choose from in the register: read from the heads of indexes, not row by row."""

from sqlalchemy import CTE, ColumnElement, Connection, func, select

from workflows.register_models import touched


def systems(tx: Connection) -> tuple[str, ...]:
    """Every system that a change ever named, in order."""
    return distinct(tx, touched.c.system)


def distinct(tx: Connection, column: ColumnElement[str]) -> tuple[str, ...]:
    """Every value of a text that an index begins with, in order: from each to the next."""
    found = values(column)
    return tuple(tx.scalars(select(found.c.value).where(found.c.value.is_not(None)).order_by(found.c.value)))


def values(column: ColumnElement[str]) -> CTE:
    """The same as rows of a query, in its column `value`; one of them is NULL."""
    found = select(func.min(column).label("value")).cte("found", recursive=True)
    after = select(func.min(column)).where(column > found.c.value).scalar_subquery()
    return found.union_all(select(after).where(found.c.value.is_not(None)))
