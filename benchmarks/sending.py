"""What a message that goes out costs: python -m benchmarks.sending [MESSAGES]

The delivery role alone empties an outbox as fast as it can, into the Telegram that costs next to nothing; the floor, in
turn: the same calls, thirty at once, by bare aiohttp. What it makes of Telegram's limits is `benchmarks.delivery`.
"""

import asyncio
import sys
import time
from typing import Final

import aiohttp
import asyncpg
from sqlalchemy.engine import make_url

from benchmarks import players
from benchmarks.report import Line, median, say, show
from benchmarks.rig import HOUSE_TOKEN, Server, house, server, telegram
from crm_core.outbox.models import Priority

MANY: Final = 3_000
AT_ONCE: Final = 30
TURNS: Final = 3
_PATIENCE_S: Final = 120
_BURST: Final = """
    INSERT INTO outbox (bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at)
    SELECT $1::bigint, $2::bigint + n % 400, $3::smallint, 'send_message',
           jsonb_build_object('text', '今天有 3 件事到期，第 ' || n || ' 条'), 'resend', now(), now()
    FROM generate_series(1, $4::bigint) AS n
"""


async def bare(api: str, many: int) -> tuple[float, float]:
    """Messages a second and CPU ms of each, by aiohttp alone."""
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def one(client: aiohttp.ClientSession, at: int) -> None:
        body = {"chat_id": players.FIRST + at % 400, "text": f"今天有 3 件事到期，第 {at} 条"}
        async with turnstile, client.post(f"/bot{HOUSE_TOKEN}/sendMessage", json=body) as response:
            assert (await response.json())["ok"]

    async with aiohttp.ClientSession(api) as client:
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(one(client, at) for at in range(many)))
        return many / (time.perf_counter() - began), (time.process_time() - cpu) * 1000 / many


async def lines(on: Server, many: int = MANY) -> list[Line]:
    say(f"sending: {many:,} messages, {TURNS} times")
    url = on.fresh("sending")
    plain = await asyncpg.connect(make_url(url).render_as_string(hide_password=False))
    rates, costs, floor_rates, floor_costs = list[float](), list[float](), list[float](), list[float]()
    async with telegram() as (stage, api), house(url, api, "--role", "delivery") as sender:
        for turn in range(TURNS + 1):
            rate, cost = await bare(api, many)
            await sender.quiet()
            began = sender.cpu_s()
            asked = asyncio.create_task(stage.ask(do="messages", many=many, most_s=_PATIENCE_S))
            await asyncio.sleep(0.1)
            await plain.execute(_BURST, int(HOUSE_TOKEN.partition(":")[0]), players.FIRST, int(Priority.PUSH), many)
            told = await asked
            assert told["came"] == many, f"{told['came']} of {many} messages came"
            await sender.quiet()
            if turn:  # the first warms up
                floor_rates.append(rate)
                floor_costs.append(cost)
                rates.append(many / told["seconds"])
                costs.append((sender.cpu_s() - began) * 1000 / many)
    await plain.close()
    return [
        Line("messages out, limits off", median(rates), "a second", median(floor_rates)),
        Line("a message out, CPU", median(costs), "ms", median(floor_costs)),
    ]


def main(many: int = MANY) -> None:
    with server() as on:
        show(asyncio.run(lines(on, many)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
