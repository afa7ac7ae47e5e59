"""The clock: APScheduler only ticks, the tables are the truth. A tick that is missed is made up for by the next."""

import asyncio
import importlib
import pkgutil
from datetime import timedelta
from functools import cache
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import reminders
from crm_core import registry
from crm_core.drafts import memory
from crm_core.drafts import service as drafts
from crm_core.kit.calendars import WorkTable
from crm_core.kit.db import Database, now
from crm_core.occurrences import service as occurrences
from crm_core.org.attention import count_people, digest_after, is_quiet, spread_of
from crm_core.org.models import Company, Employee
from crm_core.org.workdays import work_table
from reminders import closing, digest, pushing, weekly
from reminders.noticing import notice
from reminders.rules import rules, sweeps

log = structlog.get_logger()

TICK_S: Final = 20.0
_DIGESTS_A_UNIT: Final = 50


@cache
def load() -> None:
    """Import every feature's rules."""
    registry.load()
    for module in pkgutil.iter_modules(reminders.__path__, "reminders."):
        importlib.import_module(module.name)
    for rule in rules().values():
        closing.listen(rule)


class Ticker:
    """Ticks every `tick_s` seconds until stopped. Only one of a fleet may run: the caller holds the lease."""

    def __init__(self, db: Database, *, tick_s: float = TICK_S) -> None:
        load()
        self._db = db
        self._tick_s = tick_s
        self._ticking = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        scheduler: Any = AsyncIOScheduler(timezone="UTC")  # APScheduler has no types
        trigger = IntervalTrigger(seconds=cast("Any", self._tick_s), timezone="UTC")
        scheduler.add_job(self._safely, trigger, coalesce=True, misfire_grace_time=None, max_instances=1)
        scheduler.start()
        try:
            await self._safely()
            await stop.wait()
        finally:
            scheduler.pause()
            try:
                async with self._ticking:  # the scheduler would cut a running tick off, and complain of it
                    pass
            finally:
                scheduler.shutdown(wait=False)

    async def _safely(self) -> None:
        """A tick that fails is told and made up for by the next one."""
        async with self._ticking:
            try:
                await self.tick()
            except Exception:
                log.exception("clock.tick_failed")

    async def tick(self) -> None:
        """Let every rule note what is due, strike what strikes by itself, then send what is to be sent now.

        The trouble of one rule or sweep is told, and stops no other.
        """
        for rule in rules().values():
            try:
                async with self._db.unit() as session:
                    count = await notice(session, rule)
            except Exception:
                log.exception("clock.rule_failed", rule=rule.key)
                continue
            if count:
                log.info("clock.noticed", rule=rule.key, count=count)
        for sweep in sweeps().values():
            try:
                count = await sweep.strike(self._db)
            except Exception:
                log.exception("clock.sweep_failed", sweep=sweep.key)
                continue
            if count:
                log.info("clock.swept", sweep=sweep.key, count=count)
        async with self._db.unit() as session:
            await occurrences.confirm(session)
            for card_id in await occurrences.expire(session):
                await digest.redraw(session, card_id)
        await pushing.push(self._db)
        while await self._digests():
            pass
        async with self._db.unit() as session:
            await drafts.sweep(session)
            await memory.sweep(session)

    async def _digests(self) -> bool:
        """A batch of due digests, each person's next one set in the same transaction; false when none is left."""
        async with self._db.unit() as session:
            due = (
                select(Employee)
                .where(Employee.digest_due_at <= now(session), Employee.left_at.is_(None))
                .order_by(Employee.digest_due_at)
                .limit(_DIGESTS_A_UNIT)
                .with_for_update(skip_locked=True)
            )
            people = (await session.scalars(due)).all()
            company = await session.scalar(select(Company))
            if not people:
                return False
            table, crowd = await work_table(session), await count_people(session)
            for person in people:
                zone = ZoneInfo(person.zone or (company.zone if company else "UTC"))
                await self._digest(session, person, zone, table, spread_of(person.id, crowd))
            return True

    @staticmethod
    async def _digest(
        session: AsyncSession, person: Employee, zone: ZoneInfo, table: WorkTable, spread: timedelta
    ) -> None:
        """The digest, if the person can be reached and wants to be now, and when the next one is due.

        A clock that was away for long sends one digest, not one for each morning it missed. One person's trouble is
        told, and keeps the digest from nobody else. A digest that comes late waits for the next working morning; so
        does one that would be the day's second, where the clock was moved.
        """
        moment = now(session)
        local = moment.astimezone(zone)
        today, early = local.date(), local.time() < person.digest_at
        told = person.digested_on is not None and today <= person.digested_on
        if person.unreachable_since is None and not (told or early or is_quiet(moment, zone, table)):
            try:
                async with session.begin_nested():
                    if await digest.send(session, person):
                        person.digested_on = today
                    await weekly.send(session, person, today)
            except Exception:
                log.exception("clock.digest_failed", employee_id=person.id)
        person.digest_due_at = digest_after(person, zone, moment, table, spread)
        await session.flush()
