"""What becomes of the rows that refer to a customer when it goes into another one (BY11).

Each table says it beside its operations: its rows go along, by a rule of their own where there is one, or they stay
behind and it says why. A test holds every foreign key to a customer, and every table of subjects, to one of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_core.kit.db import Base

Column = InstrumentedAttribute[Any]
Go = Callable[[AsyncSession, int, int], Awaitable[None]]
"""Given the id of the customer that goes, and of the one that stays; both are locked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of a table go along. `about` narrows a table of many subjects to customers."""

    column: Column
    go: Go
    about: ColumnElement[bool] | None
    order: int

    @property
    def model(self) -> type[Base]:
        return self.column.class_

    def of(self, customer_id: int) -> ColumnElement[bool]:
        """The condition that a row is this customer's."""
        mine: ColumnElement[bool] = self.column == customer_id
        return mine if self.about is None else mine & self.about


_RULES: Final[dict[str, Rule]] = {}
_STAY: Final[dict[str, str]] = {}


def goes_along(column: Column, go: Go | None = None, *, order: int = 50) -> None:
    """The rows that refer to a customer by this column come to the one that stays; a low `order` goes first."""

    async def plainly(session: AsyncSession, was: int, becomes: int) -> None:
        await repoint(session, column, was, becomes)

    _RULES[name_of(column)] = Rule(column, go or plainly, None, order)


def subjects_go_along(model: type[Base], *, order: int = 60) -> None:
    """The rows of a table of subjects (`subject_type`, `subject_id`) that are about the customer itself come along."""
    mapped: Any = model
    about = mapped.subject_type == "customer"

    async def go(session: AsyncSession, was: int, becomes: int) -> None:
        await repoint(session, mapped.subject_id, was, becomes, about)

    _RULES[name_of(mapped.subject_id)] = Rule(mapped.subject_id, go, about, order)


def stays_behind(column: Column, why: str) -> None:
    """The rows that refer to a customer by this column stay with the archive that has gone into another one."""
    _STAY[name_of(column)] = why


def name_of(column: Column) -> str:
    return f"{column.class_.__tablename__}.{column.key}"


def rules() -> list[Rule]:
    """In their order."""
    return sorted(_RULES.values(), key=lambda one: (one.order, name_of(one.column)))


def ruled() -> Mapping[str, str]:
    """Every column that has a rule, and what it says."""
    return {**dict.fromkeys(_RULES, "goes along"), **_STAY}


async def repoint(
    session: AsyncSession, column: Column, was: int, becomes: int, about: ColumnElement[bool] | None = None
) -> None:
    """Let rows refer to another record: each by an ordinary change, so that the audit knows and can take it back."""
    model = column.class_
    statement = select(model).where(column == was).order_by(model.id).with_for_update()
    if about is not None:
        statement = statement.where(about)
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        setattr(row, column.key, becomes)
    await session.flush()


async def counted(session: AsyncSession, customer_id: int) -> dict[str, int]:
    """How many rows of each table would go along: by table, those that have some."""
    found: dict[str, int] = {}
    for rule in rules():
        many = await session.scalar(select(func.count()).select_from(rule.model).where(rule.of(customer_id))) or 0
        if many:
            found[rule.model.__tablename__] = found.get(rule.model.__tablename__, 0) + many
    return found
