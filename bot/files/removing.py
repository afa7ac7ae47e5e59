"""Removes the bytes of files that are to go: expired exports, files of no record, files of who was erased."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import DateTime, bindparam, delete, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.files.storage import Storage, StorageError
from bot.pauses import pause
from crm_core.attachments.models import LooseFile
from crm_core.kit.db import Database, now

log = structlog.get_logger()

LOOK_EVERY_S: Final = 60.0
AT_ONCE: Final = 50
_LATER: Final = timedelta(minutes=20)

_DUE: Final = text(
    f"SELECT l.key, EXISTS (SELECT FROM file f WHERE f.key = l.key) AS held,"  # noqa: S608 - our own
    " EXISTS (SELECT FROM outbox o WHERE o.state IN ('pending','sending')"
    " AND strpos(o.payload::text, l.key) > 0) AS promised FROM loose_file l"
    f" WHERE l.due_at <= :now ORDER BY l.due_at LIMIT {AT_ONCE} FOR UPDATE OF l SKIP LOCKED"
).bindparams(bindparam("now", type_=DateTime(timezone=True)))


class Remover:
    """The loop. Any number may run; each takes what nobody holds."""

    def __init__(self, db: Database, storage: Storage, *, look_every_s: float = LOOK_EVERY_S) -> None:
        self._db = db
        self._storage = storage
        self._look_every_s = look_every_s

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                while await self.once():
                    pass
            except Exception as error:  # noqa: BLE001 - the database or the storage may be away for a while
                log.warning("files.not_removed", error=type(error).__name__)
            await pause(stop, self._look_every_s)

    async def once(self) -> int:
        """Some of what is due: how many were settled. The keys stay locked meanwhile, and nothing else does."""
        async with self._db.unit() as session:
            rows = (await session.execute(_DUE, {"now": now(session)})).all()
            settled = [row.key for row in rows if row.held]
            waiting = [row.key for row in rows if row.promised and not row.held]
            for row in rows:
                if not (row.held or row.promised):
                    (settled if await self._removed(row.key) else waiting).append(row.key)
            await _settle(session, settled, waiting)
        return len(settled)

    async def _removed(self, key: str) -> bool:
        try:
            return await self._storage.remove(key)
        except StorageError as error:
            log.warning("files.not_removed", why=str(error))
            return False


async def _settle(session: AsyncSession, settled: list[str], waiting: list[str]) -> None:
    await session.execute(delete(LooseFile).where(LooseFile.key.in_(settled)))
    await session.execute(update(LooseFile).where(LooseFile.key.in_(waiting)).values(due_at=now(session) + _LATER))
