"""Short ways to plan, in units of work of their own. The day is Wednesday 11 March 2026; its week begins on the 9th."""

from datetime import date
from typing import Any

from sqlalchemy import text

from crm_core.kit.db import Database
from crm_core.kit.errors import DomainError
from crm_core.plans import service, weeks
from crm_core.plans.models import PlanLine, WeekPlan
from crm_core.plans.service import AddLine
from crm_core.plans.weeks import ReviewWeek
from tests.support.company import Firm

WEEK = date(2026, 3, 9)
WEDNESDAY, THURSDAY, FRIDAY = date(2026, 3, 11), date(2026, 3, 12), date(2026, 3, 13)


async def plan(firm: Firm, day: date = THURSDAY, by: str = "owner", **given: Any) -> PlanLine:
    async with firm.db.unit() as session:
        return await service.add_line(session, await firm.actor(session, by), AddLine(day=day, **given))


async def do(firm: Firm, verb: str, line: PlanLine, *args: Any, by: str = "owner") -> Any:
    """`finish`, `drop`, `reopen`, `move` a line."""
    async with firm.db.unit() as session:
        return await getattr(service, f"{verb}_line")(session, await firm.actor(session, by), line.id, *args)


async def submit(firm: Firm, by: str = "owner", week: date = WEEK) -> WeekPlan:
    async with firm.db.unit() as session:
        return await weeks.submit(session, await firm.actor(session, by), week)


async def score(firm: Firm, plan_id: int, by: str = "manager", points: int = 4, comment: str | None = None) -> WeekPlan:
    async with firm.db.unit() as session:
        command = ReviewWeek(plan_id=plan_id, score=points, comment=comment)
        return await weeks.review(session, await firm.actor(session, by), command)


async def week_of(firm: Firm, by: str = "owner", week: date = WEEK) -> WeekPlan:
    async with firm.db.unit() as session:
        return await weeks.opened(session, firm.people[by].id, week)


async def again(firm: Firm, line: PlanLine) -> PlanLine:
    """The line as it stands in the database now."""
    async with firm.db.unit() as session:
        return await session.get_one(PlanLine, line.id)


async def code_of(attempt: Any) -> str | None:
    """The code of the failure that an attempt ends with; none for a success."""
    try:
        await attempt
    except DomainError as error:
        return error.code
    return None


async def everybody_has_planned(db: Database) -> None:
    """Work of every sales person in each of twelve weeks: in another story nobody is asked for a plan."""
    async with db.engine.begin() as connection:
        await connection.execute(_PLANS)


_PLANS = text("""
    INSERT INTO plan_line (employee_id, week, day, planned_on, routine, what, created_at)
    SELECT employee.id, monday, monday, monday, true, '整理样品间', now()
    FROM employee, (SELECT date '2026-03-09' + 7 * n AS monday FROM generate_series(0, 11) AS n) AS weeks
    WHERE 'rep' = ANY(roles)
""")
