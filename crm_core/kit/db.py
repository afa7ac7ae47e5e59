"""The database: declarative base, engine, and the unit of work that every operation runs in.

One unit of work is one transaction. Operations flush, they never commit; the unit commits when its block ends.

Updates and messages come in their thousands, and most of what each of them asks is a few statements that never change.
Their units (`turn`, `straight`) stand on a line: a connection that stays open between them, whose driver is spoken to
directly (`ask`), while handlers that want a session have one on the same connection. See decision 27.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final, NamedTuple, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import orjson
from sqlalchemy import BigInteger, Date, DateTime, MetaData, Numeric, Row, Select, Text, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler

from crm_core.kit import behind
from crm_core.kit.behind import BehindSession
from crm_core.kit.clock import Clock
from crm_core.kit.signals import BROKEN

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

UNAUDITED: Final = {"unaudited": True}  # `info` of columns that are derived or secret

_SOME_IDS: Final = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, 50)")
_OVERFLOW: Final = 5
_LINES: Final = 10  # kept open between turns: a worker's loops, an intake and a delivery
_ROLLBACK_S: Final = 5.0
FROZEN_S: Final = 30
_SERVER: Final = {
    "jit": "off",
    "timezone": "UTC",
    # Units of work talk to nobody but the database: one that is silent so long is of a process that is frozen or
    # gone, and what it has locked is let go.
    "idle_in_transaction_session_timeout": f"{FROZEN_S}s",
}

_DIALECT: Final = postgresql.asyncpg.dialect()

_open_units: ContextVar[int] = ContextVar("open_units", default=0)


class Line(NamedTuple):
    """A connection that stays open. SQLAlchemy begins no transactions on it: whoever has it says so to the driver."""

    connection: AsyncConnection
    driver: Any  # asyncpg's connection

    async def hang_up(self) -> None:
        self.driver.terminate()
        await self.connection.invalidate()
        await self.connection.close()


class Found(asyncpg.Record):
    """A row as the driver gives it, with names as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Base(DeclarativeBase):
    """All tables. `int` is bigint, `Decimal` is money with two places, times are aware.

    Every change of an `audited` table is written to the audit, but for columns marked `UNAUDITED`.
    """

    audited: ClassVar[bool] = True

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger,
        str: Text,
        Decimal: Numeric(14, 2),
        datetime: DateTime(timezone=True),
        date: Date,
        list[str]: ARRAY(Text),
        list[int]: ARRAY(BigInteger),
        dict[str, Any]: JSONB(none_as_null=True),  # nothing is NULL, never a JSON null that a NOT NULL lets in
    }


def async_url(url: str) -> str:
    """The same database's URL for the asynchronous driver."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+asyncpg://", url)


def json_text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()


class Database:
    """An engine and the clock its units of work read the time from.

    A statement whose answer does not come within `longest_s` (no limit, unless said) is given up.
    """

    def __init__(self, url: str, clock: Clock, *, pool_size: int = 20, longest_s: float | None = None) -> None:
        self.url = async_url(url)
        self.clock = clock
        self.most_connections = pool_size + _OVERFLOW
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=_OVERFLOW,
            pool_pre_ping=False,
            json_serializer=json_text,
            json_deserializer=orjson.loads,
            connect_args={"command_timeout": longest_s, "server_settings": _SERVER},
        )
        self._ids: dict[str, list[int]] = {}
        self._make = async_sessionmaker(self.engine, expire_on_commit=False, sync_session_class=BehindSession)
        self._plain = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._lines: list[Line] = []

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[AsyncSession]:
        """One unit of work: commits at the end of the block, rolls everything back on any exception."""
        with _counted_as_open():
            async with self._make() as session:
                session.info["clock"] = self.clock
                session.info["ids"] = self._ids
                async with session.begin():
                    yield session

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[AsyncSession]:
        """A unit of work on a line."""
        async with self._on_line(begin=True) as session:
            yield session

    @asynccontextmanager
    async def straight(self) -> AsyncGenerator[AsyncSession]:
        """No unit of work: each statement stands for itself, and holds as soon as it is made."""
        async with self._on_line(begin=False) as session:
            yield session

    @asynccontextmanager
    async def _on_line(self, *, begin: bool) -> AsyncGenerator[AsyncSession]:
        with _counted_as_open():
            line = await self._line()
            try:
                if begin:
                    await line.driver.execute("BEGIN")
                session = self._make(bind=line.connection)
                session.info.update(clock=self.clock, ids=self._ids, driver=line.driver)
                try:
                    yield session
                    await _finish(session, line)
                finally:
                    if session.in_transaction():
                        await session.close()
                if begin:
                    await _commit(line)
            except BaseException:
                await self._let_go(line)
                raise
            await self._put_back(line)

    async def _line(self) -> Line:
        while self._lines:
            line = self._lines.pop()
            if not line.driver.is_closed():
                return line
            await line.hang_up()
        connection = await self._plain.connect()
        return Line(connection, (await connection.get_raw_connection()).driver_connection)

    async def _put_back(self, line: Line) -> None:
        if line.driver.is_closed() or line.driver.is_in_transaction():
            await line.hang_up()
        elif len(self._lines) < _LINES:
            self._lines.append(line)
        else:
            await line.connection.close()

    async def _let_go(self, line: Line) -> None:
        """Roll back, also who was cancelled: the server does not look for the end of a connection in mid-statement."""
        try:
            with suppress(*BROKEN):
                if not line.driver.is_closed() and line.driver.is_in_transaction():
                    await line.driver.execute("ROLLBACK", timeout=_ROLLBACK_S)
        finally:
            await self._put_back(line)

    def forget(self) -> None:
        """For tests that set counters back: no id that was taken in advance is used any more."""
        self._ids.clear()

    async def dispose(self) -> None:
        """Close every connection. Those that are opened afterwards are new ones."""
        while self._lines:
            await self._lines.pop().hang_up()
        await self.engine.dispose()


@contextmanager
def _counted_as_open() -> Generator[None]:
    """For the time of a unit of work. Who is cancelled in it hears of that, whatever a breaking connection says
    instead: else the task would take it for a failure like others, and go on.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    token = _open_units.set(_open_units.get() + 1)
    try:
        yield
    except Exception as error:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError from error
        raise
    finally:
        _open_units.reset(token)


