"""Imports and exports from the command line: the same steps as in the chat, in the name of an employee."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import typer
from sqlalchemy import select

from bot import logs, settings
from bot.database import UNREACHABLE, opened, reason
from bot.errors import MisuseError, OperatorError
from bot.exchange import sheets, work
from crm_core.audit.service import act_as
from crm_core.exchange import errors, exporting, service, steps
from crm_core.exchange.models import Fate, ImportBatch, State
from crm_core.exchange.steps import Claim
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.errors import DomainError
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.playbook.service import in_force
from screens.catalogue import say
from screens.exchange import issue_words
from screens.wording import words_of

MOST_BYTES: Final = 200 << 20
_SHOWN: Final = 10


def import_file(file: Path, who: str, *, yes: bool) -> None:
    content = _content(file)

    async def bring(db: Database) -> None:
        await _import(db, content, file, who, yes=yes)

    _run(bring)


def export_file(file: Path, who: str) -> None:
    if file.suffix.lower() != ".xlsx":
        raise MisuseError(f"{file} must end with .xlsx")

    async def out(db: Database) -> None:
        actor = await _actor(db, who)
        count = await sheets.customers(db, file, actor)
        async with db.unit() as session:
            act_as(session, actor.id)
            await exporting.note_export(session, actor, count)
        typer.echo(f"{count} customers are in {file}.")

    _run(out)


def _content(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            error = DomainError(errors.TOO_LARGE, size=size >> 20, most=MOST_BYTES >> 20)
            raise OperatorError(say(words_of(error), "en"))
        return file.read_bytes()
    except OSError as error:
        raise OperatorError(f"{file} cannot be read ({error.strerror}).") from error


def _run(work: Callable[[Database], Awaitable[None]]) -> None:
    chosen = settings.load()
    logs.configure("warning", "console")

    async def main() -> None:
        async with opened(chosen, SystemClock(), migrating=False) as db:
            await work(db)

    try:
        asyncio.run(main())
    except DomainError as error:
        raise OperatorError(say(words_of(error), "en")) from error
    except UNREACHABLE as error:
        raise OperatorError(f"The database failed ({reason(error)}).") from error


async def _actor(db: Database, who: str) -> Actor:
    """The employee of that id, or the only one of that name."""
    async with db.unit() as session:
        named = Employee.id == int(who) if who.isdigit() and len(who) < 16 else Employee.name == who
        found = (await session.scalars(select(Employee.id).where(named, Employee.left_at.is_(None)))).all()
        if len(found) != 1:
            told = "several people are" if found else "nobody is"
            raise OperatorError(f"In whose name? {told} called {who!r}: give the name, or the id, of an employee.")
        actor = await queries.actor(session, found[0])
        assert actor is not None
        return actor


async def _import(db: Database, content: bytes, file: Path, who: str, *, yes: bool) -> None:
    actor = await _actor(db, who)
    async with db.unit() as session:
        act_as(session, actor.id)
        claimed = Claim((await service.bring(session, actor, file.name)).id, State.READING, 0)
    try:
        await work.read_in(db, claimed, content, _quiet)
        await work.look_through(db, Claim(claimed.id, State.CHECKING, 0), _tell)
        if not await _agreed(db, claimed.id, actor, yes=yes):
            await _cancel(db, actor, claimed.id)
            return
        async with db.unit() as session:
            act_as(session, actor.id)
            await service.let_in(session, actor, claimed.id)
        await work.write_out(db, Claim(claimed.id, State.WRITING, 0), _tell)
    except DomainError as error:
        await _fail(db, claimed.id, error)
        raise
    await _report(db, claimed.id, actor, file)


async def _quiet(_: ImportBatch) -> None:
    pass


async def _tell(batch: ImportBatch) -> None:
    step = "looked through" if batch.state == State.CHECKING else "written"
    typer.echo(f"\r{batch.done:,} of {batch.rows:,} rows {step}", nl=batch.done >= batch.rows)


async def _agreed(db: Database, batch_id: int, actor: Actor, *, yes: bool) -> bool:
    """Show what would come in, and ask."""
    async with db.unit() as session:
        batch = await session.get_one(ImportBatch, batch_id)
        book = await in_force(session, actor.playbook_version)
    seen: dict[str, Any] = batch.summary
    held = [f"{name or '?'} → {what or '–'}" for name, what in zip(_names(batch), batch.columns, strict=True)]
    typer.echo("Columns: " + ", ".join(held))
    for one in seen["preview"]:
        told = [one[part] for part in ("name", "city", "person", "phone") if one[part]]
        typer.echo(f"  {one['row']}: {' · '.join(told)}")
    for one in seen["told"][:_SHOWN]:
        typer.echo(f"  ! row {one['row']} {one['name']}: {issue_words(one, book, 'en')}")
    if (more := sum(seen["kinds"].values()) - _SHOWN) > 0:
        typer.echo(f"  ! and {more} more")
    typer.echo(
        f"{seen['customers']} customers and {seen['contacts']} contacts would come in; rows with problems: "
        f"{seen['refused']}, here already: {seen['same']}, nearly the same: {seen['near']}."
    )
    if not seen["customers"]:
        return False
    return yes or await asyncio.to_thread(typer.confirm, "Import them?")


def _names(batch: ImportBatch) -> list[str]:
    return [batch.headers[at] if at < len(batch.headers) else "" for at in range(len(batch.columns))]


async def _cancel(db: Database, actor: Actor, batch_id: int) -> None:
    async with db.unit() as session:
        act_as(session, actor.id)
        await service.cancel(session, actor, batch_id)
    typer.echo("Nothing came in.")


async def _fail(db: Database, batch_id: int, error: DomainError) -> None:
    async with db.unit() as session:
        await steps.fail(session, await session.get_one(ImportBatch, batch_id, with_for_update=True), error)


async def _report(db: Database, batch_id: int, actor: Actor, file: Path) -> None:
    async with db.unit() as session:
        result = (await session.get_one(ImportBatch, batch_id)).result
    typer.echo(f"{result.get(Fate.MADE, 0)} customers came in.")
    beside = file.with_name(f"{file.stem}-left-out.xlsx")
    if count := await sheets.problems(db, beside, actor, batch_id):
        typer.echo(f"{count} rows stayed out or are told of: {beside}")
