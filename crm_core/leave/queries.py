"""Reading leave: what somebody has left, who is away today."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.approvals.facts import Status
from crm_core.approvals.models import Approval
from crm_core.approvals.queries import readable
from crm_core.kit.calendars import WorkTable, is_working_day
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.leave.models import COUNTS, Absence
from crm_core.leave.permissions import READ
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee, StandIn
from crm_core.org.rights import require, within
from crm_core.org.workdays import work_table
from crm_core.playbook.book import Playbook

_deputy = aliased(Employee)


@dataclass(frozen=True, slots=True)
class Balance:
    """Working days of a kind of leave in a year: what one has (none: no limit), what was granted, what is asked for."""

    kind: str
    allowed: int | None
    taken: int
    asked: int

    @property
    def left(self) -> int | None:
        return None if self.allowed is None else self.allowed - self.taken - self.asked


def working_days(since: date, until: date, table: WorkTable, year: int | None = None) -> int:
    """How many days that the company works lie between two days, both included; those of one year."""
    days = (since + timedelta(days=at) for at in range((until - since).days + 1))
    return sum(is_working_day(one, table) for one in days if year is None or one.year == year)


async def balances(
    session: AsyncSession, book: Playbook, employee_id: int, year: int, but: int | None = None
) -> list[Balance]:
    """By kind, as the playbook lists them, without the leave `but`. Leave over New Year counts in both years."""
    rows = select(Absence.kind, Absence.state, Absence.since, Absence.until).where(
        Absence.employee_id == employee_id,
        Absence.state.in_(COUNTS),
        Absence.since <= date(year, 12, 31),
        Absence.until >= date(year, 1, 1),
    )
    if but is not None:
        rows = rows.where(Absence.id != but)
    table = await work_table(session)
    taken, asked = dict[str, int](), dict[str, int]()
    for row in await session.execute(rows):
        of = taken if row.state == Status.APPROVED else asked
        of[row.kind] = of.get(row.kind, 0) + working_days(row.since, row.until, table, year)
    return [Balance(key, one.days, taken.get(key, 0), asked.get(key, 0)) for key, one in book.leave.items()]


async def is_away(session: AsyncSession, employee_id: int, moment: datetime) -> bool:
    """Whether somebody is on approved leave at that moment, by the own calendar."""
    return bool(await away_among(session, (employee_id,), moment))


async def away_among(session: AsyncSession, employee_ids: Collection[int], moment: datetime) -> set[int]:
    """Those of them who are on approved leave at that moment, each by the own calendar."""
    zone = func.coalesce(Employee.zone, Company.zone)
    today = cast(func.timezone(zone, moment), Date)
    statement = (
        select(Absence.employee_id)
        .join(Employee, Employee.id == Absence.employee_id)
        .join(Company, Company.id == 1)
        .where(
            Absence.employee_id.in_(employee_ids),
            Absence.state == Status.APPROVED.value,
            Absence.since <= today,
            Absence.until >= today,
        )
    )
    return set(await session.scalars(statement))


def _rows(actor: Actor) -> AnySelect:
    of = select(Approval.id).where(Approval.subject_type == "absence", Approval.subject_id == Absence.id)
    signs = exists(readable(of, actor).correlate_except(Approval))
    return (
        select(
            Absence.id,
            Absence.employee_id,
            Employee.name.label("employee"),
            Absence.kind,
            Absence.since,
            Absence.until,
            Absence.days,
            Absence.reason,
            Absence.state,
        )
        .join(Employee, Employee.id == Absence.employee_id)
        .where(or_(within(actor, READ, Absence.employee_id), signs))
    )


async def absence(session: AsyncSession, actor: Actor, absence_id: int) -> AnyRow:
    """One leave. Raises `not_found` for who may not read it."""
    row = (await session.execute(_rows(actor).where(Absence.id == absence_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def leave_of(session: AsyncSession, actor: Actor, employee_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of somebody's leave, the latest first. Raises `not_allowed`."""
    await require(session, actor, READ, on=employee_id)
    statement = _rows(actor).where(Absence.employee_id == employee_id)
    return await paged(session, statement, (Absence.since, Absence.id), at, limit, descending=True)


async def stand_ins(session: AsyncSession, employee_id: int, since: date, until: date) -> Sequence[str]:
    """Who stands in for somebody on some of these days."""
    zone = func.coalesce(Employee.zone, Company.zone)
    statement = (
        select(_deputy.name)
        .select_from(StandIn)
        .join(_deputy, _deputy.id == StandIn.deputy_id)
        .join(Employee, Employee.id == StandIn.absent_id)
        .join(Company, Company.id == 1)
        .where(
            StandIn.absent_id == employee_id,
            cast(func.timezone(zone, StandIn.starts_at), Date) <= until,
            cast(func.timezone(zone, StandIn.ends_at - timedelta(seconds=1)), Date) >= since,
        )
    )
    return (await session.scalars(statement.order_by(StandIn.starts_at))).all()
