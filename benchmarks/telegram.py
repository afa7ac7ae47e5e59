"""A Telegram that costs next to nothing, with people who press and type: python -m benchmarks.telegram TOKEN

The sandbox is true to the Bot API and takes as much processor for an update as Rounds does; beside it one cannot see
what a machine takes at most. This one answers `ok` by a bare protocol of asyncio, hands updates out by getUpdates, and
remembers of each chat the last card and its buttons, so that a script can be played: lines that are said, labels that
are pressed. Whoever waits for an answer does nothing else; who is next to do something at its time is one that waits
for nothing, and its wait is counted from the time at which it was to do it, late or not.

Prints its address, then answers lines of JSON by lines of JSON; see `Stage`.
"""

import asyncio
import json
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

GATHER_S: Final = 0.002  # as in the sandbox: what comes together is fetched together
LOST_AFTER_S: Final = 300.0
_HEAD_END: Final = b"\r\n\r\n"
now = time.perf_counter


@dataclass(slots=True)
class Waiting:
    """What somebody did: when it was to be, and what has still to come."""

    at: float
    kind: str
    query: str = ""  # a tap that is to be answered
    card: bool = True  # a message or an edit is to come


@dataclass(slots=True)
class Chat:
    """One person's phone."""

    id: int
    message_id: int = 0
    text: str = ""
    buttons: list[list[dict[str, str]]] = field(default_factory=list)
    step: int = 0
    waits: Waiting | None = None


