"""A page of a list that is keyed by ids, so that its cost does not grow with how far one has turned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_core.kit.db import AnySelect


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


async def paged(
    session: AsyncSession,
    statement: AnySelect,
    by: tuple[InstrumentedAttribute[Any] | ColumnElement[Any], InstrumentedAttribute[int]],
    at: At,
    limit: int,
    *,
    descending: bool = False,
) -> Page:
    """The wanted page of the statement's rows, in the order of `by`: a column, and the id that tells equals apart.

    The place of the row that the page is keyed by is looked up by its id, so a button has to carry no more than that.
    """
    backwards = at.before is not None
    known = at.before if backwards else at.after
    down = descending != backwards
    if known is not None:
        place = select(*by).where(by[1] == known).scalar_subquery()
        position = tuple_(*by)
        statement = statement.where(position < place if down else position > place)
    order = [column.desc() if down else column.asc() for column in by]
    rows = list(await session.execute(statement.order_by(*order).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        return Page(rows[::-1], more_before=more, more_after=True)
    return Page(rows, more_before=known is not None, more_after=more)
