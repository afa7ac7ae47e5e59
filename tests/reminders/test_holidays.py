"""Birthdays in a long holiday: they are told before it begins, since no digest comes while it lasts (BY21)."""

from datetime import date

import pytest

from crm_core.kit.words.yearly import Yearly
from crm_core.org.birthdays import set_birthday
from crm_core.org.workdays import set_day
from tests.reminders.desk import Push, give_phone, local, strike
from tests.reminders.test_attention import born
from tests.support.company import Firm


async def through_the_holiday(firm: Firm) -> list[Push]:
    """The clock strikes on the last two mornings of work, and in the Spring Festival: 15 to 23 February 2026."""
    told: list[Push] = []
    for day in ("2026-02-13", "2026-02-14", "2026-02-17"):
        told += await strike(firm, local(day))
    return told


@pytest.mark.parametrize("day", [15, 18, 20, 24])
async def test_a_birthday_in_the_spring_festival_is_told_before_it(firm: Firm, day: int):
    firm.clock.set(local("2026-02-11", "10:00"))
    await give_phone(firm, "owner")
    await born(firm, "王建国", Yearly(2, day), await firm.customer(type="c"))
    told = [push.text for push in await through_the_holiday(firm)]
    assert any(f"2026-02-{day}" in text and "天后" in text for text in told), told


async def test_in_days_that_the_company_itself_takes_off_too(firm: Firm):
    firm.clock.set(local("2026-03-10", "10:00"))
    await give_phone(firm, "owner")
    await born(firm, "王建国", Yearly(3, 20), await firm.customer(type="c"))
    async with firm.db.unit() as session:
        admin = await firm.actor(session, "admin")
        for day in range(12, 27):
            await set_day(session, admin, date(2026, 3, day), works=False)
    told = [push.text for push in await strike(firm, local("2026-03-11"))]
    assert any("2026-03-20（9 天后）" in text for text in told), told


async def test_a_report_s_birthday_in_it_is_told_to_the_manager_before_it(firm: Firm):
    firm.clock.set(local("2026-02-11", "10:00"))
    await give_phone(firm, "manager")
    async with firm.db.unit() as session:
        await set_birthday(session, await firm.actor(session, "owner"), Yearly(1, 3, lunar=True))  # 19 February
    told = [push.text for push in await through_the_holiday(firm)]
    assert any("2026-02-19" in text and "天后" in text for text in told), told
