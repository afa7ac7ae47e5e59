"""A birthday tick asks an index by month and day: its cost follows what is due, not how many contacts there are."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from crm_core.contacts.models import ContactDay
from crm_core.kit.signals import connect
from crm_core.playbook import service as playbook
from crm_core.playbook.book import parse
from reminders.contacts import _today
from tests.support.company import Firm

_MANY = text("""
    WITH people AS (
        INSERT INTO contact (customer_id, name, is_primary, created_by, created_at, revision)
        SELECT :customer, '联系人' || n, false, :owner, now(), 1 FROM generate_series(1, 8000) AS n RETURNING id
    )
    INSERT INTO contact_day (contact_id, lunar, month, day, leap, created_by, created_at)
    SELECT id, id % 2 = 0, 4 + id % 8, 1 + id % 28, false, :owner, now() FROM people
""")


async def test_the_cost_follows_what_is_due_and_not_how_much_there_is(firm: Firm):
    customer = await firm.customer(type="a")
    async with firm.db.engine.begin() as connection:
        await connection.execute(_MANY, {"customer": customer.id, "owner": customer.owner_id})
        await connection.execute(text(f"ANALYZE {ContactDay.__tablename__}"))
        await connection.execute(text("ANALYZE contact"))
    book = parse(playbook.default_text())
    statement = _today(book, date(2026, 3, 24), date(2026, 3, 25))
    plain = await connect(firm.db.url)
    try:
        rendered = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        plan = [row[0] for row in await plain.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {rendered}")]
    finally:
        await plain.close()
    assert any("ix_contact_day_due" in line for line in plan), plan
    pages = sum(int(word.split("=")[1]) for line in plan[:3] for word in line.split() if word.startswith("hit="))
    assert pages < 20, plan
