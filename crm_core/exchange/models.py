"""Tables of imports, of their rows, and of spreadsheets that somebody asked for."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base

_NOTHING = text("'{}'")


class State(StrEnum):
    """How far an import has come. In the first three of `WORKING` a machine has something to do."""

    OFFERED = "offered"  # the file was sent; nobody has said what it is for
    READING = "reading"
    CHECKING = "checking"
    READY = "ready"  # looked through: the person decides
    WRITING = "writing"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    CANCELLED = "cancelled"
    FAILED = "failed"


WORKING = (State.READING, State.CHECKING, State.WRITING, State.UNDOING)
ENDED = (State.DONE, State.UNDONE, State.CANCELLED, State.FAILED)


class Fate(StrEnum):
    """What became of a row; the first of several of one customer stands for it, the others are `JOINED` to it."""

    MADE = "made"
    FILLED = "filled"  # empty fields of a customer that was there
    JOINED = "joined"  # a further contact of the customer of an earlier row
    SAME = "same"  # left out: the customer is there already
    NEAR = "near"  # left out: one of nearly this name is there
    REFUSED = "refused"  # left out: something is wrong with it
    UNDONE = "undone"
    KEPT = "kept"  # taken back but for this one: something was built on it


class Same(StrEnum):
    """What becomes of a customer that is there already, or of one of nearly the same name."""

    SKIP = "skip"
    FILL = "fill"
    MAKE = "make"  # near ones only


class ImportBatch(Base):
    """One spreadsheet of customers, on its way in.

    `columns` says for each column what it holds (a key of `columns.targets`, or nothing). `summary` is what looking
    through it brought, `result` counts the fates. `due_at` and `attempts` are the claim of whoever works on it.
    """

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    name: Mapped[str]  # the file's
    file_row_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), info=UNAUDITED)  # none: from the console
    bot_id: Mapped[int | None] = mapped_column(info=UNAUDITED)
    chat_id: Mapped[int | None] = mapped_column(info=UNAUDITED)
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id", ondelete="SET NULL"), info=UNAUDITED)
    state: Mapped[str]
    sheet: Mapped[str | None] = mapped_column(info=UNAUDITED)
    headers: Mapped[list[str]] = mapped_column(server_default=_NOTHING, info=UNAUDITED)
    columns: Mapped[list[str]] = mapped_column(server_default=_NOTHING, info=UNAUDITED)  # '' for what is left out
    defaults: Mapped[dict[str, Any]] = mapped_column(server_default=_NOTHING, info=UNAUDITED)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), info=UNAUDITED)
    pool: Mapped[str | None] = mapped_column(info=UNAUDITED)
    on_same: Mapped[str] = mapped_column(server_default=Same.SKIP, info=UNAUDITED)
    on_near: Mapped[str] = mapped_column(server_default=Same.SKIP, info=UNAUDITED)
    rows: Mapped[int] = mapped_column(server_default="0", info=UNAUDITED)
    done: Mapped[int] = mapped_column(server_default="0", info=UNAUDITED)  # rows of the step that is under way
    summary: Mapped[dict[str, Any]] = mapped_column(server_default=_NOTHING, info=UNAUDITED)
    result: Mapped[dict[str, Any]] = mapped_column(server_default=_NOTHING)
    error: Mapped[dict[str, Any] | None] = mapped_column(info=UNAUDITED)  # code and facts, when it failed
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0", info=UNAUDITED)
    due_at: Mapped[datetime] = mapped_column(info=UNAUDITED)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "state IN ('offered','reading','checking','ready','writing','done','undoing','undone','cancelled',"
            "'failed')",
            name="state",
        ),
        Index("ix_import_batch_employee", "employee_id", "id"),
        Index(
            "ix_import_batch_due",
            "due_at",
            postgresql_where=text("state IN ('reading','checking','writing','undoing')"),
        ),
    )


class ImportRow(Base):
    """A row of the sheet as it was read, and what became of it. How it came in is no business record.

    `number` is the row's in the sheet. `contact_ids` and `filled` are what the row has made, to be taken back.
    """

    __tablename__ = "import_row"
    audited = False

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[list[str]]
    fate: Mapped[str | None]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"))
    contact_ids: Mapped[list[int] | None]
    filled: Mapped[dict[str, Any] | None]
    near: Mapped[dict[str, Any] | None]  # the customer, or the earlier row, of nearly the same name
    issues: Mapped[dict[str, Any] | None]  # {"all": [{"code", "field", "facts"}, …]}

    __table_args__ = (Index("ix_import_row_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),)


class SheetKind(StrEnum):
    CUSTOMERS = "customers"  # what one may see
    TEMPLATE = "template"
    PROBLEMS = "problems"  # of an import


class SheetOrder(Base):
    """A spreadsheet that somebody asked for in a chat: made in the background, and sent there."""

    __tablename__ = "sheet_order"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    bot_id: Mapped[int]
    chat_id: Mapped[int]
    kind: Mapped[str]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('customers','template','problems')", name="kind"),
        Index("ix_sheet_order_due", "due_at", postgresql_where=text("ended_at IS NULL")),
    )
