"""Visits as records that have files."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.lost import Record, record
from crm_core.customers.queries import find as find_customer
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.visits.permissions import LOG
from crm_core.visits.queries import find


@record("visit")
async def visit_with_files(session: AsyncSession, actor: Actor, visit_id: int) -> Record:
    """The visit, for who may read it and log visits to its customer. Raises `not_found`, `not_allowed`."""
    visit = await find(session, actor, visit_id)
    customer = await find_customer(session, actor, visit.customer_id)
    await require(session, actor, LOG, on=customer)
    return Record("visit", visit.id, visit.customer, visit.happened_at)
