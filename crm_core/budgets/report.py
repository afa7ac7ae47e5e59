"""How budgets are carried out (EX11, EX13, EX15, EX16, EX18): planned, held, spent and left, by what one wants to see.

A budget counts by the days that it shares with the report's: a quarter's third for a month. What is spent counts on the
day that it is for. Spending without a budget stands there too, else a department without one would look thrifty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.budgets.models import LIVE, Budget, BudgetEntry, EntryState
from crm_core.budgets.permissions import REPORT
from crm_core.budgets.queries import within
from crm_core.customers.models import Customer
from crm_core.deals.models import Deal
from crm_core.deals.queries import CLOSED, CLOSED_ON
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Unit, UnitKind
from crm_core.org.rights import require

_CENT: Final = Decimal("0.01")
_NONE: Final = Decimal(0)
_Paying: Final = aliased(Unit)


class By(StrEnum):
    """What the rows of the report are."""

    CONTENT = "c"
    DEPARTMENT = "d"
    KIND = "k"  # market, sales, service, operations (EX16)
    REGION = "r"  # the branch, against what it has sold (EX18)
    TASK = "t"  # a project or activity (EX11, EX13)
    STAGE = "s"  # EX10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked at: days (both included), and perhaps one content, kind of task, department with those below."""

    by: By
    since: date
    until: date
    content: str | None = None
    kind: str | None = None
    unit: int | None = None


@dataclass(slots=True)
class Line:
    """A row: `key` is the content, kind, stage or task, or the id of the department or branch; '' for none of them.

    `won` is what was sold in those days there, `paid` what came in: for regions only. `budgets` are how many, `open`
    whether one of them still is, `unit` the department in charge where there is one.
    """

    key: str
    name: str | None = None
    budget: Decimal = _NONE
    held: Decimal = _NONE
    actual: Decimal = _NONE
    won: Decimal = _NONE
    paid: Decimal = _NONE
    budgets: int = 0
    open: bool = False
    unit: str | None = None
    kind: str | None = None

    @property
    def left(self) -> Decimal:
        return self.budget - self.held - self.actual

    @property
    def used(self) -> Decimal | None:
        """The share of the budget that is spent or held; none without a budget."""
        return (self.held + self.actual) / self.budget if self.budget else None

    @property
    def cost(self) -> Decimal | None:
        """What was spent for what was sold, as a share; none where nothing was."""
        return self.actual / self.won if self.won else None


@dataclass(frozen=True, slots=True)
class Report:
    """The rows, the largest first, and their sum."""

    wanted: Wanted
    lines: Sequence[Line]
    total: Line
    unit: str | None = None


@dataclass(slots=True)
class _Units:
    """Departments and the branches that they lie in."""

    names: dict[int, str] = field(default_factory=dict[int, str])
    branch: dict[int, int] = field(default_factory=dict[int, int])


async def report(session: AsyncSession, actor: Actor, wanted: Wanted) -> Report:
    """What the actor may see of it. Raises `not_allowed`."""
    await require(session, actor, REPORT)
    units = await _units(session)
    lines: dict[str, Line] = {}
    for row in await session.execute(_budgets(actor, wanted)):
        _plan(_line(lines, _key(wanted.by, row, row.unit_id, units), units, wanted.by), row, wanted, units)
    for row in await session.execute(_entries(actor, wanted)):
        own = row.unit_id if wanted.by is By.REGION or row.paying is None else row.paying
        line = _line(lines, _key(wanted.by, row, own, units), units, wanted.by)
        line.unit, line.kind = line.unit or units.names.get(own), line.kind or row.task_kind
        if row.state == EntryState.HELD:
            line.held += row.total
        else:
            line.actual += row.total
    if wanted.by is By.REGION:
        await _sold(session, actor, wanted, lines, units)
    found = sorted(lines.values(), key=lambda one: (-(one.actual + one.held), -one.budget, one.key == "", one.key))
    return Report(wanted, found, _sum(found), units.names.get(wanted.unit or 0))


async def _units(session: AsyncSession) -> _Units:
    known = _Units()
    rows = (await session.execute(select(Unit.id, Unit.name, Unit.kind, Unit.path))).all()
    branches = {row.id for row in rows if row.kind == UnitKind.BRANCH}
    for row in rows:
        known.names[row.id] = row.name
        known.branch[row.id] = next((one for one in reversed(row.path) if one in branches), row.path[0])
    return known


async def units_of(session: AsyncSession, actor: Actor) -> Sequence[Any]:
    """The branches and departments whose reports the actor may see, from the top: rows of (id, name)."""
    statement = select(Unit.id, Unit.name).where(within(actor, REPORT, unit=Unit.path, owner=literal(0)))
    return (await session.execute(statement.order_by(func.cardinality(Unit.path), Unit.id))).all()


