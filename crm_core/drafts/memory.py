"""What is remembered of forms that were saved: the last values, and which message said what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.drafts.models import Draft, LastTime, Said
from crm_core.kit.db import now

CORRECTED_FOR: Final = timedelta(hours=24)  # how long editing a message corrects the record; a messenger allows 48 h


@dataclass(frozen=True, slots=True)
class Chat:
    """Where messages have their numbers."""

    bot_id: int
    chat_id: int


async def last_time(session: AsyncSession, employee_id: int, form: str) -> dict[str, Any]:
    """The values of the person's last record, of the fields that repeat."""
    statement = select(LastTime.answers).where(LastTime.employee_id == employee_id, LastTime.form == form)
    return await session.scalar(statement) or {}


async def remember(session: AsyncSession, employee_id: int, form: str, answers: Mapping[str, Any]) -> None:
    """Keep the values for "same as last time"."""
    made = insert(LastTime).values(employee_id=employee_id, form=form, answers=dict(answers))
    await session.execute(
        made.on_conflict_do_update(index_elements=["employee_id", "form"], set_={"answers": made.excluded.answers})
    )


async def note_said(
    session: AsyncSession,
    chat: Chat,
    employee_id: int,
    form: str,
    subject_id: int,
    said: Mapping[str, Mapping[str, Any]],
) -> None:
    """Keep which message (by its number, as text) said what of the record."""
    moment = now(session)
    rows = [
        {
            "bot_id": chat.bot_id,
            "chat_id": chat.chat_id,
            "message_id": int(message),
            "employee_id": employee_id,
            "form": form,
            "subject_id": subject_id,
            "read": dict(read),
            "created_at": moment,
        }
        for message, read in said.items()
    ]
    if rows:
        await session.execute(insert(Said).on_conflict_do_nothing(), rows)


async def draft_of(session: AsyncSession, employee_id: int, message_id: int, key: str) -> Draft | None:
    """The person's draft with an answer that this message gave; `key` is where drafts keep what was said."""
    mine = select(Draft).where(Draft.employee_id == employee_id, Draft.expires_at > now(session))
    return await session.scalar(mine.where(Draft.answers[key].has_key(str(message_id))).limit(1))


async def said_by(session: AsyncSession, chat: Chat, employee_id: int, message_id: int) -> Said | None:
    """What this message of the person said of a saved record, if that may still be corrected."""
    statement = select(Said).where(
        Said.bot_id == chat.bot_id,
        Said.chat_id == chat.chat_id,
        Said.message_id == message_id,
        Said.employee_id == employee_id,
        Said.created_at > now(session) - CORRECTED_FOR,
    )
    return await session.scalar(statement.with_for_update())


async def sweep(session: AsyncSession) -> int:
    """Forget what can no longer be corrected; answers how many messages."""
    old = delete(Said).where(Said.created_at <= now(session) - CORRECTED_FOR).returning(Said.message_id)
    return len((await session.execute(old.execution_options(synchronize_session=False))).all())
