"""Handing over: all goes in one transaction, nothing is lost, and who did what stays under the old name."""

import asyncio

import pytest
from sqlalchemy import event, func, insert, select, text

from crm_core.audit.models import AuditEntry
from crm_core.audit.service import act_as
from crm_core.audit.undo import undo
from crm_core.customers import queries, service
from crm_core.customers.commands import ChangeCustomer
from crm_core.customers.models import Customer, CustomerMember, Ownership
from crm_core.handover import plans
from crm_core.handover.queries import holdings, moves_of, received
from crm_core.handover.service import MOST_TAKEN_BACK, HandOver, Outlook, Transfer, hand_over, outlook, transfer
from crm_core.handover.shares import Rule
from crm_core.kit.errors import DomainError
from crm_core.needs.service import RecordNeed, record_need
from crm_core.org import service as org
from crm_core.org.models import Employee
from crm_core.visits.models import Visit
from tests.reminders.desk import local, occurrences, strike
from tests.support.company import Firm

NAMES = ("深圳市华宁电子有限公司", "东莞市华腾五金厂", "广州白云轴承有限公司", "深圳市凯旋光电有限公司")
CITIES = ("深圳", "东莞", "广州", "深圳")


async def portfolio(firm: Firm) -> list[Customer]:
    return [
        await firm.customer(name, city=city, contact_name="王建国") for name, city in zip(NAMES, CITIES, strict=True)
    ]


async def given(firm: Firm, by: str = "manager", op: int | None = None, **asked) -> Outlook:
    async with firm.db.unit() as session:
        actor = await firm.actor(session, by)
        act_as(session, actor.id, op)
        asked = {"from_id": firm.people["owner"].id, **asked}
        return await hand_over(session, actor, HandOver(**asked))


async def owners(firm: Firm) -> list[str]:
    async with firm.db.unit() as session:
        rows = select(Employee.name).join(Customer, Customer.owner_id == Employee.id).order_by(Customer.id)
        return list(await session.scalars(rows))


def ids(firm: Firm, *relations: str) -> tuple[int, ...]:
    return tuple(firm.people[one].id for one in relations)


class TestHoldings:
    async def test_tell_all_that_somebody_holds(self, firm: Firm):
        first, *_ = await portfolio(firm)
        await firm.visit(first, next_on=local("2026-03-18", "00:00").date())
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            await record_need(session, actor, RecordNeed(customer=first.id, what="5000套连接器"))
        async with firm.db.unit() as session:
            there = await holdings(session, await firm.actor(session, "manager"), firm.people["owner"].id)
        assert there.customers == 4
        assert there.cities == (("深圳", 2), ("东莞", 1), ("广州", 1))
        assert there.others == (("next_step", 1), ("need", 1))

    @pytest.mark.parametrize("who", ["owner", "peer", "other manager", "stand-in", "finance"])
    async def test_are_no_business_of_others(self, firm: Firm, who: str):
        async with firm.db.unit() as session:
            with pytest.raises(DomainError, match="not_allowed"):
                await holdings(session, await firm.actor(session, who), firm.people["owner"].id)


