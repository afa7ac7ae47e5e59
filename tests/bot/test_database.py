"""Opening the database: waiting for one that starts, taking turns at migrating, faults without people's words."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import database
from bot.errors import OperatorError
from crm_core import migrations
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded


@pytest.fixture
async def blank(postgres: Embedded, clock: FixedClock, worker_id: str) -> AsyncIterator[Database]:
    name = f"bare_{worker_id}"
    postgres.drop(name)
    made = Database(postgres.url(name), clock)
    yield made
    await made.dispose()


async def test_processes_that_start_together_take_turns_at_migrating(blank: Database) -> None:
    await asyncio.gather(*(database.migrate(blank.url) for _ in range(3)))
    assert await database.revision(blank) == migrations.head()
    await database.demand_head(blank)


async def test_a_database_behind_this_program_is_not_used(blank: Database) -> None:
    with pytest.raises(OperatorError, match=r"stands at no migration.*rounds migrate"):
        await database.demand_head(blank)


async def test_a_database_that_is_coming_up_is_waited_for(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    knocks: list[str] = []
    knock = database._knock

    async def starting(url: str) -> None:
        knocks.append(url)
        if len(knocks) == 1:
            raise ConnectionRefusedError
        await knock(url)

    monkeypatch.setattr(database, "_knock", starting)
    await database.wait_for(db.url, patience_s=10)
    assert len(knocks) == 2


async def test_a_refusal_is_not_waited_out(postgres: Embedded) -> None:
    url = postgres.url("rounds").replace("/rounds?", "/not_there?")
    with pytest.raises(OperatorError, match="not_there"):
        await asyncio.wait_for(database.wait_for(url, patience_s=60), 5)


async def test_a_fault_is_told_without_the_statement_and_what_people_wrote(db: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with db.unit() as session:
            await session.execute(text("SELECT CAST(:said AS text)::integer"), {"said": "王总说的话"})
    assert "SELECT" in str(caught.value)
    told = database.reason(caught.value)
    assert "SELECT" not in told
    assert "\n" not in told
    assert not database.is_away(caught.value)


async def test_a_connection_that_breaks_is_a_database_that_is_away(db: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with db.unit() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert database.is_away(caught.value)
    assert database.is_away(ConnectionRefusedError())
    assert not database.is_away(ValueError())
