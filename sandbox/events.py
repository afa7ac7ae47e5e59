"""Server-sent events: what the page needs to redraw without asking."""

from __future__ import annotations

import asyncio
import json

from sandbox.errors import Json

BACKLOG = 5_000
"""Events that a reader may lag behind before it is cut off; a browser then connects again and reads the chats anew."""


class Events:
    """A hub with no memory: who is not listening misses it. Publishing without listeners costs one test."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[bytes | None]] = set()

    @property
    def has_readers(self) -> bool:
        return bool(self._readers)

    def publish(self, event: str, data: Json) -> None:
        if not self._readers:
            return
        line = f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()
        for reader in tuple(self._readers):
            try:
                reader.put_nowait(line)
            except asyncio.QueueFull:
                self.leave(reader)
                while not reader.empty():
                    reader.get_nowait()
                reader.put_nowait(None)

    def join(self) -> asyncio.Queue[bytes | None]:
        """A queue of encoded events; None is the end."""
        reader: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)
        self._readers.add(reader)
        return reader

    def leave(self, reader: asyncio.Queue[bytes | None]) -> None:
        self._readers.discard(reader)

    def close(self) -> None:
        for reader in tuple(self._readers):
            self.leave(reader)
            if not reader.full():
                reader.put_nowait(None)
