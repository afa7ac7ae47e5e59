"""Who looked at what, and who took it away: written by what shows or hands out records, read by admins (BY25).

Nothing here is ever changed. Reading leaves no trace in the audit, which tells of changes.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.audit.permissions import SEE_ACCESS
from crm_core.kit.db import Base, now
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require


class Access(StrEnum):
    """What was done with records short of changing them."""

    LOOK = "look"  # at something that is not shown to everybody
    EXPORT = "export"
    IMPORT = "import"


class AccessEntry(Base):
    """One look, or one hand-out. `subject_type` is a table's name; without an id it was `count` of them at once."""

    __tablename__ = "access_log"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))  # none: Rounds itself
    what: Mapped[str]  # see `Access`
    subject_type: Mapped[str]
    subject_id: Mapped[int | None]
    count: Mapped[int] = mapped_column(server_default="1")
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (
        Index("ix_access_log_at", "at", "id"),
        Index("ix_access_log_employee", "employee_id", "id"),
        Index("ix_access_log_subject", "subject_type", "subject_id", "id"),
    )


async def note_access(
    session: AsyncSession,
    employee_id: int | None,
    what: Access,
    subject_type: str,
    subject_id: int | None = None,
    *,
    count: int = 1,
    **facts: Any,
) -> None:
    """Write it, in the unit of work that shows or hands out."""
    session.add(
        AccessEntry(
            at=now(session),
            employee_id=employee_id,
            what=what,
            subject_type=subject_type,
            subject_id=subject_id,
            count=count,
            facts=facts,
        )
    )
    await session.flush()


async def accesses(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """A page of the log, the latest first: rows of (id, at, what, subject_type, subject_id, count, facts, who)."""
    await require(session, actor, SEE_ACCESS)
    statement = select(
        AccessEntry.id,
        AccessEntry.at,
        AccessEntry.what,
        AccessEntry.subject_type,
        AccessEntry.subject_id,
        AccessEntry.count,
        AccessEntry.facts,
        Employee.name.label("who"),
    ).outerjoin(Employee, Employee.id == AccessEntry.employee_id)
    return await paged(session, statement, (AccessEntry.at, AccessEntry.id), at, limit, descending=True)
