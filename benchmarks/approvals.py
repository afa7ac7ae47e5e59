"""A manager with 200 pending requests, over a million finished ones: python -m benchmarks.approvals [ROWS]

Finished requests with all that belongs to them (steps, seats, facts, timers) are copied into a database of its own;
the pending ones are submitted as people submit them. Then: the pages of the pending list, their count, each decision in
a unit of work of its own, and from the press until the applicant's phone shows it (presses.py). Milliseconds, and how
many rows and pages the list reads. It should take under 30 ms at p99 however many are finished.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks import presses
from benchmarks.explained import Read, asked_of, read_by
from benchmarks.report import share
from benchmarks.rig import server
from crm_core import registry
from crm_core.approvals import lists, queries, service, signing
from crm_core.approvals.authority import Say
from crm_core.audit.service import act_as
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database, now
from crm_core.kit.pages import FIRST, At
from crm_core.kit.signals import connect
from crm_core.org import queries as people
from crm_core.org import service as org
from crm_core.org.models import Company, Employee, Role, UnitKind

PENDING = 200
MANAGERS = 40
REPS = 400
A_COPY = 20_000  # requests
_FORM = json.dumps({"place": "厦门", "since": "2026-03-11", "until": "2026-03-13", "purpose": "拜访夏商集团"})
_COLUMNS = {
    "approval": (
        *("id", "flow", "kind", "playbook_version", "applicant_id", "title", "form", "picks", "status", "round"),
        *("facts", "submit_key", "submitted_at", "changed_at", "ended_at"),
    ),
    "approval_step": ("approval_id", "seq", "node", "round", "mode", "went", "opened_at", "closed_at", "due_at"),
    "approval_seat": (
        *("approval_id", "no", "step", "holder_id", "origin", "place", "state", "open", "since", "by_id"),
        "decided_at",
    ),
    "approval_fact": ("approval_id", "seq", "kind", "at", "actor_id", "seat", "data"),
    "approval_timer": ("approval_id", "step", "kind", "due_at", "done_at", "fired"),
    "approval_effect": ("approval_id", "round", "name", "at"),
}


async def company(database: Database) -> tuple[list[Employee], list[Employee]]:
    """Managers and their reps; the first manager is the one who waits."""
    async with database.unit() as session:
        session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
        head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
        names = ["王海燕", *(f"经理{at}" for at in range(1, MANAGERS))]
        managers = [await org.add_employee(session, name=one, unit=head, roles=(Role.MANAGER,)) for one in names]
        reps = [
            await org.add_employee(
                session, name=f"销售{at}", unit=head, roles=(Role.REP,), manager=managers[at % MANAGERS]
            )
            for at in range(REPS)
        ]
    return managers, reps


def finished(first: int, count: int, who: tuple[list[Employee], list[Employee]], at: datetime) -> dict[str, list[Any]]:
    """Rows of so many requests that a manager and then somebody else approved, by table."""
    managers, reps = who
    made: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for number in range(first, first + count):
        rep = reps[number % REPS]
        signers = (managers[number % MANAGERS].id, managers[(number + 7) % MANAGERS].id)
        began = at - timedelta(minutes=number % 1_000_000)
        ended = began + timedelta(hours=2)
        head = (number, "travel", "administration", 0, rep.id, f"出差申请 {number}", _FORM, "{}", "approved", 1)
        made["approval"].append((*head, 7, f"bench {number}", began, ended, ended))
        facts: list[tuple[str, int | None, int | None]] = [("submitted", rep.id, None)]
        for step, signer in enumerate(signers, 1):
            node = ("manager", "head")[step - 1]
            due = began + timedelta(hours=8)
            made["approval_step"].append((number, step, node, 1, "any", "passed", began, ended, due))
            seat = (number, step, step, signer, "rule", 0, "approved", False, began, signer, ended)
            made["approval_seat"].append(seat)
            made["approval_timer"] += [(number, step, kind, due, ended, False) for kind in ("half", "due")]
            facts += [("opened", None, None), ("approved", signer, step), ("passed", None, None)]
        facts[-1] = ("ended", None, None)
        made["approval_fact"] += [
            (number, seq, kind, began, actor, seat, "{}") for seq, (kind, actor, seat) in enumerate(facts, 1)
        ]
        made["approval_effect"].append((number, 1, "ended approved", ended))
    return made


async def fill(url: str, rows: int, who: tuple[list[Employee], list[Employee]], at: datetime) -> float:
    """Copy the finished ones in; answers the seconds."""
    began = time.perf_counter()
    plain: asyncpg.Connection = await connect(url)
    try:
        await plain.execute("SET session_replication_role = replica")  # what is copied refers to what is there
        for first in range(1, rows + 1, A_COPY):
            made = finished(first, min(A_COPY, rows + 1 - first), who, at)
            for table, columns in _COLUMNS.items():
                await plain.copy_records_to_table(table, records=made[table], columns=columns)
        await plain.execute("SELECT setval(pg_get_serial_sequence('approval', 'id'), $1)", max(rows, 1))
        await plain.execute("VACUUM ANALYZE")
    finally:
        await plain.close()
    return time.perf_counter() - began


async def submit(database: Database, reps: list[Employee]) -> None:
    """The pending ones: of the first manager's reps, in turn."""
    mine = reps[::MANAGERS]
    form = {"place": "厦门", "since": "2026-03-11", "until": "2026-03-13", "purpose": "拜访夏商集团"}
    for at in range(PENDING):
        async with database.unit() as session:
            actor = await people.actor(session, mine[at % len(mine)].id)
            assert actor is not None
            act_as(session, actor.id)
            command = service.Apply(flow="travel", title=f"去厦门 {at}", form=form, key=f"pending {at}")
            await service.submit(session, actor, command)
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("ANALYZE approval_seat, approval, approval_step")  # as autovacuum would


