"""Deals in the chat (CA06, CA03): told in a line, moved on step by step, summed up on the archive."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.deals.models import Deal
from tests.handlers.scene import customer_of, last_card
from tests.support.chat import House


async def deals(house: House) -> list[Deal]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Deal).order_by(Deal.id)))


class TestTold:
    @pytest.mark.feature("CA06")
    async def test_one_line_and_the_archive_says_what_they_bought(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        shown = await rep.say("成交 华宁 12.8万 年框")
        for fact in ("金额：¥128,000", "内容：年框", "进度：已下单"):
            assert fact in shown
        await rep.tap("保存")
        (deal,) = await deals(house)
        assert (deal.what, deal.amount, deal.ordered_on.isoformat()) == ("年框", 128_000, "2026-03-11")
        assert "💰 成交：2026 ¥12.8万，累计 ¥12.8万" in await rep.say("华宁")

    @pytest.mark.feature("CA06")
    async def test_english_too(self, house: House):
        rep = await house.hire("Anna Berg", language="en")
        await customer_of(rep, "Nordhaus Precision Ltd")
        await rep.say("sold Nordhaus 200 pumps 36k")
        await rep.tap("Save")
        assert [(one.what, one.amount) for one in await deals(house)] == [("200 pumps", 36_000)]

    async def test_without_an_amount_it_is_asked_for(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "多少金额" in await rep.say("成交 华宁 年框")
        await rep.say("12.8万")
        await rep.tap("保存")
        assert [one.amount for one in await deals(house)] == [128_000]


class TestSteps:
    @pytest.mark.feature("CA06")
    async def test_each_step_has_its_day_and_can_be_taken_back(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("报价给 华宁 8万 传感器")
        await rep.tap("保存")
        assert "已报价 2026-03-11 周三" in rep.screen()
        assert "💰 成交" not in await rep.say("华宁"), "a quotation is no transaction yet"
        await rep.tap("更多")
        await rep.tap("💰 交易")
        await rep.tap("传感器")
        house.clock.advance(timedelta(days=2))
        assert "已报价 2026-03-11 周三 → 已下单 2026-03-13 周五" in await rep.tap("✓ 今天下单")
        house.clock.advance(timedelta(days=5))
        assert "已交货 2026-03-18 周三" in await rep.tap("✓ 今天交货")
        await rep.tap("撤销")
        assert [one.delivered_on for one in await deals(house)] == [None]

    async def test_a_step_before_the_one_ahead_of_it_is_refused(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("成交 华宁 8万 传感器")
        await rep.tap("保存")
        await rep.tap("✎ 修改")
        await rep.tap("收款日期")
        assert "要按先后" in await rep.say("3月1号")
        assert [one.paid_on for one in await deals(house)] == [None]

    async def test_two_taps_at_once_take_one_step(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("成交 华宁 8万 传感器")
        await rep.tap("保存")
        card, old = last_card(rep), "deal.step:1:1:paid"
        await rep.tap("✓ 今天收款")
        house.clock.advance(timedelta(days=1))
        await rep.tap_on(card, data=old)
        assert "旧卡片" in rep.toast
        assert [one.paid_on.isoformat() for one in await deals(house)] == ["2026-03-11"]


class TestSummed:
    @pytest.mark.feature("CA03")
    @pytest.mark.feature("CA06")
    async def test_by_year_and_in_all(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        for line, on in {"成交 华宁 12.8万 年框": None, "成交 华宁 5万 传感器": "2025年11月3日"}.items():
            await rep.say(line)
            if on:
                await rep.tap("+ 日期")
                await rep.say(on)
            await rep.tap("保存")
        assert "💰 成交：2026 ¥12.8万 · 2025 ¥5万，累计 ¥17.8万" in await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("💰 交易")
        assert len([one for one in rep.buttons() if "¥" in one]) == 2
        await rep.say("/menu")
        await rep.tap("工作视图")
        await rep.tap("💰 待收款的交易（2）")
        assert any("年框" in one for one in rep.buttons())
