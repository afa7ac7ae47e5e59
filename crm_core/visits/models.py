"""Table of visits."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Float, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class VisitKind(StrEnum):
    """The five contact kinds of VI01, and the plain return visit that most days are made of."""

    RETURN = "return"  # 回访
    FIRST = "first"  # 初次拜访
    PHONE = "phone"  # 电话联系
    MATERIAL = "material"  # 寄发资料
    PRESENTATION = "presentation"  # 产品介绍
    NEGOTIATION = "negotiation"  # 商务谈判


class Visit(Base):
    """One visit or talk (拜访记录). `happened_at` is event time, `created_at` when it was told."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    summary: Mapped[str]
    next_on: Mapped[date | None]
    latitude: Mapped[float | None] = mapped_column(Float)  # WGS-84
    longitude: Mapped[float | None] = mapped_column(Float)
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("summary <> ''", name="told"),
        Index("ix_visit_customer", "customer_id", "happened_at", "id"),
        Index("ix_visit_employee", "employee_id", "happened_at", "id"),
    )
