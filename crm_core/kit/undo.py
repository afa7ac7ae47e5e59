"""How the changes of each audited table are taken back (BY08): declared beside the table's operations.

A table is either `undoable`, or its changes `stay` and it says why; a test holds every audited table to one of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import Base

Check = Callable[[AsyncSession, Any, Any], Awaitable[None]]
"""Given the actor and the row."""


async def _nothing(_session: AsyncSession, _actor: Any, _row: Any) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Way:
    """How the changes of a table's rows are taken back.

    `allowed` asks once more for the right to change the row, and raises a DomainError. `label` is what people call the
    row. `derive` sets what follows from the values that have come back, or raises what speaks against them. `after`
    does what remains when the row has come back or gone. `minor` names the columns whose changes alone are no business
    to take back.
    """

    model: type[Base]
    allowed: Check
    label: Callable[[AsyncSession, Any], Awaitable[str]]
    derive: Check = _nothing
    after: Check = _nothing
    minor: frozenset[str] = frozenset()


_WAYS: Final[dict[str, Way]] = {}
_STAY: Final[dict[str, str]] = {}


def undoable(
    model: type[Base],
    *,
    allowed: Check,
    label: Callable[[AsyncSession, Any], Awaitable[str]],
    derive: Check = _nothing,
    after: Check = _nothing,
    minor: frozenset[str] = frozenset(),
) -> None:
    """The changes of this table can be taken back."""
    _WAYS[model.__tablename__] = Way(model, allowed, label, derive, after, minor)


def stays(model: type[Base], why: str) -> None:
    """The changes of this table stay, also when the rest of what was done with them is taken back."""
    _STAY[model.__tablename__] = why


def ways() -> Mapping[str, Way]:
    """By table."""
    return _WAYS


def staying() -> Mapping[str, str]:
    """Why, by table."""
    return _STAY
