"""Tables of the outbox: messages to send, and the cards whose sent copies can be edited later."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import CheckConstraint, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Priority:
    """Lanes of delivery: lower goes first."""

    ACK = 0  # stops the spinner of a tap
    ANSWER = 1  # answers to what a person just did
    PUSH = 2  # reminders, notices to others


class State(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # handed to Telegram, outcome not yet noted
    SENT = "sent"
    DROPPED = "dropped"  # not worth sending any more (person unreachable, nothing to edit, too late)
    DEAD = "dead"  # refused for a reason that a person must look at


class Ambiguous(StrEnum):
    """What to do when it is not known whether Telegram accepted a message."""

    RESEND = "resend"  # rather twice than never
    DROP = "drop"  # rather never than twice


class Card(Base):
    """A message of ours that may be edited later. `message_id` is written back by delivery."""

    __tablename__ = "card"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    bot_id: Mapped[int]
    chat_id: Mapped[int]
    message_id: Mapped[int | None]
    subject: Mapped[str | None]  # "visit:12": what the card is about
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_card_message", "bot_id", "chat_id", "message_id"),
        Index("ix_card_subject", "subject", postgresql_where=text("subject IS NOT NULL")),
    )


FORGET: Final = "forget"
"""In a payload: it is emptied as soon as it was sent, for it opens a door to whoever reads it."""


class Outgoing(Base):
    """One call to the messenger. Within a chat, rows of one priority go out in the order of their ids.

    `method` is a Bot API method name in snake case (send_message, edit_message_text, answer_callback_query…);
    `payload` its arguments without chat_id and message_id. A call on a card takes the card's message id
    at the moment of sending. It is not told of `FORGET` in a payload.
    """

    __tablename__ = "outbox"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    bot_id: Mapped[int]
    chat_id: Mapped[int]
    card_id: Mapped[int | None]  # no foreign key: cards go when they are old, without looking for rows here
    priority: Mapped[int] = mapped_column(SmallInteger)
    method: Mapped[str]
    payload: Mapped[dict[str, Any]]
    ambiguous: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=State.PENDING)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("state IN ('pending','sending','sent','dropped','dead')", name="state"),
        CheckConstraint("(state IN ('sent','dropped','dead')) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_outbox_next", "bot_id", "priority", "id", postgresql_where=text("state = 'pending'")),
        Index(
            "ix_outbox_lane",
            "bot_id",
            "chat_id",
            "priority",
            "id",
            postgresql_where=text("state IN ('pending','sending')"),
        ),
        Index(
            "ix_outbox_expiring",
            "bot_id",
            "expires_at",
            postgresql_where=text("state = 'pending' AND expires_at IS NOT NULL"),
        ),
        Index("ix_outbox_first_of_card", "card_id", postgresql_where=text("method = 'send_message'")),
        Index("ix_outbox_dead", "id", postgresql_where=text("state = 'dead'")),
    )
