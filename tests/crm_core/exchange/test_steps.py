"""Claims on imports and sheets: nobody else takes what is in hand, and what is given back is there at once."""

from datetime import timedelta

from crm_core.exchange import steps
from crm_core.exchange.models import ImportBatch, SheetKind, SheetOrder, State
from crm_core.exchange.steps import HELD_FOR
from crm_core.kit.db import now
from tests.support.company import Firm


async def test_an_import_is_one_process_s_until_its_claim_runs_out_or_is_given_back(firm: Firm):
    async with firm.db.unit() as session:
        person = await firm.actor(session)
        at = now(session)
        session.add(
            ImportBatch(
                employee_id=person.id, name="客户清单.xlsx", chat_id=1, state=State.CHECKING, created_at=at, due_at=at
            )
        )
    async with firm.db.unit() as session:
        first = await steps.claim(session)
    async with firm.db.unit() as session:
        assert await steps.claim(session) is None
        await steps.give_back(session, first, None)
        second = await steps.claim(session)
    assert first is not None
    assert second is not None
    assert (second.id, second.attempts) == (first.id, first.attempts + 1)
    async with firm.db.unit() as session:
        await steps.give_back(session, first, None)  # it is somebody else's by now
        assert await steps.claim(session) is None
    firm.clock.advance(HELD_FOR)
    async with firm.db.unit() as session:
        assert await steps.claim(session) is not None


async def test_a_sheet_likewise_and_one_that_was_sent_does_not_come_again(firm: Firm):
    async with firm.db.unit() as session:
        person = await firm.actor(session)
        at = now(session)
        told = {"employee_id": person.id, "bot_id": 7, "chat_id": 1, "kind": SheetKind.CUSTOMERS}
        session.add(SheetOrder(**told, created_at=at, due_at=at))
    async with firm.db.unit() as session:
        first = await steps.claim_order(session)
    async with firm.db.unit() as session:
        assert await steps.claim_order(session) is None
        await steps.give_back(session, None, first)
        second = await steps.claim_order(session)
        assert second is not None
        second.ended_at = now(session)
    async with firm.db.unit() as session:
        await steps.give_back(session, None, second)
    firm.clock.advance(HELD_FOR + timedelta(seconds=1))
    async with firm.db.unit() as session:
        assert await steps.claim_order(session) is None
