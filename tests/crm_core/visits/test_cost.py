"""What finding an old visit costs: PostgreSQL's own count of pages, with a hundred thousand of them."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from crm_core.kit import textkeys
from crm_core.visits import search
from crm_core.visits.models import Visit
from crm_core.visits.queries import rows_for
from tests.support.company import Firm

MOST_PAGES = 100
_MANY = text("""
    INSERT INTO visit (customer_id, employee_id, kind, happened_at, summary, keys, created_at)
    SELECT :customer, :employee, 'return', now() - n * interval '1 minute', '送了样品' || n,
           ARRAY['送','了','样','品','送了','了样','样品'], now()
    FROM generate_series(1, :count) n
""")


async def test_a_rare_word_in_a_hundred_thousand_visits_costs_what_it_brings(firm: Firm):
    customer = await firm.customer()
    ids = {"customer": customer.id, "employee": firm.people["owner"].id, "count": 100_000}
    async with firm.db.engine.begin() as connection:
        await connection.execute(_MANY, ids)
    for _ in range(3):
        await firm.visit(customer, summary="谈了年框")
    async with firm.db.engine.begin() as connection:
        await connection.execute(text("SELECT gin_clean_pending_list('ix_visit_keys')"))  # as the vacuum does
        await connection.execute(text("ANALYZE visit, customer, employee"))
    async with firm.db.unit() as session:
        actor = await firm.actor(session)
        words = Visit.keys.contains(list(textkeys.query("年框").all_of))
        hits = search.candidates(actor, search.wanted("年框", actor.local(firm.clock.now())), [words])
        statement = rows_for(actor).where(Visit.id.in_(hits))
        statement = statement.order_by(Visit.happened_at.desc(), Visit.id.desc()).limit(61)
        compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        explain = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {compiled}")
        plan: dict[str, Any] = (await session.scalar(explain))[0]["Plan"]
    assert plan["Actual Rows"] == 3
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= MOST_PAGES, plan
