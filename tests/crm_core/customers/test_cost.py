"""What somebody's few customers cost among a great many of others: PostgreSQL's own count of the rows it looked at."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers import groups, key_accounts, queries
from crm_core.kit.pages import At
from tests.support.company import Firm

OTHERS = 20
MOST_ROWS = 60
_OTHERS = text("""
    INSERT INTO employee (name, unit_id, manager_id, roles, chain, created_at)
    SELECT '代表' || n, e.unit_id, e.manager_id, '{rep}', e.chain, now()
    FROM employee e, generate_series(1, :others) n WHERE e.id = :like
""")
_MANY = text("""
    INSERT INTO customer (name, type, stage, stage_since, status, category, industry, source, owner_id,
                          created_by, created_at, held_since, maintained_at, normal_name, sort_key, keys, revision)
    SELECT '安徽客户' || n, 'a', 'target', now() - interval '400 days', 'normal', 'key', 'food', 'advert', e.owner,
           e.owner, now(), now(), now(), 'anhuikehu' || n, 'anhuikehu' || n, '{}', 1
    FROM (SELECT array_agg(id) AS ids FROM employee WHERE name LIKE '代表%') known, generate_series(1, :count) n,
         LATERAL (SELECT ids[1 + n % :others] AS owner) e
""")


@pytest.fixture
async def large(firm: Firm) -> Firm:
    """Twenty colleagues have fifteen hundred customers each, nobody helps anybody, and 李娜 looks after three."""
    async with firm.db.engine.begin() as connection:
        await connection.execute(_OTHERS, {"others": OTHERS, "like": firm.people["other branch"].id})
        await connection.execute(_MANY, {"others": OTHERS, "count": 30_000})
    for name in ("珠海格力电器", "中山大学附属医院", "肇庆鼎湖山泉"):
        await firm.customer(name=name, stage="target", category="key")
    async with firm.db.engine.begin() as connection:
        await connection.execute(
            text("UPDATE customer SET stage_since = now() - interval '400 days' WHERE keys <> '{}'")
        )
        await connection.execute(text("ANALYZE customer"))
    return firm


async def _read(session: AsyncSession) -> int:
    asked = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'customer'")
    return (await session.scalar(asked)) or 0


async def test_ones_own_few_cost_what_they_are_however_many_others_there_are(large: Firm):
    async with large.db.unit() as session:
        actor = await large.actor(session)
        before = await _read(session)
        first = await queries.listing(session, actor, limit=2)
        second = await queries.listing(session, actor, At(after=first.rows[-1].id), limit=2)
        back = await queries.listing(session, actor, At(before=second.rows[0].id), limit=2)
        stage = await groups.of_group(session, actor, "stage", "target")
        category = await groups.of_group(session, actor, "category", "key")
        stuck = await groups.stuck(session, actor)
        worth = await key_accounts.page_of(session, actor)
        cost = await _read(session) - before
    assert [row.name for row in (*first.rows, *second.rows)] == ["肇庆鼎湖山泉", "中山大学附属医院", "珠海格力电器"]
    assert [row.name for row in back.rows] == ["肇庆鼎湖山泉", "中山大学附属医院"]
    assert [len(page.rows) for page in (stage, category, stuck, worth)] == [3, 3, 3, 3]
    assert cost <= MOST_ROWS
