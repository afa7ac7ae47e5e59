"""When people are written to: a day's messages, quiet hours, days off, zones, whom nothing reaches (BY20, BY22)."""

from datetime import date, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from conversations.exceptions import nudge
from crm_core.contacts.commands import AddContact, AddDay
from crm_core.contacts.days import add_day
from crm_core.contacts.service import add_contact
from crm_core.customers.models import Customer, StaleTimer
from crm_core.kit.errors import DomainError
from crm_core.kit.words.yearly import Yearly
from crm_core.occurrences import acts
from crm_core.occurrences import service as occurrence_service
from crm_core.occurrences.acts import Choice, Later
from crm_core.occurrences.models import Occurrence
from crm_core.org import attention
from crm_core.org.attention import awake, is_quiet, spread_of
from crm_core.org.models import Employee
from crm_core.org.workdays import set_day
from crm_core.outbox.models import Outgoing, State
from tests.crm_core.plans.work import everybody_has_planned
from tests.reminders.desk import BOT, SHANGHAI, Push, give_phone, local, occurrences, strike
from tests.support.company import Firm

YORK = ZoneInfo("America/New_York")


@pytest.fixture(autouse=True)
async def planned(firm: Firm) -> None:
    await everybody_has_planned(firm.db)


async def born(firm: Firm, name: str, day: Yearly, customer: Customer, worth: int = 0) -> None:
    """A contact of the owner's customer has a birthday."""
    async with firm.db.unit() as session:
        actor = await firm.actor(session)
        contact = await add_contact(session, actor, AddContact(customer=customer.id, name=name))
        await add_day(session, actor, AddDay(contact_id=contact.id, day=day))


@pytest.fixture
async def wednesday_born(firm: Firm) -> Customer:
    """李娜 has a phone, and at four customers of hers somebody was born on 25 March (a Wednesday in 2026)."""
    await give_phone(firm, "owner")
    for number, name in enumerate(("王建国", "陈志强", "林小红", "周凯"), 1):
        customer = await firm.customer(name=f"{name}精密有限公司", type="c", yearly_value=Decimal(number * 10_000))
        await born(firm, name, Yearly(3, 25), customer)
    return customer


def cards(pushes: list[Push]) -> list[str]:
    """The first lines of messages of their own."""
    return [push.text.splitlines()[0] for push in pushes if "早上好" not in push.text]


class TestTheDay:
    async def test_two_messages_besides_the_digest_the_most_valuable_first_and_the_rest_waits_in_it(
        self, firm: Firm, wednesday_born: Customer
    ):
        pushes = await strike(firm, local("2026-03-25"))
        first, second = cards(pushes)
        assert "周凯" in first
        assert "林小红" in second
        (digest,) = [push for push in pushes if "早上好" in push.text]
        assert "陈志强" in digest.text
        assert "王建国" in digest.text
        assert "周凯" not in digest.text, "it came as a message of its own today"
        assert await strike(firm, local("2026-03-25", "15:00")) == []

    async def test_what_was_put_off_to_an_hour_comes_then_whatever_came_before(
        self, firm: Firm, wednesday_born: Customer
    ):
        await strike(firm, local("2026-03-25"))
        row = next(one for one in await occurrences(firm) if one.state == "queued" and one.rule == "contact.birthday")
        async with firm.db.unit() as session:
            await acts.snooze(session, await firm.actor(session), row.id, Later.HOUR)
        assert await strike(firm, local("2026-03-25", "09:29")) == []
        assert len(await strike(firm, local("2026-03-25", "09:30"))) == 1

    async def test_it_is_never_put_off_into_the_night(self, firm: Firm, wednesday_born: Customer):
        await strike(firm, local("2026-03-25"))
        row = next(one for one in await occurrences(firm) if one.rule == "contact.birthday")
        firm.clock.set(local("2026-03-25", "20:30"))
        async with firm.db.unit() as session:
            put_off = await acts.snooze(session, await firm.actor(session), row.id, Later.HOUR)
        assert put_off.due_at == local("2026-03-26", "08:30")


