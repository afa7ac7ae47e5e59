"""Whether a customer is here already (BY10): who is warned of what, what is told of it, and what that costs."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from crm_core import registry
from crm_core.contacts.commands import AddContact
from crm_core.contacts.service import add_contact
from crm_core.customers.doubles import not_the_same, pairs
from crm_core.customers.duplicates import near_names, of_phone
from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import locked
from crm_core.kit.errors import DomainError
from tests.support.company import Firm

registry.load()
SIMILAR = frozenset({"customer.similar", "customer.similar_hidden"})
HUANING = "深圳市华宁电子有限公司"


async def refused(firm: Firm, name: str, by: str = "owner", **given: Any) -> DomainError | None:
    try:
        await firm.customer(name=name, by=by, **given)
    except DomainError as error:
        return error
    return None


class TestWarned:
    @pytest.mark.parametrize(
        "name",
        [
            "深圳市华宁电子有限责任公司",
            "深圳华宁电子",
            "华宁电子（深圳）有限公司",
            "深圳市 华宁 电子",
        ],
    )
    async def test_the_same_name_in_another_form_is_refused_with_its_owner(self, firm: Firm, name: str):
        customer = await firm.customer()
        error = await refused(firm, name)
        assert error is not None
        assert error.code in ("customer.name_taken", "customer.similar")
        assert (error.params["owner"], error.params["id"]) == ("李娜", customer.id)

    async def test_who_may_not_see_it_learns_no_name_and_no_owner(self, firm: Firm):
        customer = await firm.customer()
        for name, code in ((HUANING, "customer.name_taken_hidden"), ("华宁电子科技", "customer.similar_hidden")):
            error = await refused(firm, name, by="other branch")
            assert error is not None
            assert error.code == code
            assert set(error.params) <= {"name", "ask"}
            assert error.params.get("name", name) == name
            assert error.params["ask"] == customer.id

    async def test_one_s_own_is_nothing_to_ask_for(self, firm: Firm):
        await firm.customer()
        error = await refused(firm, HUANING)
        assert error is not None
        assert "ask" not in error.params

    @pytest.mark.parametrize("by", ["owner", "operations"])
    async def test_in_the_pool_the_warning_says_so(self, firm: Firm, by: str):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            await firm.actor(session)
            await move(session, [await locked(session, customer.id)], Kind.RETURN, by_id=None, to_pool="main")
        error = await refused(firm, HUANING, by=by)
        assert error is not None
        assert error.code == "customer.name_taken_pool"
        near = await refused(firm, "华宁电子科技", by=by)
        assert near is not None
        assert near.code == ("customer.pool.similar" if by == "operations" else "customer.pool.similar_hidden")

    async def test_the_same_number_is_a_warning_that_may_be_overruled(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国", phone="138 0013 8000")
        error = await refused(firm, "上海瑞金医疗器械有限公司", phone="+86 13800138000")
        assert error is not None
        assert (error.code, error.field, error.params["id"]) == ("customer.phone.similar", "phone", customer.id)
        hidden = await refused(firm, "上海瑞金医疗器械有限公司", by="other branch", phone="13800138000")
        assert hidden is not None
        assert (hidden.code, set(hidden.params)) == ("customer.phone.similar_hidden", {"ask"})
        overruled = frozenset({"customer.phone.similar"})
        assert await refused(firm, "上海瑞金医疗器械有限公司", phone="13800138000", confirmed=overruled) is None

    async def test_a_number_of_a_landline_is_found_however_it_is_typed(self, firm: Firm):
        await firm.customer(contact_name="王建国", phone="0755-8321 6688")
        error = await refused(firm, "上海瑞金医疗器械有限公司", phone="075583216688")
        assert error is not None
        assert error.code == "customer.phone.similar"

    async def test_the_city_weighs(self, firm: Firm):
        await firm.customer(name="凯旋光电科技有限公司", city="深圳")
        error = await refused(firm, "凯旋光电有限公司", city="深圳市")
        assert error is not None
        assert error.code == "customer.similar"
        assert await refused(firm, "凯旋光电有限公司", city="成都") is None

    async def test_what_only_begins_alike_is_another_one(self, firm: Firm):
        await firm.customer()
        assert await refused(firm, "深圳市华强北贸易有限公司") is None


_MANY = text("""
    INSERT INTO customer (name, type, category, industry, source, stage, stage_since, status, owner_id, held_since,
                          created_by, created_at, maintained_at, normal_name, brand, sort_key, keys, revision,
                          people_phones)
    SELECT '第' || n || '号客户', 'a', 'key', 'food', 'advert', 'target', now(), 'normal', :owner, now(), :owner, now(),
           now(), '第' || n || '号客户', 'b' || n, 'd' || n, ARRAY['客户', 'k' || n, (13900000000 + n)::text], 1,
           ARRAY['+86' || (13900000000 + n)::text]
    FROM generate_series(1, :count) n
