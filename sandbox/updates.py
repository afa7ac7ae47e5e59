"""Updates on their way to a bot: kept in order until they are fetched, delivered or too old."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

from sandbox.errors import OTHER_POLL, SET_WEBHOOK, ApiError, Json

LIFETIME_S = 24 * 3600.0
INLINE_LIFETIME_S = 30.0
MAX_TIMEOUT_S = 50
GATHER_S = 0.002
"""A waiting poll is answered this long after the first update, so that a few come together."""
MAX_ANSWER_BYTES = 1 << 22

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})

to_json = json.JSONEncoder(separators=(",", ":")).encode


def always() -> bool:
    return True


class Update(NamedTuple):
    """`json` is the whole update as it goes out; `lane` tells which updates must keep their order among themselves."""

    id: int
    expires_at: float
    lane: int
    json: str


class UpdateQueue:
    """The queue of one bot. Kinds that the bot did not ask for are dropped when they arise, not when it fetches."""

    def __init__(self, *, callback_lifetime_s: float, conflict_pause_s: float) -> None:
        self.pending: OrderedDict[int, Update] = OrderedDict()
        self.allowed: frozenset[str] | None = None
        self.on_added: asyncio.Event | None = None
        """Set while a webhook delivers."""
        self._conflict_pause_s = conflict_pause_s
        self._callback_lifetime_s = callback_lifetime_s
        self._next_id = 100_000_000 + secrets.randbelow(800_000_000)
        self._poll: asyncio.Future[None] | None = None
        self._poll_heard: Callable[[], bool] = always
        self._next_quick_conflict_at = 0.0

    def add(self, kind: str, content: Any, lane: int) -> int | None:
        """Queue an update and return its id, or None when the bot does not want that kind."""
        if kind in NOT_BY_DEFAULT if self.allowed is None else kind not in self.allowed:
            return None
        return self.add_raw({kind: content}, lane, kind)

    def add_raw(self, fields: Json, lane: int, kind: str = "") -> int:
        update_id = self._next_id
        self._next_id += 1
        lifetime_s = LIFETIME_S
        if kind == "callback_query":
            lifetime_s = self._callback_lifetime_s
        elif kind == "inline_query":
            lifetime_s = INLINE_LIFETIME_S
        inner = to_json(fields)[1:]
        comma = "," if len(inner) > 1 else ""
        text = f'{{"update_id":{update_id}{comma}{inner}'
        self.pending[update_id] = Update(update_id, time.monotonic() + lifetime_s, lane, text)
        if self.on_added is not None:
            self.on_added.set()
        elif self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return update_id

    def set_allowed(self, kinds: Any) -> None:
        """Anything but a list leaves it as it was; an empty list means the default."""
        if isinstance(kinds, list):
            self.allowed = frozenset(map(str, kinds)) or None

    def drop_all(self) -> None:
        self.pending.clear()

    def forget_before(self, offset: int) -> None:
        pending = self.pending
        while pending and next(iter(pending)) < offset:
            pending.popitem(last=False)

    async def poll(self, offset: int, limit: int, timeout_s: int, heard: Callable[[], bool] = always) -> str:
        """getUpdates. The answer is JSON already. Raises ApiError 409 when another poll takes over.

        `heard` says whether who asks still listens: a poll that was hung up on is in nobody's way.
        """
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popitem(last=False)
        elif offset <= self._next_id + 10:  # one farther in the future is taken as none
            self.forget_before(offset)
        found = self._ready(limit)
        if not found and timeout_s > 0:
            await self._wait(timeout_s, heard)
            found = self._ready(limit)
        return f"[{','.join(found)}]"

    def _ready(self, limit: int) -> list[str]:
        now = time.monotonic()
        pending = self.pending
        while pending and next(iter(pending.values())).expires_at <= now:
            pending.popitem(last=False)
        found: list[str] = []
        left = MAX_ANSWER_BYTES
        for update in islice(pending.values(), limit):
            if update.expires_at <= now:
                continue
            left -= 50 + len(update.json)
            if left <= 0:
                break
            found.append(update.json)
        return found

    async def _wait(self, timeout_s: int, heard: Callable[[], bool]) -> None:
        self.abort_poll(OTHER_POLL)
        mine = self._poll = asyncio.get_running_loop().create_future()
        self._poll_heard = heard
        try:
            await asyncio.wait_for(mine, min(timeout_s, MAX_TIMEOUT_S))
            await asyncio.sleep(GATHER_S)
        except TimeoutError:
            return
        except ConflictError as conflict:
            await self.pause_conflict()
            raise ApiError(409, str(conflict)) from None
        finally:
            if self._poll is mine:
                self._poll = None

    def abort_poll(self, why: str = SET_WEBHOOK) -> None:
        if self._poll is None or self._poll.done():
            return
        if self._poll_heard():
            self._poll.set_exception(ConflictError(why))
        else:
            self._poll.set_result(None)

    def close(self) -> None:
        """Answer a waiting poll with nothing."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    async def pause_conflict(self) -> None:
        """Conflicts after the first are told with a delay, which keeps two pollers from a race."""
        now = time.monotonic()
        if now >= self._next_quick_conflict_at:
            self._next_quick_conflict_at = now + self._conflict_pause_s
        else:
            await asyncio.sleep(self._conflict_pause_s)


class ConflictError(Exception):
    """Another receiver took over."""
