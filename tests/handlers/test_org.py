"""Coming in by a link, inviting, leaving; strangers and groups."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.drafts.models import Draft
from crm_core.org.models import Employee, Role
from tests.handlers.scene import customer_of, everything, last_card, visit_of, visits
from tests.support.chat import TOKEN, USERNAME, House, Person


def link_of(person: Person) -> str:
    """The payload of the newest invite link that the person sees."""
    text = next(one["text"] for one in reversed(person.answers()) if "?start=" in one.get("text", ""))
    return text.rsplit("?start=", 1)[1].split()[0]


async def employee(house: House, name: str) -> Employee:
    async with house.db.unit() as session:
        return await session.scalar(select(Employee).where(Employee.name == name))


class TestInvites:
    async def test_an_admin_invites_from_the_chat_and_the_colleague_enters(self, house: House):
        admin = await house.hire("蒋涛", Role.ADMIN)
        await house.department("深圳销售部")
        await house.hire("王海燕", Role.MANAGER)
        await admin.say("/admin")
        await admin.tap("新同事")
        await admin.say("李娜")
        await admin.tap("销售代表")
        await admin.tap("深圳销售部")
        await admin.tap("+ 上级")
        await admin.tap("王海燕")
        assert "李娜已登记" in await admin.tap("保存")
        await admin.tap("邀请链接")
        assert f"https://t.me/{USERNAME}?start=" in admin.screen()
        new = house.stranger("李娜")
        assert "欢迎，李娜！您已加入华宁科技" in await new.say(f"/start {link_of(admin)}")
        assert "/visit" in new.screen()
        assert "/admin" not in new.screen()
        kept = await employee(house, "李娜")
        assert kept.telegram_id == new.user_id
        assert "还没有拜访：李娜" in await house.people["王海燕"].say("/today")
        assert "拜访了哪家客户" in await new.say("/visit")

    async def test_a_link_is_good_once(self, house: House):
        admin = await house.hire("蒋涛", Role.ADMIN)
        await house.hire("李娜", joined=False)
        await self._invite(admin, "李娜")
        first, second = house.stranger("李娜"), house.stranger("骗子")
        await first.say(f"/start {link_of(admin)}")
        assert "已经用过了" in await second.say(f"/start {link_of(admin)}")
        assert "不需要再用链接" in await first.say(f"/start {link_of(admin)}")

    async def test_a_link_ends_after_a_week_and_a_new_one_is_made(self, house: House):
        admin = await house.hire("蒋涛", Role.ADMIN)
        await house.hire("李娜", joined=False)
        await self._invite(admin, "李娜")
        new = house.stranger("李娜")
        old = link_of(admin)
        house.clock.advance(timedelta(days=8))
        assert "过期了" in await new.say(f"/start {old}")
        await self._invite(admin, "李娜")
        assert "欢迎，李娜" in await new.say(f"/start {link_of(admin)}")

    async def test_a_guess_tells_nothing(self, house: House):
        await house.hire("李娜", joined=False)
        guest = house.stranger("骗子")
        for payload in ("", " abc", " " + "x" * 64, " " + "x" * 600, " 李娜"):
            shown = await guest.say(f"/start{payload}")
            assert "李娜" not in shown
            assert "邀请链接" in shown, payload

    async def _invite(self, admin: Person, name: str) -> None:
        await admin.say("/admin")
        await admin.tap(name)
        await admin.tap("邀请链接")


class TestLeaving:
    async def test_access_ends_with_the_tap_for_words_buttons_and_open_forms(self, house: House):
        admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
        boss = await house.hire("王海燕", Role.MANAGER)
        customer = await customer_of(boss)
        async with house.db.unit() as session:
            (await session.get_one(Employee, rep.employee_id)).roles = ["operations"]  # sees all, owns nothing
        await rep.say("华宁")
        archive = last_card(rep)
        await rep.say("/visit 华宁")
        await rep.say("谈了年框")
        form, before = last_card(rep), everything(rep)
        await admin.say("/admin")
        await admin.tap("李娜")
        await admin.tap("已离职")
        assert "李娜离职了吗" in admin.screen()
        assert "李娜已离职" in await admin.tap("是，已离职")
        await rep.tap_on(form, button="保存")
        await rep.tap_on(archive, data=f"customer:{customer}:0")
        await rep.tap_on(archive, data=f"visit.log:{customer}:0")
        assert await visits(house) == []
        assert everything(rep) == before, "nothing more is told"
        assert "只为公司员工服务" in await rep.say("华宁")
        assert "只为公司员工服务" in await rep.say("/today")
        async with house.db.unit() as session:
            assert (await session.scalar(select(Draft))).answers["summary"] == "谈了年框"

    async def test_who_owns_customers_cannot_be_removed_before_handing_over(self, house: House):
        admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
        await customer_of(rep)
        await admin.say("/admin")
        await admin.tap("李娜")
        assert "名下还有 1 家客户，要先交接" in await admin.tap("已离职")
        await admin.tap_on(last_card(admin), data=f"leave:{rep.employee_id}:0")
        assert admin.toast == "李娜名下还有 1 家客户，请先交接。"
        assert "我的客户" in await rep.say("/customer")

    async def test_changing_one_s_mind_changes_nothing(self, house: House):
        admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
        await admin.say("/admin")
        await admin.tap("李娜")
        await admin.tap("已离职")
        await admin.tap("返回")
        assert "已开通" in admin.screen()
        assert "我能做什么" in await rep.say("/help")

    async def test_an_admin_does_not_shut_the_own_door(self, house: House):
        admin = await house.hire("蒋涛", Role.ADMIN)
        await admin.say("/admin")
        await admin.tap("蒋涛")
        await admin.tap("已离职")
        await admin.tap("是，已离职")
        assert "不能对自己这样做" in admin.toast


class TestStrangers:
    async def test_a_stranger_gets_one_polite_line_and_nothing_else(self, house: House):
        await customer_of(await house.hire("李娜"))
        guest = house.stranger("路人")
        for words in ("/start", "你好", "/today", "/visit 华宁", "华宁", "/admin", "🤷"):
            guest.count_from_here()
            assert "您好！这里只为公司员工服务" in await guest.say(words), words
            assert guest.new_cards() == 1
            assert guest.buttons() == []
        assert "华宁" not in everything(guest)

    async def test_in_the_language_of_the_messenger(self, house: House):
        assert "Hello! This assistant" in await house.stranger("John", "en").say("hi")

    async def test_a_stranger_s_photo_and_place_are_answered_too(self, house: House):
        guest = house.stranger("路人")
        assert "您好" in await guest.share_location(22.5, 113.9)

    async def test_a_stranger_s_forged_button_is_answered_and_does_nothing(self, house: House):
        customer = await customer_of(await house.hire("李娜"))
        guest = house.stranger("路人")
        await guest.say("hi")
        await guest.tap_on(last_card(guest), data=f"customer:{customer}:0")
        assert guest.answered
        assert "华宁" not in everything(guest)


class TestGroups:
    @pytest.fixture
    def group(self, house: House):
        return {"chat_id": -1001, "chat": {"type": "supergroup", "title": "销售一部"}}

    def seen(self, house: House, group) -> list[str]:
        chat = house.sandbox.world.bot(TOKEN).chats[group["chat_id"]]
        return [one.body.get("text", "") for one in chat.messages.values() if one.body["from"]["is_bot"]]

    async def test_a_command_in_a_group_gets_the_way_to_the_private_chat(self, house: House, group):
        rep = await house.hire("李娜")
        await customer_of(rep)
        house.sandbox.say(TOKEN, rep.user_id, "/customer 华宁", **group)
        await house.settle()
        (told,) = self.seen(house, group)
        assert "群里不谈客户的事" in told
        assert "华宁" not in told

    async def test_who_names_us_in_a_group_or_takes_us_in_is_told_too(self, house: House, group):
        rep = await house.hire("Emma Clarke", language="en")
        house.sandbox.say(TOKEN, rep.user_id, "@huaning_rounds_bot Nordhaus", **group)
        await house.settle()
        (told,) = self.seen(house, group)
        assert "private" in told
        us = house.sandbox.world.bot(TOKEN).body
        change = {
            "chat": {"id": group["chat_id"], **group["chat"]},
            "from": {"id": rep.user_id, "is_bot": False, "first_name": "Emma"},
            "date": int(house.clock.now().timestamp()),
            "old_chat_member": {"user": us, "status": "left"},
            "new_chat_member": {"user": us, "status": "member"},
        }
        house.sandbox.inject(TOKEN, {"my_chat_member": change})
        await house.settle()
        assert len(self.seen(house, group)) == 2

    async def test_a_member_is_answered_in_the_chosen_language(self, house: House, group):
        rep = await house.hire("Emma Clarke")
        await rep.say("/language en")
        house.sandbox.say(TOKEN, rep.user_id, "/find Nordhaus", **group)
        await house.settle()
        assert "private" in self.seen(house, group)[0]

    async def test_other_talk_in_a_group_is_none_of_our_business(self, house: House, group):
        rep = await house.hire("李娜")
        await customer_of(rep)
        for words in ("华宁", "大家好", "/today@other_bot", "谈了年框"):
            house.sandbox.say(TOKEN, rep.user_id, words, **group)
        await house.settle()
        assert self.seen(house, group) == []


class TestPeople:
    async def test_the_list_of_people_turns_pages(self, house: House):
        admin = await house.hire("蒋涛", Role.ADMIN)
        for name in ("赵", "钱", "孙", "李", "周", "吴", "郑"):
            await house.hire(f"{name}小明", joined=name != "郑")
        await admin.say("/admin")
        assert len([label for label in admin.buttons() if "小明" in label]) == 5
        await admin.tap("下一页")
        assert any(label.startswith("○ 郑小明") for label in admin.buttons())

    async def test_only_an_admin_gets_there(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await visit_of(rep, await customer_of(rep))
        for person in (boss, rep):
            assert "没有这个权限" in await person.say("/admin")
            assert "/admin" not in await person.say("/help")