""")


class TestCost:
    async def test_among_twenty_thousand_it_costs_what_sounds_alike(self, firm: Firm):
        await firm.customer(contact_name="王建国", phone="13800138000")
        async with firm.db.engine.begin() as connection:
            await connection.execute(_MANY, {"owner": firm.people["owner"].id, "count": 20_000})
            await connection.execute(text("SELECT gin_clean_pending_list('ix_customer_keys')"))
            await connection.execute(text("ANALYZE customer"))
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "other branch")
            for statement in (near_names(actor, "华宁电子科技"), of_phone(actor, "+8613800138000")):
                compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
                explain = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {compiled}".replace(":", r"\:"))
                plan: dict[str, Any] = (await session.scalar(explain))[0]["Plan"]
                assert plan["Actual Rows"] == 1
                assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 100, plan

    async def test_the_list_of_pairs_joins_by_indexes_and_hashes(self, firm: Firm):
        one = await firm.customer(contact_name="王建国", phone="13800138000")
        other = await firm.customer(name="华宁电子科技", confirmed=SIMILAR)
        async with firm.db.engine.begin() as connection:
            await connection.execute(_MANY, {"owner": firm.people["owner"].id, "count": 20_000})
            await connection.execute(text("ANALYZE customer"))
        async with firm.db.unit() as session:
            await session.execute(text("SET LOCAL statement_timeout = '4s'"))
            found, more = await pairs(session, await firm.actor(session, "admin"))
        assert [pair.key for pair in found] == [(one.id, other.id)]
        assert not more


class TestPairs:
    async def seen(self, firm: Firm, by: str = "manager", **given: Any) -> list[tuple[int, int]]:
        async with firm.db.unit() as session:
            found, _ = await pairs(session, await firm.actor(session, by), **given)
            return [pair.key for pair in found]

    async def four(self, firm: Firm) -> list[Customer]:
        names = (HUANING, "深圳华宁电子科技有限公司", "华宁电子（深圳）公司", "上海瑞金医疗器械有限公司")
        return [
            await firm.customer(name=name, by=by, confirmed=SIMILAR)
            for name, by in zip(names, ("owner", "peer", "owner", "peer"), strict=True)
        ]

    async def test_near_names_and_numbers_page_by_page(self, firm: Firm):
        one, *_, last = made = await self.four(firm)
        async with firm.db.unit() as session:
            for customer, by in ((one, "owner"), (last, "peer")):
                command = AddContact(customer=customer.id, name="王建国", phone="13800138000")
                await add_contact(session, await firm.actor(session, by), command)
        wanted = [(made[a].id, made[b].id) for a, b in ((0, 1), (0, 2), (0, 3), (1, 2))]
        assert await self.seen(firm) == wanted
        assert await self.seen(firm, limit=2) == wanted[:2]
        assert await self.seen(firm, after=wanted[1], limit=2) == wanted[2:]

    async def test_only_of_customers_that_one_may_merge(self, firm: Firm):
        one, _, three, _ = await self.four(firm)
        assert await self.seen(firm, "owner") == [(one.id, three.id)]
        assert await self.seen(firm, "other manager") == []
        assert await self.seen(firm, "finance") == []

    async def test_not_the_same_is_remembered(self, firm: Firm):
        one, two, three, _ = await self.four(firm)
        for _ in range(2):
            async with firm.db.unit() as session:
                await not_the_same(session, await firm.actor(session, "manager"), two.id, one.id)
        assert await self.seen(firm) == [(one.id, three.id), (two.id, three.id)]
        with pytest.raises(DomainError):
            async with firm.db.unit() as session:
                await not_the_same(session, await firm.actor(session, "other branch"), two.id, three.id)
