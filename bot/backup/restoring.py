"""Putting a backup back: into a database that holds nothing, at the migration of then, and up to today's.

First every byte of the backup is checked. Then the files are put where files are kept, for what the database names must
be there. The tables come in one transaction: with their foreign keys, further indexes and triggers set aside (an
append-only table takes no offence, nobody is woken, and building an index at the end is quicker), read back and
compared, and with all of that put on again, so that every foreign key is proved.
"""

import asyncio
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncpg

from bot import database
from bot.backup import folder as folders
from bot.backup import tables
from bot.backup.folder import FILES, Manifest, Table
from bot.backup.making import REVISION, SERVING
from bot.errors import OperatorError
from bot.files.storage import Directory, Storage, StorageError, key_of
from crm_core import migrations
from crm_core.kit import signals

LEAP: Final = 1_000_000
"""How far each counter is set ahead. What was made after the backup is lost, but its buttons are still on people's
phones: the numbers that those name must never be given to something else."""

_TOLD: Final = 10

_TABLES: Final = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
_FOREIGN: Final = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS off,
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS back
    FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY($1::text[]::regclass[]) ORDER BY conrelid, conname
"""
_INDEXES: Final = """
    SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS off, pg_get_indexdef(i.indexrelid) AS back
    FROM pg_index i WHERE i.indrelid = ANY($1::text[]::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype <> 'f')
    ORDER BY i.indexrelid
"""
_TRIGGERS: Final = """
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) AS off,
           format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname) AS back
    FROM pg_trigger
    WHERE tgrelid = ANY($1::text[]::regclass[]) AND NOT tgisinternal AND tgenabled = 'O' ORDER BY tgrelid, tgname
"""
_SET_COUNTER: Final = "SELECT setval(pg_get_serial_sequence($1, $2)::regclass, $3)"


class Restored(NamedTuple):
    backup: Path
    manifest: Manifest


async def restore(url: str, storage: Storage, path: Path) -> Restored:
    """Restore the backup at `path`, or the newest of a folder. Raises OperatorError; then no row has come in."""
    backup = folders.chosen(path)
    demand_whole(backup)
    manifest = folders.read_manifest(backup)
    connection = await signals.connect(url)
    try:
        await database.wait_turn(connection)  # a `rounds run` waits for us
        await _demand_empty(connection)
        await _put_files(storage, backup, manifest)
        await _make_tables(connection, url, manifest.revision)
        await _load(connection, backup, manifest)
        await asyncio.to_thread(migrations.upgrade, url)
    except asyncpg.PostgresError as error:
        raise OperatorError(f"The restoring failed, and nothing came in ({type(error).__name__}).") from error
    except StorageError as error:
        raise OperatorError(f"The files cannot be put back: {error}.") from error
    finally:
        await connection.close(timeout=5)
    return Restored(backup, manifest)


def demand_whole(backup: Path) -> None:
    """Raise OperatorError, with what is wrong, unless all of a backup is there and as it was written."""
    found = list(folders.faults(backup))
    if found:
        more = [f"… and {len(found) - _TOLD} more"] if len(found) > _TOLD else []
        raise OperatorError(f"{backup} is not whole:", *found[:_TOLD], *more)


async def _demand_empty(connection: Any) -> None:
    """Tables that `rounds migrate` made and nobody used are no reason to refuse."""
    for row in await connection.fetch(_TABLES):
        name = row["relname"]
        if name not in {REVISION, SERVING} and await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{name}")'):  # noqa: S608
            raise OperatorError(
                f"The database is in use ({name} has rows): a backup is restored into an empty one. "
                "Make a new database, or name a new ROUNDS_DATA_DIR."
            )


async def _put_files(storage: Storage, backup: Path, manifest: Manifest) -> None:
    kept = Directory(backup.parent / FILES)
    missing = frozenset(manifest.missing)
    for sha256 in folders.names_of_files(backup):
        if sha256 not in missing:
            await storage.put(key_of(sha256), await kept.get(key_of(sha256)))


async def _make_tables(connection: Any, url: str, revision: str) -> None:
    """The tables as they were at that migration; what is there is empty, and may stand elsewhere."""
    if revision not in migrations.known():
        raise OperatorError(f"The backup is of a newer Rounds (migration {revision}): install that one.")
    if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", REVISION):
        await asyncio.to_thread(migrations.downgrade, url, "base")
    await asyncio.to_thread(migrations.upgrade, url, revision)


async def _load(connection: Any, backup: Path, manifest: Manifest) -> None:
    async with connection.transaction():
        await connection.execute(tables.SAME_WORDS)
        await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        names = [table.name for table in manifest.tables]
        shapes = {shape.name: shape for shape in await tables.shapes(connection, names)}
        _demand_same(shapes, manifest)
        await connection.execute(f"LOCK TABLE {', '.join(map(_quoted, names))} IN ACCESS EXCLUSIVE MODE")
        aside = [row for ask in (_TRIGGERS, _FOREIGN, _INDEXES) for row in await connection.fetch(ask, names)]
        for row in aside:
            await connection.execute(row["off"])
        for table in manifest.tables:
            await _load_one(connection, backup, table)
            if (counted := shapes[table.name].counted) is not None:
                await connection.execute(_SET_COUNTER, table.name, counted, (table.counter or 0) + LEAP)
        for row in reversed(aside):
            await connection.execute(row["back"])
        await connection.execute(f"ANALYZE {', '.join(map(_quoted, names))}")


def _demand_same(shapes: dict[str, tables.Shape], manifest: Manifest) -> None:
    for table in manifest.tables:
        if table.name not in shapes or set(shapes[table.name].columns) != set(table.columns):
            raise OperatorError(f"{table.name} is not the table that the backup was made of.")


async def _load_one(connection: Any, backup: Path, table: Table) -> None:
    rows = await tables.load(connection, table, backup)
    if rows != table.rows or await tables.read_back(connection, table) != table.told:
        raise OperatorError(f"{table.name}: what came in is not what the backup holds.")


def _quoted(name: str) -> str:
    return f'"{name}"'
