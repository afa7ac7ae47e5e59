"""A phone is lost or stolen: one tap of an admin, and its account is nobody's."""

from sqlalchemy import select, text

from crm_core.org import queries, service
from crm_core.org.models import Employee, Role
from crm_core.plans import feed
from crm_core.plans.models import PlanFeed
from tests.handlers.scene import customer_of, everything, last_card, visits
from tests.handlers.test_org import link_of
from tests.support.chat import TOKEN, House, Person

BOT = int(TOKEN.split(":", maxsplit=1)[0])


async def cut_off(admin: Person, name: str) -> str:
    await admin.say("/admin")
    await admin.tap(name)
    return await admin.tap("手机丢失")


async def test_with_one_tap_everything_from_that_phone_is_refused(house: House):
    admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
    customer = await customer_of(rep)
    await rep.say("华宁")
    archive = last_card(rep)
    await rep.say("/visit 华宁")
    await rep.say("谈了年框")
    form, before = last_card(rep), everything(rep)
    assert "李娜的手机已停用" in await cut_off(admin, "李娜")
    await rep.tap_on(form, button="保存")
    await rep.tap_on(archive, data=f"customer:{customer}:0")
    assert await visits(house) == []
    assert everything(rep) == before
    for words in ("华宁", "/today", "/export", "/customer"):
        assert "只为公司员工服务" in await rep.say(words)
    async with house.db.unit() as session:
        owner = await session.scalar(text("SELECT owner_id FROM customer"))
        assert owner == rep.employee_id, "what is hers stays hers"


async def test_cards_in_the_former_chat_are_never_redrawn_and_nothing_that_waits_is_sent(house: House):
    admin, boss = await house.hire("蒋涛", Role.ADMIN), await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    await customer_of(rep)
    await rep.say("/visit 华宁")
    await rep.say("谈了年框")
    await rep.tap("保存")
    later = text(
        "INSERT INTO outbox (bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at) VALUES"
        " (:bot, :chat, 2, 'send_message', '{\"text\": \"华宁续约\"}', 'resend', now() + interval '9 years', now())"
    )
    async with house.db.unit() as session:
        actor = await queries.actor(session, admin.employee_id)
        await session.execute(later, {"bot": BOT, "chat": rep.user_id})
        await service.cut_off(session, actor, rep.employee_id)
    async with house.db.engine.connect() as connection:
        mine = {"bot": BOT, "chat": rep.user_id}
        cards = text("SELECT count(*) FROM card WHERE bot_id = :bot AND chat_id = :chat AND message_id IS NOT NULL")
        assert (await connection.execute(cards, mine)).scalar_one() == 0
        waits = text("SELECT count(*) FROM outbox WHERE chat_id = :chat AND state IN ('pending', 'sending')")
        assert (await connection.execute(waits, mine)).scalar_one() == 0
    before = everything(rep)
    await boss.say("/today")
    await house.tick()
    assert everything(rep) == before


async def test_from_a_new_account_everything_goes_on_and_the_old_one_sees_nothing_of_it(house: House):
    admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
    await customer_of(rep)
    await rep.say("/visit 华宁")
    await rep.say("谈了年框")
    await cut_off(admin, "李娜")
    await admin.tap("邀请链接")
    before, new = everything(rep), house.stranger("李娜")
    await new.say(f"/start {link_of(admin)}")
    assert "我的客户" in await new.say("/customer")
    await new.say("/drafts")
    assert "谈了年框" in everything(new), "what was begun on the lost phone is still there"
    assert everything(rep) == before
    assert "不需要再用链接" in await new.say(f"/start {link_of(admin)}")
    assert "已经用过了" in await rep.say(f"/start {link_of(admin)}")


async def test_the_calendar_that_the_phone_subscribed_to_is_closed(house: House):
    admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
    async with house.db.unit() as session:
        actor = await queries.actor(session, rep.employee_id)
        assert actor is not None
        secret = await feed.open_feed(session, actor)
        assert await feed.read_feed(session, secret)
    await cut_off(admin, "李娜")
    async with house.db.unit() as session:
        assert await feed.read_feed(session, secret) is None
        assert await session.scalar(select(PlanFeed.revoked_at)) is not None


async def test_who_has_no_phone_loses_none_and_nobody_shuts_the_own_door(house: House):
    admin = await house.hire("蒋涛", Role.ADMIN)
    new = await house.hire("吴新人", joined=False)
    await admin.say("/admin")
    await admin.tap_on(last_card(admin), data=f"cutoff:{new.employee_id}:0")
    assert "还没有开通" in admin.toast
    await admin.tap_on(last_card(admin), data=f"cutoff:{admin.employee_id}:0")
    assert "不能对自己这样做" in admin.toast
    async with house.db.unit() as session:
        kept = await session.scalar(select(Employee.telegram_id).where(Employee.id == admin.employee_id))
    assert kept == admin.user_id


async def test_a_slip_is_taken_back(house: House):
    admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
    await cut_off(admin, "李娜")
    assert "只为公司员工服务" in await rep.say("/customer")
    await admin.tap("撤销")
    assert "我的客户" in await rep.say("/customer")
