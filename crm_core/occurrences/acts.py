"""What a person does with a reminder: done, later, to a colleague, dropped, no more of this kind (BY19)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.calendars import WorkTable, at_local, is_working_day, next_working_day
from crm_core.kit.db import now, operation
from crm_core.kit.errors import NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.occurrences import errors
from crm_core.occurrences.models import Occurrence, ReminderChoice
from crm_core.occurrences.service import KEY, OPEN, anew, choices, find, is_open
from crm_core.org.actor import Actor
from crm_core.org.attention import awake
from crm_core.org.models import Employee
from crm_core.org.workdays import work_table

MOST_SNOOZES: Final = 3
LONGEST_REASON: Final = 200
AFTERNOON: Final = time(14)
_AT_LEAST: Final = timedelta(days=1)
_LAST_AFTERNOON: Final = time(13, 30)


class Later(StrEnum):
    HOUR = "hour"
    AFTERNOON = "afternoon"
    TOMORROW = "tomorrow"
    MONDAY = "monday"


def offered(actor: Actor, moment: datetime) -> tuple[Later, ...]:
    """This afternoon only while it is still to come."""
    early = actor.local(moment).time() <= _LAST_AFTERNOON
    return tuple(one for one in Later if one is not Later.AFTERNOON or early)


def until(later: Later | date, actor: Actor, moment: datetime, table: WorkTable) -> tuple[datetime, bool]:
    """When it comes back, in UTC, and whether with a message of its own: a whole day's comes with its digest.

    Nights and days off are shifted forward; an afternoon that has passed is an hour.
    """
    today = actor.today(moment)
    if later is Later.AFTERNOON and moment < (at := at_local(today, AFTERNOON, actor.zone)):
        return awake(at, actor.zone, table), True
    if later is Later.HOUR or later is Later.AFTERNOON:
        return awake(moment + timedelta(hours=1), actor.zone, table), True
    day = next_working_day(today, table)
    if later is Later.MONDAY:
        day = today + timedelta(days=7 - today.weekday())
    elif not isinstance(later, Later):
        day = max(later, today + timedelta(days=1))
    if not is_working_day(day, table):
        day = next_working_day(day, table)
    return at_local(day, time(0), actor.zone), False


async def snooze(session: AsyncSession, actor: Actor, occurrence_id: int, later: Later | date) -> Occurrence:
    """Put off, at most three times. Closed ones stay closed, put-off ones put off.

    Raises `reminder.snoozed_enough`, `not_found`.
    """
    row = await find(session, actor, occurrence_id)
    moment = now(session)
    if row.state not in OPEN or (row.state == "snoozed" and row.due_at > moment):
        return row
    if row.snoozes >= MOST_SNOOZES:
        raise DomainError(errors.SNOOZED_ENOUGH, times=MOST_SNOOZES)
    row.due_at, alone = until(later, actor, moment, await work_table(session))
    row.push_at = row.due_at if alone else None
    row.state = "snoozed"
    row.snoozes += 1
    if row.expires_at is not None:
        row.expires_at = max(row.expires_at, row.due_at + _AT_LEAST)  # it comes back as it was said
    await session.flush()
    return row


async def finish(session: AsyncSession, actor: Actor, occurrence_id: int) -> Occurrence:
    """The person says that it is done."""
    row = await find(session, actor, occurrence_id)
    await _end(session, row, "done", None)
    return row


async def drop(session: AsyncSession, actor: Actor, occurrence_id: int, reason: str) -> Occurrence:
    """Not worth doing, for a reason. Raises `required`, `too_long`."""
    row = await find(session, actor, occurrence_id)
    reason = " ".join(reason.split())
    if not reason:
        raise DomainError(REQUIRED, field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError(TOO_LONG, field="reason", max=LONGEST_REASON)
    await _end(session, row, "suppressed", reason)
    return row


async def pass_on(session: AsyncSession, actor: Actor, occurrence_id: int, to_id: int) -> Occurrence:
    """It is a colleague's from now on, with a message of its own. Whether the colleague may see what it is about, the
    caller has asked. Raises `reminder.to_oneself`, `not_found` for who is not here, `reminder.not_wanted` for who has
    switched this kind off.
    """
    row = await find(session, actor, occurrence_id)
    if to_id == actor.id:
        raise DomainError(errors.NOT_TO_ONESELF, field="colleague")
    colleague = await session.get(Employee, to_id)
    if colleague is None or colleague.left_at is not None:
        raise DomainError(NOT_FOUND, field="colleague")
    if (await choices(session, to_id)).get(row.rule) == "off":
        raise DomainError(errors.NOT_WANTED, field="colleague", name=colleague.name)
    if row.state in OPEN:
        await hand(session, row, colleague)
    return row


async def hand(session: AsyncSession, row: Occurrence, to: Employee) -> None:
    """From the one who has it to another, who may have had it before: the former is let alone."""
    moment = now(session)
    values = {
        "rule": row.rule,
        "subject_type": row.subject_type,
        "subject_id": row.subject_id,
        "recipient_id": to.id,
        "occurrence_key": row.occurrence_key,
        "due_at": moment,
        "push_at": moment,
        "expires_at": row.expires_at,
        "created_at": moment,
    }
    made = upsert(Occurrence).values(values)
    await session.execute(made.on_conflict_do_update(index_elements=KEY, set_=anew(made), where=~is_open))
    await _end(session, row, "suppressed", f"→ {to.name}")


async def _end(session: AsyncSession, row: Occurrence, state: str, reason: str | None) -> None:
    if row.state not in OPEN:
        return
    row.state, row.reason = state, reason
    row.ended_at, row.ended_op, row.push_at = now(session), operation(session), None
    await session.flush()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants of a kind: nothing (`off`), only the digest, or as usual (none)."""

    rule: str
    how: str | None


async def choose(session: AsyncSession, actor: Actor, choice: Choice) -> None:
    """From now on, for what is open too. Whether the kind may be switched off, its rule says: ask it first."""
    if choice.how is None:
        mine = (ReminderChoice.employee_id == actor.id, ReminderChoice.rule == choice.rule)
        await session.execute(delete(ReminderChoice).where(*mine))
        return
    values = {"employee_id": actor.id, "rule": choice.rule, "how": choice.how, "chosen_at": now(session)}
    changed = {"how": choice.how, "chosen_at": now(session)}
    statement = (
        upsert(ReminderChoice)
        .values(values)
        .on_conflict_do_update(index_elements=["employee_id", "rule"], set_=changed)
    )
    await session.execute(statement)
