"""`GET /metrics`: what an operator watches, in Prometheus' own words.

What a process counts of itself is declared where it is counted (`rounds_updates_handled` in the worker, and so on).
What the database knows is asked here, when somebody scrapes: by index, with a bound, and not more often than every few
seconds. No label ever names a chat, a person or a record.
"""

import asyncio
import platform
import time
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.pool import QueuePool

from bot.database import UNREACHABLE
from bot.supervision import Nursery, State
from crm_core import migrations
from crm_core.kit.db import Database

MOST_COUNTED: Final = 10_000
"""Of what waits, so much is counted: 10,001 stands for more."""

FRESH_S: Final = 5.0
_PATIENCE_S: Final = 3.0
_RECENT: Final = 500  # of the newest rows: what their way took

_ASK: Final = text(f"""
    WITH came AS MATERIALIZED (
        SELECT received_at FROM inbox WHERE state = 'pending' LIMIT {MOST_COUNTED + 1}
    ), goes AS MATERIALIZED (
        SELECT greatest(created_at, not_before) AS since FROM outbox
        WHERE state IN ('pending', 'sending') AND not_before <= :now LIMIT {MOST_COUNTED + 1}
    ), files AS MATERIALIZED (
        SELECT created_at FROM file WHERE state = 'pending' LIMIT {MOST_COUNTED + 1}
    ), digests AS MATERIALIZED (
        SELECT digest_due_at FROM employee WHERE digest_due_at <= :now AND left_at IS NULL LIMIT {MOST_COUNTED + 1}
    ), sent AS MATERIALIZED (
        SELECT extract(epoch FROM ended_at - greatest(created_at, not_before)) AS took
        FROM (SELECT * FROM outbox ORDER BY id DESC LIMIT {_RECENT}) AS newest
        WHERE state = 'sent' AND ended_at > :now - interval '5 minutes'
    )
    SELECT (SELECT count(*) FROM came) AS inbox, (SELECT min(received_at) FROM came) AS inbox_since,
        (SELECT count(*) FROM goes) AS outbox, (SELECT min(since) FROM goes) AS outbox_since,
        (SELECT count(*) FROM files) AS files, (SELECT min(created_at) FROM files) AS files_since,
        (SELECT count(*) FROM digests) AS digests, (SELECT min(digest_due_at) FROM digests) AS digests_since,
        (SELECT count(*) FROM (SELECT FROM inbox WHERE state = 'dead' LIMIT {MOST_COUNTED + 1}) d) AS inbox_dead,
        (SELECT count(*) FROM (SELECT FROM outbox WHERE state = 'dead' LIMIT {MOST_COUNTED + 1}) d) AS outbox_dead,
        (SELECT percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY took) FROM sent) AS took,
        (SELECT version_num FROM alembic_version) AS revision
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))  # noqa: S608 - numbers of ours

_WAITING: Final = ("inbox", "outbox", "files", "digests")


class Scrapes:
    """Answers scrapes of one process; those that come together are answered together."""

    def __init__(self, db: Database, nursery: Nursery) -> None:
        self._db = db
        self._nursery = nursery
        self._turn = asyncio.Lock()
        self._asked_at = -FRESH_S
        self._known: list[Metric] = []

    def route(self) -> web.RouteDef:
        return web.get("/metrics", self.answer)

    async def answer(self, _: web.Request) -> web.Response:
        own = CollectorRegistry()
        own.register(_Told([*await self._of_database(), *self._of_process()]))
        body = await asyncio.to_thread(lambda: generate_latest(REGISTRY) + generate_latest(own))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _of_database(self) -> list[Metric]:
        async with self._turn:
            if time.monotonic() - self._asked_at >= FRESH_S:
                self._known = await self._ask()
                self._asked_at = time.monotonic()
            return self._known

    async def _ask(self) -> list[Metric]:
        now = self._db.clock.now()
        try:
            async with asyncio.timeout(_PATIENCE_S), self._db.engine.begin() as connection:
                await connection.execute(text(f"SET LOCAL statement_timeout = {int(_PATIENCE_S * 900)}"))
                row: Any = (await connection.execute(_ASK, {"now": now})).one()
        except UNREACHABLE:
            return [_gauge("rounds_database_up", "Whether the database answered.", 0)]
        return [_gauge("rounds_database_up", "Whether the database answered.", 1), *_of_row(row, now)]

    def _of_process(self) -> Iterable[Metric]:
        running = GaugeMetricFamily("rounds_loop_running", "Whether a loop runs.", labels=["loop"])
        restarts = CounterMetricFamily("rounds_loop_restarts", "How often a loop crashed.", labels=["loop"])
        for loop in self._nursery.loops:
            running.add_metric([loop.name], loop.state is State.RUNNING)
            restarts.add_metric([loop.name], loop.crashes)
        yield from (running, restarts)
        pool = self._db.engine.pool
        if isinstance(pool, QueuePool):
            yield _gauge("rounds_database_connections", "Connections of the pool in use.", pool.checkedout())
            yield _gauge("rounds_database_connections_most", "How many there may be.", self._db.most_connections)


class _Told(Collector):
    """Figures that are there already."""

    def __init__(self, figures: Iterable[Metric]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        return self._figures


def _of_row(row: Any, now: datetime) -> Iterable[Metric]:
    waiting = GaugeMetricFamily(
        "rounds_waiting", f"What is due and not done yet; {MOST_COUNTED + 1} stands for more.", labels=["where"]
    )
    oldest = GaugeMetricFamily(
        "rounds_waiting_oldest_seconds", "For how long the oldest of it has been due.", labels=["where"]
    )
    for name in _WAITING:
        since: datetime | None = getattr(row, f"{name}_since")
        waiting.add_metric([name], getattr(row, name))
        oldest.add_metric([name], max(0.0, (now - since).total_seconds()) if since else 0.0)
    dead = GaugeMetricFamily("rounds_dead_letters", "What was given up and waits for a decision.", labels=["box"])
    dead.add_metric(["inbox"], row.inbox_dead)
    dead.add_metric(["outbox"], row.outbox_dead)
    yield from (waiting, oldest, dead)
    if row.took:
        took = GaugeMetricFamily(
            "rounds_outbox_took_seconds",
            f"From a message's due time to Telegram's yes, of the {_RECENT} newest.",
            labels=["quantile"],
        )
        for quantile, value in zip(("0.5", "0.99"), row.took, strict=True):
            took.add_metric([quantile], float(value))
        yield took
    build = GaugeMetricFamily(
        "rounds_build_info", "Which Rounds this is.", labels=["version", "migration", "needs", "python"]
    )
    program, needs = _of_program()
    build.add_metric([program, row.revision, needs, platform.python_version()], 1)
    yield build


@cache
def _of_program() -> tuple[str, str]:
    """Its version, and the migration that it needs: read from the disk once."""
    return version("rounds-crm"), migrations.head()


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)
