"""How often a program goes to PostgreSQL and back: a relay between them that reads along.

A round trip is each time the server says that it is ready for the next query. What it was asked is told by statement.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import make_url

_HEAD = 5  # a letter, and four bytes of length
_MOST = 1 << 16


class Trips:
    """What was counted since `clear`."""

    def __init__(self) -> None:
        self.round_trips = 0
        self.statements: Counter[str] = Counter()

    def clear(self) -> None:
        self.round_trips = 0
        self.statements.clear()


class _Messages:
    """Cuts one direction of a connection into its messages."""

    def __init__(self, heard: Callable[[bytes, bytes], None], *, hello: bool) -> None:
        self._heard = heard
        self._hello = hello  # the client's first message has no letter
        self._rest = bytearray()

    def feed(self, data: bytes) -> None:
        self._rest += data
        while True:
            head = 0 if self._hello else 1
            if len(self._rest) < head + 4:
                return
            length = int.from_bytes(self._rest[head : head + 4]) + head
            if len(self._rest) < length:
                return
            if not self._hello:
                self._heard(bytes(self._rest[:1]), bytes(self._rest[_HEAD:length]))
            self._hello = False
            del self._rest[:length]


class _Connection:
    """Knows the names of the statements that were prepared on it."""

    def __init__(self, trips: Trips) -> None:
        self._trips = trips
        self._names: dict[bytes, str] = {}
        self.of_client = _Messages(self._asked, hello=True)
        self.of_server = _Messages(self._answered, hello=False)

    def _asked(self, kind: bytes, body: bytes) -> None:
        if kind == b"Q":
            self._trips.statements[_short(body.rstrip(b"\0"))] += 1
        elif kind == b"P":
            name, _, rest = body.partition(b"\0")
            self._names[name] = _short(rest.partition(b"\0")[0])
            self._trips.statements[f"(prepare) {self._names[name]}"] += 1
        elif kind == b"B":
            name = body.split(b"\0", 2)[1]
            self._trips.statements[self._names.get(name, "?")] += 1

    def _answered(self, kind: bytes, _: bytes) -> None:
        self._trips.round_trips += kind == b"Z"


def _short(statement: bytes) -> str:
    return " ".join(statement.decode(errors="replace").split())[:150]


@asynccontextmanager
async def counting(url: str) -> AsyncIterator[tuple[str, Trips]]:
    """The URL under which the same database is reached through the relay, and what is counted there."""
    parts, trips = make_url(url), Trips()
    host = str(parts.query.get("host") or parts.host or "127.0.0.1")
    port = int(str(parts.query.get("port") or parts.port or 5432))
    running: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, feed: Callable[[bytes], None]) -> None:
        with suppress(OSError):
            while data := await reader.read(_MOST):
                feed(data)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host.startswith("/"):
            there, back = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            there, back = await asyncio.open_connection(host, port)
        one = _Connection(trips)
        for task in (relay(reader, back, one.of_client.feed), relay(there, writer, one.of_server.feed)):
            made = asyncio.create_task(task)
            running.add(made)
            made.add_done_callback(running.discard)

    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        listening = await asyncio.start_unix_server(serve, f"{folder}/.s.PGSQL.5432")
        try:
            near = parts.set(host=None, port=None, query={"host": folder})
            yield near.render_as_string(hide_password=False), trips
        finally:
            listening.close()
            for task in list(running):
                task.cancel()
