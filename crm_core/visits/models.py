"""Table of visits."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base

_OPEN = "started_at IS NOT NULL AND ended_at IS NULL"


class VisitKind(StrEnum):
    """The five contact kinds of VI01, and the plain return visit that most days are made of."""

    RETURN = "return"  # 回访
    FIRST = "first"  # 初次拜访
    PHONE = "phone"  # 电话联系
    MATERIAL = "material"  # 寄发资料
    PRESENTATION = "presentation"  # 产品介绍
    NEGOTIATION = "negotiation"  # 商务谈判


class Away(StrEnum):
    """Why a visit was logged far from the customer (BY01); anything else is kept in the person's own words."""

    MOVED = "moved"  # 客户换了地址
    ELSEWHERE = "elsewhere"  # 约在别处
    INACCURATE = "inaccurate"  # 定位不准


class Visit(Base):
    """One visit or talk (拜访记录). `happened_at` is event time, `created_at` when it was told.

    A visit that was begun on the spot (签到) has `started_at`, the same as `happened_at`, and is open until it has
    `ended_at`: only then it needs a summary. One that was not begun so has neither. `distance_m` is how far from the
    customer's point it was logged, `outside` whether that was farther than the company allowed then.
    """

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))  # whom one talked with
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    summary: Mapped[str]
    next_on: Mapped[date | None]
    cost: Mapped[Decimal | None]  # what it cost the company: the ride, the dinner
    latitude: Mapped[float | None] = mapped_column(Float)  # WGS-84
    longitude: Mapped[float | None] = mapped_column(Float)
    distance_m: Mapped[int | None]
    outside: Mapped[bool] = mapped_column(server_default=text("false"))
    place_reason: Mapped[str | None]  # an Away, or own words
    extra: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # the company's own fields, by key
    created_at: Mapped[datetime]
    keys: Mapped[list[str]] = mapped_column(info=UNAUDITED, server_default=text("'{}'"))  # search keys of the summary
    revision: Mapped[int] = mapped_column(info=UNAUDITED, server_default=text("1"))

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it in this form
    __table_args__ = (
        CheckConstraint(f"summary <> '' OR ({_OPEN})", name="told"),
        CheckConstraint("ended_at IS NULL OR (started_at IS NOT NULL AND ended_at >= started_at)", name="ended"),
        CheckConstraint("cost >= 0", name="cost"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="place"),
        CheckConstraint("distance_m IS NOT NULL OR NOT outside", name="outside"),
        Index("ix_visit_customer", "customer_id", "happened_at", "id"),
        Index("ix_visit_employee", "employee_id", "happened_at", "id"),
        Index("ix_visit_happened", "happened_at", "id"),
        Index("ix_visit_open", "employee_id", unique=True, postgresql_where=text(_OPEN)),
        Index("ix_visit_contact", "contact_id", postgresql_where=text("contact_id IS NOT NULL")),
        Index("ix_visit_keys", "keys", postgresql_using="gin"),
    )

    @property
    def is_open(self) -> bool:
        return self.started_at is not None and self.ended_at is None
