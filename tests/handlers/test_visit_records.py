"""Old visits: corrected with history, found again, counted for each rep."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.attachments.models import Attachment
from crm_core.org.models import Role
from crm_core.visits.models import VisitKind
from tests.handlers.scene import HUANING, RUIJIN, customer_of, customers, pictures, visit_of, visits
from tests.support.chat import House


class TestKinds:
    @pytest.mark.feature("VI01")
    @pytest.mark.parametrize(
        ("words", "kind"),
        [
            ("电话联系", "phone"),
            ("寄发资料", "material"),
            ("初次拜访", "first"),
            ("产品介绍", "presentation"),
            ("商务谈判", "negotiation"),
        ],
    )
    async def test_each_kind_of_contact_is_logged_by_its_name(self, house: House, words: str, kind: str):
        rep = await house.hire("李娜")
        await visit_of(rep, await customer_of(rep))
        await rep.say("/visit 华宁")
        await rep.say("谈了年框")
        await rep.tap("修改")
        await rep.tap("方式")
        await rep.tap(words)
        assert f"{words} · 2026-03-11" in await rep.tap("保存")
        assert (await visits(house))[-1].kind == kind


class TestAfterwards:
    @pytest.mark.feature("VI03")
    async def test_the_archive_is_updated_as_the_step_after_the_visit(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await _logged(rep)
        await rep.tap("更新档案")
        await rep.tap("城市")
        await rep.say("东莞")
        await rep.tap("保存")
        assert (await customers(house))[0].city == "东莞"

    async def test_the_next_date_is_set_by_a_tap_and_a_word_or_a_tap(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await _logged(rep)
        rep.count_from_here()
        await rep.tap("定下次")
        assert "下次跟进：2026-03-18 周三" in await rep.say("下周三")
        assert rep.actions == 2
        assert str((await customers(house))[0].next_step_on) == "2026-03-18"
        await rep.tap("定下次")
        await rep.tap("明天")
        assert str((await visits(house))[0].next_on) == "2026-03-12"

    async def test_a_photo_is_added_by_a_tap_and_a_sending_an_album_with_save(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await _logged(rep)
        await rep.tap("补照片")
        assert "📷 1" in await rep.send_photo(*pictures(1))
        await rep.tap("补照片")
        await rep.send_photo(*pictures(3)[1:])
        assert "📷 3" in await rep.tap("保存")
        async with house.db.unit() as session:
            assert len((await session.scalars(select(Attachment))).all()) == 3

    @pytest.mark.feature("VI09")
    async def test_a_record_is_made_kept_searched_and_has_a_cost(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("请王总吃饭，谈了年框")
        await rep.tap("+ 费用")
        await rep.say("三百二十块")
        assert "费用：¥320" in await rep.tap("保存")
        await rep.say("吃饭")
        await rep.tap("请王总吃饭")
        await rep.tap("修改")
        await rep.tap("费用")
        assert "费用：¥365.50" in await rep.say("365.5")
        await rep.tap("修改")
        await rep.tap("时间")
        await rep.say("昨天中午12点")
        shown = await rep.tap("变更记录")
        assert "李娜：费用 320.00 → 365.50" in shown
        assert "时间 2026-03-11 10:00 → 2026-03-10 12:00" in shown
        assert "记了拜访" in shown

    async def test_a_colleague_s_record_cannot_be_changed(self, house: House):
        rep, other = await house.hire("李娜"), await house.hire("陈晓东")
        visit = await visit_of(rep, await customer_of(rep))
        await other.say("/help")
        await other.tap_on(other.answers()[-1]["message_id"], data=f"visit.field:{visit}:1:summary")
        assert "没有这条记录" in other.toast

    async def test_an_older_card_is_told_so(self, house: House):
        rep = await house.hire("李娜")
        visit = await visit_of(rep, await customer_of(rep))
        await rep.say("/today")
        await rep.tap_on(rep.answers()[-1]["message_id"], data=f"visit.field:{visit}:7:summary")
        assert "旧卡片" in rep.toast


class TestFinding:
    @pytest.mark.feature("VI08")
    async def test_words_of_a_talk_find_it_with_day_customer_and_the_words_around(self, house: House):
        rep = await house.hire("李娜")
        huaning, ruijin = await customer_of(rep), await customer_of(rep, RUIJIN)
        last_month = house.clock.now() - timedelta(days=25)
        await visit_of(rep, huaning, summary="王总说账期可以谈，年框要等预算批下来", happened_at=last_month)
        await visit_of(rep, ruijin, summary="寄了样品，等检验科试用")
        await rep.say("/find 年框")
        (found,) = [one for one in rep.buttons() if "年框" in one]
        assert found.startswith("2026-02-14 深圳市华宁")
        assert "年框要等预算批下来" in await rep.tap(found)

    @pytest.mark.feature("VI08")
    @pytest.mark.parametrize("typed", ["上个月 年框", "2月 年框", "华宁 年框", "华宁 上个月"])
    async def test_it_is_narrowed_by_the_time_and_by_the_customer(self, house: House, typed: str):
        rep = await house.hire("李娜")
        huaning, ruijin = await customer_of(rep), await customer_of(rep, RUIJIN)
        last_month = house.clock.now() - timedelta(days=25)
        await visit_of(rep, huaning, summary="二月谈年框", happened_at=last_month)
        if "华宁" in typed and "年框" in typed:
            await visit_of(rep, ruijin, summary="也谈了年框")
        else:
            await visit_of(rep, huaning, summary="三月又谈年框")
        await rep.say(typed)
        assert [one for one in rep.buttons() if "年框" in one] == ["2026-02-14 深圳市华宁电子 · 二月谈年框"]

    @pytest.mark.feature("VI08")
    async def test_in_english_too(self, house: House):
        rep = await house.hire("Emma Clarke", language="en")
        customer = await customer_of(rep, "Nordhaus Logistics Suzhou Co., Ltd.")
        await visit_of(
            rep, customer, summary="Samples promised to Petra", happened_at=house.clock.now() - timedelta(days=7)
        )
        await visit_of(rep, customer, summary="No samples today")
        await rep.say("last week samples")
        assert [one for one in rep.buttons() if "amples" in one] == ["2026-03-04 Nordhaus Logi… · Samples promised to…"]

    async def test_where_customers_are_found_the_visits_are_one_tap_away(self, house: House):
        rep = await house.hire("李娜")
        for name in (HUANING, "深圳市华宁机电有限公司"):
            await customer_of(rep, name, confirmed=frozenset({"customer.similar"}))
        ruijin = await customer_of(rep, RUIJIN)
        await visit_of(rep, ruijin, summary="他们也从华宁进货")
        await rep.say("华宁")
        await rep.tap("拜访记录里有 1 条")
        assert any("他们也从华宁进货" in one for one in rep.buttons())

    async def test_pages_go_on(self, house: House):
        rep = await house.hire("李娜")
        customer = await customer_of(rep)
        for at in range(8):
            await visit_of(rep, customer, summary=f"第{at}次谈年框", happened_at=house.clock.now() - timedelta(days=at))
        await rep.say("年框")
        assert sum("年框" in one for one in rep.buttons()) == 6
        await rep.tap("下一页")
        assert sum("年框" in one for one in rep.buttons()) == 2


class TestCounts:
    @pytest.mark.feature("VI14")
    async def test_a_manager_sees_each_rep_s_count_for_today_this_week_and_this_month(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await house.hire("陈晓东", manager=boss)
        customer = await customer_of(rep)
        for days in (0, 1, 8):  # Wednesday, Tuesday, the Tuesday of the week before; all in March
            await visit_of(rep, customer, happened_at=house.clock.now() - timedelta(days=days))
        boss.count_from_here()
        assert "共 1 次拜访" in await boss.say("/team")
        assert "1 人还没有拜访" in boss.screen()
        assert "陈晓东：还没有拜访" in boss.screen()
        assert "李娜：2 次" in await boss.tap("本周")
        assert "李娜：3 次" in await boss.tap("本月")
        assert "李娜：1 次" in await boss.tap("今天")
        assert boss.new_cards() == 1

    @pytest.mark.feature("VI14")
    async def test_a_rep_sees_the_own_counts(self, house: House):
        rep = await house.hire("李娜")
        customer = await customer_of(rep)
        for days in (0, 1, 8):
            await visit_of(rep, customer, happened_at=house.clock.now() - timedelta(days=days))
        assert "我的拜访：1 次 · 本周 2，本月 3" in await rep.say("/today")

    @pytest.mark.feature("VI07")
    async def test_each_row_opens_the_rep_s_day_and_the_days_before(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        customer = await customer_of(rep)
        await visit_of(rep, customer, kind=VisitKind.PHONE)
        await visit_of(rep, customer, summary="送了样品", happened_at=house.clock.now() - timedelta(days=1))
        await boss.say("/team")
        assert "10:00 深圳市华宁电子 · 电话联系" in await boss.tap("李娜")
        shown = await boss.tap("前一天")
        assert "2026-03-10 周二" in shown
        assert "10:00 深圳市华宁电子 · 拜访 · 送了样品" in shown
        await boss.tap("🏢 拜访")
        assert "送了样品" in await boss.tap("10:00 深圳市华宁")

    async def test_many_reports_come_in_pages_of_six(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        for at in range(8):
            await house.hire(f"同事{at}", manager=boss)
        await boss.say("/team")
        assert sum("同事" in one for one in boss.buttons()) == 6
        await boss.tap("下一页")
        assert sum("同事" in one for one in boss.buttons()) == 2

    async def test_nobody_sees_another_team(self, house: House):
        boss, other = await house.hire("王海燕", Role.MANAGER), await house.hire("郑凯", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await visit_of(rep, await customer_of(rep))
        assert "李娜" not in " ".join([await other.say("/team"), *other.buttons()])
        await other.tap_on(other.answers()[-1]["message_id"], data=f"vd:{rep.employee_id}:0:f 2026-03-11")
        assert "没有这条记录" in other.toast


class TestFarAway:
    @pytest.mark.feature("VI06")
    async def test_a_rep_in_another_town_reports_late_at_night_and_the_manager_reads_it_at_once(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("罗建军", manager=boss)
        await customer_of(rep, "成都市锦江仪表有限公司", city="成都")
        house.clock.advance(timedelta(hours=13))  # 23:00
        await rep.say("/visit 锦江")
        await rep.say("年框谈妥，等合同")
        await rep.tap("保存")
        assert "23:00 成都市锦江仪表" in await boss.say("/today")


async def _logged(rep) -> None:
    await rep.say("/visit 华宁")
    await rep.say("谈了年框")
    await rep.tap("保存")