def _budgets(actor: Actor, wanted: Wanted) -> Any:
    statement = (
        select(Budget)
        .join(Unit, Unit.id == Budget.unit_id)
        .where(
            Budget.since <= wanted.until,
            Budget.until >= wanted.since,
            within(actor, REPORT, unit=Unit.path, owner=Budget.owner_id),
        )
        .execution_options(populate_existing=True)
    )
    if wanted.content:
        statement = statement.where(Budget.content == wanted.content)
    if wanted.kind:
        statement = statement.where(Budget.task_kind == wanted.kind)
    if wanted.unit:
        statement = statement.where(Unit.path.contains([wanted.unit]))
    return select(*(getattr(Budget, name) for name in _COLUMNS)).where(
        Budget.id.in_(statement.with_only_columns(Budget.id))
    )


_COLUMNS: Final = ("id", "unit_id", "content", "since", "until", "task", "task_kind", "stage", "amount", "status")


def _entries(actor: Actor, wanted: Wanted) -> Any:
    """The sums of what is live, by everything that a row may be."""
    keys = (BudgetEntry.content, BudgetEntry.task_kind, BudgetEntry.stage, BudgetEntry.unit_id, BudgetEntry.state)
    task = func.coalesce(Budget.task, BudgetEntry.task).label("task")
    needs = BudgetEntry.amount - BudgetEntry.covered
    total = func.sum(func.coalesce(needs, _NONE)).filter(BudgetEntry.state == EntryState.HELD)
    spent = func.sum(BudgetEntry.amount).filter(BudgetEntry.state == EntryState.COMMITTED)
    statement = (
        select(*keys, task, Budget.unit_id.label("paying"), func.coalesce(total, spent, _NONE).label("total"))
        .join(Unit, Unit.id == BudgetEntry.unit_id)
        .outerjoin(Budget, Budget.id == BudgetEntry.budget_id)
        .outerjoin(_Paying, _Paying.id == Budget.unit_id)
        .where(
            BudgetEntry.state.in_(LIVE),
            BudgetEntry.day.between(wanted.since, wanted.until),
            or_(
                within(actor, REPORT, unit=Unit.path, owner=BudgetEntry.employee_id),
                within(actor, REPORT, unit=_Paying.path, owner=Budget.owner_id),
            ),
        )
        .group_by(*keys, task, Budget.unit_id)
    )
    if wanted.content:
        statement = statement.where(BudgetEntry.content == wanted.content)
    if wanted.kind:
        statement = statement.where(BudgetEntry.task_kind == wanted.kind)
    if wanted.unit:
        inside = [wanted.unit]
        statement = statement.where(or_(Unit.path.contains(inside), _Paying.path.contains(inside)))
    return statement


def _key(by: By, row: Any, unit_id: int, units: _Units) -> str:
    if by is By.DEPARTMENT:
        return str(unit_id)
    if by is By.REGION:
        return str(units.branch[unit_id])
    names = {By.CONTENT: "content", By.KIND: "task_kind", By.TASK: "task", By.STAGE: "stage"}
    return getattr(row, names[by]) or ""


def _line(lines: dict[str, Line], key: str, units: _Units, by: By) -> Line:
    known = lines.get(key.casefold())
    if known is None:
        of_unit = by in {By.DEPARTMENT, By.REGION}
        known = lines[key.casefold()] = Line(key, units.names.get(int(key)) if of_unit else key or None)
    return known


def _plan(line: Line, row: Any, wanted: Wanted, units: _Units) -> None:
    first, last = max(row.since, wanted.since), min(row.until, wanted.until)
    share = Decimal((last - first).days + 1) / ((row.until - row.since).days + 1)
    line.budget += (row.amount * share).quantize(_CENT)
    line.budgets += 1
    line.open = line.open or row.status == "open"
    line.unit, line.kind = line.unit or units.names.get(row.unit_id), line.kind or row.task_kind


async def _sold(session: AsyncSession, actor: Actor, wanted: Wanted, lines: dict[str, Line], units: _Units) -> None:
    """What the branches sold in those days: by the customer's owner, as far as the actor may see of the branch."""
    won = func.sum(Deal.amount).filter(CLOSED, CLOSED_ON.between(wanted.since, wanted.until))
    paid = func.sum(Deal.amount).filter(Deal.paid_on.between(wanted.since, wanted.until))
    statement = (
        select(Employee.unit_id, func.coalesce(won, _NONE).label("won"), func.coalesce(paid, _NONE).label("paid"))
        .join(Customer, Customer.id == Deal.customer_id)
        .join(Employee, Employee.id == Customer.owner_id)
        .join(Unit, Unit.id == Employee.unit_id)
        .where(within(actor, REPORT, unit=Unit.path, owner=Customer.owner_id))
        .group_by(Employee.unit_id)
    )
    if wanted.unit:
        statement = statement.where(Unit.path.contains([wanted.unit]))
    for row in await session.execute(statement):
        if row.won or row.paid:
            line = _line(lines, str(units.branch[row.unit_id]), units, By.REGION)
            line.won += row.won
            line.paid += row.paid


def _sum(lines: Iterable[Line]) -> Line:
    total = Line("")
    for one in lines:
        total.budget += one.budget
        total.held += one.held
        total.actual += one.actual
        total.won += one.won
        total.paid += one.paid
        total.budgets += one.budgets
    return total
