"""What a person does with an import: offers a file, says what its columns are, lets it in, takes it back (BY24).

The work itself is done in the background, step by step (`steps.py`).
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import PurePath
from typing import Final

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.service import FileRef, receive
from crm_core.customers.service import DICTIONARIES
from crm_core.exchange import errors
from crm_core.exchange.columns import SEVERAL, targets
from crm_core.exchange.models import ENDED, ImportBatch, Same, SheetKind, SheetOrder, State
from crm_core.exchange.permissions import EXPORT, IMPORT
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, DomainError
from crm_core.kit.signals import EXCHANGE
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import Scope, require, scope_of, visible
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import in_force

ENDINGS: Final = frozenset({"xlsx", "xls", "csv", "et"})
MOST_BYTES: Final = 20 << 20
UNDO_WITHIN: Final = timedelta(hours=24)


def is_sheet(name: str | None) -> bool:
    """Whether a file's name says that it is a spreadsheet."""
    return PurePath(name or "").suffix[1:].lower() in ENDINGS


async def offer(session: AsyncSession, actor: Actor, file: FileRef, chat_id: int) -> ImportBatch:
    """A spreadsheet was sent: it is fetched while its sender thinks. Raises `import.too_large`, before any fetching."""
    await require(session, actor, IMPORT)
    if (file.size or 0) > MOST_BYTES:
        raise DomainError(errors.TOO_LARGE, size=-(-(file.size or 0) >> 20), most=MOST_BYTES >> 20)
    row_id = await receive(session, file)
    batch = await _new(session, actor, file.name or "", State.OFFERED)
    batch.file_row_id, batch.bot_id, batch.chat_id = row_id, file.bot_id, chat_id
    await session.flush()
    return batch


async def bring(session: AsyncSession, actor: Actor, name: str) -> ImportBatch:
    """An import from the console, whose rows the caller puts down."""
    await require(session, actor, IMPORT)
    return await _new(session, actor, name, State.READING)


async def _new(session: AsyncSession, actor: Actor, name: str, state: State) -> ImportBatch:
    book = await in_force(session, actor.playbook_version)
    moment = now(session)
    batch = ImportBatch(
        employee_id=actor.id,
        name=name[-80:],
        state=state,
        defaults={field: _default(book, dictionary) for field, dictionary in DICTIONARIES.items()},
        owner_id=actor.id,
        due_at=moment,
        created_at=moment,
    )
    session.add(batch)
    await session.flush()
    return batch


def _default(book: Playbook, dictionary: str) -> str:
    """What the playbook proposes, else the last entry: the one for all others."""
    return book.default(dictionary) or book.entries(dictionary)[-1].key


async def find(session: AsyncSession, actor: Actor, batch_id: int, *states: State, lock: bool = True) -> ImportBatch:
    """The actor's own import. Raises `not_found` for another's, `import.not_now` when it is in none of `states`."""
    batch = await session.get(ImportBatch, batch_id, with_for_update=lock or None, populate_existing=True)
    if batch is None or batch.employee_id != actor.id:
        raise DomainError(NOT_FOUND)
    await require(session, actor, IMPORT)
    if states and batch.state not in states:
        raise DomainError(errors.NOT_NOW)
    return batch


async def take_up(session: AsyncSession, actor: Actor, batch_id: int) -> ImportBatch:
    """Yes, these are customers: read it."""
    return await _go(session, await find(session, actor, batch_id, State.OFFERED), State.READING)


async def look_again(session: AsyncSession, actor: Actor, batch_id: int) -> ImportBatch:
    """Look through the sheet once more, by what was chosen meanwhile."""
    return await _go(session, await find(session, actor, batch_id, State.READY), State.CHECKING)


async def let_in(session: AsyncSession, actor: Actor, batch_id: int) -> ImportBatch:
    """Make customers of it. Raises `import.no_name_column`."""
    batch = await find(session, actor, batch_id, State.READY)
    if "name" not in batch.columns:
        raise DomainError(errors.NO_NAME_COLUMN)
    if batch.summary.get("stale"):
        raise DomainError(errors.NOT_NOW)
    await _assignable(session, actor, batch.owner_id, await in_force(session, actor.playbook_version))
    return await _go(session, batch, State.WRITING)


