"""No card is a dead end: a refusal, a cancelled form and an old button lead on to somewhere."""

from sqlalchemy import update

from crm_core.customers.models import Customer
from crm_core.org.models import Role
from tests.handlers.scene import HUANING, RUIJIN, customer_of, last_card, visits
from tests.support.chat import House


class TestADouble:
    async def test_a_customer_that_is_here_already_is_a_tap_away(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        assert "已有档案，由李文博负责" in await rep.say(f"/new {HUANING}")
        assert HUANING in (await rep.tap("打开档案")).splitlines()[0]
        assert "回到：新客户" in rep.buttons()[-1]

    async def test_keeping_a_name_that_is_taken_does_not_pass(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await rep.say(f"/new {HUANING}")
        assert "已有档案" in await rep.tap("不改")

    async def test_keeping_a_name_that_sounds_alike_asks_again_and_may_be_confirmed(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        assert "很像" in await rep.say("/new 深圳华宁电子公司")
        assert "很像" in await rep.say("/new 华宁")
        assert "很像" in await rep.tap("不改")
        assert "很像" not in await rep.tap("确定，继续")

    async def test_who_may_not_see_it_gets_no_button(self, house: House):
        rep, other = await house.hire("李文博"), await house.hire("黄晓敏")
        await customer_of(rep)
        await other.say(f"/new {HUANING}")
        assert "打开档案" not in other.buttons()


class TestHandedOver:
    async def test_a_customer_that_goes_while_the_visit_is_written_is_asked_for_again(self, house: House):
        rep, other = await house.hire("李文博"), await house.hire("黄晓敏")
        gone = await customer_of(rep)
        await customer_of(rep, RUIJIN)
        await rep.say("/visit 华宁")
        await rep.say("谈了合同，他们同意了")
        async with house.db.unit() as session:
            moved = update(Customer).where(Customer.id == gone).values(owner_id=other.employee_id)
            await session.execute(moved.execution_options(unaudited="a scene of a test"))
        shown = await rep.tap("保存")
        assert f"“{HUANING}”现在不归您负责了" in shown
        assert "拜访了哪家客户" in shown
        assert "谈了合同，他们同意了" in shown
        await rep.tap("瑞金")
        await rep.tap("保存")
        assert (await visits(house))[0].summary == "谈了合同，他们同意了"


class TestAWayOn:
    async def test_a_cancelled_form_leads_to_its_customer_and_the_menu(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.tap("取消")
        assert rep.buttons() == ["打开", "☰ 菜单"]
        assert HUANING in await rep.tap("打开")
        await rep.tap("更新档案")
        await rep.tap("地址")
        await rep.tap("取消")
        assert HUANING in await rep.tap("打开")
        await rep.say("/new")
        await rep.say("取消")
        assert rep.buttons() == ["☰ 菜单"]

    async def test_the_button_back_into_a_form_that_is_gone_goes_too(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("/find 华宁")
        card = last_card(rep)
        await rep.say("/cancel")
        label = "回到：拜访 深圳市华宁电子 ▸"
        await rep.tap_on(card, button=label)
        assert "已经填完或取消了" in rep.toast
        shown = next(one for one in rep.answers() if one["message_id"] == card)
        assert label not in str(shown["reply_markup"])

    async def test_undoing_one_change_says_that_the_record_stays(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep, location=(22.54, 113.94))
        await rep.share_location(22.7, 114.2)
        await rep.tap("华宁")
        await rep.say("谈了年框")
        await rep.tap("保存")
        await rep.tap("约在别处")
        assert "记录还在" in await rep.tap("撤销")
        assert len(await visits(house)) == 1


async def test_whose_comment_is_answered_hears_of_it(house: House):
    boss = await house.hire("王海燕")
    rep = await house.hire("李文博", manager=boss)
    await boss.say("/start")
    await customer_of(rep)
    await rep.say("华宁")
    await rep.reply(last_card(rep), "@王海燕 要不要给特价？")
    assert "要不要给特价" in boss.screen()
    await boss.reply(last_card(boss), "可以给两个点")
    assert "可以给两个点" in rep.screen()
    assert "已通知：王海燕" in await rep.reply(last_card(rep), "谢谢王经理")
    assert "谢谢王经理" in boss.screen()


async def test_the_way_back_to_the_team_leads_to_the_week_one_came_from(house: House):
    boss = await house.hire("王海燕", Role.MANAGER)
    await house.hire("李文博", manager=boss)
    await boss.say("/team")
    await boss.tap("本周")
    await boss.tap("李文博")
    await boss.tap("‹ 前一天")
    assert "团队 · 本周" in await boss.tap("« 团队")
