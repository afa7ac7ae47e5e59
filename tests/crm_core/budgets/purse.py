"""A firm with budgets, flows that spend, and what must hold of the ledger at any time."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from crm_core.approvals.models import Approval
from crm_core.budgets import ledger, service
from crm_core.budgets.models import LIVE, Budget, BudgetEntry, EntryState
from crm_core.budgets.service import ChangeBudget, MakeBudget
from tests.crm_core.approvals.desk import Desk, flow, users

MARCH: Final = {"since": date(2026, 1, 1), "until": date(2026, 3, 31)}
SPENDS: Final = {"content": "marketing"}


@dataclass
class Purse(Desk):
    """Requests that spend."""

    async def flows(self, *steps: dict[str, Any], **given: Any) -> None:
        """One flow that spends on marketing; the manager signs unless it says otherwise."""
        await self.publish(flow(*(steps or ({"approvers": users("王海燕")},)), budget=SPENDS, **given))

    async def budget(self, amount: int | str = 1000, by: str = "finance", unit: str = "owner", **given: Any) -> int:
        """A budget of the department somebody works in, for this quarter."""
        given = {"content": "marketing", **MARCH} | given
        async with self.firm.db.unit() as session:
            command = MakeBudget(unit=self.firm.people[unit].unit_id, amount=Decimal(amount), **given)
            return (await service.make_budget(session, await self.firm.actor(session, by), command)).id

    async def ask(self, amount: int | str, *, knows: bool = False, by: str = "owner", **given: Any) -> int:
        form = {"what": "展会", "amount": str(amount)} | ({ledger.KNOWS: True} if knows else {})
        return await self.apply(by, form=form, **given)

    async def allow(self, approval_id: int, by: str = "finance") -> None:
        async with self.firm.db.unit() as session:
            await ledger.allow(session, await self.firm.actor(session, by), approval_id)

    async def change(self, budget_id: int, field: str, value: Any, by: str = "finance") -> None:
        async with self.firm.db.unit() as session:
            command = ChangeBudget(budget_id=budget_id, field=field, value=value)
            await service.change_budget(session, await self.firm.actor(session, by), command)

    async def close(self, budget_id: int, *, closed: bool = True) -> None:
        async with self.firm.db.unit() as session:
            await service.close_budget(session, await self.firm.actor(session, "finance"), budget_id, closed=closed)

    async def stands(self, budget_id: int) -> tuple[int, int]:
        """What is held, and what is spent."""
        async with self.firm.db.unit() as session:
            one = await session.get_one(Budget, budget_id)
            return int(one.held), int(one.committed)

    async def entries(self, approval_id: int) -> list[BudgetEntry]:
        async with self.firm.db.unit() as session:
            statement = select(BudgetEntry).where(BudgetEntry.approval_id == approval_id)
            return list(await session.scalars(statement.order_by(BudgetEntry.round, BudgetEntry.line)))

    async def check_ledger(self) -> None:
        """12: the hold is committed iff approved; never over the limit without an override by name."""
        async with self.firm.db.unit() as session:
            budgets = list(await session.scalars(select(Budget)))
            entries = list(await session.scalars(select(BudgetEntry)))
            approvals = {one.id: one for one in await session.scalars(select(Approval))}
        for budget in budgets:
            mine = [one for one in entries if one.budget_id == budget.id]
            live = [one for one in mine if one.state in LIVE]
            held = sum(one.amount - one.covered for one in live if one.state == EntryState.HELD)
            assert (budget.held, budget.committed) == (
                held,
                sum(one.amount for one in live if one.state == EntryState.COMMITTED),
            )
            assert budget.over_allowed == sum(one.over for one in live)
            named = sum(one.over for one in live if one.allowed_by is not None)
            assert budget.held + budget.committed <= budget.amount + named, "over, and nobody put a name to it"
        for one in entries:
            _settled(one, approvals[one.approval_id])


def _settled(one: BudgetEntry, row: Approval) -> None:
    if one.round < row.round or row.status in {"returned", "rejected", "withdrawn", "revoked"}:
        assert one.state in {EntryState.RELEASED, EntryState.REPLACED}
    elif row.status == "approved":
        assert one.state in {EntryState.COMMITTED, EntryState.REPLACED}
    else:
        assert one.state in {EntryState.HELD, EntryState.ASKED}
    assert one.allowed_by != row.applicant_id
