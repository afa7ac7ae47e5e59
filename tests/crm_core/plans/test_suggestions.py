"""Whom a week's plan suggests: promises first, then what was left, birthdays, and who went stale by value."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from crm_core.audit.service import act_as
from crm_core.contacts.commands import AddContact, AddDay
from crm_core.contacts.days import add_day
from crm_core.contacts.service import add_contact
from crm_core.customers.models import Customer
from crm_core.kit.words.yearly import Yearly
from crm_core.plans.suggestions import Suggestion, Why, suggestions, take
from tests.crm_core.plans.work import WEEK, plan
from tests.support.company import Firm

NEXT = date(2026, 3, 16)


async def suggested(firm: Firm, week: date = NEXT) -> list[Suggestion]:
    async with firm.db.unit() as session:
        return await suggestions(session, await firm.actor(session), week)


async def set_up(firm: Firm) -> None:
    """A promise, a line left over, a birthday, two stale archives of different value, and one that is well kept."""
    promise = await firm.customer("深圳市汇川技术有限公司")
    left = await firm.customer("东莞市长盈精密有限公司")
    birthday = await firm.customer("苏州明志机械有限公司")
    small = await firm.customer("惠州市德赛电池有限公司", yearly_value=Decimal(50_000))
    large = await firm.customer("深圳市华宁电子有限公司", yearly_value=Decimal(1_280_000))
    await firm.customer("深圳市凯旋光电有限公司", yearly_value=Decimal(9_000_000))
    async with firm.db.unit() as session:
        act_as(session, firm.people["owner"].id)
        (await session.get_one(Customer, promise.id)).next_step_on = date(2026, 3, 18)
        for one in (small, large):
            (await session.get_one(Customer, one.id)).maintained_at = firm.clock.now() - timedelta(days=200)
        owner = await firm.actor(session)
        contact = await add_contact(session, owner, AddContact(customer=birthday.id, name="周行"))
        await add_day(session, owner, AddDay(contact_id=contact.id, day=Yearly(3, 20)))
    await plan(firm, customer=left.id)


async def test_the_weightiest_come_first_each_with_its_day(firm: Firm):
    await set_up(firm)
    found = [(one.why, one.name[2:5], one.day) for one in await suggested(firm)]
    assert found == [
        (Why.PROMISE, "市汇川", date(2026, 3, 18)),
        (Why.LEFT, "市长盈", date(2026, 3, 16)),
        (Why.BIRTHDAY, "明志机", date(2026, 3, 20)),
        (Why.STALE, "市华宁", date(2026, 3, 17)),
        (Why.STALE, "市德赛", date(2026, 3, 19)),
    ]


async def test_what_is_taken_is_suggested_no_more(firm: Firm):
    await set_up(firm)
    first = (await suggested(firm))[0]
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        assert await take(session, owner, NEXT, [first.customer_id]) == 1
        assert await take(session, owner, NEXT) == 4
        assert await take(session, owner, NEXT) == 0
    assert await suggested(firm) == []


async def test_a_week_gone_by_suggests_nothing_and_this_week_its_days_to_come(firm: Firm):
    await set_up(firm)
    assert await suggested(firm, date(2026, 3, 2)) == []
    assert min(one.day for one in await suggested(firm, WEEK)) >= date(2026, 3, 11)


async def test_lunar_birthdays_count_by_their_own_calendar(firm: Firm):
    """Lunar 2-1 of 2026 is 19 March."""
    customer = await firm.customer("苏州明志机械有限公司")
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        contact = await add_contact(session, owner, AddContact(customer=customer.id, name="周行"))
        await add_day(session, owner, AddDay(contact_id=contact.id, day=Yearly(2, 1, lunar=True)))
    (one,) = await suggested(firm)
    assert (one.why, one.on, one.about) == (Why.BIRTHDAY, date(2026, 3, 19), "周行")
    firm.clock.set(datetime(2026, 3, 20, 2, tzinfo=UTC))
    assert await suggested(firm) == []
