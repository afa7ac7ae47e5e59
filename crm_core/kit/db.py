"""The database: declarative base, engine, and the unit of work that every operation runs in.

One unit of work is one transaction. Operations flush, they never commit; the unit commits when its block ends.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

import orjson
from sqlalchemy import BigInteger, Date, DateTime, MetaData, Numeric, Row, Select, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Session

from crm_core.kit.behind import BehindSession
from crm_core.kit.clock import Clock

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

UNAUDITED: Final = {"unaudited": True}  # `info` of columns that are derived or secret

_SOME_IDS: Final = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, 50)")
_OVERFLOW: Final = 5
FROZEN_S: Final = 30
_SERVER: Final = {
    "jit": "off",
    "timezone": "UTC",
    # Units of work talk to nobody but the database: one that is silent so long is of a process that is frozen or
    # gone, and what it has locked is let go.
    "idle_in_transaction_session_timeout": f"{FROZEN_S}s",
}

_open_units: ContextVar[int] = ContextVar("open_units", default=0)


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

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[AsyncSession]:
        """One unit of work: commits at the end of the block, rolls everything back on any exception."""
        token = _open_units.set(_open_units.get() + 1)
        try:
            async with self._make() as session:
                session.info["clock"] = self.clock
                session.info["ids"] = self._ids
                async with session.begin():
                    yield session
        finally:
            _open_units.reset(token)

    def forget(self) -> None:
        """For tests that set counters back: no id that was taken in advance is used any more."""
        self._ids.clear()

    async def dispose(self) -> None:
        await self.engine.dispose()


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
