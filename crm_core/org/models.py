"""Tables of the organisation."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, SmallInteger, Time, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base


class Role(StrEnum):
    REP = "rep"
    MANAGER = "manager"
    FINANCE = "finance"
    OPERATIONS = "operations"
    EXECUTIVE = "executive"
    ADMIN = "admin"


class UnitKind(StrEnum):
    BRANCH = "branch"
    DEPARTMENT = "department"


class Company(Base):
    """The one company of this database."""

    __tablename__ = "company"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    zone: Mapped[str]  # IANA name
    language: Mapped[str]
    playbook_version: Mapped[int] = mapped_column(server_default="0")
    sees: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # of the playbook: scopes by role
    masked_roles: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))  # of the playbook

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class Unit(Base):
    """A branch (分公司) or a department (部门). `path` holds the ids from the root down to itself."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[list[int]] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (
        CheckConstraint("kind IN ('branch','department')", name="kind"),
        Index("ix_unit_path", "path", postgresql_using="gin"),
    )


class Employee(Base):
    """A person of the company. `chain` holds the ids of all superiors from the top down to the person itself.

    `digested_on` and `listed_on` are the person's own days of the last digest and of the last weekly list; on
    `pushed_on` there were `pushes` messages besides. `unreachable_due_at` is when the manager hears of a blocked bot.
    """

    __tablename__ = "employee"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    roles: Mapped[list[str]]
    chain: Mapped[list[int]] = mapped_column(server_default=text("'{}'"))
    zone: Mapped[str | None]  # IANA name; else the company's
    language: Mapped[str | None]
    bot_id: Mapped[int | None]
    telegram_id: Mapped[int | None]
    territories: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))  # that the person leads, by key
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # the name is a number's, on request
    unreachable_since: Mapped[datetime | None] = mapped_column(info=UNAUDITED)  # the person blocked the bot
    digest_at: Mapped[time] = mapped_column(Time, server_default=text("'08:30'"))  # local
    digest_due_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)
    digested_on: Mapped[date | None] = mapped_column(info=UNAUDITED)
    listed_on: Mapped[date | None] = mapped_column(info=UNAUDITED)
    pushed_on: Mapped[date | None] = mapped_column(info=UNAUDITED)
    pushes: Mapped[int] = mapped_column(SmallInteger, server_default="0", info=UNAUDITED)
    unreachable_due_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)

    __table_args__ = (
        Index(
            "uq_employee_telegram_id",
            "telegram_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_employee_chain", "chain", postgresql_using="gin"),
        Index("ix_employee_digest_due_at", "digest_due_at", postgresql_where=text("digest_due_at IS NOT NULL")),
        Index(
            "ix_employee_unreachable_due_at",
            "unreachable_due_at",
            postgresql_where=text("unreachable_due_at IS NOT NULL"),
        ),
        CheckConstraint("left_at IS NULL OR telegram_id IS NULL", name="left_without_access"),
        CheckConstraint("manager_id <> id", name="not_own_manager"),
    )


class EmployeeBirthday(Base):
    """When one of us was born: month and day of its own calendar, the year if it was told. Managers hear of it."""

    __tablename__ = "employee_birthday"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True, autoincrement=False)
    lunar: Mapped[bool]
    month: Mapped[int]
    day: Mapped[int]
    leap: Mapped[bool]
    year: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name="exists"),
        CheckConstraint("lunar OR NOT leap", name="leap"),
        Index("ix_employee_birthday_due", "lunar", "month", "day"),
    )


class WorkDay(Base):
    """A day on which the company works (班) or rests (休) otherwise than the official calendar says."""

    __tablename__ = "work_day"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    works: Mapped[bool]
    set_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    set_at: Mapped[datetime]


class StandIn(Base):
    """Somebody takes somebody's place for a while: sees and does what the absent person may with what is theirs."""

    __tablename__ = "stand_in"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    absent_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # not included
    reason: Mapped[str | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (
        CheckConstraint("absent_id <> deputy_id", name="not_oneself"),
        CheckConstraint("starts_at < ends_at", name="some_time"),
    )


class Invite(Base):
    """A one-time link that ties a Telegram user to an employee. Only a hash of its token is kept."""

    __tablename__ = "invite"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True, info=UNAUDITED)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
