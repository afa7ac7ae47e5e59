"""`rounds backup` and `rounds restore`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import typer

from bot import logs, settings
from bot.backup import folder as folders
from bot.backup import making, restoring
from bot.backup.folder import Manifest
from bot.database import UNREACHABLE, opened, reason
from bot.errors import MisuseError, OperatorError
from bot.files.opened import storage_of
from bot.settings import Settings
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database

T = TypeVar("T")


def backup(folder: Path, *, verify: bool, keep: int | None) -> None:
    if verify:
        if keep is not None:
            raise MisuseError("--verify only looks: give it without --keep.")
        _verify(folder)
        return

    async def make(db: Database, chosen: Settings) -> making.Made:
        return await making.make(db.url, storage_of(chosen), folder, keep=keep)

    made = _run(make, migrating=False)
    typer.echo(f"{made.where}: {_told(made.manifest)}, {made.new_files} of them new.")
    if keep is not None:
        typer.echo(f"{made.let_go} older backups are gone.")
    _complain(made.manifest)


def restore(path: Path) -> None:
    async def put_back(db: Database, chosen: Settings) -> restoring.Restored:
        return await restoring.restore(db.url, storage_of(chosen), path)

    done = _run(put_back, migrating=None)
    typer.echo(f"{done.backup} is restored: {_told(done.manifest)}. Next: `rounds doctor`, then `rounds run`.")
    _complain(done.manifest)


def _verify(folder: Path) -> None:
    which = folders.chosen(folder)
    restoring.demand_whole(which)
    manifest = folders.read_manifest(which)
    typer.echo(f"{which} is whole: {_told(manifest)}.")
    _complain(manifest)


def _told(manifest: Manifest) -> str:
    there = manifest.files - len(manifest.missing)
    return f"{manifest.rows} rows of {len(manifest.tables)} tables at migration {manifest.revision}, {there} files"


def _complain(manifest: Manifest) -> None:
    """What the storage did not have is in no backup: somebody must hear of it, and a timer must fail."""
    if manifest.missing:
        raise OperatorError(
            f"{len(manifest.missing)} files that the database names were missing or damaged when it was made:",
            *manifest.missing[:10],
        )


def _run(work: Callable[[Database, Settings], Awaitable[T]], *, migrating: bool | None) -> T:
    chosen = settings.load()
    logs.configure("warning", "console")

    async def main() -> T:
        async with opened(chosen, SystemClock(), migrating=migrating) as db:
            return await work(db, chosen)

    try:
        return asyncio.run(main())
    except UNREACHABLE as error:
        raise OperatorError(f"The database failed ({reason(error)}).") from error
