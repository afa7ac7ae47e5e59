"""A role in a process of its own imports what it runs, and nothing of the others': memory is what a fleet pays by. And
it does its part for the others all the same.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from crm_core.kit.db import Database
from tests.bot.fake_api import TOKEN
from tests.support.apart import apart
from tests.support.sheets import read

ROOT = Path(__file__).parents[2]
RUN = """
import atexit, json, sys
from bot import cli

def packages():
    print(json.dumps(sorted({".".join(name.split(".")[:depth]) for name in sys.modules for depth in (1, 2)})))

atexit.register(packages)
cli.main()
"""
FOREIGN = {
    "clock": {"aiogram", "telegram", "aiohttp", "httpx", "handlers", "pypinyin"},
    "delivery": {"aiogram", "handlers", "conversations", "reminders", "apscheduler", "pypinyin", "crm_core.customers"},
    "files": {"aiogram", "telegram", "httpx", "handlers", "conversations", "reminders", "apscheduler", "pypinyin"},
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


@pytest.mark.parametrize("roles", [*((one,) for one in FOREIGN), ("clock", "files", "delivery", "worker", "intake")])
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


@pytest.mark.timeout(180)
async def test_files_come_in_and_go_out_where_nothing_but_a_database_and_a_folder_is_shared(
    db: Database, tmp_path: Path
) -> None:
    """A sheet is fetched and worked off by one process, told of and answered with another sheet by the next one."""
    async with apart(db, tmp_path) as office:
        await office.offer([["客户名称", "城市"], ["深圳市凯旋光电有限公司", "深圳"]])
        await office.tap("将导入 1 家客户", "✓ 导入 1 家")
        await office.see("导入了 1 家客户")
        office.say("/export")
        headings, row = read(office.sent(await office.see("file_id")))
        codes = [await one.end(signal.SIGTERM) for one in office.programs.values()]
    assert codes == [0, 0, 0]
    assert row[headings.index("客户名称")] == "深圳市凯旋光电有限公司"
