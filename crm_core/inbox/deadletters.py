"""Dead letters: what could be neither handled nor sent, kept with its error until somebody decides.

Both boxes hold some: messages that Telegram refused (`out-12`) and updates that failed each time (`in-7`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Text, func, literal_column, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.inbox.models import Update as Incoming
from crm_core.kit.db import now
from crm_core.kit.signals import INBOX, OUTBOX
from crm_core.outbox.models import Outgoing, State

_DEAD: ColumnElement[str] = literal_column(
    "'dead'", Text
)  # a literal, so that the planner may use the index of dead rows


class UnknownLetterError(ValueError):
    """There is no such dead letter."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`id` is what `retry` and `drop` take; `what` is a Bot API method, or the kind of an update."""

    id: str
    bot_id: int
    chat_id: int
    what: str
    attempts: int
    error: str
    died_at: datetime


async def list_dead(session: AsyncSession, limit: int = 1000) -> list[DeadLetter]:
    """The dead letters of both boxes, newest first."""
    sent = select(Outgoing).where(Outgoing.state == _DEAD).order_by(Outgoing.id.desc()).limit(limit)
    came = select(Incoming).where(Incoming.state == _DEAD).order_by(Incoming.id.desc()).limit(limit)
    letters = [_letter("out", row, row.method) for row in await session.scalars(sent)]
    letters += [_letter("in", row, _kind(row.payload)) for row in await session.scalars(came)]
    return sorted(letters, key=lambda letter: letter.died_at, reverse=True)[:limit]


def _letter(box: str, row: Outgoing | Incoming, what: str) -> DeadLetter:
    assert row.ended_at is not None
    return DeadLetter(f"{box}-{row.id}", row.bot_id, row.chat_id, what, row.attempts, row.error or "", row.ended_at)


async def retry(session: AsyncSession, ids: Collection[str] | None = None) -> int:
    """Try the named ones again (None: all), from a clean slate; one that was too late is not too late any more.

    Returns how many. Raises UnknownLetterError, and changes nothing, when one of the ids is no dead letter.
    """
    at = now(session)
    fresh: dict[str, Any] = {"state": "pending", "attempts": 0, "ended_at": None, "error": None}
    count = await _change(
        session,
        ids,
        out={**fresh, "not_before": at, "expires_at": None},
        came={**fresh, "due_at": at},
    )
    for channel in (INBOX, OUTBOX):
        await session.execute(select(func.pg_notify(channel, "")))
    return count


async def drop(session: AsyncSession, ids: Collection[str] | None = None) -> int:
    """Give the named ones up (None: all); their errors stay on record. Returns and raises as `retry`."""
    return await _change(session, ids, out={"state": State.DROPPED}, came={"state": "done"})


async def _change(
    session: AsyncSession, ids: Collection[str] | None, *, out: dict[str, Any], came: dict[str, Any]
) -> int:
    changed = 0
    for table, prefix, values in ((Outgoing, "out", out), (Incoming, "in", came)):
        statement = update(table).where(table.state == _DEAD).values(**values)
        if ids is not None:
            statement = statement.where(table.id.in_(_numbers(ids, prefix)))
        result = await session.execute(statement.execution_options(synchronize_session=False))
        changed += cast("CursorResult[Any]", result).rowcount
    if ids is not None and changed != len(set(ids)):
        raise UnknownLetterError("not all of these are dead letters: " + ", ".join(sorted(set(ids))))
    return changed


def _numbers(ids: Collection[str], prefix: str) -> list[int]:
    """The row numbers among ids like `out-12` that belong to one box."""
    numbers: list[int] = []
    for one in ids:
        box, _, number = one.partition("-")
        if box not in ("out", "in") or not (number.isascii() and number.isdigit() and len(number) < 19):
            raise UnknownLetterError(f"{one} is no id of a dead letter; they look like out-12 and in-7")
        if box == prefix:
            numbers.append(int(number))
    return numbers


def _kind(payload: dict[str, Any]) -> str:
    """What an update is: the key beside its id."""
    return next((key for key in payload if key != "update_id"), "update")
