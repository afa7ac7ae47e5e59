"""Comments by replying to a card (BY26)."""

import pytest
from sqlalchemy import func, select

from crm_core.comments.models import Comment
from crm_core.org.models import Role
from tests.handlers.scene import HUANING, customer_of, everything, last_card, text_of, visit_of, visits
from tests.support.chat import House, Person, labels


async def comments(house: House) -> list[Comment]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Comment).order_by(Comment.id)))


async def team(house: House) -> tuple[Person, Person]:
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    await boss.say("/start")
    await rep.say("/start")
    return boss, rep


@pytest.mark.feature("BY26")
async def test_a_reply_to_an_archive_becomes_a_comment_and_its_owner_is_told(house: House):
    boss, rep = await team(house)
    customer = await customer_of(rep)
    await boss.say("华宁")
    card = last_card(boss)
    boss.count_from_here()
    shown = await boss.reply(card, "他们要换供应商，先别报价")
    assert boss.new_cards() == 1
    assert "评论已保存：深圳市华宁电子有限公司" in shown
    assert "已通知：李娜" in shown
    (comment,) = await comments(house)
    assert (comment.subject_type, comment.subject_id, comment.text) == (
        "customer",
        customer,
        "他们要换供应商，先别报价",
    )
    assert comment.author_id == boss.employee_id
    assert "王海燕 · 客户档案 深圳市华宁电子有限公司" in rep.screen()
    assert "他们要换供应商，先别报价" in rep.screen()
    assert "华宁" in await rep.tap("打开")
    assert "💬 王海燕：他们要换供应商，先别报价" in rep.screen()


@pytest.mark.feature("BY26")
async def test_a_colleague_named_behind_an_at_is_told_and_answers_by_replying(house: House):
    boss, rep = await team(house)
    money = await house.hire("Wang Fang", Role.FINANCE, language="en")
    await money.say("/language")
    await money.tap("English")
    await customer_of(rep)
    await rep.say("华宁")
    shown = await rep.reply(last_card(rep), "账期能到 60 天吗 @wang fang @王海燕看一下")
    assert "已通知：Wang Fang、王海燕" in shown
    assert "you were named" in money.screen()
    assert "账期能到 60 天吗" in money.screen()
    assert "archive 深圳市华宁电子有限公司" in money.screen()
    assert "提到了您" in boss.screen()
    push = last_card(money)
    await money.reply(push, "45 days at most")
    assert "45 days at most" in rep.screen()
    assert "提到了您" not in rep.screen()
    assert [one.text for one in await comments(house)] == [
        "账期能到 60 天吗 @wang fang @王海燕看一下",
        "45 days at most",
    ]
    await money.tap_on(push, button="Open")
    assert "💬 Wang Fang: 45 days at most" in text_of(money, push)


@pytest.mark.feature("BY26")
async def test_who_may_not_see_the_record_is_not_told_and_the_author_hears_it(house: House):
    _, rep = await team(house)
    other = await house.hire("褚亮")
    await other.say("/start")
    await customer_of(rep)
    await rep.say("华宁")
    shown = await rep.reply(last_card(rep), "@褚亮 @赵六 一起去吗")
    assert "能看到这条记录的人里没有叫“褚亮”的" in shown
    assert "没有叫“赵六”的" in shown
    assert "一起去吗" not in everything(other)
    assert HUANING not in everything(other)
    (comment,) = await comments(house)
    assert comment.mentioned == []


@pytest.mark.feature("BY26")
async def test_two_of_one_name_are_both_left_alone_and_the_author_hears_it(house: House):
    _, rep = await team(house)
    twins = [await house.hire("王伟", Role.OPERATIONS) for _ in range(2)]
    for one in twins:
        await one.say("/start")
    await customer_of(rep)
    await rep.say("华宁")
    assert "有好几位同事叫“王伟”" in await rep.reply(last_card(rep), "@王伟 看一下")
    assert not any("看一下" in everything(one) for one in twins)
    assert len(await comments(house)) == 1