class TestQuiet:
    @pytest.mark.parametrize(
        ("moment", "until"),
        [
            (local("2026-03-25", "08:29"), local("2026-03-25", "08:30")),
            (local("2026-03-25", "20:59"), local("2026-03-25", "20:59")),
            (local("2026-03-25", "21:00"), local("2026-03-26", "08:30")),
            (local("2026-03-27", "23:00"), local("2026-03-30", "08:30")),  # Friday night
            (local("2026-09-30", "22:00"), local("2026-10-08", "08:30")),  # the National Day week
            (local("2026-10-10", "07:00"), local("2026-10-10", "08:30")),  # a Saturday that is worked
        ],
    )
    def test_nights_and_days_off_are_shifted_forward(self, moment, until):
        assert awake(moment, SHANGHAI, {}) == until
        assert not is_quiet(until, SHANGHAI, {})

    async def test_a_birthday_on_a_saturday_comes_on_monday_and_says_which_day_it_was(self, firm: Firm):
        await give_phone(firm, "owner")
        await born(firm, "王建国", Yearly(3, 28), await firm.customer(type="c"))
        await strike(firm, local("2026-03-25"))  # three days before: in the digest
        for hour in ("00:00", "08:30", "12:00"):
            assert await strike(firm, local("2026-03-28", hour)) == []
        (card,) = cards(await strike(firm, local("2026-03-30")))
        assert "已过（2026-03-28）" in card

    async def test_a_day_the_company_works_is_no_day_off(self, firm: Firm):
        await give_phone(firm, "owner")
        await born(firm, "王建国", Yearly(3, 28), await firm.customer(type="c"))
        async with firm.db.unit() as session:
            await set_day(session, await firm.actor(session, "admin"), date(2026, 3, 28), works=True)
        assert len(cards(await strike(firm, local("2026-03-28")))) == 1

    async def test_a_day_the_company_rests_brings_no_digest(self, firm: Firm):
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        async with firm.db.unit() as session:
            await set_day(session, await firm.actor(session, "admin"), date(2026, 3, 25), works=False)
        assert await strike(firm, local("2026-03-25")) == []
        assert len(await strike(firm, local("2026-03-26"))) == 1

    async def test_a_digest_that_is_wanted_in_the_evening_wishes_no_good_morning(self, firm: Firm):
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        async with firm.db.unit() as session:
            await attention.choose_digest_at(session, await firm.actor(session), time(17))
        assert await strike(firm, local("2026-03-25", "16:50")) == []
        (card,) = cards(await strike(firm, local("2026-03-25", "17:05")))
        assert card.startswith("您好，李娜，1 件事等您处理")

    async def test_a_make_up_day_that_is_set_late_still_brings_the_digest(self, firm: Firm):
        """李娜's next digest was reckoned to be on Monday already."""
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        await strike(firm, local("2026-03-27"))
        async with firm.db.unit() as session:
            await set_day(session, await firm.actor(session, "admin"), date(2026, 3, 28), works=True)
        assert len(await strike(firm, local("2026-03-28"))) == 1

    async def test_only_an_admin_says_which_days_are_worked(self, firm: Firm):
        for by in ("owner", "manager", "operations", "executive"):
            with pytest.raises(DomainError, match="not_allowed"):
                async with firm.db.unit() as session:
                    await set_day(session, await firm.actor(session, by), date(2026, 3, 28), works=True)

    async def test_next_year_s_holidays_are_asked_for_from_the_first_of_december(self, firm: Firm):
        await give_phone(firm, "admin")
        assert await strike(firm, local("2026-11-30")) == []
        (push,) = await strike(firm, local("2026-12-01"))
        assert push.to == "蒋涛"
        assert "2027" in push.text
        async with firm.db.unit() as session:
            await set_day(session, await firm.actor(session, "admin"), date(2027, 1, 1), works=False)
        assert await strike(firm, local("2026-12-02")) == []

    async def test_a_year_nobody_knows_is_monday_to_friday_and_nothing_breaks(self, firm: Firm):
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        assert await strike(firm, local("2029-06-02")) == []  # a Saturday
        assert len(await strike(firm, local("2029-06-04"))) == 1


class TestZones:
    async def test_who_moves_west_gets_no_second_digest_on_the_same_date(self, firm: Firm):
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        assert len(await strike(firm, local("2026-03-25"))) == 1
        async with firm.db.unit() as session:
            await attention.choose_zone(session, await firm.actor(session), "America/New_York")
        assert await strike(firm, local("2026-03-25", "08:30", YORK)) == []
        assert len(await strike(firm, local("2026-03-26", "08:30", YORK))) == 1

    async def test_who_moves_east_misses_no_birthday(self, firm: Firm):
        await give_phone(firm, "owner")
        await born(firm, "王建国", Yearly(3, 26), await firm.customer(type="c"))
        async with firm.db.unit() as session:
            await attention.choose_zone(session, await firm.actor(session), "America/New_York")
        await strike(firm, local("2026-03-25", "12:30", YORK))  # half past midnight of the 26th in Shanghai
        async with firm.db.unit() as session:
            await attention.choose_zone(session, await firm.actor(session), "Asia/Shanghai")
        assert len(cards(await strike(firm, local("2026-03-26")))) == 1

    @pytest.mark.parametrize("day", ["2026-03-09", "2026-11-02"])  # Mondays after clocks went forward, and back
    async def test_the_digest_comes_at_half_past_eight_on_either_side_of_summer_time(self, firm: Firm, day: str):
        firm.clock.set(local(day, "00:00", YORK) - timedelta(days=4))
        await give_phone(firm, "owner")
        async with firm.db.unit() as session:
            await attention.choose_zone(session, await firm.actor(session), "America/New_York")
        await firm.customer(type="new")
        firm.clock.advance(timedelta(days=-10))
        async with firm.db.unit() as session:
            await session.execute(update(StaleTimer).values(due_at=local(day, "00:00", YORK)))
        assert await strike(firm, local(day, "08:29", YORK)) == []
        assert len(await strike(firm, local(day, "08:30", YORK))) == 1

    def test_digests_of_a_great_company_are_spread_over_ten_minutes_and_never_too_early(self):
        spread = {spread_of(person, 10_000) for person in range(10_000)}
        assert min(spread) == timedelta(0)
        assert timedelta(minutes=9) < max(spread) <= timedelta(minutes=10)
        assert {spread_of(person, 20) for person in range(20)} == {timedelta(0)}

    async def test_a_digest_may_not_be_wanted_at_night(self, firm: Firm):
        with pytest.raises(DomainError, match=r"digest\.quiet"):
            async with firm.db.unit() as session:
                await attention.choose_digest_at(session, await firm.actor(session), time(7))


