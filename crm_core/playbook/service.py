"""Publishing the playbook, and reading the version in force."""

from functools import cache
from importlib import resources

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.service import act_as
from crm_core.kit import events
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook, PlaybookError, parse, read
from crm_core.playbook.errors import NOT_ADMIN, SUPERSEDED
from crm_core.playbook.events import PlaybookPublished
from crm_core.playbook.models import PlaybookVersion
from crm_core.playbook.permissions import PUBLISH

__all__ = ["Playbook", "PlaybookError", "apply", "current", "default", "default_text", "in_force", "parse", "publish"]


def default_text() -> str:
    """The complete playbook that ships with Rounds, in Chinese and English."""
    return resources.files("crm_core.playbook").joinpath("default.yaml").read_text(encoding="utf-8")


@cache
def default() -> Playbook:
    return parse(default_text())


_by_version: dict[int, Playbook] = {}


async def in_force(session: AsyncSession, version: int) -> Playbook:
    """The playbook of a version (0 is the default one). A published version never changes, so it is kept."""
    if version == 0:
        return default()
    if version not in _by_version:
        row = await session.get_one(PlaybookVersion, version)
        _by_version[version] = read(row.body)
    return _by_version[version]


async def current(session: AsyncSession) -> tuple[int, str]:
    """The version in force and its text as YAML."""
    version = await session.scalar(select(Company.playbook_version)) or 0
    if version == 0:
        return 0, default_text()
    row = await session.get_one(PlaybookVersion, version)
    if row.text is not None:
        return version, row.text
    return version, yaml.safe_dump(row.body, allow_unicode=True, sort_keys=False)


async def apply(session: AsyncSession, actor_id: int | None, text: str) -> int:
    """Publish a new version, as the operator of the machine does; answers its number. Raises PlaybookError."""
    book = parse(text)
    act_as(session, actor_id)
    return await _put_into_force(session, await session.get_one(Company, 1, with_for_update=True), actor_id, book, text)


def may_publish(actor: Actor) -> None:
    """Raises `playbook.not_admin`."""
    if not may(actor, PUBLISH):
        raise DomainError(NOT_ADMIN)


async def publish(session: AsyncSession, actor: Actor, text: str, base: int) -> int:
    """Publish what was compared with version `base`; answers the new version.

    Raises `playbook.not_admin`, `playbook.superseded` when another one is in force by now, PlaybookError.
    """
    may_publish(actor)
    book = parse(text)
    company = await session.get_one(Company, 1, with_for_update=True, populate_existing=True)
    if company.playbook_version != base:
        raise DomainError(SUPERSEDED, version=company.playbook_version, name=await _publisher(session, company))
    return await _put_into_force(session, company, actor.id, book, text)


async def _publisher(session: AsyncSession, company: Company) -> str | None:
    by = select(PlaybookVersion.applied_by).where(PlaybookVersion.version == company.playbook_version)
    return await session.scalar(select(Employee.name).where(Employee.id == by.scalar_subquery()))


async def _put_into_force(
    session: AsyncSession, company: Company, actor_id: int | None, book: Playbook, text: str
) -> int:
    version = company.playbook_version + 1
    body, moment = book.model_dump(mode="json"), now(session)
    session.add(PlaybookVersion(version=version, body=body, text=text, applied_at=moment, applied_by=actor_id))
    company.playbook_version = version
    company.sees = {role.value: int(sees.scope) for role, sees in book.data_rights.customers.items()}
    company.masked_roles = [role.value for role in book.data_rights.masked_phones]
    await session.flush()
    await events.publish(session, PlaybookPublished(version, book))
    return version
