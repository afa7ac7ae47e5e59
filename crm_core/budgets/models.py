"""Tables of budgets: the budgets, and the ledger of what is asked, held and spent of them.

What stands is kept on the budget's row and changed under its lock together with the entries that it is the sum of; the
database refuses what must never be: more than the limit that nobody allowed by name.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base

_KINDS = "task_kind IN ('market','sales','service','operations')"


class Budget(Base):
    """What a department may spend on one content in a period (EX08, EX15); where it says so, for one task only, for
    one kind of tasks, in one stage (EX10).

    `held` and `committed` are the sums of its entries in these states. `over_allowed` is how far the live ones among
    them went over what was left, each allowed by somebody by name. `look_at` is when the warnings look at it next.
    """

    __tablename__ = "budget"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    content: Mapped[str]  # of the playbook's budget_contents
    since: Mapped[date]
    until: Mapped[date]  # included
    task: Mapped[str | None]  # a project or activity by name
    task_kind: Mapped[str | None]
    stage: Mapped[str | None]  # a stage of customers by key, or a project's own in words
    amount: Mapped[Decimal]
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    status: Mapped[str] = mapped_column(server_default="open")
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    held: Mapped[Decimal] = mapped_column(server_default="0", info=UNAUDITED)
    committed: Mapped[Decimal] = mapped_column(server_default="0", info=UNAUDITED)
    over_allowed: Mapped[Decimal] = mapped_column(server_default="0", info=UNAUDITED)
    look_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)
    revision: Mapped[int] = mapped_column(server_default="1", info=UNAUDITED)  # of what people change

    __table_args__ = (
        CheckConstraint("status IN ('open','closed')", name="status"),
        CheckConstraint(_KINDS, name="task_kind"),
        CheckConstraint("since <= until", name="period"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("held >= 0 AND committed >= 0 AND over_allowed >= 0", name="sums"),
        CheckConstraint("held + committed <= amount + over_allowed", name="limit"),
        Index("ix_budget_unit", "unit_id", "content", "since"),
        Index("ix_budget_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
    )


class EntryState(StrEnum):
    """What became of money that a request asks for."""

    ASKED = "asked"  # it goes over what is left, and nobody has allowed it: nothing is held
    HELD = "held"
    COMMITTED = "committed"  # approved
    RELEASED = "released"  # returned, rejected, withdrawn, revoked
    REPLACED = "replaced"  # what was really spent took its place: a claim that of its trip


LIVE = (EntryState.HELD.value, EntryState.COMMITTED.value)


class BudgetEntry(Base):
    """A line of what a request spends, in one of its rounds; without a budget where none was made for it.

    `covered` is the part of `amount` that an approved request already holds (`replaces_id`, a claim's trip). `over` is
    how far it went over what was left when it was asked for, `allowed_by` who let it.
    """

    __tablename__ = "budget_entry"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    line: Mapped[int] = mapped_column(SmallInteger)
    budget_id: Mapped[int | None] = mapped_column(ForeignKey("budget.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))  # who applied
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # where the person was then
    content: Mapped[str]
    day: Mapped[date]
    task: Mapped[str | None]
    task_kind: Mapped[str | None]
    stage: Mapped[str | None]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"))
    amount: Mapped[Decimal]
    covered: Mapped[Decimal] = mapped_column(server_default="0")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"))
    over: Mapped[Decimal] = mapped_column(server_default="0")
    allowed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    state: Mapped[str]
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("approval_id", "round", "line"),
        CheckConstraint("state IN ('asked','held','committed','released','replaced')", name="state"),
        CheckConstraint(_KINDS, name="task_kind"),
        CheckConstraint("amount > 0 AND covered BETWEEN 0 AND amount AND over BETWEEN 0 AND amount", name="amounts"),
        CheckConstraint("budget_id IS NOT NULL OR (over = 0 AND covered = 0)", name="over"),
        CheckConstraint("over = 0 OR allowed_by IS NOT NULL OR state IN ('asked','released')", name="allowed"),
        CheckConstraint("(state IN ('asked','held')) = (settled_at IS NULL)", name="settled"),
        Index("ix_budget_entry_budget", "budget_id", "id", postgresql_where=text("budget_id IS NOT NULL")),
        Index("ix_budget_entry_day", "day", "unit_id"),
        Index("ix_budget_entry_employee", "employee_id", "day"),
    )
