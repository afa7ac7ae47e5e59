"""Operations on occurrences: telling them, closing them, letting them go."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.behind import Write, later
from crm_core.kit.db import now, operation
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.occurrences.models import Occurrence, ReminderChoice
from crm_core.org.actor import Actor
from crm_core.outbox.models import Card, Outgoing, State
from crm_core.outbox.service import tapped_at

OPEN: Final = ("due", "queued", "sent", "seen", "snoozed")
is_open: Final[ColumnElement[bool]] = Occurrence.state.in_([literal_column(f"'{state}'") for state in OPEN])
"""As literals: only so can the planner use the partial indexes of open rows."""
KEY: Final = ("rule", "subject_type", "subject_id", "recipient_id", "occurrence_key")
"""The columns by which there is only one of each."""
_AS_IT_IS: Final = {"synchronize_session": False}
_SEEN: Final = Write(
    "occurrence_seen",
    {"bot_id": "bigint", "chat_id": "bigint", "message_id": "bigint"},
    """
    UPDATE occurrence SET state = 'seen'
    FROM {rows} JOIN card USING (bot_id, chat_id, message_id)
    WHERE occurrence.card_id = card.id AND occurrence.state IN ('queued', 'sent')
    """,
)


def open_of(recipient_id: int, rule: str, until: datetime) -> Select[Occurrence]:
    """What is open for a person under a rule and not put off beyond `until`."""
    return select(Occurrence).where(
        Occurrence.recipient_id == recipient_id, Occurrence.rule == rule, is_open, Occurrence.due_at <= until
    )


async def mark_queued(session: AsyncSession, ids: Collection[int], card_id: int | None) -> None:
    """They stand on this card, which is on its way; none of them wants a message of its own any more."""
    statement = update(Occurrence).where(Occurrence.id.in_(ids))
    statement = statement.values(state="queued", card_id=card_id, push_at=None)
    await session.execute(statement, execution_options=_AS_IT_IS)


async def confirm(session: AsyncSession) -> int:
    """What the messenger has taken is sent; what could not be sent is due again. The outbox knows; answers how many."""
    ended = (State.SENT.value, State.DROPPED.value, State.DEAD.value)
    statement = (
        update(Occurrence)
        .where(
            Occurrence.state == literal_column("'queued'"),
            Outgoing.card_id == Occurrence.card_id,
            Outgoing.method.in_(("send_message", "send_photo")),
            Outgoing.state.in_(ended),
        )
        .values(
            state=case((Outgoing.state == State.SENT.value, "sent"), else_="due"),
            card_id=case((Outgoing.state == State.SENT.value, Occurrence.card_id), else_=None),
        )
        .returning(Occurrence.id)
    )
    return len((await session.execute(statement, execution_options=_AS_IT_IS)).all())


async def note_seen(session: AsyncSession, bot_id: int, chat_id: int, message_id: int) -> None:
    """Somebody tapped a message: what stands on it has been seen.

    A message may have two cards: who taps before delivery has noted its number makes another one known by it.
    """
    if (known := tapped_at(session, bot_id, chat_id, message_id)) is not None:
        if known.card_id is not None:
            later(session, _SEEN, bot_id, chat_id, message_id)
        return
    cards = select(Card.id).where(Card.bot_id == bot_id, Card.chat_id == chat_id, Card.message_id == message_id)
    statement = update(Occurrence).where(Occurrence.card_id.in_(cards), Occurrence.state.in_(("queued", "sent")))
    await session.execute(statement.values(state="seen"), execution_options=_AS_IT_IS)


async def withdraw(
    session: AsyncSession, subject_type: str, subject_ids: Sequence[int], but: Collection[str] = ()
) -> list[int]:
    """These are no matter of those any more whom they were told: close what is open, `but` under some rules.

    Answers the ids of its cards.
    """
    these = (Occurrence.subject_type == subject_type, Occurrence.subject_id.in_(subject_ids))
    return await _end(session, "suppressed", *these, Occurrence.rule.not_in(but))


async def move(
    session: AsyncSession, subject_type: str, subject_ids: Collection[int], rules: Collection[str], to_id: int | None
) -> list[int]:
    """These are matters of another now, of nobody for none: what is open under these rules is open for that one.

    Answers the ids of the cards it stands on.
    """
    these = (
        Occurrence.subject_type == subject_type,
        Occurrence.subject_id.in_(subject_ids),
        Occurrence.rule.in_(rules),
        Occurrence.recipient_id.is_distinct_from(to_id),
    )
    if to_id is None:
        return await _end(session, "suppressed", *these)
    moment = now(session)
    ended = (
        update(Occurrence)
        .where(*these, is_open)
        .values(state="suppressed", ended_at=moment, ended_op=operation(session), push_at=None)
        .returning(
            Occurrence.rule,
            Occurrence.subject_id,
            Occurrence.occurrence_key,
            Occurrence.expires_at,
            Occurrence.card_id,
        )
        .cte("ended")
    )
    rows = select(
        ended.c.rule,
        literal(subject_type),
        ended.c.subject_id,
        literal(to_id),
        ended.c.occurrence_key,
        literal(moment),
        func.max(ended.c.expires_at),
        literal(moment),
    ).group_by(ended.c.rule, ended.c.subject_id, ended.c.occurrence_key)
    columns = [*KEY, "due_at", "expires_at", "created_at"]
    made = upsert(Occurrence).from_select(columns, rows)
    made = made.on_conflict_do_update(index_elements=KEY, set_=anew(made), where=~is_open).cte("made")
    cards = select(ended.c.card_id).where(ended.c.card_id.is_not(None)).distinct().add_cte(made)
    return list((await session.scalars(cards)).all())


def anew(made: Insert) -> dict[str, Any]:
    """What an occurrence that had ended becomes when it is told once more."""
    values = {name: made.excluded[name] for name in ("due_at", "push_at", "expires_at", "created_at")}
    ended = dict.fromkeys(("ended_at", "ended_op", "reason", "card_id", "nudged_by", "nudged_at"))
    return {**values, **ended, "state": "due", "snoozes": 0, "ignored": False}


async def close(
    session: AsyncSession, subject_type: str, subject_id: int, rule: str, recipient_id: int | None = None
) -> list[int]:
    """The matter is settled, for everybody or for one person: close what is open about it. Answers the ids of the
    cards it stands on.
    """
    return await settle(session, subject_type, (subject_id,), rule, recipient_id)


async def settle(
    session: AsyncSession,
    subject_type: str,
    subject_ids: Sequence[int],
    rule: str,
    recipient_id: int | None = None,
    *,
    done: bool = True,
) -> list[int]:
    """As `close`, for several; not `done` it is no matter of theirs any more."""
    these = (
        Occurrence.subject_type == subject_type,
        Occurrence.subject_id.in_(subject_ids),
        Occurrence.rule == rule,
        *(() if recipient_id is None else (Occurrence.recipient_id == recipient_id,)),
    )
    return await _end(session, "done" if done else "suppressed", *these)


async def _end(session: AsyncSession, state: str, *these: ColumnElement[bool]) -> list[int]:
    statement = (
        update(Occurrence)
        .where(*these, is_open)
        .values(state=state, ended_at=now(session), ended_op=operation(session), push_at=None)
        .returning(Occurrence.card_id)
    )
    found = (await session.scalars(statement, execution_options=_AS_IT_IS)).all()
    return list(dict.fromkeys(card for card in found if card is not None))


async def expire(session: AsyncSession) -> list[int]:
    """Let go of what it is too late for: a birthday that is over. Answers the ids of the cards it stands on."""
    return await _end(session, "expired", Occurrence.expires_at <= now(session))


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
            reason=None,
        )
        .returning(Occurrence.card_id)
    )
    found = (await session.scalars(statement, execution_options=_AS_IT_IS)).all()
    return list(dict.fromkeys(card for card in found if card is not None))


async def find(session: AsyncSession, actor: Actor, occurrence_id: int) -> Occurrence:
    """One's own occurrence, locked. Raises `not_found`."""
    row = await session.get(Occurrence, occurrence_id, with_for_update=True, populate_existing=True)
    if row is None or row.recipient_id != actor.id:
        raise DomainError(NOT_FOUND)
    return row


async def on_card(session: AsyncSession, card_id: int) -> Sequence[Occurrence]:
    """What stands on a card, in the order it was put there."""
    statement = select(Occurrence).where(Occurrence.card_id == card_id).order_by(Occurrence.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def choices(session: AsyncSession, employee_id: int) -> dict[str, str]:
    """What a person wants otherwise: `off` or `digest` by rule."""
    rows = select(ReminderChoice.rule, ReminderChoice.how).where(ReminderChoice.employee_id == employee_id)
    return {row.rule: row.how for row in await session.execute(rows)}
