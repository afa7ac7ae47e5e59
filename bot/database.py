"""The database, opened: one's own server or the embedded one, brought to the newest migration if asked."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from bot.errors import OperatorError
from bot.logs import redact
from bot.settings import Settings
from crm_core import migrations, registry
from crm_core.kit import signals
from crm_core.kit.clock import Clock, SystemClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded

log = structlog.get_logger()

UNREACHABLE: Final = (SQLAlchemyError, *signals.BROKEN)
"""What a database that is away, refuses us or breaks off is heard as."""

_AWAY: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
_MIGRATION_LOCK: Final = 0x526F756E6473  # "Rounds"
_LOCK_NOT_AVAILABLE: Final = "55P03"
_HELD: Final = (
    "A migration waits for a table that somebody holds: end what runs for long in the database"
    " (SELECT * FROM pg_stat_activity), then run `rounds migrate`."
)
_TURN_PAUSE_S: Final = 0.2
MIGRATION_PAUSE_S: Final = 3.0
MIGRATION_PATIENCE_S: Final = 600.0
LONGEST_STATEMENT_S: Final = 60.0
"""No answer after so long: the line has broken without a word, and nothing else would ever tell."""


def is_away(error: BaseException) -> bool:
    """Whether it tells of a database that is not there or can do nothing now, rather than of a wrong statement."""
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig else None  # SQLAlchemy tells few of the driver's classes apart
        known = isinstance(error, OperationalError | InterfaceError) or isinstance(cause, _AWAY)
        return error.connection_invalidated or known
    return isinstance(error, _AWAY)


def reason(error: BaseException) -> str:
    """One line of what went wrong: without the statement and its parameters, which are people's words."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = str(cause).strip().splitlines()
    return redact(text[0]) if text else type(cause).__name__


@asynccontextmanager
async def opened(
    settings: Settings, clock: Clock, *, migrating: bool | None, patience_s: float = 0, features: bool = True
) -> AsyncIterator[Database]:
    """The database, ready for units of work. Raises OperatorError, in words, when it cannot be made so.

    `migrating` brings it to the newest migration; otherwise it must serve this program already (None does not look). A
    database that is away is waited for as long as `patience_s`. Without `features` nothing can be published in it, for
    nobody would hear.
    """
    if features:
        registry.load()
    serving = _server(settings)
    url = await asyncio.to_thread(serving.__enter__)
    try:
        await wait_for(url, patience_s)
        database = Database(url, clock, longest_s=LONGEST_STATEMENT_S)
        try:
            if migrating:
                await migrate(url)
            elif migrating is False:
                await demand_head(database)
            yield database
        finally:
            await database.dispose()
    finally:
        await asyncio.to_thread(serving.__exit__, None, None, None)


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """The URL of the database; starts the embedded server if there is no other, and lets go of it at the end."""
    if settings.database_url:
        yield settings.database_url.get_secret_value()
        return
    try:
        embedded = Embedded(settings.data_dir / "postgres")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise OperatorError(
            f"The embedded PostgreSQL cannot start in {settings.data_dir} ({reason(error)}): "
            "make ROUNDS_DATA_DIR a folder that may be written, or set DATABASE_URL."
        ) from error
    try:
        yield embedded.url()
    finally:
        embedded.release()


async def wait_for(url: str, patience_s: float) -> None:
    """Return when the database answers. One that starts or is away gets `patience_s`; one that refuses us, none."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + patience_s
    while True:
        try:
            await _knock(url)
            return
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError) as error:
            if loop.time() >= give_up_at:
                fault = f"The database does not answer ({reason(error)})"
                raise OperatorError(f"{fault}: start it, or mend DATABASE_URL.") from error
            log.warning("database.waiting", why=reason(error))
        except asyncpg.PostgresError as error:
            raise OperatorError(f"The database refuses us ({reason(error)}): mend DATABASE_URL.") from error
        await asyncio.sleep(1)


async def _knock(url: str) -> None:
    connection = await asyncio.wait_for(signals.connect(url), 10)
    await connection.close(timeout=5)


async def migrate(url: str) -> None:
    """Bring the database to the newest migration. Processes that start together take turns.

    One that a newer program has migrated, and that still serves this one, is left as it is. A migration that would wait
    for a table lets go and tries again, up to `MIGRATION_PATIENCE_S`: those who want that table wait behind it.
    """
    connection = await signals.connect(url)
    try:
        await wait_turn(connection)
        give_up_at = asyncio.get_running_loop().time() + MIGRATION_PATIENCE_S
        while True:
            stands = await _standing(url)
            if stands.is_newer:
                _demand_served(stands)
                log.warning("database.newer", state=stands.revision)
                return
            if stands.revision == migrations.head():
                return
            try:
                await asyncio.to_thread(migrations.upgrade, url)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                if asyncio.get_running_loop().time() >= give_up_at:
                    raise OperatorError(_HELD) from error
                log.warning("database.migration_waits", why=reason(error))
                await asyncio.sleep(MIGRATION_PAUSE_S)
            else:
                return
    finally:
        await connection.close(timeout=5)


async def wait_turn(connection: Any) -> None:
    """Return when the connection alone may change the tables: so it stays until it is closed.

    Whoever waits asks again and again, as a statement that waits for the lock would be waited for in its turn by an
    index that is made CONCURRENTLY: neither would ever end.
    """
    while True:
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _MIGRATION_LOCK):
            return
        await asyncio.sleep(_TURN_PAUSE_S)


async def revision(database: Database) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    return (await standing(database)).revision


async def standing(database: Database) -> migrations.Standing:
    async with database.engine.connect() as connection:
        return await connection.run_sync(migrations.standing)


async def _standing(url: str) -> migrations.Standing:
    database = Database(url, SystemClock(), pool_size=1)
    try:
        return await standing(database)
    finally:
        await database.dispose()


async def demand_head(database: Database) -> None:
    """Raise OperatorError unless the database serves this program as it stands."""
    stands = await standing(database)
    if stands.serves:
        return
    if stands.is_newer:
        _demand_served(stands)
    at = stands.revision or "no migration at all"
    raise OperatorError(f"The database stands at {at}, this program needs {migrations.head()}: run `rounds migrate`.")


def _demand_served(stands: migrations.Standing) -> None:
    if not stands.serves:
        fault = f"The database stands at {stands.revision} and serves programs from {stands.since} on"
        raise OperatorError(f"{fault}, this one knows {migrations.head()}: it is of a newer Rounds; install that one.")
