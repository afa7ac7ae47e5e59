"""Warnings of a deadline: occurrences of the reminder rules, told once for each deadline and stage (rule 5).

Nobody's customer is taken away unless a warning of this very deadline had been delivered a day before.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.kit.db import now
from crm_core.occurrences.models import Occurrence
from crm_core.occurrences.service import OPEN
from crm_core.outbox.models import Outgoing, State

AHEAD: Final = "pool.deadline"
"""Days ahead, with the morning's digest."""
TODAY: Final = "pool.today"
"""On the day itself, at once."""
TO_MANAGER: Final = "pool.blocked"
"""To the manager of an owner whom nothing reaches."""
SUBJECT: Final = "customer"
LEAD: Final = timedelta(hours=24)


async def note(session: AsyncSession, customer: Customer, rule: str, recipient_id: int, stage: int) -> int | None:
    """Note that a warning is due, in place of those of earlier stages; answers its id, none when it was noted before.

    One that is told `AHEAD` waits for the digest; the others are sent at once by the caller, and stay open for nobody.
    """
    moment = now(session)
    waits = rule == AHEAD
    row = {
        "rule": rule,
        "subject_type": SUBJECT,
        "subject_id": customer.id,
        "recipient_id": recipient_id,
        "occurrence_key": f"{customer.pool_due_on}:{stage}",
        "state": "due" if waits else "done",
        "due_at": moment,
        "created_at": moment,
        "ended_at": None if waits else moment,
    }
    noted = await session.scalar(upsert(Occurrence).values(row).on_conflict_do_nothing().returning(Occurrence.id))
    if noted is not None:
        earlier = update(Occurrence).where(*_ahead_of(customer), Occurrence.id != noted)
        earlier = earlier.values(state="expired", ended_at=moment)
        await session.execute(earlier.execution_options(synchronize_session=False))
    return noted


def _ahead_of(customer: Customer) -> tuple[ColumnElement[bool], ...]:
    return (
        Occurrence.subject_type == SUBJECT,
        Occurrence.subject_id == customer.id,
        Occurrence.rule == AHEAD,
        Occurrence.state.in_(OPEN),
    )


async def sent_on(session: AsyncSession, occurrence_id: int, card_id: int | None) -> None:
    """The warning went out on this card: whether it arrived, the outbox says."""
    statement = update(Occurrence).where(Occurrence.id == occurrence_id).values(card_id=card_id)
    await session.execute(statement.execution_options(synchronize_session=False))


async def was_warned(session: AsyncSession, customer: Customer) -> bool:
    """Whether a warning of the present deadline had arrived a day ago: at the owner's, or at the manager's in place."""
    told_whom = or_(
        and_(Occurrence.rule.in_((AHEAD, TODAY)), Occurrence.recipient_id == customer.owner_id),
        Occurrence.rule == TO_MANAGER,
    )
    statement = (
        select(Occurrence.id)
        .join(Outgoing, Outgoing.card_id == Occurrence.card_id)
        .where(
            *_of_ownership(customer),
            told_whom,
            Occurrence.occurrence_key.like(f"{customer.pool_due_on}:%"),
            Outgoing.method == "send_message",
            Outgoing.state == State.SENT,
            Outgoing.ended_at <= now(session) - LEAD,
        )
    )
    return await session.scalar(statement.limit(1)) is not None


async def manager_was_told(session: AsyncSession, customer: Customer) -> bool:
    """Whether the manager heard of the customer in this ownership already."""
    statement = select(Occurrence.id).where(*_of_ownership(customer), Occurrence.rule == TO_MANAGER)
    return await session.scalar(statement.limit(1)) is not None


def _of_ownership(customer: Customer) -> tuple[ColumnElement[bool], ...]:
    return (
        Occurrence.subject_type == SUBJECT,
        Occurrence.subject_id == customer.id,
        Occurrence.created_at >= customer.held_since,
    )
