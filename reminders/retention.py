"""The clock's broom: what is older than its period goes, some at a time (decision 0024)."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from crm_core.kit.db import Database, now
from crm_core.retention import service
from crm_core.retention.periods import PERIODS
from reminders.rules import Sweep

log = structlog.get_logger()

EVERY: Final = timedelta(minutes=10)
STEPS: Final = 10
"""Of one period at one tick; the rest at the next one."""

_looked: dict[str, datetime] = {}


async def strike(db: Database) -> int:
    """Every ten minutes, or at once where the last tick left something. The trouble of one period stops no other."""
    count = 0
    async with db.unit() as session:
        moment, keeping = now(session), await service.keeping(session)
    if abs(moment - _looked.get(db.url, moment - EVERY)) < EVERY:
        return 0
    left = False
    for period in PERIODS:
        try:
            for _ in range(STEPS):
                async with db.unit() as session:
                    gone, more = await service.sweep(session, period, keeping)
                count += gone
                if not more:
                    break
            else:
                left = True
        except Exception:
            log.exception("retention.failed", sweep=period.key)
    async with db.unit() as session:
        await service.sweep_places(session)
        gone, more = await service.sweep_files(session)
    if not (left or more):
        _looked[db.url] = moment
    return count + gone


SWEEP: Final = Sweep("retention", strike)
