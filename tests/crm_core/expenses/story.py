"""Trips and claims in a firm, and those who sign them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from crm_core.approvals import signing
from crm_core.approvals.authority import Say
from crm_core.approvals.models import Approval, ApprovalSeat
from crm_core.expenses import claims, queries, trips
from crm_core.expenses.checks import Finding, Found
from crm_core.expenses.claims import ClaimExpenses, CorrectClaim, Item
from crm_core.expenses.models import ClaimCustomer, ExpenseClaim, Trip
from crm_core.expenses.trips import RequestTrip
from crm_core.kit.errors import DomainError
from tests.support.company import Firm

NOON: Final = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
SUZHOU: Final = {
    "flow": "travel",
    "place": "苏州",
    "since": date(2026, 3, 16),
    "until": date(2026, 3, 18),
    "purpose": "拜访汇川，谈年框",
    "cost": Decimal(2600),
}


def line(kind: str = "taxi", amount: str = "45", on: date = date(2026, 3, 10), **given: Any) -> Item:
    return Item(kind=kind, amount=Decimal(amount), on=on, **given)


@dataclass
class Story:
    """Shortcuts for what people of the firm do with trips and claims."""

    firm: Firm

    async def ask_trip(self, by: str = "owner", **given: Any) -> int:
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, by)
            return (await trips.request_trip(session, actor, RequestTrip(**(SUZHOU | given)))).id

    async def claim(self, *items: Item, by: str = "owner", **given: Any) -> int:
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, by)
            told = {"flow": "expense", "purpose": "走访华宁", **given}
            command = ClaimExpenses(items=items or (line(),), **told)
            return (await claims.claim_expenses(session, actor, command)).id

    async def correct(self, claim_id: int, *items: Item, by: str = "owner", purpose: str = "走访华宁") -> None:
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, by)
            await claims.correct_claim(session, actor, CorrectClaim(claim_id=claim_id, items=items, purpose=purpose))

    async def request(self, kind: str, record_id: int) -> Approval:
        async with self.firm.db.unit() as session:
            of = select(Approval).where(Approval.subject_type == kind, Approval.subject_id == record_id)
            return (await session.scalars(of)).one()

    async def waits_for(self, kind: str, record_id: int) -> list[str]:
        """Whose turn it is, by relation."""
        request = await self.request(kind, record_id)
        async with self.firm.db.unit() as session:
            open_ = select(ApprovalSeat.holder_id).where(ApprovalSeat.approval_id == request.id, ApprovalSeat.open)
            ids = set(await session.scalars(open_))
        return sorted(relation for relation, person in self.firm.people.items() if person.id in ids)

    async def sign(self, kind: str, record_id: int, by: str, verb: str = "approve") -> None:
        request = await self.request(kind, record_id)
        async with self.firm.db.unit() as session:
            mine = select(ApprovalSeat.id).where(
                ApprovalSeat.approval_id == request.id,
                ApprovalSeat.holder_id == self.firm.people[by].id,
                ApprovalSeat.state == "pending",
            )
            say = Say(seat=await session.scalar(mine), words="同意，注意控制费用")
            await getattr(signing, verb)(session, await self.firm.actor(session, by), say)

    async def sign_all(self, kind: str, record_id: int) -> None:
        while waiting := await self.waits_for(kind, record_id):
            await self.sign(kind, record_id, waiting[0])

    async def trip(self, trip_id: int) -> Trip:
        async with self.firm.db.unit() as session:
            return await session.get_one(Trip, trip_id)

    async def the_claim(self, claim_id: int) -> ExpenseClaim:
        async with self.firm.db.unit() as session:
            return await session.get_one(ExpenseClaim, claim_id)

    async def found(self, claim_id: int) -> list[Found]:
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, "operations")
            return list((await queries.claim(session, actor, claim_id)).found)

    async def codes(self, claim_id: int) -> list[Finding]:
        return [one.code for one in await self.found(claim_id)]

    async def sees(self, claim_id: int, by: str) -> bool:
        async with self.firm.db.unit() as session:
            try:
                await queries.claim(session, await self.firm.actor(session, by), claim_id)
            except DomainError:
                return False
            return True

    async def customers(self, claim_id: int) -> list[int]:
        async with self.firm.db.unit() as session:
            of = select(ClaimCustomer.customer_id).where(ClaimCustomer.claim_id == claim_id)
            return list(await session.scalars(of))
