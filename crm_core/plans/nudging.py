"""A superior asks somebody to bring a day up to date (催一下): to log its visits, to plan the week (VI07 PL07)."""

from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, DomainError
from crm_core.notices.permissions import TELL
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import Scope, require, scope_of
from crm_core.plans.rep_day import RepDay

RULE: Final = "plan.nudge"
SUBJECT: Final = "employee"


class Missing(StrEnum):
    """What a day still lacks."""

    RECORDS = "records"  # of visits that were planned
    VISITS = "visits"  # of the day at all
    PLAN = "plan"  # of its week


def missing(day: RepDay) -> Missing | None:
    """The most pressing of it, if anything is missing."""
    if day.plan is not None and day.plan.missing:
        return Missing.RECORDS
    if not day.visits:
        return Missing.VISITS
    return Missing.PLAN if day.plan is not None and not day.plan.week else None


async def nudge_day(session: AsyncSession, actor: Actor, employee_id: int, day: date) -> bool:
    """The person gets a message of its own about this day, in waking hours, until nothing of it is missing; once a day
    from whomever. Answers whether it was the first. Raises `not_allowed`, `not_found`.
    """
    await require(session, actor, TELL, on=employee_id)
    if scope_of(actor, TELL) <= Scope.OWN:
        raise DomainError(NOT_ALLOWED)
    here = select(Employee.id).where(Employee.id == employee_id, Employee.left_at.is_(None))
    if employee_id == actor.id or await session.scalar(here) is None:
        raise DomainError(NOT_FOUND)
    moment = now(session)
    values = {
        "rule": RULE,
        "subject_type": SUBJECT,
        "subject_id": employee_id,
        "recipient_id": employee_id,
        "occurrence_key": f"{day} {actor.today(moment)}",
        "due_at": moment,
        "push_at": moment,
        "created_at": moment,
        "nudged_by": actor.id,
        "nudged_at": moment,
    }
    made = upsert(Occurrence).values(values).on_conflict_do_nothing().returning(Occurrence.id)
    return await session.scalar(made) is not None
