"""`rounds erase`: what the console does to erase a person's data, and to do it again to a restored copy."""

from datetime import datetime
from pathlib import Path

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import quiet, unit
from bot.errors import MisuseError
from conversations.erasing import take_back_cards
from crm_core.erasure import service
from crm_core.erasure.models import Who
from crm_core.erasure.service import Erased, Tombstone


def erase(kind: Who, number: int, *, yes: bool) -> None:
    if not yes:
        typer.confirm(f"Erase what is known of {kind.value} {number}? It can't be undone.", abort=True)

    async def work(session: AsyncSession) -> Erased:
        if kind == Who.EMPLOYEE:
            return await service.erase_employee(session, None, number)
        done = await service.erase_contact(session, None, number)
        await take_back_cards(session, done)
        return done

    done = unit(quiet(), work)
    typer.echo(f"Erased: {kind.value} {', '.join(map(str, done.ids))}.")
    if done.left_to_people:
        typer.echo("The name may still stand in the text of these records; look at them:")
    for one in done.left_to_people:
        at = f" of customer {one.customer_id}" if one.customer_id is not None else ""
        typer.echo(f"  {one.table} {one.id}{at}")


def show() -> None:
    """A line each: what `again` reads."""
    for one in unit(quiet(), service.tombstones):
        typer.echo(f"{one.kind.value} {one.subject_id} {one.at.isoformat()}")


def again(file: Path | None) -> None:
    known = [_tombstone(line) for line in file.read_text("utf-8").splitlines() if line.strip()] if file else []
    count = unit(quiet(), lambda session: service.reapply(session, known))
    typer.echo(f"{count} erased again.")


def _tombstone(line: str) -> Tombstone:
    try:
        kind, number, at = line.split()
        return Tombstone(Who(kind), int(number), datetime.fromisoformat(at))
    except ValueError as error:
        raise MisuseError(f"“{line[:60]}” is no line of `rounds erase list`.") from error