class Stage:
    """The people, the script they play, and what became of it."""

    def __init__(self, token: str) -> None:
        self.bot_id = int(token.partition(":")[0])
        self.chats: dict[int, Chat] = {}
        self.free: deque[Chat] = deque()
        self.updates: deque[bytes] = deque()
        self.asked: dict[str, Chat] = {}  # by the id of a tap that is not answered yet
        self.script: list[str] = []
        self.waits: dict[str, list[float]] = {"say": [], "tap": []}
        self.came: list[float] = []  # when each message came that is no answer to a tap
        self.again = 0  # scripts that had to begin anew: a button was not there
        self.lost = 0
        self._number = int(time.time() * 1000) % 1_000_000_000  # no other run on this database had these
        self._message = 1000
        self.poll: asyncio.Future[None] | None = None
        self.on_done: asyncio.Event = asyncio.Event()

    # --- what is asked of it

    async def people(self, first: int, many: int) -> int:
        self.chats = {first + at: Chat(first + at) for at in range(many)}
        self.free = deque(self.chats.values())
        return many

    async def each(self, line: str, people: int = 0, at_once: int = 20) -> dict[str, Any]:
        """Everybody (or so many) does one thing, some at once."""
        self._begin([line])
        left = people or len(self.chats)
        wanted = left
        chosen = deque(list(self.chats.values())[:left])
        while self._done() + self.lost < wanted:
            while chosen and wanted - len(chosen) - self._done() - self.lost < at_once:
                self._act(chosen.popleft(), now())
            await self._some()
        self.free = deque(one for one in self.chats.values() if one.waits is None)
        return self._told(0)

    async def open(self, script: list[str], rate: float, seconds: float) -> dict[str, Any]:
        """So many updates a second, whatever has been answered."""
        self._begin(script)
        began, given, wanted = now(), 0, int(rate * seconds)
        while given < wanted:
            due = began + given / rate
            if (rest := due - now()) > 0.0005:
                await asyncio.sleep(rest)
            elif self.free:
                self._act(self.free.popleft(), due)
                given += 1
            else:
                await self._some()
        spent = now() - began
        await self._rest()
        return self._told(spent)

    async def closed(self, script: list[str], at_once: int, seconds: float) -> dict[str, Any]:
        """As fast as it goes, so many at once."""
        self._begin(script)
        began = now()
        while now() - began < seconds:
            while self.free and len(self.chats) - len(self.free) < at_once:
                self._act(self.free.popleft(), now())
            await self._some()
        spent, done = now() - began, self._done()
        await self._rest()
        return self._told(spent) | {"done": done}

    async def messages(self, many: int, most_s: float) -> dict[str, Any]:
        """Wait until so many messages have come of themselves."""
        self.came = []
        until = now() + most_s
        while len(self.came) < many and now() < until:  # noqa: ASYNC110 - a look now and then costs less
            await asyncio.sleep(0.02)
        return {"came": len(self.came), "seconds": self.came[-1] - self.came[0] if self.came else 0}

    # --- doing

    def _begin(self, script: list[str]) -> None:
        if script != self.script:  # the same goes on where each one stood
            for one in self.chats.values():
                one.step = 0
        self.script = script
        self.waits = {"say": [], "tap": []}
        self.again = self.lost = 0

    def _done(self) -> int:
        return sum(map(len, self.waits.values()))

    def _told(self, seconds: float) -> dict[str, Any]:
        told = {f"{kind}_ms": [round(one * 1000, 2) for one in waits] for kind, waits in self.waits.items()}
        return told | {"seconds": seconds, "done": self._done(), "again": self.again, "lost": self.lost}

    async def _some(self) -> None:
        """Until somebody has an answer; who has waited too long does not wait any more."""
        self.on_done.clear()
        try:
            await asyncio.wait_for(self.on_done.wait(), 1)
        except TimeoutError:
            for one in self.chats.values():
                if one.waits is not None and now() - one.waits.at > LOST_AFTER_S:
                    self.lost += 1
                    self._free(one)

    async def _rest(self) -> None:
        while any(one.waits is not None for one in self.chats.values()):
            await self._some()

    def _free(self, chat: Chat) -> None:
        chat.waits = None
        self.free.append(chat)

    def _act(self, chat: Chat, at: float) -> None:
        do, _, what = self.script[chat.step % len(self.script)].partition(":")
        data = _data(chat, what)
        if do == "tap" and data is None:
            self.again += 1
            chat.step = 0
            do, _, what = self.script[0].partition(":")
            data = _data(chat, what) or "menu"
        chat.step += 1
        person = {"id": chat.id, "is_bot": False, "first_name": "测试", "language_code": "zh-hans"}
        place = {"id": chat.id, "type": "private", "first_name": "测试"}
        number = self._number
        self._number += 1
        if do == "say":
            chat.waits = Waiting(at, "say")
            self._message += 1
            said = what.replace("#", str(number))
            update = {"message": {"message_id": self._message, "from": person, "chat": place, "text": said}}
            update["message"]["date"] = int(time.time())
            if said.startswith("/"):
                length = len(said.split()[0])
                update["message"]["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        else:
            chat.waits = Waiting(at, "tap", f"q{number}")
            self.asked[f"q{number}"] = chat
            bot = {"id": self.bot_id, "is_bot": True, "first_name": "随访", "username": "bench_bot"}
            card = {"message_id": chat.message_id, "from": bot, "chat": place, "date": int(time.time())}
            card |= {"text": chat.text, "reply_markup": {"inline_keyboard": chat.buttons}}
            update = {
                "callback_query": {
                    "id": f"q{number}",
                    "from": person,
                    "message": card,
                    "chat_instance": "1",
                    "data": data,
                }
            }
        self.updates.append(orjson.dumps({"update_id": number, **update}))
        if self.poll is not None and not self.poll.done():
            self.poll.set_result(None)

    # --- what the bot does

    def heard(self, method: bytes, body: bytes) -> bytes:
        if method in (b"sendmessage", b"editmessagetext"):
            return self._shown(method, orjson.loads(body))
        if method == b"answercallbackquery":
            self._answered(orjson.loads(body)["callback_query_id"] if body[:1] == b"{" else "")
        if method == b"getme":
            return b'{"id":%d,"is_bot":true,"first_name":"bench","username":"bench_bot"}' % self.bot_id
        if method == b"getwebhookinfo":
            return b'{"url":"","has_custom_certificate":false,"pending_update_count":0}'
        return b"true"

    def _shown(self, method: bytes, given: dict[str, Any]) -> bytes:
        chat = self.chats.get(int(given["chat_id"])) or Chat(int(given["chat_id"]))
        markup = given.get("reply_markup") or {}
        markup = orjson.loads(markup) if isinstance(markup, str) else markup
        if method == b"sendmessage":
            self._message += 1
            number = self._message
            self.came.append(now())
        else:
            number = int(given["message_id"])
        if number >= chat.message_id:
            chat.message_id, chat.text = number, str(given["text"])
            chat.buttons = markup.get("inline_keyboard", [])
        if chat.waits is not None and (method == b"sendmessage" or chat.waits.kind == "tap"):
            chat.waits.card = False
            self._perhaps_over(chat)
        return b'{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private"},"text":"."}' % (
            number,
            int(time.time()),
            chat.id,
        )

    def _answered(self, query: str) -> None:
        chat = self.asked.pop(query, None)
        if chat is not None and chat.waits is not None and chat.waits.query == query:
            chat.waits.query = ""
            self._perhaps_over(chat)

    def _perhaps_over(self, chat: Chat) -> None:
        waits = chat.waits
        if waits is None or waits.card or waits.query:
            return
        self.waits[waits.kind].append(now() - waits.at)
        self._free(chat)
        self.on_done.set()

    async def fetch(self, body: bytes) -> bytes:
        """getUpdates: what is asked for once is gone, as nobody is killed here."""
        if not self.updates:
            given = orjson.loads(body) if body[:1] == b"{" else {}
            self.poll = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(self.poll, float(given.get("timeout", 10)) or 0.01)
                await asyncio.sleep(GATHER_S)
            except TimeoutError:
                return b"[]"
            finally:
                self.poll = None
        found = [self.updates.popleft() for _ in range(min(100, len(self.updates)))]
        return b"[" + b",".join(found) + b"]"


def _data(chat: Chat, label: str) -> str | None:
    for row in chat.buttons:
        for one in row:
            if label in one["text"] and "callback_data" in one:
                return one["callback_data"]
    return None


class Connection(asyncio.Protocol):
    """HTTP/1.1 as our clients speak it: a head, a body of a known length or in chunks."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(_HEAD_END)) >= 0:
            head = self._rest[:end].lower()
            length = head.find(b"content-length:")
            size = int(head[length + 15 :].split(b"\r\n", 1)[0]) if length >= 0 else 0
            start = end + 4
            if b"transfer-encoding: chunked" in head:
                stop = self._rest.find(b"0\r\n\r\n", start)
                if stop < 0:
                    return
                size = stop + 5 - start
            if len(self._rest) < start + size:
                return
            body, self._rest = self._rest[start : start + size], self._rest[start + size :]
            method = head.split(b" ", 2)[1].rpartition(b"/")[2].partition(b"?")[0]
            if method == b"getupdates":
                asyncio.ensure_future(self._fetched(body))  # noqa: RUF006 - one a connection
            else:
                self._answer(self._stage.heard(method, _json_of(head, body)))

    async def _fetched(self, body: bytes) -> None:
        self._answer(await self._stage.fetch(body))

    def _answer(self, result: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        body = b'{"ok":true,"result":' + result + b"}"
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )


def _json_of(head: bytes, body: bytes) -> bytes:
    """aiogram sends forms, Rounds sends JSON."""
    if b"application/x-www-form-urlencoded" not in head:
        return body
    return orjson.dumps(dict(parse_qsl(body.decode())))


async def main(token: str) -> None:
    stage = Stage(token)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(stage), "127.0.0.1", 0, backlog=1024)
    port = listening.sockets[0].getsockname()[1]
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(f"http://127.0.0.1:{port}", flush=True)
    while line := await reader.readline():
        asked = json.loads(line)
        answered = await getattr(stage, asked.pop("do"))(**asked)
        print(json.dumps(answered), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