async def take_back(session: AsyncSession, actor: Actor, batch_id: int) -> ImportBatch:
    """Take all of it back, but for what something was built on. Raises `import.undo_too_late`."""
    batch = await find(session, actor, batch_id, State.DONE)
    if batch.ended_at is None or now(session) - batch.ended_at > UNDO_WITHIN:
        raise DomainError(errors.UNDO_TOO_LATE, hours=UNDO_WITHIN // timedelta(hours=1))
    return await _go(session, batch, State.UNDOING)


async def cancel(session: AsyncSession, actor: Actor, batch_id: int) -> ImportBatch:
    """Nothing is made of it. What is being written already can be taken back when it is done."""
    states = (State.OFFERED, State.READING, State.CHECKING, State.READY)
    batch = await find(session, actor, batch_id, *states)
    batch.state, batch.ended_at = State.CANCELLED, now(session)
    await session.flush()
    return batch


async def _go(session: AsyncSession, batch: ImportBatch, state: State) -> ImportBatch:
    batch.state, batch.done, batch.due_at, batch.error = state, 0, now(session), None
    await session.flush()
    await wake(session)
    return batch


async def wake(session: AsyncSession) -> None:
    """Tell whoever works on imports, with this unit of work."""
    await session.execute(text("SELECT pg_notify(:channel, '')").bindparams(bindparam("channel", EXCHANGE)))


async def choose_column(session: AsyncSession, actor: Actor, batch_id: int, at: int, target: str) -> ImportBatch:
    """A column holds this ('' for nothing); the one that held it before holds nothing now."""
    batch = await find(session, actor, batch_id, State.READY)
    book = await in_force(session, actor.playbook_version)
    if not 0 <= at < len(batch.columns) or (target and target not in targets(book)):
        raise DomainError(NOT_FOUND)
    columns = ["" if one == target and target not in SEVERAL else one for one in batch.columns]
    columns[at] = target
    batch.columns = columns
    return await _unlooked(session, batch)


async def choose_default(session: AsyncSession, actor: Actor, batch_id: int, field: str, key: str) -> ImportBatch:
    """What customers get whose row says nothing of it."""
    batch = await find(session, actor, batch_id, State.READY)
    book = await in_force(session, actor.playbook_version)
    if field not in DICTIONARIES or all(one.key != key for one in book.entries(DICTIONARIES[field])):
        raise DomainError(NOT_FOUND)
    batch.defaults = batch.defaults | {field: key}
    return await _unlooked(session, batch)


async def choose_owner(session: AsyncSession, actor: Actor, batch_id: int, owner_id: int | None) -> ImportBatch:
    """Whose they become where the row names nobody; none puts each into the pool that fits. Raises `not_allowed`."""
    batch = await find(session, actor, batch_id, State.READY)
    book = await in_force(session, actor.playbook_version)
    await _assignable(session, actor, owner_id, book)
    batch.owner_id, batch.pool = owner_id, None if owner_id is not None else book.pools[0].key
    return await _unlooked(session, batch)


async def choose_for_doubles(session: AsyncSession, actor: Actor, batch_id: int, which: str) -> ImportBatch:
    """The next way to treat customers that are there (`same`), or those of nearly the same name (`near`)."""
    batch = await find(session, actor, batch_id, State.READY)
    if which == "same":
        batch.on_same = Same.FILL if batch.on_same == Same.SKIP else Same.SKIP
    else:
        batch.on_near = Same.MAKE if batch.on_near == Same.SKIP else Same.SKIP
    return await _unlooked(session, batch)


async def _unlooked(session: AsyncSession, batch: ImportBatch) -> ImportBatch:
    """The counts of the last look no longer hold."""
    batch.summary = batch.summary | {"stale": True}
    await session.flush()
    return batch


def may_pool(actor: Actor, book: Playbook) -> bool:
    """Whether one may let customers in that nobody owns yet: where the company has a pool."""
    return bool(book.pools) and scope_of(actor, IMPORT) > Scope.OWN


async def _assignable(session: AsyncSession, actor: Actor, owner_id: int | None, book: Playbook) -> None:
    if owner_id is None:
        if not may_pool(actor, book):
            raise DomainError(NOT_ALLOWED)
        return
    if all(row.id != owner_id for row in await owners(session, actor)):
        raise DomainError(NOT_ALLOWED)


async def owners(session: AsyncSession, actor: Actor) -> Sequence[AnyRow]:
    """Whose customers the actor may bring in: rows of (id, name), the actor first."""
    statement = select(Employee.id, Employee.name).where(Employee.left_at.is_(None))
    statement = visible(statement, actor, IMPORT, Employee.id)
    return (await session.execute(statement.order_by(Employee.id != actor.id, Employee.name, Employee.id))).all()


async def order(
    session: AsyncSession, actor: Actor, kind: SheetKind, bot_id: int, chat_id: int, batch_id: int | None = None
) -> SheetOrder:
    """Ask for a spreadsheet to be made and sent to the actor's chat. Raises `not_allowed`, `not_found`."""
    await require(session, actor, EXPORT if kind is SheetKind.CUSTOMERS else IMPORT)
    if kind is SheetKind.PROBLEMS:
        await find(session, actor, batch_id or 0, lock=False)
    moment = now(session)
    made = SheetOrder(
        employee_id=actor.id,
        bot_id=bot_id,
        chat_id=chat_id,
        kind=kind,
        batch_id=batch_id,
        due_at=moment,
        created_at=moment,
    )
    session.add(made)
    await session.flush()
    await wake(session)
    return made


def is_open(batch: ImportBatch) -> bool:
    return batch.state not in ENDED
