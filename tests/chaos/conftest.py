"""A server to be maltreated, and people over it."""

import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from crm_core import registry
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded
from tests.support.endurance import Scene, scene
from tests.support.server import Server
from tests.support.snapshots import emptied

CONNECTIONS = 60


@pytest.fixture(scope="session")
def server(postgres: Embedded, database_url: str) -> Iterator[Server]:
    """With the tables of the tests' database. No other test has to do with it."""
    with tempfile.TemporaryDirectory(prefix="rounds-chaos-") as folder:
        own = Server(Path(folder), max_connections=str(CONNECTIONS))
        bin_path = own._inner.bin_path
        dumped = subprocess.run([bin_path / "pg_dump", "--no-owner", database_url], check=True, capture_output=True)
        fill = [bin_path / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", own.url()]
        subprocess.run(fill, input=dumped.stdout, check=True, capture_output=True)
        yield own
        own.release()


@pytest.fixture
async def own(server: Server) -> AsyncIterator[Database]:
    """The server's database, emptied, by the true clock."""
    registry.load()
    database = Database(server.url(), SystemClock(), pool_size=3)
    await emptied(database)
    yield database
    await database.dispose()


@pytest.fixture
def told() -> Iterator[list[Any]]:
    """What the program logged; shown, with the seconds, where a test fails."""
    began = time.monotonic()
    clock: Any = lambda _logger, _method, line: {"s": round(time.monotonic() - began, 1), **line}  # noqa: E731
    with structlog.testing.capture_logs([clock]) as lines:
        yield lines
    for line in lines[-80:]:
        print(line)  # noqa: T201


@pytest.fixture
async def crew_at_work(own: Database, told: list[Any]) -> AsyncIterator[Scene]:
    async with scene(own, told) as opened:
        yield opened


@pytest.fixture
def tell(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """A line of figures on the screen, whether or not the test passes."""

    def say(line: str) -> None:
        with capsys.disabled():
            print(f"\nchaos: {request.node.name}: {line}")  # noqa: T201

    return say
