"""The reading of a playbook that was sent, as a machine does it: claim what is fetched, say what was found.

A claim is a due time moved ahead, as with files and imports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import DateTime, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.org.models import Company
from crm_core.playbook.problems import Problem
from crm_core.proposals import errors
from crm_core.proposals.models import PlaybookProposal, State
from crm_core.proposals.service import MOST_BYTES, made_from

HELD_FOR: Final = timedelta(seconds=60)
TRIES: Final = 3
MOST_PROBLEMS: Final = 100  # that are kept; the others are counted
_LONGEST: Final = 300

_DUE: Final = text(
    "UPDATE playbook_proposal SET attempts = attempts + 1, due_at = :until WHERE id = ("
    " SELECT p.id FROM playbook_proposal p JOIN file f ON f.id = p.file_row_id"
    " WHERE p.state = 'reading' AND p.due_at <= :now AND f.state <> 'pending'"
    " ORDER BY p.due_at, p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED) RETURNING id, attempts"
).bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True)))


@dataclass(frozen=True, slots=True)
class Claim:
    """A playbook in hand."""

    id: int
    attempts: int


async def claim(session: AsyncSession) -> Claim | None:
    """Take one that is fetched, for `HELD_FOR`."""
    moment = now(session)
    row = (await session.execute(_DUE, {"now": moment, "until": moment + HELD_FOR})).one_or_none()
    return Claim(row.id, row.attempts) if row else None


async def held(session: AsyncSession, claimed: Claim) -> PlaybookProposal | None:
    """It, locked; none when it was dropped, or somebody else reads it by now."""
    row = await session.get(PlaybookProposal, claimed.id, with_for_update=True, populate_existing=True)
    return row if row is not None and (row.state, row.attempts) == (State.READING, claimed.attempts) else None


def text_of(content: bytes) -> str:
    """Raises `proposal.too_large`, `proposal.empty`, `proposal.not_text`."""
    if len(content) > MOST_BYTES:
        raise DomainError(errors.TOO_LARGE, size=-(-len(content) >> 10), most=MOST_BYTES >> 10)
    try:
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DomainError(errors.NOT_TEXT) from error
    if "\0" in said:
        raise DomainError(errors.NOT_TEXT)
    if not said.strip():
        raise DomainError(errors.EMPTY)
    return said


async def ready(session: AsyncSession, row: PlaybookProposal, said: str) -> None:
    """It is right: it is compared with the version that is in force now."""
    row.base = await session.scalar(select(Company.playbook_version)) or 0
    row.text, row.made_from, row.state, row.attempts = said, made_from(said), State.READY, 0
    await session.flush()


async def refuse(session: AsyncSession, row: PlaybookProposal, problems: Sequence[Problem]) -> None:
    """Something is wrong with its text."""
    kept: list[dict[str, Any]] = [
        {"line": one.line, "where": one.where[:80], "what": one.what[:_LONGEST], "mend": (one.mend or "")[:_LONGEST]}
        for one in problems[:MOST_PROBLEMS]
    ]
    row.problems = {"shown": kept, "count": len(problems)}
    row.state, row.ended_at = State.REFUSED, now(session)
    await session.flush()


async def fail(session: AsyncSession, row: PlaybookProposal, error: DomainError) -> None:
    """The file cannot be read at all."""
    row.error = {"code": error.code, "facts": error.params}
    row.state, row.ended_at = State.REFUSED, now(session)
    await session.flush()
