"""Customers nearby: the nearest first, within rights, at a cost that does not grow with how many there are."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from crm_core.customers.nearby import WITHIN_M, box, nearest
from crm_core.kit.places import haversine_m
from crm_core.org.actor import Actor
from crm_core.org.models import Role
from tests.support.company import Firm

HERE = (22.5405, 113.9346)
MOST_PAGES = 60
_MANY = text("""
    INSERT INTO customer (name, type, stage, stage_since, status, category, industry, source, owner_id,
                          created_by, created_at, held_since, maintained_at, normal_name, sort_key, keys,
                          latitude, longitude, revision)
    SELECT '客户' || n, 'a', 'target', now(), 'normal', 'key', 'food', 'advert', :owner, :owner, now(), now(),
           now(), 'c' || n, 'c' || n, '{}', 22.0 + (n::bigint * 7919 % 100000) / 100000.0 * 9,
           104.0 + (n::bigint * 104729 % 100000) / 100000.0 * 17, 1
    FROM generate_series(1, :count) n
""")


async def near(firm: Firm, by: str = "owner", limit: int = 4) -> list[tuple[str, int, int | None]]:
    async with firm.db.unit() as session:
        found = await nearest(session, await firm.actor(session, by), *HERE, limit=limit)
    return [(one.row.name, one.metres, one.days) for one in found]


class TestNearest:
    async def test_the_nearest_first_with_metres_and_days(self, firm: Firm):
        await firm.customer(name="深圳市凯旋光电有限公司", location=(22.5570, 113.9346))
        huaning = await firm.customer(location=(22.5414, 113.9352))
        await firm.customer(name="厦门夏商集团", location=(24.48, 118.09))
        await firm.customer(name="上海瑞金医疗器械有限公司")
        await firm.visit(huaning)
        assert await near(firm) == [("深圳市华宁电子有限公司", 118, 0), ("深圳市凯旋光电有限公司", 1835, None)]

    @pytest.mark.parametrize(("by", "count"), [("manager", 1), ("finance", 1), ("peer", 0), ("other branch", 0)])
    async def test_only_what_one_may_see(self, firm: Firm, by: str, count: int):
        await firm.customer(location=HERE)
        assert len(await near(firm, by)) == count

    @given(st.floats(-80, 80), st.floats(-170, 170), st.floats(-1, 1), st.floats(-1, 1))
    def test_whatever_lies_within_reach_lies_in_the_box(self, lat: float, lon: float, north: float, east: float):
        there = (lat + north / 20, lon + east / 20)
        if haversine_m(lat, lon, *there) <= WITHIN_M:
            low, high, left, right = _sides(lat, lon)
            assert low <= there[0] <= high
            assert left <= there[1] <= right


def _sides(lat: float, lon: float) -> list[float]:
    statement = box(_ACTOR, lat, lon, WITHIN_M * 1.001).compile(dialect=postgresql.dialect())
    numbers = [value for name, value in statement.params.items() if name.startswith(("latitude", "longitude"))]
    assert len(numbers) == 6, statement.params
    return [numbers[at] for at in (0, 1, 2, 3)]


_ACTOR: Any = Actor(1, "李娜", frozenset({Role.REP}), 1, (1,), 1, (1,), "zh", None, 0)


class TestCost:
    async def _pages(self, firm: Firm, by: str) -> int:
        async with firm.db.unit() as session:
            statement = box(await firm.actor(session, by), *HERE, WITHIN_M)
            compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
            typed = re.sub(r"ARRAY\[(\d+)\]", r"ARRAY[\1]::bigint[]", str(compiled))
            plan = (await session.scalar(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {typed}")))[0]["Plan"]
        assert "Seq Scan" not in [
            node["Node Type"] for node in _nodes(plan) if node.get("Relation Name") == "customer"
        ], plan
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    async def test_a_hundred_thousand_customers_cost_what_a_thousand_do(self, firm: Firm):
        for count, owner in ((100_000, "other branch"), (300, "owner")):
            async with firm.db.engine.begin() as connection:
                await connection.execute(_MANY, {"count": count, "owner": firm.people[owner].id})
        async with firm.db.engine.begin() as connection:
            await connection.execute(text("ANALYZE customer, employee"))
        for by in ("owner", "manager", "admin"):
            assert await self._pages(firm, by) <= MOST_PAGES, by


def _nodes(plan: dict[str, Any]):
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
