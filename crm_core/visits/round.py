"""The day's round (BY05): whom one promised to see today, in the order of the shortest way."""

from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.nearby import where_now
from crm_core.customers.queries import due_today
from crm_core.kit.db import AnyRow
from crm_core.kit.places import Point, distance_m
from crm_core.org.actor import Actor

MOST_STOPS: Final = 6  # all 720 orders are tried; a day of visits has rarely more, and a card has no room for it


@dataclass(frozen=True, slots=True)
class Stop:
    """A customer on the way; `metres` as the crow flies from the stop before (or from here), None where unknown."""

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
    statement = due_today(session, actor).add_columns(Customer.latitude, Customer.longitude)
    rows = list(await session.execute(statement.limit(MOST_STOPS + 1)))
    known = [(Point(row.latitude, row.longitude), row) for row in rows[:MOST_STOPS] if row.latitude is not None]
    here = await where_now(session, actor)
    order = shortest([point for point, _ in known], here)
    stops: list[Stop] = []
    before = here
    for point, row in (known[at] for at in order):
        stops.append(Stop(row, point, None if before is None else round(distance_m(before, point))))
        before = point
    unknown = [Stop(row, None, None) for row in rows[:MOST_STOPS] if row.latitude is None]
    return Round((*stops, *unknown), from_here=here is not None and bool(stops), more=len(rows) > MOST_STOPS)


def shortest(points: list[Point], start: Point | None) -> tuple[int, ...]:
    """The indices of the points in the order of the shortest open way, from `start` if there is one."""
    assert len(points) <= MOST_STOPS
    far = [[distance_m(a, b) for b in points] for a in points]
    first = [0.0 if start is None else distance_m(start, point) for point in points]

    def length(order: tuple[int, ...]) -> float:
        return first[order[0]] + sum(far[a][b] for a, b in pairwise(order)) if order else 0.0

    return min(permutations(range(len(points))), key=length)
