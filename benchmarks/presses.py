"""From the press on ✅ until the applicant's phone shows it, by the real processes: `rounds run`, the sandbox in a
process of its own, PostgreSQL. One press at a time, as a person presses. The floor, taken in turn: a line said to a
bare bot that answers it.
"""

import time
from functools import partial
from typing import Any

import aiohttp

from benchmarks.load import FIRST_USER, Phone
from benchmarks.rig import ECHO_TOKEN, HOUSE_TOKEN, echo, house, sandbox
from conversations.approvals import announce
from crm_core.approvals import service
from crm_core.audit.service import act_as
from crm_core.kit.db import Database
from crm_core.org import queries as people
from crm_core.org.models import Employee

PRESSES = 40
FORM = {"place": "苏州", "since": "2026-03-16", "until": "2026-03-18", "purpose": "拜访明志机械"}
YES = "approval.yes:"


class Signer(Phone):
    """The one who signs: sees the card, presses ✅ on it."""

    async def gets(self) -> None:
        """A card below what was there."""
        before = self.last.get("message_id", 0)
        await self._answered(lambda one: one["message_id"] > before and _yes(one) is not None)

    async def press(self) -> None:
        body = {"user_id": self._user, "message_id": self.last["message_id"], "data": _yes(self.last), "wait_s": 0}
        await self._post("taps", body)


class Applicant(Phone):
    async def hears(self) -> None:
        """A message below what was there."""
        before = self.last.get("message_id", 0)
        await self._answered(lambda one: one["message_id"] > before)


def _yes(message: dict[str, Any]) -> str | None:
    """The data of the button that approves."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return next(
        (one["callback_data"] for row in rows for one in row if one.get("callback_data", "").startswith(YES)), None
    )


async def ask(db: Database, rep: Employee, at: int) -> None:
    """A request of the rep's, and its card with the signer."""
    async with db.unit() as session:
        actor = await people.actor(session, rep.id)
        assert actor is not None
        act_as(session, actor.id)
        command = service.Apply(flow="travel", title="苏州", form=FORM, key=f"press bench {at}")
        await announce(session, await service.submit(session, actor, command), actor)


async def connected(db: Database, *who: Employee) -> None:
    """They have their chats."""
    async with db.unit() as session:
        for at, one in enumerate(who):
            employee = await session.get_one(Employee, one.id)
            act_as(session, employee.id)
            employee.telegram_id, employee.bot_id = FIRST_USER + at, int(HOUSE_TOKEN.partition(":")[0])


async def measure(db: Database, boss: Employee, rep: Employee) -> tuple[list[float], list[float]]:
    """The floor's waits, and those of the applicant: milliseconds."""
    floor, shown = list[float](), list[float]()
    await connected(db, boss, rep)
    async with sandbox() as api, aiohttp.ClientSession(api) as client:
        for at in range(2):
            person = {"id": FIRST_USER + at, "first_name": f"测试{at}", "language_code": "zh-hans"}
            async with client.post("/sim/users", json=person) as response:
                assert response.status == 200
        echoed = Phone(client, ECHO_TOKEN, FIRST_USER)
        signer = Signer(client, HOUSE_TOKEN, FIRST_USER)
        applicant = Applicant(client, HOUSE_TOKEN, FIRST_USER + 1)
        async with house(db.url, api, "run", module="bot.cli"), echo(api):
            for one in (signer, applicant):
                await one.say("/start")
            for at in range(PRESSES):
                await _timed(floor, partial(echoed.say, f"第 {at} 次"))
                await signer.look()
                await ask(db, rep, at)
                await signer.gets()
                await applicant.look()
                began = time.perf_counter()
                await signer.press()
                await applicant.hears()
                shown.append((time.perf_counter() - began) * 1000)
    return floor, shown


async def _timed(waits: list[float], work: Any) -> None:
    began = time.perf_counter()
    await work()
    waits.append((time.perf_counter() - began) * 1000)
