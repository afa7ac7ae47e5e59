"""Samples and trials in the chat (CA18): sent in a line, asked about when it is time, and what came of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.occurrences.models import Occurrence
from crm_core.org.models import Role
from crm_core.trials.models import Trial
from tests.handlers.scene import contact_of, customer_of, last_card, text_of
from tests.support.chat import House, Person

CHECK = timedelta(days=7, minutes=10)  # from Wednesday 11 March: the morning of the next one


async def trials(house: House) -> list[Trial]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Trial).order_by(Trial.id)))


async def sent(rep: Person, line: str = "送样 华宁 王总 3个样品 下周三跟进") -> str:
    await rep.say(line)
    return await rep.tap("保存")


async def due(house: House) -> None:
    """The morning comes on which the sample is to be asked about."""
    at = house.clock.now().replace(hour=0, minute=40)
    house.clock.set(at + timedelta(days=7))
    await house.tick()


class TestSent:
    @pytest.mark.feature("CA18")
    async def test_one_line_says_what_to_whom_how_many_and_when_to_ask(self, house: House):
        rep = await house.hire("李娜")
        huaning = await customer_of(rep, contact_name="王建国")
        await contact_of(rep, huaning, "李建华")
        shown = await rep.say("送样 华宁 王总 3个样品 下周三跟进")
        for fact in ("联系人：王建国", "2026-03-18", "样品：3个样品"):
            assert fact in shown
        assert "⚠" not in shown
        card = await rep.tap("保存")
        assert "状态：已送" in card
        assert "送给王建国" in card
        (trial,) = await trials(house)
        assert (trial.what, trial.quantity, trial.sent_on.isoformat()) == ("3个样品", 3, "2026-03-11")
        assert "🧪 送样：3个样品" in await rep.say("华宁")

    @pytest.mark.feature("CA18")
    async def test_english_too(self, house: House):
        rep = await house.hire("Anna Berg", language="en")
        await customer_of(rep, "Nordhaus Precision Ltd", contact_name="John Smith")
        await rep.say("sample Nordhaus 5 valves, check next wednesday")
        await rep.tap("Save")
        (trial,) = await trials(house)
        assert (trial.what, trial.quantity, trial.check_on.isoformat()) == ("5 valves", 5, "2026-03-18")

    async def test_a_visit_that_speaks_of_samples_stays_a_visit(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "拜访" in (await rep.say("华宁 谈了年框，下周三送样")).split("\n")[0]


class TestAsked:
    @pytest.mark.feature("CA18")
    async def test_the_morning_digest_asks_and_the_answer_settles_it(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, type="c", contact_name="王建国")
        await sent(rep)
        await due(house)
        digest = last_card(rep)
        assert "问问样品怎么样：3个样品" in text_of(rep, digest)
        await rep.tap("🧪 深圳市华宁电子")
        assert last_card(rep) != digest, "the card comes below, the digest stays"
        await rep.tap("✓ 通过")
        assert "通过" in await rep.say("导通测试全部合格，要正式报价")
        assert "✓ 已跟进" in text_of(rep, digest)
        (trial,) = await trials(house)
        assert (trial.state, trial.result) == ("passed", "导通测试全部合格，要正式报价")
        assert "送样" not in await rep.say("华宁")

    async def test_another_day_settles_it_until_then(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, type="c")
        await sent(rep, "送样 华宁 3个样品 下周三跟进")
        await due(house)
        await rep.tap("🧪 深圳市华宁电子")
        await rep.tap("📅 跟进日期")
        await rep.say("下周五")
        await house.tick()
        async with house.db.unit() as session:
            assert [one.state for one in await session.scalars(select(Occurrence))] == ["done"]
        (trial,) = await trials(house)
        assert trial.check_due_at is not None

    async def test_taken_back_it_is_asked_about_again(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, type="c")
        await sent(rep, "送样 华宁 3个样品 下周三跟进")
        await due(house)
        await rep.tap("🧪 深圳市华宁电子")
        await rep.tap("🔇 没回音")
        assert "没回音" in rep.screen()
        await rep.tap("撤销")
        async with house.db.unit() as session:
            assert [one.state for one in await session.scalars(select(Occurrence))] == ["sent"]
        assert [one.state for one in await trials(house)] == ["sent"]


class TestUnderWay:
    @pytest.mark.feature("CA18")
    async def test_a_manager_sees_what_the_team_has_under_way_and_comments(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        for person in (boss, rep):
            await person.say("/start")
        await customer_of(rep)
        await sent(rep, "送样 华宁 3个样品 下周三跟进")
        await rep.tap("⏳ 测试中")
        await boss.say("/menu")
        await boss.tap("工作视图")
        await boss.tap("更多")
        await boss.tap("🧪 在试的样品（1）")
        await boss.tap("李娜 · ")
        assert "状态：测试中" in boss.screen()
        await boss.reply(last_card(boss), "问一下他们的老化数据")
        assert "问一下他们的老化数据" in rep.screen()
