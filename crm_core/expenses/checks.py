"""What is odd about a claim: shown to who decides, hidden from nobody, never in the way (EX03, EX04, EX07).

Each check answers its findings: a code and facts. They are made anew whenever a claim is looked at, since files are
fetched later and visits logged later; `flags` keeps their codes for the list of operations.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Date, and_, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.approvals.facts import Status
from crm_core.attachments.models import Attachment, File
from crm_core.expenses.models import COUNTS, ExpenseClaim, ExpenseItem, Trip
from crm_core.kit.calendars import WorkTable, at_local, is_working_day
from crm_core.kit.db import now
from crm_core.org.models import Company, Employee, Role
from crm_core.org.workdays import work_table
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import in_force
from crm_core.visits.models import Visit

COMPARED_FOR: Final = timedelta(days=365)
_ONE_DAY: Final = timedelta(days=1)


class Finding(StrEnum):
    """What a check finds."""

    NO_TRIP = "no_trip"  # costs of a trip, and none was approved
    OTHER_DAYS = "other_days"  # a line's day lies outside the trip
    NO_VISIT = "no_visit"  # working days of the trip on which no visit was logged
    OVER_LIMIT = "over_limit"
    LATE = "late"
    SAME_RECEIPT = "same_receipt"  # its file stands in another line already
    SAME_COST = "same_cost"  # the same person claimed the same sum for the same kind and day already
    DEAR = "dear"  # others paid much less for the like


@dataclass(frozen=True, slots=True)
class Found:
    """One finding with its facts. `kind` is a key of the expense kinds, days are local to who spent."""

    code: Finding
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Looked:
    """A claim with all that the checks look at."""

    session: AsyncSession
    claim: ExpenseClaim
    items: Sequence[ExpenseItem]
    trip: Trip | None
    book: Playbook
    roles: frozenset[Role]
    zone: ZoneInfo
    today: date

    @property
    def travel(self) -> list[ExpenseItem]:
        """The lines that only come up on a trip."""
        return [one for one in self.items if (kind := self.book.expense_kind(one.kind)) is not None and kind.travel]


Check = Callable[[Looked], Awaitable[list[Found]]]


async def checks(session: AsyncSession, claim: ExpenseClaim) -> list[Found]:
    """Everything that is odd about a claim, the weightiest first. The caller has seen to who may read it."""
    items = list(
        await session.scalars(select(ExpenseItem).where(ExpenseItem.claim_id == claim.id).order_by(ExpenseItem.id))
    )
    who = select(
        Employee.roles, func.coalesce(Employee.zone, Company.zone).label("zone"), Company.playbook_version
    ).join(Company, Company.id == 1)
    row = (await session.execute(who.where(Employee.id == claim.employee_id))).one()
    zone = ZoneInfo(row.zone)
    looked = Looked(
        session,
        claim,
        items,
        await session.get(Trip, claim.trip_id) if claim.trip_id is not None else None,
        await in_force(session, row.playbook_version),
        frozenset(Role(one) for one in row.roles),
        zone,
        now(session).astimezone(zone).date(),
    )
    return [one for check in _CHECKS for one in await check(looked)]


async def mark(session: AsyncSession, claim: ExpenseClaim) -> list[Found]:
    """`checks`, and their codes kept with the claim."""
    found = await checks(session, claim)
    flags = sorted({one.code.value for one in found})
    if flags != sorted(claim.flags):
        statement = update(ExpenseClaim).where(ExpenseClaim.id == claim.id).values(flags=flags)
        options = {"unaudited": "follows from the rest", "synchronize_session": False}
        await session.execute(statement, execution_options=options)
        await session.refresh(claim, ["flags"])
    return found


async def _no_trip(of: Looked) -> list[Found]:
    granted = of.trip is not None and of.trip.state == Status.APPROVED
    return [] if granted or not of.travel else [Found(Finding.NO_TRIP, {"days": _days(of.travel)})]


async def _other_days(of: Looked) -> list[Found]:
    """Costs of a trip on days that are not the trip's (EX03); of other kinds there may be some besides."""
    trip = of.trip
    if trip is None:
        return []
    off = [one for one in of.travel if not trip.since <= one.spent_on <= trip.until]
    facts = {"days": _days(off), "since": trip.since, "until": trip.until}
    return [Found(Finding.OTHER_DAYS, facts)] if off else []


