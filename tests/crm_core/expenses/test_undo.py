"""What was paid by mistake is taken back; what is on its way to its signers is withdrawn instead (BY08)."""

import pytest

from crm_core.audit.service import act_as
from crm_core.audit.undo import last_op, undo
from crm_core.customers import merge
from crm_core.expenses import claims
from crm_core.expenses.claims import ClaimExpenses
from crm_core.kit.errors import DomainError
from crm_core.org import queries as org
from tests.crm_core.expenses.story import Story, line

OP = 4711


async def take_back(story: Story, by: str, op: int = OP) -> None:
    async with story.firm.db.unit() as session:
        await undo(session, await story.firm.actor(session, by), op)


async def test_a_payment_is_taken_back(story: Story):
    claim_id = await story.claim()
    await story.sign_all("expense_claim", claim_id)
    async with story.firm.db.unit() as session:
        finance = await story.firm.actor(session, "finance")
        act_as(session, finance.id, OP)
        await claims.pay(session, finance, claim_id)
    await take_back(story, "finance")
    assert (await story.the_claim(claim_id)).paid_at is None


async def test_a_claim_is_withdrawn_instead(story: Story):
    async with story.firm.db.unit() as session:
        owner = await org.actor(session, story.firm.people["owner"].id)
        act_as(session, owner.id, OP)
        await claims.claim_expenses(session, owner, ClaimExpenses(flow="expense", items=(line(),), purpose="走访华宁"))
    with pytest.raises(DomainError, match=r"expense.withdraw_instead"):
        await take_back(story, "owner")


async def test_a_signature_is_nothing_to_take_back(story: Story):
    trip_id = await story.ask_trip()
    await story.sign("trip", trip_id, "manager")
    async with story.firm.db.unit() as session:
        assert await last_op(session, await story.firm.actor(session, "manager")) is None


async def test_a_merge_that_is_taken_back_gives_the_claims_back(story: Story):
    one, other = await story.firm.customer(), await story.firm.customer("深圳市启航精密仪器厂")
    claim_id = await story.claim(customers=[other.id])
    async with story.firm.db.unit() as session:
        boss = await story.firm.actor(session, "operations")
        act_as(session, boss.id, OP)
        await merge.merge(session, boss, one.id, other.id)
    await take_back(story, "operations")
    assert await story.customers(claim_id) == [other.id]
