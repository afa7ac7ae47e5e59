"""Visits in the chat: logged in a few taps, read by who may, seen by the manager the same day."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crm_core.attachments.models import Attachment
from crm_core.org.models import Role
from tests.handlers.scene import HUANING, RUIJIN, customer_of, last_card, pictures, text_of, visit_of, visits
from tests.support.chat import House
from tests.support.texts import ROOT


class TestLogging:
    @pytest.mark.feature("CD01")
    async def test_guided_it_takes_at_most_five_taps_and_one_text(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await customer_of(rep, RUIJIN)
        rep.count_from_here()
        await rep.say("/visit")
        await rep.tap("华宁")
        await rep.say("谈了年框，下周三送样")
        await rep.tap("+ 下次跟进")
        await rep.tap("一周后")
        assert "✓ 已记录拜访" in await rep.tap("保存")
        taps = rep.actions - 2  # the command and the text
        assert taps <= 5
        assert rep.new_cards() <= 2
        (visit,) = await visits(house)
        assert (visit.summary, visit.kind, str(visit.next_on)) == ("谈了年框，下周三送样", "first", "2026-03-18")
        assert visit.happened_at == house.clock.now()

    @pytest.mark.feature("CD01")
    async def test_from_the_archive_it_takes_two_taps_and_a_text(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        rep.count_from_here()
        await rep.tap("记拜访")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert rep.actions == 3
        assert rep.new_cards() == 1
        assert "谈了年框" in await rep.tap("打开档案")
        assert "今天跟进过" in rep.screen()

    @pytest.mark.feature("CD01")
    async def test_with_the_customer_behind_the_command_it_takes_one_tap(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        rep.count_from_here()
        await rep.say("/visit hndz")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert rep.actions == 3
        assert len(await visits(house)) == 1

    async def test_the_kind_is_taken_from_the_last_visit_and_can_be_changed(self, house: House):
        rep = await house.hire("李娜")
        customer = await customer_of(rep)
        await visit_of(rep, customer, kind="phone")
        await rep.say("/visit 华宁")
        await rep.say("谈了年框")
        assert "电话联系" in rep.screen()
        await rep.tap("修改")
        await rep.tap("方式")
        await rep.tap("商务谈判")
        await rep.tap("保存")
        assert (await visits(house))[-1].kind == "negotiation"

    async def test_it_may_be_told_the_next_day_in_words(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("谈了年框")
        await rep.tap("+ 时间")
        assert "2026-03-10 周二 15:00" in await rep.say("昨天下午3点")
        await rep.tap("保存")
        assert (await visits(house))[0].happened_at == house.clock.now() - timedelta(hours=19)

    async def test_a_wrong_time_is_told_and_nothing_typed_is_lost(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("谈了年框，下周三送样")
        await rep.tap("+ 下次跟进")
        assert "已经过去了" in await rep.say("昨天")
        assert "谈了年框，下周三送样" in rep.screen()
        await rep.say("下周三")
        await rep.tap("保存")
        assert str((await visits(house))[0].next_on) == "2026-03-18"

    async def test_pressing_save_twice_logs_one_visit_and_keeps_what_it_says(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("谈了年框")
        card = last_card(rep)
        save = next(b for row in _keyboard(rep, card) for b in row if "保存" in b["text"])["callback_data"]
        for _ in range(3):
            await rep.tap_on(card, data=save)
            assert rep.answered
        assert len(await visits(house)) == 1
        assert "✓ 已记录拜访" in text_of(rep, card)

    async def test_somebody_with_nothing_to_log_says_so_politely(self, house: House):
        money = await house.hire("赵敏", Role.FINANCE)
        assert "没有这个权限" in await money.say("/visit")
        assert "/visit" not in await money.say("/help")


class TestPhotosAndPlaces:
    async def test_photos_join_the_open_visit_and_are_seen_again(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        customer = await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.send_photo(*pictures(1))
        await rep.say("看了展厅")
        assert "📷 1" in rep.screen()
        await rep.tap("保存")
        visit = (await visits(house))[0]
        await boss.say("/today")
        await boss.tap("李娜")
        assert "📷 1" in boss.screen()
        await boss.tap("看照片")
        assert "photo" in boss.answers()[-1]
        assert (visit.customer_id, visit.employee_id) == (customer, rep.employee_id)

    async def test_an_album_is_one_item_and_one_card(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        rep.count_from_here()
        await rep.send_photo(*pictures(4))
        assert rep.new_cards() == 1
        assert "📷 4" in rep.screen()
        await rep.say("看了展厅")
        await rep.tap("保存")
        async with house.db.unit() as session:
            assert len((await session.scalars(select(Attachment))).all()) == 4

    async def test_ten_photos_are_one_too_many_and_nine_stay(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.send_photo(*pictures(10))
        assert "最多 9 张" in rep.screen()
        await rep.say("看了展厅")
        await rep.tap("保存")
        async with house.db.unit() as session:
            assert len((await session.scalars(select(Attachment))).all()) == 9

    async def test_a_photo_out_of_the_blue_begins_a_visit(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "拜访了哪家客户" in await rep.send_photo(*pictures(1))
        await rep.tap("华宁")
        await rep.say("看了展厅")
        await rep.tap("保存")
        assert "📷 1" in await _open_last_visit(rep)

    async def test_location_first_takes_one_location_two_taps_and_a_text(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        rep.count_from_here()
        assert "拜访了哪家客户" in await rep.share_location(22.5405, 113.9346)
        await rep.tap("华宁")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert rep.actions == 4
        (visit,) = await visits(house)
        assert (visit.latitude, visit.longitude) == (22.5405, 113.9346)

    async def test_several_photos_of_a_visit_come_as_an_album(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.send_photo(*pictures(3))
        await rep.say("看了展厅")
        await rep.tap("保存")
        await _open_last_visit(rep)
        rep.count_from_here()
        await rep.tap("看照片")
        assert len([one for one in rep.answers()[-3:] if "photo" in one]) == 3


async def _open_last_visit(rep) -> str:
    await rep.say("华宁")
    await rep.tap("拜访记录")
    return await rep.tap(rep.buttons()[0])


class TestToday:
    async def test_a_manager_sees_direct_and_indirect_reports(self, house: House):
        head = await house.hire("赵立", Role.MANAGER)
        boss = await house.hire("王海燕", Role.MANAGER, manager=head)
        rep, idle = await house.hire("李娜", manager=boss), await house.hire("陈晓东", manager=boss)
        await visit_of(rep, await customer_of(rep))
        shown = await head.say("/today")
        assert "团队：1 次拜访" in shown
        assert "李娜 1" in shown
        assert "华宁" in shown
        assert "还没有拜访：陈晓东" in shown
        await head.tap("李娜")
        assert "谈了年框，下周三送样" in head.screen()
        assert "华宁" not in await idle.say("/today")

    async def test_a_rep_sees_the_own_day_and_it_begins_at_midnight(self, house: House):
        rep = await house.hire("李娜")
        customer = await customer_of(rep)
        await visit_of(rep, customer, happened_at=house.clock.now() - timedelta(hours=11))  # 23:00 yesterday
        await visit_of(rep, customer, happened_at=house.clock.now() - timedelta(hours=9))  # 01:00 today
        shown = await rep.say("/today")
        assert "我的拜访：1 次" in shown
        assert "01:00" in shown

    async def test_refreshing_shows_what_has_come_in_since(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        customer = await customer_of(rep)
        assert "团队：0 次拜访" in await boss.say("/today")
        card = last_card(boss)
        await visit_of(rep, customer)
        await boss.tap("刷新")
        assert "团队：1 次拜访" in text_of(boss, card)

    async def test_two_colleagues_of_one_name_are_two(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        for name, customer in (("王伟", HUANING), ("王伟", RUIJIN)):
            rep = await house.hire(name, manager=boss)
            await visit_of(rep, await customer_of(rep, customer))
        await boss.say("/today")
        assert [label for label in boss.buttons() if "王伟" in label] == boss.buttons()[:2]

    async def test_a_manager_who_visits_sees_both(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        await house.hire("李娜", manager=boss)
        await visit_of(boss, await customer_of(boss))
        shown = await boss.say("/today")
        assert "团队：0 次拜访" in shown
        assert "我的拜访：1 次" in shown


class TestOneCore:
    @pytest.mark.feature("CD08")
    async def test_what_a_rep_logs_in_the_chat_the_manager_s_day_and_archive_show(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER, language="en")
        rep = await house.hire("李娜", manager=boss)
        await rep.say(f"/new {HUANING}")
        await rep.tap("展会活动")
        await rep.tap("保存")
        await rep.tap("记拜访")
        await rep.say("谈了年框，下周三送样")
        await rep.tap("保存")
        assert "Your team: 1 visit" in await boss.say("/today")
        assert "李娜" in boss.screen()
        await boss.say("huaning")
        assert "谈了年框，下周三送样" in boss.screen()
        assert "Looked after by 李娜" in boss.screen()
        (visit,) = await visits(house)
        assert visit.employee_id == rep.employee_id

    @pytest.mark.feature("CD08")
    def test_and_the_core_knows_no_messenger(self):
        floors = [path for name in ("crm_core", "conversations", "reminders", "screens") for path in _modules(name)]
        assert len(floors) > 50
        known = {"aiogram", "telegram", "aiohttp", "bot", "handlers", "sandbox"}
        assert {path.name: names & known for path in floors if (names := _imports(path)) & known} == {}


def _modules(package: str) -> list[Path]:
    return [path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in found}


def _keyboard(person, message_id: int) -> list:
    message = next(one for one in person.messages() if one["message_id"] == message_id)
    return message["reply_markup"]["inline_keyboard"]
