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

_CANDIDATES: Final = 300
"""So many customers that have the keys are looked at; who means another one types more of the name."""
_LOOKED_AT: Final = 24
_COMMON: Final = 2  # letters

Matches = Callable[[AnyRow], bool]


async def found_by(
    session: AsyncSession,
    rows: AnySelect,
    wanted: textkeys.Query,
    matches: Matches,
    at: At,
    limit: int,
    *,
    few: bool = False,
) -> Page:
    """A page of the customers that match, A-Z, of those that `rows` selects.

    Where these are `few` (somebody's own), keys that half the world has are looked for in their rows: two Latin letters
    begin a word in every tenth name.
    """
    keys = list(wanted.all_of)
    common = all(key.isascii() and len(key) <= _COMMON for key in keys)
    ids = await _in_order(session, _with_keys(rows, keys, few=few and common), at)
    found = await _first_that_match(session, rows, matches, ids, limit + 1)
    more, found = len(found) > limit, found[:limit]
    if at.before is not None:
        return Page(found[::-1], more_before=more, more_after=True)
    return Page(found, more_before=at.after is not None, more_after=more)


def _with_keys(rows: AnySelect, keys: list[str], *, few: bool) -> AnySelect:
    if not few:
        return rows.where(Customer.keys.contains(keys)).with_only_columns(Customer.sort_key, Customer.id)
    columns = (Customer.sort_key, Customer.id, Customer.keys.label("found_by"))
    those = rows.with_only_columns(*columns).offset(0).subquery()  # PostgreSQL looks behind no OFFSET
    return select(those.c.sort_key, those.c.id).where(those.c.found_by.contains(keys))


async def _in_order(session: AsyncSession, having: AnySelect, at: At) -> list[int]:
    """The ids of customers with the keys, those next to the place first."""
    statement = having.limit(_CANDIDATES)
    known = sorted((row.sort_key, row.id) for row in await session.execute(statement))
    places = known
    if (here := at.after if at.before is None else at.before) is not None:
        sort_key = await session.scalar(select(Customer.sort_key).where(Customer.id == here)) or ""
        if at.before is None:
            places = [one for one in known if one > (sort_key, here)]
        else:
            places = [one for one in reversed(known) if one < (sort_key, here)]
    return [one[1] for one in places]


async def _first_that_match(
    session: AsyncSession, rows: AnySelect, matches: Matches, ids: Sequence[int], limit: int
) -> list[AnyRow]:
    """So many at least, if there are. Keys overlap where a name does not match: each is looked at, a few at first, then
    more and more at a time.
    """
    found: list[AnyRow] = []
    start, many = 0, _LOOKED_AT
    while start < len(ids) and len(found) < limit:
        found += filter(matches, await of_ids(session, rows, ids[start : start + many]))
        start, many = start + many, many * 4
    return found


async def of_ids(session: AsyncSession, rows: AnySelect, ids: Sequence[int]) -> list[AnyRow]:
    """Those of the customers that `rows` selects, in the order of `ids`."""
    there = {row.id: row for row in await session.execute(rows.where(Customer.id.in_(ids)))}
    return [there[one] for one in ids if one in there]
