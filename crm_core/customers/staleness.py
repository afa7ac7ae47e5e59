"""When an archive counts as stale: stored for each customer, so that the rule reads no more than what is due."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, Date, DateTime, Text, case, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer, StaleTimer
from crm_core.kit.calendars import at_local
from crm_core.kit.events import subscribe
from crm_core.org.models import Company, Employee
from crm_core.org.queries import zone_of
from crm_core.playbook.events import PlaybookPublished
from crm_core.playbook.service import Playbook, in_force


class Timer(NamedTuple):
    """A row of `StaleTimer`."""

    customer_id: int
    owner_id: int | None
    told: str
    due_at: datetime | None


_KINDS: Final = (ARRAY(BigInteger), ARRAY(BigInteger), ARRAY(Text), ARRAY(DateTime(timezone=True)))


async def reckon_due(session: AsyncSession, playbook_version: int, customers: Sequence[Customer]) -> None:
    """Set when the stale-archive rule looks next at these stored customers of one owner: never while they have none."""
    owner_id = customers[0].owner_id
    zone = await zone_of(session, owner_id) if owner_id is not None else None
    book = await in_force(session, playbook_version)
    timers = [timer(book, one.id, one.owner_id, one.type, one.maintained_at, zone) for one in customers]
    await set_timers(session, timers)


async def set_timers(session: AsyncSession, timers: Sequence[Timer]) -> None:
    """Set when the rule looks next."""
    columns = zip(zip(*timers, strict=True), _KINDS, strict=True)
    rows = select(*(func.unnest(cast(column, kind)) for column, kind in columns))
    made = upsert(StaleTimer).from_select(Timer._fields, rows)
    again = {name: made.excluded[name] for name in Timer._fields[1:]}
    await session.execute(made.on_conflict_do_update(index_elements=["customer_id"], set_=again))


def timer(
    book: Playbook, customer_id: int, owner_id: int | None, kind: str, maintained_at: datetime, zone: ZoneInfo | None
) -> Timer:
    """Of a customer of this type that was maintained then; `zone` is its owner's. Without an owner it never runs."""
    due_at = stale_from(book, kind, maintained_at, zone) if zone else None
    return Timer(customer_id, owner_id, f"{kind}:{maintained_at.astimezone(UTC).isoformat()}", due_at)


def stale_from(book: Playbook, customer_type: str, maintained_at: datetime, zone: ZoneInfo) -> datetime:
    """The start of the owner's local day on which an archive of this type that was maintained then counts as stale."""
    after = book.customer_type(customer_type).stale_after_days
    return at_local(maintained_at.astimezone(zone).date() + timedelta(days=after), time(0), zone)


@subscribe(PlaybookPublished)
async def reckon_due_days_anew(session: AsyncSession, published: PlaybookPublished) -> None:
    """Periods have changed: set the due time of every customer that the stale-archive rule has not spoken of yet."""
    kinds = published.book.customer_types
    days = case(
        {kind.key: kind.stale_after_days for kind in kinds}, value=Customer.type, else_=kinds[0].stale_after_days
    )
    zone = func.coalesce(Employee.zone, select(Company.zone).scalar_subquery())
    start = cast(func.timezone(zone, Customer.maintained_at), Date) + days
    statement = (
        update(StaleTimer)
        .where(
            StaleTimer.customer_id == Customer.id,
            Customer.owner_id == Employee.id,
            StaleTimer.due_at.is_not(None),
        )
        .values(due_at=func.timezone(zone, cast(start, DateTime)))
    )
    await session.execute(statement, execution_options={"synchronize_session": False})
