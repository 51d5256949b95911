"""How the record writes a time: one fixed-width text, one column type."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine


def moment_text(at: datetime) -> str:
    """Return `at` in the one fixed-width form of the record, `YYYY-MM-DDTHH:MM:SS.ffffff+00:00`.

    Texts of this form sort as the times do. Raises ValueError for a naive datetime.
    """
    if at.tzinfo is None:
        raise ValueError("a naive datetime has no place in the record: pass aware UTC")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Moment(TypeDecorator[datetime]):
    """An aware UTC time: timestamptz on PostgreSQL, fixed-width ISO 8601 text on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[datetime]:
        kind: TypeEngine[datetime] = (
            postgresql.TIMESTAMP(timezone=True) if dialect.name == "postgresql" else sa.Text()  # type: ignore[assignment]
        )
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | str | None:
        if value is None:
            return None
        text = moment_text(value)
        return value if dialect.name == "postgresql" else text

    def process_result_value(self, value: datetime | str | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
