"""What a month's hosting is reckoned by: who could work here in that month, and how much is stored (NF02)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Select, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.models import File
from crm_core.kit.db import now
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee, Invite
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import require

# Equal files are kept once, by their key.
_KEPT = select(File.key, func.max(File.size).label("size")).where(File.key.is_not(None)).group_by(File.key).subquery()
_STORED = select(
    func.pg_database_size(func.current_database()),
    func.count(_KEPT.c.key),
    cast(func.coalesce(func.sum(_KEPT.c.size), 0), BigInteger),
)


@dataclass(frozen=True, slots=True)
class Usage:
    """A month (its first day) by the company's own calendar; `since` and `until` are the first one and the present.

    `seats`: people who were in at some moment of it; `left` of them left during it. `waiting` have not come in yet and
    take no seat. `database` and `file_bytes` are bytes; all but the seats is of now, whichever the month.
    """

    month: date
    since: date
    until: date
    seats: int
    left: int
    waiting: int
    database: int
    files: int
    file_bytes: int

    @property
    def stored(self) -> int:
        """Bytes in all."""
        return self.database + self.file_bytes


async def usage(session: AsyncSession, actor: Actor | None, month: date | None = None) -> Usage:
    """What was used in a month, the present one unless another is named; without an actor it is the console that asks.

    Of months before the company and after the present one the nearest is told.
    """
    if actor is not None:
        await require(session, actor, MANAGE_PEOPLE)
    company, oldest = select(Company.zone).where(Company.id == 1), select(func.min(Employee.created_at))
    zone = ZoneInfo(await session.scalar(company) or "UTC")
    until = now(session).astimezone(zone).date().replace(day=1)
    first = await session.scalar(oldest)
    since = first.astimezone(zone).date().replace(day=1) if first is not None else until
    chosen = max(since, min(until, month or until)).replace(day=1)
    seats = (await session.execute(_seats(_begins(chosen, zone), _begins(month_after(chosen), zone)))).one()
    stored = (await session.execute(_STORED)).one()
    return Usage(chosen, since, until, *seats, *stored)


def _seats(since: datetime, until: datetime) -> Select[int, int, int]:
    """How many were in, how many of them left, and how many wait to come in.

    Who lost a phone keeps the seat: the invite was used. Who left before coming in never had one.
    """
    invited = select(func.min(Invite.used_at)).where(Invite.employee_id == Employee.id).scalar_subquery()
    came = func.coalesce(invited, case((Employee.telegram_id.is_not(None), Employee.created_at)))
    people = select(came.label("came"), Employee.left_at).subquery()
    gone = people.c.left_at
    there = (people.c.came < until) & (gone.is_(None) | (gone >= since))
    return select(
        func.count().filter(there),
        func.count().filter(there & (gone < until)),
        func.count().filter(people.c.came.is_(None) & gone.is_(None)),
    ).select_from(people)


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def month_after(month: date) -> date:
    """The first day of the month after that of a day."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
