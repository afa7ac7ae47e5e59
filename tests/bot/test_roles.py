"""A role in a process of its own imports what it runs, and nothing of the others': memory is what a fleet pays by."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from crm_core.kit.db import Database
from tests.bot.fake_api import TOKEN

RUN_A_MOMENT = """
import asyncio, json, sys
from bot import app
from bot.roles import Role
from bot.settings import Settings

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.5, stop.set)
    given = {"bot_tokens": sys.argv[2], "database_url": sys.argv[3], "api_url": "http://127.0.0.1:9"}
    await app.serve(Settings(_env_file=None, **given), [Role(sys.argv[1])], stop)

asyncio.run(main())
print(json.dumps(sorted({name for name in sys.modules if name.count(".") == 0})))
"""
FOREIGN = {
    "clock": {"aiogram", "telegram", "aiohttp", "httpx", "handlers", "pypinyin"},
    "delivery": {"aiogram", "handlers", "conversations", "reminders", "apscheduler", "pypinyin"},
    "worker": {"telegram", "httpx", "python_calamine"},
    "intake": {"telegram", "httpx", "handlers", "conversations", "screens", "reminders", "pypinyin"},
}


@pytest.mark.parametrize("role", FOREIGN)
async def test_a_role_imports_nothing_that_only_others_use(role: str, db: Database, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUN_A_MOMENT, role, TOKEN, db.url),
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await asyncio.wait_for(child.communicate(), 90)
    assert child.returncode == 0, said.decode()[-2000:]
    assert FOREIGN[role] & set(json.loads(out.splitlines()[-1])) == set()
