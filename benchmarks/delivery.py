"""3,000 messages through the process that delivers, killed in the middle: python -m benchmarks.delivery [MESSAGES]

Telegram lets a token send about thirty messages a second. `rounds run --role delivery` empties a full outbox into a
sandbox that holds it to that, is ended by kill -9 when half have come, and started again. By the sandbox's own record
of when each call arrived: nobody misses a message, there are never more than thirty in any second, and at least 95 % of
what is allowed goes out while the program delivers. Answers 1 if one of these does not hold. A message that was on its
way at the kill may come twice: whether Telegram has taken it, nobody can know.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
from sqlalchemy import text

from benchmarks.load import FIRST_USER
from crm_core import migrations
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded
from crm_core.outbox.models import Priority

MANY: Final = 3_000
EACH: Final = 3  # messages to one person: one a second is what a chat takes
A_SECOND: Final = 30
AT_LEAST: Final = 0.95
BOT: Final = 700_100_302
TOKEN: Final = f"{BOT}:AA-bench-delivery-token-for-the-sandbox"
_ROOT: Final = Path(__file__).parents[1]
_A_CALL_S: Final = 5
_NOT_ALL_S: Final = 180  # without a single message: it hangs
Arrival = tuple[float, int, str]
"""When, in whose chat, what."""


@dataclass
class Phones:
    """What the sandbox has noted of arrivals, read from it bit by bit."""

    client: aiohttp.ClientSession
    came: list[Arrival] = field(default_factory=list)
    refused: int = 0
    _seq: int = 0

    async def look(self) -> int:
        """How many have come by now."""
        async with self.client.get(f"/sim/{TOKEN}/log?after={self._seq}") as response:
            calls: list[dict[str, Any]] = await response.json()
        for call in calls:
            if call["ok"] is None and time.time() - call["at"] < _A_CALL_S:
                break  # it still runs: read on from here the next time
            self._seq = call["seq"]
            if call["method"].lower() != "sendmessage":
                continue
            self.refused += not call["ok"]
            if call["ok"]:
                self.came.append((call["at"], call["params"]["chat_id"], call["params"]["text"]))
        return len(self.came)

    async def until(self, many: int) -> None:
        """Until so many different ones have come."""
        loop = asyncio.get_running_loop()
        seen, deadline = 0, loop.time() + _NOT_ALL_S
        while (count := await self.look()) is not None and different(self.came) < many:
            if count > seen:
                seen, deadline = count, loop.time() + _NOT_ALL_S
            assert loop.time() < deadline, f"{different(self.came)} of {many} have come, and no more do"
            await asyncio.sleep(0.2)


def different(came: Sequence[Arrival]) -> int:
    return len({(chat, words) for _, chat, words in came})


def most_in_a_second(came: Sequence[Arrival]) -> int:
    """Of all windows of a second, wherever they begin, the fullest."""
    times = sorted(at for at, *_ in came)
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def rate(*lives: Sequence[Arrival]) -> float:
    """Messages a second, from the first to the last of each life of the program: what lies between is not counted."""
    spans = [(len(one) - 1, max(one)[0] - min(one)[0]) for one in lives if len(one) > 1]
    return sum(many for many, _ in spans) / sum(seconds for _, seconds in spans)


@asynccontextmanager
async def strict_sandbox() -> AsyncIterator[str]:
    """Holds the bot to Telegram's limits; a process of its own. Answers its address."""
    command = (sys.executable, "-m", "sandbox", "--port", "0", "--token", TOKEN, "--no-validate", "--flood")
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


async def started(database: str, api: str, folder: str) -> asyncio.subprocess.Process:
    """The part of Rounds that delivers."""
    settings = {"ROUNDS_BOT_TOKENS": TOKEN, "DATABASE_URL": database, "ROUNDS_API_URL": api}
    with (Path(folder) / "rounds.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", "run", "--role", "delivery"),
            cwd=folder,
            env={**os.environ, **settings, "PYTHONPATH": str(_ROOT)},
            stdout=log,
            stderr=log,
        )


async def ended(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(how)
    await process.wait()


async def prepare(db: Database, client: aiohttp.ClientSession, many: int) -> None:
    """People who have begun a chat, and an outbox full of what they are to get."""
    people = many // EACH
    for at in range(people):
        user = FIRST_USER + at
        async with client.post("/sim/users", json={"id": user, "first_name": f"代表{at}"}) as response:
            assert response.status == 200
        async with client.post(f"/sim/{TOKEN}/messages", json={"user_id": user, "text": "/start"}) as response:
            assert response.status == 200
    statement = text(
        """
        INSERT INTO outbox (bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at)
        SELECT :bot, :first + n % :people, :push, 'send_message',
               jsonb_build_object('text', '今天有 3 件事到期，第 ' || n || ' 条'), 'resend', now(), now()
        FROM generate_series(1, :many) AS n
        """
    )
    async with db.engine.begin() as connection:
        given = {"bot": BOT, "first": FIRST_USER, "people": people, "push": int(Priority.PUSH), "many": many}
        await connection.execute(statement, given)


async def measure(database: str, many: int) -> bool:
    db = Database(database, SystemClock())
    async with strict_sandbox() as api, aiohttp.ClientSession(api) as client:
        await prepare(db, client, many)
        with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
            phones = Phones(client)
            first = await started(database, api, folder)
            try:
                await phones.until(many // 2)
            finally:
                await ended(first, signal.SIGKILL)
            async with db.engine.connect() as connection:
                asked = text("SELECT count(*) FROM outbox WHERE state = 'sending'")
                on_their_way = await connection.scalar(asked) or 0
            before = await phones.look()
            second = await started(database, api, folder)
            try:
                await phones.until(many)
            finally:
                await ended(second, signal.SIGTERM)
            await phones.look()
    await db.dispose()
    return show(phones, before, many, on_their_way)


def show(phones: Phones, before: int, many: int, on_their_way: int) -> bool:
    """Whether all that was promised holds."""
    came = phones.came
    lost = many - different(came)
    doubled = sum(Counter((chat, words) for _, chat, words in came).values()) - different(came)
    most, pace = most_in_a_second(came), rate(came[:before], came[before:])
    lines = (
        (f"lost of {many:,}", lost, lost == 0),
        (f"doubled, of {on_their_way} on their way at the kill", doubled, doubled <= on_their_way),
        ("refused as too fast", phones.refused, phones.refused == 0),
        (f"most in any second, of {A_SECOND} allowed", most, most <= A_SECOND),
        (f"a second while it delivers, {pace / A_SECOND:.1%} of that", round(pace, 2), pace >= A_SECOND * AT_LEAST),
    )
    for name, value, holds in lines:
        sys.stdout.write(f"{name:48}{value:>8}{'' if holds else '  BROKEN'}\n")
    return all(holds for *_, holds in lines)


def main(many: int = MANY) -> int:
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        server = Embedded(Path(folder) / "pg", durable=False)
        try:
            url = server.url("bench")
            migrations.upgrade(url)
            return 0 if asyncio.run(measure(url, many)) else 1
        finally:
            server.release()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
