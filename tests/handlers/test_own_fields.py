"""The company's own fields and its visit manual, in the chat."""

import pytest
import yaml

from crm_core.org.models import Role
from crm_core.playbook import service as playbook
from tests.handlers.scene import contact_of, contacts, customer_of, customers, last_card, visits
from tests.support.chat import House, Person


async def publish(house: House, **parts: object) -> None:
    """The default playbook with some parts replaced."""
    async with house.db.unit() as session:
        book = {**yaml.safe_load(playbook.default_text()), **parts}
        await playbook.apply(session, None, yaml.safe_dump(book, allow_unicode=True))


async def a_customer(house: House, kind: str) -> tuple[object, int]:
    rep = await house.hire("李娜")
    return rep, await customer_of(rep, type=kind)


class TestVisitTemplate:
    @pytest.mark.feature("VI02")
    async def test_a_visit_is_filled_from_the_template_of_the_customers_type(self, house: House):
        rep, _ = await a_customer(house, "a")
        await rep.say("拜访 华宁 谈了年框")
        await rep.tap("+ 见到决策人")
        assert "见到决策人了吗" in rep.screen()
        await rep.tap("是")
        await rep.tap("+ 对手动态")
        await rep.say("立讯在送样")
        assert "对手动态：立讯在送样" in rep.screen()
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert visit.extra == {"decider_met": True, "rival_seen": "立讯在送样"}

    @pytest.mark.feature("VI02")
    async def test_what_the_company_requires_is_asked(self, house: House):
        asked = {"key": "need", "kind": "text", "required": True, "title": {"zh": "客户需求", "en": "Need"}}
        template = {"title": {"zh": "新客户拜访", "en": "New customer"}, "types": ["new"], "ask": [asked]}
        await publish(house, visit_templates=[template])
        rep, _ = await a_customer(house, "new")
        shown = await rep.say("拜访 华宁 谈了年框")
        assert "客户需求" in shown
        await rep.say("交期短一点")
        await rep.tap("保存")
        assert (await visits(house))[0].extra == {"need": "交期短一点"}

    @pytest.mark.feature("VI04")
    async def test_goal_and_manual_are_there_while_the_visit_is_told(self, house: House):
        rep, _ = await a_customer(house, "new")
        assert "🎯 弄清谁使用、谁影响、谁拍板" in await rep.say("/visit 华宁")
        shown = await rep.tap("📖 手册")
        assert "新客户拜访" in shown
        assert "1. 出发前看档案" in shown
        assert "窍门" in shown
        await rep.tap("回到：拜访 深圳市华宁电子")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert len(await visits(house)) == 1

    @pytest.mark.feature("VI05")
    async def test_the_flow_of_a_visit_is_walked_from_the_manual(self, house: House):
        rep, _ = await a_customer(house, "a")
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("更多")
        assert "重点客户拜访" in await rep.tap("📖 拜访手册")
        assert "华宁电子" in await rep.tap("📂 拜访前：看档案")
        await rep.tap("更多")
        await rep.tap("更多")
        await rep.tap("📖 拜访手册")
        await rep.tap("📝 记拜访")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert "要改哪一项" in await rep.tap("更新档案")

    @pytest.mark.feature("VI04")
    async def test_the_manual_is_in_my_knowledge(self, house: House):
        rep = await house.hire("Emma Clarke", language="en")
        await rep.say("/menu")
        await rep.tap("My knowledge")
        await rep.tap("New")
        assert "Visit to a new customer" in await rep.tap("Visit manual")


