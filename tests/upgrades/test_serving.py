"""Whom a database serves, migrations that wait for a table, and what an older program makes of newer data."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot import database
from bot.errors import OperatorError
from crm_core import migrations
from crm_core.kit.db import Database
from crm_core.playbook.book import PlaybookError, parse, read
from crm_core.playbook.service import default


@pytest.fixture
async def newer(db: Database) -> AsyncIterator[Database]:
    """A database that a newer program has migrated."""
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
    yield db
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": migrations.head()})


async def serving(db: Database, since: str) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM serving"))
        await connection.execute(text("INSERT INTO serving (id, since) VALUES (1, :since)"), {"since": since})


async def test_a_newer_database_serves_who_knows_what_it_names(newer: Database) -> None:
    await serving(newer, migrations.head())
    await database.demand_head(newer)
    await database.migrate(newer.url)
    assert await database.revision(newer) == "newer"


async def test_a_newer_database_that_has_moved_on_refuses_in_words(newer: Database) -> None:
    await serving(newer, "later")
    for refused in (database.demand_head(newer), database.migrate(newer.url)):
        with pytest.raises(OperatorError, match=r"from later on.*newer Rounds; install that one"):
            await refused


async def test_a_database_that_says_nothing_serves_nobody_older(newer: Database) -> None:
    with pytest.raises(OperatorError, match="newer Rounds"):
        await database.migrate(newer.url)


@pytest.mark.timeout(400)
async def test_a_migration_lets_others_pass_while_somebody_holds_its_table(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind an ALTER that waits, every reader waits: so it does not wait long, and comes again."""
    before = migrations.scripts().get_revision("0025").down_revision
    await asyncio.to_thread(migrations.downgrade, db.url, before)
    monkeypatch.setattr(database, "MIGRATION_PAUSE_S", 0.5)
    try:
        async with db.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE contact IN ACCESS SHARE MODE"))
            migrating = asyncio.create_task(database.migrate(db.url))
            async with db.engine.connect() as watcher:
                waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = :name")
                while not await watcher.scalar(waits, {"name": db.engine.url.database}):
                    assert not migrating.done()
                    await watcher.rollback()
                    await asyncio.sleep(0.05)
            async with db.engine.connect() as reader:
                await asyncio.wait_for(reader.execute(text("SELECT count(*) FROM contact")), 60)
            assert not migrating.done()
        await asyncio.wait_for(migrating, 200)
    finally:
        await asyncio.to_thread(migrations.upgrade, db.url)
    assert await database.revision(db) == migrations.head()
    assert (await database.standing(db)).since in migrations.known()


def test_what_a_newer_playbook_says_besides_is_passed_over_and_what_somebody_writes_is_not() -> None:
    body = default().model_dump(mode="json")
    body["drones"] = {"most": 3}
    body["reminders"]["by_pigeon"] = True
    body["customer_types"][0]["mood"] = "calm"
    assert read(body).model_dump() == default().model_dump()
    with pytest.raises(PlaybookError, match="categories"):
        read({**body, "categories": "none"})
    with pytest.raises(PlaybookError, match="drones"):
        parse("drones: {most: 3}")


def test_the_migrations_known_by_their_files_are_those_that_alembic_finds():
    directory = migrations.scripts()
    assert {one.revision for one in directory.walk_revisions()} == migrations.known()
    assert directory.get_current_head() == migrations.head()
