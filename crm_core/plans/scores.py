"""The month's score and what it is made of (PL10): an interface that targets and KPI use.

A week belongs to the month of its Thursday, as in the calendar of weeks; weeks without a score do not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import AnyRow
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require, within
from crm_core.plans.events import MonthSeen
from crm_core.plans.models import WeekPlan, WeekState
from crm_core.plans.permissions import READ
from crm_core.plans.queries import weeks_between

_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class MonthScore:
    """Of one person: the mean of the weeks' scores with one decimal, none without any, and the weeks in time."""

    employee_id: int
    month: date  # its first day
    score: Decimal | None
    weeks: Sequence[AnyRow]


def weeks_of_month(month: date) -> list[date]:
    """The Mondays of the weeks whose Thursday lies in the month of a day."""
    first = month.replace(day=1)
    monday = first - timedelta(days=first.weekday())
    mondays = (monday + timedelta(weeks=at) for at in range(6))
    return [one for one in mondays if (one + timedelta(days=3)).replace(day=1) == first]


async def month_score(session: AsyncSession, actor: Actor, employee_id: int, month: date) -> MonthScore:
    """Raises `not_allowed`."""
    await require(session, actor, READ, on=employee_id)
    mondays = weeks_of_month(month)
    weeks = await weeks_between(session, actor, employee_id, mondays[0], mondays[-1])
    scored = [one.score for one in weeks if one.score is not None]
    return MonthScore(employee_id, month.replace(day=1), _mean(sum(scored), len(scored)), weeks)


async def scores_of_month(session: AsyncSession, actor: Actor, month: date) -> dict[int, Decimal]:
    """By employee, of all whose plans the actor may read and who have a score."""
    mondays = weeks_of_month(month)
    statement = select(WeekPlan.employee_id, func.sum(WeekPlan.score), func.count()).where(
        within(actor, READ, WeekPlan.employee_id),
        WeekPlan.state == WeekState.REVIEWED.value,
        WeekPlan.week.between(mondays[0], mondays[-1]),
    )
    found = await session.execute(statement.group_by(WeekPlan.employee_id))
    return {who: mean for who, total, count in found if (mean := _mean(total or 0, count)) is not None}


async def team_scores(session: AsyncSession, actor: Actor, month: date) -> list[tuple[int, str, Decimal]]:
    """Of the actor's direct and indirect reports who have a score: id, name, score; the best first."""
    scored = await scores_of_month(session, actor, month)
    below = select(Employee.id, Employee.name).where(
        Employee.id.in_(scored), Employee.chain.contains([actor.id]), Employee.id != actor.id
    )
    rows = [(row.id, row.name, scored[row.id]) for row in await session.execute(below.order_by(Employee.name))]
    return sorted(rows, key=lambda one: -one[2])


async def see_month(session: AsyncSession, actor: Actor, month: date, *, team: bool = False) -> None:
    """The actor looks at the own score of a month, or at the team's: nobody needs to be told of it any more."""
    await publish(session, MonthSeen(actor.id, month.replace(day=1), team))


def _mean(total: int, count: int) -> Decimal | None:
    return (Decimal(total) / count).quantize(_TENTH, ROUND_HALF_UP) if count else None
