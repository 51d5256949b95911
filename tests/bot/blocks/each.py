"""One test for a whole table of surfaces: a test of its own for each row costs several times what it looks at."""

from collections.abc import Callable, Collection
from itertools import product
from typing import Any


def each(**tables: Collection[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Have a check made for every row: `@each(name=CALM, world=[CALM, HOSTILE])`, names inside, worlds outside.

    All rows are tried; the test fails with every fault there was, each with its row in a note, or when no row is there.
    """

    def one_test(check: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            rows = [dict(zip(tables, row, strict=True)) for row in product(*tables.values())]
            assert rows, "an empty table proves nothing"
            faults = [fault for row in rows if (fault := _fault(check, row)) is not None]
            if faults:
                raise ExceptionGroup(f"{len(faults)} of {len(rows)} rows", faults)

        test.__name__, test.__qualname__, test.__doc__ = check.__name__, check.__qualname__, check.__doc__
        test.__module__ = check.__module__
        return test

    def _fault(check: Callable[..., None], row: dict[str, Any]) -> Exception | None:
        try:
            check(**row)
        except Exception as fault:
            shown = {key: value if isinstance(value, str) else _place(tables[key], value) for key, value in row.items()}
            fault.add_note(f"in the row {shown}")
            return fault
        return None

    return one_test


def _place(table: Collection[Any], value: object) -> str:
    return f"number {1 + next(n for n, one in enumerate(table) if one is value)} of {len(table)}"
