"""Checking in: where it was, begun and ended on the spot, customers nearby; in thirty seconds between two doors."""

from datetime import timedelta

import pytest

from crm_core.org.models import Role
from tests.handlers.scene import (
    HUANING,
    RUIJIN,
    contact_of,
    customer_of,
    customers,
    first_contact,
    last_card,
    pictures,
    text_of,
    visit_of,
    visits,
)
from tests.support.chat import House

DOOR = (22.5405, 113.9346)  # 科技园南路
STREET = (22.5414, 113.9352)  # some 120 m off
FAR = (22.5570, 113.9346)  # 1.8 km to the north
LUOHU = (22.5520, 114.1200)  # another part of the town


class TestPlace:
    @pytest.mark.feature("BY01")
    async def test_near_the_customer_the_distance_is_kept_and_told(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, location=DOOR)
        await rep.share_location(*STREET)
        await rep.tap("华宁")
        await rep.say("谈了年框")
        assert "📍 离客户 118 米" in await rep.tap("保存")
        (visit,) = await visits(house)
        assert (visit.distance_m, visit.outside) == (118, False)
        assert not any("定位不准" in one for one in rep.buttons())

    @pytest.mark.feature("BY01")
    async def test_far_off_it_is_flagged_and_asks_why_and_the_manager_sees_it(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep, location=DOOR)
        await rep.say("/visit 华宁")
        await rep.share_location(*FAR)
        await rep.say("谈了年框")
        shown = await rep.tap("保存")
        assert "⚠ 离客户 1.8 公里，超出签到范围 · 没说原因" in shown
        assert (await visits(house))[0].outside, "logged all the same"
        await boss.say("/today")
        assert "⚠ 10:00" in boss.screen()
        await rep.tap("约在别处")
        assert "约在别处" in rep.screen()
        assert (await visits(house))[0].place_reason == "elsewhere"
        await boss.tap("李娜")
        assert "⚠ 离客户 1.8 公里，超出签到范围 · 约在别处" in boss.screen()

    @pytest.mark.feature("BY01")
    async def test_the_reason_may_be_said_in_one_s_own_words(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, location=DOOR)
        await rep.share_location(*FAR)
        await rep.tap("华宁")
        await rep.say("谈了年框")
        await rep.tap("保存")
        await rep.tap("其他原因")
        assert "他们在展会上布展" in await rep.say("他们在展会上布展")
        assert (await visits(house))[0].place_reason == "他们在展会上布展"

    @pytest.mark.feature("BY01")
    async def test_a_customer_without_a_point_gets_it_by_one_tap_and_that_is_in_the_history(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.share_location(*DOOR)
        await rep.tap("华宁")
        await rep.say("谈了年框")
        assert "客户还没有定位" in await rep.tap("保存")
        await rep.tap("把这里设为客户位置")
        (customer,) = await customers(house)
        assert (customer.latitude, customer.longitude) == DOOR
        await rep.say("华宁")
        await rep.tap("更多")
        assert "位置 – → 22.5405, 113.9346" in await rep.tap("变更记录")

    @pytest.mark.feature("BY01")
    async def test_who_has_moved_is_put_where_one_stands(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, location=DOOR)
        await rep.share_location(*FAR)
        await rep.tap("华宁")
        await rep.say("谈了年框")
        await rep.tap("保存")
        await rep.tap("客户换了地址")
        await rep.tap("把这里设为客户位置")
        assert (await customers(house))[0].latitude == FAR[0]


class TestStartAndEnd:
    @pytest.mark.feature("BY02")
    async def test_begun_with_one_tap_the_manager_sees_it_and_at_its_end_it_has_a_duration(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep, location=DOOR)
        rep.count_from_here()
        await rep.share_location(*STREET)
        await rep.tap("华宁")
        assert "▶ 拜访中：深圳市华宁电子有限公司" in await rep.tap("先签到，后写")
        assert (rep.actions, rep.new_cards()) == (3, 1)
        assert "华宁" in await boss.say("/today")
        await boss.tap("李娜")
        assert "▶ 拜访中" in boss.screen()
        assert "离客户 118 米" in boss.screen()
        house.clock.advance(timedelta(minutes=35))
        rep.count_from_here()
        await rep.tap("结束拜访")
        await rep.say("谈了年框，下周三送样")
        assert "时长：35 分钟" in await rep.tap("保存")
        assert rep.actions == 3
        assert rep.new_cards() == 1
        (visit,) = await visits(house)
        assert visit.ended_at - visit.started_at == timedelta(minutes=35)
        assert (visit.summary, visit.distance_m) == ("谈了年框，下周三送样", 118)
        assert "李娜：1 次 · 35 分钟" in await boss.say("/team")

    @pytest.mark.feature("BY02")
    async def test_whom_one_sees_is_kept_from_the_door_to_the_end_and_may_still_be_another(self, house: House):
        rep = await house.hire("李娜")
        customer = await customer_of(rep, location=DOOR, contact_name="王建国", phone="13800138000")
        other = await contact_of(rep, customer, "李建华")
        await rep.share_location(*STREET)
        await rep.tap("华宁")
        assert "联系人：王建国" in rep.screen()
        await rep.tap("先签到，后写")
        (visit,) = await visits(house)
        assert visit.contact_id == await first_contact(house, customer)
        await rep.tap("结束拜访")
        await rep.say("谈了年框")
        assert "联系人：王建国" in rep.screen()
        await rep.tap("修改")
        await rep.tap("联系人")
        await rep.tap("李建华")
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert (visit.contact_id, visit.summary) == (other, "谈了年框")

    @pytest.mark.feature("BY02")
    @pytest.mark.parametrize("how", ["结束", "/visit", "done"])
    async def test_it_is_ended_by_a_word(self, house: House, how: str):
        rep = await _begun(house)
        assert "谈了什么" in await rep.say(how)
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert not (await visits(house))[0].is_open

    @pytest.mark.feature("BY02")
    async def test_the_talk_typed_as_it_is_ends_it_with_one_more_tap(self, house: House):
        rep = await _begun(house)
        rep.count_from_here()
        assert "谈了年框，下周三送样" in await rep.say("谈了年框，下周三送样")
        await rep.tap("保存")
        assert (rep.actions, rep.new_cards()) == (2, 1)
        assert (await visits(house))[0].summary == "谈了年框，下周三送样"

    async def test_a_photo_taken_meanwhile_belongs_to_it(self, house: House):
        rep = await _begun(house)
        await rep.send_photo(*pictures(1))
        await rep.say("看了展厅")
        await rep.tap("保存")
        await rep.say("华宁")
        await rep.tap("拜访记录")
        assert "📷 1" in await rep.tap(rep.buttons()[0])

    async def test_a_customer_s_name_typed_meanwhile_is_looked_up(self, house: House):
        rep = await _begun(house)
        await customer_of(rep, RUIJIN)
        assert "瑞金" in await rep.say("瑞金")
        assert (await visits(house))[0].is_open

    @pytest.mark.feature("BY02")
    async def test_only_one_is_open_a_person(self, house: House):
        rep = await _begun(house)
        await customer_of(rep, RUIJIN)
        await rep.say("/visit 瑞金")
        await rep.tap("先签到，后写")
        assert "深圳市华宁电子有限公司 的拜访还没结束" in rep.toast
        assert "瑞金" in rep.screen(), "what was begun is still there"
        assert len(await visits(house)) == 1

    @pytest.mark.feature("BY02")
    async def test_a_forgotten_one_ends_when_one_says_or_without_a_duration(self, house: House):
        rep = await _begun(house)
        house.clock.advance(timedelta(hours=26))
        await rep.say("/today")
        await rep.say("/visit")
        await rep.say("谈了年框")
        await rep.tap("+ 结束时间")
        assert "超过 12 小时" in (await rep.say("今天上午11点") and await rep.tap("保存"))
        await rep.say("昨天上午11点半")
        assert "时长：1 小时 30 分" in await rep.tap("保存")

    async def test_a_forgotten_one_without_an_end_has_no_duration(self, house: House):
        rep = await _begun(house)
        card = last_card(rep)
        house.clock.advance(timedelta(hours=26))
        await rep.tap_on(card, button="🏁 结束拜访")
        await rep.say("谈了年框")
        assert "时长" not in await rep.tap("保存")
        (visit,) = await visits(house)
        assert (visit.started_at, visit.ended_at, visit.is_open) == (None, None, False)

    async def test_a_mistaken_check_in_is_taken_back(self, house: House):
        rep = await _begun(house)
        assert "签到已撤销" in await rep.tap("撤销签到")
        assert await visits(house) == []
        assert "拜访了哪家客户" in await rep.say("/visit")

    async def test_pressing_the_end_twice_ends_it_once(self, house: House):
        rep = await _begun(house)
        card = last_card(rep)
        end = next(b for row in _keyboard(rep, card) for b in row if "结束" in b["text"])["callback_data"]
        await rep.say("谈了年框")
        await rep.tap("保存")
        await rep.tap_on(card, data=end)
        assert "不在进行中" in rep.toast
        assert "谈了年框" in text_of(rep, card)


class TestNearby:
    @pytest.mark.feature("BY04")
    async def test_a_location_alone_offers_the_nearest_with_metres_and_days_since_the_last_visit(self, house: House):
        rep = await house.hire("李娜")
        huaning = await customer_of(rep, location=DOOR)
        await customer_of(rep, "深圳市凯旋光电有限公司", location=FAR)
        await customer_of(rep, RUIJIN, location=LUOHU)
        await _seen(house, rep, huaning, days=9)
        rep.count_from_here()
        await rep.share_location(*STREET)
        nearest = rep.buttons()
        assert nearest[0] == "深圳市华宁电子 · 118 米 · 9 天前拜访"
        assert nearest[1] == "深圳市凯旋光电 · 1.7 公里 · 还没拜访"
        assert any("瑞金" in one for one in nearest[2:]), "then recent ones"
        await rep.tap("华宁")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert (rep.actions, rep.new_cards()) == (4, 2)  # a location, two taps, a text; the card moved down once

    @pytest.mark.feature("BY04")
    async def test_nobody_s_customers_are_shown_to_others(self, house: House):
        rep, other = await house.hire("李娜"), await house.hire("陈晓东")
        await customer_of(rep, location=DOOR)
        await other.share_location(*STREET)
        assert not any("华宁" in one for one in other.buttons())

    @pytest.mark.feature("BY04")
    async def test_a_new_customer_is_made_where_one_stands_and_visited_at_once(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, RUIJIN)  # its industry and source are proposed
        rep.count_from_here()
        await rep.share_location(*DOOR)
        await rep.tap("新客户在这里")
        await rep.say(HUANING)
        await rep.tap("保存")
        assert "谈了什么" in rep.screen()
        await rep.say("第一次见面")
        assert "离客户 0 米" in await rep.tap("保存")
        assert rep.actions <= 8
        customer = (await customers(house))[-1]
        assert (customer.latitude, customer.longitude) == DOOR

    async def test_in_the_form_a_location_sent_first_orders_the_customers(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, RUIJIN, location=LUOHU)
        await customer_of(rep, location=DOOR)
        await customer_of(rep, "深圳市凯旋光电有限公司")
        await rep.say("/visit")
        await rep.share_location(*STREET)
        assert rep.buttons()[0].startswith("深圳市华宁电子 · 118 米")


async def _begun(house: House):
    rep = await house.hire("李娜")
    await customer_of(rep, location=DOOR)
    await rep.say("/visit 华宁")
    await rep.tap("先签到，后写")
    return rep


async def _seen(house: House, rep, customer: int, days: int) -> None:
    await visit_of(rep, customer, happened_at=house.clock.now() - timedelta(days=days))


def _keyboard(person, message_id: int) -> list:
    message = next(one for one in person.messages() if one["message_id"] == message_id)
    return message["reply_markup"]["inline_keyboard"]