async def _no_visit(of: Looked) -> list[Found]:
    """Working days away without a visit that was logged: the work schedule against the travel dates (EX03)."""
    days = _travelled(of, await work_table(of.session))
    if not days:
        return []
    local = cast(func.timezone(str(of.zone), Visit.happened_at), Date)
    start, end = _instant(days[0], of.zone), _instant(days[-1] + _ONE_DAY, of.zone)
    seen = select(local).where(
        Visit.employee_id == of.claim.employee_id, Visit.happened_at >= start, Visit.happened_at < end
    )
    known = set(await of.session.scalars(seen.distinct()))
    idle = [one for one in days if one not in known]
    return [Found(Finding.NO_VISIT, {"days": idle})] if idle else []


def _travelled(of: Looked, table: WorkTable) -> list[date]:
    """The working days of the trip that are over, or of the lines that speak of one."""
    if of.trip is not None:
        length = (of.trip.until - of.trip.since).days + 1
        days = [of.trip.since + at * _ONE_DAY for at in range(length)]
    else:
        days = _days(of.travel)
    return [one for one in days if one <= of.today and is_working_day(one, table)]


def _instant(day: date, zone: ZoneInfo) -> datetime:
    return at_local(day, time(0), zone)


async def _over_limit(of: Looked) -> list[Found]:
    """Over what the company's rules allow, by kind, class of city and role (EX04)."""
    return [*_over_rate(of), *_over_line(of), *_over_day(of)]


def _over_rate(of: Looked) -> list[Found]:
    rates = of.book.expense_rules.per_diem
    found: list[Found] = []
    for one in of.items:
        kind, rate = of.book.expense_kind(one.kind), rates.get(one.city_class or "")
        if kind is not None and kind.per_diem and rate is not None and one.amount > rate * one.days:
            found.append(_over(one.kind, one.spent_on, one.amount, rate * one.days))
    return found


def _over_line(of: Looked) -> list[Found]:
    found: list[Found] = []
    for one in of.items:
        limit = of.book.expense_rules.limit(one.kind, one.city_class, of.roles)
        if limit is not None and limit.each == "line" and one.amount > limit.most * one.days:
            found.append(_over(one.kind, one.spent_on, one.amount, limit.most * one.days))
    return found


def _over_day(of: Looked) -> list[Found]:
    sums: dict[tuple[str, date], tuple[Decimal, Decimal]] = {}
    for one in of.items:
        limit = of.book.expense_rules.limit(one.kind, one.city_class, of.roles)
        if limit is not None and limit.each == "day":
            key = (limit.kinds[0] if one.kind not in limit.kinds else one.kind, one.spent_on)
            spent, most = sums.get(key, (Decimal(0), Decimal(0)))
            sums[key] = spent + one.amount, max(most, limit.most * one.days)
    return [_over(kind, day, spent, most) for (kind, day), (spent, most) in sums.items() if spent > most]


def _over(kind: str, day: date, amount: Decimal, most: Decimal) -> Found:
    return Found(Finding.OVER_LIMIT, {"kind": kind, "day": day, "amount": amount, "most": most})


async def _late(of: Looked) -> list[Found]:
    after = of.book.expense_rules.late_after_days
    first = min(one.spent_on for one in of.items)
    days = (of.claim.claimed_on - first).days
    return [Found(Finding.LATE, {"day": first, "days": days, "after": after})] if days > after else []


