"""Tables of notices and of who was told them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base


class Kind(StrEnum):
    NOTE = "note"  # 说一句: to one person, or to many
    INSTRUCTION = "instruction"  # 指令: to a unit with all below it (BR10)
    POLICY = "policy"  # 制度、政策: in force from a day on, also for who comes later (BR03 KN11)


class State(StrEnum):
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class Notice(Base):
    """Something that somebody tells others. Whom: the audience is what all of its conditions hold for.

    `employee_id`: this person; `unit_id`: of this unit, or of one below it; `under`: below one of these superiors. With
    none of them it is everybody. A policy is in force from `since` until the day `until` (not included), if there is
    one. The writer's own card is drawn every few seconds at most: last at `drawn_at`, next at `redraw_at`.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    text: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    under: Mapped[list[int] | None]
    since: Mapped[date | None]
    until: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default=State.ACTIVE.value)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    nudged_at: Mapped[datetime | None]
    keys: Mapped[list[str]] = mapped_column(info=UNAUDITED, server_default=sql("'{}'"))  # search keys of the text
    drawn_at: Mapped[datetime] = mapped_column(info=UNAUDITED)
    redraw_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)

    __table_args__ = (
        CheckConstraint("text <> ''", name="told"),
        CheckConstraint("kind IN ('note','instruction','policy')", name="kind"),
        CheckConstraint("state IN ('active','withdrawn','replaced')", name="state"),
        CheckConstraint("(state = 'active') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(kind = 'policy') = (since IS NOT NULL)", name="in_force"),
        CheckConstraint("until IS NULL OR state <> 'active'", name="until"),
        Index("ix_notice_by", "by_id", "id"),
        Index("ix_notice_policy", "id", postgresql_where=sql("kind = 'policy' AND state <> 'withdrawn'")),
        Index("uq_notice_replaces", "replaces_id", unique=True, postgresql_where=sql("replaces_id IS NOT NULL")),
        Index("ix_notice_redraw_at", "redraw_at", postgresql_where=sql("redraw_at IS NOT NULL")),
        Index("ix_notice_keys", "keys", postgresql_using="gin"),
    )


class NoticeReceipt(Base):
    """One person who was told a notice, and when it was read. It is a log of its own: nothing in it is ever changed
    back.

    `draw_at` is when the person's card is next to be brought up to date: sent, sent again, or edited where the notice
    has ended (decision 0023). `remind_at` is when an unread one becomes due for the digest.
    """

    __tablename__ = "notice_receipt"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    draw_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]  # when its message went into the outbox
    read_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_notice_receipt", "notice_id", "employee_id", unique=True),
        Index("ix_notice_receipt_employee", "employee_id", "notice_id"),
        Index("ix_notice_receipt_unread", "employee_id", postgresql_where=sql("read_at IS NULL")),
        Index("ix_notice_receipt_draw_at", "draw_at", "id", postgresql_where=sql("draw_at IS NOT NULL")),
        Index("ix_notice_receipt_remind_at", "remind_at", postgresql_where=sql("remind_at IS NOT NULL")),
    )