class TestCompanyFields:
    async def test_a_new_customer_is_asked_for_them_by_type(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("新客户 深圳市华宁电子有限公司")
        await rep.tap("展会活动")
        assert "+ 付款方式" not in rep.buttons()
        await rep.tap("修改")
        await rep.tap("类型")
        await rep.tap("A类·战略")
        await rep.tap("+ 付款方式")
        await rep.tap("月结30天")
        await rep.tap("保存")
        assert (await customers(house))[0].extra == {"terms": "net30"}

    async def test_a_saved_one_is_changed_and_told_with_its_history(self, house: House):
        rep, _ = await a_customer(house, "a")
        await rep.say("华宁")
        await rep.tap("更新档案")
        await rep.tap("更多")
        await rep.tap("员工人数")
        assert "✓" in await rep.say("三百二十")
        assert (await customers(house))[0].extra == {"employees": 320}
        await rep.tap("更多")
        assert "员工人数：320" in rep.screen()
        assert "员工人数" in await rep.tap("变更记录")

    async def test_a_visits_answer_is_changed_later(self, house: House):
        rep, _ = await a_customer(house, "a")
        await rep.say("拜访 华宁 谈了年框")
        await rep.tap("保存")
        await rep.say("华宁")
        await rep.tap("拜访记录")
        await rep.tap("谈了年框")
        await rep.tap("修改")
        await rep.tap("见到决策人")
        await rep.tap("否")
        assert (await visits(house))[0].extra == {"decider_met": False}
        assert "见到决策人：否" in rep.screen()

    async def test_a_new_contact_is_asked_what_the_company_requires(self, house: House):
        role = {"key": "role", "kind": "text", "required": True, "title": {"zh": "决策角色", "en": "Role"}}
        await publish(house, fields={"contact": [role]})
        rep, customer = await a_customer(house, "a")
        await rep.say("华宁")
        await rep.tap("➕ 联系人")
        assert "决策角色" in await rep.say("王建国")
        await rep.say("拍板的人")
        await rep.tap("保存")
        (contact,) = await contacts(house)
        assert (contact.customer_id, contact.name, contact.extra) == (customer, "王建国", {"role": "拍板的人"})


ROLE = {
    "key": "role",
    "kind": "choice",
    "title": {"zh": "决策角色", "en": "Role in decisions"},
    "options": [
        {"key": "decides", "title": {"zh": "拍板人", "en": "Decides"}},
        {"key": "uses", "title": {"zh": "使用者", "en": "User"}},
    ],
}
LIKES = {"key": "likes", "kind": "text", "title": {"zh": "爱好", "en": "Likes"}, "types": ["a"]}


class TestFieldsOfContacts:
    """As complete as those of customers and visits: shown, changed, told in the history, taken back."""

    async def known(self, house: House, **given: object) -> Person:
        await publish(house, fields={"contact": [ROLE, LIKES]})
        rep = await house.hire("李娜")
        customer = await customer_of(rep)
        await contact_of(rep, customer, "王建国", **given)
        await rep.say("华宁")
        await rep.tap("联系人（1）")
        await rep.tap("王建国")
        return rep

    async def test_one_is_changed_and_shown_and_told_in_the_history(self, house: House):
        rep = await self.known(house, extra={"role": "uses"})
        assert "决策角色：使用者" in rep.screen()
        await rep.tap("更多")
        await rep.tap("自定义字段")
        assert "爱好" in rep.buttons()
        assert "要改哪一项" in rep.screen()
        await rep.tap("决策角色")
        assert "✓ 已保存" in await rep.tap("拍板人")
        assert "决策角色：拍板人" in rep.screen()
        assert (await contacts(house))[0].extra == {"role": "decides"}
        await rep.tap("打开档案")
        await rep.tap("更多")
        assert "王建国决策角色 使用者 → 拍板人" in await rep.tap("变更记录")

    async def test_it_is_taken_back(self, house: House):
        rep = await self.known(house)
        await rep.tap("更多")
        await rep.tap("自定义字段")
        await rep.tap("爱好")
        await rep.say("钓鱼")
        assert "爱好：钓鱼" in rep.screen()
        assert "已撤销：联系人 · 王建国" in await rep.tap("撤销")
        assert (await contacts(house))[0].extra == {}

    async def test_in_english(self, house: House):
        await publish(house, fields={"contact": [ROLE]})
        rep = await house.hire("Emma Clarke", language="en")
        customer = await customer_of(rep, "Acme Electronics Ltd")
        await contact_of(rep, customer, "John Smith")
        await rep.say("acme")
        await rep.tap("Contacts (1)")
        await rep.tap("John Smith")
        await rep.tap("More ›")
        await rep.tap("Our own fields")
        await rep.tap("Role in decisions")
        assert "Role in decisions: Decides" in await rep.tap("Decides")

    async def test_who_may_only_read_changes_nothing(self, house: House):
        await self.known(house, extra={"role": "uses"})
        finance = await house.hire("赵丽华", Role.FINANCE)
        await finance.say("华宁")
        await finance.tap("联系人（1）")
        assert "决策角色：使用者" in await finance.tap("王建国")
        assert not any("✎" in one for one in finance.buttons())
        (contact,) = await contacts(house)
        await finance.tap_on(last_card(finance), data=f"contact.field:{contact.id}:{contact.revision}:x.role")
        assert finance.toast
        assert "哪一个" not in finance.screen()
        assert (await contacts(house))[0].extra == {"role": "uses"}

    async def test_a_field_that_the_company_gave_up_meanwhile(self, house: House):
        rep = await self.known(house, extra={"likes": "钓鱼"})
        await rep.tap("更多")
        await rep.tap("自定义字段")
        await publish(house, fields={"contact": [ROLE]})
        await rep.tap("爱好")
        assert "旧卡片" in rep.toast
        assert "钓鱼" not in rep.screen()
        assert (await contacts(house))[0].extra == {"likes": "钓鱼"}


class TestHistory:
    async def test_of_a_visit_tells_what_the_company_asked(self, house: House):
        rep, _ = await a_customer(house, "a")
        await rep.say("拜访 华宁 谈了年框")
        await rep.tap("保存")
        await rep.say("华宁")
        await rep.tap("拜访记录")
        await rep.tap("谈了年框")
        await rep.tap("修改")
        await rep.tap("见到决策人")
        await rep.tap("否")
        assert "见到决策人 – → 否" in await rep.tap("变更记录")

    async def test_of_a_customer_tells_it_in_the_companys_words(self, house: House):
        rep, _ = await a_customer(house, "a")
        await rep.say("华宁")
        await rep.tap("更新档案")
        await rep.tap("更多")
        await rep.tap("付款方式")
        await rep.tap("月结30天")
        await rep.tap("更多")
        assert "付款方式 – → 月结30天" in await rep.tap("变更记录")


class TestContactsOfVisits:
    @pytest.mark.feature("BY09")
    async def test_a_line_names_whom_one_talked_with(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        shown = await rep.say("拜访 华宁 王总 谈了年框，下周三送样")
        assert "联系人：王建国" in shown
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert (visit.contact_id, visit.summary) == (1, "王总 谈了年框，下周三送样")

    async def test_whom_one_calls_first_is_proposed_and_goes_with_the_customer(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await customer_of(rep, "上海瑞金医疗器械有限公司", contact_name="李建华", phone="13900139111")
        await rep.say("/visit 华宁")
        await rep.say("谈了年框")
        assert "联系人：王建国" in rep.screen()
        await rep.tap("修改")
        await rep.tap("客户")
        await rep.say("瑞金")
        assert "联系人：李建华" in rep.screen()
        await rep.tap("保存")
        assert (await visits(house))[0].contact_id == 2


class TestBadThings:
    async def test_a_program_is_refused_at_once_and_the_form_stays(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        shown = await rep.send_file("document", b"MZ\0\0", "setup.exe", "application/octet-stream")
        assert "程序" in shown
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert len(await visits(house)) == 1

    async def test_who_may_not_log_is_not_asked_to(self, house: House):
        finance = await house.hire("赵丽华", Role.FINANCE)
        await finance.say("/today")
        assert "📝 记拜访" not in finance.buttons()

    async def test_the_team_is_in_the_menu_of_who_has_one(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        assert "/team" in await boss.say("/help")
        assert "/team" not in await rep.say("/help")


class TestFiles:
    async def test_a_document_sent_from_a_visit_belongs_to_it(self, house: House):
        rep, _ = await a_customer(house, "new")
        await rep.say("/visit 华宁")
        await rep.tap("先签到，后写")
        shown = await rep.send_file("document", b"%PDF-1.7\n" + b"\0" * 60, "年框合同.pdf", "application/pdf")
        assert "文件：📎 1" in shown
        assert "谈了什么" in shown
        await rep.say("谈了年框")
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert (visit.summary, visit.ended_at is not None) == ("谈了年框", True)


class TestVoice:
    @pytest.mark.feature("BY03")
    async def test_a_voice_message_stands_for_the_words(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.send_file("voice", b"OggS" + b"\0" * 60, "v.oga", "audio/ogg", duration=32)
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert visit.summary == "🎤 0:32"

    async def test_with_no_form_open_it_asks_whose_it_is(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        shown = await rep.send_file("voice", b"OggS" + b"\0" * 60, "v.oga", "audio/ogg", duration=32)
        assert "哪家客户" in shown
        await rep.tap("华宁")
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["🎤 0:32"]

    async def test_words_under_a_photo_are_what_was_talked_about(self, house: House):
        from tests.handlers.scene import pictures

        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.send_photo(*pictures(1), caption="拜访华宁 谈了年框，下周三送样")
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert (visit.summary, str(visit.next_on)) == ("谈了年框，下周三送样", "2026-03-18")

    async def test_words_under_a_photo_without_a_verb_wait_for_the_customer(self, house: House):
        from tests.handlers.scene import pictures

        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.send_photo(*pictures(1), caption="展厅的新样品")
        await rep.tap("华宁")
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["展厅的新样品"]
