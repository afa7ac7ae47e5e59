"""What becomes of plans when customers, superiors and visits are not what they were."""

from datetime import UTC, datetime, timedelta

from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import locked
from crm_core.kit.events import publish
from crm_core.org import service as org
from crm_core.org.events import ManagerChanged
from crm_core.org.models import Employee
from crm_core.plans import queries, weeks
from crm_core.plans.models import LineState, WeekState
from tests.crm_core.audit.test_undo import back as taken_back
from tests.crm_core.audit.test_undo import visit
from tests.crm_core.plans.work import FRIDAY, THURSDAY, again, code_of, do, plan, score, submit, week_of
from tests.support.company import Firm

MONDAY_MORNING = datetime(2026, 3, 16, 0, 30, tzinfo=UTC)  # half past eight in Shanghai


async def test_weeks_that_were_handed_in_stay_as_they_were_when_the_customer_goes(firm: Firm):
    """The former owner's undone line stays undone, and the new owner has no week of the past to be scored for."""
    huaning = await firm.customer()
    gone = await plan(firm, THURSDAY, customer=huaning.id)
    firm.clock.set(MONDAY_MORNING)
    async with firm.db.unit() as session:
        assert await weeks.submit_due(session) == 1
    coming = await plan(firm, THURSDAY + timedelta(days=7), customer=huaning.id)
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        rows = [await locked(session, huaning.id)]
        await move(session, rows, Kind.TRANSFER, by_id=boss.id, to_owner_id=firm.people["peer"].id)
    stayed, went = await again(firm, gone), await again(firm, coming)
    assert (stayed.employee_id, stayed.state) == (firm.people["owner"].id, LineState.OPEN)
    assert (went.employee_id, went.state) == (firm.people["peer"].id, LineState.OPEN)
    async with firm.db.unit() as session:
        rows = [await locked(session, huaning.id)]
        await firm.actor(session, "peer")
        await move(session, rows, Kind.RETURN, by_id=firm.people["peer"].id, to_pool="main")
        assert await weeks.submit_due(session) == 0
    assert (await again(firm, gone)).state == LineState.OPEN
    assert (await again(firm, coming)).state == LineState.DROPPED


async def test_what_was_handed_in_open_cannot_be_dropped_afterwards(firm: Firm):
    line = await plan(firm, FRIDAY, what="整理样品间")
    firm.clock.set(MONDAY_MORNING - timedelta(days=3))
    week = await submit(firm)
    assert await code_of(do(firm, "drop", line)) == "plan.week_closed"
    await score(firm, week.id)
    assert await code_of(do(firm, "drop", line)) == "plan.week_closed"
    assert (await do(firm, "finish", line)).state == LineState.DONE


async def test_a_week_that_waits_goes_to_the_new_superior(firm: Firm):
    """Else nobody could score it: the former one is no superior any more."""
    await do(firm, "finish", await plan(firm, what="写周报"))
    firm.clock.set(MONDAY_MORNING - timedelta(days=3))
    week = await submit(firm)
    async with firm.db.unit() as session:
        await firm.actor(session, "admin")
        person = await session.get_one(Employee, firm.people["owner"].id)
        await org.set_manager(session, person, await session.get_one(Employee, firm.people["director"].id))
    assert await code_of(score(firm, week.id)) == "not_allowed"
    async with firm.db.unit() as session:
        waiting = await queries.reviews_waiting(session, await firm.actor(session, "director"))
        assert [row.id for row in waiting.rows] == [week.id]
        await publish(session, ManagerChanged(firm.people["peer"].id, None))  # who has no week
    assert (await score(firm, week.id, "director")).state == WeekState.REVIEWED


async def test_a_visit_that_is_taken_back_opens_the_line_again(firm: Firm):
    huaning = await firm.customer()
    line = await plan(firm, customer=huaning.id)
    await visit(firm, 1, huaning)
    assert (await again(firm, line)).state == LineState.DONE
    await taken_back(firm, 1)
    back = await again(firm, line)
    assert (back.state, back.done_on, back.visit_id) == (LineState.OPEN, None, None)


async def test_the_last_visit_of_the_week_can_be_taken_back_what_was_handed_in_stays(firm: Firm):
    huaning = await firm.customer()
    line = await plan(firm, FRIDAY, customer=huaning.id)
    firm.clock.set(datetime(2026, 3, 13, 4, tzinfo=UTC))
    await visit(firm, 1, huaning)
    assert (await week_of(firm)).state == WeekState.SUBMITTED
    await taken_back(firm, 1)
    assert (await again(firm, line)).state == LineState.OPEN
    assert (await week_of(firm)).state == WeekState.SUBMITTED
