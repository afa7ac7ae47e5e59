"""0020: what was asked for by the former ways goes on as requests of their flows, and back again."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from crm_core import migrations, registry
from crm_core.approvals.case import open_case
from crm_core.approvals.facts import Status
from crm_core.kit.db import async_url
from crm_core.kit.embedded import Embedded
from tests.crm_core.test_migrations import all_of, looked_at, run

registry.load()

_HOUSE = (
    "INSERT INTO company (id, name, zone, language) VALUES (1, '华宁科技', 'Asia/Shanghai', 'zh')",
    "INSERT INTO unit (id, name, kind, path) VALUES (1, '华宁科技', 'branch', '{1}')",
    """
    INSERT INTO employee (id, name, unit_id, roles, chain, created_at) VALUES
        (1, '王海燕', 1, '{manager}', '{1}', now()), (2, '李娜', 1, '{rep}', '{1,2}', now())
    """,
    """
    INSERT INTO customer (id, name, type, stage, stage_since, status, category, industry, source, owner_id, created_by,
                          created_at, held_since, maintained_at, normal_name, sort_key, keys, revision)
    SELECT n, name, 'new', 'target', now(), 'normal', 'key', 'food', 'advert', 2, 2, now(), '2026-03-01', now(), name,
           name, '{}', 1
    FROM (VALUES (1, '华宁电子'), (2, '瑞金医疗'), (3, '长安汽车'), (4, '夏商集团')) AS known (n, name)
    """,
)
_ASKED = """
    INSERT INTO pool_extension (customer_id, held_since, asked_by, asked_at, days, reason, state, decided_by,
                                decided_at, until)
    VALUES (1, '2026-03-01', 2, '2026-03-09', 7, 'away', 'granted', 1, '2026-03-09', '2026-03-28'),
           (1, '2026-03-01', 2, '2026-03-10', 14, '客户在等集团批预算', 'waiting', NULL, NULL, NULL),
           (2, '2026-03-01', 2, '2026-03-10', 7, 'talking', 'refused', 1, '2026-03-11', NULL),
           (3, '2026-03-01', 2, '2026-03-10', 7, 'budget', 'dropped', NULL, NULL, NULL)
"""
_OLD = (
    "SELECT customer_id, asked_by, days, reason, state, decided_by, cast(until AS text) FROM pool_extension"
    " ORDER BY customer_id, days"
)


@pytest.fixture
def empty(postgres: Embedded, worker_id: str) -> Any:
    """The URL of an empty database."""
    name = f"moved_{worker_id}"
    postgres.drop(name)
    yield postgres.url(name)
    postgres.drop(name)


async def states(url: str) -> list[tuple[Any, ...]]:
    """Each request as its facts have it, who is to sign, its form; the rows say the same."""
    engine = create_async_engine(async_url(url))
    found: list[tuple[Any, ...]] = []
    try:
        async with AsyncSession(engine) as session:
            ids = await looked_at(url, all_of("SELECT id FROM approval ORDER BY id"))
            for (one,) in ids:
                case = await open_case(session, one)
                request = case.request
                assert (case.row.status, case.row.facts) == (request.status.value, request.facts)
                assert case.row.ended_at == request.ended_at
                signs = [chair.holder for chair in request.open_chairs()]
                found.append((case.row.subject_id, request.status, request.applicant, signs, request.form))
    finally:
        await engine.dispose()
    return found


async def test_requests_for_more_time_go_on_and_back(empty: str):
    migrations.upgrade(empty, "0019")
    await run(empty, *_HOUSE, _ASKED)
    before = await looked_at(empty, all_of(_OLD))
    migrations.upgrade(empty, "0020")
    granted = "SELECT customer_id, granted_by, days, approval_id, cast(until AS text) FROM pool_extension"
    assert await looked_at(empty, all_of(granted)) == [(1, 1, 7, None, "2026-03-28")]
    assert await states(empty) == [
        (1, Status.RUNNING, 2, [1], {"days": 14, "reason": "客户在等集团批预算"}),
        (2, Status.REJECTED, 2, [], {"days": 7, "reason": "正在谈"}),
        (3, Status.WITHDRAWN, 2, [], {"days": 7, "reason": "等客户预算"}),
    ]
    migrations.downgrade(empty, "0019")
    after = await looked_at(empty, all_of(_OLD))
    assert (
        [row[:3] + row[4:] for row in after]
        == [
            (1, 1, 7, "granted", 1, "2026-03-28"),  # who had asked is not kept of what is granted
            *(row[:3] + row[4:] for row in before[1:]),
        ]
    )
    assert await looked_at(empty, all_of("SELECT count(*) FROM approval")) == [(0,)]
    migrations.upgrade(empty, "0020")
    assert [row[:4] for row in await states(empty)] == [
        (1, Status.RUNNING, 2, [1]),
        (2, Status.REJECTED, 2, []),
        (3, Status.WITHDRAWN, 2, []),
    ]