async def _finish(session: AsyncSession, line: Line) -> None:
    """Write what a session still holds; one that was never used costs nothing but what waits to be written."""
    used = session.sync_session
    if session.in_transaction() or used.new or used.deleted:
        await session.commit()
    waiting = behind.take(session)
    if waiting is not None:
        waiting.demand(await line.driver.fetchrow(waiting.statement, *waiting.columns))


async def _commit(line: Line) -> None:
    if await line.driver.execute("COMMIT") != "COMMIT":
        raise RuntimeError("rolled back: a statement had failed, and nobody minded")


async def ask(session: AsyncSession, statement: str, *parameters: Any) -> list[AnyRow]:
    """Have a statement done that is none of the session's: with PostgreSQL's own places ($1, $2, …) and types.

    On a line it goes to the driver at once.
    """
    held = session.sync_session
    if held.new or held.dirty or held.deleted:
        await session.flush()
    await behind.catch_up(session)
    driver = session.info.get("driver")
    if driver is not None:
        return cast("list[AnyRow]", await driver.fetch(statement, *parameters, record_class=Found))
    connection = await session.connection()
    result = await connection.exec_driver_sql(statement, parameters)
    return list(result.all()) if result.returns_rows else []


def placed(statement: str, *names: str) -> str:
    """The statement with PostgreSQL's places for its names: `:first` becomes `$1`."""
    return re.sub(r"(?<!:):([a-z_]+)", lambda found: f"${names.index(found[1]) + 1}", statement)


class Built(NamedTuple):
    """A statement of SQLAlchemy's made into text, to be asked as often as one likes."""

    statement: str
    names: tuple[str, ...]
    values: dict[str, Any]

    def given(self, **values: Any) -> tuple[Any, ...]:
        """The parameters in their places, with these for the names that were left open."""
        return tuple(values[name] if name in values else self.values[name] for name in self.names)


def built(statement: AnySelect) -> Built:
    """What is given later must not be `required`: SQLAlchemy makes lists into places with all values at hand."""
    made = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    assert isinstance(made, SQLCompiler)
    return Built(made.string, tuple(made.positiontup or ()), dict(made.params))


async def new_id(session: AsyncSession, table: str) -> int:
    """An id for a row that is written later. They are taken in advance, some at once; what is not used is lost."""
    ids: list[int] = session.info["ids"].setdefault(table, [])
    while not ids:  # another unit may take them all meanwhile
        found = await session.scalars(_SOME_IDS, {"table": table})
        ids.extend(reversed(found.all()))
    return ids.pop()


def now(session: AsyncSession) -> datetime:
    """The unit of work's present instant (UTC)."""
    clock: Clock = session.info["clock"]
    return clock.now()


def operation(session: AsyncSession | Session) -> int | None:
    """The number of what a person is doing in this unit of work, if it has one: the update it came with."""
    return session.info.get("op")


def forbid_open_unit(what: str) -> None:
    """Raise if a transaction is open here: nothing talks to the outside while rows are locked."""
    if _open_units.get():
        raise RuntimeError(f"{what} while a unit of work is open")
