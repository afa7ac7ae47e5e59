"""Claims: department manager, then finance, then paid (EX02, AP09); who reads them, and a person's whole history."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_core.approvals import service as approvals
from crm_core.attachments.models import Attachment
from crm_core.attachments.service import FileRef
from crm_core.customers import merge
from crm_core.expenses import claims, queries
from crm_core.expenses.models import ClaimCustomer, ExpenseItem
from crm_core.kit.errors import DomainError
from tests.crm_core.expenses.story import Story, line


async def pay(story: Story, claim_id: int, by: str = "finance") -> None:
    async with story.firm.db.unit() as session:
        await claims.pay(session, await story.firm.actor(session, by), claim_id)


async def test_department_manager_then_finance_then_paid(story: Story):
    claim_id = await story.claim(line("hotel", "380"), line("taxi", "45.50"))
    claim = await story.the_claim(claim_id)
    assert (claim.amount, claim.state) == (Decimal("425.50"), "running")
    assert await story.waits_for("expense_claim", claim_id) == ["manager"]
    with pytest.raises(DomainError, match=r"expense.not_to_be_paid"):
        await pay(story, claim_id)
    await story.sign("expense_claim", claim_id, "manager")
    assert await story.waits_for("expense_claim", claim_id) == ["finance", "other finance"]
    await story.sign("expense_claim", claim_id, "finance")
    assert (await story.the_claim(claim_id)).state == "approved"
    await pay(story, claim_id)
    claim = await story.the_claim(claim_id)
    assert claim.paid_by == story.firm.people["finance"].id
    with pytest.raises(DomainError) as again:
        await pay(story, claim_id, "other finance")
    assert (again.value.code, again.value.params["name"]) == ("expense.paid_already", "赵敏")


async def test_only_finance_pays_and_nobody_the_own_claim(story: Story):
    claim_id = await story.claim(by="finance")
    await story.sign_all("expense_claim", claim_id)
    for by in ("manager", "operations", "admin"):
        with pytest.raises(DomainError, match=r"not_allowed"):
            await pay(story, claim_id, by)
    with pytest.raises(DomainError, match=r"expense.own_claim"):
        await pay(story, claim_id)
    await pay(story, claim_id, "other finance")


async def test_paid_it_can_t_be_revoked(story: Story):
    claim_id = await story.claim()
    await story.sign_all("expense_claim", claim_id)
    await pay(story, claim_id)
    request = await story.request("expense_claim", claim_id)
    async with story.firm.db.unit() as session:
        case = await approvals.ask_revoke(session, await story.firm.actor(session), request.id, "报错了")
        consents = case.request.revoke_asked
    by = next(relation for relation, person in story.firm.people.items() if person.id == consents)
    with pytest.raises(DomainError, match=r"expense.paid_already"):
        async with story.firm.db.unit() as session:
            await approvals.answer_revoke(session, await story.firm.actor(session, by), request.id, agreed=True)
    assert (await story.the_claim(claim_id)).state == "approved"


async def test_sent_back_its_lines_are_corrected_and_receipts_stay(story: Story):
    photo = FileRef(7, "AgAC-1", "AQAD-1")
    claim_id = await story.claim(line("hotel", "880", receipts=[photo]), line("taxi", "45"))
    await story.sign("expense_claim", claim_id, "manager", "send_back")
    assert (await story.the_claim(claim_id)).state == "returned"
    await story.correct(claim_id, line("hotel", "380"))
    claim = await story.the_claim(claim_id)
    assert (claim.state, claim.amount) == ("running", Decimal(380))
    request = await story.request("expense_claim", claim_id)
    assert (request.round, request.amount, request.form["amount"]) == (2, Decimal(380), "380")
    async with story.firm.db.unit() as session:
        items = (await session.scalars(select(ExpenseItem))).all()
        files = (await session.scalars(select(Attachment.subject_id))).all()
    assert [one.id for one in items] == list(files)


async def test_the_sum_is_what_the_lines_come_to(story: Story):
    claim_id = await story.claim(line("taxi", "45"))
    await story.sign("expense_claim", claim_id, "manager", "send_back")
    request = await story.request("expense_claim", claim_id)
    form = {**request.form, "amount": "4500"}
    async with story.firm.db.unit() as session:
        actor = await story.firm.actor(session)
        with pytest.raises(DomainError, match=r"expense.sum_of_lines"):
            await approvals.resubmit(session, actor, request.id, form)


async def test_only_a_returned_claim_is_corrected_and_by_its_own(story: Story):
    claim_id = await story.claim()
    with pytest.raises(DomainError, match=r"expense.not_returned"):
        await story.correct(claim_id, line())
    with pytest.raises(DomainError, match=r"not_found"):
        await story.correct(claim_id, line(), by="peer")


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ((), "expense.no_lines"),
        ((line(amount="0"),), "expense.cost_negative"),
        ((line(on=date(2026, 3, 12)),), "expense.line_in_future"),
        ((line(on=date(2023, 3, 1)),), "expense.line_too_old"),
    ],
)
async def test_what_makes_no_claim_is_refused(story: Story, items: tuple, code: str):
    async with story.firm.db.unit() as session:
        actor = await story.firm.actor(session)
        with pytest.raises(DomainError) as refused:
            await claims.claim_expenses(
                session, actor, claims.ClaimExpenses(flow="expense", items=items, purpose="走访华宁")
            )
    assert refused.value.code == code


async def test_a_claim_of_a_trip_is_for_the_customers_of_the_trip(story: Story):
    customer = await story.firm.customer()
    trip_id = await story.ask_trip(since=date(2026, 3, 11), until=date(2026, 3, 12), customers=[customer.id])
    claim_id = await story.claim(trip=trip_id)
    claim = await story.the_claim(claim_id)
    assert (claim.stage, claim.task) == (customer.stage, "sales")
    assert (await story.request("expense_claim", claim_id)).about_id == customer.id
    with pytest.raises(DomainError, match=r"not_found"):
        await story.claim(by="peer", trip=trip_id)


async def test_own_superiors_signers_and_the_office_read_it(story: Story):
    claim_id = await story.claim()
    readers = {one for one in story.firm.people if await story.sees(claim_id, one)}
    assert {"owner", "manager", "director", "finance", "other finance", "operations", "executive", "admin"} <= readers
    assert not readers & {"peer", "department", "other department", "other manager", "other branch"}


async def test_operations_see_all_claims_and_those_with_findings(story: Story):
    plain = await story.claim(line("taxi", "45"))
    odd = await story.claim(line("hotel", "980"), by="other branch")
    async with story.firm.db.unit() as session:
        operations = await story.firm.actor(session, "operations")
        assert [row.id for row in (await queries.audit(session, operations)).rows] == [odd, plain]
        assert [row.id for row in (await queries.audit(session, operations, flagged=True)).rows] == [odd]
        for other in ("owner", "manager", "director"):
            with pytest.raises(DomainError):
                await queries.audit(session, await story.firm.actor(session, other))


async def test_the_whole_history_of_a_person(story: Story):
    for items in ((line("taxi", "45"), line("meal", "680")), (line("taxi", "30", date(2025, 12, 30)),)):
        await story.sign_all("expense_claim", await story.claim(*items))
    await story.claim(line("taxi", "999"))  # not approved yet
    async with story.firm.db.unit() as session:
        person = story.firm.people["owner"].id
        for by in ("owner", "manager", "director", "finance", "operations"):
            spent = await queries.history(session, await story.firm.actor(session, by), person)
            assert [(one.year, one.month, one.kind, one.amount) for one in spent] == [
                (2026, 3, "meal", Decimal(680)),
                (2026, 3, "taxi", Decimal(45)),
                (2025, 12, "taxi", Decimal(30)),
            ]
        for by in ("peer", "other manager"):
            with pytest.raises(DomainError):
                await queries.history(session, await story.firm.actor(session, by), person)


async def test_of_two_archives_that_become_one_the_claims_are_that_one_s(story: Story):
    one, other = await story.firm.customer(), await story.firm.customer("深圳市启航精密仪器厂")
    await story.claim(customers=[one.id, other.id])
    await story.claim(line(amount="60"), customers=[other.id])
    async with story.firm.db.unit() as session:
        actor = await story.firm.actor(session, "operations")
        await merge.merge(session, actor, one.id, other.id)
    async with story.firm.db.unit() as session:
        assert list(await session.scalars(select(ClaimCustomer.customer_id))) == [one.id, one.id]
