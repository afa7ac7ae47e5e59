"""Tables of our bots."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Bot(Base):
    """A bot as the messenger knows it. The settings say which ones run; here stands what was seen of them."""

    __tablename__ = "bot"
    audited = False

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # the messenger's
    username: Mapped[str]
    seen_at: Mapped[datetime]
    refused_at: Mapped[datetime | None]  # the messenger does not know its token any more


class UnitBot(Base):
    """Whom a branch or department talks to; those below it as well, unless they have one of their own."""

    __tablename__ = "unit_bot"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), unique=True)
    bot_id: Mapped[int] = mapped_column(ForeignKey("bot.id"), index=True)
