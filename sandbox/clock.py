"""The clock that the demo follows: real time plus an offset, so that it can be set without ever standing still."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sandbox.errors import Json


class Clock:
    """Message dates come from here. Timeouts do not: they follow the machine's monotonic time."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def now(self) -> float:
        return time.time() + self.offset_s

    def seconds(self) -> int:
        """The Bot API counts in whole seconds."""
        return int(time.time() + self.offset_s)

    def advance(self, seconds: float) -> None:
        self.offset_s += seconds

    def set(self, moment: float | int | str) -> None:
        """Go to a unix time or an ISO 8601 moment; one without a zone is taken as UTC. Raises ValueError."""
        if isinstance(moment, str):
            at = datetime.fromisoformat(moment)
            moment = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        self.offset_s = float(moment) - time.time()

    def reading(self) -> Json:
        now = self.now()
        return {"now": now, "iso": datetime.fromtimestamp(now, UTC).isoformat(), "offset_s": self.offset_s}