@pytest.mark.feature("BY26")
async def test_a_visit_is_commented_on_wherever_its_card_stands(house: House):
    boss, rep = await team(house)
    customer = await customer_of(rep)
    await rep.say("/visit 华宁")
    await rep.say("谈了年框")
    await rep.tap("保存")
    done = last_card(rep)
    await boss.say("/today")
    await boss.tap("李娜")  # the day's card is drawn anew as the visit's
    await boss.reply(last_card(boss), "样品什么时候到")
    await rep.reply(done, "下周三")
    (visit,) = await visits(house)
    assert [(one.subject_type, one.subject_id) for one in await comments(house)] == [("visit", visit.id)] * 2
    await boss.say("/today")
    await boss.tap("李娜")
    assert "💬 李娜：下周三" in boss.screen()
    await boss.tap("💬 评论 2")
    assert "评论" in boss.screen()
    assert [label for label in boss.buttons() if "样品什么时候到" in label]
    await boss.tap("样品什么时候到")
    assert "王海燕 · 拜访记录 深圳市华宁电子有限公司" in boss.screen()
    assert customer == visit.customer_id


@pytest.mark.feature("BY26")
async def test_an_answer_to_the_open_form_s_card_is_the_form_s(house: House):
    rep = await house.hire("李娜")
    await customer_of(rep)
    await rep.say("华宁")
    await rep.tap("记拜访")  # the archive's card becomes the form
    await rep.reply(last_card(rep), "谈了年框")
    await rep.tap("保存")
    assert [one.summary for one in await visits(house)] == ["谈了年框"]
    assert await comments(house) == []


@pytest.mark.feature("BY26")
async def test_a_comment_in_the_middle_of_a_form_leaves_the_form_open(house: House):
    boss, rep = await team(house)
    await customer_of(rep)
    await rep.say("华宁")
    archive = last_card(rep)
    await rep.say("/visit 华宁")
    shown = await rep.reply(archive, "@王海燕 我去拜访了")
    assert "评论已保存" in shown
    assert "回到：拜访" in rep.buttons()[-1]
    assert "我去拜访了" in boss.screen()
    await rep.tap("回到：拜访")
    await rep.say("谈了年框")
    await rep.tap("保存")
    assert len(await visits(house)) == 1


@pytest.mark.feature("BY26")
async def test_a_comment_is_taken_back_and_who_read_it_sees_so(house: House):
    boss, rep = await team(house)
    await customer_of(rep)
    await rep.say("华宁")
    await rep.reply(last_card(rep), "@王海燕 先别报价")
    push = last_card(boss)
    await rep.tap("撤销")
    assert "已撤销：评论 · 深圳市华宁电子有限公司" in rep.screen()
    assert text_of(boss, push) == "↩ 李娜撤销了这条记录：评论 · 深圳市华宁电子有限公司"
    assert await comments(house) == []
    await boss.reply(push, "为什么")
    assert await comments(house) == []


async def test_a_card_that_shows_something_else_by_now_is_not_commented_on(house: House):
    rep = await house.hire("李娜")
    await customer_of(rep)
    await rep.say("华宁")
    card = last_card(rep)
    await rep.tap("我的客户")
    assert HUANING in await rep.reply(card, "华宁")
    assert await comments(house) == []


async def test_who_lost_the_right_cannot_comment_on_an_old_card(house: House):
    boss, rep = await team(house)
    await customer_of(rep)
    await boss.say("华宁")
    card = last_card(boss)
    async with house.db.unit() as session:
        from crm_core.org import service as org
        from crm_core.org.models import Employee

        await org.set_manager(session, await session.get_one(Employee, rep.employee_id), None)
    assert "没有这条记录" in await boss.reply(card, "先别报价")
    async with house.db.unit() as session:
        assert await session.scalar(select(func.count()).select_from(Comment)) == 0


async def test_too_long_a_comment_is_told_and_a_reply_to_nothing_is_a_search(house: House):
    rep = await house.hire("李娜")
    customer = await customer_of(rep)
    await visit_of(rep, customer)
    await rep.say("华宁")
    assert "1000" in await rep.reply(last_card(rep), "长" * 1001)
    assert await comments(house) == []
    await rep.say("/help")
    assert HUANING in await rep.reply(last_card(rep), "华宁")
    assert HUANING in await rep.reply(rep.own()[-1]["message_id"], "华宁")


async def test_who_cannot_be_reached_is_not_written_to(house: House):
    _, rep = await team(house)
    absent = await house.hire("赵立", Role.OPERATIONS, joined=False)
    await customer_of(rep)
    await rep.say("华宁")
    await rep.reply(last_card(rep), "@赵立 看一下")
    assert (await comments(house))[0].mentioned == [absent.employee_id]
    await rep.say("华宁")
    card = last_card(rep)
    assert "💬 评论 1" in labels(next(one for one in rep.messages() if one["message_id"] == card))
