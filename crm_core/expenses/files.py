"""Lines of claims as records that have files: their receipts."""

from datetime import time

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.lost import Record, record
from crm_core.expenses.models import ExpenseClaim, ExpenseItem
from crm_core.kit.calendars import at_local
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor


@record("expense_item")
async def line_with_receipts(session: AsyncSession, actor: Actor, item_id: int) -> Record:
    """The line, for whose claim it is. Raises `not_found`."""
    item = await session.get(ExpenseItem, item_id)
    claim = await session.get(ExpenseClaim, item.claim_id) if item else None
    if item is None or claim is None or claim.employee_id != actor.id:
        raise DomainError(NOT_FOUND)
    return Record("expense_item", item.id, claim.purpose, at_local(item.spent_on, time(12), actor.zone))
