"""3,000 messages through the process that delivers, killed in the middle: python -m benchmarks.delivery [MESSAGES]

Telegram lets a token send about thirty messages a second. `rounds run --role delivery` empties a full outbox into a
sandbox that holds it to that, is ended by kill -9 when half have come, and started again. By the sandbox's own record
of when each call arrived: nobody misses a message, there are never more than thirty in any second, and at least 95 % of
what is allowed goes out while the program delivers. A message that was on its
way at the kill may come twice: whether Telegram has taken it, nobody can know.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from sqlalchemy import text

from benchmarks.load import FIRST_USER
from benchmarks.report import Line, at_least, at_most, say, show
from benchmarks.rig import Program, Server, house, sandbox, server
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.outbox.models import Priority

MANY: Final = 3_000
EACH: Final = 3  # messages to one person: one a second is what a chat takes
A_SECOND: Final = 30
AT_LEAST: Final = 0.95
BOT: Final = 700_100_302
TOKEN: Final = f"{BOT}:AA-bench-delivery-token-for-the-sandbox"
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


async def prepare(db: Database, client: aiohttp.ClientSession, many: int) -> None:
    """People who have begun a chat, and an outbox full of what they are to get."""
    people = many // EACH
    for at in range(people):
        user = FIRST_USER + at
        async with client.post("/sim/users", json={"id": user, "first_name": f"代表{at}"}) as response:
            assert response.status == 200
        async with client.post(f"/sim/{TOKEN}/messages", json={"user_id": user, "text": "/start"}) as response:
            assert response.status == 200
    await fill(db, BOT, people, many)


async def fill(db: Database, bot_id: int, people: int, many: int) -> None:
    """So many messages that these people are to get from a bot."""
    statement = text(
        """
        INSERT INTO outbox (bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at)
        SELECT :bot, :first + n % :people, :push, 'send_message',
               jsonb_build_object('text', '今天有 3 件事到期，第 ' || n || ' 条'), 'resend', now(), now()
        FROM generate_series(1, :many) AS n
        """
    )
    async with db.engine.begin() as connection:
        given = {"bot": bot_id, "first": FIRST_USER, "people": people, "push": int(Priority.PUSH), "many": many}
        await connection.execute(statement, given)


async def killed_in_the_middle(database: str, many: int) -> tuple[Phones, int, int]:
    """What came, how much of it before the kill, and how much was on its way then."""
    db = Database(database, SystemClock())
    async with sandbox("--flood", token=TOKEN) as api, aiohttp.ClientSession(api) as client:
        await prepare(db, client, many)
        phones = Phones(client)
        async with deliverer(database, api) as first:
            await phones.until(many // 2)
            first.process.kill()
            await first.process.wait()
        async with db.engine.connect() as connection:
            asked = text("SELECT count(*) FROM outbox WHERE state = 'sending'")
            on_their_way = await connection.scalar(asked) or 0
        before = await phones.look()
        async with deliverer(database, api):
            await phones.until(many)
        await phones.look()
    await db.dispose()
    return phones, before, on_their_way


def deliverer(database: str, api: str) -> AbstractAsyncContextManager[Program]:
    """The part of Rounds that delivers, as it runs."""
    return house(database, api, "run", "--role", "delivery", token=TOKEN, module="bot.cli")


async def lines(on: Server, many: int = MANY) -> list[Line]:
    """What was promised, and whether it holds."""
    say(f"delivery: {many:,} messages within Telegram's limits, with a kill -9 in the middle")
    phones, before, on_their_way = await killed_in_the_middle(on.fresh("delivery"), many)
    came = phones.came
    lost = many - different(came)
    doubled = sum(Counter((chat, words) for _, chat, words in came).values()) - different(came)
    pace = rate(came[:before], came[before:])
    return [
        at_most(f"a burst of {many:,}, killed midway: lost", lost, "messages", 0),
        at_most("… doubled, at most what was on its way", doubled, "messages", on_their_way),
        at_most("… refused as too fast", phones.refused, "messages", 0),
        at_most("… most in any second", most_in_a_second(came), "messages", A_SECOND),
        at_least("… pace while it delivers", pace, "a second", A_SECOND * AT_LEAST, A_SECOND),
    ]


def main(many: int = MANY) -> int:
    with server() as on:
        return 0 if show(asyncio.run(lines(on, many))) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
