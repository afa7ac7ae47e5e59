"""Everybody's digest at once: chosen, asked again, ranked, drawn in the person's language, put into the outbox.

Part of `python -m benchmarks.reminders`. Some ten archives of each rep have gone stale, some have a birthday.
"""

import asyncio
import time
from dataclasses import dataclass

import psutil

from benchmarks import field as fields
from benchmarks.field import TODAY, Field
from reminders import digest
from reminders.contacts import BIRTHDAY_SOON
from reminders.customers import STALE
from reminders.noticing import notice


@dataclass(frozen=True, slots=True)
class Told:
    digests: int
    lines: int
    seconds: float
    cpu_s: float
    memory_mb: float
    """By how much the process grew meanwhile, at most."""


async def measure(field: Field) -> Told:
    await fields.fall_due(field, field.customers // 10)
    await fields.born_on(field, TODAY.replace(day=TODAY.day + 2), field.birthdays // 100)
    async with field.db.unit() as session:
        await notice(session, STALE)
        await notice(session, BIRTHDAY_SOON)
    await field.plain.execute("VACUUM ANALYZE occurrence")
    await field.plain.execute(
        "UPDATE employee SET digest_due_at = $1, digested_on = NULL WHERE 'rep' = ANY(roles)", fields.NOW
    )
    process = psutil.Process()
    before = most = process.memory_info().rss
    began, cpu = time.perf_counter(), time.process_time()
    sending = asyncio.create_task(digest.send_due(field.db))
    while not sending.done():
        await asyncio.wait([sending], timeout=0.1)
        most = max(most, process.memory_info().rss)
    await sending
    taken, spent = time.perf_counter() - began, time.process_time() - cpu
    digests: int | None = await field.plain.fetchval("SELECT count(*) FROM outbox WHERE method = 'send_message'")
    lines: int | None = await field.plain.fetchval("SELECT count(*) FROM occurrence WHERE state = 'queued'")
    assert digests, "nobody got a digest"
    return Told(digests, lines or 0, taken, spent, (most - before) / 2**20)
