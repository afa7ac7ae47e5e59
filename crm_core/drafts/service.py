"""Keeping drafts."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.drafts.models import Draft
from crm_core.kit.db import now
from crm_core.kit.errors import Conflict

KEPT_FOR: Final = timedelta(days=7)


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
    session: AsyncSession, draft: Draft, *, answers: dict[str, Any], asking: str | None, card_id: int | None
) -> int:
    """Store the new state; answers its revision. Raises Conflict when another turn was faster.

    A card that is merely drawn again keeps its revision: what somebody is just tapping on it still means the same.
    """
    moment = now(session)
    revision = draft.revision + (answers != draft.answers or asking != draft.asking)
    statement = (
        update(Draft)
        .where(Draft.id == draft.id, Draft.revision == draft.revision)
        .values(
            answers=answers,
            asking=asking,
            card_id=card_id,
            revision=revision,
            updated_at=moment,
            expires_at=moment + KEPT_FOR,
        )
        .execution_options(synchronize_session=False)
    )
    if (await session.execute(statement.returning(Draft.id))).first() is None:
        raise Conflict
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