class TestRules:
    async def test_all_to_the_manager(self, firm: Firm):
        await portfolio(firm)
        made = await given(firm, rule=Rule.MANAGER)
        assert [(one.name, one.count) for one in made.shares] == [("王海燕", 4)]
        assert set(await owners(firm)) == {"王海燕"}

    async def test_evenly_among_several(self, firm: Firm):
        await portfolio(firm)
        await given(firm, rule=Rule.EVENLY, to=ids(firm, "peer", "department"))
        assert sorted(await owners(firm)) == ["周立", "周立", "陈晓东", "陈晓东"]

    async def test_by_city_to_who_has_customers_there(self, firm: Firm):
        await firm.customer("深圳市光明模具有限公司", by="department", city="深圳")
        await portfolio(firm)
        await given(firm, rule=Rule.CITY, to=ids(firm, "peer", "department"))
        assert await owners(firm) == ["周立", "周立", "陈晓东", "陈晓东", "周立"]

    async def test_a_part_only(self, firm: Firm):
        await portfolio(firm)
        made = await given(firm, rule=Rule.ONE, to=ids(firm, "peer"), part="city.深圳")
        assert made.count == 2
        assert await owners(firm) == ["陈晓东", "李娜", "李娜", "陈晓东"]

    async def test_single_ones_by_hand(self, firm: Firm):
        first, second, *_ = await portfolio(firm)
        by_hand = {first.id: firm.people["department"].id, second.id: 0}
        made = await given(firm, rule=Rule.ONE, to=ids(firm, "peer"), by_hand=by_hand)
        assert (made.count, made.stays) == (3, 1)
        assert await owners(firm) == ["周立", "李娜", "陈晓东", "陈晓东"]

    @pytest.mark.parametrize(
        ("to", "code"),
        [
            (("owner",), "handover.to_self"),
            (("finance",), "handover.cannot_own"),
            ((), "handover.no_receiver"),
        ],
    )
    async def test_not_to_anybody(self, firm: Firm, to: tuple[str, ...], code: str):
        await portfolio(firm)
        with pytest.raises(DomainError, match=code):
            await given(firm, rule=Rule.ONE, to=ids(firm, *to))
        assert set(await owners(firm)) == {"李娜"}

    async def test_what_was_seen_is_what_is_done(self, firm: Firm):
        await portfolio(firm)
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            seen = await outlook(session, boss, HandOver(from_id=firm.people["owner"].id, rule=Rule.MANAGER))
        await firm.customer("惠州市德赛电池有限公司")
        with pytest.raises(DomainError, match="changed_meanwhile"):
            await given(firm, rule=Rule.MANAGER, seen=seen.mark)
        assert set(await owners(firm)) == {"李娜"}

    @pytest.mark.parametrize("who", ["owner", "peer", "other manager", "stand-in", "executive"])
    async def test_only_by_a_superior_or_an_admin(self, firm: Firm, who: str):
        await portfolio(firm)
        with pytest.raises(DomainError, match="not_allowed"):
            await given(firm, by=who, rule=Rule.ONE, to=ids(firm, "peer"))


class TestNothingIsLost:
    async def test_visits_stay_under_the_old_name_and_the_new_one_reads_them(self, firm: Firm):
        first, *_ = await portfolio(firm)
        visit = await firm.visit(first, next_on=local("2026-03-18", "00:00").date())
        before = await firm.again(first)
        await given(firm, rule=Rule.ONE, to=ids(firm, "other branch"))
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "other branch")
            archive = await queries.archive(session, actor, first.id)
            assert archive.customer.next_step_on == before.next_step_on
            assert (archive.customer.stage, archive.customer.note) == (before.stage, before.note)
            assert (await session.get_one(Visit, visit.id)).employee_id == firm.people["owner"].id
            page = await received(session, actor, firm.people["owner"].id)
            assert len(page.rows) == 4
            (moved,) = await moves_of(session, first.id)
            assert (moved.giver, moved.taker, moved.name) == ("李娜", "吴佳怡", "王海燕")
        async with firm.db.unit() as session:
            with pytest.raises(DomainError, match="not_found"):
                await queries.find(session, await firm.actor(session), first.id)

    async def test_each_move_is_in_the_audit(self, firm: Firm):
        await portfolio(firm)
        await given(firm, rule=Rule.MANAGER)
        async with firm.db.unit() as session:
            told = select(AuditEntry).where(AuditEntry.verb == "change", AuditEntry.subject_type == "customer")
            entries = [one for one in await session.scalars(told) if "owner_id" in one.after]
        assert len(entries) == 4
        assert {one.actor_id for one in entries} == {firm.people["manager"].id}

    async def test_open_reminders_go_along(self, firm: Firm):
        await firm.customer(type="a")
        await strike(firm, local("2026-03-25", "00:00"))
        await given(firm, rule=Rule.ONE, to=ids(firm, "peer"))
        await strike(firm, local("2026-03-25", "00:01"))
        open_ = [one.recipient_id for one in await occurrences(firm) if one.state == "due"]
        assert open_ == [firm.people["peer"].id]

    async def test_the_place_on_teams_goes_along(self, firm: Firm):
        customer = await firm.tied()
        helper = firm.people["helper"]
        await given(firm, by="admin", from_id=helper.id, rule=Rule.ONE, to=ids(firm, "other branch"), leaves=True)
        now = await firm.again(customer)
        assert now.team == [firm.people["other branch"].id]
        async with firm.db.unit() as session:
            there = select(CustomerMember.role).where(CustomerMember.left_at.is_(None))
            assert list(await session.scalars(there)) == ["support"]


