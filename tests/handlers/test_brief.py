"""The brief before a visit (CA17, CA03, CA05): what matters on one card, from the archive and when a visit is due."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from conversations.brief import brief_card
from crm_core.org import queries as org
from tests.handlers.scene import contact_of, customer_of, last_card, visit_of
from tests.support.chat import House, Person


async def known(rep: Person) -> int:
    """A customer of whom much is known."""
    huaning = await customer_of(rep, contact_name="王建国", yearly_value=300_000)
    await contact_of(rep, huaning, "李建华", title="品质部经理")
    today = rep.house.clock.now()
    await visit_of(rep, huaning, summary="报了连接器的价，嫌贵一成", extra={"rival_seen": "立讯报价低5%"})
    rep.house.clock.advance(timedelta(days=1))
    await visit_of(rep, huaning, summary="谈了年框，答应送样", next_on=(today + timedelta(days=7)).date())
    for line in ("需求 华宁 5000套连接器 下月底", "送样 华宁 3个样品 下周三跟进", "成交 华宁 12.8万 年框"):
        await rep.say(line)
        await rep.tap("保存")
    return huaning


class TestBrief:
    @pytest.mark.feature("CA17")
    @pytest.mark.feature("CA05")
    @pytest.mark.feature("CA03")
    async def test_one_tap_behind_more_tells_what_matters_in_eight_lines(self, house: House):
        rep = await house.hire("李娜")
        await known(rep)
        await rep.say("华宁")
        await rep.tap("更多")
        assert rep.buttons()[0] == "🧭 拜访准备", "first of all ways"
        shown = await rep.tap("🧭 拜访准备")
        for fact in (
            "🎯 目标：核对本季用量",
            "谈了年框，答应送样",
            "📅 答应2026-03-18",
            "5000套连接器 04-30",
            "3个样品 03-18",
            "王建国 · 李建华 品质部经理",
        ):
            assert fact in shown
        assert "⚔ 对手：立讯报价低5%" in shown
        assert "今年已买 ¥12.8万，年潜力 ¥30万" in shown
        assert len([line for line in shown.splitlines() if line]) <= 8
        await rep.tap("记拜访")
        assert "深圳市华宁电子" in rep.screen()

    @pytest.mark.feature("CA17")
    async def test_it_is_offered_on_the_archive_when_a_visit_is_planned(self, house: House):
        rep = await house.hire("李娜")
        await known(rep)
        await rep.say("华宁")
        assert "🧭 拜访准备" not in rep.buttons()
        house.clock.advance(timedelta(days=6))
        await rep.say("华宁")
        await rep.tap("🧭 拜访准备")
        assert "拜访准备" in rep.screen()

    @pytest.mark.feature("CA17")
    async def test_before_the_first_visit_it_says_what_to_find_out(self, house: House):
        rep = await house.hire("Anna Berg", language="en")
        await customer_of(rep, "Nordhaus Precision Ltd", type="new")
        await rep.say("Nordhaus")
        await rep.tap("More")
        shown = await rep.tap("🧭 Visit brief")
        assert "Goal: Learn who uses, who influences, who decides" in shown
        assert "No visit yet" in shown
        assert "ask who decides" in shown

    async def test_it_takes_few_statements_however_much_is_known(self, house: House):
        rep = await house.hire("李娜")
        huaning = await known(rep)
        said: list[str] = []
        engine = house.db.engine.sync_engine
        async with house.db.unit() as session:
            actor = await org.actor(session, rep.employee_id)
            event.listen(engine, "before_cursor_execute", lambda _c, _k, sql, *_: said.append(sql))
            await brief_card(session, actor, huaning)
            mine = [one for one in said if "FROM" in one]
        assert len(mine) <= 20  # the house at rest asks a few of its own

    async def test_who_may_not_see_the_customer_gets_none(self, house: House):
        rep, other = await house.hire("李娜"), await house.hire("陈晓东")
        huaning = await customer_of(rep)
        await other.say("/menu")
        await other.tap_on(last_card(other), data=f"brief:{huaning}:0")
        assert "没有这条记录" in other.toast
