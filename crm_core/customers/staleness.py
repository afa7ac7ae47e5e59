"""When an archive counts as stale: stored with the customer, so that the rule reads no more than what is due."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.kit.calendars import at_local
from crm_core.org.queries import zone_of
from crm_core.playbook.service import Playbook, in_force


async def reckon_due(session: AsyncSession, playbook_version: int, customers: Sequence[Customer]) -> None:
    """Set when the stale-archive rule looks next at these customers of one owner: never while they have none."""
    owner_id = customers[0].owner_id
    zone = await zone_of(session, owner_id) if owner_id is not None else None
    book = await in_force(session, playbook_version)
    for customer in customers:
        customer.stale_due_at = stale_due(book, customer, zone) if zone else None


def stale_due(book: Playbook, customer: Customer, zone: ZoneInfo) -> datetime:
    """The start of the owner's local day on which the archive counts as stale."""
    return stale_from(book, customer.type, customer.maintained_at, zone)


def stale_from(book: Playbook, customer_type: str, maintained_at: datetime, zone: ZoneInfo) -> datetime:
    """`stale_due` of an archive of this type that was maintained then."""
    after = book.customer_type(customer_type).stale_after_days
    return at_local(maintained_at.astimezone(zone).date() + timedelta(days=after), time(0), zone)