class TestLeaving:
    async def test_access_ends_and_the_customers_are_with_the_manager_at_once(self, firm: Firm):
        await portfolio(firm)
        made = await given(firm, by="admin", rule=Rule.MANAGER, leaves=True)
        assert made.left
        assert set(await owners(firm)) == {"王海燕"}
        async with firm.db.unit() as session:
            assert (await session.get_one(Employee, firm.people["owner"].id)).left_at is not None

    async def test_reports_go_to_the_superior_too(self, firm: Firm):
        await given(firm, by="admin", from_id=firm.people["manager"].id, rule=Rule.MANAGER, leaves=True)
        async with firm.db.unit() as session:
            rep = await session.get_one(Employee, firm.people["owner"].id)
            assert rep.manager_id == firm.people["director"].id
            assert rep.chain == [firm.people["director"].id, rep.id]

    async def test_without_a_superior_here_the_admin_gets_them(self, firm: Firm):
        await firm.customer(by="other manager")
        await given(firm, by="admin", from_id=firm.people["other manager"].id, rule=Rule.MANAGER)
        assert await owners(firm) == ["蒋涛"]

    async def test_a_manager_ends_nobody_s_access(self, firm: Firm):
        await portfolio(firm)
        with pytest.raises(DomainError, match="not_allowed"):
            await given(firm, by="manager", rule=Rule.MANAGER, leaves=True)

    async def test_one_that_stays_keeps_the_leaver(self, firm: Firm):
        first, *_ = await portfolio(firm)
        with pytest.raises(DomainError, match="owns_customers"):
            await given(firm, by="admin", rule=Rule.MANAGER, by_hand={first.id: 0}, leaves=True)
        assert set(await owners(firm)) == {"李娜"}


class TestTransfer:
    async def test_the_owner_gives_one_away_and_takes_it_back(self, firm: Firm):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            act_as(session, actor.id, 51)
            asked = Transfer(customer=customer.id, to=firm.people["other branch"].id, reason="客户搬到上海")
            await transfer(session, actor, asked)
        assert await owners(firm) == ["吴佳怡"]
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            act_as(session, actor.id, 52)
            await undo(session, actor, 51)
        assert await owners(firm) == ["李娜"]

    async def test_who_stands_in_takes_nothing_for_oneself(self, firm: Firm):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "stand-in")
            with pytest.raises(DomainError, match="not_allowed"):
                await transfer(session, actor, Transfer(customer=customer.id, to=actor.id))

    @pytest.mark.parametrize("who", ["peer", "other manager", "helper", "area lead", "finance"])
    async def test_not_by_others(self, firm: Firm, who: str):
        customer = await firm.tied()
        async with firm.db.unit() as session:
            actor = await firm.actor(session, who)
            with pytest.raises(DomainError, match="not_allowed"):
                await transfer(session, actor, Transfer(customer=customer.id, to=firm.people["peer"].id))


class TestPlans:
    async def test_are_done_once(self, firm: Firm):
        await portfolio(firm)
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            plan = await plans.prepare(session, boss, firm.people["owner"].id, Rule.EVENLY, None, leaves=False)
            for one in ("peer", "department"):
                await plans.toggle(session, boss, plan.id, firm.people[one].id)
            seen = (await plans.look(session, boss, plan)).outlook
            await plans.carry_out(session, boss, plan.id, seen.mark)
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            with pytest.raises(DomainError, match=r"handover\.done"):
                await plans.carry_out(session, boss, plan.id, seen.mark)

    async def test_are_their_maker_s_own(self, firm: Firm):
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            plan = await plans.prepare(session, boss, firm.people["owner"].id, Rule.ONE, None, leaves=False)
        async with firm.db.unit() as session:
            with pytest.raises(DomainError, match="not_found"):
                await plans.find(session, await firm.actor(session, "director"), plan.id)


