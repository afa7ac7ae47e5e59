"""Contacts in the chat: added, changed, called first, gone; cards shared from the phone; signatures pasted."""

import pytest

from crm_core.contacts.models import Contact
from crm_core.org.models import Role
from tests.handlers.scene import HUANING, RUIJIN, contact_of, contacts, customer_of, customers, everything, visit_of
from tests.support.chat import House

SIGNATURE = "李建华\n品质部经理\n深圳市华宁电子有限公司\n手机：139 0013 9111\n邮箱：li@huaning.com"
VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:李建华\nTITLE:品质部经理\nEMAIL;TYPE=WORK:li@huaning.com\nEND:VCARD"


async def known(house: House) -> tuple[str | None, str | None, str | None, str | None, bool]:
    """The newest contact: name, position, phone, mail, whether called first."""
    last: Contact = (await contacts(house))[-1]
    return last.name, last.title, last.phone, last.email, last.is_primary


class TestFromTheArchive:
    @pytest.mark.feature("CD02")
    async def test_a_rep_keeps_an_archive_and_its_people_up_to_date_from_the_chat(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep, city="深圳", contact_name="王建国", phone="13800138000")
        await rep.say("华宁")
        await rep.tap("更新档案")
        await rep.tap("城市")
        await rep.say("东莞")
        assert "东莞" in await rep.tap("保存")
        await rep.tap("更新档案")
        await rep.tap("类型")
        assert "✓ 已保存" in await rep.tap("B类·成长")
        await rep.tap("更新档案")
        await rep.tap("电话")
        await rep.say("135 1234 5678")
        assert "135 1234 5678" in await rep.tap("保存")
        shown = await boss.say("5678")
        for fact in ("东莞", "B类·成长", "王建国 · 135 1234 5678"):
            assert fact in shown
        await boss.tap("更多")
        told = await boss.tap("变更记录")
        for change in ("城市 深圳 → 东莞", "王建国电话 138 0013 8000 → 135 1234 5678", "类型 A类·战略 → B类·成长"):
            assert change in told
        assert told.count("李娜") >= 4

    async def test_a_second_one_is_added_listed_and_called_first(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await rep.say("华宁")
        await rep.tap("👤 联系人（1）")
        await rep.tap("➕ 联系人")
        assert "怎么称呼" in rep.screen()
        await rep.say("李建华")
        await rep.tap("+ 职务")
        await rep.say("品质部经理")
        assert "✓ 已保存" in await rep.tap("保存")
        await rep.tap("设为首选")
        assert "以后先联系李建华" in rep.toast
        await rep.tap("« 联系人")
        assert rep.buttons()[:2] == ["王建国", "★ 李建华 · 品质部经理"]
        await rep.tap("打开档案")
        assert "👤 李建华 品质部经理" in rep.screen()
        assert "👤 联系人（2）" in rep.buttons()

    async def test_who_is_gone_is_no_longer_found(self, house: House):
        rep = await house.hire("李娜")
        huaning = await customer_of(rep, contact_name="王建国", phone="13800138000")
        await contact_of(rep, huaning, "李建华", phone="13900139111")
        await rep.say("华宁")
        await rep.tap("联系人（2）")
        await rep.tap("★ 王建国")
        await rep.tap("不在这家了")
        assert "记录会留着" in rep.screen()
        await rep.tap("是，不在了")
        assert rep.buttons()[0] == "★ 李建华"
        assert "没找到" in await rep.say("王建国")
        assert "👤 李建华 · 139 0013 9111" in await rep.say("9111")

    async def test_the_same_person_twice_is_a_doubt_that_may_be_overruled(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await rep.say("华宁")
        await rep.tap("联系人（1）")
        await rep.tap("➕ 联系人")
        await rep.say("王建国")
        assert "这家已经有“王建国”了" in await rep.tap("保存")
        await rep.tap("确定，继续")
        await rep.tap("保存")
        assert len(await contacts(house)) == 2

    async def test_an_archive_without_anybody_offers_to_add_one(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        await rep.tap("➕ 联系人")
        assert "客户：深圳市华宁电子" in rep.screen()

    async def test_who_may_only_read_sees_them_and_no_way_to_change(self, house: House):
        rep, money = await house.hire("李娜"), await house.hire("赵敏", Role.FINANCE)
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        assert "王建国" in await money.say("华宁")
        assert not [one for one in money.buttons() if "更新" in one or "记拜访" in one]
        await money.tap("联系人（1）")
        assert money.buttons() == ["★ 王建国", "打开档案"]
        await money.tap("王建国")
        assert "138 0013 8000" in money.screen()
        assert money.buttons() == ["更多 ›", "« 联系人", "打开档案"]


class TestSignature:
    @pytest.mark.feature("NF03")
    async def test_a_pasted_signature_fills_the_form_one_tap_saves(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        await rep.tap("➕ 联系人")
        rep.count_from_here()
        shown = await rep.say(SIGNATURE)
        for fact in ("李建华", "品质部经理", "139 0013 9111", "li@huaning.com", "深圳市华宁电子有限公司"):
            assert fact in shown
        await rep.tap("保存")
        assert rep.actions == 2
        assert await known(house) == ("李建华", "品质部经理", "+8613900139111", "li@huaning.com", True)
        assert (await contacts(house))[0].note == "深圳市华宁电子有限公司"

    async def test_nothing_that_is_a_name_is_asked_again(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        await rep.tap("➕ 联系人")
        for words in ("🤷", "13800138000"):
            assert "没看到姓名" in await rep.say(words)
        assert "王总" in await rep.say("王总")
        await rep.tap("保存")
        assert (await known(house))[0] == "王总"


class TestSharedCard:
    @pytest.mark.feature("NF03")
    async def test_a_new_number_asks_at_which_customer_and_one_more_tap_saves(self, house: House):
        rep = await house.hire("李娜")
        huaning = await customer_of(rep)
        await customer_of(rep, RUIJIN)
        await visit_of(rep, huaning)
        rep.count_from_here()
        assert "给哪家客户" in await rep.send_contact("建华", "139 0013 9111", last_name="李", vcard=VCARD)
        assert "华宁" in rep.buttons()[0]
        await rep.tap("华宁")
        assert "139 0013 9111" in rep.screen()
        await rep.tap("保存")
        assert (rep.actions, rep.new_cards()) == (3, 1)
        assert (await known(house))[1:] == ("品质部经理", "+8613900139111", "li@huaning.com", True)
        assert "华宁" in await rep.say("9111")

    async def test_for_a_new_customer_the_card_waits(self, house: House):
        rep = await house.hire("李娜")
        await rep.send_contact("李建华", "13900139111")
        await rep.tap("➕ 新建")
        await rep.say(HUANING)
        await rep.tap("老客户介绍")
        await rep.tap("保存")
        assert "李建华" in rep.screen()
        assert HUANING[:7] in rep.screen()
        await rep.tap("保存")
        assert [one.people for one in await customers(house)] == [["李建华"]]

    async def test_a_number_we_know_says_whose_it_is_and_opens_the_archive(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        shown = await rep.send_contact("老王", "+86 138 0013 8000")
        assert shown.startswith("138 0013 8000 是王建国的号码。")
        assert HUANING in shown
        assert "📝 记拜访" in rep.buttons()

    async def test_a_number_of_several_customers_asks_which(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        same = frozenset({"customer.phone.similar"})
        await customer_of(rep, RUIJIN, contact_name="王建国", phone="13800138000", confirmed=same)
        assert "好几家客户" in await rep.send_contact("王建国", "13800138000")
        await rep.tap("瑞金")
        assert RUIJIN in rep.screen()

    async def test_a_colleague_s_contact_is_told_to_nobody(self, house: House):
        await customer_of(await house.hire("李娜"), contact_name="王建国", phone="13800138000")
        other = await house.hire("陈晓东")
        assert "给哪家客户" in await other.send_contact("老王", "13800138000")
        assert "华宁" not in everything(other)
        assert "王建国" not in everything(other)

    async def test_who_may_not_change_customers_is_told(self, house: House):
        assert "没有这个权限" in await (await house.hire("赵敏", Role.FINANCE)).send_contact("王建国", "13800138000")

    async def test_into_the_open_form_it_goes_as_the_name(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        await rep.tap("➕ 联系人")
        await rep.send_contact("李建华", "13900139111")
        await rep.tap("保存")
        assert (await known(house))[:3] == ("李建华", None, "+8613900139111")

    async def test_a_card_with_a_number_nobody_can_read_keeps_the_name(self, house: House):
        rep = await house.hire("李娜", language="en")
        await customer_of(rep)
        assert "At which customer" in await rep.send_contact("Anna Keller", "12")
        assert "Anna Keller" in rep.screen()


class TestFinding:
    @pytest.mark.feature("BY13")
    async def test_a_customer_is_found_by_any_of_its_people(self, house: House):
        rep = await house.hire("李娜")
        huaning = await customer_of(rep, contact_name="王建国", phone="13800138000")
        await customer_of(rep, RUIJIN, contact_name="单小芳", phone="021-64370045")
        await contact_of(rep, huaning, "欧阳修", phone="13600136999")
        for typed in ("王建国", "欧阳修", "ouyangxiu", "oyx", "6999", "8000"):
            assert HUANING in await rep.say(typed), typed
