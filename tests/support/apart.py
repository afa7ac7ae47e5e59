"""The roles as processes of their own, over one database and one folder of files; a representative is at the phone."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from sandbox.files import Upload
from sandbox.server import Sandbox, run_sandbox
from tests.support.crowd import Crew, Member, Program, running, until
from tests.support.sheets import XLSX, xlsx

TOKEN = "700001:AA-files-and-their-role"
ROLES = ("intake worker", "delivery", "files")


@dataclass
class Apart:
    """What runs, by its roles, and the phone."""

    db: Database
    sandbox: Sandbox
    rep: Member
    programs: dict[str, Program]

    async def see(self, words: str, within_s: float = 90) -> dict[str, Any]:
        """The newest message of the bot that says so."""

        async def find() -> dict[str, Any] | None:
            assert all(one.alive() for one in self.programs.values()), [self.log(role) for role in self.programs]
            said = (one for one in reversed(self.sandbox.messages(TOKEN, self.rep.user_id)) if one["from"]["is_bot"])
            return next((one for one in said if words in str(one)), None)

        return await until(find, words, within_s)

    async def tap(self, words: str, button: str) -> None:
        """Wait for what says so, and tap its button."""
        card = await self.see(words)
        await self.sandbox.tap(TOKEN, self.rep.user_id, card["message_id"], button)

    def log(self, role: str) -> str:
        return self.programs[role].log.read_text(errors="replace")

    async def offer(self, rows: Iterable[list[Any]]) -> None:
        """Send a sheet of customers and say that it is to be imported."""
        sheet = Upload("客户清单.xlsx", XLSX, xlsx(rows))
        self.sandbox.send(TOKEN, self.rep.user_id, {"document": [sheet]})
        await self.tap("收到一张表格", "⬆ 导入客户")

    def say(self, words: str) -> None:
        self.sandbox.say(TOKEN, self.rep.user_id, words)

    def sent(self, message: dict[str, Any]) -> bytes:
        """The bytes of a document that the bot sent."""
        return self.sandbox.world.bot(TOKEN).files.get(message["document"]["file_id"]).data


@asynccontextmanager
async def apart(db: Database, folder: Path) -> AsyncIterator[Apart]:
    """Over an empty database, until the block ends."""
    db.clock = SystemClock()
    crew = await Crew.found(db, int(TOKEN.partition(":")[0]))
    rep = await crew.hire("李娜")
    async with run_sandbox(tokens=[TOKEN]) as sandbox:
        sandbox.add_user(rep.name, rep.user_id)
        sandbox.start(TOKEN, rep.user_id)
        settings = {
            "ROUNDS_BOT_TOKENS": TOKEN,
            "DATABASE_URL": db.url,
            "ROUNDS_API_URL": sandbox.url,
            "ROUNDS_FILES": str(folder / "files"),
        }
        programs = {roles: Program(settings, folder / roles, roles.split()) for roles in ROLES}
        async with running(*programs.values()):
            yield Apart(db, sandbox, rep, programs)
