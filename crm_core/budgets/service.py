"""Making budgets and changing them: finance, executives and admins do (EX08, EX10)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.budgets import errors
from crm_core.budgets.events import BudgetMoved
from crm_core.budgets.ledger import look_again
from crm_core.budgets.models import LIVE, Budget, BudgetEntry
from crm_core.budgets.permissions import MANAGE
from crm_core.kit.db import now
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.models import Employee, Unit
from crm_core.org.rights import require
from crm_core.playbook.flows import TaskKind
from crm_core.playbook.service import in_force

LONGEST: Final = 60
LONGEST_DAYS: Final = 3 * 366
EDITABLE: Final = ("name", "amount", "owner", "since", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeBudget:
    """A budget of a department. `task`, `task_kind` and `stage` narrow what it is for; the owner is who makes it,
    unless somebody is named; the name is made of content and department where none is given.
    """

    unit: int
    content: str
    amount: Decimal
    since: date
    until: date
    name: str | None = None
    task: str | None = None
    task_kind: TaskKind | None = None
    stage: str | None = None
    owner: int | None = None


async def make_budget(session: AsyncSession, actor: Actor, command: MakeBudget) -> Budget:
    """Raises `not_allowed`, `required`, `too_long`, `budget.not_positive`, `budget.ends_before_it_begins`,
    `budget.too_long_period`, `budget.twice`, `employee.has_left`, `not_found`.
    """
    await require(session, actor, MANAGE)
    unit = await session.get(Unit, command.unit)
    if unit is None:
        raise DomainError(NOT_FOUND, field="unit")
    book = await in_force(session, actor.playbook_version)
    if command.content not in {one.key for one in book.budget_contents}:
        raise DomainError(REQUIRED, field="content")
    _period(command.since, command.until)
    name = _words("name", command.name) or _called(book.title("budget_contents", command.content, "zh"), unit.name)
    budget = Budget(
        name=name,
        unit_id=unit.id,
        content=command.content,
        since=command.since,
        until=command.until,
        task=_words("task", command.task),
        task_kind=TaskKind(command.task_kind).value if command.task_kind else None,
        stage=_words("stage", command.stage),
        amount=_positive(command.amount),
        owner_id=await _owner(session, command.owner or actor.id),
        created_by=actor.id,
        created_at=now(session),
        held=Decimal(0),
        committed=Decimal(0),
        over_allowed=Decimal(0),
        status="open",
        revision=1,
    )
    await _refuse_twin(session, budget)
    session.add(budget)
    await session.flush()
    return budget


def _called(content: str, unit: str) -> str:
    return f"{unit}{content}"[:LONGEST]


def _words(field: str, said: str | None) -> str | None:
    text = " ".join((said or "").split())
    if len(text) > LONGEST:
        raise DomainError(TOO_LONG, field=field, max=LONGEST)
    return text or None


def _positive(said: Decimal) -> Decimal:
    if said <= 0:
        raise DomainError(errors.NOT_POSITIVE, field="amount")
    return said


def _period(since: date, until: date) -> None:
    if until < since:
        raise DomainError(errors.ENDS_BEFORE_IT_BEGINS, field="until")
    if (until - since).days > LONGEST_DAYS:
        raise DomainError(errors.TOO_LONG_PERIOD, field="until")


async def _owner(session: AsyncSession, employee_id: int) -> int:
    person = await session.get(Employee, employee_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None:
        raise DomainError(NOT_FOUND, field="owner")
    if person.left_at is not None:
        raise DomainError(HAS_LEFT, field="owner", name=person.name)
    return person.id


async def _refuse_twin(session: AsyncSession, budget: Budget) -> None:
    """Two open budgets for exactly the same on the same days: nobody could say which of them pays."""
    same = select(Budget.name).where(
        Budget.status == "open",
        Budget.unit_id == budget.unit_id,
        Budget.content == budget.content,
        Budget.task.is_not_distinct_from(budget.task),
        Budget.task_kind.is_not_distinct_from(budget.task_kind),
        Budget.stage.is_not_distinct_from(budget.stage),
        Budget.since <= budget.until,
        Budget.until >= budget.since,
    )
    if budget.id is not None:  # pyright: ignore[reportUnnecessaryComparison] - a new one has none yet
        same = same.where(Budget.id != budget.id)
    with session.no_autoflush:
        name = await session.scalar(same.limit(1))
    if name is not None:
        raise DomainError(errors.TWICE, field="until", name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBudget:
    """One of EDITABLE."""

    budget_id: int
    field: str
    value: Any
    revision: int | None = None


async def change_budget(session: AsyncSession, actor: Actor, command: ChangeBudget) -> Budget:
    """Raises as `make_budget`, `changed_meanwhile`, `budget.below_spent`, `budget.outside`."""
    budget = await _open(session, actor, command.budget_id, command.revision)
    value = command.value
    if command.field == "name":
        if (name := _words("name", value)) is None:
            raise DomainError(REQUIRED, field="name")
        budget.name = name
    elif command.field == "amount":
        spent = budget.held + budget.committed
        if _positive(value) + budget.over_allowed < spent:
            raise DomainError(errors.BELOW_SPENT, field="amount", spent=spent - budget.over_allowed)
        budget.amount = value
    elif command.field == "owner":
        budget.owner_id = await _owner(session, value)
    elif command.field in {"since", "until"}:
        _period(*((value, budget.until) if command.field == "since" else (budget.since, value)))
        await _refuse_outside(session, budget, command.field, value)
        setattr(budget, command.field, value)
        await _refuse_twin(session, budget)
    else:
        raise DomainError(NOT_FOUND)
    await _changed(session, budget)
    return budget


async def _refuse_outside(session: AsyncSession, budget: Budget, field: str, value: date) -> None:
    far = func.min(BudgetEntry.day) if field == "since" else func.max(BudgetEntry.day)
    live = select(far).where(BudgetEntry.budget_id == budget.id, BudgetEntry.state.in_(LIVE))
    day = await session.scalar(live)
    if day is not None and (day < value if field == "since" else day > value):
        raise DomainError(errors.OUTSIDE, field=field, day=day)


async def close_budget(session: AsyncSession, actor: Actor, budget_id: int, *, closed: bool = True) -> Budget:
    """Nothing new is held of a closed one; what is held already is spent or freed as its request goes.

    Raises `not_allowed`, `not_found`, `budget.twice`.
    """
    budget = await _open(session, actor, budget_id, None)
    status = "closed" if closed else "open"
    if budget.status != status:
        if not closed:
            await _refuse_twin(session, budget)
        budget.status = status
        await _changed(session, budget)
    return budget


async def _open(session: AsyncSession, actor: Actor, budget_id: int, revision: int | None) -> Budget:
    await require(session, actor, MANAGE)
    budget = await session.get(Budget, budget_id, with_for_update=True, populate_existing=True)
    if budget is None:
        raise DomainError(NOT_FOUND)
    if revision is not None and revision != budget.revision:
        raise DomainError(CHANGED_MEANWHILE)
    return budget


async def _changed(session: AsyncSession, budget: Budget) -> None:
    budget.revision += 1
    await look_again(session, budget)
    await session.flush()
    await publish(session, BudgetMoved(budget.id))
