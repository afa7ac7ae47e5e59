"""How soon Rounds answers, and what memory it takes: python -m benchmarks.starting [UPDATES]

From the start of `rounds run` until an update that waits is answered, beside a Python that imports the libraries that
Rounds is made of and ends. Memory at rest: of all in one, and of each role alone; after so many updates, and from that
what a hundred thousand would make of it.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from typing import Final

from benchmarks import flow, players
from benchmarks.report import Line, at_most, median, say, show, times
from benchmarks.rig import Program, Server, house, program, server, telegram

LIBRARIES: Final = (
    *("aiogram", "aiogram.client.session.aiohttp", "aiohttp.web", "telegram", "httpx", "asyncpg"),
    *("sqlalchemy.ext.asyncio", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql.asyncpg", "jinja2", "babel.dates"),
    *("orjson", "pydantic_settings", "structlog", "typer", "yaml", "pypinyin", "phonenumbers", "borax.calendars"),
    *("chinese_calendar", "apscheduler"),
)
TURNS: Final = 5
UPDATES: Final = 5_000
MANY_UPDATES: Final = 100_000
AT_REST_S: Final = 4
MOST_TIMES: Final = 1.3
MOST_MB, MOST_ALONE_MB = 260, 100
_LIGHT: Final = ("delivery", "clock")


def imports_s() -> float:
    """A Python that imports what Rounds is made of."""
    began = time.perf_counter()
    script = "".join(f"import {name}\n" for name in LIBRARIES) + "import os; os._exit(0)"
    subprocess.run([sys.executable, "-c", script], check=True)
    return time.perf_counter() - began


async def first_answer_s(url: str) -> float:
    """From the start until an update that has been waiting is answered."""
    async with telegram() as (stage, api):
        await stage.ask(do="people", first=players.FIRST, many=1)
        asked = asyncio.create_task(stage.ask(do="each", line="say:/start"))
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        async with house(url, api, "run", module="bot.cli"):
            await asked
            return time.perf_counter() - began


async def starts(url: str) -> Line:
    floors, answers = list[float](), list[float]()
    for turn in range(TURNS + 1):
        floor, answer = await asyncio.to_thread(imports_s), await first_answer_s(url)
        if turn:  # the first brings the files into memory
            floors.append(floor)
            answers.append(answer)
    return times("start to first answer", median(answers), "s", median(floors), MOST_TIMES)


async def bare_mb(*names: str) -> float:
    """The memory of a Python that has imported these and does nothing."""
    script = "".join(f"import {name}\n" for name in names) + "print(1, flush=True)\nimport sys; sys.stdin.read()"
    async with program("-c", script) as idle:
        await idle.read()
        return idle.rss_mb()


async def alone(url: str) -> list[Line]:
    """Each role in a process of its own, at rest."""
    made: list[Line] = []
    floor = await bare_mb("asyncpg", "sqlalchemy.ext.asyncio", "aiohttp")
    for role in ("delivery", "clock", "files", "worker", "intake"):
        async with telegram() as (_, api), house(url, api, "run", "--role", role, module="bot.cli") as one:
            await _at_rest(one)
            line = (f"memory of {role} alone", one.rss_mb(), "MB")
            made.append(at_most(*line, MOST_ALONE_MB, floor) if role in _LIGHT else Line(*line, floor))
    return made


async def _at_rest(one: Program) -> None:
    await asyncio.sleep(AT_REST_S)
    await one.quiet(60)


async def whole(url: str, updates: int) -> list[Line]:
    """All in one: at rest, and after so many updates. What it has once, such as compiled statements, it has after the
    first thousands: the slope is that of the last two thirds.
    """
    floor = await bare_mb("aiogram")
    async with flow.playing(url, ("run",), module="bot.cli", people=1) as fresh:
        await _at_rest(fresh.programs[0])
        rest, own = fresh.programs[0].rss_mb(), fresh.programs[0].uss_mb()
    async with flow.playing(url) as scene:
        sizes, done = [scene.programs[0].rss_mb()], [0]
        for _ in range(3):
            goal = done[-1] + updates // 3
            while done[-1] < goal:
                told = await scene.play("closed", script=flow.FORM, at_once=flow.AT_ONCE, seconds=2)
                done.append(done[-1] + int(told["done"]))
                sizes.append(scene.programs[0].rss_mb())
    early = next(at for at, many in enumerate(done) if many >= done[-1] // 3)
    slope = (sizes[-1] - sizes[early]) * 1000 / (done[-1] - done[early])
    after = sizes[-1] + slope * (MANY_UPDATES - done[-1]) / 1000
    label = "reckoned from the slope" if done[-1] < MANY_UPDATES else "measured"
    return [
        at_most("memory of all in one at rest", rest, "MB", MOST_MB, floor),
        Line("memory of its own (USS) at rest", own, "MB", floor),
        Line(f"memory after {done[-1]:,} updates", sizes[-1], "MB", floor),
        Line("memory, a thousand updates more", slope, "MB"),
        Line(f"memory after 100,000, {label}", after, "MB", floor),
    ]


async def lines(on: Server, updates: int = UPDATES) -> list[Line]:
    url = await players.company(on, "starting")
    say("starting: to the first answer, and memory")
    return [await starts(url), *await alone(url), *await whole(url, updates)]


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.starting")
    parser.add_argument("updates", type=int, nargs="?", default=UPDATES, help="100000 takes some minutes")
    given = parser.parse_args()
    with server() as on:
        show(asyncio.run(lines(on, given.updates)))


if __name__ == "__main__":
    main()
