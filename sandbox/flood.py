"""Telegram's sending limits: 30 messages a second a token, one a second a private chat, 20 a minute a group."""

from __future__ import annotations

import math
import time
from collections import OrderedDict

from sandbox.errors import too_many_requests

OVERALL = (1 / 30, 30)
PRIVATE = (1.0, 5)
GROUP = (3.0, 20)
REMEMBERED_CHATS = 10_000


class Bucket:
    """Lets `burst` messages through at once and one every `interval_s` after that."""

    __slots__ = ("_empty_at",)

    def __init__(self) -> None:
        self._empty_at = 0.0

    def wait_s(self, now: float, interval_s: float, burst: int, count: int) -> float:
        """How long a sender of `count` messages has to wait; 0 when they fit now."""
        full_after = max(self._empty_at, now) + interval_s * count
        return max(0.0, full_after - now - interval_s * max(burst, count))

    def take(self, now: float, interval_s: float, count: int) -> None:
        self._empty_at = max(self._empty_at, now) + interval_s * count


class Flood:
    """The limits of one token."""

    def __init__(self) -> None:
        self._overall = Bucket()
        self._chats: OrderedDict[int, Bucket] = OrderedDict()

    def spend(self, chat_id: int, count: int = 1) -> None:
        """Count messages to a chat. Raises ApiError 429 and counts nothing when they are too many."""
        now = time.monotonic()
        bucket = self._chats.get(chat_id)
        if bucket is None:
            bucket = self._chats[chat_id] = Bucket()
            if len(self._chats) > REMEMBERED_CHATS:
                self._chats.popitem(last=False)
        else:
            self._chats.move_to_end(chat_id)
        interval_s, burst = PRIVATE if chat_id > 0 else GROUP
        wait_s = max(self._overall.wait_s(now, *OVERALL, count), bucket.wait_s(now, interval_s, burst, count))
        if wait_s > 0:
            raise too_many_requests(max(1, math.ceil(wait_s)))
        self._overall.take(now, OVERALL[0], count)
        bucket.take(now, interval_s, count)
