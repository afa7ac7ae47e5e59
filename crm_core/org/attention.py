"""When a person may be written to: digest, quiet hours, working days, the own zone; and whom nothing reaches."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.calendars import WorkTable, add_working_days, at_local, is_working_day, local_date
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.kit.events import publish
from crm_core.org import errors
from crm_core.org.actor import Actor
from crm_core.org.events import ReachableAgain, ZoneChosen
from crm_core.org.models import Company, Employee
from crm_core.org.workdays import work_table

DIGEST_AT: Final = time(8, 30)  # local
QUIET_FROM: Final = time(21)  # local
QUIET_UNTIL: Final = time(8, 30)  # local
SPREAD_MOST_S: Final = 600
_PEOPLE_A_SECOND: Final = 10
_AT_ONCE: Final = 25
"""About what one token sends in a second."""
_TIMER: Final = {"unaudited": "the messenger's state, no business truth"}


def is_quiet(moment: datetime, zone: ZoneInfo, table: WorkTable) -> bool:
    """Nights (21:00 to 08:30 on the clocks of `zone`) and days off."""
    local = moment.astimezone(zone)
    return not is_working_day(local.date(), table) or not QUIET_UNTIL <= local.time() < QUIET_FROM


def quiet_from(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the quiet hours of that day begin: what has not gone until then waits for another day."""
    return at_local(local_date(moment, zone), QUIET_FROM, zone)


def awake(moment: datetime, zone: ZoneInfo, table: WorkTable) -> datetime:
    """The first instant from `moment` on that is not quiet."""
    if not is_quiet(moment, zone, table):
        return moment
    day = local_date(moment, zone)
    while (at := at_local(day, QUIET_UNTIL, zone)) <= moment or not is_working_day(day, table):
        day += timedelta(days=1)
    return at


def spread_of(employee_id: int, people: int) -> timedelta:
    """By how much later a person's digest goes than others': in a company of thousands not all in one second.

    None in a small company, whom the messenger takes at once; else a second for each ten people, ten minutes at most;
    always the same for a person, and never earlier than was asked for: that would be in the quiet hours.
    """
    window = min(people // _PEOPLE_A_SECOND, SPREAD_MOST_S) if people > _AT_ONCE else 0
    return timedelta(seconds=employee_id * 7919 % (window + 1))


async def count_people(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).where(Employee.left_at.is_(None))) or 0


async def next_digest(session: AsyncSession, employee: Employee, after: datetime | None = None) -> datetime:
    """The first working morning strictly after `after` (now, unless said) at the person's digest time, in UTC."""
    company = await session.get_one(Company, 1)
    spread = spread_of(employee.id, await count_people(session))
    zone = ZoneInfo(employee.zone or company.zone)
    return digest_after(employee, zone, after or now(session), await work_table(session), spread)


def digest_after(
    employee: Employee, zone: ZoneInfo, after: datetime, table: WorkTable, spread: timedelta = timedelta(0)
) -> datetime:
    """As `next_digest`, for a known zone. Each local day has one digest: none on the day of the last one."""
    at = employee.digest_at or DIGEST_AT
    day = after.astimezone(zone).date()
    while True:
        told = employee.digested_on is not None and day <= employee.digested_on
        if (candidate := at_local(day, at, zone)) > after and not told and is_working_day(day, table):
            return candidate + spread
        day += timedelta(days=1)


async def note_reachable(session: AsyncSession, bot_id: int, telegram_id: int, *, reachable: bool) -> None:
    """The person blocked the bot, or lets it in again. Nothing is sent to who cannot be reached.

    The manager hears of it after one working day (BY22); who comes back gets one digest of what waits, at once if it
    is no quiet hour.
    """
    moment = now(session)
    mine = (Employee.telegram_id == telegram_id, Employee.bot_id == bot_id, Employee.left_at.is_(None))
    changed = Employee.unreachable_since.is_not(None) if reachable else Employee.unreachable_since.is_(None)
    values: dict[str, datetime | None] = {"unreachable_since": None, "unreachable_due_at": None}
    if reachable:
        values |= {"digest_due_at": moment, "digested_on": None}
    else:
        told_at = await _a_working_day_later(session, moment)
        values |= {"unreachable_since": moment, "unreachable_due_at": told_at}
    statement = update(Employee).where(*mine, changed).values(values).returning(Employee.id)
    who = await session.scalar(statement, execution_options=_TIMER)
    if who is not None and reachable:
        await publish(session, ReachableAgain(who))


async def _a_working_day_later(session: AsyncSession, moment: datetime) -> datetime:
    company = await session.get(Company, 1)
    zone = ZoneInfo(company.zone if company else "UTC")
    local = moment.astimezone(zone)
    return at_local(add_working_days(local.date(), 1, await work_table(session)), local.time(), zone)


async def choose_digest_at(session: AsyncSession, actor: Actor, at: time) -> Employee:
    """When one's own digest comes. Raises `digest.quiet` for a time in the quiet hours."""
    if not QUIET_UNTIL <= at < QUIET_FROM:
        raise DomainError(errors.DIGEST_QUIET)
    employee = await session.get_one(Employee, actor.id, with_for_update=True, populate_existing=True)
    employee.digest_at = at
    employee.digest_due_at = await next_digest(session, employee)
    await session.flush()
    return employee


async def choose_zone(session: AsyncSession, actor: Actor, zone: str) -> Employee:
    """Where one's own clock is. Raises `company.zone_unknown` for no IANA name."""
    if zone not in available_timezones():
        raise DomainError(errors.ZONE_UNKNOWN, field="zone", zone=zone)
    employee = await session.get_one(Employee, actor.id, with_for_update=True, populate_existing=True)
    employee.zone = zone
    employee.digest_due_at = await next_digest(session, employee)
    await session.flush()
    await publish(session, ZoneChosen(employee.id, zone))
    return employee
