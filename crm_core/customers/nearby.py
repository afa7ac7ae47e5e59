"""Customers near a place (BY04): the nearest that the actor may see, with metres and days since the last visit.

Where somebody said to be counts for ten minutes; an old place is not used again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any, Final

from sqlalchemy import between, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer, Whereabouts
from crm_core.customers.queries import days_between, rows_for
from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.kit.places import Point, haversine_m
from crm_core.org.actor import Actor

FRESH: Final = timedelta(minutes=10)
WITHIN_M: Final = 3_000
_RINGS_M: Final = (300, 1_000, WITHIN_M)
"""Small boxes first: what is looked at follows what lies near, in the densest street as in the steppe."""
_METRES_A_DEGREE: Final = 111_195.0
_CANDIDATES: Final = 24
_NEAREST_POLE: Final = 0.01  # of the cosine: no box is wider than the earth


@dataclass(frozen=True, slots=True)
class Near:
    """A customer's row with its distance, and whole local days since the last visit if there was one."""

    row: AnyRow
    metres: int
    days: int | None


async def nearest(session: AsyncSession, actor: Actor, latitude: float, longitude: float, limit: int = 4) -> list[Near]:
    """The nearest customers within three kilometres, the nearest first. The place is in WGS-84 degrees."""
    for metres in _RINGS_M:
        rows = await session.execute(box(actor, latitude, longitude, metres))
        far = [(haversine_m(latitude, longitude, row.latitude, row.longitude), row.id, row) for row in rows]
        there = sorted(one for one in far if one[0] <= metres)[:limit]
        if len(there) == limit or metres == _RINGS_M[-1]:
            return [_near(session, actor, row, away) for away, _, row in there]
    return []


def box(actor: Actor, latitude: float, longitude: float, metres: float) -> AnySelect:
    """The nearest ones, roughly, of those in a square of that half width; served by an index on the latitude."""
    high = metres / _METRES_A_DEGREE
    narrow = max(cos(radians(latitude)), _NEAREST_POLE)
    wide = high / narrow
    north: Any = Customer.latitude - latitude
    east: Any = (Customer.longitude - longitude) * narrow
    return (
        rows_for(actor)
        .add_columns(Customer.latitude, Customer.longitude)
        .where(between(Customer.latitude, latitude - high, latitude + high))
        .where(between(Customer.longitude, longitude - wide, longitude + wide))
        .order_by(north * north + east * east)
        .limit(_CANDIDATES)
    )


def _near(session: AsyncSession, actor: Actor, row: AnyRow, away: float) -> Near:
    last = row.last_followup_at
    return Near(row, round(away), None if last is None else days_between(actor, last, now(session)))


async def note_place(session: AsyncSession, actor: Actor, latitude: float, longitude: float, at: datetime) -> None:
    """Somebody said where they are; `at` is when."""
    values = {"latitude": latitude, "longitude": longitude, "at": at}
    statement = insert(Whereabouts).values(employee_id=actor.id, **values)
    newer = Whereabouts.at <= statement.excluded.at
    await session.execute(statement.on_conflict_do_update(index_elements=["employee_id"], set_=values, where=newer))


async def where_now(session: AsyncSession, actor: Actor) -> Point | None:
    """Where the actor said to be; None when no place was shared in the last ten minutes."""
    moment = now(session)
    here = await session.scalar(select(Whereabouts).where(Whereabouts.employee_id == actor.id))
    if here is None or not (moment - FRESH <= here.at <= moment + FRESH):
        return None
    return Point(here.latitude, here.longitude)


async def nearest_now(session: AsyncSession, actor: Actor, limit: int = 3) -> list[Near]:
    """The nearest to where the actor said to be; none when that is not known."""
    here = await where_now(session, actor)
    return [] if here is None else await nearest(session, actor, here.lat, here.lon, limit)
