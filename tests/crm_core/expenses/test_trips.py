"""Trips: asked for, signed by the supervisor, begun after that and not before (EX01)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_core.approvals import service as approvals
from crm_core.approvals.models import ApprovalStep
from crm_core.expenses import queries, trips
from crm_core.kit.errors import DomainError
from tests.crm_core.expenses.story import Story


async def begin(story: Story, trip_id: int, by: str = "owner") -> None:
    async with story.firm.db.unit() as session:
        await trips.begin_trip(session, await story.firm.actor(session, by), trip_id)


async def test_nobody_sets_out_before_the_supervisor_approved(story: Story):
    trip_id = await story.ask_trip()
    assert await story.waits_for("trip", trip_id) == ["manager"]
    with pytest.raises(DomainError) as refused:
        await begin(story, trip_id)
    assert refused.value.code == "trip.not_approved"
    await story.sign("trip", trip_id, "manager")
    await begin(story, trip_id)
    assert (await story.trip(trip_id)).began_at is not None


async def test_a_refused_trip_never_begins(story: Story):
    trip_id = await story.ask_trip()
    await story.sign("trip", trip_id, "manager", "reject")
    assert (await story.trip(trip_id)).state == "rejected"
    with pytest.raises(DomainError, match=r"trip.not_approved"):
        await begin(story, trip_id)


@pytest.mark.parametrize("given", [{"cost": Decimal(6000)}, {"until": date(2026, 3, 24)}, {}])
async def test_a_dear_trip_and_a_long_one_go_to_the_department_too(story: Story, given: dict):
    trip_id = await story.ask_trip(**given)
    await story.sign_all("trip", trip_id)
    request = await story.request("trip", trip_id)
    async with story.firm.db.unit() as session:
        nodes = await session.scalars(select(ApprovalStep.node).where(ApprovalStep.approval_id == request.id))
    assert set(nodes) == ({"manager", "head"} if given else {"manager"})


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"since": date(2026, 3, 10)}, "trip.in_past"),
        ({"until": date(2026, 3, 15)}, "trip.ends_before"),
        ({"until": date(2026, 12, 31)}, "trip.too_long"),
        ({"cost": Decimal(-1)}, "expense.cost_negative"),
        ({"place": "  "}, "required"),
        ({"customers": [999]}, "not_found"),
    ],
)
async def test_what_makes_no_trip_is_refused(story: Story, given: dict, code: str):
    with pytest.raises(DomainError) as refused:
        await story.ask_trip(**given)
    assert refused.value.code == code


async def test_nobody_is_in_two_places(story: Story):
    await story.ask_trip()
    with pytest.raises(DomainError) as refused:
        await story.ask_trip(place="无锡", since=date(2026, 3, 18), until=date(2026, 3, 19))
    assert (refused.value.code, refused.value.params["place"]) == ("trip.overlaps", "苏州")
    await story.ask_trip(by="peer")


async def test_sent_back_and_handed_in_again_it_is_as_the_form_says(story: Story):
    trip_id = await story.ask_trip()
    await story.sign("trip", trip_id, "manager", "send_back")
    assert (await story.trip(trip_id)).state == "returned"
    request = await story.request("trip", trip_id)
    form = {**request.form, "until": "2026-03-17", "amount": "1800"}
    async with story.firm.db.unit() as session:
        await approvals.resubmit(session, await story.firm.actor(session), request.id, form)
    trip = await story.trip(trip_id)
    assert (trip.state, trip.until, trip.cost) == ("running", date(2026, 3, 17), Decimal(1800))


async def test_who_signs_reads_it_and_a_stranger_does_not(story: Story):
    customer = await story.firm.customer()
    trip_id = await story.ask_trip(customers=[customer.id])
    async with story.firm.db.unit() as session:
        boss = await story.firm.actor(session, "manager")
        assert (await queries.trip(session, boss, trip_id)).place == "苏州"
        assert await queries.customers_of(session, boss, trip_id) == [customer.name]
        finance = await story.firm.actor(session, "other finance")
        assert (await queries.trip(session, finance, trip_id)).place == "苏州"
        assert await queries.customers_of(session, finance, trip_id) == [], "of another branch"
        for other in ("peer", "other manager"):
            with pytest.raises(DomainError):
                await queries.trip(session, await story.firm.actor(session, other), trip_id)


async def test_after_its_last_day_it_can_t_begin_any_more(story: Story):
    trip_id = await story.ask_trip()
    await story.sign("trip", trip_id, "manager")
    story.firm.clock.set(story.firm.clock.now() + timedelta(days=9))
    with pytest.raises(DomainError, match=r"trip.over"):
        await begin(story, trip_id)
