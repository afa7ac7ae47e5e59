"""A page of a list that is keyed by ids, so that its cost does not grow with how far one has turned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list (each with an `id`), and whether more lie before and after them."""

    rows: Sequence[Any]
    more_before: bool = False
    more_after: bool = False


@dataclass(frozen=True, slots=True)
class At:
    """Which page is wanted: the rows after an id, those before one, or the first ones."""

    after: int | None = None
    before: int | None = None


FIRST = At()
