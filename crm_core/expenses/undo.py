"""How trips and claims are taken back (BY08): that one set out or paid can be; a request is withdrawn instead, which
its signers see.
"""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.models import AuditEntry
from crm_core.audit.service import UNDOES
from crm_core.customers.models import Customer
from crm_core.expenses import errors
from crm_core.expenses.models import ClaimCustomer, ExpenseClaim, ExpenseItem, Trip, TripCustomer
from crm_core.kit.errors import DomainError
from crm_core.kit.undo import undoable
from crm_core.org.actor import Actor

_TAKEN_BACK: Final = {"paid_at", "paid_by", "began_at"}
_STATE: Final = frozenset({"state"})


async def _allowed(session: AsyncSession, _actor: Actor, _row: Any) -> None:
    """Raises `expense.withdraw_instead` where what was done is on its way to its signers."""
    entries = select(AuditEntry).where(
        AuditEntry.op == session.info.get(UNDOES),
        AuditEntry.subject_type.in_((Trip.__tablename__, ExpenseClaim.__tablename__)),
    )
    for one in await session.scalars(entries):
        if one.verb != "change" or {*one.before, *one.after} - _TAKEN_BACK:
            raise DomainError(errors.WITHDRAW_INSTEAD)


async def _place(_session: AsyncSession, trip: Trip) -> str:
    return trip.place


async def _purpose(_session: AsyncSession, claim: ExpenseClaim) -> str:
    return claim.purpose


async def _of_claim(session: AsyncSession, item: ExpenseItem) -> str:
    return (await session.get_one(ExpenseClaim, item.claim_id)).purpose


async def _customer(session: AsyncSession, row: TripCustomer | ClaimCustomer) -> str:
    return (await session.get_one(Customer, row.customer_id)).name


undoable(Trip, allowed=_allowed, label=_place, minor=_STATE)
undoable(ExpenseClaim, allowed=_allowed, label=_purpose, minor=_STATE)
undoable(ExpenseItem, allowed=_allowed, label=_of_claim)
undoable(TripCustomer, allowed=_allowed, label=_customer)
undoable(ClaimCustomer, allowed=_allowed, label=_customer)
