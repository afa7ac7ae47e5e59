"""Plays people against a sandbox, in a process of its own: `python -m benchmarks.load URL TOKEN SCRIPT PEOPLE STEPS`.

Prints one JSON line: the milliseconds of every step, from the action until the phone shows the answer.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

FIRST_USER = 5000


class Phone:
    """One person's view of the chat, by the sandbox's control API."""

    def __init__(self, client: aiohttp.ClientSession, token: str, user_id: int) -> None:
        self._client = client
        self._token = token
        self._user = user_id
        self._seq = 0
        self.last: dict[str, Any] = {}

    async def look(self) -> None:
        """What is there already does not count as an answer."""
        async with self._client.get(f"/sim/{self._token}/chats/{self._user}/messages") as response:
            seen = await response.json()
        self._seq = seen["seq"]
        shown = [one for one in seen["messages"] if one["from"]["is_bot"]]
        self.last = shown[-1] if shown else {}

    async def say(self, text: str) -> None:
        """Type, and wait for a message below."""
        await self._post("messages", {"user_id": self._user, "text": text})
        before = self.last.get("message_id", 0)
        await self._answered(lambda one: one["message_id"] > before)

    async def tap(self, label: str) -> None:
        """Press, and wait until the card looks otherwise."""
        before = self.last
        body = {"user_id": self._user, "message_id": before["message_id"], "button": label, "wait_s": 0}
        await self._post("taps", body)
        await self._answered(lambda one: one["message_id"] == before["message_id"] and one["text"] != before["text"])

    async def _post(self, what: str, body: dict[str, Any]) -> None:
        async with self._client.post(f"/sim/{self._token}/{what}", json=body) as response:
            assert response.status == 200, await response.text()

    async def _answered(self, is_answer: Callable[[dict[str, Any]], bool]) -> None:
        while True:
            where = f"/sim/{self._token}/chats/{self._user}/messages?after={self._seq}&wait_s=10"
            async with self._client.get(where) as response:
                seen = await response.json()
            self._seq = max(self._seq, seen["seq"])
            shown = [one for one in seen["messages"] if one.get("from", {}).get("is_bot") and not one.get("deleted")]
            if answers := [one for one in shown if is_answer(one)]:
                self.last = answers[-1]
                return


async def echo(phone: Phone, step: int, timed: Callable[[Awaitable[None]], Awaitable[None]]) -> None:
    await timed(phone.say(f"第 {step} 次"))


async def typed(phone: Phone, step: int, timed: Callable[[Awaitable[None]], Awaitable[None]]) -> None:
    if step == 0:
        await phone.say("/visit 华宁")
    else:
        await phone.tap("✎ 修改")
        await phone.tap("小结")
    await timed(phone.say(f"谈了年框，第 {step} 次"))


async def tapped(phone: Phone, step: int, timed: Callable[[Awaitable[None]], Awaitable[None]]) -> None:
    if step == 0:
        await phone.say("/visit 华宁")
        await phone.say("谈了年框")
    await timed(phone.tap("✎ 修改" if step % 2 == 0 else "« 返回"))


async def archive(phone: Phone, step: int, timed: Callable[[Awaitable[None]], Awaitable[None]]) -> None:
    if step == 0:
        await phone.say("/cancel")
        await phone.say("/customer")
    await timed(phone.tap("华宁" if step % 2 == 0 else "« 我的客户"))


SCRIPTS = {one.__name__: one for one in (echo, typed, tapped, archive)}


async def play(url: str, token: str, script: str, people: int, steps: int) -> list[float]:
    taken: list[float] = []

    async def timed(action: Awaitable[None]) -> None:
        began = time.perf_counter()
        await action
        taken.append((time.perf_counter() - began) * 1000)

    async def person(client: aiohttp.ClientSession, at: int) -> None:
        phone = Phone(client, token, FIRST_USER + at)
        await phone.look()
        for step in range(steps):
            await SCRIPTS[script](phone, step, timed)

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector) as client:
        await asyncio.gather(*(person(client, at) for at in range(people)))
    return taken


if __name__ == "__main__":
    address, bot_token, name, crowd, count = sys.argv[1:]
    print(json.dumps(asyncio.run(play(address, bot_token, name, int(crowd), int(count)))))
