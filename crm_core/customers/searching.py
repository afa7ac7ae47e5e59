"""Finding customers by their search keys, whoever may see which of them.

Candidates are put in order here: PostgreSQL knows little of how rare a key is, and would walk the whole alphabet for a
few names that begin late in it (with a million customers: seconds instead of a millisecond).
"""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.kit import textkeys
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.pages import At, Page

_CANDIDATES: Final = (120, 300)
"""So many customers that have the keys are looked at; where few of them match, so many more; then one types more."""
_LOOKED_AT: Final = 24

Matches = Callable[[AnyRow], bool]


async def found_by(
    session: AsyncSession, rows: AnySelect, wanted: textkeys.Query, matches: Matches, at: At, limit: int
) -> Page:
    """A page of the customers that match, A-Z, of those that `rows` selects."""
    having = rows.where(Customer.keys.contains(list(wanted.all_of)))
    found: list[AnyRow] = []
    for most in _CANDIDATES:
        ids, are_all = await _in_order(session, having, at, most)
        found = await _first_that_match(session, rows, matches, ids, limit + 1)
        if len(found) > limit or are_all:
            break
    more, found = len(found) > limit, found[:limit]
    if at.before is not None:
        return Page(found[::-1], more_before=more, more_after=True)
    return Page(found, more_before=at.after is not None, more_after=more)


async def _in_order(session: AsyncSession, having: AnySelect, at: At, most: int) -> tuple[list[int], bool]:
    """The ids of customers with the keys, those next to the place first, and whether these are all there are."""
    statement = having.with_only_columns(Customer.sort_key, Customer.id).limit(most + 1)
    known = sorted((row.sort_key, row.id) for row in await session.execute(statement))
    places = known
    if (here := at.after if at.before is None else at.before) is not None:
        sort_key = await session.scalar(select(Customer.sort_key).where(Customer.id == here)) or ""
        if at.before is None:
            places = [one for one in known if one > (sort_key, here)]
        else:
            places = [one for one in reversed(known) if one < (sort_key, here)]
    return [one[1] for one in places], len(known) <= most


async def _first_that_match(
    session: AsyncSession, rows: AnySelect, matches: Matches, ids: Sequence[int], limit: int
) -> list[AnyRow]:
    """Keys overlap where a name does not match: each is looked at, a few at first, then more and more at a time."""
    found: list[AnyRow] = []
    start, many = 0, _LOOKED_AT
    while start < len(ids) and len(found) < limit:
        some = ids[start : start + many]
        by_id = {row.id: row for row in await session.execute(rows.where(Customer.id.in_(some)))}
        found += [by_id[one] for one in some if one in by_id and matches(by_id[one])]
        start, many = start + many, many * 4
    return found[:limit]
