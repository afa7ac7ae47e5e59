"""A company of a million customers: python -m benchmarks.million [CUSTOMERS]

A database of its own is filled as imports and visits would have filled it (names, search keys, contacts, owners, due
days), then people of each reach search, open archives, read their morning list, and a rep's 2,000 customers are handed
over. Every figure is in milliseconds of the whole operation, beside a floor taken in turn: the same session asking
`SELECT 1`. `rows` are those that PostgreSQL read for the costliest query of the kind: cost is to follow what is shown.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import asyncpg
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.explained import Asked, asked_of, read_by
from benchmarks.names import FAMILY, HAN
from benchmarks.report import share
from benchmarks.rig import server
from conversations.customers import archive_card
from conversations.due import by_kind
from crm_core import registry
from crm_core.audit.service import act_as
from crm_core.customers import queries as customers
from crm_core.customers.models import Customer
from crm_core.customers.service import derive
from crm_core.handover.service import HandOver, hand_over
from crm_core.handover.shares import Rule
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries as org_queries
from crm_core.org import service as org
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee, Role, UnitKind
from handlers import routing
from reminders.customers import STALE
from reminders.noticing import notice

_MANY = 1_000_000
_CHUNK = 5_000
_REPS, _A_TEAM, HANDED_OVER = 400, 10, 2_000
_ASKED = 400  # operations of each kind
_CITIES = ("深圳", "上海", "苏州", "广州", "成都", "武汉", "杭州", "青岛", "重庆", "西安", "天津", "厦门")
_TRADES = ("电子", "科技", "机械", "贸易", "食品", "医疗器械", "建材", "物流", "化工", "软件", "精密仪器", "自动化设备")
_LATIN = ("Nordhaus", "Acme", "Weber", "Cloverleaf", "Brightwater", "Harbour", "Kingsley", "Lindqvist", "Moreau")
_KINDS = ("Logistics GmbH", "Electronics Ltd", "Foods Inc", "Trading Co", "Medical AG", "Tools BV")
_NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


# --- what there is


def a_name(at: int) -> str:
    dice = random.Random(at)
    if at % 9 == 0:
        return f"{dice.choice(_LATIN)} {at} {dice.choice(_KINDS)}"
    brand = "".join(dice.choices(HAN, k=4))
    return f"{dice.choice(_CITIES)}市{brand}{dice.choice(_TRADES)}有限公司"


def _person(at: int) -> str:
    dice = random.Random(-at - 1)
    return dice.choice(FAMILY) + "".join(dice.choices(HAN, k=2))


def _rows(first: int, many: int) -> list[dict[str, Any]]:
    """Customers as they are kept, with all that follows from their names; every tenth has a contact."""
    made: list[dict[str, Any]] = []
    for at in range(first, first + many):
        dice = random.Random(at * 7)
        one = Customer(name=a_name(at), short_name=None)
        known = at % 10 == 0
        one.people = [_person(at)] if known else []
        one.people_phones = [f"+86138{at:08d}"] if known else []
        derive(one)
        cared = _NOW - timedelta(days=dice.randrange(1, 200))
        rep = 0 if at < HANDED_OVER else dice.randrange(1, _REPS)
        made.append(
            {
                "name": one.name,
                "type": dice.choice("abc"),
                "category": "regular",
                "industry": dice.choice(("electronics", "machinery", "food", "medical")),
                "source": "advert",
                "stage": dice.choice(("target", "potential", "formal", "repeat")),
                "stage_since": cared,
                "status": "normal",
                "city": dice.choice(_CITIES),
                "owner": rep,
                "held_since": cared,
                "created_at": cared,
                "maintained_at": cared,
                "last_followup_at": cared if known else None,
                "yearly_value": dice.randrange(1, 900) * 1000,
                "normal_name": one.normal_name,
                "brand": one.brand,
                "people": one.people,
                "people_phones": one.people_phones,
                "sort_key": one.sort_key,
                "keys": one.keys,
                "former_names": [],
                "revision": 1,
            }
        )
    return made


async def _people(db: Database) -> list[int]:
    """A director, managers of ten, reps; answers the reps' ids."""
    async with db.unit() as session:
        session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
        head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
        director = await org.add_employee(session, name="陈国栋", unit=head, roles=(Role.MANAGER,))
        reps: list[int] = []
        boss = director
        for at in range(_REPS):
            if at % _A_TEAM == 0:
                boss = await org.add_employee(
                    session, name=f"经理{at // _A_TEAM}", unit=head, roles=(Role.MANAGER,), manager=director
                )
            rep = await org.add_employee(session, name=f"代表{at}", unit=head, roles=(Role.REP,), manager=boss)
            reps.append(rep.id)
        await org.add_employee(session, name="周启明", unit=head, roles=(Role.EXECUTIVE,))
    return reps


