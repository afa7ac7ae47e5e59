"""The manager's weekly list (RE11): what stands undone too long at direct reports, with what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import and_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import Line, by_kind, kinds
from crm_core.kit.db import AnySelect, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.occurrences import acts
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.playbook.service import in_force
from crm_core.tasks.models import Task, TaskShare
from crm_core.tasks.queries import SHARE
from screens.reminders_team import Late, late_screen, list_screen
from screens.screen import Msg, Place, Screen

MOST: Final = 30
"""More than a manager can look at in a week is not looked at."""


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Something undone: the occurrence, its line as the manager may see it, whose it is."""

    row: Occurrence
    line: Line
    person: Employee


async def undone(session: AsyncSession, actor: Actor) -> list[Exceptional]:
    """What is open at direct reports, or of tasks that the actor gave, for longer than the company allows, was put off
    three times, or lies at somebody whom nothing reaches; the most valuable first, among these the longest undone.
    """
    book = await in_force(session, actor.playbook_version)
    moment = now(session)
    since = moment - timedelta(days=book.reminders.weekly_list_after_days)
    sooner = [(kind.key, moment - kind.patience) for kind in kinds().values() if kind.patience is not None]
    statement = (
        select(Occurrence, Employee)
        .join(Employee, Employee.id == Occurrence.recipient_id)
        .where(
            Occurrence.id.in_(_answered_for(actor)),
            Employee.left_at.is_(None),
            occurrences.is_open,
            Occurrence.ignored.is_(False),
            or_(
                Occurrence.created_at <= since,
                *(and_(Occurrence.rule == key, Occurrence.created_at <= than) for key, than in sooner),
                Occurrence.snoozes >= acts.MOST_SNOOZES,
                Employee.unreachable_since.is_not(None),
            ),
        )
        .order_by(Occurrence.created_at, Occurrence.id)
        .limit(MOST)
    )
    found = {row.id: (row, person) for row, person in await session.execute(statement)}
    lines = await by_kind(session, actor, [row for row, _ in found.values()])
    made = [Exceptional(*found[line.occurrence_id][:1], line, found[line.occurrence_id][1]) for _, line in lines]
    return sorted(made, key=lambda one: (-(one.line.value or 0), one.row.created_at, one.row.id))


def _answered_for(actor: Actor) -> AnySelect:
    """What is open at direct reports, and of tasks that the actor gave to whomever (RE10)."""
    reports = select(Occurrence.id).join(Employee, Employee.id == Occurrence.recipient_id)
    given = select(Occurrence.id).join(TaskShare, TaskShare.id == Occurrence.subject_id)
    given = given.join(Task, Task.id == TaskShare.task_id).where(
        Occurrence.subject_type == SHARE, Task.by_id == actor.id, TaskShare.employee_id != actor.id
    )
    either = union(
        reports.where(Employee.manager_id == actor.id, occurrences.is_open), given.where(occurrences.is_open)
    )
    return select(either.subquery().c.id)


async def weekly(
    session: AsyncSession, actor: Actor, page: int = 0, place: Place = Place.EDIT, said: Msg | None = None
) -> Screen:
    return list_screen(_late(await undone(session, actor), actor), page, place, said)


def _late(found: Sequence[Exceptional], actor: Actor) -> list[Late]:
    return [_as_late(one, actor) for one in found]


def _as_late(one: Exceptional, actor: Actor) -> Late:
    return Late(
        id=one.row.id,
        person=one.person.name,
        label=one.line.label,
        words=one.line.words,
        since=actor.today(one.row.created_at),
        snoozes=one.row.snoozes,
        customer_id=one.row.subject_id if one.row.subject_type == "customer" else one.line.of_customer,
        silent=one.person.unreachable_since is not None,
        nudged=one.row.nudged_by is not None,
    )


async def item(session: AsyncSession, actor: Actor, occurrence_id: int, said: Msg | None = None) -> Screen:
    """One of them. Raises `not_found` for who does not lead the person."""
    row, person = await _of_report(session, actor, occurrence_id)
    lines = await by_kind(session, actor, [row])
    if not lines or row.state not in occurrences.OPEN:
        return await weekly(session, actor, said=said)
    return late_screen(_as_late(Exceptional(row, lines[0][1], person), actor), said)


async def nudge(session: AsyncSession, actor: Actor, occurrence_id: int) -> bool:
    """The person hears of it with a message of its own, in waking hours; once a day is enough."""
    row, _ = await _of_report(session, actor, occurrence_id)
    moment = now(session)
    if row.state not in occurrences.OPEN:
        return False
    if row.nudged_at is not None and actor.today(row.nudged_at) == actor.today(moment):
        return False
    row.nudged_by, row.nudged_at, row.push_at = actor.id, moment, moment
    if row.state == "snoozed":
        row.state, row.due_at = "due", moment
    await session.flush()
    return True


async def ignore(session: AsyncSession, actor: Actor, occurrence_id: int) -> None:
    """Out of the weekly list; the person still has it."""
    row, _ = await _of_report(session, actor, occurrence_id)
    row.ignored = True
    await session.flush()


async def _gave(session: AsyncSession, employee_id: int, row: Occurrence) -> bool:
    """Whether it is a share of a task that this person gave."""
    if row.subject_type != SHARE:
        return False
    by = select(Task.by_id).join(TaskShare, TaskShare.task_id == Task.id).where(TaskShare.id == row.subject_id)
    return await session.scalar(by) == employee_id


async def _of_report(session: AsyncSession, actor: Actor, occurrence_id: int) -> tuple[Occurrence, Employee]:
    row = await session.get(Occurrence, occurrence_id, with_for_update=True, populate_existing=True)
    person = await session.get(Employee, row.recipient_id) if row is not None else None
    if row is None or person is None:
        raise DomainError(NOT_FOUND)
    if person.manager_id != actor.id and not await _gave(session, actor.id, row):
        raise DomainError(NOT_FOUND)
    return row, person
