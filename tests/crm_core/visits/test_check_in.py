"""Visits on the spot: how far off, begun and ended, forgotten; and what is told late."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from crm_core.audit.service import history
from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.kit.places import Point, distance_m, to_gcj02
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import default
from crm_core.visits import queries, service, values
from crm_core.visits.commands import ChangeVisit, FinishVisit, StartVisit
from crm_core.visits.models import Visit, VisitKind
from tests.support.company import Firm

DOOR = (22.5405, 113.9346)
FAR = (22.5570, 113.9346)


async def begun(firm: Firm, customer: Customer, by: str = "owner", **given) -> Visit:
    async with firm.db.unit() as session:
        command = StartVisit(**{"customer": customer.id, "kind": VisitKind.RETURN, **given})
        return await service.start_visit(session, await firm.actor(session, by), command)


async def ended(firm: Firm, visit: Visit, by: str = "owner", **given) -> Visit:
    async with firm.db.unit() as session:
        command = {"visit_id": visit.id, "kind": VisitKind.RETURN, "summary": "谈了年框", **given}
        return await service.finish_visit(session, await firm.actor(session, by), FinishVisit(**command))


async def changed(firm: Firm, visit: Visit, field: str, value, by: str = "owner", **given) -> Visit:
    async with firm.db.unit() as session:
        command = ChangeVisit(visit_id=visit.id, field=field, value=value, **given)
        return await service.change_visit(session, await firm.actor(session, by), command)


def radius(metres: int) -> Playbook:
    book = default()
    return book.model_copy(update={"check_in": book.check_in.model_copy(update={"radius_m": metres})})


class TestDistance:
    async def test_it_is_kept_as_of_the_place_where_it_was_logged(self, firm: Firm):
        customer = await firm.customer(location=DOOR)
        near = await firm.visit(customer, location=(22.5414, 113.9352))
        far = await firm.visit(customer, location=FAR)
        assert [(one.distance_m, one.outside) for one in (near, far)] == [(118, False), (1835, True)]
        async with firm.db.unit() as session:
            await service.set_customer_point(session, await firm.actor(session), far.id)
        async with firm.db.unit() as session:
            assert (await session.get_one(Visit, near.id)).distance_m == 118, "the past stays as it was"

    async def test_without_a_point_or_a_place_nothing_is_known_and_nothing_flagged(self, firm: Firm):
        nowhere = await firm.visit(await firm.customer(), location=DOOR)
        silent = await firm.visit(await firm.customer(name="厦门夏商集团", location=DOOR))
        assert [(one.distance_m, one.outside) for one in (nowhere, silent)] == [(None, False)] * 2

    @given(st.integers(50, 50_000), st.integers(0, 100_000))
    def test_outside_is_farther_than_the_company_s_radius(self, metres: int, far: int):
        assert values.is_outside(radius(metres), far) == (far > metres)
        assert not values.is_outside(radius(metres), None)

    @given(st.floats(20, 45), st.floats(80, 125), st.floats(0, 0.05), st.floats(0, 0.05))
    def test_a_point_of_a_chinese_map_is_measured_where_it_really_is(
        self, lat: float, lon: float, north: float, east: float
    ):
        here, there = Point(lat, lon), Point(lat + north, lon + east)
        customer = Customer(latitude=here.lat, longitude=here.lon)
        measured = values.distance(customer, (there.lat, there.lon))
        assert measured is not None
        assert abs(measured - distance_m(to_gcj02(here), to_gcj02(there))) < 1

    async def test_the_customer_s_point_needs_the_right_to_change_the_customer(self, firm: Firm):
        customer = await firm.customer()
        visit = await firm.visit(customer, location=DOOR)
        for by in ("peer", "finance", "executive", "other branch"):
            with pytest.raises(DomainError, match="not_allowed"):
                async with firm.db.unit() as session:
                    await service.set_customer_point(session, await firm.actor(session, by), visit.id)
        async with firm.db.unit() as session:
            await service.set_customer_point(session, await firm.actor(session, "manager"), visit.id)
        async with firm.db.unit() as session:
            entry = (await history(session, "customer", customer.id))[0]
        assert (entry.name, entry.after["latitude"], entry.after["longitude"]) == ("王海燕", *DOOR)

    async def test_a_visit_without_a_place_says_nothing_of_where_the_customer_is(self, firm: Firm):
        visit = await firm.visit(await firm.customer())
        with pytest.raises(DomainError, match=r"visit\.no_place"):
            async with firm.db.unit() as session:
                await service.set_customer_point(session, await firm.actor(session), visit.id)


class TestStartAndEnd:
    async def test_it_is_there_from_its_start_and_counts_as_a_follow_up_from_its_end(self, firm: Firm):
        customer = await firm.customer(location=DOOR)
        visit = await begun(firm, customer, location=FAR)
        assert (visit.is_open, visit.started_at, visit.outside) == (True, firm.clock.now(), True)
        assert (await firm.again(customer)).last_followup_at is None
        async with firm.db.unit() as session:
            assert (await queries.find(session, await firm.actor(session, "manager"), visit.id)).summary == ""
        firm.clock.advance(timedelta(minutes=35))
        told = await ended(firm, visit, cost=Decimal("86.5"), location=DOOR)
        assert told.ended_at == firm.clock.now()
        assert (told.latitude, told.cost) == (FAR[0], Decimal("86.5")), "where it began is where it was"
        assert (await firm.again(customer)).last_followup_at == visit.happened_at

    async def test_only_one_is_open_a_person(self, firm: Firm):
        customer, other = await firm.customer(), await firm.customer(name="厦门夏商集团")
        visit = await begun(firm, customer)
        with pytest.raises(DomainError, match=r"visit\.open_already") as refused:
            await begun(firm, other)
        assert refused.value.params == {"customer": "深圳市华宁电子有限公司"}
        await begun(firm, other, "manager")
        await ended(firm, visit)
        assert (await begun(firm, other)).is_open

    @pytest.mark.parametrize("by", ["peer", "department", "other branch", "finance", "executive"])
    async def test_who_may_not_log_may_not_check_in(self, firm: Firm, by: str):
        with pytest.raises(DomainError, match="not_allowed"):
            await begun(firm, await firm.customer(), by)

    @pytest.mark.parametrize("by", ["manager", "admin", "peer"])
    async def test_nobody_ends_or_takes_back_somebody_else_s(self, firm: Firm, by: str):
        visit = await begun(firm, await firm.customer())
        with pytest.raises(DomainError, match="not_found"):
            await ended(firm, visit, by)
        with pytest.raises(DomainError, match="not_found"):
            async with firm.db.unit() as session:
                await service.drop_visit(session, await firm.actor(session, by), visit.id)

    @pytest.mark.parametrize(
        ("minutes", "code"),
        [(-1, "visit.ended_before_start"), (26 * 60 + 6, "visit.in_future"), (13 * 60, "visit.too_long")],
    )
    async def test_an_end_that_cannot_be_is_refused_and_the_field_named(self, firm: Firm, minutes: int, code: str):
        visit = await begun(firm, await firm.customer())
        start = firm.clock.now()
        firm.clock.advance(timedelta(hours=26))
        with pytest.raises(DomainError, match=code) as refused:
            await ended(firm, visit, ended_at=start + timedelta(minutes=minutes))
        assert refused.value.field == "ended_at"
        told = await ended(firm, visit, ended_at=start + timedelta(hours=1))
        assert told.ended_at - told.started_at == timedelta(hours=1)

    async def test_a_forgotten_one_has_no_duration_unless_its_end_is_said(self, firm: Firm):
        visit = await begun(firm, await firm.customer())
        firm.clock.advance(timedelta(hours=12, minutes=1))
        told = await ended(firm, visit)
        assert (told.started_at, told.ended_at, told.is_open) == (None, None, False)
        assert told.happened_at == firm.clock.now() - timedelta(hours=12, minutes=1)

    async def test_it_ends_once(self, firm: Firm):
        visit = await begun(firm, await firm.customer())
        await ended(firm, visit)
        with pytest.raises(DomainError, match=r"visit\.not_open"):
            await ended(firm, visit)

    async def test_one_that_is_taken_back_is_in_the_audit(self, firm: Firm):
        visit = await begun(firm, await firm.customer())
        async with firm.db.unit() as session:
            await service.drop_visit(session, await firm.actor(session), visit.id)
        async with firm.db.unit() as session:
            assert await session.scalar(select(Visit.id)) is None
            assert [one.verb for one in await history(session, "visit", visit.id)] == ["delete", "create"]

    @pytest.mark.parametrize(
        "broken",
        [
            "summary = ''",
            "ended_at = happened_at",
            "started_at = happened_at, ended_at = happened_at - interval '1 minute'",
            "cost = -1",
            "latitude = 22.5",
            "outside = true",
        ],
    )
    async def test_the_database_itself_refuses_nonsense(self, firm: Firm, broken: str):
        visit = await firm.visit(await firm.customer())
        with pytest.raises(IntegrityError):
            async with firm.db.engine.begin() as connection:
                await connection.execute(text(f"UPDATE visit SET {broken} WHERE id = {visit.id}"))


class TestChanging:
    async def test_each_change_is_kept_with_who_before_and_after(self, firm: Firm):
        visit = await firm.visit(await firm.customer())
        await changed(firm, visit, "summary", "谈了年框和账期")
        await changed(firm, visit, "cost", Decimal("86.50"), "manager")
        async with firm.db.unit() as session:
            last, first, made = await history(session, "visit", visit.id)
        assert (first.name, first.before, first.after) == (
            "李娜",
            {"summary": "谈了年框，下周三送样"},
            {"summary": "谈了年框和账期"},
        )
        assert (last.name, last.before, last.after) == ("王海燕", {}, {"cost": "86.50"})
        assert made.verb == "create"

    @pytest.mark.parametrize("by", ["peer", "finance", "executive", "other branch"])
    async def test_others_may_not(self, firm: Firm, by: str):
        visit = await firm.visit(await firm.customer())
        with pytest.raises(DomainError, match="not_allowed"):
            await changed(firm, visit, "summary", "什么也没谈", by)

    async def test_a_card_out_of_date_changes_nothing(self, firm: Firm):
        visit = await firm.visit(await firm.customer())
        now = await changed(firm, visit, "kind", VisitKind.PHONE)
        with pytest.raises(DomainError, match="changed_meanwhile"):
            await changed(firm, visit, "kind", VisitKind.FIRST, revision=now.revision - 1)

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("summary", "  ", "required"),
            ("cost", Decimal(-1), "visit.cost_negative"),
            ("happened_at", datetime(2026, 3, 12, tzinfo=UTC), "visit.in_future"),
            ("next_on", datetime(2026, 3, 10, tzinfo=UTC).date(), "visit.next_in_past"),
            ("customer_id", 7, "not_found"),
            ("place_reason", "长" * 101, "too_long"),
        ],
    )
    async def test_what_cannot_be_is_refused(self, firm: Firm, field: str, value, code: str):
        visit = await firm.visit(await firm.customer())
        with pytest.raises(DomainError, match=code):
            await changed(firm, visit, field, value)

    async def test_the_latest_visit_s_next_step_is_the_customer_s(self, firm: Firm):
        customer = await firm.customer()
        firm.clock.advance(timedelta(days=10))
        old = await firm.visit(customer, happened_at=firm.clock.now() - timedelta(days=3))
        new = await firm.visit(customer)
        week = firm.clock.now().date() + timedelta(days=7)
        await changed(firm, old, "next_on", week)
        assert (await firm.again(customer)).next_step_on is None
        await changed(firm, new, "next_on", week)
        assert (await firm.again(customer)).next_step_on == week
        await changed(firm, new, "happened_at", firm.clock.now() - timedelta(days=5))
        kept = await firm.again(customer)
        assert (kept.last_followup_at, kept.next_step_on) == (old.happened_at, week)

    async def test_put_at_another_time_it_keeps_its_duration(self, firm: Firm):
        visit = await begun(firm, await firm.customer())
        firm.clock.advance(timedelta(minutes=35))
        await ended(firm, visit)
        moved = await changed(firm, visit, "happened_at", visit.happened_at - timedelta(hours=2))
        assert moved.started_at == moved.happened_at == firm.clock.now() - timedelta(hours=2, minutes=35)
        assert moved.ended_at - moved.started_at == timedelta(minutes=35)
        with pytest.raises(DomainError, match=r"visit\.in_future"):
            await changed(firm, visit, "happened_at", firm.clock.now() - timedelta(minutes=5))

    async def test_what_is_still_open_is_ended_first(self, firm: Firm):
        visit = await begun(firm, await firm.customer(location=DOOR), location=FAR)
        with pytest.raises(DomainError, match=r"visit\.still_open"):
            await changed(firm, visit, "summary", "谈了年框")
        assert (await changed(firm, visit, "place_reason", "moved")).place_reason == "moved"


class TestLate:
    NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("before", "late"),
        [
            (timedelta(seconds=-30), None),
            (timedelta(minutes=2), None),
            (timedelta(minutes=3), False),
            (timedelta(hours=24), False),
            (timedelta(hours=24, minutes=1), True),
        ],
    )
    def test_a_message_that_arrives_late_tells_of_its_own_time_and_is_doubted_after_a_day(self, before, late):
        found = values.late(self.NOW - before, self.NOW)
        assert found == (None if late is None else values.Late(self.NOW - before, late))

    async def test_it_happened_then_and_was_told_now(self, firm: Firm):
        late = values.late(firm.clock.now() - timedelta(hours=5), firm.clock.now())
        assert late is not None
        visit = await firm.visit(await firm.customer(), happened_at=late.at)
        assert firm.clock.now() - visit.happened_at == timedelta(hours=5)
        assert visit.created_at == firm.clock.now()
