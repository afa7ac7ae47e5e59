"""Operations on occurrences: noticing, putting off, closing."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import Select, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.calendars import at_local, next_working_day
from crm_core.kit.db import now, operation
from crm_core.kit.errors import NOT_FOUND, DomainError, declare
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor

MOST_SNOOZES: Final = 3
SNOOZED_ENOUGH: Final = declare("reminder.snoozed_enough", "times")

OPEN: Final = ("due", "sent", "snoozed")


def open_of(recipient_id: int, rule: str, until: datetime) -> Select[Occurrence]:
    """What is open for a person under a rule and not put off beyond `until`."""
    return select(Occurrence).where(
        Occurrence.recipient_id == recipient_id,
        Occurrence.rule == rule,
        Occurrence.state.in_(OPEN),
        Occurrence.due_at <= until,
    )


async def mark_sent(session: AsyncSession, ids: Sequence[int], card_id: int | None) -> None:
    """They stand on this card now."""
    statement = update(Occurrence).where(Occurrence.id.in_(ids)).values(state="sent", card_id=card_id)
    await session.execute(statement.execution_options(synchronize_session=False))


async def withdraw(session: AsyncSession, subject_type: str, subject_ids: Sequence[int]) -> list[int]:
    """These are no matter of those any more whom they were told: close what is open. Answers the ids of its cards."""
    statement = (
        update(Occurrence)
        .where(
            Occurrence.subject_type == subject_type,
            Occurrence.subject_id.in_(subject_ids),
            Occurrence.state.in_(OPEN),
        )
        .values(state="suppressed", ended_at=now(session), ended_op=operation(session))
        .returning(Occurrence.card_id)
        .execution_options(synchronize_session=False)
    )
    return list(dict.fromkeys(card for card in (await session.scalars(statement)).all() if card is not None))


async def close(session: AsyncSession, subject_type: str, subject_id: int, rule: str) -> list[int]:
    """The matter is settled: close what is open about it. Answers the ids of the cards it stands on."""
    statement = (
        update(Occurrence)
        .where(
            Occurrence.subject_type == subject_type,
            Occurrence.subject_id == subject_id,
            Occurrence.rule == rule,
            Occurrence.state.in_(OPEN),
        )
        .values(state="done", ended_at=now(session), ended_op=operation(session))
        .returning(Occurrence.card_id)
        .execution_options(synchronize_session=False)
    )
    return [card for card in (await session.scalars(statement)).all() if card is not None]


async def reopen(session: AsyncSession, op: int) -> list[int]:
    """What closed it was taken back: what this operation closed is open again. Answers the ids of its cards.

    Its `occurrence_key` is taken for good, so the rule does not notice the same thing a second time.
    """
    put_off = (Occurrence.snoozes > 0) & (Occurrence.due_at > now(session))
    statement = (
        update(Occurrence)
        .where(Occurrence.ended_op == op, Occurrence.state.in_(("done", "suppressed")))
        .values(
            state=case((put_off, "snoozed"), (Occurrence.card_id.is_not(None), "sent"), else_="due"),
            ended_at=None,
            ended_op=None,
        )
        .returning(Occurrence.card_id)
        .execution_options(synchronize_session=False)
    )
    return list(dict.fromkeys(card for card in (await session.scalars(statement)).all() if card is not None))


async def find(session: AsyncSession, actor: Actor, occurrence_id: int) -> Occurrence:
    """One's own occurrence. Raises `not_found`."""
    row = await session.get(Occurrence, occurrence_id, with_for_update=True, populate_existing=True)
    if row is None or row.recipient_id != actor.id:
        raise DomainError(NOT_FOUND)
    return row


async def snooze(session: AsyncSession, actor: Actor, occurrence_id: int) -> Occurrence:
    """Put off to the next working morning; at most three times. Closed ones stay closed, put-off ones put off."""
    row = await find(session, actor, occurrence_id)
    if row.state not in OPEN or (row.state == "snoozed" and row.due_at > now(session)):
        return row
    if row.snoozes >= MOST_SNOOZES:
        raise DomainError(SNOOZED_ENOUGH, times=MOST_SNOOZES)
    tomorrow = next_working_day(actor.today(now(session)))
    row.state = "snoozed"
    row.snoozes += 1
    row.due_at = at_local(tomorrow, time(0), actor.zone)
    await session.flush()
    return row


async def on_card(session: AsyncSession, card_id: int) -> Sequence[Occurrence]:
    """What stands on a card, in the order it was put there."""
    statement = select(Occurrence).where(Occurrence.card_id == card_id).order_by(Occurrence.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def expire(session: AsyncSession, older_than: timedelta) -> None:
    """Let go of what nobody closed for very long."""
    statement = (
        update(Occurrence)
        .where(Occurrence.state.in_(OPEN), Occurrence.due_at < now(session) - older_than)
        .values(state="expired", ended_at=now(session))
    )
    await session.execute(statement.execution_options(synchronize_session=False))
