"""Which budget pays for what: the narrowest one that is for it, of the applicant's department or one above."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.budgets.models import Budget, BudgetEntry, EntryState
from crm_core.budgets.spending import Asked, Outlay, outlays_of
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Unit
from crm_core.playbook.flows import Flow


def left_of(budget: Budget) -> Decimal:
    """What may still be asked for; below nothing where somebody allowed more by name."""
    return budget.amount - budget.held - budget.committed


@dataclass(frozen=True, slots=True)
class Payer:
    """Where the applicant is, and the budget of each line, if there is one."""

    unit_id: int
    budgets: tuple[Budget | None, ...]


async def payer_of(session: AsyncSession, applicant: int, outlays: Sequence[Outlay]) -> Payer:
    """The budgets of these lines, not locked."""
    where = select(Unit.id, Unit.path).join(Employee, Employee.unit_id == Unit.id).where(Employee.id == applicant)
    unit = (await session.execute(where)).one()
    found = [await _budget(session, unit.path, one) for one in outlays]
    return Payer(unit.id, tuple(found))


async def _budget(session: AsyncSession, path: Sequence[int], line: Outlay) -> Budget | None:
    """What is for this task alone goes before what is for any; of equals, the nearest department's, the latest."""
    narrow = func.num_nonnulls(Budget.task, Budget.task_kind, Budget.stage)
    statement = (
        select(Budget)
        .join(Unit, Unit.id == Budget.unit_id)
        .where(
            Budget.status == "open",
            Budget.unit_id.in_(path),
            Budget.content == line.content,
            Budget.since <= line.day,
            Budget.until >= line.day,
            or_(Budget.task.is_(None), func.lower(Budget.task) == (line.task or "").casefold()),
            or_(Budget.task_kind.is_(None), Budget.task_kind == line.task_kind),
            or_(Budget.stage.is_(None), Budget.stage == line.stage),
        )
        .order_by(
            Budget.task.is_(None), narrow.desc(), func.cardinality(Unit.path).desc(), Budget.since.desc(), Budget.id
        )
        .limit(1)
    )
    return await session.scalar(statement)


async def covers(session: AsyncSession, outlays: Sequence[Outlay], budgets: Sequence[Budget | None]) -> list[Decimal]:
    """How much of each line an approved request holds already in the same budget."""
    rest: dict[tuple[int, int], Decimal] = {}
    found: list[Decimal] = []
    for line, budget in zip(outlays, budgets, strict=True):
        if line.replaces is None or budget is None:
            found.append(Decimal(0))
            continue
        key = (line.replaces, budget.id)
        if key not in rest:
            rest[key] = await _holds_still(session, *key)
        part = min(rest[key], line.amount)
        rest[key] -= part
        found.append(part)
    return found


async def _holds_still(session: AsyncSession, approval_id: int, budget_id: int) -> Decimal:
    """What an approved request holds of a budget, and no other claim is counting on."""
    own = select(func.sum(BudgetEntry.amount)).where(
        BudgetEntry.approval_id == approval_id,
        BudgetEntry.budget_id == budget_id,
        BudgetEntry.state == EntryState.COMMITTED,
    )
    taken = select(func.sum(BudgetEntry.covered)).where(
        BudgetEntry.replaces_id == approval_id,
        BudgetEntry.budget_id == budget_id,
        BudgetEntry.state.in_((EntryState.ASKED, EntryState.HELD)),
    )
    return max((await session.scalar(own) or Decimal(0)) - (await session.scalar(taken) or Decimal(0)), Decimal(0))


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a request would do to a budget: what it takes, what is left before, how far it goes over.

    Without a budget there is none that is for it: nothing is held, and nothing is in its way.
    """

    content: str
    amount: Decimal
    budget_id: int | None = None
    name: str | None = None
    size: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    over: Decimal = Decimal(0)

    @property
    def left_after(self) -> Decimal:
        return self.left - self.amount


async def outlook(
    session: AsyncSession,
    actor: Actor,
    flow: Flow,
    form: dict[str, object],
    *,
    about: int | None = None,
    subject: tuple[str, int] | None = None,
    amount: Decimal | None = None,
) -> list[Prospect]:
    """What would be left if the actor sent this request now (EX12): told before, not after. Holds nothing."""
    asked = Asked(flow=flow, form=form, applicant=actor.id, amount=amount, about=about, subject=subject)
    return await prospects(session, actor.id, await outlays_of(session, asked))


async def prospects(session: AsyncSession, applicant: int, outlays: Sequence[Outlay]) -> list[Prospect]:
    """The same, of lines that are known already; one for each budget, and for each content without one."""
    budgets = (await payer_of(session, applicant, outlays)).budgets
    found: dict[tuple[int, str], Prospect] = {}
    for line, budget, covered in zip(outlays, budgets, await covers(session, outlays, budgets), strict=True):
        key = (budget.id, "") if budget else (0, line.content)
        known = found.get(key)
        need = line.amount - covered + (known.amount if known else Decimal(0))
        if budget is None:
            found[key] = Prospect(line.content, need)
            continue
        left = left_of(budget)
        over = min(max(need - left, Decimal(0)), need)
        found[key] = Prospect(line.content, need, budget.id, budget.name, budget.amount, left, over)
    return list(found.values())
