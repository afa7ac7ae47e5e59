"""What would come on a day can be seen beforehand, and nothing of it stays."""

from datetime import date

from sqlalchemy import func, select

from crm_core.occurrences.models import Occurrence
from crm_core.outbox.models import Outgoing
from reminders.clock import load
from reminders.preview import preview
from tests.reminders.desk import give_phone, local, strike
from tests.support.company import Firm


async def test_it_tells_what_would_come_and_keeps_nothing(firm: Firm):
    load()
    await give_phone(firm, "owner")
    await firm.customer(type="a")
    async with firm.db.unit() as session:
        assert await preview(session, firm.people["owner"].id, date(2026, 3, 24)) == []
        (text,) = await preview(session, firm.people["owner"].id, date(2026, 3, 25))
        assert await preview(session, firm.people["owner"].id, date(2026, 3, 28)) == [], "a Saturday"
        assert await preview(session, firm.people["peer"].id, date(2026, 3, 25)) == []
    async with firm.db.unit() as session:
        for table in (Occurrence, Outgoing):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
    (push,) = await strike(firm, local("2026-03-25"))
    assert push.text == text