def _chunks(many: int) -> Iterator[tuple[int, int]]:
    for first in range(0, many, _CHUNK):
        yield first, min(_CHUNK, many - first)


async def fill(db: Database, many: int) -> None:
    """Copy everything in; indexes that would be slow to keep meanwhile are made afterwards."""
    reps = await _people(db)
    url = make_url(db.url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    spec = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'customer' AND indexname LIKE 'ix_%'"
    )
    for one in spec:
        await connection.execute(f'DROP INDEX "{one["indexname"]}"')
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        waiting = [loop.run_in_executor(pool, _rows, first, count) for first, count in _chunks(many)]
        for part in waiting:
            rows = await part
            columns = [name for name in rows[0] if name != "owner"] + ["owner_id", "created_by"]
            records = [
                (*(value for name, value in row.items() if name != "owner"), reps[row["owner"]], reps[row["owner"]])
                for row in rows
            ]
            await connection.copy_records_to_table("customer", records=records, columns=columns)
    for one in spec:
        await connection.execute(one["indexdef"])
    await connection.execute(
        """
        INSERT INTO stale_timer (customer_id, owner_id, told, due_at)
        SELECT id, owner_id, type || maintained_at,
               CASE WHEN id % 10 < 7 THEN maintained_at + interval '90 days' END
        FROM customer
        """
    )
    await connection.execute(
        """
        INSERT INTO contact (customer_id, name, title, phone, is_primary, created_by, created_at, revision)
        SELECT id, people[1], '采购经理', people_phones[1], true, created_by, created_at, 1
        FROM customer WHERE cardinality(people) > 0
        """
    )
    await connection.execute(
        """
        INSERT INTO visit (customer_id, employee_id, kind, happened_at, summary, created_at)
        SELECT id, owner_id, 'return', last_followup_at - n * interval '9 days', '谈了年框，下周三看样', created_at
        FROM customer, generate_series(1, 4) AS n WHERE last_followup_at IS NOT NULL
        """
    )
    for table in ("customer", "contact", "visit", "employee"):
        await connection.execute(f"VACUUM ANALYZE {table}")
    await connection.close()


# --- what is asked


@dataclass
class Line:
    """What one kind of operation took, and what PostgreSQL read for the costliest statement of it."""

    name: str
    ms: list[float] = field(default_factory=list)
    rows: int = 0

    def at(self, part: float) -> float:
        return share(self.ms, part)


async def _most_rows(db: Database, said: list[Asked]) -> int:
    """The rows read by the costliest question of these."""
    async with db.engine.connect() as connection:
        read = [await read_by(connection, one) for one in said if one[0].lstrip().upper().startswith("SELECT")]
        await connection.rollback()
    return max((one.rows for one in read), default=0)


Operation = Callable[[AsyncSession, Actor, random.Random], Awaitable[object]]


async def _actor(db: Database, name: str) -> Actor:
    async with db.unit() as session:
        employee = await session.scalar(select(Employee).where(Employee.name == name))
        assert employee is not None
        actor = await org_queries.actor(session, employee.id)
        assert actor is not None
        return actor


