"""What is kept of a contact, in the chat: personal file, hobbies, important days, gifts, job moves."""

from datetime import timedelta

import pytest

from crm_core.org.models import Role
from tests.handlers.scene import RUIJIN, contact_of, contacts, customer_of, everything, last_card
from tests.support.chat import House, Person


async def at_huaning(rep: Person) -> int:
    customer = await customer_of(rep, contact_name="王建国", phone="13800138000", city="深圳")
    await contact_of(rep, customer, "李芳", title="采购经理")
    return customer


async def open_more(person: Person, name: str, words: str = "华宁", more: str = "更多") -> str:
    await person.say(words)
    await person.tap("👤")
    await person.tap(name)
    return await person.tap(more)


class TestPersonalFile:
    @pytest.mark.feature("CT06")
    async def test_the_fields_of_the_playbook_and_free_words(self, house: House):
        rep = await house.hire("李娜")
        await at_huaning(rep)
        await open_more(rep, "王建国")
        assert "档案还是空的" in await rep.tap("个人档案")
        await rep.tap("籍贯")
        assert "籍贯：湖南长沙" in await rep.say("湖南长沙")
        await rep.tap("沟通风格")
        assert "哪种方式" in rep.screen()
        assert "沟通风格：看数据" in await rep.tap("看数据")
        await rep.tap("忌讳")
        await rep.say("不喝酒，别约周五晚上")
        await rep.tap("备忘")
        shown = await rep.say("女儿今年高考\n太太在同济医院")
        for fact in ("籍贯：湖南长沙", "沟通风格：看数据", "忌讳：不喝酒，别约周五晚上", "女儿今年高考 太太在同济医院"):
            assert fact in shown
        await rep.tap("撤销")
        assert (await contacts(house))[0].about is None

    @pytest.mark.feature("CT07")
    async def test_hobbies_are_typed_in_one_go(self, house: House):
        rep = await house.hire("李娜", language="en")
        await customer_of(rep, "Nordhaus Precision Ltd", contact_name="Anna Keller")
        await open_more(rep, "Anna Keller", "Nordhaus", "More")
        await rep.tap("Personal file")
        await rep.tap("Hobbies")
        assert "commas between" in await rep.say("🤷 <b>")
        assert "Likes: fishing, tea, Italian opera" in await rep.say("fishing, tea, Italian opera")
        await rep.tap("« Back")
        assert "Likes: fishing" in rep.screen()


