"""Tables of customers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base

_NOBODY = text("'{}'")


class Customer(Base):
    """A customer archive (客户档案).

    `last_followup_at` is the event time of the latest visit or talk; `maintained_at` of the latest change of the
    archive itself or follow-up. `people` and `people_phones` are there to be found by: contacts keep them.

    A customer belongs to one owner or lies in one pool, `held_since` that moment; see `crm_core.customers.ownership`.
    `team` are the colleagues who help (of `CustomerMember`), `territory` follows from the city.

    `pool_due_on` is the owner's local day after which the customer goes into a pool, by `pool_rule` ("main no_followup
    90"); `pool_floor_on` the day before which a change of rules takes nobody's customer, `pool_look_at` when the clock
    looks next. See `crm_core.pool.deadlines`.

    One that went into another archive (BY11) is kept under its id, with `merged_into_id`: it belongs to nobody, is in
    nobody's reach, and leads to the other one, which has its name among its `former_names`.
    """

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    short_name: Mapped[str | None]
    type: Mapped[str]  # customer type of the playbook
    category: Mapped[str]
    industry: Mapped[str]
    source: Mapped[str]
    stage: Mapped[str]  # of its life with us (CA10): key of the playbook
    stage_since: Mapped[datetime]
    status: Mapped[str]  # CA09: key of the playbook
    city: Mapped[str | None]
    address: Mapped[str | None]
    note: Mapped[str | None]
    latitude: Mapped[float | None] = mapped_column(Float)  # WGS-84
    longitude: Mapped[float | None] = mapped_column(Float)
    yearly_value: Mapped[Decimal | None]  # what a year with them is worth, in the company's currency
    extra: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # the company's own fields, by key
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    pool: Mapped[str | None]  # key of the playbook
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    former_names: Mapped[list[str]] = mapped_column(server_default=_NOBODY)
    held_since: Mapped[datetime]
    team: Mapped[list[int]] = mapped_column(server_default=_NOBODY, info=UNAUDITED)
    territory: Mapped[str | None] = mapped_column(info=UNAUDITED)  # key of the playbook
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    maintained_at: Mapped[datetime]
    last_followup_at: Mapped[datetime | None]
    next_step_on: Mapped[date | None]
    pool_due_on: Mapped[date | None] = mapped_column(info=UNAUDITED)
    pool_rule: Mapped[str | None] = mapped_column(info=UNAUDITED)
    pool_floor_on: Mapped[date | None] = mapped_column(info=UNAUDITED)
    pool_look_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)
    normal_name: Mapped[str] = mapped_column(info=UNAUDITED)  # for duplicates: without legal form, width and case
    brand: Mapped[str] = mapped_column(server_default="", info=UNAUDITED)  # what one would call it for short
    people: Mapped[list[str]] = mapped_column(server_default=_NOBODY, info=UNAUDITED)  # names, the primary one's first
    people_phones: Mapped[list[str]] = mapped_column(server_default=_NOBODY, info=UNAUDITED)  # E.164
    sort_key: Mapped[str] = mapped_column(Text(collation="C"), info=UNAUDITED)  # pinyin, for A-Z
    keys: Mapped[list[str]] = mapped_column(info=UNAUDITED)  # search keys
    revision: Mapped[int] = mapped_column(info=UNAUDITED)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it in this form
    __table_args__ = (
        CheckConstraint("name <> ''", name="named"),
        CheckConstraint("num_nonnulls(owner_id, pool, merged_into_id) = 1", name="held"),
        Index("ix_customer_owner", "owner_id", "sort_key", "id"),
        Index("ix_customer_sort", "sort_key", "id"),
        Index("ix_customer_stage", "stage", "stage_since", "id"),
        Index("ix_customer_owner_stage", "owner_id", "stage", "stage_since"),
        Index("ix_customer_team", "team", postgresql_using="gin"),
        Index("ix_customer_territory", "territory", postgresql_where=text("territory IS NOT NULL")),
        Index("ix_customer_pool", "pool", "held_since", "id", postgresql_where=text("pool IS NOT NULL")),
        Index("ix_customer_normal_name", "normal_name"),
        Index("ix_customer_brand", "brand", "id"),
        Index("ix_customer_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_customer_next_step", "owner_id", "next_step_on", postgresql_where=text("next_step_on IS NOT NULL")),
        Index("ix_customer_next_step_on", "next_step_on", postgresql_where=text("next_step_on IS NOT NULL")),
        Index(
            "ix_customer_alone", "created_at", postgresql_where=text("people = '{}'::text[] AND owner_id IS NOT NULL")
        ),
        Index("ix_customer_pool_look_at", "pool_look_at", postgresql_where=text("pool_look_at IS NOT NULL")),
        Index("ix_customer_pool_due", "owner_id", "pool_due_on", postgresql_where=text("pool_due_on IS NOT NULL")),
        Index("ix_customer_place", "latitude", "longitude", postgresql_where=text("latitude IS NOT NULL")),
        Index("ix_customer_owner_place", "owner_id", "latitude", postgresql_where=text("latitude IS NOT NULL")),
        Index("ix_customer_keys", "keys", postgresql_using="gin"),
    )


class StaleTimer(Base):
    """When the stale-archive rule looks at a customer next: set whenever what it hangs on changes, empty once the rule
    has spoken. A narrow table of its own: clearing it there writes one small row, not the customer and its indexes.
    It has all that the rule asks: whose the customer is, and `told`, which tells one silence from the next.
    """

    __tablename__ = "stale_timer"
    audited = False

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    owner_id: Mapped[int | None]
    told: Mapped[str]
    due_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_stale_timer_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),)


class CustomerMember(Base):
    """A colleague who helps with a customer: sees it, logs visits, keeps the archive. Who stopped has `left_at`."""

    __tablename__ = "customer_member"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    role: Mapped[str]  # key of the playbook's team roles
    added_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    since: Mapped[datetime]
    left_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_customer_member_customer", "customer_id"),
        Index(
            "uq_customer_member", "customer_id", "employee_id", unique=True, postgresql_where=text("left_at IS NULL")
        ),
    )


class Ownership(Base):
    """The ownership log: each move of a customer, never changed. Replayed in order it gives who holds it now."""

    __tablename__ = "ownership"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))  # none: Rounds itself
    kind: Mapped[str]  # see `ownership.Kind`
    from_owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    from_pool: Mapped[str | None]
    to_owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    to_pool: Mapped[str | None]
    reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("num_nonnulls(to_owner_id, to_pool) = 1", name="held"),
        Index("ix_ownership_customer", "customer_id", "id"),
        Index("ix_ownership_from_owner", "from_owner_id", "at", postgresql_where=text("from_owner_id IS NOT NULL")),
        Index("ix_ownership_to_owner", "to_owner_id", "at", postgresql_where=text("to_owner_id IS NOT NULL")),
    )


class Whereabouts(Base):
    """Where a person last said to be: for minutes the nearest customers come first, then it is of no use to anybody."""

    __tablename__ = "whereabouts"
    audited = False

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True, autoincrement=False)
    latitude: Mapped[float] = mapped_column(Float)  # WGS-84
    longitude: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime]


class CustomerMerge(Base):
    """One archive went into another (BY11); see `crm_core.customers.merge`."""

    __tablename__ = "customer_merge"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    at: Mapped[datetime]


class NotTheSame(Base):
    """Two customers that look like one, and somebody knows that they are two. `one_id` is the lower id."""

    __tablename__ = "not_the_same"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("one_id < other_id", name="in_order"),
        Index("uq_not_the_same", "one_id", "other_id", unique=True),
    )


class HandoverRequest(Base):
    """Somebody asks for a colleague's customer (BY10); one asks once until it is decided.

    `known_as` is what the asker may call the customer: none for who may not see it.
    """

    __tablename__ = "handover_request"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    asker_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    asked_at: Mapped[datetime]
    known_as: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # why not

    __table_args__ = (
        CheckConstraint("state IN ('open','agreed','declined','withdrawn','overtaken')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'declined' OR reason <> ''", name="reason"),
        Index("ix_handover_request_customer", "customer_id"),
        Index(
            "uq_handover_request_open",
            "asker_id",
            "customer_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )
