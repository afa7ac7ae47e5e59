"""Fixtures of the front door: the command line in this process, over a database of its own."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from bot import cli, logs
from bot.settings import EXAMPLES
from crm_core import registry
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Base, Database
from crm_core.kit.embedded import Embedded


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Rounds = Callable[..., Ran]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No setting of this machine, no `.env`."""
    for name in EXAMPLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture
def rounds(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rounds:
    """Runs the command in this process. Logging stays as pytest has it."""
    environment.setattr(logs, "configure", lambda *_: None)

    def run(*arguments: str) -> Ran:
        environment.setattr(sys, "argv", ["rounds", *arguments])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        said = capsys.readouterr()
        return Ran(code, str(said.out), str(said.err))

    return run


@pytest.fixture
def empty_database(database_url: str, environment: pytest.MonkeyPatch) -> str:
    """A migrated database without a company; the commands find it in the environment."""

    async def truncate() -> None:
        registry.load()
        database = Database(database_url, SystemClock())
        tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        async with database.engine.begin() as connection:
            await connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        await database.dispose()

    asyncio.run(truncate())
    environment.setenv("DATABASE_URL", database_url)
    return database_url


@pytest.fixture
def blank_database(postgres: Embedded, environment: pytest.MonkeyPatch, worker_id: str) -> str:
    """A database with nothing in it at all."""
    name = f"blank_{worker_id}"
    postgres.drop(name)
    url = postgres.url(name)
    environment.setenv("DATABASE_URL", url)
    return url
