"""The clock: APScheduler only ticks, the tables are the truth. A tick that is missed is made up for by the next."""

import asyncio
import importlib
import pkgutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, cast

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from prometheus_client import Counter, Gauge, Summary

import reminders
from crm_core import registry
from crm_core.drafts import memory
from crm_core.drafts import service as drafts
from crm_core.kit.db import Database
from crm_core.occurrences import service as occurrences
from reminders import closing, digest, pushing
from reminders.noticing import notice
from reminders.rules import rules, sweeps

log = structlog.get_logger()

TICK_S: Final = 20.0

_TICK: Final = Summary("rounds_clock_tick_seconds", "Ticks of the clock, and how long they took.")
_LOOKED: Final = Gauge("rounds_clock_rule_last_timestamp_seconds", "When a rule last looked, and went well.", ["rule"])
_FAILED: Final = Counter("rounds_clock_failures", "Trouble of a rule, a sweep or a whole tick.", ["rule"])


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
        job = scheduler.add_job(self._safely, trigger, coalesce=True, misfire_grace_time=None, max_instances=1)
        scheduler.start()
        try:
            await self._safely()
            while not await _came(stop, self._tick_s):
                if job.next_run_time > datetime.now(UTC) + timedelta(seconds=2 * self._tick_s):
                    log.warning("clock.set_back")  # APScheduler would wait until it is that late again
                    job.modify(next_run_time=datetime.now(UTC))
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
                with _TICK.time():
                    await self.tick()
            except Exception:
                log.exception("clock.tick_failed")
                _FAILED.labels("tick").inc()

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
                _FAILED.labels(rule.key).inc()
                continue
            _LOOKED.labels(rule.key).set_to_current_time()
            if count:
                log.info("clock.noticed", rule=rule.key, count=count)
        for sweep in sweeps().values():
            try:
                count = await sweep.strike(self._db)
            except Exception:
                log.exception("clock.sweep_failed", sweep=sweep.key)
                _FAILED.labels(sweep.key).inc()
                continue
            _LOOKED.labels(sweep.key).set_to_current_time()
            if count:
                log.info("clock.swept", sweep=sweep.key, count=count)
        async with self._db.unit() as session:
            await occurrences.confirm(session)
            for card_id in await occurrences.expire(session):
                await digest.redraw(session, card_id)
        await pushing.push(self._db)
        await digest.send_due(self._db)
        async with self._db.unit() as session:
            await drafts.sweep(session)
            await memory.sweep(session)


async def _came(stop: asyncio.Event, within_s: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), within_s)
    return stop.is_set()
