"""Which customers come first wherever customers are listed: planned today, nearest, recent. Everybody else is A-Z."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.nearby import nearest_now
from crm_core.customers.queries import listing, planned
from crm_core.kit.db import AnyRow
from crm_core.kit.pages import FIRST, At, Page
from crm_core.org.actor import Actor
from crm_core.visits.queries import recent_customers

_MOST_PLANNED: Final = 6
_MOST_NEAR: Final = 3
_MOST_RECENT: Final = 5


@dataclass(frozen=True, slots=True)
class Ahead:
    """Who comes first, each once, and how far in metres those are that are near."""

    rows: tuple[AnyRow, ...]
    metres: Mapping[int, int]


async def ahead_of_all(session: AsyncSession, actor: Actor) -> Ahead:
    """Next steps due today or overdue, then the nearest if one has just said where one is, then the recent ones."""
    rows = await planned(session, actor, _MOST_PLANNED)
    near = await nearest_now(session, actor, _MOST_NEAR)
    rows += [one.row for one in near]
    rows += await recent_customers(session, actor, _MOST_RECENT)
    return Ahead(tuple({row.id: row for row in rows}.values()), {one.row.id: one.metres for one in near})


async def customer_list(
    session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6
) -> tuple[Page, Mapping[int, int]]:
    """A page of the list of customers, and the metres to those that are near."""
    ahead = await ahead_of_all(session, actor)
    return await listing(session, actor, at, limit, ahead.rows), ahead.metres
