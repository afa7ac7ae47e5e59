"""Units of work on a line: what they promise is what every unit of work promises."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from crm_core.kit.behind import Write, later
from crm_core.kit.db import Database, ask, built, placed
from crm_core.kit.errors import Conflict
from crm_core.kit.signals import BROKEN
from crm_core.org.models import Unit

_ADD = placed("INSERT INTO chat (bot_id, chat_id, language) VALUES (:bot::bigint, :chat::bigint, 'zh')", "bot", "chat")
_SPEAKS = Write(
    "speaks",
    {"chat_id": "bigint", "language": "text"},
    "UPDATE chat SET language = r.language FROM {rows} WHERE chat.chat_id = r.chat_id",
    each=True,
)


async def _chats(db: Database) -> list[tuple[int, str | None]]:
    async with db.unit() as session:
        return [tuple(row) for row in await session.execute(text("SELECT chat_id, language FROM chat ORDER BY 1"))]


async def _backend(db: Database) -> int:
    async with db.turn() as session:
        return (await ask(session, "SELECT pg_backend_pid() AS pid"))[0].pid


async def test_a_turn_commits_what_the_driver_and_the_session_did_and_what_waited(db: Database):
    async with db.turn() as session:
        await ask(session, _ADD, 700001, 3001)
        await session.execute(text("INSERT INTO chat (bot_id, chat_id) VALUES (700001, 3002)"))
        later(session, _SPEAKS, 3002, "en")
    assert await _chats(db) == [(3001, "zh"), (3002, "en")]


async def test_what_only_waited_is_written_without_a_session(db: Database):
    async with db.turn() as session:
        await ask(session, _ADD, 700001, 3001)
    async with db.turn() as session:
        later(session, _SPEAKS, 3001, "en")
        assert not session.in_transaction()
    assert await _chats(db) == [(3001, "en")]


async def test_an_exception_takes_back_everything_and_the_line_is_good_for_the_next(db: Database):
    before = await _backend(db)
    with pytest.raises(LookupError):  # noqa: PT012 - the whole unit is what is tried
        async with db.turn() as session:
            await ask(session, _ADD, 700001, 3001)
            await session.execute(text("INSERT INTO chat (bot_id, chat_id) VALUES (700001, 3002)"))
            raise LookupError
    assert await _chats(db) == []
    assert await _backend(db) == before


async def test_a_row_that_had_to_change_and_did_not_is_a_conflict(db: Database):
    with pytest.raises(Conflict):  # noqa: PT012 - the whole unit is what is tried
        async with db.turn() as session:
            await ask(session, _ADD, 700001, 3001)
            later(session, _SPEAKS, 3009, "en")
    assert await _chats(db) == []


async def test_what_the_session_has_not_flushed_is_flushed_before_the_driver_is_asked(db: Database):
    async with db.turn() as session:
        session.add(Unit(name="华东大区", kind="branch", path=[]))
        assert [row.name for row in await ask(session, "SELECT name FROM unit")] == ["华东大区"]


async def test_a_savepoint_holds_on_a_line(db: Database):
    async with db.turn() as session:
        await ask(session, _ADD, 700001, 3001)
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.execute(text("INSERT INTO chat (bot_id, chat_id) VALUES (700001, 3001)"))
        await ask(session, _ADD, 700001, 3002)
    assert await _chats(db) == [(3001, "zh"), (3002, "zh")]


async def test_a_failure_that_was_swallowed_is_not_taken_for_a_commit(db: Database):
    with pytest.raises(RuntimeError, match="rolled back"):  # noqa: PT012 - the whole unit is what is tried
        async with db.turn() as session:
            await ask(session, _ADD, 700001, 3001)
            with pytest.raises(asyncpg.UniqueViolationError):
                await ask(session, _ADD, 700001, 3001)
    assert await _chats(db) == []


async def test_who_is_cancelled_leaves_nothing_locked(db: Database):
    async with db.turn() as session:
        await ask(session, _ADD, 700001, 3001)
    locked = asyncio.Event()

    async def hold() -> None:
        async with db.turn() as session:
            await ask(session, "SELECT FROM chat FOR UPDATE")
            locked.set()
            await ask(session, "SELECT pg_sleep(60)")

    holder = asyncio.create_task(hold())
    await locked.wait()
    await asyncio.sleep(0.1)
    holder.cancel()
    await asyncio.wait({holder}, timeout=5)
    assert holder.cancelled()
    async with asyncio.timeout(5), db.turn() as session:
        assert len(await ask(session, "SELECT chat_id FROM chat FOR UPDATE")) == 1


@pytest.mark.parametrize("kind", ["turn", "straight", "unit"])
async def test_who_is_cancelled_hears_of_that_whatever_a_connection_says_that_breaks_meanwhile(db: Database, kind: str):
    inside = asyncio.Event()

    async def work() -> None:
        async with getattr(db, kind)():
            inside.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise asyncpg.InterfaceError("cannot perform operation: connection is closed") from None

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()


@pytest.mark.parametrize("kind", ["turn", "straight", "unit"])
async def test_what_fails_within_a_time_limit_or_behind_one_is_said_as_it_is(db: Database, kind: str):
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the whole unit is what is tried
        async with asyncio.timeout(60), getattr(db, kind)():
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(60)
            raise ZeroDivisionError
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), getattr(db, kind)():
            await asyncio.sleep(60)


async def test_a_line_that_broke_is_replaced(db: Database):
    pid = await _backend(db)
    async with db.unit() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await asyncio.sleep(0.2)
    assert await _backend(db) != pid


async def test_a_line_that_breaks_in_the_middle_is_said_so_and_replaced(db: Database):
    with pytest.raises(BROKEN):  # noqa: PT012 - the whole unit is what is tried
        async with db.turn() as session:
            await ask(session, _ADD, 700001, 3001)
            (mine,) = await ask(session, "SELECT pg_backend_pid() AS pid")
            async with db.unit() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine.pid})
            await ask(session, _ADD, 700001, 3002)
    assert await _chats(db) == []
    assert await _backend(db) != mine.pid


async def test_a_line_that_was_given_up_in_the_middle_says_why(db: Database):
    """Whose statement had no answer for too long gives the connection up; it does not know of transactions any more."""
    with pytest.raises(TimeoutError):  # noqa: PT012 - the whole unit is what is tried
        async with db.turn() as session:
            session.info["driver"].terminate()
            raise TimeoutError
    assert await _backend(db)


async def test_straight_statements_hold_as_soon_as_they_are_made(db: Database):
    with pytest.raises(LookupError):  # noqa: PT012 - the whole unit is what is tried
        async with db.straight() as session:
            await ask(session, _ADD, 700001, 3001)
            raise LookupError
    assert await _chats(db) == [(3001, "zh")]


async def test_more_turns_at_once_than_lines_are_kept(db: Database):
    async def one(chat: int) -> None:
        async with db.turn() as session:
            await ask(session, _ADD, 700001, chat)
            await ask(session, "SELECT pg_sleep(0.05)")

    await asyncio.gather(*(one(3000 + at) for at in range(60)))
    assert len(await _chats(db)) == 60


async def test_a_statement_is_asked_alike_on_a_line_and_in_a_plain_unit(db: Database):
    wanted = built(
        select(Unit.name).where(Unit.kind == "branch", Unit.name.in_(["华东大区", "North"])).order_by(Unit.name)
    )
    async with db.unit() as session:
        session.add_all([Unit(name="华东大区", kind="branch", path=[]), Unit(name="North", kind="branch", path=[])])
    for way in (db.unit, db.turn, db.straight):
        async with way() as session:
            found = await ask(session, wanted.statement, *wanted.given())
            assert [row.name for row in found] == ["North", "华东大区"]