def _asked(many: int) -> dict[str, Callable[[random.Random], str]]:
    def brand(dice: random.Random) -> str:
        name = a_name(dice.randrange(many))
        return name[:6] if name.isascii() else name.replace("市", "", 1)[2:6]

    return {
        "two characters": lambda dice: brand(dice)[:2],
        "a name's beginning": brand,
        "initials": lambda dice: "".join(dice.choices("hnkxrjcadsltxy", k=4)),
        "last digits": lambda dice: f"{dice.randrange(many // 10) * 10:04d}"[-4:],
        "a contact": lambda dice: _person(dice.randrange(many // 10) * 10),
        "Latin": lambda dice: dice.choice(_LATIN).lower()[:5],
    }


async def measured(db: Database, line: Line, floor: Line, actor: Actor, operation: Operation) -> None:
    dice = random.Random(line.name)
    slowest, state = 0.0, dice.getstate()
    for _ in range(_ASKED):
        async with db.unit() as session:
            began = time.perf_counter()
            await session.execute(text("SELECT 1"))
            floor.ms.append((time.perf_counter() - began) * 1000)
        before = dice.getstate()
        async with db.unit() as session:
            began = time.perf_counter()
            await operation(session, actor, dice)
            took = (time.perf_counter() - began) * 1000
        line.ms.append(took)
        if took > slowest:
            slowest, state = took, before
    dice.setstate(state)
    with asked_of(db) as said:
        async with db.unit() as session:
            await operation(session, actor, dice)
    line.rows = max(line.rows, await _most_rows(db, said))


async def play(db: Database, many: int) -> list[Line]:
    """Each operation for each reach, and the floor beside it."""
    floor, told = Line("floor: SELECT 1"), list[Line]()
    people = {"rep": "代表7", "manager": "经理3", "director": "陈国栋", "executive": "周启明"}
    actors = {reach: await _actor(db, name) for reach, name in people.items()}
    for what, words in _asked(many).items():
        for reach in ("rep", "manager", "executive"):

            async def search(session: AsyncSession, actor: Actor, dice: random.Random, words: Any = words) -> object:
                return await customers.search(session, actor, words(dice))

            told.append(Line(f"search, {what}, {reach}"))
            await measured(db, told[-1], floor, actors[reach], search)

    async def card(session: AsyncSession, actor: Actor, dice: random.Random) -> object:
        return await archive_card(session, actor, dice.randrange(1, many + 1))

    told.append(Line("archive card, executive"))
    await measured(db, told[-1], floor, actors["executive"], card)

    async def listing(session: AsyncSession, actor: Actor, _: random.Random) -> object:
        return await customers.listing(session, actor)

    for reach in ("rep", "executive"):
        told.append(Line(f"list of customers, {reach}"))
        await measured(db, told[-1], floor, actors[reach], listing)
    async with db.unit() as session:
        began = time.perf_counter()
        await notice(session, STALE)
        told.append(Line("all that is stale, noted at once", [(time.perf_counter() - began) * 1000]))

    async def morning(session: AsyncSession, actor: Actor, _: random.Random) -> object:
        waiting = select(Occurrence).where(Occurrence.recipient_id == actor.id, Occurrence.state == "due").limit(40)
        return await by_kind(session, actor, list(await session.scalars(waiting)))

    told.append(Line("a rep's stale list"))
    await measured(db, told[-1], floor, actors["rep"], morning)
    told.append(await _handed_over(db, actors["director"]))
    return [floor, *told]


async def _handed_over(db: Database, director: Actor) -> Line:
    giver, taker = await _actor(db, "代表0"), await _actor(db, "代表1")
    async with db.unit() as session:
        act_as(session, director.id, 1)
        began = time.perf_counter()
        made = await hand_over(session, director, HandOver(from_id=giver.id, rule=Rule.ONE, to=(taker.id,)))
    took = (time.perf_counter() - began) * 1000
    return Line(f"{made.count:,} customers handed over", [took])


def show(told: list[Line]) -> None:
    floor = statistics.median(told[0].ms)
    sys.stdout.write(f"{'':44}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>9}{'rows':>9}\n")
    for line in told:
        figures = f"{line.at(0.5):9.1f}{line.at(0.99):9.1f}{line.at(0.5) / floor:9.1f}{line.rows:9,}"
        sys.stdout.write(f"{line.name:44}{figures}\n")


def main(many: int = _MANY) -> None:
    registry.load()
    routing.load()
    with server(lax=True) as on:
        asyncio.run(_whole(on.fresh("bench"), many))


async def _whole(url: str, many: int) -> None:
    db = Database(url, SystemClock())
    began = time.perf_counter()
    await fill(db, many)
    sys.stdout.write(f"{many:,} customers made in {time.perf_counter() - began:.0f} s\n")
    show(await play(db, many))
    await db.dispose()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
