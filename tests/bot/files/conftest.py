"""A fetcher over a real database, a sandbox of one's own and a directory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.files.loop import Fetcher
from bot.files.storage import Directory, Storage
from crm_core.attachments import service as attachments
from crm_core.attachments.service import Attached, FileRef
from crm_core.kit.signals import Signals
from crm_core.outbox.models import Outgoing
from sandbox.files import Upload
from sandbox.server import Sandbox, run_sandbox
from tests.support.company import Firm, found_firm

BOT = 700_001
TOKEN = f"{BOT}:test-token-of-the-fetcher"
SENDER = 510_001


class Bench:
    """Sends files to the bot, puts them with a visit, runs fetchers, tells what became of them."""

    def __init__(self, firm: Firm, sandbox: Sandbox, signals: Signals, root: Path) -> None:
        self.firm, self.sandbox, self.signals, self.root = firm, sandbox, signals, root
        self.storage: Storage = Directory(root)
        self.visit_id = 0
        self.url = sandbox.url

    def sent(self, kind: str, body: bytes, name: str = "", mime: str = "") -> FileRef:
        """Somebody sends it to the bot; its handle."""
        (message,) = self.sandbox.send(TOKEN, SENDER, {kind: [Upload(name, mime, body)]})
        file = message[kind][-1] if kind == "photo" else message[kind]
        return FileRef(BOT, file["file_id"], file["file_unique_id"], kind, file.get("file_name"), file.get("mime_type"))

    async def attach(self, *files: FileRef) -> None:
        if not self.visit_id:
            self.visit_id = (await self.firm.visit(await self.firm.customer(), photos=files)).id
            return
        async with self.firm.db.unit() as session:
            await attachments.attach(session, await self.firm.actor(session), "visit", self.visit_id, files)

    def fetcher(self, **options: Any) -> Fetcher:
        options = {"look_every_s": 0.02, "storage": self.storage, **options}
        storage, url = options.pop("storage"), options.pop("url", self.url)
        return Fetcher(self.firm.db, BOT, TOKEN, url, self.signals, storage, **options)

    async def run(self, **options: Any) -> None:
        """Fetch what is due, each once, then stop."""
        stop = asyncio.Event()
        task = asyncio.create_task(self.fetcher(**options).run(stop))
        try:
            async with asyncio.timeout(20):
                while await self._at_work():  # noqa: ASYNC110 - the database has no event for this
                    await asyncio.sleep(0.01)
        finally:
            stop.set()
            await task

    async def _at_work(self) -> bool:
        """A claim moves the due time by minutes; what is put off says why."""
        busy = text("SELECT count(*) FROM file WHERE state = 'pending' AND (due_at <= :now OR error IS NULL)")
        hand = text("SELECT count(*) FROM file WHERE state = 'pending' AND due_at = :until")
        now = self.firm.clock.now()
        async with self.firm.db.engine.connect() as connection:
            waiting = (await connection.execute(busy, {"now": now})).scalar_one()
            held = (await connection.execute(hand, {"until": now + timedelta(minutes=5)})).scalar_one()
        return bool(waiting or held)

    async def files(self) -> list[Attached]:
        async with self.firm.db.unit() as session:
            return await attachments.of(session, "visit", self.visit_id)

    async def states(self) -> list[str]:
        return [file.state for file in await self.files()]

    async def told(self) -> list[str]:
        """What goes out to the one who sent them."""
        async with self.firm.db.unit() as session:
            rows = await session.scalars(select(Outgoing).order_by(Outgoing.id))
            return [row.payload["text"] for row in rows if row.chat_id == SENDER]

    def kept(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def wait(self, seconds: float) -> None:
        self.firm.clock.advance(timedelta(seconds=seconds))

    def calls(self) -> list[str]:
        return [call["method"] for call in self.sandbox.log(TOKEN)]


@pytest.fixture
async def bench(db, clock, tmp_path: Path) -> AsyncIterator[Bench]:
    firm = await found_firm(db, clock)
    async with db.unit() as session:
        person = await session.get_one(type(firm.people["owner"]), firm.people["owner"].id)
        person.telegram_id, person.bot_id, person.language = SENDER, BOT, "zh"
    async with run_sandbox(tokens=[TOKEN]) as sandbox:
        sandbox.add_user("李娜", SENDER)
        sandbox.start(TOKEN, SENDER)
        signals = Signals(db.url)
        listening = asyncio.create_task(signals.run())
        yield Bench(firm, sandbox, signals, tmp_path / "files")
        listening.cancel()
