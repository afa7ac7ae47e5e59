"""Tables of trips and expense claims."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.approvals.facts import Status
from crm_core.kit.db import UNAUDITED, Base

STATES = "state IN ('running','returned','approved','rejected','withdrawn','revoked')"
COUNTS = (Status.RUNNING.value, Status.RETURNED.value, Status.APPROVED.value)
"""What is asked for or granted; the rest came to nothing."""


class Task(StrEnum):
    """What the money was spent on (EX11, EX16)."""

    SALES = "sales"
    MARKET = "market"
    SERVICE = "service"
    OPERATIONS = "operations"


class Trip(Base):
    """A trip (出差) that somebody asks for (EX01): `state` is that of its request, `cost` what it is reckoned to cost.

    It begins only once it is approved. Its days are local ones of the traveller, both included.
    """

    __tablename__ = "trip"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    place: Mapped[str]
    since: Mapped[date]
    until: Mapped[date]
    purpose: Mapped[str]
    cost: Mapped[Decimal | None]
    state: Mapped[str] = mapped_column(server_default=Status.RUNNING.value)
    began_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(STATES, name="state"),
        CheckConstraint("since <= until", name="days"),
        CheckConstraint("cost >= 0", name="cost"),
        CheckConstraint("began_at IS NULL OR state IN ('approved','revoked')", name="began"),
        Index("ix_trip_employee", "employee_id", "since", "id"),
    )


class TripCustomer(Base):
    """A customer that a trip is to see."""

    __tablename__ = "trip_customer"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    trip_id: Mapped[int] = mapped_column(ForeignKey("trip.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)

    __table_args__ = (Index("uq_trip_customer", "trip_id", "customer_id", unique=True),)


class ExpenseClaim(Base):
    """An expense claim (报销, EX02): `state` is that of its request, `amount` the sum of its lines.

    `unit_id` is the department it falls on, `stage` that of the first customer when it was handed in, `claimed_on` the
    local day of that. `flags` are the codes of the checks that found something, as of the last time they were made.
    """

    __tablename__ = "expense_claim"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    trip_id: Mapped[int | None] = mapped_column(ForeignKey("trip.id"), index=True)
    task: Mapped[str]
    stage: Mapped[str | None]
    purpose: Mapped[str]
    amount: Mapped[Decimal]
    state: Mapped[str] = mapped_column(server_default=Status.RUNNING.value)
    claimed_on: Mapped[date]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    paid_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    flags: Mapped[list[str]] = mapped_column(info=UNAUDITED, server_default=text("'{}'"))

    __table_args__ = (
        CheckConstraint(STATES, name="state"),
        CheckConstraint("task IN ('market','sales','service','operations')", name="task"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(paid_at IS NULL) = (paid_by IS NULL)", name="paid"),
        CheckConstraint("paid_at IS NULL OR state = 'approved'", name="paid_once_approved"),
        CheckConstraint("paid_by <> employee_id", name="paid_by_another"),
        Index("ix_expense_claim_employee", "employee_id", "id"),
        Index("ix_expense_claim_to_pay", "id", postgresql_where=text("state = 'approved' AND paid_at IS NULL")),
        Index("ix_expense_claim_flagged", "id", postgresql_where=text("flags <> '{}'")),
    )


class ClaimCustomer(Base):
    """A customer that a claim's money was spent for."""

    __tablename__ = "claim_customer"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("expense_claim.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)

    __table_args__ = (Index("uq_claim_customer", "claim_id", "customer_id", unique=True),)


class ExpenseItem(Base):
    """A line of a claim. `days`: how many days or nights its sum is for; `city_class`: as the playbook said then.

    Its receipts are attachments of its own.
    """

    __tablename__ = "expense_item"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("expense_claim.id"), index=True)
    kind: Mapped[str]  # key of the playbook's expense kinds
    amount: Mapped[Decimal]
    spent_on: Mapped[date]
    days: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    city: Mapped[str | None]
    city_class: Mapped[str | None]
    note: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("days > 0", name="days"),
        Index("ix_expense_item_kind", "kind", "city_class", "spent_on"),
        Index("ix_expense_item_day", "spent_on", "amount"),
    )