class TestWanted:
    async def test_who_wants_no_more_of_a_kind_gets_none_and_can_have_it_back(self, firm: Firm):
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        for how, expected in (("off", 0), (None, 1)):
            async with firm.db.unit() as session:
                await acts.choose(session, await firm.actor(session), Choice("customer.stale", how))
            day = "2026-03-25" if how else "2026-03-26"
            assert len(await strike(firm, local(day))) == expected


class TestReach:
    async def test_a_refused_message_is_due_again_and_a_taken_one_is_sent(self, firm: Firm):
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        await strike(firm, local("2026-03-25"))
        for ended, state in ((State.DROPPED, "due"), (State.SENT, "sent")):
            async with firm.db.unit() as session:
                await session.execute(update(Occurrence).values(state="queued"))
                row = await session.scalar(select(Outgoing).order_by(Outgoing.id.desc()).limit(1))
                await session.execute(update(Occurrence).values(card_id=row.card_id))
                row.state, row.ended_at = ended, firm.clock.now()
            async with firm.db.unit() as session:
                await occurrence_service.confirm(session)
            assert [one.state for one in await occurrences(firm)] == [state]

    async def test_the_manager_hears_of_a_blocked_bot_after_one_working_day(self, firm: Firm):
        await give_phone(firm, "owner", "manager")
        firm.clock.set(local("2026-03-27", "10:00"))  # a Friday
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=False)
        assert await strike(firm, local("2026-03-30")) == []
        (push,) = await strike(firm, local("2026-03-31"))
        assert push.to == "王海燕"
        assert "李娜" in push.text
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=True)
        assert [one.state for one in await occurrences(firm)] == ["done"]

    async def test_who_comes_back_gets_one_digest_of_what_waited(self, firm: Firm):
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=False)
        for day in ("2026-03-25", "2026-03-26"):
            assert await strike(firm, local(day)) == []
        firm.clock.set(local("2026-03-26", "11:00"))
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=True)
        assert len(await strike(firm)) == 1
        assert await strike(firm, local("2026-03-26", "17:00")) == []


class TestTheWeeklyList:
    async def test_the_manager_gets_what_stands_undone_too_long_once_a_week(self, firm: Firm):
        await give_phone(firm, "manager")
        await firm.customer(type="a")
        await strike(firm, local("2026-03-25"))
        await strike(firm, local("2026-03-30"))
        (push,) = await strike(firm, local("2026-04-07"))  # Monday was Qingming
        assert push.to == "王海燕"
        assert "每周清单" in push.text
        assert push.buttons == ["李娜 · 深圳市华宁电子有限公司", "✖ 收起"]
        assert await strike(firm, local("2026-04-08")) == []

    async def test_a_nudge_brings_it_back_with_the_superior_s_name_and_in_waking_hours(self, firm: Firm):
        await give_phone(firm, "owner", "manager")
        await firm.customer(type="a")
        await strike(firm, local("2026-03-25"))
        (row,) = await occurrences(firm)
        firm.clock.set(local("2026-03-25", "22:00"))
        async with firm.db.unit() as session:
            assert await nudge(session, await firm.actor(session, "manager"), row.id)
            assert not await nudge(session, await firm.actor(session, "manager"), row.id)
        assert await strike(firm, local("2026-03-25", "22:05")) == []
        pushes = await strike(firm, local("2026-03-26"))
        assert any("王海燕催您尽快办一下" in push.text for push in pushes)

    async def test_nobody_else_s_superior_nudges(self, firm: Firm):
        await give_phone(firm, "owner")
        await firm.customer(type="a")
        await strike(firm, local("2026-03-25"))
        (row,) = await occurrences(firm)
        for by in ("peer", "director", "other manager", "admin", "owner"):
            with pytest.raises(DomainError, match="not_found"):
                async with firm.db.unit() as session:
                    await nudge(session, await firm.actor(session, by), row.id)


async def test_who_has_left_the_company_hears_nothing_and_stops_nobody(firm: Firm):
    await give_phone(firm, "owner", "peer")
    await firm.customer(type="a")
    async with firm.db.unit() as session:
        (await session.get_one(Employee, firm.people["peer"].id)).unreachable_since = firm.clock.now()
    assert [push.to for push in await strike(firm, local("2026-03-25"))] == ["李娜"]
