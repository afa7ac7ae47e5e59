"""Faults on order: the next calls that match fail in a chosen way, a given number of times."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import ApiError, Json, plain, too_many_requests

MIGRATED = "Bad Request: group chat was upgraded to a supergroup chat"
KINDS = frozenset({"status", "timeout", "drop_after_accept", "disconnect", "cut", "slow", "late", "garbage"})
DOWNLOAD = "download"
"""What a fault calls the getting of a file's bytes, which is no method."""


@dataclass(slots=True)
class Fault:
    """`method` and `user_id` narrow what it hits; getUpdates and downloads are hit only when they are named.

    status: answers with that error, nothing is done. timeout: hangs for `seconds`, then closes, nothing is done.
    drop_after_accept: does it, then closes without an answer. disconnect: closes at once, nothing is done.
    late: does it, and answers after `seconds`. garbage: does nothing, and answers 200 with what is no JSON.
    cut, slow: of a download, closes after half of the bytes; sends them over `seconds`.
    A status may come with `retry_after`, `migrate_to_chat_id` and a `description` of one's own.
    """

    kind: str
    times: int
    method: str | None = None
    user_id: int | None = None
    status: int = 500
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None
    description: str | None = None
    seconds: float = 60.0

    def hits(self, method: str, chat_id: object) -> bool:
        if self.method is None:
            return method not in ("getupdates", DOWNLOAD) and self.user_id in (None, chat_id)
        return self.method == method and self.user_id in (None, chat_id)

    def error(self) -> ApiError:
        if self.status == 429:
            return too_many_requests(self.retry_after or 1)
        description = self.description or plain(self.status).description
        if self.migrate_to_chat_id is not None:
            description = self.description or MIGRATED
        return ApiError(
            self.status, description, retry_after=self.retry_after, migrate_to_chat_id=self.migrate_to_chat_id
        )


class Faults:
    """The orders of one bot, taken in the sequence they came."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._orders.append(fault)

    def clear(self) -> None:
        self._orders.clear()

    def take(self, method: str, chat_id: object) -> Fault | None:
        """The fault that this call suffers, if any; `method` in small letters."""
        for fault in self._orders:
            if fault.hits(method, chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self._orders.remove(fault)
                return fault
        return None

    def __bool__(self) -> bool:
        return bool(self._orders)


def fault_from(raw: Json) -> Fault:
    """Read an order from JSON. Raises ValueError that says what is wrong."""
    kind = raw.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
    method = raw.get("method")
    user_id = raw.get("user_id")
    retry_after, migrated = raw.get("retry_after"), raw.get("migrate_to_chat_id")
    default_status = 429 if retry_after is not None else 400 if migrated is not None else 500
    return Fault(
        kind=kind,
        times=int(raw.get("times", 1)),
        method=str(method).lower() if method else None,
        user_id=int(user_id) if user_id is not None else None,
        status=int(raw.get("status") or default_status),
        retry_after=int(retry_after) if retry_after is not None else None,
        migrate_to_chat_id=int(migrated) if migrated is not None else None,
        description=raw.get("description"),
        seconds=float(raw.get("seconds", 60.0)),
    )
