"""The morning digest: at half past eight where the person lives, on working days, once, with what still holds."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm_core.customers.models import Customer
from crm_core.drafts import service as drafts
from crm_core.kit.errors import DomainError
from crm_core.occurrences import acts
from crm_core.occurrences.acts import Later
from crm_core.org import attention, queries
from crm_core.org import service as org
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.outbox import queue
from crm_core.outbox.models import Card, Outgoing, Priority
from reminders import digest, weekly
from reminders.clock import Ticker
from tests.crm_core.plans.work import everybody_has_planned
from tests.reminders.desk import BOT, Push, give_phone, local, occurrences, strike
from tests.support.company import Firm

HUANING = "深圳市华宁电子有限公司"


@pytest.fixture(autouse=True)
async def planned(firm: Firm) -> None:
    await everybody_has_planned(firm.db)


@pytest.fixture
async def stale(firm: Firm) -> Customer:
    """李娜 has a phone, and a customer that counts as stale from Wednesday 25 March on."""
    await give_phone(firm, "owner", "peer")
    return await firm.customer(name=HUANING, type="a")


async def snooze(firm: Firm, which: int = 0, by: str = "owner") -> str:
    row = (await occurrences(firm))[which]
    async with firm.db.unit() as session:
        return (await acts.snooze(session, await firm.actor(session, by), row.id, Later.TOMORROW)).state


class TestWhen:
    async def test_it_comes_at_half_past_eight_in_the_morning(self, firm: Firm, stale: Customer):
        assert await strike(firm, local("2026-03-25", "08:29")) == []
        (push,) = await strike(firm, local("2026-03-25", "08:30"))
        assert push.to == "李娜"
        assert "早上好，李娜，1 件事等您处理" in push.text
        assert "14 天" in push.text
        assert push.priority == Priority.PUSH

    async def test_it_comes_once_a_morning(self, firm: Firm, stale: Customer):
        assert len(await strike(firm, local("2026-03-25"))) == 1
        assert await strike(firm, local("2026-03-25", "08:31")) == []
        assert await strike(firm, local("2026-03-25", "17:00")) == []

    async def test_it_comes_again_the_next_morning_while_nobody_cares(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        (push,) = await strike(firm, local("2026-03-26"))
        assert "15 天" in push.text

    async def test_on_a_weekend_nothing_comes_but_on_monday(self, firm: Firm, stale: Customer):
        await firm.visit(stale, happened_at=firm.clock.now() + timedelta(minutes=1))
        firm.clock.set(local("2026-03-14", "10:00"))
        await firm.visit(stale)  # stale again on Saturday 28 March
        for day in ("2026-03-28", "2026-03-29"):
            assert await strike(firm, local(day)) == []
        assert len(await strike(firm, local("2026-03-30"))) == 1

    async def test_on_a_public_holiday_nothing_comes(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        assert await strike(firm, local("2026-04-06")) == []  # Qingming, a Monday
        assert len(await strike(firm, local("2026-04-07"))) == 1

    async def test_half_past_eight_is_where_the_person_lives(self, firm: Firm, stale: Customer):
        york = ZoneInfo("America/New_York")
        async with firm.db.unit() as session:
            owner = await session.get_one(Employee, firm.people["owner"].id)
            owner.zone = "America/New_York"
            owner.digest_due_at = await attention.next_digest(session, owner)
        assert await strike(firm, local("2026-03-25", "08:29", york)) == []
        assert len(await strike(firm, local("2026-03-25", "08:30", york))) == 1

    async def test_a_long_outage_is_made_up_for_by_one_digest(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        pushes = await strike(firm, local("2026-04-16", "10:20"))
        assert len(pushes) == 1
        assert "36 天" in pushes[0].text
        assert len(await strike(firm, local("2026-04-17"))) == 1

    @pytest.mark.parametrize(
        ("back", "next_one"),
        [
            (local("2026-03-28", "10:00"), local("2026-03-30")),  # a Saturday
            (local("2026-03-26", "23:10"), local("2026-03-27")),  # late in the evening
            (local("2026-03-26", "03:00"), local("2026-03-26")),  # in the small hours
        ],
        ids=["weekend", "evening", "night"],
    )
    async def test_a_clock_that_comes_back_at_a_quiet_time_waits_for_the_next_morning(
        self, firm: Firm, stale: Customer, back, next_one
    ):
        assert await strike(firm, back) == []
        assert len(await strike(firm, next_one)) == 1

    @pytest.mark.chaos
    async def test_two_clocks_send_it_once(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25", "00:00"))
        firm.clock.set(local("2026-03-25"))
        await asyncio.gather(*(Ticker(firm.db).tick() for _ in range(4)))
        async with firm.db.unit() as session:
            assert len((await session.scalars(select(Outgoing))).all()) == 1

    async def test_one_person_s_trouble_keeps_the_digest_from_nobody_else(
        self, firm: Firm, stale: Customer, monkeypatch: pytest.MonkeyPatch
    ):
        await firm.customer(name="上海瑞金医疗器械有限公司", by="peer", type="a")
        proper = digest.send

        async def sick(session, actor: Actor, *rest) -> bool:
            if actor.name == "李娜":
                raise RuntimeError("a line that cannot be drawn")
            return await proper(session, actor, *rest)

        monkeypatch.setattr(digest, "send", sick)
        assert [push.to for push in await strike(firm, local("2026-03-25"))] == ["陈晓东"]
        monkeypatch.undo()
        assert [push.to for push in await strike(firm, local("2026-03-26"))] == ["李娜", "陈晓东"]

    async def test_trouble_after_the_digest_takes_it_back_and_keeps_it_from_nobody_else(
        self, firm: Firm, stale: Customer, monkeypatch: pytest.MonkeyPatch
    ):
        await firm.customer(name="上海瑞金医疗器械有限公司", by="peer", type="a")

        async def sick(_session, actor: Actor, person: Employee) -> bool:
            person.listed_on = date(2026, 3, 25)
            if actor.name == "李娜":
                raise RuntimeError("a list that cannot be drawn")
            return False

        monkeypatch.setattr(weekly, "send", sick)
        assert [push.to for push in await strike(firm, local("2026-03-25"))] == ["陈晓东"]
        monkeypatch.undo()
        assert [push.to for push in await strike(firm, local("2026-03-26"))] == ["李娜", "陈晓东"]


class TestToWhom:
    async def test_with_nothing_due_there_is_no_message(self, firm: Firm, stale: Customer):
        assert await strike(firm, local("2026-03-24")) == []

    @pytest.mark.chaos
    async def test_who_blocked_the_bot_gets_nothing_and_one_digest_on_coming_back(self, firm: Firm, stale: Customer):
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=False)
        for day in ("2026-03-25", "2026-03-26"):
            assert await strike(firm, local(day)) == []
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=True)
        assert len(await strike(firm, local("2026-03-27"))) == 1

    async def test_who_has_no_phone_yet_gets_nothing_and_hurts_nobody(self, firm: Firm, stale: Customer):
        await firm.customer(name="厦门夏商集团", by="department", type="a")
        assert [push.to for push in await strike(firm, local("2026-03-25"))] == ["李娜"]

    async def test_who_left_gets_nothing(self, firm: Firm, stale: Customer):
        customer = await firm.customer(name="上海瑞金医疗器械有限公司", by="peer", type="a")
        await strike(firm, local("2026-03-25", "00:00"))
        async with firm.db.unit() as session:
            (await session.get_one(Customer, customer.id)).owner_id = firm.people["owner"].id
            await session.flush()
            await org.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)
        assert [push.to for push in await strike(firm, local("2026-03-25"))] == ["李娜"]

    async def test_a_customer_that_is_no_longer_theirs_is_not_shown(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25", "00:00"))
        async with firm.db.unit() as session:
            (await session.get_one(Customer, stale.id)).owner_id = firm.people["other branch"].id
        assert await strike(firm, local("2026-03-25")) == []


class TestWhat:
    async def test_each_customer_has_its_action_and_later(self, firm: Firm, stale: Customer):
        (push,) = await strike(firm, local("2026-03-25"))
        assert len(push.buttons) == 3
        assert push.buttons[0].startswith("📝 ")
        assert "华宁" in push.buttons[0]
        assert push.buttons[1:] == ["稍后 ▾", "❓ 为什么、设置"]

    async def test_the_most_valuable_come_first_and_five_at_most(self, firm: Firm, stale: Customer):
        names = ["瑞金医疗", "长安汽车", "夏商集团", "同仁堂", "合力叉车", "白云电器"]
        for worth, name in enumerate(names, 1):
            await firm.customer(name=name, type="a", yearly_value=Decimal(worth * 10_000))
        (push,) = await strike(firm, local("2026-03-25"))
        assert "5 件事" in push.text
        shown = [name for line in push.text.splitlines() for name in names if name in line]
        assert shown == names[:0:-1]
        assert HUANING[:6] not in push.text

    async def test_the_rest_follow_when_the_first_are_settled(self, firm: Firm, stale: Customer):
        rich = [await firm.customer(name=f"第{n}厂", type="a", yearly_value=Decimal(9)) for n in "一二三四五"]
        await strike(firm, local("2026-03-25"))
        for customer in rich:
            await firm.visit(customer)
        (push,) = await strike(firm, local("2026-03-26"))
        assert "华宁" in push.text
        assert "第一厂" not in push.text

    async def test_what_was_settled_before_it_was_sent_is_left_out(self, firm: Firm, stale: Customer):
        other = await firm.customer(name="厦门夏商集团", type="a")
        await strike(firm, local("2026-03-25", "00:00"))
        firm.clock.set(local("2026-03-25", "07:50"))
        await firm.visit(stale)
        (push,) = await strike(firm, local("2026-03-25"))
        assert "夏商" in push.text
        assert "华宁" not in push.text
        await firm.visit(other)

    async def test_what_the_messenger_takes_only_at_night_waits_for_the_next_morning(self, firm: Firm, stale: Customer):
        assert len(await strike(firm, local("2026-03-25"))) == 1
        async with firm.db.unit() as session:
            assert len(await queue.claim(session, BOT, 10, ())) == 1
            await session.rollback()  # the messenger was away the whole day
        firm.clock.set(local("2026-03-25", "21:00"))
        async with firm.db.unit() as session:
            assert await queue.claim(session, BOT, 10, ()) == []
        (push,) = await strike(firm, local("2026-03-26"))
        assert "华宁" in push.text
        assert "15 天没更新" in push.text

    async def test_it_is_told_in_the_person_s_language(self, firm: Firm, stale: Customer):
        async with firm.db.unit() as session:
            (await session.get_one(Employee, firm.people["owner"].id)).language = "en"
        (push,) = await strike(firm, local("2026-03-25"))
        assert "Good morning 李娜" in push.text
        assert push.buttons[1] == "Later ▾"

    async def test_hostile_names_stay_names(self, firm: Firm, stale: Customer):
        await firm.customer(name='<b>&"{{7*7}}</b>电子', type="a")
        (push,) = await strike(firm, local("2026-03-25"))
        assert "&lt;b&gt;" in push.text
        assert "49" not in push.text


class TestSettling:
    async def edits(self, firm: Firm) -> list[Push]:
        async with firm.db.unit() as session:
            rows = await session.scalars(select(Outgoing).where(Outgoing.method == "edit_message_text"))
            return [row.payload for row in rows]

    async def test_a_sent_digest_shows_what_is_done(self, firm: Firm, stale: Customer):
        await firm.customer(name="厦门夏商集团", type="a")
        await strike(firm, local("2026-03-25"))
        await firm.visit(stale)
        (edit,) = await self.edits(firm)
        assert "✓ 已跟进" in edit["text"]
        assert "1 件事" in edit["text"]
        labels = [button["text"] for row in edit["reply_markup"]["inline_keyboard"] for button in row]
        assert len(labels) == 3
        assert "夏商" in labels[0]

    async def test_and_when_all_is_done_it_says_so_and_has_no_button(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        await firm.visit(stale)
        (edit,) = await self.edits(firm)
        assert "都跟进了，李娜" in edit["text"]
        assert "reply_markup" not in edit

    async def test_a_second_visit_edits_nothing_more(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        await firm.visit(stale)
        await firm.visit(stale)
        assert len(await self.edits(firm)) == 1

    async def test_the_card_is_found_by_its_subject(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        async with firm.db.unit() as session:
            assert (await session.scalar(select(Card))).subject == f"digest:{firm.people['owner'].id}"


class TestLater:
    async def test_it_is_back_on_the_next_working_morning(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-27"))  # a Friday
        assert await snooze(firm) == "snoozed"
        assert await strike(firm, local("2026-03-29")) == []
        assert len(await strike(firm, local("2026-03-30"))) == 1

    async def test_pressing_twice_puts_it_off_once(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        for _ in range(5):
            assert await snooze(firm) == "snoozed"
        (one,) = await occurrences(firm)
        assert one.snoozes == 1

    async def test_three_times_is_enough(self, firm: Firm, stale: Customer):
        for day in ("2026-03-25", "2026-03-26", "2026-03-27"):
            assert len(await strike(firm, local(day))) == 1
            await snooze(firm)
        assert len(await strike(firm, local("2026-03-30"))) == 1
        with pytest.raises(DomainError) as caught:
            await snooze(firm)
        assert (caught.value.code, caught.value.params) == ("reminder.snoozed_enough", {"times": 3})

    async def test_what_is_settled_is_not_put_off(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        await firm.visit(stale)
        assert await snooze(firm) == "done"
        assert (await occurrences(firm))[0].snoozes == 0

    async def test_nobody_puts_off_what_is_another_s(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        for by in ("peer", "manager", "admin"):
            with pytest.raises(DomainError, match="not_found"):
                await snooze(firm, by=by)

    async def test_a_visit_settles_what_was_put_off(self, firm: Firm, stale: Customer):
        await strike(firm, local("2026-03-25"))
        await snooze(firm)
        await firm.visit(stale)
        assert [one.state for one in await occurrences(firm)] == ["done"]
        assert await strike(firm, local("2026-03-26")) == []


async def test_drafts_that_are_too_old_are_swept_by_the_same_clock(firm: Firm):
    async with firm.db.unit() as session:
        await drafts.start(session, firm.people["owner"].id, form="visit.log", version=1, answers={})
    firm.clock.advance(timedelta(days=7))
    await strike(firm)
    async with firm.db.unit() as session:
        assert await drafts.latest(session, firm.people["owner"].id) is None
        assert await queries.actor(session, firm.people["owner"].id) is not None
