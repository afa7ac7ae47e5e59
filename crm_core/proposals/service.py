"""What an admin does with a playbook: sends it, looks at it, publishes it or lets it be (AP02).

It is read in the background (`steps.py`); what it changes is told by `looking.py`.
"""

import re
from pathlib import PurePath
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.service import FileRef, receive
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.models import Employee
from crm_core.playbook import service as playbook
from crm_core.playbook.service import may_publish
from crm_core.proposals import errors
from crm_core.proposals.models import PlaybookProposal, State
from crm_core.proposals.reading import UnsoundError, sound

ENDINGS: Final = (".yaml", ".yml", ".yaml.txt", ".yml.txt")
MOST_BYTES: Final = 256 << 10
_VERSION: Final = re.compile(r"#[^\n\d]{0,40}version (\d{1,9})\s")


def is_playbook(name: str | None) -> bool:
    """Whether a file's name says that it is one."""
    return PurePath(name or "").name.lower().endswith(ENDINGS)


async def document(session: AsyncSession, actor: Actor) -> tuple[int, str]:
    """The playbook in force as an admin edits it: its version, which its first line names, and its text.

    Raises `playbook.not_admin`.
    """
    may_publish(actor)
    version, text = await playbook.current(session)
    lines = text.splitlines(keepends=True)
    if lines and made_from(lines[0]) is not None:
        lines = lines[1:]
    return version, f"# Rounds playbook, version {version}\n{''.join(lines)}"


def made_from(text: str) -> int | None:
    """The version that the first line names."""
    found = _VERSION.match(text)
    return int(found[1]) if found else None


async def offer(session: AsyncSession, actor: Actor, file: FileRef, chat_id: int) -> PlaybookProposal:
    """A playbook was sent: it is fetched and read. Raises `playbook.not_admin`, `proposal.too_large`."""
    may_publish(actor)
    if (file.size or 0) > MOST_BYTES:
        raise DomainError(errors.TOO_LARGE, size=-(-(file.size or 0) >> 10), most=MOST_BYTES >> 10)
    row_id, moment = await receive(session, file), now(session)
    made = PlaybookProposal(
        employee_id=actor.id,
        name=(file.name or "playbook.yaml")[-80:],
        file_row_id=row_id,
        bot_id=file.bot_id,
        chat_id=chat_id,
        state=State.READING,
        due_at=moment,
        created_at=moment,
    )
    session.add(made)
    await session.flush()
    return made


async def find(session: AsyncSession, actor: Actor, proposal_id: int, *states: State) -> PlaybookProposal:
    """The actor's own. Raises `playbook.not_admin`, `not_found`, and `proposal.not_now` when it is in no such state."""
    may_publish(actor)
    row = await session.get(PlaybookProposal, proposal_id, with_for_update=True, populate_existing=True)
    if row is None or row.employee_id != actor.id:
        raise DomainError(NOT_FOUND)
    if states and row.state not in states:
        raise DomainError(errors.NOT_NOW)
    return row


async def look_as(session: AsyncSession, actor: Actor, proposal_id: int, applicant_id: int) -> PlaybookProposal:
    """Who would sign is told for this applicant from here on. Raises `employee.has_left`, and as `find`."""
    row = await find(session, actor, proposal_id, State.READY)
    person = await session.get(Employee, applicant_id)
    if person is None:
        raise DomainError(NOT_FOUND, field="applicant")
    if person.left_at is not None:
        raise DomainError(HAS_LEFT, field="applicant", name=person.name)
    row.sample_id = person.id
    await session.flush()
    return row


async def publish(session: AsyncSession, actor: Actor, proposal_id: int) -> tuple[PlaybookProposal, int]:
    """Put it into force; what runs keeps its version. Answers it, and its version.

    Raises `playbook.superseded` where another version than the one it was compared with is in force by now,
    `proposal.unsound`, and as `find`.
    """
    row = await find(session, actor, proposal_id, State.READY)
    assert row.text is not None
    assert row.base is not None
    try:
        await sound(session, row.text)
    except UnsoundError as error:
        raise DomainError(errors.UNSOUND, flow=error.doubts[0].flow) from error
    version = await playbook.publish(session, actor, row.text, row.base)
    row.state, row.ended_at = State.PUBLISHED, now(session)
    await session.flush()
    return row, version


async def look_again(session: AsyncSession, actor: Actor, proposal_id: int) -> PlaybookProposal:
    """Check it once more, against the version that is in force by now."""
    row = await find(session, actor, proposal_id, State.READY)
    row.state, row.due_at, row.base = State.READING, now(session), None
    await session.flush()
    return row


async def drop(session: AsyncSession, actor: Actor, proposal_id: int) -> PlaybookProposal:
    """Nothing comes of it."""
    row = await find(session, actor, proposal_id, State.READING, State.READY)
    row.state, row.ended_at = State.DROPPED, now(session)
    await session.flush()
    return row
