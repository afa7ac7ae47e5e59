"""The stale-archive rule (RE01, CD05): a customer whose archive nobody maintained for its type's period."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import String, cast, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.events import CustomerMaintained, CustomersMoved
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.customers.queries import days_between
from crm_core.kit.db import now
from crm_core.kit.events import subscribe
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.rights import visible
from reminders.digest import redraw
from reminders.rules import Line, Rule
from screens.screen import N_

SUBJECT: Final = "customer"
KEY: Final = "customer.stale"

_DAYS: Final = N_("not updated for %(days)s days")
_DONE: Final = N_("✓ followed up")


async def notice(session: AsyncSession) -> int:
    """Note every customer whose stored due time has come, and clear that time: the next follow-up sets a new one."""
    moment = now(session)
    due = (
        update(Customer)
        .where(Customer.stale_due_at <= moment)
        .values(stale_due_at=None)
        .returning(Customer.id, Customer.owner_id, Customer.maintained_at, Customer.type)
        .cte("due")
    )
    rows = select(
        literal(KEY),
        literal(SUBJECT),
        due.c.id,
        due.c.owner_id,
        due.c.type + ":" + cast(due.c.maintained_at, String),
        literal(moment),
        literal(moment),
    )
    columns = ["rule", "subject_type", "subject_id", "recipient_id", "occurrence_key", "due_at", "created_at"]
    statement = upsert(Occurrence).from_select(columns, rows).on_conflict_do_nothing().returning(Occurrence.id)
    return len((await session.execute(statement.add_cte(due), execution_options=_NO_TRUTH)).all())


_NO_TRUTH: Final = {"unaudited": "a timer is cleared, no business truth"}


async def lines(session: AsyncSession, actor: Actor, due: Sequence[Occurrence]) -> list[Line]:
    """The open occurrences that still hold, the most valuable customers first; done ones as done."""
    wanted = {row.subject_id: row for row in due}
    statement = select(Customer).where(Customer.id.in_(wanted))
    statement = visible(statement, actor, READ, TIES)
    order = (Customer.yearly_value.desc().nulls_last(), Customer.maintained_at, Customer.id)
    made: list[Line] = []
    for customer in await session.scalars(statement.order_by(*order)):
        row = wanted[customer.id]
        if row.state == "suppressed":
            continue
        done = row.state not in occurrences.OPEN
        days = days_between(actor, customer.maintained_at, now(session))
        made.append(Line(row.id, customer.id, customer.name, _DONE if done else _DAYS(days=days), done))
    return made


STALE: Final = Rule(
    KEY,
    title=N_("Customers nobody followed up"),
    notice=notice,
    lines=lines,
    action="visit.log",
    action_label=N_("📝 Log visit"),
)


@subscribe(CustomersMoved)
async def leave_the_former_owner_alone(session: AsyncSession, event: CustomersMoved) -> None:
    """Whose they were is reminded no more; the new owner will be, when it is time."""
    for card_id in await occurrences.withdraw(session, SUBJECT, event.customer_ids):
        await redraw(session, card_id)


@subscribe(CustomerMaintained)
async def close_when_maintained(session: AsyncSession, event: CustomerMaintained) -> None:
    """Somebody cared: the reminder is settled wherever it stands."""
    for card_id in await occurrences.close(session, SUBJECT, event.customer_id, KEY):
        await redraw(session, card_id)
