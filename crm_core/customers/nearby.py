"""Which customers are near: a place that was shared counts for ten minutes, an old one is not used again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer, Whereabouts
from crm_core.customers.permissions import READ
from crm_core.kit.db import now
from crm_core.kit.places import haversine_m
from crm_core.org.actor import Actor
from crm_core.org.rights import visible

FRESH: Final = timedelta(minutes=10)
FARTHEST_M: Final = 3_000
_METRES_A_DEGREE: Final = 111_320
_CANDIDATES: Final = 500


@dataclass(frozen=True, slots=True)
class Near:
    """A customer and how far it is."""

    customer_id: int
    metres: int


async def note_place(session: AsyncSession, actor: Actor, latitude: float, longitude: float, at: datetime) -> None:
    """Somebody said where they are; `at` is when."""
    values = {"latitude": latitude, "longitude": longitude, "at": at}
    statement = insert(Whereabouts).values(employee_id=actor.id, **values)
    newer = Whereabouts.at <= statement.excluded.at
    await session.execute(statement.on_conflict_do_update(index_elements=["employee_id"], set_=values, where=newer))


async def nearest(session: AsyncSession, actor: Actor, limit: int = 3) -> Sequence[Near]:
    """The actor's customers within three kilometres, nearest first; none when no place was shared in ten minutes."""
    moment = now(session)
    here = await session.scalar(select(Whereabouts).where(Whereabouts.employee_id == actor.id))
    if here is None or not (moment - FRESH <= here.at <= moment + FRESH):
        return ()
    high = FARTHEST_M / _METRES_A_DEGREE
    wide = high / max(cos(radians(here.latitude)), 0.01)
    statement = select(Customer.id, Customer.latitude, Customer.longitude).where(
        Customer.latitude.between(here.latitude - high, here.latitude + high),
        Customer.longitude.between(here.longitude - wide, here.longitude + wide),
    )
    rows = await session.execute(visible(statement, actor, READ, Customer.owner_id).limit(_CANDIDATES))
    found = (
        Near(row.id, round(haversine_m(here.latitude, here.longitude, row.latitude, row.longitude))) for row in rows
    )
    return sorted((one for one in found if one.metres <= FARTHEST_M), key=lambda one: one.metres)[:limit]
