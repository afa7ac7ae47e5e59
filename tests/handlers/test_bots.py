"""Several bots over one core (BY30): 李娜 in Shenzhen's bot, her manager in the head office's."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from crm_core.bots import service as bots
from crm_core.expenses.models import ExpenseClaim
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database, now
from crm_core.kit.signals import OUTBOX
from crm_core.org.models import Role, UnitKind
from crm_core.outbox import service as outbox
from crm_core.outbox.models import Priority
from tests.handlers.scene import pictures
from tests.handlers.test_expenses import Office
from tests.support.chat import BOTS, SHENZHEN, TOKEN, House, Person, bot_of, labels, open_house

HEAD_BOT, SHENZHEN_BOT = BOTS[TOKEN], BOTS[SHENZHEN]


@pytest.fixture
async def house(db: Database, clock: FixedClock) -> AsyncIterator[House]:
    async with open_house(db, clock, (TOKEN, SHENZHEN)) as opened:
        async with db.unit() as session:
            for token, username in BOTS.items():
                await bots.note_seen(session, bot_of(token), username)
        yield opened


async def answers(house: House, person: Person, token: str) -> list[str]:
    """All that this person reads in the chat with this bot."""
    shown = house.sandbox.messages(token, person.user_id)
    return [one.get("text") or one.get("caption") or "" for one in shown if one["from"]["is_bot"]]


@pytest.mark.feature("BY30")
async def test_an_admin_gives_a_branch_its_bot_and_invites_lead_there(house: House):
    shenzhen = await house.department("深圳分公司", UnitKind.BRANCH)
    sales = await house.department("销售一部", parent=shenzhen)
    admin = await house.hire("蒋涛", Role.ADMIN)
    await house.hire("李娜", unit=sales, joined=False)
    said = await admin.say("/bots")
    assert f"@{HEAD_BOT}" in said
    assert f"@{SHENZHEN_BOT}" in said
    await admin.tap("深圳分公司")
    said = await admin.tap(f"@{SHENZHEN_BOT}")
    assert f"@{SHENZHEN_BOT}" in said
    await admin.say("/admin")
    await admin.tap("李娜")
    said = await admin.tap("✉ 邀请链接")
    token = re.search(rf"https://t\.me/{SHENZHEN_BOT}\?start=(\S+)", said)
    assert token
    newcomer = house.stranger("李娜")
    newcomer.token = SHENZHEN
    assert "李娜" in await newcomer.say(f"/start {token[1]}")
    await newcomer.say("/help")
    assert await answers(house, newcomer, TOKEN) == [], "the other bot has said nothing"


@pytest.mark.feature("BY30")
async def test_who_goes_over_to_another_bot_takes_the_open_form_along(house: House):
    shenzhen = await house.department("深圳分公司", UnitKind.BRANCH)
    admin = await house.hire("蒋涛", Role.ADMIN)
    rep = await house.hire("李娜", unit=shenzhen)
    await rep.say("/new 佛山市禅城陶瓷有限公司")
    half = rep.answers()[-1]["message_id"]
    await admin.say("/bots")
    await admin.tap("深圳分公司")
    await admin.tap(f"@{SHENZHEN_BOT}")
    assert SHENZHEN_BOT in rep.screen(), "she is asked to come over"
    rep.token = SHENZHEN
    said = await rep.say("/start")
    assert "佛山市禅城陶瓷" in said, "the form stands here as it was"
    assert any("李娜" in one for one in await answers(house, rep, SHENZHEN))
    rep.token = TOKEN
    assert SHENZHEN_BOT in rep.screen(), "the old chat says where she is"
    old = next(one for one in rep.messages() if one["message_id"] == half)
    assert labels(old) == [], "its buttons are of no use there any more"
    await rep.tap_on(half, data="form:1:1:save")
    assert SHENZHEN_BOT in (rep.toast or ""), "a forged or late tap there does not get silence"
    assert SHENZHEN_BOT in await rep.say("今天去了华宁")
    assert SHENZHEN_BOT in await rep.say("/start"), "the branch talks to Shenzhen's bot: no way back"
    rep.token = SHENZHEN
    assert "佛山市禅城陶瓷" in rep.screen()


@pytest.mark.feature("BY30")
async def test_a_request_goes_across_bots_with_its_photos_and_each_hears_only_by_the_own_bot(house: House):
    office = await Office(house).open()
    rep, boss = office.rep, office.boss
    rep.token = SHENZHEN
    await rep.say("/start")
    old = await answers(house, rep, TOKEN)
    await rep.say("/claim")
    await rep.say("打车 45 昨天")
    await rep.send_photo(*pictures(2))
    await rep.tap("完成")
    await rep.say("走访华宁")
    await rep.tap("提交")
    await house.fetched()
    assert "李娜" in await office.told_to(boss)
    claim = await office.one(ExpenseClaim)
    await boss.tap_on(boss.answers()[-1]["message_id"], data=f"claim.receipts:{claim.id}:0")
    shown = [one for one in boss.answers() if "photo" in one]
    assert len(shown) == 2, "uploaded through the manager's bot: the handles of another's are of no use to it"
    await boss.say("/approvals")
    await office.answers(boss)
    await office.answers(office.finance)
    assert any("批准" in one for one in await answers(house, rep, SHENZHEN))
    assert await answers(house, rep, TOKEN) == old
    assert await answers(house, boss, SHENZHEN) == []


@pytest.mark.feature("BY30")
async def test_what_waits_to_be_sent_goes_by_the_new_bot(house: House):
    rep = await house.hire("李娜")
    async with house.db.unit() as session:
        later = now(session) + timedelta(hours=9)
        where = {"bot_id": bot_of(TOKEN), "chat_id": rep.user_id}
        card = await outbox.new_card(session, **where, subject="customer:1")
        body = {"method": "send_message", "payload": {"text": "明天 09:00 拜访华宁"}, "at": now(session)}
        planned = outbox.row(**where, **body, card_id=card, priority=Priority.PUSH, not_before=later)
        await outbox.enqueue(session, [planned])
    house.sandbox.say(SHENZHEN, rep.user_id, "/start")
    while not await answers(house, rep, SHENZHEN):  # noqa: ASYNC110 - it watches from outside
        await asyncio.sleep(0.02)
    house.clock.advance(timedelta(hours=10))
    house.signals.wake(OUTBOX)
    await house.settle()
    assert "明天 09:00 拜访华宁" in await answers(house, rep, SHENZHEN)
    assert "明天 09:00 拜访华宁" not in await answers(house, rep, TOKEN)


@pytest.mark.feature("BY30")
async def test_one_bot_whose_token_is_refused_stops_no_other(house: House):
    admin = await house.hire("蒋涛", Role.ADMIN)
    shenzhen = await house.department("深圳分公司", UnitKind.BRANCH)
    async with house.db.unit() as session:
        await bots.note_refused(session, bot_of(SHENZHEN))
    said = await admin.say("/bots")
    assert f"✗ @{SHENZHEN_BOT}" in said
    await admin.tap("深圳分公司")
    assert f"@{SHENZHEN_BOT}" not in admin.buttons(), "nobody is sent to a bot that does not answer"
    message = admin.answers()[-1]["message_id"]
    await admin.tap_on(message, data=f"bots.assign:{shenzhen.id}:0:{bot_of(SHENZHEN)}")
    assert "令牌" in (admin.toast or "")
    house.clock.advance(timedelta(minutes=10))
    assert f"○ @{HEAD_BOT}" in await admin.say("/bots"), "one that nobody has seen for long does not run"
