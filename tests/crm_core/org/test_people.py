"""Coming, moving up, and leaving."""

import pytest
from sqlalchemy import select

from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.org import queries, service
from crm_core.org.models import Employee, Role
from tests.support.company import Firm


def refusal(caught: pytest.ExceptionInfo[DomainError]) -> tuple[str, dict]:
    return caught.value.code, caught.value.params


class TestFounding:
    async def test_a_company_comes_with_its_first_admin_who_gets_an_invite(self, db):
        async with db.unit() as session:
            token = await service.found_company(
                session, company="华宁科技", admin="蒋涛", zone="Asia/Shanghai", language="zh"
            )
            admin = await session.scalar(select(Employee))
            assert (admin.name, admin.roles) == ("蒋涛", ["admin"])
            assert len(token) == 32

    async def test_a_database_holds_one_company(self, firm: Firm):
        with pytest.raises(DomainError) as caught:
            async with firm.db.unit() as session:
                await service.found_company(session, company="别家", admin="某人", zone="Asia/Shanghai", language="zh")
        assert refusal(caught) == ("company.exists", {})

    async def test_an_unknown_time_zone_is_refused(self, db):
        with pytest.raises(DomainError) as caught:
            async with db.unit() as session:
                await service.found_company(session, company="华宁科技", admin="蒋涛", zone="Mars/Base", language="zh")
        assert refusal(caught) == ("company.zone_unknown", {"zone": "Mars/Base"})


class TestReports:
    async def test_who_leads_somebody_has_reports_and_nobody_else_has(self, firm: Firm):
        async with firm.db.unit() as session:
            leads = {relation for relation in firm.people if (await firm.actor(session, relation)).has_reports}
        assert leads == {"director", "manager", "other manager", "helper's manager"}

    async def test_who_led_somebody_who_has_left_has_none_any_more(self, firm: Firm):
        async with firm.db.unit() as session:
            await service.leave(session, await firm.actor(session, "admin"), firm.people["other branch"].id)
        async with firm.db.unit() as session:
            assert not (await firm.actor(session, "other manager")).has_reports


class TestHiring:
    async def hire(self, firm: Firm, by: str, **given):
        async with firm.db.unit() as session:
            place = {"name": "冯程", "unit_id": firm.people["owner"].unit_id, "roles": [Role.REP], **given}
            return await service.hire(session, await firm.actor(session, by), **place)

    async def test_an_admin_adds_a_rep_under_a_manager(self, firm: Firm):
        new = await self.hire(firm, "admin", manager_id=firm.people["manager"].id)
        assert new.chain == [firm.people["director"].id, firm.people["manager"].id, new.id]
        assert new.telegram_id is None

    @pytest.mark.parametrize("by", ["owner", "manager", "director", "operations", "executive", "finance"])
    async def test_nobody_else_does(self, firm: Firm, by: str):
        with pytest.raises(DomainError) as caught:
            await self.hire(firm, by)
        assert refusal(caught) == ("not_allowed", {})

    async def test_nobody_is_put_under_somebody_who_has_left(self, firm: Firm):
        async with firm.db.unit() as session:
            await service.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)
        with pytest.raises(DomainError) as caught:
            await self.hire(firm, "admin", manager_id=firm.people["peer"].id)
        assert refusal(caught) == ("employee.has_left", {"name": "陈晓东"})

    async def test_the_department_must_be_there(self, firm: Firm):
        with pytest.raises(DomainError) as caught:
            await self.hire(firm, "admin", unit_id=999)
        assert (caught.value.code, caught.value.field) == ("not_found", "unit")


class TestReportingLine:
    async def test_moving_a_manager_moves_everybody_below(self, firm: Firm):
        async with firm.db.unit() as session:
            manager = await session.get_one(Employee, firm.people["manager"].id)
            above = await session.get_one(Employee, firm.people["other manager"].id)
            await service.set_manager(session, manager, above)
        async with firm.db.unit() as session:
            owner = await session.get_one(Employee, firm.people["owner"].id)
            assert owner.chain == [above.id, manager.id, owner.id]
            reports = await queries.reports(session, await firm.actor(session, "other manager"))
            assert {row.name for row in reports} == {"吴佳怡", "王海燕", "李娜", "陈晓东"}
            assert "李娜" not in {
                row.name for row in await queries.reports(session, await firm.actor(session, "director"))
            }

    async def test_becoming_independent_cuts_the_chain(self, firm: Firm):
        async with firm.db.unit() as session:
            manager = await session.get_one(Employee, firm.people["manager"].id)
            await service.set_manager(session, manager, None)
        async with firm.db.unit() as session:
            owner = await session.get_one(Employee, firm.people["owner"].id)
            assert owner.chain == [manager.id, owner.id]

    @pytest.mark.parametrize("below", ["owner", "manager"])
    async def test_nobody_reports_to_somebody_below_or_to_oneself(self, firm: Firm, below: str):
        async with firm.db.unit() as session:
            manager = await session.get_one(Employee, firm.people["manager"].id)
            report = await session.get_one(Employee, firm.people[below].id)
            with pytest.raises(DomainError) as caught:
                await service.set_manager(session, manager, report)
        assert refusal(caught) == ("org.cycle", {})

    async def test_reports_are_told_nearest_first_and_without_leavers(self, firm: Firm):
        async with firm.db.unit() as session:
            await service.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)
            rows = await queries.reports(session, await firm.actor(session, "director"))
        assert [row.name for row in rows] == ["王海燕", "周立", "褚亮", "李娜"]


