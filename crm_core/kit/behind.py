"""Writing behind: what a unit of work writes and does not read again goes to the database in one statement.

A round trip costs more than most of what is written by it. So rows wait in the session, and are written together as
soon as anything else is asked of the database, or at the end of the unit: nobody who reads can tell the difference.
"""

from collections.abc import AsyncGenerator, Hashable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from crm_core.kit.errors import Conflict

_WAITING: Final = "behind"
ROWS: Final = "{rows}"


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A statement for rows of `columns` (PostgreSQL's types by name), which it takes from `{rows} AS r`; `r.nth` is
    their order. With `each` every row has to change one, else the unit of work raises Conflict.
    """

    name: str
    columns: Mapping[str, str]
    sql: str
    each: bool = False


Waiting = dict[Write, dict[Hashable, tuple[Any, ...]]]


def later(session: AsyncSession, write: Write, *row: Any, key: Hashable = None) -> None:
    """Have a row written. It takes the place of one with the same `key` that still waits."""
    rows = _waiting(session.sync_session).setdefault(write, {})
    rows[object() if key is None else key] = row


def waits(session: AsyncSession, write: Write, key: Hashable) -> tuple[Any, ...] | None:
    """The row with this key, while it waits."""
    return _waiting(session.sync_session).get(write, {}).get(key)


async def catch_up(session: AsyncSession) -> None:
    """Write what waits. Raises Conflict."""
    if session.info.get(_WAITING):
        await session.run_sync(_write)


@asynccontextmanager
async def nested(session: AsyncSession) -> AsyncGenerator[None]:
    """A savepoint: what is done in the block is undone when it raises, also what only waited to be written."""
    await catch_up(session)
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        drop(session)
        raise


def drop(session: AsyncSession) -> None:
    """Let go of what waits: what it follows from was undone."""
    session.info.pop(_WAITING, None)


class BehindSession(Session):
    """A session whose rows that wait are written before it reads, flushes or commits."""


@dataclass(frozen=True, slots=True)
class Taken:
    """All that waited, as one statement that answers with one row."""

    statement: str
    columns: tuple[list[Any], ...]
    wanted: list[int]

    def demand(self, changed: Iterable[int]) -> None:
        """Raise Conflict unless every row changed that had to."""
        if list(changed)[1:] != self.wanted:
            raise Conflict


def take(session: AsyncSession) -> Taken | None:
    """What waits, which from now on is the caller's to write."""
    return _take(session.sync_session) if session.info.get(_WAITING) else None


def _take(session: Session) -> Taken:
    waiting = cast("Waiting", session.info.pop(_WAITING))
    writes = tuple(waiting)
    columns = tuple(list(column) for write in writes for column in zip(*waiting[write].values(), strict=True))
    return Taken(_statement(writes), columns, [len(waiting[write]) for write in writes if write.each])


def _waiting(session: Session) -> Waiting:
    return cast("Waiting", session.info.setdefault(_WAITING, {}))


@event.listens_for(BehindSession, "do_orm_execute")
def _before_reading(state: Any) -> None:
    if state.session.info.get(_WAITING):
        _write(state.session)


@event.listens_for(BehindSession, "before_flush")
def _before_flushing(session: Session, _context: object, _instances: object) -> None:
    if session.info.get(_WAITING):
        _write(session)


@event.listens_for(BehindSession, "before_commit")
def _before_committing(session: Session) -> None:
    if session.info.get(_WAITING):
        _write(session)


def _write(session: Session) -> None:
    taken = _take(session)
    connection: Connection = session.connection()
    taken.demand(connection.exec_driver_sql(taken.statement, taken.columns).one())


@lru_cache(maxsize=256)
def _statement(writes: tuple[Write, ...]) -> str:
    """All of them as one. PostgreSQL looks at references between their rows when all is written."""
    parts: list[str] = []
    place = 0
    for write in writes:
        arrays = ", ".join(f"${place + at}::{kind}[]" for at, kind in enumerate(write.columns.values(), start=1))
        names = ", ".join((*write.columns, "nth"))
        rows = f"unnest({arrays}) WITH ORDINALITY AS r ({names})"
        parts.append(f"{write.name} AS ({write.sql.replace(ROWS, rows)} RETURNING 1)")
        place += len(write.columns)
    counts = "".join(f", (SELECT count(*) FROM {write.name})" for write in writes if write.each)  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT 1{counts}"
