"""Plays people against a sandbox, in a process of its own: `python -m benchmarks.load URL TOKEN FIRST PEOPLE`.

Reads lines of JSON: {"do": "say" or "tap", "what": text or label, "over_s": seconds}. Everybody does it, one after the
other over that time (0: only the first person), and the milliseconds are answered that each waited for the phone to
show the answer.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import aiohttp

FIRST_USER = 5000
PATIENCE_S = 300


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
        given_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < given_up:
            where = f"/sim/{self._token}/chats/{self._user}/messages?after={self._seq}&wait_s=10"
            async with self._client.get(where) as response:
                seen = await response.json()
            self._seq = max(self._seq, seen["seq"])
            shown = [one for one in seen["messages"] if one.get("from", {}).get("is_bot") and not one.get("deleted")]
            if answers := [one for one in shown if is_answer(one)]:
                self.last = answers[-1]
                return
        raise TimeoutError(f"no answer within {PATIENCE_S} s: is it a dead letter?")


async def play(phones: list[Phone], do: str, what: str, over_s: float) -> list[float]:
    """Everybody (only the first of them, if over no time) does it; milliseconds each."""

    async def one(at: int, phone: Phone) -> float:
        await asyncio.sleep(over_s * at / len(phones))
        began = time.perf_counter()
        await (phone.say(what) if do == "say" else phone.tap(what))
        return (time.perf_counter() - began) * 1000

    crowd = phones if over_s else phones[:1]
    return list(await asyncio.gather(*(one(at, phone) for at, phone in enumerate(crowd))))


async def main(url: str, token: str, first: int, people: int) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as client:
        for at in range(people):
            person = {"id": first + at, "first_name": f"测试{at}", "language_code": "zh-hans"}
            async with client.post("/sim/users", json=person) as response:
                assert response.status == 200
        phones = [Phone(client, token, first + at) for at in range(people)]
        while line := await reader.readline():
            sys.stdout.write(json.dumps(await play(phones, **json.loads(line))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
