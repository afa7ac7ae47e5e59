"""Visits: told late or at once, they move the customer's clock and say what comes next."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from crm_core.attachments import service as attachments
from crm_core.attachments.service import FileRef
from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.org.models import Employee
from crm_core.visits import queries
from crm_core.visits.models import Visit, VisitKind
from tests.support.company import Firm


async def refused(firm: Firm, customer: Customer, by: str = "owner", **given) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as caught:
        await firm.visit(customer, by, **given)
    return caught.value.code, caught.value.field


class TestTelling:
    async def test_a_visit_is_kept_with_who_when_and_what(self, firm: Firm):
        customer = await firm.customer()
        visit = await firm.visit(customer, kind=VisitKind.NEGOTIATION, location=(22.5405, 113.9346))
        async with firm.db.unit() as session:
            row = await queries.find(session, await firm.actor(session), visit.id)
        assert (row.employee, row.customer, row.kind) == ("李娜", "深圳市华宁电子有限公司", "negotiation")
        assert (row.happened_at, row.summary) == (firm.clock.now(), "谈了年框，下周三送样")
        assert (visit.latitude, visit.longitude) == (22.5405, 113.9346)

    async def test_a_manager_may_log_one_at_a_report_s_customer(self, firm: Firm):
        visit = await firm.visit(await firm.customer(), "manager")
        assert visit.employee_id == firm.people["manager"].id

    @pytest.mark.parametrize("by", ["peer", "department", "other branch", "finance", "executive"])
    async def test_others_may_not(self, firm: Firm, by: str):
        assert await refused(firm, await firm.customer(), by) == ("not_allowed", None)

    async def test_nobody_visits_a_customer_that_is_not_there(self, firm: Firm):
        assert (await refused(firm, Customer(id=999)))[0] == "not_found"

    @pytest.mark.parametrize(
        ("given", "code", "field"),
        [
            ({"summary": " \n "}, "required", "summary"),
            ({"summary": "长" * 2001}, "too_long", "summary"),
            ({"next_on": date(2026, 3, 10)}, "visit.next_in_past", "next_on"),
            ({"happened_at": datetime(2026, 3, 11, 3, tzinfo=UTC)}, "visit.in_future", "happened_at"),
            ({"happened_at": datetime(2025, 3, 9, tzinfo=UTC)}, "visit.too_old", "happened_at"),
        ],
    )
    async def test_what_cannot_be_is_refused_and_the_field_named(self, firm: Firm, given, code: str, field: str):
        customer = await firm.customer()
        assert await refused(firm, customer, **given) == (code, field)
        async with firm.db.unit() as session:
            assert await session.scalar(select(func.count()).select_from(Visit)) == 0

    async def test_clocks_of_phones_may_run_ahead_a_little(self, firm: Firm):
        ahead = firm.clock.now() + timedelta(minutes=4)
        visit = await firm.visit(await firm.customer(), happened_at=ahead)
        assert visit.happened_at == firm.clock.now()

    async def test_a_next_step_today_is_no_past(self, firm: Firm):
        late = datetime(2026, 3, 11, 15, 59, tzinfo=UTC)  # one minute before midnight in Shanghai
        firm.clock.set(late)
        assert (await firm.visit(await firm.customer(), next_on=date(2026, 3, 11))).next_on == date(2026, 3, 11)

    async def test_photos_are_kept_in_the_order_they_came(self, firm: Firm):
        photos = tuple(FileRef(7, name, name) for name in ("展厅", "产线", "样品"))
        visit = await firm.visit(await firm.customer(), photos=photos)
        async with firm.db.unit() as session:
            assert [one.file_id for one in await attachments.of(session, "visit", visit.id)] == ["展厅", "产线", "样品"]


class TestFollowUpClock:
    async def test_a_visit_moves_it_and_says_what_comes_next(self, firm: Firm):
        customer = await firm.customer(type="a")
        firm.clock.advance(timedelta(days=10))
        await firm.visit(customer, next_on=date(2026, 3, 25))
        kept = await firm.again(customer)
        assert kept.last_followup_at == kept.maintained_at == firm.clock.now()
        assert kept.next_step_on == date(2026, 3, 25)
        assert await firm.stale_from(kept) == datetime(
            2026, 4, 3, 16, tzinfo=UTC
        )  # 14 days after the 21st, Shanghai midnight

    async def test_a_visit_told_late_counts_from_when_it_took_place(self, firm: Firm):
        customer = await firm.customer(type="a")
        firm.clock.advance(timedelta(days=10))
        took_place = firm.clock.now() - timedelta(days=4)
        await firm.visit(customer, happened_at=took_place)
        kept = await firm.again(customer)
        assert kept.last_followup_at == kept.maintained_at == took_place

    async def test_an_older_visit_told_later_moves_nothing_back(self, firm: Firm):
        customer = await firm.customer()
        firm.clock.advance(timedelta(days=10))
        await firm.visit(customer, next_on=date(2026, 4, 1))
        before = await firm.again(customer)
        await firm.visit(customer, happened_at=firm.clock.now() - timedelta(days=5), next_on=date(2026, 3, 22))
        after = await firm.again(customer)
        assert (after.last_followup_at, after.maintained_at) == (before.last_followup_at, before.maintained_at)
        assert after.next_step_on == date(2026, 4, 1)

    async def test_a_later_visit_without_a_next_step_takes_the_old_one_away(self, firm: Firm):
        customer = await firm.customer()
        await firm.visit(customer, next_on=date(2026, 3, 18))
        firm.clock.advance(timedelta(days=7))
        await firm.visit(customer)
        assert (await firm.again(customer)).next_step_on is None

    async def test_the_due_day_is_the_owner_s_whoever_went_there(self, firm: Firm):
        customer = await firm.customer(type="a")
        async with firm.db.unit() as session:
            (await session.get_one(Employee, firm.people["owner"].id)).zone = "America/New_York"
        await firm.visit(customer, by="manager")
        assert await firm.stale_from(customer) == datetime(2026, 3, 24, 4, tzinfo=UTC)  # midnight, DST


class TestReading:
    @pytest.mark.parametrize("by", ["owner", "manager", "director", "finance", "operations", "executive", "admin"])
    async def test_superiors_and_the_office_read_a_visit(self, firm: Firm, by: str):
        visit = await firm.visit(await firm.customer())
        async with firm.db.unit() as session:
            assert (await queries.find(session, await firm.actor(session, by), visit.id)).id == visit.id

    @pytest.mark.parametrize("by", ["peer", "department", "other department", "other branch", "other finance"])
    async def test_others_learn_nothing(self, firm: Firm, by: str):
        visit = await firm.visit(await firm.customer())
        with pytest.raises(DomainError, match="not_found"):
            async with firm.db.unit() as session:
                await queries.find(session, await firm.actor(session, by), visit.id)

    async def test_a_new_owner_reads_the_earlier_owner_s_visits(self, firm: Firm):
        customer = await firm.customer()
        visit = await firm.visit(customer)
        async with firm.db.unit() as session:
            (await session.get_one(Customer, customer.id)).owner_id = firm.people["other branch"].id
        async with firm.db.unit() as session:
            page = await queries.of_customer(session, await firm.actor(session, "other branch"), customer.id)
            assert [row.id for row in page.rows] == [visit.id]
            own = await queries.of_customer(session, await firm.actor(session), customer.id)
            assert [row.id for row in own.rows] == [visit.id], "who went there still reads the own record"

    async def test_a_customer_s_visits_come_newest_first_and_turn_both_ways(self, firm: Firm):
        customer = await firm.customer()
        days = [firm.clock.now() - timedelta(days=one) for one in (3, 1, 5, 2, 4)]
        for at in days:
            await firm.visit(customer, happened_at=at, summary=f"{at:%d}")
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            first = await queries.of_customer(session, actor, customer.id, limit=2)
            second = await queries.of_customer(
                session, actor, customer.id, queries.At(after=first.rows[-1].id), limit=2
            )
            back = await queries.of_customer(session, actor, customer.id, queries.At(before=second.rows[0].id), limit=2)
        assert [row.happened_at for row in (*first.rows, *second.rows)] == sorted(days, reverse=True)[:4]
        assert [row.id for row in back.rows] == [row.id for row in first.rows]
        assert (first.more_before, first.more_after, second.more_after) == (False, True, True)

    async def test_the_day_of_a_team_names_every_rep_also_who_did_nothing(self, firm: Firm):
        customer = await firm.customer()
        await firm.visit(customer)
        await firm.visit(await firm.customer(name="上海瑞金医疗器械有限公司", by="peer"), by="peer")
        await firm.visit(await firm.customer(name="厦门夏商集团", by="other branch"), by="other branch")
        await firm.visit(customer, happened_at=firm.clock.now() - timedelta(hours=11))  # 23:00 yesterday
        async with firm.db.unit() as session:
            director = await firm.actor(session, "director")
            rows = await queries.day_of_team(session, director, date(2026, 3, 11))
        assert [(row.employee, row.customer) for row in rows] == [
            ("周立", None),
            ("褚亮", None),
            ("李娜", "深圳市华宁电子有限公司"),
            ("陈晓东", "上海瑞金医疗器械有限公司"),
        ]

    async def test_recent_customers_are_those_seen_last_then_those_taken_on_last(self, firm: Firm):
        names = ["深圳市华宁电子有限公司", "上海瑞金医疗器械有限公司", "厦门夏商集团", "重庆长安汽车股份有限公司"]
        customers = [await firm.customer(name=name) for name in names]
        await firm.visit(customers[1], happened_at=firm.clock.now() - timedelta(days=2))
        await firm.visit(customers[0])
        async with firm.db.unit() as session:
            rows = await queries.recent_customers(session, await firm.actor(session), 4)
        assert [row.name for row in rows] == [names[0], names[1], names[3], names[2]]

    async def test_the_kind_of_the_last_visit_is_remembered(self, firm: Firm):
        customer = await firm.customer()
        await firm.visit(customer, kind=VisitKind.PHONE)
        await firm.visit(customer, kind=VisitKind.MATERIAL, happened_at=firm.clock.now() - timedelta(days=1))
        async with firm.db.unit() as session:
            assert await queries.last_kind(session, await firm.actor(session)) == "phone"
            assert await queries.last_kind(session, await firm.actor(session, "peer")) is None
