"""One-time invite links: tie a Telegram user to an employee (BY23).

The link's payload is 32 characters of [A-Za-z0-9_-] (192 random bits); only its SHA-256 is stored.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org import errors
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Invite
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import require

VALID_FOR: Final = timedelta(days=7)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def issue_invite(session: AsyncSession, actor: Actor | None, employee: Employee) -> str:
    """A fresh token for the employee, good once within seven days. Earlier unused ones end."""
    if employee.left_at is not None:
        raise DomainError(errors.HAS_LEFT, name=employee.name)
    if employee.telegram_id is not None:
        raise DomainError(errors.HAS_ACCESS, name=employee.name)
    moment = now(session)
    await revoke_invites(session, employee.id)
    token = secrets.token_urlsafe(24)
    session.add(
        Invite(
            employee_id=employee.id,
            token_hash=_hash(token),
            created_by=actor.id if actor else None,
            created_at=moment,
            expires_at=moment + VALID_FOR,
        )
    )
    await session.flush()
    return token


async def invite(session: AsyncSession, actor: Actor, employee_id: int) -> str:
    """An admin invites a person who has no access yet."""
    await require(session, actor, MANAGE_PEOPLE)
    employee = await session.get(Employee, employee_id)
    if employee is None:
        raise DomainError(NOT_FOUND)
    return await issue_invite(session, actor, employee)


async def accept_invite(session: AsyncSession, token: str, *, bot_id: int, telegram_id: int) -> Employee:
    """The holder of the link becomes the employee. Single use, also when two press at once."""
    moment = now(session)
    known = await session.scalar(select(Invite).where(Invite.token_hash == _hash(token)).with_for_update())
    if known is None:
        raise DomainError(errors.INVITE_UNKNOWN)
    if known.used_at is not None:
        raise DomainError(errors.INVITE_USED)
    if known.expires_at <= moment:
        raise DomainError(errors.INVITE_EXPIRED)
    member = select(Employee).where(Employee.telegram_id == telegram_id, Employee.left_at.is_(None))
    if (already := await session.scalar(member)) is not None:
        raise DomainError(errors.ALREADY_MEMBER, name=already.name)
    employee = await session.get_one(Employee, known.employee_id, with_for_update=True)
    if employee.left_at is not None or employee.telegram_id is not None:
        raise DomainError(errors.INVITE_USED)
    known.used_at = moment
    employee.telegram_id = telegram_id
    employee.bot_id = bot_id
    employee.unreachable_since = None
    await session.flush()
    return employee


async def revoke_invites(session: AsyncSession, employee_id: int) -> None:
    """End all open invites of a person."""
    moment = now(session)
    earlier = select(Invite).where(Invite.employee_id == employee_id, Invite.used_at.is_(None))
    for known in await session.scalars(earlier.where(Invite.expires_at > moment)):
        known.expires_at = moment
