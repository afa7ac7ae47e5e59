"""Sheets that come in without a chat: the steps of an import, in one unit of work each."""

from collections import Counter
from collections.abc import Mapping, Sequence

from crm_core.exchange import doubles, looking, staging, steps, takeback, writing
from crm_core.exchange.models import ImportBatch, State
from crm_core.exchange.service import bring
from crm_core.playbook.service import in_force
from tests.support.company import Firm

Rows = Sequence[Sequence[str]]


async def taken_in(firm: Firm, rows: Rows, by: str = "owner", **chosen: object) -> ImportBatch:
    """The sheet as it lies there, its columns guessed, looked through."""
    async with firm.db.unit() as session:
        actor = await firm.actor(session, by)
        batch = await bring(session, actor, "客户清单.xlsx")
        await staging.put(session, batch.id, list(enumerate(rows, 1)))
        await staging.understand(session, batch, await in_force(session, actor.playbook_version))
        for name, value in chosen.items():
            setattr(batch, name, value)
    look = looking.Look()
    async with firm.db.unit() as session:
        batch = await session.get_one(ImportBatch, batch.id)
        rules = await steps.rules(session, batch)
        async for groups, _ in staging.chunks(session, batch):
            await looking.look_at(session, rules, batch, looking.planned(rules, groups), look)
        batch.summary, batch.state = look.summary(), State.READY
    return batch


async def written(firm: Firm, batch: ImportBatch, near: Mapping[int, doubles.Double] | None = None) -> Counter[str]:
    """What became of its rows."""
    counts: Counter[str] = Counter()
    async with firm.db.unit() as reading, firm.db.unit() as session:
        batch = await session.get_one(ImportBatch, batch.id)
        rules, zones = await steps.rules(session, batch), await steps.zones(session)
        async for groups, nearly in staging.chunks(reading, batch):
            prepared = writing.prepare(looking.planned(rules, groups))
            counts += await writing.write(session, batch, rules, prepared, near or nearly, zones)
        batch.state = State.DONE
    return counts


async def taken_back(firm: Firm, batch: ImportBatch) -> None:
    async with firm.db.unit() as session:
        batch = await session.get_one(ImportBatch, batch.id)
        while await takeback.take_back(session, batch):
            pass
