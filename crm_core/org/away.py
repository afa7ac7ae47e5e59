"""Stand-ins: somebody takes somebody's place for a while; it ends by itself, or when one ends it (HO02)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.kit.calendars import at_local
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, TOO_LONG, DomainError
from crm_core.org import errors
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, StandIn
from crm_core.org.permissions import NAME_STAND_IN
from crm_core.org.queries import zone_of
from crm_core.org.rights import require

LONGEST: Final = timedelta(days=366)
LONGEST_REASON: Final = 200
_deputy = aliased(Employee)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameStandIn:
    """Who takes whose place, from the morning of one day to the evening of another, in the absent person's zone."""

    absent: int
    deputy: int
    since: date
    until: date  # the last day
    reason: str | None = None


async def name_stand_in(session: AsyncSession, actor: Actor, command: NameStandIn) -> StandIn:
    """For oneself, or a superior for a report; who only stands in names nobody.

    Raises `not_allowed`, `stand_in.oneself`, `stand_in.no_day`, `stand_in.too_long`, `stand_in.there` when somebody
    stands in on one of those days already, `employee.has_left`.
    """
    await require(session, replace(actor, stands_for=()), NAME_STAND_IN, on=command.absent)
    if command.deputy == command.absent:
        raise DomainError(errors.STANDS_IN_FOR_ONESELF, field="deputy")
    absent = await session.get(Employee, command.absent, with_for_update={"key_share": True})
    deputy = await session.get(Employee, command.deputy)
    if absent is None or deputy is None:
        raise DomainError(NOT_FOUND)
    if deputy.left_at is not None:
        raise DomainError(errors.HAS_LEFT, field="deputy", name=deputy.name)
    reason = " ".join((command.reason or "").split()) or None
    if reason is not None and len(reason) > LONGEST_REASON:
        raise DomainError(TOO_LONG, field="reason", max=LONGEST_REASON)
    starts_at, ends_at = await _while(session, absent, command)
    await _refuse_second(session, absent, starts_at, ends_at)
    made = StandIn(
        absent_id=absent.id,
        deputy_id=deputy.id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        created_by=actor.id,
    )
    session.add(made)
    await session.flush()
    return made


async def end_stand_in(session: AsyncSession, actor: Actor, stand_in_id: int) -> StandIn:
    """End it now: by who is back, who stood in, or a superior. One that is over stays as it is.

    Raises `not_found`, `not_allowed`.
    """
    found = await session.get(StandIn, stand_in_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise DomainError(NOT_FOUND)
    if actor.id != found.deputy_id:
        await require(session, actor, NAME_STAND_IN, on=found.absent_id)
    moment = now(session)
    if found.ends_at <= moment:
        return found
    if found.starts_at >= moment:
        found.starts_at = moment - timedelta(seconds=1)  # it never began
    found.ends_at = moment
    await session.flush()
    return found


async def stand_ins_of(session: AsyncSession, employee_id: int) -> list[AnyRow]:
    """Who stands in for somebody now or soon, and for whom somebody does: rows of (id, absent_id, absent, deputy_id,
    deputy, starts_at, ends_at, reason), the first one first.
    """
    return list(
        await session.execute(
            _rows()
            .where(StandIn.ends_at > now(session), (StandIn.absent_id == employee_id) | _of_deputy(employee_id))
            .order_by(StandIn.starts_at, StandIn.id)
        )
    )


async def stand_in(session: AsyncSession, stand_in_id: int) -> AnyRow:
    """One of them. Raises `not_found`."""
    row = (await session.execute(_rows().where(StandIn.id == stand_in_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


def _of_deputy(employee_id: int):
    return StandIn.deputy_id == employee_id


def _rows():
    return (
        select(
            StandIn.id,
            StandIn.absent_id,
            Employee.name.label("absent"),
            StandIn.deputy_id,
            _deputy.name.label("deputy"),
            StandIn.starts_at,
            StandIn.ends_at,
            StandIn.reason,
        )
        .join(Employee, Employee.id == StandIn.absent_id)
        .join(_deputy, _deputy.id == StandIn.deputy_id)
    )


async def _while(session: AsyncSession, absent: Employee, command: NameStandIn) -> tuple[datetime, datetime]:
    zone = await zone_of(session, absent.id)
    today = now(session).astimezone(zone).date()
    if command.since < today:
        raise DomainError(errors.STAND_IN_IN_PAST, field="since")
    if command.until < command.since:
        raise DomainError(errors.STAND_IN_NO_DAY, field="until")
    if command.until - command.since > LONGEST:
        raise DomainError(errors.STAND_IN_TOO_LONG, field="until")
    return at_local(command.since, time(0), zone), at_local(command.until + timedelta(days=1), time(0), zone)


async def _refuse_second(session: AsyncSession, absent: Employee, starts_at: datetime, ends_at: datetime) -> None:
    since = max(starts_at, now(session))  # one that was ended this morning is over
    there = _rows().where(StandIn.absent_id == absent.id, StandIn.starts_at < ends_at, StandIn.ends_at > since)
    row = (await session.execute(there.limit(1))).one_or_none()
    if row is not None:
        raise DomainError(errors.STAND_IN_THERE, field="since", name=row.deputy)


async def may_name(session: AsyncSession, actor: Actor, absent_id: int) -> bool:
    """Whether the actor may name a stand-in for this person."""
    try:
        await require(session, replace(actor, stands_for=()), NAME_STAND_IN, on=absent_id)
    except DomainError:
        return False
    return True
