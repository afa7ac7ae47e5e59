"""Keeping drafts."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.drafts.models import Draft
from crm_core.kit.behind import Write, later
from crm_core.kit.db import json_text, now
from crm_core.kit.errors import Conflict

KEPT_FOR: Final = timedelta(days=7)

_SAVED: Final = Write(
    "draft_saved",
    {
        "id": "bigint",
        "was": "bigint",
        "answers": "text",
        "asking": "text",
        "card_id": "bigint",
        "revision": "bigint",
        "version": "bigint",
        "updated_at": "timestamptz",
        "expires_at": "timestamptz",
    },
    """
    UPDATE draft
    SET answers = r.answers::jsonb, asking = r.asking, card_id = r.card_id, revision = r.revision, version = r.version,
        updated_at = r.updated_at, expires_at = r.expires_at
    FROM {rows} WHERE draft.id = r.id AND draft.revision = r.was
    """,
    each=True,
)


async def start(session: AsyncSession, employee_id: int, *, form: str, version: int, answers: dict[str, Any]) -> Draft:
    """A new draft."""
    moment = now(session)
    values = {
        "employee_id": employee_id,
        "form": form,
        "version": version,
        "answers": answers,
        "asking": None,
        "revision": 1,
        "updated_at": moment,
        "expires_at": moment + KEPT_FOR,
    }
    return (await session.execute(insert(Draft).values(values).returning(Draft))).scalar_one()


async def find(session: AsyncSession, employee_id: int, draft_id: int) -> Draft | None:
    """The person's own draft; none when it is somebody else's, ended or too old."""
    statement = select(Draft).where(
        Draft.id == draft_id, Draft.employee_id == employee_id, Draft.expires_at > now(session)
    )
    return await session.scalar(statement.execution_options(populate_existing=True))


async def latest(session: AsyncSession, employee_id: int) -> Draft | None:
    """The person's most recently touched draft."""
    statement = select(Draft).where(Draft.employee_id == employee_id, Draft.expires_at > now(session))
    return await session.scalar(statement.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(1))


async def under_way(session: AsyncSession, employee_id: int, limit: int) -> list[Draft]:
    """The person's drafts, the one touched last first."""
    statement = select(Draft).where(Draft.employee_id == employee_id, Draft.expires_at > now(session))
    return list(await session.scalars(statement.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(limit)))


async def save(
    session: AsyncSession,
    draft: Draft,
    version: int | None = None,
    *,
    answers: dict[str, Any],
    asking: str | None,
    card_id: int | None,
) -> int:
    """Store the new state; answers its revision. The unit of work raises Conflict when another turn was faster.

    `version` is the form's by which it was filled now: who knows only an older one lets go of it.

    A card that is merely drawn again keeps its revision: what somebody is just tapping on it still means the same.
    """
    moment = now(session)
    revision = draft.revision + (answers != draft.answers or asking != draft.asking)
    version = draft.version if version is None else version
    said = (json_text(answers), asking, card_id, revision, version, moment, moment + KEPT_FOR)
    later(session, _SAVED, draft.id, draft.revision, *said, key=draft.id)
    return revision


async def end(session: AsyncSession, draft: Draft) -> None:
    """The draft is submitted or cancelled."""
    statement = delete(Draft).where(Draft.id == draft.id, Draft.revision == draft.revision)
    done = await session.execute(statement.returning(Draft.id).execution_options(synchronize_session=False))
    if done.first() is None:
        raise Conflict


async def sweep(session: AsyncSession) -> int:
    """Delete drafts that nobody touched for seven days; answers how many."""
    old = delete(Draft).where(Draft.expires_at <= now(session)).returning(Draft.id)
    return len((await session.execute(old.execution_options(synchronize_session=False))).all())
