"""The day's round (BY05): whom one planned or promised to see today, in the order of the shortest way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, permutations
from typing import Final

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.nearby import where_now
from crm_core.customers.queries import rows_for
from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.kit.places import Point, distance_m
from crm_core.org.actor import Actor
from crm_core.plans.models import LineState, Part, PlanLine

MOST_STOPS: Final = 6  # all 720 orders are tried; a day of visits has rarely more, and a card has no room for it
_RANKS: Final = {Part.MORNING.value: 0, Part.AFTERNOON.value: 1}


@dataclass(frozen=True, slots=True)
class Stop:
    """A customer on the way; `metres` as the crow flies from the stop before (or from here), None where unknown.

    Of the row, `part` is when on the day it was planned, `what` for what; both none where it was only promised.
    """

    row: AnyRow
    point: Point | None
    metres: int | None


@dataclass(frozen=True, slots=True)
class Round:
    """The stops in order, those without a known point at the end; `more`: there are further ones, due for longer."""

    stops: tuple[Stop, ...]
    from_here: bool
    more: bool

    @property
    def metres(self) -> int:
        return sum(stop.metres or 0 for stop in self.stops)


async def round_of_today(session: AsyncSession, actor: Actor) -> Round:
    """Starts where the actor said to be in the last ten minutes, else at whichever end makes the way shortest."""
    rows = list(await session.execute(_due(actor, actor.today(now(session))).limit(MOST_STOPS + 1)))
    known = [(Point(row.latitude, row.longitude), row) for row in rows[:MOST_STOPS] if row.latitude is not None]
    here = await where_now(session, actor)
    order = shortest([point for point, _ in known], here, [row.part for _, row in known])
    stops: list[Stop] = []
    before = here
    for point, row in (known[at] for at in order):
        stops.append(Stop(row, point, None if before is None else round(distance_m(before, point))))
        before = point
    unknown = [Stop(row, None, None) for row in rows[:MOST_STOPS] if row.latitude is None]
    return Round((*stops, *unknown), from_here=here is not None and bool(stops), more=len(rows) > MOST_STOPS)


def _due(actor: Actor, today: date) -> AnySelect:
    """What is planned, then what was promised, the latest first."""
    mine = (
        select(PlanLine.customer_id.label("id"), PlanLine.part, PlanLine.what)
        .where(PlanLine.employee_id == actor.id, PlanLine.day == today, PlanLine.state == LineState.OPEN.value)
        .where(PlanLine.customer_id.is_not(None))
        .subquery("planned")
    )
    promised = select(Customer.id).where(Customer.owner_id == actor.id, Customer.next_step_on <= today)
    rows = rows_for(actor).outerjoin(mine, mine.c.id == Customer.id)
    rows = rows.where(Customer.id.in_(union_all(select(mine.c.id), promised)))
    rows = rows.add_columns(Customer.latitude, Customer.longitude, mine.c.part, mine.c.what)
    return rows.order_by(mine.c.id.is_(None), Customer.next_step_on.desc().nulls_last(), Customer.id)


def shortest(points: list[Point], start: Point | None, parts: Sequence[str | None] = ()) -> tuple[int, ...]:
    """The indices of the points in the order of the shortest open way, from `start` if there is one; what is planned
    for the afternoon comes after what is planned for the morning.
    """
    assert len(points) <= MOST_STOPS
    far = [[distance_m(a, b) for b in points] for a in points]
    first = [0.0 if start is None else distance_m(start, point) for point in points]
    ranks = {at: rank for at, part in enumerate(parts) if (rank := _RANKS.get(part or "")) is not None}

    def length(order: tuple[int, ...]) -> float:
        return first[order[0]] + sum(far[a][b] for a, b in pairwise(order)) if order else 0.0

    def in_time(order: tuple[int, ...]) -> bool:
        return all(before <= after for before, after in pairwise(ranks[at] for at in order if at in ranks))

    return min(filter(in_time, permutations(range(len(points)))), key=length)
