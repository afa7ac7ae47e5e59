"""Publishing the playbook, and reading the version in force."""

from functools import cache
from importlib import resources

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.service import act_as
from crm_core.kit.db import now
from crm_core.kit.events import publish
from crm_core.org.models import Company
from crm_core.playbook.book import Playbook, PlaybookError, parse, read
from crm_core.playbook.events import PlaybookPublished
from crm_core.playbook.models import PlaybookVersion

__all__ = ["Playbook", "PlaybookError", "apply", "current", "default", "default_text", "in_force", "parse"]


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
    return version, yaml.safe_dump(row.body, allow_unicode=True, sort_keys=False)


async def apply(session: AsyncSession, actor_id: int | None, text: str) -> int:
    """Publish a new version; answers its number. Raises PlaybookError."""
    book = parse(text)
    act_as(session, actor_id)
    company = await session.get_one(Company, 1, with_for_update=True)
    version = company.playbook_version + 1
    body = book.model_dump(mode="json")
    session.add(PlaybookVersion(version=version, body=body, applied_at=now(session), applied_by=actor_id))
    company.playbook_version = version
    company.sees = {role.value: int(sees.scope) for role, sees in book.data_rights.customers.items()}
    company.masked_roles = [role.value for role in book.data_rights.masked_phones]
    await session.flush()
    await publish(session, PlaybookPublished(version, book))
    return version