class TestDays:
    @pytest.mark.feature("CT12")
    async def test_a_lunar_birthday_and_several_anniversaries(self, house: House):
        rep = await house.hire("李娜")
        await at_huaning(rep)
        await open_more(rep, "王建国")
        await rep.tap("重要日子")
        await rep.tap("🎂 生日")
        assert "例如写" in await rep.say("下个月")
        shown = await rep.say("农历八月十五")
        assert "生日：农历八月十五（2026-09-25，还有 198 天）" in shown
        for title, day in (("结婚纪念日", "5月20日"), ("公司成立日", "2004-03-11")):
            await rep.tap("➕ 纪念日")
            await rep.say(title)
            await rep.say(day)
            await rep.tap("保存")
        assert "结婚纪念日：5月20日（还有 70 天）" in rep.screen()
        assert "公司成立日：2004年3月11日（就是今天）" in rep.screen()
        await rep.tap("🎂 生日")
        assert "生日：1975年3月5日（还有 359 天）" in await rep.say("1975年3月5日")
        await rep.tap("✖ 结婚纪念日")
        assert "结婚纪念日" not in rep.screen()
        await rep.tap("« 返回")
        await rep.tap("« 返回")
        assert "🎂 1975年3月5日" in rep.screen()

    async def test_the_birthday_on_a_shared_card_comes_along(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国")
        vcard = "BEGIN:VCARD\nFN:赵敏\nTITLE:采购经理\nBDAY:19850305\nEND:VCARD"
        await rep.send_contact("赵敏", "13900139111", vcard=vcard)
        await rep.tap("华宁")
        assert "1985年3月5日" in rep.screen()
        assert "🎂 1985年3月5日" in await rep.tap("保存")


class TestGifts:
    @pytest.mark.feature("CT09")
    async def test_what_was_spent_is_summed_by_year_and_taken_back(self, house: House):
        rep = await house.hire("李娜")
        await at_huaning(rep)
        await open_more(rep, "李芳")
        assert "还没有为这位联系人花过费用" in await rep.tap("礼品与费用")
        for kind, amount, day in (("礼品", "八百", "去年12月20日"), ("宴请", "1280", None), ("礼品", "300块", None)):
            await rep.tap("➕ 记一笔")
            await rep.tap(kind)
            await rep.say(amount)
            if day:
                await rep.tap("+ 日期")
                await rep.say(day)
            assert "✓ 已保存" in await rep.tap("保存")
            await rep.tap("« 礼品与费用")
        assert "2026 年：¥1,580，2 笔" in rep.screen()
        assert "2025 年：¥800，1 笔" in rep.screen()
        await rep.tap("« 返回")
        assert "今年费用：¥1,580" in rep.screen()
        await rep.tap("礼品与费用")
        await rep.tap("03-11 宴请")
        await rep.tap("删除")
        assert "2026 年：¥300，1 笔" in rep.screen()
        await rep.tap("撤销")
        await open_more(rep, "李芳")
        assert "2026 年：¥1,580，2 笔" in await rep.tap("礼品与费用")

    async def test_the_future_costs_nothing_yet(self, house: House):
        rep = await house.hire("李娜")
        await at_huaning(rep)
        await open_more(rep, "李芳")
        await rep.tap("礼品与费用")
        await rep.tap("➕ 记一笔")
        await rep.tap("礼品")
        await rep.say("300")
        await rep.tap("+ 日期")
        assert "还没到" in await rep.say("明天")


class TestJobMoves:
    @pytest.mark.feature("CT08")
    async def test_a_new_post_here_then_another_customer_with_all_posts_told(self, house: House):
        rep = await house.hire("李娜")
        await at_huaning(rep)
        await customer_of(rep, RUIJIN)
        await open_more(rep, "李芳")
        await rep.tap("个人档案")
        await rep.tap("爱好")
        await rep.say("钓鱼、喝茶")
        await rep.tap("« 返回")
        await rep.tap("任职经历")
        await rep.tap("本公司调动")
        await rep.say("采购总监")
        await rep.tap("+ 从哪天起")
        await rep.say("1月5日")
        assert "采购总监" in await rep.tap("保存")
        house.clock.advance(timedelta(days=30))
        await open_more(rep, "李芳")
        await rep.tap("任职经历")
        await rep.tap("调到另一家客户")
        await rep.say("瑞金")
        await rep.tap("+ 职务")
        await rep.say("副总经理")
        shown = await rep.tap("保存")
        assert "李芳 · 副总经理" in shown
        assert "以前在深圳市华宁电子" in shown
        await rep.tap("更多")
        assert "钓鱼、喝茶" in rep.screen()
        told = (await rep.tap("任职经历")).splitlines()[1:]
        assert told == [
            "2026-04-10 – 至今：上海瑞金医疗器械 · 副总经理",
            "2026-01-05 – 2026-04-10：深圳市华宁电子 · 采购总监",
            "… – 2026-01-05：深圳市华宁电子 · 采购经理",
        ]
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("决策树")
        await rep.tap("李芳")
        assert "现在在上海瑞金医疗器械" in rep.screen()
        await rep.tap("更多")
        await rep.tap("任职经历")
        await rep.tap("📂 现在")
        assert "副总经理" in rep.screen()

    async def test_a_move_is_taken_back_as_one(self, house: House):
        rep = await house.hire("李娜")
        await at_huaning(rep)
        await customer_of(rep, RUIJIN)
        await open_more(rep, "李芳")
        await rep.tap("重要日子")
        await rep.tap("🎂 生日")
        await rep.say("3月5日")
        await rep.tap("« 返回")
        await rep.tap("任职经历")
        await rep.tap("调到另一家客户")
        await rep.say("瑞金")
        await rep.tap("保存")
        await rep.tap("撤销")
        assert [one.name for one in await contacts(house) if one.left_at is None] == ["王建国", "李芳"]
        assert "生日：3月5日" in await open_more(rep, "李芳")

    async def test_to_a_colleague_s_customer_it_is_offered_there(self, house: House):
        rep, other = await house.hire("李娜"), await house.hire("陈晓东")
        await at_huaning(rep)
        await customer_of(other, RUIJIN)
        await other.say("/menu")
        await open_more(rep, "李芳")
        await rep.tap("任职经历")
        await rep.tap("去了别的公司")
        await rep.say(RUIJIN)
        shown = await rep.tap("保存")
        assert "会告诉负责的同事" in shown
        assert "陈晓东" not in everything(rep)
        assert "李娜说：李芳 采购经理现在到上海瑞金医疗器械上班了" in other.screen()
        assert "李芳" in await other.tap("加联系人")
        assert "已经有卡片" in (await _again(other) or "")
        await rep.say("华宁")
        assert "华宁" not in everything(other)

    async def test_to_a_company_nobody_knows_the_same_is_said(self, house: House):
        rep = await house.hire("李娜")
        await at_huaning(rep)
        await open_more(rep, "李芳")
        await rep.tap("任职经历")
        await rep.tap("去了别的公司")
        await rep.say("广州白云化工有限公司")
        assert "会告诉负责的同事" in await rep.tap("保存")

    async def test_finance_moves_nobody(self, house: House):
        rep, money = await house.hire("李娜"), await house.hire("赵敏", Role.FINANCE)
        await at_huaning(rep)
        await open_more(money, "李芳")
        await money.tap("任职经历")
        assert money.buttons() == ["« 返回"]


async def _again(person: Person) -> str | None:
    """Press the offer once more, from an old screen."""
    gone = person.house
    old = next(one for one in await contacts(gone) if one.went_to)
    await person.tap_on(last_card(person), data=f"contact.take:{old.id}:0")
    return person.toast


class TestSeveral:
    @pytest.mark.feature("CT01")
    async def test_a_customer_has_several_contacts_one_is_called_first(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        for name in ("李芳", "陈工"):
            await rep.say("华宁")
            await rep.tap("👤 联系人")
            await rep.tap("➕ 联系人")
            await rep.say(name)
            await rep.tap("保存")
        await rep.say("华宁")
        await rep.tap("👤 联系人（3）")
        assert rep.buttons()[:3] == ["★ 王建国", "李芳", "陈工"]