async def _same_receipt(of: Looked) -> list[Found]:
    """A receipt that stands in a line of before: the same file, or one of the same content (SHA-256)."""
    mine, theirs = aliased(Attachment), aliased(Attachment)
    here, there = aliased(File), aliased(File)
    statement = (
        select(ExpenseItem.claim_id, Employee.name, ExpenseItem.spent_on)
        .select_from(mine)
        .join(here, here.id == mine.file_row_id)
        .join(there, or_(there.id == here.id, and_(there.sha256 == here.sha256, there.sha256.is_not(None))))
        .join(theirs, theirs.file_row_id == there.id)
        .join(ExpenseItem, ExpenseItem.id == theirs.subject_id)
        .join(ExpenseClaim, ExpenseClaim.id == ExpenseItem.claim_id)
        .join(Employee, Employee.id == ExpenseClaim.employee_id)
        .where(
            mine.subject_type == "expense_item",
            theirs.subject_type == "expense_item",
            mine.subject_id.in_([one.id for one in of.items]),
            theirs.id < mine.id,
            ExpenseClaim.state.in_(COUNTS),
        )
        .distinct()
    )
    rows = (await of.session.execute(statement.order_by(ExpenseItem.claim_id).limit(5))).all()
    return [Found(Finding.SAME_RECEIPT, {"claim": row.claim_id, "name": row.name, "day": row.spent_on}) for row in rows]


async def _same_cost(of: Looked) -> list[Found]:
    """The same person, sum, kind and day once more: in an earlier claim, or further up in this one."""
    earlier, mine = aliased(ExpenseItem), aliased(ExpenseItem)
    statement = (
        select(earlier.claim_id, mine.kind, mine.spent_on, mine.amount)
        .join(
            earlier,
            and_(
                earlier.spent_on == mine.spent_on,
                earlier.amount == mine.amount,
                earlier.kind == mine.kind,
                earlier.id < mine.id,
            ),
        )
        .join(ExpenseClaim, ExpenseClaim.id == earlier.claim_id)
        .where(
            mine.claim_id == of.claim.id,
            ExpenseClaim.employee_id == of.claim.employee_id,
            ExpenseClaim.state.in_(COUNTS),
        )
        .distinct()
    )
    rows = (await of.session.execute(statement.order_by(mine.spent_on).limit(5))).all()
    return [
        Found(Finding.SAME_COST, {"claim": row.claim_id, "kind": row.kind, "day": row.spent_on, "amount": row.amount})
        for row in rows
    ]


async def _dear(of: Looked) -> list[Found]:
    """What others paid for the like, in the middle of the last twelve months: same kind, same class of city (EX07)."""
    rules = of.book.expense_rules
    since = of.claim.claimed_on - COMPARED_FOR
    kinds = {(one.kind, one.city_class) for one in of.items}
    by_day = ExpenseItem.amount / ExpenseItem.days
    statement = (
        select(
            ExpenseItem.kind,
            ExpenseItem.city_class,
            func.percentile_cont(0.5).within_group(by_day).label("middle"),
            func.count().label("lines"),
        )
        .join(ExpenseClaim, ExpenseClaim.id == ExpenseItem.claim_id)
        .where(
            or_(
                *(
                    and_(ExpenseItem.kind == kind, ExpenseItem.city_class.is_not_distinct_from(city))
                    for kind, city in kinds
                )
            ),
            ExpenseItem.spent_on >= since,
            ExpenseClaim.employee_id != of.claim.employee_id,
            ExpenseClaim.state == Status.APPROVED.value,
        )
        .group_by(ExpenseItem.kind, ExpenseItem.city_class)
    )
    rows = await of.session.execute(statement)
    known = {(row.kind, row.city_class): row for row in rows if row.lines >= rules.compared_with}
    found: list[Found] = []
    for one in of.items:
        row = known.get((one.kind, one.city_class))
        if row is None:
            continue
        middle = Decimal(str(row.middle)).quantize(Decimal("0.01"))
        each = one.amount / one.days
        if each * 100 > middle * rules.dear_percent:
            facts = {"kind": one.kind, "amount": each.quantize(Decimal("0.01")), "middle": middle, "lines": row.lines}
            found.append(Found(Finding.DEAR, facts))
    return found


def _days(items: Sequence[ExpenseItem]) -> list[date]:
    return sorted({one.spent_on for one in items})


_CHECKS: Final[tuple[Check, ...]] = (
    *(_no_trip, _other_days, _no_visit),
    *(_over_limit, _same_receipt, _same_cost),
    *(_late, _dear),
)
