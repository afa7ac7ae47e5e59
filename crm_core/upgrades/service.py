"""While a newer program is at work on the same database, this one leaves to it what it cannot make sense of itself."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core import migrations


class NeedsNewer(Exception):
    """Only a newer program knows what this is."""


async def ahead(session: AsyncSession) -> bool:
    """Whether a newer program has migrated the database under this one. Asked where something is not known only."""
    return await session.scalar(text("SELECT version_num FROM alembic_version")) not in migrations.known()


async def leave_to_newer(session: AsyncSession, what: str) -> None:
    """Raises NeedsNewer when a newer program may know what this one does not; else it is known to nobody."""
    if await ahead(session):
        raise NeedsNewer(what)
