"""One process that delivers for several bots (BY30): python -m benchmarks.tokens [TOKENS [SECONDS]]

Each token has thirty messages a second to itself. One `rounds run --role delivery` empties the outboxes of so many bots
into a sandbox that holds each of them to that. By the sandbox's own record: no token ever sends more than thirty in any
second, nothing is refused, and together they send at least 90 % of so many times thirty. Answers 1 if not.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.delivery import A_SECOND, EACH, Arrival, fill, most_in_a_second, rate
from benchmarks.load import FIRST_USER
from crm_core import migrations
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded

FIRST_BOT: Final = 700_100_400
AT_LEAST: Final = 0.9
_HANGS_S: Final = 120
_ROOT: Final = Path(__file__).parents[1]


def token_of(bot_id: int) -> str:
    return f"{bot_id}:AA-bench-token-of-one-of-several-bots"


@asynccontextmanager
async def strict_sandbox(bots: Sequence[int]) -> AsyncIterator[str]:
    """Holds each bot to Telegram's limits; a process of its own. Answers its address."""
    tokens = [part for bot_id in bots for part in ("--token", token_of(bot_id))]
    command = (sys.executable, "-m", "sandbox", "--port", "0", *tokens, "--no-validate", "--flood")
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert process.stdout is not None
        line = ""
        while "http://" not in line:
            line = (await process.stdout.readline()).decode()
        yield line[line.index("http://") :].split()[0].rstrip("/.,")
    finally:
        process.terminate()
        await process.wait()


async def prepare(db: Database, client: aiohttp.ClientSession, bot_id: int, many: int) -> None:
    """People of this bot, and an outbox full of what they are to get."""
    people = many // EACH
    for user in range(FIRST_USER, FIRST_USER + people):
        async with client.post("/sim/users", json={"id": user, "first_name": "代表"}) as response:
            assert response.status in {200, 400, 409}  # another bot's already
        started = {"user_id": user, "text": "/start"}
        async with client.post(f"/sim/{token_of(bot_id)}/messages", json=started) as response:
            assert response.status == 200
    await fill(db, bot_id, people, many)


async def arrivals(client: aiohttp.ClientSession, bot_id: int) -> tuple[list[Arrival], int]:
    """What has come by this bot, and how much was refused as too fast."""
    async with client.get(f"/sim/{token_of(bot_id)}/log?after=0") as response:
        calls: list[dict[str, Any]] = await response.json()
    sent = [call for call in calls if call["method"].lower() == "sendmessage" and call["ok"] is not None]
    came = [(call["at"], call["params"]["chat_id"], call["params"]["text"]) for call in sent if call["ok"]]
    return came, len(sent) - len(came)


async def measure(database: str, tokens: int, seconds: int) -> bool:
    bots = range(FIRST_BOT, FIRST_BOT + tokens)
    many = A_SECOND * seconds // EACH * EACH
    db = Database(database, SystemClock())
    async with strict_sandbox(bots) as api, aiohttp.ClientSession(api) as client:
        for bot_id in bots:
            await prepare(db, client, bot_id, many)
        with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
            settings = {
                "ROUNDS_BOT_TOKENS": ",".join(map(token_of, bots)),
                "DATABASE_URL": database,
                "ROUNDS_API_URL": api,
                "PYTHONPATH": str(_ROOT),
            }
            with (Path(folder) / "rounds.log").open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot.cli", "run", "--role", "delivery"),
                    cwd=folder,
                    env={**os.environ, **settings},
                    stdout=log,
                    stderr=log,
                )
            try:
                deadline = time.monotonic() + _HANGS_S + seconds
                while sum([len((await arrivals(client, bot_id))[0]) for bot_id in bots]) < many * tokens:
                    assert time.monotonic() < deadline, (Path(folder) / "rounds.log").read_text()[-2000:]
                    await asyncio.sleep(0.5)
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
                await process.wait()
            each = [await arrivals(client, bot_id) for bot_id in bots]
    await db.dispose()
    most, refused = max(most_in_a_second(came) for came, _ in each), sum(count for _, count in each)
    together = rate([one for came, _ in each for one in came])
    lines = (
        (f"most of one token in any second, of {A_SECOND} allowed", most, most <= A_SECOND),
        ("refused as too fast", refused, refused == 0),
        (f"{tokens} tokens together, a second", round(together, 1), together >= tokens * A_SECOND * AT_LEAST),
    )
    for name, value, holds in lines:
        sys.stdout.write(f"{name:56}{value:>8}{'' if holds else '  BROKEN'}\n")
    return all(holds for *_, holds in lines)


def main(tokens: int = 2, seconds: int = 10) -> int:
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        server = Embedded(Path(folder) / "pg", durable=False)
        try:
            url = server.url("bench")
            migrations.upgrade(url)
            return 0 if asyncio.run(measure(url, tokens, seconds)) else 1
        finally:
            server.release()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
