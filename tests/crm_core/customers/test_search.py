"""Search while typing (BY13): any part of a Chinese name, pinyin, initials, the phone's tail, the contact."""

import pytest
from sqlalchemy import text

from crm_core.contacts import queries as contacts
from crm_core.contacts.commands import ChangeContact
from crm_core.contacts.service import change_contact
from crm_core.customers import queries
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from tests.support.company import Firm

CUSTOMERS = {
    "深圳市华宁电子有限公司": {"short_name": "华宁", "contact_name": "王建国", "phone": "13800138000"},
    "上海瑞金医疗器械有限公司": {"contact_name": "单小芳", "phone": "021-64370045"},
    "重庆长安汽车股份有限公司": {"short_name": "长安", "contact_name": "曾志伟", "phone": "13996001234"},
    "Bosch Rexroth (常州) 有限公司": {"short_name": "力士乐", "contact_name": "Müller", "phone": "+86 519 8888 1234"},
    "厦门夏商集团": {"contact_name": "欧阳修", "phone": "13600136000"},
    "绿源电动车": {"contact_name": "吕布", "phone": "13700137000"},
}


@pytest.fixture
async def known(firm: Firm) -> Firm:
    for name, given in CUSTOMERS.items():
        await firm.customer(name=name, confirmed=frozenset({"customer.similar"}), **given)
    await firm.customer(name="上海华宁医疗有限公司", by="other branch", contact_name="王建国", phone="13900138000")
    return firm


async def found(firm: Firm, typed: str, by: str = "owner", **given) -> list[str]:
    async with firm.db.unit() as session:
        page = await queries.search(session, await firm.actor(session, by), typed, **given)
    return [row.name for row in page.rows]


_MANY = text("""
    INSERT INTO customer (name, type, stage, stage_since, status, category, industry, source, owner_id,
                          created_by, created_at, held_since, maintained_at, normal_name, sort_key, keys,
                          revision)
    SELECT '客户' || n, 'a', 'target', now(), 'normal', 'key', 'food', 'advert', :owner, :owner, now(), now(),
           now(), n::text, n::text, ARRAY['客户', n::text, 'k' || n % 977], 1
    FROM generate_series(1, 6000) AS n
""")

HUANING, RUIJIN, CHANGAN, BOSCH, XIASHANG, LVYUAN = CUSTOMERS


async def test_each_way_of_typing_finds_its_customer(known: Firm):
    ways = {
        HUANING: [
            *(
                "华宁",
                "宁电",
                "市华宁电子",
                "华 电子",
                "深圳 王建国",
                "huaning",
                "ＨＵＡＮＩＮＧ",
                "shenzhenshi",
                "hnd",
                "hndz",
            ),
            *("王建国", "wangjianguo", "wjg", "138000", "8000", "13800138000", "+86 138 0013 8000", "138-0013-8000"),
        ],
        RUIJIN: ["瑞金", "ruijin", "rj", "单小芳", "shan", "shanxiaofang", "64370045", "0045", "021-64370045"],
        CHANGAN: ["长安", "changan", "chang an", "ca", "chongqing", "曾志伟", "zeng", "1234"],
        BOSCH: ["bosch", "BOSCH", "rexroth", "力士乐", "lsl", "常州", "muller", "müller", "88881234"],
        XIASHANG: ["厦门", "xiamen", "夏商", "欧阳", "ouyang", "6000"],
        LVYUAN: ["绿源", "lvyuan", "luyuan", "吕布", "lvbu", "7000"],
    }
    missed = {
        (name, typed): names
        for name, many in ways.items()
        for typed in many
        if name not in (names := await found(known, typed))
    }
    assert not missed


@pytest.mark.parametrize("typed", ["华为", "宁华", "hnx", "9999", "李娜", "13800138001", "bosche"])
async def test_what_is_not_there_is_not_found(known: Firm, typed: str):
    assert await found(known, typed) == []


@pytest.mark.parametrize(
    "typed", ["", "   ", "。。。", "🤷", "%", "_", "'; DROP TABLE customer; --", "\x00", "{}", "a" * 5000]
)
async def test_nothing_searchable_finds_nothing_and_breaks_nothing(known: Firm, typed: str):
    assert await found(known, typed) == []


async def test_only_customers_within_reach_are_found(known: Firm):
    assert await found(known, "华宁") == [HUANING]
    assert await found(known, "王建国", by="other branch") == ["上海华宁医疗有限公司"]
    assert await found(known, "138000", by="operations") == ["上海华宁医疗有限公司", HUANING]
    assert await found(known, "华宁", by="peer") == []
    assert await found(known, "华宁", by="other finance") == ["上海华宁医疗有限公司"]


async def test_several_come_a_to_z_in_pages(known: Firm):
    async with known.db.unit() as session:
        actor = await known.actor(session)
        first = await queries.search(session, actor, "有限公司", limit=2)
        rest = await queries.search(session, actor, "有限公司", after=first.rows[-1].id, limit=2)
    assert [row.name for row in (*first.rows, *rest.rows)] == [BOSCH, CHANGAN, RUIJIN, HUANING]
    assert (first.more_after, rest.more_after) == (True, False)


async def test_a_changed_contact_or_phone_is_found_anew(known: Firm):
    async with known.db.unit() as session:
        actor = await known.actor(session)
        (row,) = (await queries.search(session, actor, "华宁")).rows
        (person,) = await contacts.whom(session, actor, row.id)
        await change_contact(session, actor, ChangeContact(contact_id=person.id, field="phone", value="13512345678"))
    assert await found(known, "5678") == [HUANING]
    assert await found(known, "8000") == []


async def test_hits_behind_many_near_misses_are_still_found(firm: Firm):
    """Keys only narrow: 宁电 and 电子 stand apart in these names, so that every candidate must be looked at."""
    for at in range(70):
        await firm.customer(name=f"宁电{at}号与子公司电子{at}厂", confirmed=frozenset({"customer.similar"}))
    await firm.customer(name="重宁电子", confirmed=frozenset({"customer.similar"}))
    assert await found(firm, "宁电子") == ["重宁电子"]


async def test_a_search_among_many_goes_by_the_index(firm: Firm, db: Database, clock: FixedClock):
    customer = await firm.customer()
    async with db.engine.begin() as connection:
        await connection.execute(_MANY, {"owner": customer.owner_id})
        await connection.execute(text("SELECT gin_clean_pending_list('ix_customer_keys')"))
        await connection.execute(text("ANALYZE customer"))
        plan = await connection.execute(text("EXPLAIN SELECT id FROM customer WHERE keys @> ARRAY['华宁', '宁电']"))
        assert "ix_customer_keys" in "\n".join(row[0] for row in plan)
    assert await found(firm, "华宁电") == ["深圳市华宁电子有限公司"]
