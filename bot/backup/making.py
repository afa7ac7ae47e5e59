"""Making a backup: every table out of one snapshot, then the files that the snapshot names. Rounds may run meanwhile.

A file is kept before the database names it and never changed, so whatever the snapshot names is there to be copied
afterwards. The whole appears under its name by a rename, when every byte of it is on the disk.
"""

import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

from bot.backup import folder as folders
from bot.backup import tables
from bot.backup.folder import FILES, FORMAT, NAMES_OF_FILES, Manifest
from bot.errors import OperatorError
from bot.files.storage import Directory, MissingError, Storage, StorageError, digest_of, key_of, sync
from crm_core.kit import signals
from crm_core.kit.db import Base

REVISION: Final = "alembic_version"
SERVING: Final = "serving"  # which programs the migrations serve: written by them
_LOCK: Final = 0x4261636B7570  # "Backup"
_NAMED: Final = """
    SELECT sha256 FROM file WHERE state = 'stored'
    UNION
    SELECT right(named #>> '{}', 64) FROM outbox, jsonb_path_query(payload, '$.**.stored') AS named
    WHERE state IN ('pending', 'sending')
    ORDER BY 1
"""
"""Every file that the database names: of records, and of messages that wait to be sent."""


class Made(NamedTuple):
    where: Path
    manifest: Manifest
    new_files: int
    let_go: int = 0  # older backups


async def make(url: str, storage: Storage, folder: Path, *, keep: int | None = None) -> Made:
    """Back up into `folder`, then let all but the newest `keep` go.

    Raises OperatorError for what the operator can mend; then nothing is left behind.
    """
    try:
        async with _alone(url) as connection:
            part = folders.begin(folder)
            try:
                made = await _make(connection, storage, part)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
            return made._replace(let_go=folders.let_go(folder, keep)) if keep else made
    except (ConnectionError, TimeoutError):
        raise  # the database's
    except OSError as error:
        fault = f"The backup failed in {folder} ({error.strerror})"
        raise OperatorError(f"{fault}: make room, or choose another folder.") from error
    except StorageError as error:
        raise OperatorError(f"The backup failed: {error}.") from error


def our_tables() -> list[str]:
    """The tables of this program; whatever else somebody keeps in the database is not ours to copy."""
    return sorted(Base.metadata.tables.keys() - {SERVING})


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[Any]:
    """A connection of our own, and nobody else's backup beside ours."""
    connection = await signals.connect(url)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise OperatorError("Another backup of this database is being made.")
        yield connection
    finally:
        await connection.close(timeout=5)


async def _make(connection: Any, storage: Storage, part: Path) -> Made:
    made_at = datetime.now(UTC)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(tables.SAME_WORDS)
        all_of_them = ", ".join(f'"{name}"' for name in our_tables())
        await connection.execute(f"LOCK TABLE {all_of_them} IN ACCESS SHARE MODE")  # no migration while we read
        revision = await connection.fetchval(f"SELECT version_num FROM {REVISION}")  # noqa: S608 - a name of ours
        shapes = await tables.shapes(connection, our_tables())
        dumped = tuple([await tables.dump(connection, shape, part) for shape in shapes])
        cursor = connection.cursor(_NAMED, prefetch=1000)
        names = [bytes.fromhex(row["sha256"]) async for row in cursor]
    piece = tables.write_names(part, NAMES_OF_FILES, (name.hex() for name in names))
    new, missing = await _copy(storage, Directory(part.parent / FILES), part.parent / FILES, names)
    manifest = Manifest(
        format=FORMAT,
        rounds=version("rounds-crm"),
        revision=revision,
        made_at=made_at,
        tables=dumped,
        files=len(names),
        names_of_files=piece,
        missing=tuple(missing),
    )
    folders.write_manifest(part, manifest)
    return Made(_appear(part, made_at), manifest, new)


async def _copy(storage: Storage, into: Directory, root: Path, names: Iterable[bytes]) -> tuple[int, list[str]]:
    """Copy the files that are not there yet: how many, and those that the storage has not (or not as they were)."""
    new, missing = 0, list[str]()
    for name in names:
        sha256 = name.hex()
        if (root / key_of(sha256)).is_file():
            continue
        try:
            content = await storage.get(key_of(sha256))
        except MissingError:
            missing.append(sha256)
            continue
        if digest_of(content) != sha256:
            missing.append(sha256)
            continue
        await into.put(key_of(sha256), content)
        new += 1
    return new, missing


def _appear(part: Path, made_at: datetime) -> Path:
    where = part.with_name(folders.name_at(made_at))
    sync(part)
    part.rename(where)
    sync(where.parent)
    return where
