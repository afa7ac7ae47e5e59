"""The work on imports and sheets as a machine does it: claim what is due, one unit of work after the other, settle.

A claim is a due time moved ahead, as with files: nothing is locked in between, and what a killed process had in hand
falls due again. Each unit writes its rows' fates, so that whoever takes up the work goes on behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.access import Access, note_access
from crm_core.audit.service import act_as
from crm_core.exchange import errors
from crm_core.exchange.models import Fate, ImportBatch, ImportRow, SheetOrder, State
from crm_core.exchange.permissions import IMPORT
from crm_core.exchange.rows import Rules, rules_of
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee
from crm_core.org.rights import may, visible
from crm_core.playbook.service import in_force

HELD_FOR: Final = timedelta(seconds=90)
"""How long a claim lasts without a sign of life: longer than any one unit of work may take."""
TRIES: Final = 3
KEPT_FOR: Final = timedelta(days=30)
_LOCK: Final = 0x526F756E647349  # "RoundsI": imports write one after the other

_DUE: Final = text(
    "UPDATE import_batch SET attempts = attempts % 30000 + 1, due_at = :until WHERE id = ("
    " SELECT b.id FROM import_batch b LEFT JOIN file f ON f.id = b.file_row_id"
    " WHERE b.state IN ('reading','checking','writing','undoing') AND b.due_at <= :now AND b.chat_id IS NOT NULL"
    " AND (b.state <> 'reading' OR f.state <> 'pending')"
    " ORDER BY b.due_at, b.id LIMIT 1 FOR UPDATE OF b SKIP LOCKED) RETURNING id, state, attempts"
).bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True)))

_ORDERED: Final = text(
    "UPDATE sheet_order SET attempts = attempts + 1, due_at = :until WHERE id = ("
    " SELECT id FROM sheet_order WHERE ended_at IS NULL AND due_at <= :now"
    " ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
).bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True)))

_GIVEN_BACK: Final = text(
    "UPDATE import_batch SET due_at = :now WHERE id = :id AND state = :state AND attempts = :attempts"
).bindparams(bindparam("now", type_=DateTime(timezone=True)))
_ORDER_BACK: Final = text(
    "UPDATE sheet_order SET due_at = :now WHERE id = :id AND ended_at IS NULL AND attempts = :attempts"
).bindparams(bindparam("now", type_=DateTime(timezone=True)))


class Lost(Exception):
    """Somebody else works on it by now, or it was cancelled: let go of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An import in hand, at a step."""

    id: int
    state: State
    attempts: int


async def claim(session: AsyncSession) -> Claim | None:
    """Take an import that is due, for `HELD_FOR`."""
    moment = now(session)
    row = (await session.execute(_DUE, {"now": moment, "until": moment + HELD_FOR})).one_or_none()
    return Claim(row.id, State(row.state), row.attempts) if row else None


async def claim_order(session: AsyncSession) -> SheetOrder | None:
    moment = now(session)
    row = (await session.execute(_ORDERED, {"now": moment, "until": moment + HELD_FOR})).one_or_none()
    return await session.get_one(SheetOrder, row.id) if row else None


async def give_back(session: AsyncSession, claimed: Claim | None, order: SheetOrder | None) -> None:
    """What was claimed and not ended falls due at once: whoever goes on need not wait for the claim to run out."""
    moment = now(session)
    if claimed is not None:
        mine = {"id": claimed.id, "state": claimed.state, "attempts": claimed.attempts, "now": moment}
        await session.execute(_GIVEN_BACK, mine)
    if order is not None:
        await session.execute(_ORDER_BACK, {"id": order.id, "attempts": order.attempts, "now": moment})


async def held(session: AsyncSession, claimed: Claim) -> ImportBatch:
    """The import, locked and held for another while. Raises Lost."""
    batch = await session.get(ImportBatch, claimed.id, with_for_update=True, populate_existing=True)
    if batch is None or batch.state != claimed.state or batch.attempts != claimed.attempts:
        raise Lost
    batch.due_at = now(session) + HELD_FOR
    return batch


async def actor_of(session: AsyncSession, batch: ImportBatch) -> Actor:
    """Whoever lets it in, with the rights of this moment. Raises `import.taken_away`."""
    actor = await queries.actor(session, batch.employee_id)
    if actor is None or not may(actor, IMPORT):
        raise DomainError(errors.TAKEN_AWAY)
    act_as(session, actor.id)
    return actor


async def rules(session: AsyncSession, batch: ImportBatch) -> Rules:
    """All that its rows are read by now. Raises `import.taken_away`."""
    actor = await actor_of(session, batch)
    book = await in_force(session, actor.playbook_version)
    here = Employee.left_at.is_(None)
    people: dict[str, list[int]] = {}
    for key, name in await session.execute(select(Employee.id, Employee.name).where(here)):
        people.setdefault(name.casefold(), []).append(key)
    mine = frozenset(await session.scalars(visible(select(Employee.id).where(here), actor, IMPORT, Employee.id)))
    return rules_of(batch, actor, book, now(session), people, mine)


async def zones(session: AsyncSession) -> Mapping[int, ZoneInfo]:
    """Everybody's time zone."""
    statement = select(Employee.id, func.coalesce(Employee.zone, Company.zone)).join(Company, Company.id == 1)
    return {key: ZoneInfo(zone) for key, zone in await session.execute(statement)}


