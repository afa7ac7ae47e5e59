"""Tables of contacts: who they are, what they decide, how they hang together, what one keeps of them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base


class DecisionRole(StrEnum):
    """What somebody has to do with a decision to buy (CT04): 使用者、影响者、购买者、决定者和把关者."""

    USER = "user"
    INFLUENCER = "influencer"
    BUYER = "buyer"
    DECIDER = "decider"
    GATEKEEPER = "gatekeeper"


class Attitude(StrEnum):
    """What somebody thinks of us, from the best to the worst."""

    SUPPORTER = "supporter"
    FRIENDLY = "friendly"
    NEUTRAL = "neutral"
    SCEPTIC = "sceptic"
    OPPONENT = "opponent"


class Contact(Base):
    """Somebody at a customer. Who is no longer there stays in the books, with `left_at`.

    One of those present is the primary one: the first, unless somebody chose another. Of some only a number is known.
    `reports_to_id` is a superior at the same customer, gone or not. Who came from another customer of ours has the old
    card in `came_from_id`; `went_to` says where somebody went whom we do not follow there yet. `roles` are the open
    ones of `ContactRole`. `file` is the personal file by the playbook's keys.
    """

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str | None]
    title: Mapped[str | None]  # position: 采购经理
    phone: Mapped[str | None]  # E.164
    email: Mapped[str | None]
    note: Mapped[str | None]
    extra: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # the company's own fields, by key
    is_primary: Mapped[bool]
    roles: Mapped[list[str]] = mapped_column(server_default=text("'{}'"), info=UNAUDITED)  # DecisionRole
    attitude: Mapped[str | None]  # Attitude
    influence: Mapped[int | None]  # on what is bought, 1 to 5
    reports_to_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    minded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))  # who of us looks after this person
    post_since: Mapped[date | None]  # when the present post began, if known
    came_from_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    went_to: Mapped[str | None]  # a company's name
    went_to_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # the customer of that name, if any
    hobbies: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    about: Mapped[str | None]  # what else the personal file says
    file: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # all that was known of the person is gone, on request
    revision: Mapped[int] = mapped_column(info=UNAUDITED)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it in this form
    __table_args__ = (
        CheckConstraint("coalesce(name, phone) <> ''", name="known"),
        CheckConstraint("NOT is_primary OR left_at IS NULL", name="primary_is_present"),
        CheckConstraint("influence BETWEEN 1 AND 5", name="influence"),
        CheckConstraint("reports_to_id <> id", name="not_own_superior"),
        Index("ix_contact_customer", "customer_id", "id"),
        Index("uq_contact_primary", "customer_id", unique=True, postgresql_where=text("is_primary")),
        Index("ix_contact_phone", "phone", postgresql_where=text("phone IS NOT NULL AND left_at IS NULL")),
        Index("uq_contact_came_from", "came_from_id", unique=True, postgresql_where=text("came_from_id IS NOT NULL")),
    )


class ContactRole(Base):
    """That somebody has a decision role, from the day on which we were told until the moment it was taken away."""

    __tablename__ = "contact_role"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    role: Mapped[str]  # DecisionRole
    since: Mapped[datetime]
    until: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_contact_role_contact", "contact_id", "role"),
        Index("uq_contact_role", "contact_id", "role", unique=True, postgresql_where=text("until IS NULL")),
    )


class ContactRelation(Base):
    """A personal relation of two people (CT05), of one customer or of two; the lower id stands first."""

    __tablename__ = "contact_relation"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    kind: Mapped[str]  # key of the playbook
    note: Mapped[str | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("one_id < other_id", name="ordered"),
        Index("uq_contact_relation", "one_id", "other_id", "kind", unique=True),
        Index("ix_contact_relation_other", "other_id"),
    )


class ContactDay(Base):
    """A day of the year that matters to somebody (CT12): the birthday, which has no title, or an anniversary.

    Month and day are those of its own calendar; `leap` is the leap month of the lunar one. The year may be unknown.
    """

    __tablename__ = "contact_day"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    title: Mapped[str | None]
    lunar: Mapped[bool]
    month: Mapped[int]
    day: Mapped[int]
    leap: Mapped[bool]
    year: Mapped[int | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name="exists"),
        CheckConstraint("lunar OR NOT leap", name="leap"),
        Index("ix_contact_day_contact", "contact_id"),
        Index("ix_contact_day_due", "lunar", "month", "day"),
        Index("uq_contact_day_birthday", "contact_id", unique=True, postgresql_where=text("title IS NULL")),
    )


class ContactGift(Base):
    """What was spent on somebody (CT09): a present, a dinner."""

    __tablename__ = "contact_gift"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    kind: Mapped[str]  # key of the playbook
    amount: Mapped[Decimal]  # in the company's currency
    given_on: Mapped[date]
    note: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        Index("ix_contact_gift_contact", "contact_id", "given_on", "id"),
    )


class ContactPost(Base):
    """A post that somebody had at the customer before the present one (CT08)."""

    __tablename__ = "contact_post"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    title: Mapped[str | None]
    since: Mapped[date | None]
    until: Mapped[date]

    __table_args__ = (Index("ix_contact_post_contact", "contact_id", "until"),)
