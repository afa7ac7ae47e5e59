"""Tables of the inbox: chats (the lanes) and the updates that wait in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Chat(Base):
    """A lane: what arrives in one chat takes effect in order, one at a time. Its row is the lane's lock."""

    __tablename__ = "chat"
    audited = False

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="SET NULL"), index=True)
    language: Mapped[str | None]  # chosen by the person; else the messenger's


class Update(Base):
    """One update as it came. `number` is the messenger's own id of it: the same one twice is one."""

    __tablename__ = "inbox"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    bot_id: Mapped[int]
    chat_id: Mapped[int]
    number: Mapped[int]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime]
    received_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("bot_id", "number"),
        CheckConstraint("state IN ('pending','done','dead')", name="state"),
        CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended"),
        Index("ix_inbox_pending", "bot_id", "chat_id", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_inbox_dead", "id", postgresql_where=text("state = 'dead'")),
    )
