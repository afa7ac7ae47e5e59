"""The customer pool in the chat (BY12): find, look, claim; deadlines shown; more time; putting back; recycling."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm_core.customers.models import Customer
from crm_core.org.models import Role
from crm_core.pool.models import PoolExtension, PoolView
from tests.crm_core.pool.story import MAIN
from tests.handlers.requests import seat_of
from tests.handlers.scene import customer_of, last_card, pooled_of, tap_on, text_of
from tests.support.chat import House, Person

SHUNDE = "佛山市顺德家电有限公司"


@pytest.fixture
async def boss(house: House) -> Person:
    boss = await house.hire("王海燕", Role.MANAGER)
    await boss.say("/start")
    return boss


@pytest.fixture
async def rep(house: House, boss: Person) -> Person:
    rep = await house.hire("李娜", manager=boss)
    await rep.say("/start")
    return rep


@pytest.fixture
async def peer(house: House, boss: Person) -> Person:
    peer = await house.hire("陈晓东", manager=boss)
    await peer.say("/start")
    return peer


async def short_rules(house: House, *pools: dict) -> None:
    """Ten days without a follow-up."""
    from tests.crm_core.pool.story import publish
    from tests.support.company import Firm

    boss = next(iter(house.people.values()))
    firm = Firm(house.db, house.clock, {"admin": type("Row", (), {"id": boss.employee_id})()})
    await publish(firm, *(pools or (MAIN,)))


async def keep_of(person: Person) -> list[str]:
    """How long the customer is kept, and what one may do."""
    await person.say("顺德家电")
    await person.tap("更多 ›")
    await person.tap("公海期限")
    return person.buttons()


async def held_by(house: House, customer_id: int) -> int | None:
    async with house.db.unit() as session:
        return (await session.get_one(Customer, customer_id)).owner_id


class TestClaiming:
    @pytest.mark.feature("BY12")
    async def test_from_my_customers_over_the_masked_card_to_the_archive(self, house: House, rep: Person, peer: Person):
        shunde = await pooled_of(peer, SHUNDE, city="佛山", contact_name="黎志强", phone="13800138000")
        house.clock.advance(timedelta(days=12))
        await rep.say("/customer")
        assert "顺德家电 · 佛山 · 12天" in " ".join([await rep.tap("🌊 公海"), *rep.buttons()])
        card = await rep.tap("顺德家电")
        assert "138****8000" in card
        assert "黎志强" not in card
        assert "进公海 12 天了 · 原负责人 陈晓东" in card
        assert "原因：暂无需求" in card
        assert "今天还能领 5 家" in card
        archive = await rep.tap("✋ 领取")
        assert "领取成功" in archive
        assert "黎志强" in archive
        assert "138 0013 8000" in archive
        assert await held_by(house, shunde) == rep.employee_id
        async with house.db.unit() as session:
            assert await session.scalar(select(PoolView.employee_id)) == rep.employee_id

    @pytest.mark.feature("BY12")
    async def test_who_comes_second_learns_who_was_faster(self, house: House, boss: Person, rep: Person, peer: Person):
        await pooled_of(boss, SHUNDE)
        for person in (rep, peer):
            await person.say("/pool")
            await person.tap("顺德家电")
        await rep.tap("✋ 领取")
        await peer.tap("✋ 领取")
        assert "李娜 抢先一步" in f"{peer.toast} {peer.screen()}"

    @pytest.mark.feature("BY12")
    async def test_so_many_a_day(self, house: House, boss: Person, rep: Person):
        await short_rules(house, MAIN | {"claims_a_day": 1})
        for name in (SHUNDE, "中山华帝燃具有限公司"):
            await pooled_of(boss, name)
        await rep.say("/pool")
        await rep.tap("华帝燃具")
        await rep.tap("✋ 领取")
        await rep.say("/pool")
        assert "今天还能领 0 家" in await rep.tap("顺德家电")
        await rep.tap("✋ 领取")
        assert "今天已经领了 1 家" in f"{rep.toast} {rep.screen()}"

    @pytest.mark.feature("BY12")
    async def test_typed_words_find_it_and_a_search_among_one_s_own_leads_there(self, boss: Person, rep: Person):
        await pooled_of(boss, SHUNDE, phone="13800138000")
        await rep.say("/pool shunde")
        assert any("顺德家电" in one for one in rep.buttons())
        await rep.say("顺德家电")
        await rep.tap("🌊 公海里有 1 家")
        assert "暂无需求" in await rep.tap("顺德家电")
        await rep.say("8000")
        assert not any("公海" in one for one in rep.buttons())

    @pytest.mark.feature("BY12")
    async def test_several_pools_each_with_its_own(self, house: House, boss: Person, rep: Person):
        south = MAIN | {"key": "south", "title": {"zh": "华南公海", "en": "South pool"}, "territories": ["south"]}
        await short_rules(house, south, MAIN)
        await pooled_of(boss, SHUNDE, city="佛山")
        await pooled_of(boss, "成都天府软件有限公司", city="成都")
        assert "华南公海" in await rep.say("/pool")
        assert [one for one in rep.buttons() if "顺德" in one or "天府" in one] == ["佛山市顺德家电 · 佛山 · 新进"]
        await rep.tap("公海")
        assert any("天府软件" in one for one in rep.buttons())

    async def test_an_empty_one_says_so(self, rep: Person):
        assert "公海里现在没有客户" in await rep.say("/pool")

    async def test_without_pools_it_says_what_to_do(self, house: House, boss: Person, rep: Person):
        import yaml

        from crm_core.playbook import service as playbook

        body = yaml.safe_load(playbook.default_text()) | {"pools": []}
        async with house.db.unit() as session:
            await playbook.apply(session, boss.employee_id, yaml.safe_dump(body, allow_unicode=True))
        await rep.say("/pool")
        assert "还没有设公海" in f"{rep.screen()}"

    @pytest.mark.feature("BY12")
    async def test_in_english(self, house: House, boss: Person):
        mary = await house.hire("Mary Collins", manager=boss, language="en")
        await pooled_of(boss, "Nordhaus Precision Ltd", city="Suzhou", phone="13800138000")
        await mary.say("/pool")
        assert "138****8000" in await mary.tap("Nordhaus")
        assert "Claimed. It is yours" in await mary.tap("✋ Claim")


class TestAssigning:
    @pytest.mark.feature("BY12")
    async def test_a_manager_gives_it_to_somebody_who_is_told(self, house: House, boss: Person, rep: Person):
        shunde = await pooled_of(boss, SHUNDE)
        await boss.say("/pool")
        await boss.tap("顺德家电")
        await boss.tap("分配给同事")
        assert "现在归 李娜" in await boss.tap("李娜")
        assert await held_by(house, shunde) == rep.employee_id
        assert "王海燕 从公海分配给您一家客户" in rep.screen()


class TestKeeping:
    @pytest.mark.feature("BY12")
    async def test_the_archive_shows_how_long_and_more_time_is_a_manager_s_yes(
        self, house: House, boss: Person, rep: Person
    ):
        await short_rules(house)
        shunde = await customer_of(rep, SHUNDE, type="new")
        house.clock.advance(timedelta(days=4))
        assert "⏳ 还剩 6 天（10 天未跟进）" in await rep.say("顺德家电")
        await rep.tap("更多 ›")
        assert "最后一天：" in await rep.tap("公海期限")
        await rep.tap("延期7天")
        kept = await rep.tap("客户出差")
        assert "等 王海燕 决定" in kept
        assert "延期申请在等决定" in kept
        assert not any("延期7天" in one for one in rep.buttons())
        asked = boss.screen()
        assert "客户延期 › 李娜" in asked
        assert "客户：佛山市顺德家电" in asked
        assert "延长天数：7 · 理由：客户出差" in asked
        assert "现在的期限：03-21（10 天未跟进）" in asked
        card = last_card(boss)
        seat = await seat_of(boss)
        assert "保留到 03-28" in await boss.tap("✅ 同意")
        assert "✅ 已批准：客户延期，王海燕 终审" in rep.screen()
        assert "保留到 03-28" in rep.screen()
        await boss.tap_on(card, data=f"approval.no:{seat}:0")
        assert "已由王海燕" in (boss.toast or "")
        assert "还剩 13 天" in await rep.say("顺德家电")
        async with house.db.unit() as session:
            row = await session.scalar(select(PoolExtension))
        assert (row.customer_id, row.days, row.reason) == (shunde, 7, "客户出差")

    @pytest.mark.feature("BY12")
    async def test_a_no_leaves_the_deadline(self, house: House, boss: Person, rep: Person):
        await short_rules(house)
        await customer_of(rep, SHUNDE, type="new")
        await rep.say("顺德家电")
        await rep.tap("更多 ›")
        await rep.tap("公海期限")
        await rep.tap("延期14天")
        await rep.say("客户在等集团批预算")
        assert "客户在等集团批预算" in boss.screen()
        await boss.tap("❌ 不同意")
        await boss.say("先约一次拜访")
        assert "❌ 王海燕 不同意：客户延期" in rep.screen()
        assert "先约一次拜访" in rep.screen()
        assert "还剩 10 天" in await rep.say("顺德家电")

    @pytest.mark.feature("BY12")
    async def test_it_is_among_the_requests_too_and_taken_back_there(self, house: House, boss: Person, rep: Person):
        await short_rules(house)
        await customer_of(rep, SHUNDE, type="new")
        await rep.say("/apply 客户延期")
        await rep.say("顺德家电")
        await rep.say("30")
        await rep.say("客户在等集团批预算")
        assert "14 天" in await rep.tap("📤 提交")  # the most there is
        await rep.say("10")
        assert "✓ 已提交" in await rep.tap("📤 提交")
        assert "延长天数：10" in boss.screen()
        assert not any("延期7天" in one for one in await keep_of(rep))
        card = last_card(boss)
        await rep.tap("🗒 延期申请")
        await rep.tap("🚫 撤回")
        await rep.tap("🚫 确认撤回")
        assert "已撤回" in text_of(boss, card)
        assert any("延期7天" in one for one in await keep_of(rep))

    @pytest.mark.feature("BY12")
    async def test_who_gives_it_away_meanwhile_leaves_nothing_to_decide(self, house: House, boss: Person, rep: Person):
        await short_rules(house)
        await customer_of(rep, SHUNDE, type="new")
        await keep_of(rep)
        await rep.tap("延期7天")
        await rep.tap("客户出差")
        card = last_card(boss)
        await rep.say("顺德家电")
        await rep.tap("更多 ›")
        await rep.tap("公海期限")
        await rep.tap("放回公海")
        await rep.tap("联系不上")
        assert not any("情况有变" in (one.get("text") or "") for one in rep.answers()), "who did it knows"
        assert "已撤回" in text_of(boss, card)

    @pytest.mark.feature("BY12")
    async def test_a_manager_gives_more_time_at_once(self, house: House, boss: Person, rep: Person):
        await short_rules(house)
        await customer_of(rep, SHUNDE, type="new")
        await keep_of(boss)
        await boss.tap("延期7天")
        assert "已延期 1 次" in await boss.tap("客户出差")

    @pytest.mark.feature("BY12")
    async def test_more_time_in_english(self, house: House, boss: Person):
        mary = await house.hire("Mary Collins", manager=boss, language="en")
        for person in (mary, boss):
            await person.say("/start")
            await person.say("/language")
            await person.tap("English")
        await short_rules(house)
        await customer_of(mary, "Nordhaus Precision Ltd", type="new")
        await mary.say("Nordhaus")
        await mary.tap("More ›")
        await mary.tap("Pool deadline")
        await mary.tap("7 days more")
        assert "王海燕 decides" in await mary.tap("Contact is away")
        assert "More time with a customer › Mary Collins" in boss.screen()
        assert "Last day now: 03-21" in boss.screen()
        assert "Kept until 03-28" in await boss.tap("✅ Approve")
        assert "Kept until 03-28" in mary.screen()

    @pytest.mark.feature("BY12")
    async def test_locked_it_stays_and_unlocked_it_counts(self, house: House, rep: Person):
        await short_rules(house)
        await customer_of(rep, SHUNDE, type="new")
        await rep.say("顺德家电")
        await rep.tap("更多 ›")
        await rep.tap("公海期限")
        assert "已锁定，不会进公海" in await rep.tap("🔒 锁定")
        assert "已锁定" in await rep.say("顺德家电")
        await rep.tap("更多 ›")
        await rep.tap("公海期限")
        assert "已锁定" not in await rep.tap("🔓 解锁")

    @pytest.mark.feature("BY12")
    async def test_it_is_put_back_with_a_reason_and_that_can_be_undone(self, house: House, rep: Person):
        shunde = await customer_of(rep, SHUNDE, type="new")
        await rep.say("顺德家电")
        await rep.tap("更多 ›")
        await rep.tap("公海期限")
        await rep.tap("放回公海")
        assert "已放进公海" in await rep.tap("联系不上")
        assert await held_by(house, shunde) is None
        await rep.tap("撤销")
        assert await held_by(house, shunde) == rep.employee_id

    async def test_a_customer_of_a_type_without_a_rule_has_no_deadline(self, rep: Person):
        await customer_of(rep, SHUNDE, type="a")
        assert "⏳" not in await rep.say("顺德家电")
        await rep.tap("更多 ›")
        assert "没有期限" in await rep.tap("公海期限")
        assert not any("延期" in one for one in rep.buttons())


class TestRecycling:
    @pytest.mark.feature("BY12")
    async def test_warned_in_the_digest_and_on_the_last_day_then_gone(self, house: House, rep: Person, peer: Person):
        await short_rules(house)
        shunde = await customer_of(rep, SHUNDE, type="new")
        house.clock.set(datetime(2026, 3, 20, 0, 31, tzinfo=UTC))  # Friday, half past eight
        await house.tick()
        assert "距公海还有 1 天（10 天未跟进）" in rep.screen()
        house.clock.set(datetime(2026, 3, 21, 0, 31, tzinfo=UTC))
        await house.tick()
        assert "今晚这家客户进公海（10 天未跟进）" in rep.screen()
        assert {"📝 记拜访", "⏳ 延期7天", "⏳ 延期14天"} == set(rep.buttons())
        house.clock.set(datetime(2026, 3, 21, 18, 1, tzinfo=UTC))  # two in the night
        await house.tick()
        assert await held_by(house, shunde) is None
        house.clock.set(datetime(2026, 3, 22, 0, 40, tzinfo=UTC))
        await house.tick()
        assert "🌊 已进公海（10 天未跟进）" in rep.screen()
        await peer.say("/pool")
        assert "原因：10 天未跟进" in await peer.tap("顺德家电")

    @pytest.mark.feature("BY12")
    async def test_a_visit_from_the_warning_keeps_it(self, house: House, rep: Person):
        await short_rules(house)
        shunde = await customer_of(rep, SHUNDE, type="new")
        house.clock.set(datetime(2026, 3, 21, 0, 31, tzinfo=UTC))
        await house.tick()
        warning = last_card(rep)
        await tap_on(rep, warning, "📝 记拜访")
        await rep.say("谈了年框和下季度的用量，下周三送样")
        await rep.tap("保存")
        assert "还在您这里" in text_of(rep, warning)
        house.clock.set(datetime(2026, 3, 24, 0, 31, tzinfo=UTC))
        await house.tick()
        assert await held_by(house, shunde) == rep.employee_id
