"""The sweep: lets go of what is older than its period, some rows at a time, from where it stopped last.

The cost follows what is due: each step reads rows by the primary key from behind the last one that was looked at, and
ends at the first that is too young. A step is a unit of work of its own; it waits for nobody and nobody for it.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.models import LooseFile
from crm_core.customers.models import Whereabouts
from crm_core.kit.db import Base, now
from crm_core.kit.raw import run
from crm_core.org.models import Company
from crm_core.playbook.keeping import Keeping
from crm_core.playbook.service import in_force
from crm_core.retention.models import Swept
from crm_core.retention.periods import Period

AT_ONCE: Final = 500
_WHEREABOUTS_FOR: Final = timedelta(days=1)
_HALF_STORED: Final = timedelta(hours=1)


async def keeping(session: AsyncSession) -> Keeping:
    """What the company has chosen."""
    company = await session.get(Company, 1)
    return (await in_force(session, company.playbook_version)).keeping if company is not None else Keeping()


def page_of(period: Period) -> str:
    """The next rows that are old enough, and which of them are over."""
    return (
        f"SELECT id, {period.over} AS over FROM (SELECT * FROM {period.table} WHERE id > :number"  # noqa: S608 - our own
        f" ORDER BY id LIMIT {AT_ONCE}) {period.table} WHERE {period.at} < :at ORDER BY id"
    )


async def sweep(session: AsyncSession, period: Period, keeping: Keeping) -> tuple[int, bool]:
    """One step: how many rows were let go of, and whether there may be more."""
    at = await session.get(Swept, period.key, with_for_update=True)
    upto = at.upto if at is not None else 0
    rows = await run(session, page_of(period), number=upto, at=now(session) - period.keeps(keeping))
    if not rows:
        return 0, False
    over = [row.id for row in rows if row.over]
    for statement in period.then or (f"DELETE FROM {period.table} WHERE id = ANY(:ids)",):  # noqa: S608 - our own
        await run(session, statement, ids=over)
    made = insert(Swept).values(key=period.key, upto=rows[-1].id)
    await session.execute(made.on_conflict_do_update(index_elements=["key"], set_={"upto": made.excluded.upto}))
    return len(over), len(rows) == AT_ONCE


async def sweep_places(session: AsyncSession) -> None:
    """Where people said to be is of use for minutes."""
    old = delete(Whereabouts).where(Whereabouts.at < now(session) - _WHEREABOUTS_FOR)
    await session.execute(old.execution_options(synchronize_session=False))


async def sweep_files(session: AsyncSession) -> tuple[int, bool]:
    """Files whose time to be looked at has come, and that no record has: their rows go, and later their bytes."""
    due = (
        f"SELECT f.id, f.key, {_referred()} AS held FROM file f"  # noqa: S608 - our own
        f" WHERE f.look_at <= :at AND f.state <> 'pending' ORDER BY f.look_at LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED"
    )
    rows = await run(session, due, at=now(session))
    held, gone = [row.id for row in rows if row.held], [row.id for row in rows if not row.held]
    await run(session, "UPDATE file SET look_at = NULL WHERE id = ANY(:ids)", ids=held)
    await run(session, "DELETE FROM file WHERE id = ANY(:ids)", ids=gone)
    await let_go(session, [row.key for row in rows if not row.held and row.key], _HALF_STORED)
    return len(gone), len(rows) == AT_ONCE


def _referred() -> str:
    """The condition that some row refers to a file, by the foreign keys there are."""
    keys = (
        key for table in Base.metadata.sorted_tables for key in table.foreign_keys if key.column.table.name == "file"
    )
    return " OR ".join(f"EXISTS (SELECT FROM {key.parent.table.name} WHERE {key.parent.name} = f.id)" for key in keys)


async def let_go(session: AsyncSession, keys: list[str], after: timedelta) -> None:
    """These bytes are to go, unless a file has them by then."""
    if keys:
        made = insert(LooseFile).values([{"key": key, "due_at": now(session) + after} for key in sorted(set(keys))])
        sooner = made.on_conflict_do_update(index_elements=["key"], set_={"due_at": made.excluded.due_at})
        await session.execute(sooner)
