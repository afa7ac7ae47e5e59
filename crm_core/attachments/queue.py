"""Files as their fetching sees them: claim what is due, settle what became of it.

Any number may fetch side by side. A claim moves the file's due time ahead instead of holding a lock, so nothing is
held while bytes come in; what a killed process had in hand falls due again by itself. The costs follow what is due.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import BigInteger, DateTime, bindparam, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.models import File, FileState
from crm_core.kit.db import now

HELD_FOR: Final = timedelta(minutes=5)
"""How long a claim lasts: longer than the longest download may take."""

LONGEST_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file in hand."""

    id: int
    file_id: str
    kind: str
    name: str | None
    mime: str | None
    size: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed file. One that is still `PENDING` falls due after `wait_s`.

    `error`: one of `content.REASONS` when it is gone or refused, else in words. An attempt that is not `counted`
    leaves no trace in `attempts`.
    """

    file: Claimed
    state: FileState
    error: str | None = None
    wait_s: float = 0.0
    counted: bool = True
    sha256: str | None = None
    key: str | None = None
    mime: str | None = None
    size: int | None = None


_CLAIM: Final = (
    text("""
    UPDATE file f SET attempts = f.attempts + 1, due_at = :until, error = NULL
    FROM (
        SELECT id FROM file
        WHERE bot_id = :bot_id AND state = 'pending' AND due_at <= :now
        ORDER BY due_at LIMIT :limit
        FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE f.id = due.id
    RETURNING f.id, f.file_id, f.kind, f.name, f.mime, f.size, f.attempts
    """)
    .bindparams(
        bindparam("bot_id", type_=BigInteger),
        bindparam("limit", type_=BigInteger),
        bindparam("now", type_=DateTime(timezone=True)),
        bindparam("until", type_=DateTime(timezone=True)),
    )
    .columns(File.id, File.file_id, File.kind, File.name, File.mime, File.size, File.attempts)
)


async def claim(session: AsyncSession, bot_id: int, limit: int) -> list[Claimed]:
    """Take up to `limit` files of a bot that are due, for `HELD_FOR`."""
    moment = now(session)
    parameters = {"bot_id": bot_id, "limit": limit, "now": moment, "until": moment + HELD_FOR}
    return [Claimed(*row) for row in await session.execute(_CLAIM, parameters)]


async def settle(session: AsyncSession, outcome: Outcome) -> bool:
    """Write down what became of a file; False when somebody else has settled it, or tries it again, by now."""
    moment = now(session)
    file = outcome.file
    error = outcome.error.replace("\0", "")[:LONGEST_ERROR] if outcome.error else None
    values = {"state": outcome.state.value, "error": error}
    if outcome.state is FileState.PENDING:
        attempts = file.attempts if outcome.counted else file.attempts - 1
        values |= {"due_at": moment + timedelta(seconds=outcome.wait_s), "attempts": attempts}
    elif outcome.state is FileState.STORED:
        values |= {"sha256": outcome.sha256, "key": outcome.key, "mime": outcome.mime, "size": outcome.size}
        values |= {"fetched_at": moment}
    mine = (File.id == file.id, File.attempts == file.attempts, File.state == FileState.PENDING)
    done = await session.execute(update(File).where(*mine).values(values).returning(File.id))
    return done.first() is not None
