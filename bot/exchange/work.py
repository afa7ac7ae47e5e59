"""The steps of an import, each a row of short units of work: put its rows down, look through them, write, take back.

A step that is broken off goes on where it was: rows have their fates, and those that have one are not read again.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bot.exchange.child import unpack
from crm_core.exchange import looking, staging, steps, takeback, writing
from crm_core.exchange.models import ImportBatch, State
from crm_core.exchange.steps import Claim
from crm_core.kit.db import Database
from crm_core.playbook.service import in_force

Tell = Callable[[ImportBatch], Awaitable[None]]
"""Says how far it is; called with every unit of work, so it is up to itself to stay calm."""

_PUT: Final = 5_000


async def read_in(db: Database, claimed: Claim, content: bytes, tell: Tell) -> None:
    """Unpack the sheet, put its rows down, guess its columns. Raises DomainError for what is no sheet to import."""
    with tempfile.TemporaryDirectory(prefix="rounds-sheet-") as folder:
        source, target = Path(folder) / "sheet", Path(folder) / "rows"
        await asyncio.to_thread(source.write_bytes, content)
        report = await unpack(source, target)
        async with db.unit() as session:
            await steps.held(session, claimed)
            await staging.empty(session, claimed.id)
        with target.open(encoding="utf-8") as lines:
            while part := await asyncio.to_thread(_next, lines):
                async with db.unit() as session:
                    batch = await steps.held(session, claimed)
                    await staging.put(session, batch.id, part)
                    batch.done += len(part)
                await tell(batch)
    async with db.unit() as session:
        batch = await steps.held(session, claimed)
        actor = await steps.actor_of(session, batch)
        await staging.understand(session, batch, await in_force(session, actor.playbook_version))
        batch.sheet = report["sheet"] if report["sheets"] > 1 else None
        await steps.settle(session, batch, State.CHECKING, done=0, due_at=session.info["clock"].now())


def _next(lines: Iterator[str]) -> list[tuple[int, list[str]]]:
    return [(row[0], row[1]) for row in map(json.loads, islice(lines, _PUT))]


async def look_through(db: Database, claimed: Claim, tell: Tell) -> None:
    """Count what would come in and what not, and why."""
    look = looking.Look()
    async with db.unit() as session:
        batch = await steps.held(session, claimed)
        rules = await steps.rules(session, batch)
        await staging.forget_near(session, batch.id)
    async with db.unit() as reading:
        async for groups, _ in staging.chunks(reading, batch):
            found = await asyncio.to_thread(looking.planned, rules, groups)
            async with db.unit() as session:
                batch = await steps.held(session, claimed)
                await looking.look_at(session, rules, batch, found, look)
                batch.done = look.rows
            await tell(batch)
    async with db.unit() as session:
        batch = await steps.held(session, claimed)
        await steps.settle(session, batch, State.READY, summary=look.summary(), done=0)


async def write_out(db: Database, claimed: Claim, tell: Tell) -> None:
    """Make customers of the rows. The next ones are made ready while the database writes."""
    async with db.unit() as session:
        batch = await steps.held(session, claimed)
        rules = await steps.rules(session, batch)
        zones = await steps.zones(session)
    batch = await _all_written(db, claimed, tell, batch, rules, zones)
    async with db.unit() as session:
        batch = await steps.held(session, claimed)
        await steps.actor_of(session, batch)
        await steps.wrote(session, batch)


async def _all_written(
    db: Database, claimed: Claim, tell: Tell, batch: ImportBatch, rules: Any, zones: Any
) -> ImportBatch:
    def ready(groups: Any) -> list[writing.Made]:
        return writing.prepare(looking.planned(rules, groups))

    async def put(prepared: list[writing.Made], near: dict[int, Any]) -> ImportBatch:
        async with db.unit() as session:
            batch = await steps.held(session, claimed)
            await steps.actor_of(session, batch)  # the rights of this moment, and who the audit names
            await steps.one_at_a_time(session)
            counts = await writing.write(session, batch, rules, prepared, near, zones)
            batch.done += sum(counts.values())
        await tell(batch)
        return batch

    under_way: asyncio.Task[ImportBatch] | None = None
    try:
        async with db.unit() as reading:
            async for groups, near in staging.chunks(reading, batch):
                prepared = await asyncio.to_thread(ready, groups)
                if under_way is not None:
                    batch = await under_way
                under_way = asyncio.create_task(put(prepared, near))
        return await under_way if under_way is not None else batch
    finally:
        if under_way is not None and not under_way.done():
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)


async def take_back(db: Database, claimed: Claim, tell: Tell) -> None:
    """Undo it, some hundred rows at a time."""
    while True:
        async with db.unit() as session:
            batch = await steps.held(session, claimed)
            await steps.actor_of(session, batch)
            count = await takeback.take_back(session, batch)
            batch.done += count
        if not count:
            break
        await tell(batch)
    async with db.unit() as session:
        batch = await steps.held(session, claimed)
        await steps.actor_of(session, batch)
        await steps.settle(session, batch, State.UNDONE, result=await steps.counted(session, batch.id))
