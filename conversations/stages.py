"""The stage on an archive's card."""

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.archive import archive_line
from crm_core.customers.queries import Archive, days_between
from crm_core.kit.db import now
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from screens.groups import stage_line
from screens.screen import Words


@archive_line(order=30)
async def stage(session: AsyncSession, actor: Actor, archive: Archive) -> Words | None:
    book = await in_force(session, actor.playbook_version)
    days = days_between(actor, archive.customer.stage_since, now(session))
    return stage_line(book.stage(archive.customer.stage), days)