class TestUndo:
    async def test_takes_all_of_it_back(self, firm: Firm):
        await portfolio(firm)
        await given(firm, op=61, rule=Rule.EVENLY, to=ids(firm, "peer", "other branch"))
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            act_as(session, boss.id, 62)
            await undo(session, boss, 61)
        assert set(await owners(firm)) == {"李娜"}

    async def test_brings_a_leaver_back_with_the_customers(self, firm: Firm):
        await portfolio(firm)
        await given(firm, by="admin", op=61, rule=Rule.MANAGER, leaves=True)
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "admin")
            act_as(session, boss.id, 62)
            await undo(session, boss, 61)
        assert set(await owners(firm)) == {"李娜"}
        async with firm.db.unit() as session:
            assert (await session.get_one(Employee, firm.people["owner"].id)).left_at is None

    async def test_is_refused_when_somebody_built_on_it(self, firm: Firm):
        first, *_ = await portfolio(firm)
        await given(firm, op=61, rule=Rule.ONE, to=ids(firm, "peer"))
        async with firm.db.unit() as session:
            peer = await firm.actor(session, "peer")
            act_as(session, peer.id, 62)
            await service.change_customer(
                session, peer, ChangeCustomer(customer_id=first.id, field="city", value="惠州")
            )
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            act_as(session, boss.id, 63)
            with pytest.raises(DomainError, match=r"undo\.changed_since"):
                await undo(session, boss, 61)
        assert set(await owners(firm)) == {"陈晓东"}


class TestAtOnce:
    async def test_an_edit_and_a_handover_both_take_effect(self, firm: Firm):
        first, *_ = await portfolio(firm)

        async def edit():
            async with firm.db.unit() as session:
                admin = await firm.actor(session, "admin")
                command = ChangeCustomer(customer_id=first.id, field="city", value="惠州")
                await service.change_customer(session, admin, command)

        for at in range(5):
            to = ids(firm, "peer" if at % 2 else "department")
            whose = firm.people["owner"].id if at == 0 else ids(firm, "department" if at % 2 else "peer")[0]
            await asyncio.gather(given(firm, by="admin", from_id=whose, rule=Rule.ONE, to=to), edit())
        now = await firm.again(first)
        assert now.city == "惠州"
        assert set(await owners(firm)) == {"周立"}

    async def test_two_handovers_of_the_same_customers_give_each_to_one(self, firm: Firm):
        await portfolio(firm)
        done = await asyncio.gather(
            given(firm, by="manager", rule=Rule.ONE, to=ids(firm, "peer")),
            given(firm, by="director", rule=Rule.ONE, to=ids(firm, "department")),
            return_exceptions=True,
        )
        (refused,) = [one for one in done if isinstance(one, BaseException)]
        assert isinstance(refused, DomainError)
        assert refused.code == "handover.nothing"
        assert len(set(await owners(firm))) == 1
        async with firm.db.unit() as session:
            moved = select(func.count()).where(Ownership.kind == "handover")
            assert await session.scalar(moved) == 4

    async def test_nobody_gets_customers_while_leaving(self, firm: Firm):
        await portfolio(firm)

        async def leave():
            async with firm.db.unit() as session:
                await org.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)

        done = await asyncio.gather(given(firm, rule=Rule.ONE, to=ids(firm, "peer")), leave(), return_exceptions=True)
        refused = [one for one in done if isinstance(one, DomainError)]
        assert len(refused) == 1
        assert refused[0].code in ("employee.has_left", "employee.owns_customers")


async def test_two_thousand_customers_take_an_update_each_and_little_else(firm: Firm):
    """Each update minds the row's revision. How long that takes stands in the benchmarks."""
    first = await firm.customer()
    async with firm.db.unit() as session:
        row = (await session.execute(select(Customer.__table__).where(Customer.id == first.id))).mappings().one()
        many = [
            {
                **row,
                "id": 1000 + at,
                "name": f"深圳市第{at}电子有限公司",
                "normal_name": f"第{at}电子",
            }
            for at in range(2000)
        ]
        await session.execute(text("SELECT 1"))
        await session.execute(insert(Customer.__table__), many, execution_options={"unaudited": "a test"})
    said: list[str] = []
    event.listen(firm.db.engine.sync_engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    made = await given(firm, op=71, rule=Rule.EVENLY, to=ids(firm, "peer", "department"))
    assert made.count == 2001
    assert made.count > MOST_TAKEN_BACK
    assert len(said) <= made.count + 50, len(said)
