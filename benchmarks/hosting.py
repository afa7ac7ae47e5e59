"""What a small firm costs to host: python -m benchmarks.hosting [VISITS]

Twenty people, one machine: `rounds run` with the embedded PostgreSQL, as the README starts it, over the sandbox. The
people file visits by the chat, each with a photograph, and look customers up; then it is told what the database grew by
for each, what memory Rounds and PostgreSQL hold, and what a year of such a firm comes to.
"""

import asyncio
import os
import signal
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
from sqlalchemy import text

from crm_core import migrations, registry
from crm_core.audit.service import act_as
from crm_core.customers.commands import NewCustomer
from crm_core.customers.service import create_customer
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Company, Role, UnitKind
from sandbox.files import Upload
from sandbox.server import Sandbox, run_sandbox

TOKEN = "700100310:AA-bench-hosting-token-for-the-sandbox"
PEOPLE, FIRST_USER = 20, 9001
VISITS_A_DAY, LOOKS_A_DAY, WORKDAYS = 5, 15, 250
PHOTO_KB = 150  # what Telegram makes of a telephone's photograph, at most 1280 pixels wide
_ROOT = Path(__file__).resolve().parents[1]
_OPEN = text(
    "SELECT (SELECT count(*) FROM inbox WHERE state = 'pending')"
    " + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending'))"
    " + (SELECT count(*) FROM file WHERE state = 'pending')"
)


async def found(db: Database, sandbox: Sandbox) -> None:
    async with db.unit() as session:
        session.add(Company(id=1, name="华宁医疗", zone="Asia/Shanghai", language="zh"))
        head = await org.add_unit(session, name="华宁医疗", kind=UnitKind.BRANCH)
        for at in range(PEOPLE):
            person = await org.add_employee(session, name=f"代表{at}", unit=head, roles=(Role.REP,))
            person.telegram_id, person.bot_id = FIRST_USER + at, int(TOKEN.partition(":")[0])
            await session.flush()
            actor = await queries.actor(session, person.id)
            assert actor is not None
            act_as(session, actor.id)
            asked = NewCustomer(name=_customer(at), type="a", category="regular", industry="medical", source="advert")
            await create_customer(session, actor, asked)
            sandbox.add_user(f"代表{at}", FIRST_USER + at, language_code="zh-hans")
            sandbox.start(TOKEN, FIRST_USER + at)


def _customer(at: int) -> str:
    return f"苏州{'甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉'[at]}康医院"


def _photo() -> bytes:
    """A small picture that nobody has sent before."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + os.urandom(8 * 3) for _ in range(8))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def rest(db: Database, sandbox: Sandbox) -> None:
    """Wait until nothing is on its way."""
    while True:
        if not sandbox.world.bot(TOKEN).updates.pending:
            async with db.engine.connect() as connection:
                if not (await connection.execute(_OPEN)).scalar_one():
                    return
        await asyncio.sleep(0.01)


async def size(db: Database) -> int:
    async with db.engine.connect() as connection:
        return (await connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()


async def grown(db: Database, sandbox: Sandbox, many: int, act: Callable[[int], Awaitable[None]]) -> float:
    """By how many kB the database grows for one of these."""
    before = await size(db)
    for at in range(many):
        await act(at % PEOPLE)
    await rest(db, sandbox)
    return (await size(db) - before) / many / 1000


async def play(db: Database, sandbox: Sandbox, many: int) -> tuple[float, float]:
    async def visit(at: int) -> None:
        user = FIRST_USER + at
        sandbox.say(TOKEN, user, f"/visit {_customer(at)}")
        await rest(db, sandbox)
        sandbox.send(TOKEN, user, {"photo": [Upload("a.jpg", "image/png", _photo())]})
        sandbox.say(TOKEN, user, "谈了年框，王主任要两台样机，下周三送到设备科")
        await rest(db, sandbox)
        last = sandbox.messages(TOKEN, user)[-1]
        await sandbox.tap(TOKEN, user, last["message_id"], "保存")
        await rest(db, sandbox)

    async def look(at: int) -> None:
        sandbox.say(TOKEN, FIRST_USER + at, _customer(at))
        await rest(db, sandbox)

    return await grown(db, sandbox, many, visit), await grown(db, sandbox, many, look)


def memory(pid: int, postmaster: int) -> tuple[float, float]:
    """MB of Rounds, and of PostgreSQL with what its processes share counted once."""
    servers = [psutil.Process(postmaster), *psutil.Process(postmaster).children(recursive=True)]
    held = sum(one.memory_full_info().pss for one in servers)
    return psutil.Process(pid).memory_info().rss / 1e6, held / 1e6


async def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    registry.load()
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as raw:
        server = Embedded(Path(raw) / "data" / "postgres")
        url = server.url()
        await asyncio.to_thread(migrations.upgrade, url)
        db = Database(url, SystemClock())
        async with run_sandbox(tokens=[TOKEN]) as sandbox:
            await found(db, sandbox)
            given = {"ROUNDS_BOT_TOKENS": TOKEN, "ROUNDS_API_URL": sandbox.url, "ROUNDS_DATA_DIR": f"{raw}/data"}
            environment = {**os.environ, "PYTHONPATH": str(_ROOT), "ROUNDS_LOG_LEVEL": "warning", **given}
            command = (sys.executable, "-m", "bot.cli", "run")
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=raw)
            postmaster = int((Path(raw) / "data" / "postgres" / "postmaster.pid").read_text().split()[0])
            try:
                sandbox.say(TOKEN, FIRST_USER, "/menu")
                await rest(db, sandbox)
                print(f"first answer after {time.monotonic() - began:.1f} s")
                first = memory(process.pid, postmaster)
                a_visit, a_look = await play(db, sandbox, many)
                last = memory(process.pid, postmaster)
                whole = await size(db) / 1e6
            finally:
                process.send_signal(signal.SIGTERM)
                await process.wait()
        await db.dispose()
        server.release()
    print(f"memory, Rounds: {first[0]:.0f} MB at first, {last[0]:.0f} MB after {many} visits and {many} look-ups")
    print(f"memory, PostgreSQL: {first[1]:.0f} MB, {last[1]:.0f} MB; database {whole:.0f} MB")
    print(f"database: {a_visit:.1f} kB a visit, {a_look:.1f} kB a look-up")
    year = PEOPLE * WORKDAYS * (VISITS_A_DAY * a_visit + LOOKS_A_DAY * a_look) / 1e6
    photos = PEOPLE * WORKDAYS * VISITS_A_DAY * PHOTO_KB / 1e6
    print(f"a year of {PEOPLE} people: database {year:.2f} GB, a photograph with every visit {photos:.1f} GB")


if __name__ == "__main__":
    asyncio.run(main())
