"""The log of Bot API calls: what was asked, when, and what came of it."""

from __future__ import annotations

import time
from collections import deque
from itertools import islice

from sandbox.errors import Json


class Journal:
    """A ring of the latest calls, in order of arrival. A call that still runs has `ok` null."""

    def __init__(self, size: int) -> None:
        self._entries: deque[Json] = deque(maxlen=size)
        self._seq = 0

    def begin(self, method: str, params: Json) -> Json:
        self._seq += 1
        entry: Json = {
            "seq": self._seq,
            "at": time.time(),
            "method": method,
            "params": params,
            "ok": None,
            "status": None,
        }
        self._entries.append(entry)
        return entry

    def after(self, seq: int) -> list[Json]:
        """Calls that arrived after `seq`, at a cost that follows how many there are."""
        count = max(0, min(self._seq - seq, len(self._entries)))
        return list(islice(reversed(self._entries), count))[::-1]
