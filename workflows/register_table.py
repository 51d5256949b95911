"""[register] of policy.toml: its shape, and what it means."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from workflows import policy_times
from workflows import policy_values as values
from workflows.ruleset import Register


def _admitted(value: object) -> str:
    """A group's name, or somebody by e-mail (in small letters) or Slack id."""
    said = values.phrase(value)
    return said.lower() if "@" in said and values.is_person(said) else said


def _session(value: object) -> timedelta:
    found = policy_times.duration(value)
    if not timedelta(minutes=15) <= found <= timedelta(days=1):
        raise ValueError(f'"{value}" is out of bounds; write between "15m" and "1d"')
    return found


_Admitted = Annotated[str, BeforeValidator(_admitted)]


class RegisterTable(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)
    readers: list[_Admitted] = []
    auditors: list[_Admitted] = []
    admins: list[_Admitted] = []
    contact: Annotated[str, BeforeValidator(values.phrase)] | None = None
    session: Annotated[timedelta, BeforeValidator(_session)] | None = None


def register(table: RegisterTable | None) -> Register:
    """Who may read the register; without the table: nobody but those who are invited."""
    if table is None:
        return Register()
    return Register(
        readers=tuple(table.readers),
        auditors=tuple(table.auditors),
        admins=tuple(table.admins),
        contact=table.contact or "",
        session=table.session or Register().session,
    )
