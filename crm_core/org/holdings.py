"""What a person holds: each feature declares its own kind beside its tables, in no list of ours.

What hangs on customers (needs, samples, deals) goes along with them; what else somebody holds is handed on by who
subscribes to `DutiesHandedOver`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

Count = Callable[[AsyncSession, int], Awaitable[int]]
"""Given the employee's id."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A kind of things that somebody holds; its words are declared in `screens/words/`."""

    key: str
    count: Count
    order: int


_HOLDINGS: Final[dict[str, Holding]] = {}


def holding(key: str, *, order: int = 50) -> Callable[[Count], Count]:
    """The decorated function counts how many of this kind a person holds; a low `order` is told first."""

    def add(function: Count) -> Count:
        assert key not in _HOLDINGS, f"holding {key} is declared twice"
        _HOLDINGS[key] = Holding(key, function, order)
        return function

    return add


def holdings() -> list[Holding]:
    """All declared kinds, in order."""
    return sorted(_HOLDINGS.values(), key=lambda one: (one.order, one.key))
