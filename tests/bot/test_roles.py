"""A role in a process of its own imports what it runs, and nothing of the others': memory is what a fleet pays by."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from crm_core.kit.db import Database
from tests.bot.fake_api import TOKEN

ROOT = Path(__file__).parents[2]
RUN = """
import atexit, json, sys
from bot import cli

atexit.register(lambda: print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules}))))
cli.main()
"""
FOREIGN = {
    "clock": {"aiogram", "telegram", "aiohttp", "httpx", "handlers", "pypinyin"},
    "delivery": {"aiogram", "handlers", "conversations", "reminders", "apscheduler", "pypinyin"},
    "worker": {"telegram", "httpx"},
    "intake": {"telegram", "httpx", "handlers", "conversations", "screens", "reminders", "pypinyin"},
}
SELDOM = {
    "alembic",
    "mako",
    "rich",
    "pygments",
    "click",
    "rapidfuzz",
    "xlsxwriter",
    "python_calamine",
    "typst",
    "psutil",
}
"""What nobody imports before there is a use for it: a migration, a name like another one, a spreadsheet, a chart; and
what libraries would bring along for command lines of their own."""


@pytest.mark.parametrize("roles", [*((one,) for one in FOREIGN), ("clock", "delivery", "worker", "intake")])
async def test_a_role_imports_nothing_that_only_others_use(
    roles: tuple[str, ...], db: Database, tmp_path: Path
) -> None:
    env = {"ROUNDS_BOT_TOKENS": TOKEN, "DATABASE_URL": db.url, "ROUNDS_API_URL": "http://127.0.0.1:9"}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUN, "run", *(f"--role={one}" for one in roles)),
        env={**env, "PYTHONPATH": str(ROOT), "PATH": ""},
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stderr is not None
    said = b""
    async with asyncio.timeout(60):
        while b"rounds.started" not in said and (line := await child.stderr.readline()):
            said += line
        await asyncio.sleep(0.5)
        child.terminate()
        out, rest = await child.communicate()
    assert child.returncode == 0, (said + rest).decode()[-2000:]
    imported = set(json.loads(out))
    assert imported & SELDOM == set()
    assert imported & set.intersection(*(FOREIGN[one] for one in roles)) == set()
    assert imported >= {"crm_core", "sqlalchemy", "structlog"}