class TestLeaving:
    async def leave(self, firm: Firm, who: str, by: str = "admin") -> Employee:
        async with firm.db.unit() as session:
            return await service.leave(session, await firm.actor(session, by), firm.people[who].id)

    async def test_access_digests_and_the_place_in_lists_end_at_once(self, firm: Firm):
        async with firm.db.unit() as session:
            (await session.get_one(Employee, firm.people["peer"].id)).telegram_id = 4711
        gone = await self.leave(firm, "peer")
        assert (gone.telegram_id, gone.digest_due_at) == (None, None)
        async with firm.db.unit() as session:
            assert await queries.actor(session, gone.id) is None
            assert await queries.person(session, gone.id) is None
            assert "陈晓东" not in {row.name for row in await queries.people(session, limit=50)}

    async def test_who_owns_customers_hands_them_over_first(self, firm: Firm):
        customer = await firm.customer()
        with pytest.raises(DomainError) as caught:
            await self.leave(firm, "owner")
        assert refusal(caught) == ("employee.owns_customers", {"name": "李娜", "count": 1})
        async with firm.db.unit() as session:
            (await session.get_one(Customer, customer.id)).owner_id = firm.people["peer"].id
        assert (await self.leave(firm, "owner")).left_at is not None

    async def test_who_has_reports_gives_them_another_manager_first(self, firm: Firm):
        with pytest.raises(DomainError) as caught:
            await self.leave(firm, "manager")
        assert refusal(caught) == ("employee.has_reports", {"name": "王海燕", "count": 2})

    async def test_nobody_leaves_twice(self, firm: Firm):
        await self.leave(firm, "peer")
        with pytest.raises(DomainError) as caught:
            await self.leave(firm, "peer")
        assert refusal(caught) == ("employee.has_left", {"name": "陈晓东"})

    async def test_an_admin_cannot_shut_oneself_out(self, firm: Firm):
        with pytest.raises(DomainError) as caught:
            await self.leave(firm, "admin")
        assert refusal(caught) == ("employee.not_yourself", {})

    async def test_the_last_admin_stays(self, firm: Firm):
        async with firm.db.unit() as session:
            second = await session.get_one(Employee, firm.people["peer"].id)
            second.roles = ["rep", "admin"]
        await self.leave(firm, "admin", by="peer")
        async with firm.db.unit() as session:
            (await session.get_one(Employee, firm.people["operations"].id)).roles = ["operations", "admin"]
        await self.leave(firm, "peer", by="operations")
        async with firm.db.unit() as session:
            third = await firm.actor(session, "operations")
            alone = await session.get_one(Employee, third.id)
            with pytest.raises(DomainError) as caught:
                await service._refuse_holes(session, alone)
        assert refusal(caught) == ("employee.last_admin", {})

    @pytest.mark.parametrize("by", ["manager", "director", "operations", "executive"])
    async def test_only_an_admin_shows_people_out(self, firm: Firm, by: str):
        with pytest.raises(DomainError) as caught:
            await self.leave(firm, "peer", by=by)
        assert refusal(caught) == ("not_allowed", {})

    async def test_nobody_unknown_leaves(self, firm: Firm):
        with pytest.raises(DomainError) as caught:
            async with firm.db.unit() as session:
                await service.leave(session, await firm.actor(session, "admin"), 999)
        assert refusal(caught) == ("not_found", {})


class TestLanguage:
    async def test_a_person_chooses_a_language(self, firm: Firm):
        async with firm.db.unit() as session:
            await service.choose_language(session, await firm.actor(session), "en")
        async with firm.db.unit() as session:
            assert (await firm.actor(session)).language == "en"


class TestFinding:
    @pytest.mark.parametrize(("typed", "count"), [("销售", 2), ("一部", 1), ("%", 0), ("", 5)])
    async def test_departments_by_a_part_of_the_name(self, firm: Firm, typed: str, count: int):
        async with firm.db.unit() as session:
            names = [row.name for row in await queries.units(session, typed, 10)]
        assert len(names) == count
        assert all(typed in name for name in names)

    @pytest.mark.parametrize(("typed", "found"), [("赵", {"赵立", "赵敏"}), ("_", set())])
    async def test_people_by_a_part_of_the_name(self, firm: Firm, typed: str, found: set[str]):
        async with firm.db.unit() as session:
            assert {row.name for row in await queries.people(session, typed)} == found
