"""A large company in the field, filled by PostgreSQL itself: reps of several zones and both languages, with customers,
contacts and birthdays of both calendars, plans and tasks. Names and search keys are derived for some thousands of
customers and repeat from there on. Nothing is due until somebody says so (`fall_due` and the like).
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from benchmarks.million import a_name
from crm_core.customers.models import Customer
from crm_core.customers.service import derive
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.kit.words.yearly import falling_on
from crm_core.org import service as org
from crm_core.org.models import Company, Role, UnitKind

REPS: Final = 10_000
TEAM: Final = 20
NOW: Final = datetime(2026, 3, 18, 12, 35, tzinfo=UTC)
"""A Wednesday, lunar 1-30; people are awake in Shanghai and Singapore, in London and in New York."""
TODAY: Final = date(2026, 3, 18)
_AT: Final = f"TIMESTAMPTZ '{NOW}'"
BOT: Final = 700_100_301
FIRST_CHAT: Final = 1_000_000
CONTACTS_OF_TEN: Final = 3  # customers with a contact whose birthday is known
_LUNAR_OF_TEN: Final = 4
_NAMES: Final = 20_000
_ZONES: Final = "(ARRAY[NULL, NULL, NULL, NULL, NULL, NULL, 'Asia/Singapore', 'Europe/London', 'America/New_York'])"
_SAMPLE: Final = ("at", "name", "normal_name", "brand", "sort_key", "keys")


@dataclass(frozen=True, slots=True)
class Field:
    """A filled company: its database, a bare connection to it, and how many customers it has."""

    db: Database
    plain: asyncpg.Connection
    customers: int

    @property
    def birthdays(self) -> int:
        return self.customers * CONTACTS_OF_TEN // 10


async def found(url: str, customers: int, *, idle: int = 0, bare: bool = False) -> Field:
    """Fill an empty, migrated database. The first `idle` reps look after nobody. `bare`: customers alone, of whom
    nothing will ever be due.
    """
    db = Database(url, FixedClock(NOW))
    plain = await asyncpg.connect(make_url(db.url).set(drivername="postgresql").render_as_string(hide_password=False))
    await _people(db, plain)
    await plain.execute("SET synchronous_commit = off")
    await plain.execute("SET session_replication_role = replica")  # what is filled in refers to what is there
    await plain.execute("SET maintenance_work_mem = '256MB'")
    spec = await plain.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'customer' AND indexname LIKE 'ix_%'"
    )
    for one in spec:
        await plain.execute(f'DROP INDEX "{one["indexname"]}"')
    await _customers(plain, customers, idle, due=not bare)
    for one in spec:
        await plain.execute(one["indexdef"])
    if not bare:
        await _contacts(plain)
        await _plans(plain, customers)
    await plain.execute("SET session_replication_role = DEFAULT")
    await plain.execute("VACUUM ANALYZE")
    return Field(db, plain, customers)


async def _people(db: Database, plain: asyncpg.Connection) -> None:
    """A director, managers of twenty, and the reps: most where the company is, half of them read English."""
    async with db.unit() as session:
        session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
        head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
        boss = await org.add_employee(session, name="陈国栋", unit=head, roles=(Role.MANAGER,))
    await plain.execute(
        f"""
        INSERT INTO employee (name, unit_id, manager_id, roles, created_at)
        SELECT '经理' || n, {head.id}, {boss.id}, '{{manager}}', {_AT} FROM generate_series(0, {REPS // TEAM - 1}) AS n
        """
    )
    await plain.execute(
        f"""
        INSERT INTO employee (name, unit_id, manager_id, roles, zone, language, bot_id, telegram_id, created_at)
        SELECT '代表' || n, {head.id}, {boss.id} + 1 + n % {REPS // TEAM}, '{{rep}}', {_ZONES}[n % 9 + 1],
               CASE WHEN n % 2 = 0 THEN 'zh' ELSE 'en' END, {BOT}, {FIRST_CHAT} + n, {_AT}
        FROM generate_series(0, {REPS - 1}) AS n
        """
    )
    for role in ("manager", "rep"):
        await plain.execute(
            """
            UPDATE employee e SET chain = m.chain || e.id FROM employee m
            WHERE m.id = e.manager_id AND $1 = ANY(e.roles) AND e.id <> $2
            """,
            role,
            boss.id,
        )


async def sample(plain: asyncpg.Connection, names: Iterable[str]) -> None:
    """Names with all that is derived from them, in the temporary table `sample`."""
    await plain.execute("DROP TABLE IF EXISTS sample")
    await plain.execute(
        "CREATE TEMP TABLE sample (at int, name text, normal_name text, brand text, sort_key text, keys text[])"
    )
    made: list[tuple[object, ...]] = []
    for at, name in enumerate(names):
        one = Customer(name=name, short_name=None, people=[], people_phones=[])
        derive(one)
        made.append((at, one.name, one.normal_name, one.brand, one.sort_key, one.keys))
    await plain.copy_records_to_table("sample", records=made, columns=_SAMPLE)


async def _customers(plain: asyncpg.Connection, many: int, idle: int, *, due: bool) -> None:
    """Seven of ten wait to go stale some day, two of ten have a promise, all of them later than today: if `due`."""
    names = min(_NAMES, many)
    await sample(plain, map(a_name, range(names)))
    first: int = await plain.fetchval("SELECT min(id) FROM employee WHERE 'rep' = ANY(roles)") or 0
    reps = first + idle
    await plain.execute(
        f"""
        INSERT INTO customer (name, type, category, industry, source, stage, stage_since, status, owner_id, held_since,
            created_by, created_at, maintained_at, next_step_on, yearly_value, normal_name, brand, people,
            sort_key, keys, revision)
        SELECT s.name, (ARRAY['a','b','c'])[(n % 3)::int + 1], 'regular', 'electronics', 'advert', 'formal', {_AT},
               'normal', {reps} + (hashint8(n)::bigint & 2147483647) % {REPS - idle}, {_AT}, {reps},
               {_AT} - (200 + n % 800) * interval '1 day',
               {_AT} - (10 + n % 80) * interval '1 day',
               CASE WHEN {due} AND n % 10 < 2 THEN DATE '{TODAY}' + 30 + (n * 13 % 60)::int END,
               (1 + n % 900) * 1000, s.normal_name || n, s.brand,
               CASE WHEN {due} AND n % 10 < {CONTACTS_OF_TEN} THEN ARRAY['王海燕'] ELSE '{{}}' END,
               s.sort_key || n, s.keys, 1
        FROM generate_series(1, {many}::bigint) AS n JOIN sample s ON s.at = n % {names}
        """
    )
    await plain.execute(
        f"""
        INSERT INTO stale_timer (customer_id, owner_id, told, due_at)
        SELECT id, owner_id, type || maintained_at,
               CASE WHEN {due} AND id % 10 < 7 THEN {_AT} + (10 + id * 31 % 8000) * interval '15 minutes' END
        FROM customer
        """
    )


async def _contacts(plain: asyncpg.Connection) -> None:
    """Birthdays are spread over the months from May to November: what falls on a day is told by `born_on`."""
    await plain.execute(
        """
        INSERT INTO contact (customer_id, name, title, is_primary, created_by, created_at, revision)
        SELECT id, '王海燕', '采购经理', true, created_by, created_at, 1 FROM customer WHERE people <> '{}'
        """
    )
    await plain.execute(
        f"""
        INSERT INTO contact_day (contact_id, lunar, month, day, leap, year, created_by, created_at)
        SELECT id, id % 10 < {_LUNAR_OF_TEN}, 5 + id % 7, 1 + id * 31 % 29, false,
               CASE WHEN id % 10 >= {_LUNAR_OF_TEN} THEN 1960 + id % 45 END, created_by,
               created_at
        FROM contact
        """
    )


async def _plans(plain: asyncpg.Connection, many: int) -> None:
    """As many lines as customers, over two years, done but for the last weeks; a tenth as many tasks."""
    await plain.execute(
        f"""
        INSERT INTO plan_line (employee_id, week, day, planned_on, routine, customer_id, state, done_on, created_at)
        SELECT owner_id, day - (extract(isodow FROM day)::int - 1), day, day, true, id,
               CASE WHEN day < DATE '{TODAY}' THEN 'done' ELSE 'open' END,
               CASE WHEN day < DATE '{TODAY}' THEN day END, created_at
        FROM (SELECT *, DATE '{TODAY}' + 30 - (id * 17 % 730)::int AS day FROM customer) AS lines
        WHERE day < DATE '{TODAY}' OR day > DATE '{TODAY}' + 7
        """
    )
    await plain.execute(
        f"""
        INSERT INTO task (id, what, by_id, due_on, created_at) OVERRIDING SYSTEM VALUE
        SELECT n, '把展会名片录入客户档案', 1, DATE '{TODAY}' + 10 + n % 90, {_AT}
        FROM generate_series(1, {many // 10}) AS n
        """
    )
    await plain.execute(
        """
        INSERT INTO task_share (task_id, employee_id, due_on)
        SELECT t.id, e.id, t.due_on FROM task t JOIN employee e ON e.id = 600 + t.id % 9000
        """
    )


# --- what falls due: so many, spread over all that there is


async def fall_due(field: Field, many: int) -> None:
    """So many archives have gone stale; what was noted of others before is forgotten."""
    await field.plain.execute("TRUNCATE occurrence, rule_day")
    await field.plain.execute(f"UPDATE stale_timer SET due_at = NULL WHERE due_at <= {_AT}")
    await field.plain.execute(
        f"""
        UPDATE stale_timer SET due_at = {_AT} - interval '1 hour'
        WHERE customer_id % {field.customers // many} = {random.randrange(field.customers // many)}
        """
    )


async def born_on(field: Field, day: date, many: int) -> None:
    """So many birthdays fall on a day: six of ten by the solar calendar, four by the lunar one."""
    for one in falling_on(day):
        await field.plain.execute(
            """
            UPDATE contact_day SET month = $1, day = $2 WHERE lunar = $3 AND id IN (
              SELECT id FROM contact_day WHERE lunar = $3 AND month >= 5 ORDER BY md5(id::text)
              LIMIT $4 - (SELECT count(*) FROM contact_day WHERE lunar = $3 AND month = $1 AND day = $2))
            """,
            *(one.month, one.day, one.lunar, many * (_LUNAR_OF_TEN if one.lunar else 10 - _LUNAR_OF_TEN) // 10),
        )
    await field.plain.execute("VACUUM ANALYZE contact_day")


async def promised_on(field: Field, day: date, many: int) -> None:
    await _some(field, "customer", f"next_step_on = DATE '{day}'", many)


async def bare_since(field: Field, days: int, many: int) -> None:
    """So many archives of the type that wants people are that old and have none."""
    at = NOW - timedelta(days=days)
    await _some(field, "customer", f"created_at = '{at}'", many, "type = 'a' AND people = '{}'")


async def planned_on(field: Field, day: date, many: int) -> None:
    monday = day - timedelta(days=day.weekday())
    await field.plain.execute(
        f"""
        INSERT INTO plan_line (employee_id, week, day, planned_on, routine, customer_id, created_at)
        SELECT owner_id, DATE '{monday}', DATE '{day}', DATE '{day}', true, id, {_AT}
        FROM customer WHERE id % {field.customers // many} = 0
        """
    )
    await field.plain.execute("VACUUM ANALYZE plan_line")


async def tasks_due(field: Field, day: date, many: int) -> None:
    await _some(field, "task_share", f"due_on = DATE '{day}'", many)


async def _some(field: Field, table: str, change: str, many: int, where: str = "true") -> None:
    await field.plain.execute(
        f"""
        UPDATE {table} SET {change}
        WHERE id IN (SELECT id FROM {table} WHERE {where} ORDER BY md5(id::text) LIMIT {many})
        """
    )
    await field.plain.execute(f"VACUUM ANALYZE {table}")
