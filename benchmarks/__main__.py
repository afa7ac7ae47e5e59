"""`make bench`: the house against its floors, in one run. See README.md for what the figures mean."""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg
from aiogram import Dispatcher
from aiogram.types import Message
from sqlalchemy.engine import make_url

from benchmarks.load import FIRST_USER
from bot.client import make_bot
from bot.delivery.limits import UNLIMITED
from bot.delivery.loop import Delivery
from bot.intake.polling import Poller
from bot.worker import Worker
from crm_core import migrations
from crm_core.customers.commands import NewCustomer
from crm_core.customers.service import create_customer
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded
from crm_core.kit.signals import Signals
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Company, Role, UnitKind

ECHO_TOKEN = "700100300:AA-bench-echo-token-for-the-sandbox"
HOUSE_TOKEN = "700100301:AA-bench-house-token-for-the-sandbox"
PEOPLE = 20
UPDATES_A_STEP = {"echo": 1, "typed": 3, "tapped": 1, "archive": 1}


@dataclass
class Line:
    """What one thing took, a value a round."""

    name: str
    cpu_ms: list[float] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_ms)

    def wait(self, share: float) -> float:
        ordered = sorted(self.waits_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@asynccontextmanager
async def sandbox() -> AsyncIterator[str]:
    """A sandbox in a process of its own, with the bots and the people; answers its address."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--token", ECHO_TOKEN, "--token", HOUSE_TOKEN]
    process = await asyncio.create_subprocess_exec(
        *command, "--no-validate", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert process.stdout is not None
        url = ""
        while "http://" not in url:
            url = (await process.stdout.readline()).decode()
        url = url[url.index("http://") :].split()[0].rstrip("/.,")
        async with aiohttp.ClientSession(url) as client:
            for at in range(PEOPLE):
                person = {"id": FIRST_USER + at, "first_name": f"测试{at}", "language_code": "zh-hans"}
                async with client.post("/sim/users", json=person) as response:
                    assert response.status == 200
        yield url
    finally:
        process.terminate()
        await process.wait()


async def play(url: str, token: str, script: str, steps: int) -> list[float]:
    """Let the people play, outside this process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.load", url, token, script, str(PEOPLE), str(steps), stdout=subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, f"the load of {script} failed"
    return json.loads(out)


async def measured(line: Line, url: str, token: str, script: str, steps: int) -> None:
    """One round: this process's CPU for each update, and what the people waited."""
    began = time.process_time()
    waits = await play(url, token, script, steps)
    spent = time.process_time() - began
    line.cpu_ms.append(spent * 1000 / (PEOPLE * steps * UPDATES_A_STEP[script]))
    line.waits_ms += waits


@asynccontextmanager
async def echo_bot(url: str) -> AsyncIterator[None]:
    """The floor: a bare aiogram bot."""
    bot = make_bot(ECHO_TOKEN, url)
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def answer(message: Message) -> None:
        await message.answer(message.text or "")

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    try:
        yield
    finally:
        await dispatcher.stop_polling()
        await polling
        await bot.session.close()


async def transactions(line: Line, database_url: str, count: int) -> None:
    """The floor: begin, insert, update, commit, by the bare driver."""
    parts = make_url(database_url).set(drivername="postgresql")
    connection = await asyncpg.connect(parts.render_as_string(hide_password=False))
    await connection.execute("CREATE TEMP TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY, body text)")
    began = time.process_time()
    for at in range(count):
        async with connection.transaction():
            number = await connection.fetchval("INSERT INTO floor (body) VALUES ($1) RETURNING id", f"第 {at} 次")
            await connection.execute("UPDATE floor SET body = body || '。' WHERE id = $1", number)
    line.cpu_ms.append((time.process_time() - began) * 1000 / count)
    await connection.close()


@asynccontextmanager
async def house(url: str, db: Database) -> AsyncIterator[None]:
    """The whole of Rounds in this process."""
    bot = make_bot(HOUSE_TOKEN, url)
    signals = Signals(db.url)
    worker = Worker(db, signals)
    worker.know({bot.id: "bench_bot"})
    delivery = Delivery(db, bot.id, HOUSE_TOKEN, url, signals, rates=UNLIMITED)
    stop = asyncio.Event()
    parts: list[Awaitable[None]] = [Poller(bot, db).run(stop), worker.run(stop), delivery.run(stop)]
    running = [asyncio.ensure_future(one) for one in parts]
    listening = asyncio.create_task(signals.run())
    try:
        yield
    finally:
        stop.set()
        listening.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await bot.session.close()


async def company(db: Database) -> None:
    """Twenty reps with one customer each."""
    async with db.unit() as session:
        session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
        head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
        for at in range(PEOPLE):
            rep = await org.add_employee(session, name=f"测试{at}", unit=head, roles=(Role.REP,))
            rep.telegram_id, rep.bot_id = FIRST_USER + at, int(HOUSE_TOKEN.partition(":")[0])
            await session.flush()
            actor = await queries.actor(session, rep.id)
            assert actor is not None
            name = f"华宁{'甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉'[at]}号电子"
            made = NewCustomer(name=name, type="b", category="regular", industry="electronics", source="referral")
            await create_customer(session, actor, made)


async def rounds(url: str, db: Database, many: int, steps: int) -> list[Line]:
    """Floors and house in turn."""
    lines = [Line(name) for name in ("echo bot", "transaction", "typed step", "tapped step", "archive")]
    echo, driver, *steps_of_house = lines
    for _ in range(many):
        async with echo_bot(url):
            await measured(echo, url, ECHO_TOKEN, "echo", steps)
        await transactions(driver, db.url, PEOPLE * steps)
        async with house(url, db):
            for line, script in zip(steps_of_house, ("typed", "tapped", "archive"), strict=True):
                await measured(line, url, HOUSE_TOKEN, script, steps)
    return lines


def report(lines: list[Line]) -> list[dict[str, float | str]]:
    floor = lines[0].cpu + lines[1].cpu
    return [
        {
            "name": line.name,
            "cpu_ms": round(line.cpu, 3),
            "ratio": round(line.cpu / floor, 2),
            "p50_ms": round(line.wait(0.5), 1),
            "p99_ms": round(line.wait(0.99), 1),
        }
        for line in lines
    ]


async def run(many: int, steps: int, directory: Path) -> list[dict[str, float | str]]:
    server = Embedded(directory)
    try:
        database_url = server.url("bench")
        await asyncio.to_thread(migrations.upgrade, database_url)
        db = Database(database_url, SystemClock())
        await company(db)
        async with sandbox() as url:
            lines = await rounds(url, db, many, steps)
        await db.dispose()
        return report(lines)
    finally:
        server.release()


def main(show: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser("benchmarks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=15, help="steps of each of twenty people a round")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as directory:
        made = asyncio.run(run(given.rounds, given.steps, Path(directory) / "pg"))
    show(f"{'':14}{'CPU ms':>10}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}")
    for line in made:
        show(f"{line['name']:14}{line['cpu_ms']:>10}{line['ratio']:>8}{line['p50_ms']:>9}{line['p99_ms']:>9}")
    if given.json:
        given.json.write_text(json.dumps(made, ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