Waits = list[float]
"""Milliseconds."""


async def timed(waits: Waits, work: Awaitable[Any]) -> Any:
    began = time.perf_counter()
    found = await work
    waits.append((time.perf_counter() - began) * 1000)
    return found


@asynccontextmanager
async def as_manager(database: Database, manager: Employee) -> AsyncIterator[tuple[AsyncSession, Any]]:
    async with database.unit() as session:
        actor = await people.actor(session, manager.id)
        assert actor is not None
        act_as(session, actor.id)
        yield session, actor


async def read(database: Database, manager: Employee, page: Waits, count: Waits) -> None:
    """Every page of the list once, and the count."""
    at, seen = FIRST, 0
    while True:
        async with as_manager(database, manager) as (session, actor):
            shown = await timed(page, lists.waiting(session, actor, at))
            assert await timed(count, queries.count_pending(session, actor)) == PENDING
        seen += len(shown.rows)
        if not shown.more_after:
            break
        at = At(after=shown.rows[-1].seat)
    assert seen == PENDING


async def decide(database: Database, manager: Employee, waits: Waits) -> None:
    async with as_manager(database, manager) as (session, actor):
        seats = await lists.all_waiting(session, actor, PENDING)
    for at, seat in enumerate(seats):
        began = time.perf_counter()
        async with as_manager(database, manager) as (session, actor):
            await signing.approve(session, actor, Say(seat=seat, key=f"press {at}"))
        waits.append((time.perf_counter() - began) * 1000)


async def cost(database: Database, manager: Employee, work: Callable[[AsyncSession, Any], Awaitable[Any]]) -> Read:
    """What the last statement of some work reads."""
    async with as_manager(database, manager) as (session, actor):
        with asked_of(database) as said:
            await work(session, actor)
        return await read_by(await session.connection(), said[-1])


async def measure(url: str, rows: int) -> None:
    database = Database(url, SystemClock())
    who = await company(database)
    async with database.unit() as session:
        moment = now(session)
    print(f"{rows:,} finished requests copied in {await fill(url, rows, who, moment):.0f} s")
    await submit(database, who[1])
    manager = who[0][0]
    page, count, decision = Waits(), Waits(), Waits()
    for _ in range(5):
        await read(database, manager, page, count)
    for name, work in (("page", lists.waiting), ("count", queries.count_pending)):
        told = await cost(database, manager, work)
        print(f"a {name} reads {told.rows} rows in {told.pages} pages")
    await decide(database, manager, decision)
    floor, shown = await presses.measure(database, manager, who[1][0])
    told = {"pending page": page, "pending count": count, "decide": decision}
    for name, waits in {**told, "echo bot": floor, "press to shown": shown}.items():
        print(f"{name:>14}: p50 {share(waits, 0.5):6.1f} ms, p99 {share(waits, 0.99):6.1f} ms, of {len(waits)}")
    await database.dispose()


def main(rows: int = 1_000_000) -> None:
    registry.load()
    with server(lax=True) as on:
        asyncio.run(measure(on.fresh("bench"), rows))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
