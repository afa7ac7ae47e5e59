"""Fixtures for all floors: an embedded PostgreSQL for the whole run, an empty database for each test that asks."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm_core import registry
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded
from tests.support.chat import House, open_house
from tests.support.snapshots import emptied

WEDNESDAY = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One server for all workers of the run, right under the temp directory: unix socket paths are short."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    server = Embedded(Path(tempfile.gettempdir()) / f"rounds-test-{run[:12]}", durable=False)
    yield server
    server.release()


@pytest.fixture(scope="session")
def database_url(postgres: Embedded) -> str:
    """A migrated database of this worker's own."""
    from crm_core import migrations

    name = f"rounds_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgres.drop(name)
    url = postgres.url(name)
    migrations.upgrade(url)
    return url


@pytest.fixture
def clock() -> FixedClock:
    """Wednesday 11 March 2026, ten in the morning in Shanghai."""
    return FixedClock(WEDNESDAY)


@pytest.fixture
async def db(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    """The worker's database, emptied before the test."""
    registry.load()
    database = Database(database_url, clock)
    await emptied(database)
    yield database
    await database.dispose()


@pytest.fixture
async def house(db: Database, clock: FixedClock) -> AsyncIterator[House]:
    """A running Rounds over the sandbox."""
    async with open_house(db, clock) as opened:
        yield opened
