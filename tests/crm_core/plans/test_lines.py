"""Lines of a plan: whose they are, which days they take, and what does them by itself."""

from datetime import UTC, date, datetime

from sqlalchemy import select, text

from crm_core.approvals import service as approvals
from crm_core.approvals.service import Apply
from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.kit.clock import FixedClock
from crm_core.plans import due, queries
from crm_core.plans.models import LineState, PlanFlow, PlanLine, WeekState
from tests.crm_core.plans.work import FRIDAY, THURSDAY, WEDNESDAY, WEEK, again, code_of, do, plan, week_of
from tests.support.company import Firm


async def test_a_line_is_a_customer_or_work_in_words(firm: Firm):
    huaning = await firm.customer()
    line = await plan(firm, customer=huaning.id, what="谈年框")
    assert (line.week, line.planned_on, line.state, line.routine) == (WEEK, THURSDAY, LineState.OPEN, True)
    assert (await plan(firm, what="整理样品间", routine=False)).customer_id is None
    assert await code_of(plan(firm, what="  ")) == "plan.nothing_said"
    assert await code_of(plan(firm, customer=999)) == "not_found"


async def test_days_that_are_over_or_far_away_are_refused(firm: Firm):
    assert await code_of(plan(firm, date(2026, 3, 10), what="对账")) == "plan.day_over"
    assert await code_of(plan(firm, date(2027, 4, 1), what="对账")) == "plan.too_far"


async def test_the_same_customer_is_planned_once_a_day(firm: Firm):
    huaning = await firm.customer()
    first = await plan(firm, customer=huaning.id)
    assert await code_of(plan(firm, customer=huaning.id)) == "plan.there_already"
    other = await plan(firm, FRIDAY, customer=huaning.id)
    assert await code_of(do(firm, "move", other, THURSDAY)) == "plan.there_already"
    await do(firm, "drop", first)
    assert await do(firm, "move", other, THURSDAY)
    assert await code_of(do(firm, "reopen", first)) == "plan.there_already"


async def test_nobody_plans_for_a_customer_out_of_reach_or_changes_others_lines(firm: Firm):
    huaning = await firm.customer()
    assert await code_of(plan(firm, customer=huaning.id, by="other branch")) == "not_allowed"
    line = await plan(firm, customer=huaning.id)
    for relation in ("peer", "manager", "director", "admin", "stand-in"):
        for verb in ("finish", "drop", "reopen"):
            assert await code_of(do(firm, verb, line, by=relation)) == "not_allowed", relation


async def test_lines_are_read_by_the_person_and_from_above(firm: Firm):
    line = await plan(firm, what="整理样品间")
    for relation in firm.people:
        async with firm.db.unit() as session:
            seen = await code_of(queries.find(session, await firm.actor(session, relation), line.id)) is None
        assert seen == (relation in {"owner", "manager", "director", "stand-in", "operations", "executive", "admin"}), (
            relation
        )


async def test_the_first_planned_day_stays_known_when_it_moves(firm: Firm):
    """PL12: the planned and the actual day."""
    line = await plan(firm, what="送样", day=WEDNESDAY)
    await do(firm, "move", line, date(2026, 3, 17))
    moved = await again(firm, line)
    assert (moved.planned_on, moved.day, moved.week) == (WEDNESDAY, date(2026, 3, 17), date(2026, 3, 16))
    firm.clock.set(datetime(2026, 3, 18, 2, tzinfo=UTC))
    await do(firm, "finish", line)
    assert (await again(firm, line)).done_on == date(2026, 3, 17)


async def test_a_visit_does_the_nearest_line_of_its_week(firm: Firm):
    huaning = await firm.customer()
    near, far = await plan(firm, THURSDAY, customer=huaning.id), await plan(firm, FRIDAY, customer=huaning.id)
    other = await plan(firm, date(2026, 3, 16), customer=huaning.id)
    visit = await firm.visit(huaning)
    done = await again(firm, near)
    assert (done.state, done.done_on, done.visit_id) == (LineState.DONE, WEDNESDAY, visit.id)
    assert {(await again(firm, one)).state for one in (far, other)} == {LineState.OPEN}
    assert await code_of(do(firm, "reopen", near)) == "plan.not_open"


async def test_a_visit_by_a_colleague_does_no_line_of_mine(firm: Firm):
    huaning = await firm.customer()
    line = await plan(firm, customer=huaning.id)
    await firm.visit(huaning, by="manager")
    assert (await again(firm, line)).state == LineState.OPEN


async def test_a_request_about_the_customer_hangs_on_the_line(firm: Firm):
    huaning = await firm.customer()
    line = await plan(firm, customer=huaning.id)
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        form = {"what": "5000 套连接器", "amount": "84000", "discount": "12", "reason": "对手报价低三个点"}
        command = Apply(flow="quotation", title="华宁 报价", form=form, key="one", about=huaning.id)
        case = await approvals.submit(session, owner, command)
        assert await session.scalar(select(PlanFlow.line_id)) == line.id
        assert [row.id for row in await queries.flows_of(session, [line.id])] == [case.id]


async def test_lines_go_along_with_the_customer(firm: Firm):
    huaning = await firm.customer()
    line = await plan(firm, customer=huaning.id)
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        rows = (await session.scalars(select(Customer).with_for_update())).all()
        await move(session, rows, Kind.TRANSFER, by_id=boss.id, to_owner_id=firm.people["peer"].id)
    moved = await again(firm, line)
    assert (moved.employee_id, moved.state) == (firm.people["peer"].id, LineState.OPEN)
    assert (await week_of(firm, "peer")).state == WeekState.DRAFT
    async with firm.db.unit() as session:
        rows = (await session.scalars(select(Customer).with_for_update())).all()
        act_as(session, firm.people["peer"].id)
        await move(session, rows, Kind.RETURN, by_id=firm.people["peer"].id, to_pool="main")
    assert (await again(firm, line)).state == LineState.DROPPED


async def test_what_rules_ask_of_plans(firm: Firm, clock: FixedClock):
    huaning = await firm.customer()
    line = await plan(firm, customer=huaning.id)
    await plan(firm, what="写周报")
    async with firm.db.unit() as session:
        tomorrow = (await session.execute(due.visits_between(THURSDAY, THURSDAY))).all()
        assert [row.id for row in tomorrow] == [line.id]
        missing = {row.name for row in await session.execute(due.without_plan(WEEK, WEEK, FRIDAY))}
        assert "李娜" not in missing
        assert {"陈晓东", "吴佳怡"} <= missing
        leave = text(
            "INSERT INTO absence (employee_id, kind, since, until, days, state, created_at)"
            " VALUES (:who, 'annual', '2026-03-09', '2026-03-13', 5, 'approved', now())"
        )
        await session.execute(leave, {"who": firm.people["peer"].id})
        assert "陈晓东" not in {row.name for row in await session.execute(due.without_plan(WEEK, WEEK, FRIDAY))}


async def test_lines_stand_in_the_order_of_the_day(firm: Firm):
    for part in ("afternoon", "day", "morning"):
        await plan(firm, what=part, part=part)
    dropped = await plan(firm, what="dropped", part="morning")
    await do(firm, "drop", dropped)
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        rows = await queries.lines_of(session, owner, owner.id, THURSDAY, THURSDAY)
    assert [row.what for row in rows] == ["morning", "day", "afternoon", "dropped"]
    assert PlanLine.__tablename__ == "plan_line"