async def one_at_a_time(session: AsyncSession) -> None:
    """Two imports that write the same names at once would both find them free."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)").bindparams(bindparam("key", _LOCK)))


async def settle(session: AsyncSession, batch: ImportBatch, state: State, **values: Any) -> None:
    """The step is done; a step that ends the import says when."""
    batch.state = state
    for name, value in values.items():
        setattr(batch, name, value)
    if state in (State.DONE, State.FAILED) and batch.ended_at is None:
        batch.ended_at = now(session)
    await session.flush()


async def fail(session: AsyncSession, batch: ImportBatch, error: DomainError) -> None:
    """It can't go on, for a reason that a person reads. What was written so far stays, and can be taken back."""
    written = batch.state == State.WRITING and batch.done
    batch.error = {"code": error.code, "facts": error.params}
    result = {"result": await counted(session, batch.id)} if written else {}
    await settle(session, batch, State.DONE if written else State.FAILED, **result)


async def stumbled(session: AsyncSession, batch: ImportBatch) -> None:
    """Something unforeseen: it is tried again, some times."""
    tries = (batch.error or {}).get("tries", 0) + 1
    if tries >= TRIES:
        await fail(session, batch, DomainError(errors.STUCK))
        return
    batch.error = {"tries": tries}
    batch.due_at = now(session) + timedelta(seconds=2**tries)
    await session.flush()


async def counted(session: AsyncSession, batch_id: int) -> dict[str, int]:
    """How many rows met which fate."""
    statement = select(ImportRow.fate, func.count()).where(ImportRow.batch_id == batch_id).group_by(ImportRow.fate)
    return {fate: count for fate, count in await session.execute(statement) if fate}


async def wrote(session: AsyncSession, batch: ImportBatch) -> None:
    """All rows have met their fates."""
    result = await counted(session, batch.id)
    await note_access(
        session, batch.employee_id, Access.IMPORT, "customer", count=result.get(Fate.MADE, 0), name=batch.name
    )
    await settle(session, batch, State.DONE, result=result)


async def sweep(session: AsyncSession) -> None:
    """Let go of the rows of imports that ended long ago: they are people's data, and serve nothing any more."""
    ended = select(ImportBatch.id).where(ImportBatch.ended_at < now(session) - KEPT_FOR)
    await session.execute(
        text("DELETE FROM import_row WHERE batch_id = ANY(:ids)"), {"ids": list(await session.scalars(ended))}
    )


async def note_card(session: AsyncSession, batch_id: int, card_id: int | None) -> None:
    """Where the import's card is now."""
    statement = update(ImportBatch).where(ImportBatch.id == batch_id).values(card_id=card_id)
    await session.execute(statement, execution_options={"unaudited": "where a card is, no business truth"})
