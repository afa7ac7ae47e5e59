"""Who sees whose customers: own, reports', the department's; up and down the house without asking round."""

import pytest
from sqlalchemy import select

from crm_core.contacts.models import Contact
from crm_core.contacts.queries import phone_for
from crm_core.customers.models import Customer
from crm_core.kit.phones import mask_phone
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Employee, Role, UnitKind
from tests.handlers.scene import HUANING, RUIJIN, contact_of, customer_of, visit_of
from tests.handlers.test_own_fields import publish
from tests.support.chat import House

NUMBERS = ("+8613800138000", "+8675588881234", "+862164370045", "+861084517788", "+4915112345678", "+85291234567")


class TestDataRights:
    @pytest.mark.feature("BR01")
    async def test_a_rep_sees_own_customers_and_the_department_s_when_the_company_says_so(self, house: House):
        first, second = await house.department("销售一部"), await house.department("销售二部")
        rep = await house.hire("李娜", unit=first)
        beside, elsewhere = await house.hire("陈晓东", unit=first), await house.hire("周立", unit=second)
        huaning = await customer_of(rep, contact_name="王建国", phone="13800138000")
        await visit_of(rep, huaning, summary="谈了年框，折扣八五折")
        for person in (beside, elsewhere):
            assert "没找到" in await person.say("华宁"), person.name
        await publish(house, data_rights={"customers": {"rep": "department"}})
        assert HUANING in await beside.say("华宁")
        assert "八五折" in beside.screen()
        assert "没找到" in await elsewhere.say("华宁")
        assert "✎ 更新档案" not in beside.buttons(), "seeing is not changing"
        assert "📝 记拜访" not in beside.buttons()
        await publish(house)
        assert "没找到" in await beside.say("华宁")

    @pytest.mark.feature("BR01")
    async def test_a_manager_of_a_branch_may_see_all_of_it(self, house: House):
        south = await house.department("华南分公司", UnitKind.BRANCH)
        north = await house.department("华北分公司", UnitKind.BRANCH)
        boss = await house.hire("王海燕", Role.MANAGER, unit=south)
        rep, other = await house.hire("李娜", unit=south), await house.hire("周立", unit=north)
        await customer_of(rep)
        await customer_of(other, RUIJIN)
        assert "没找到" in await boss.say("华宁")
        await publish(house, data_rights={"customers": {"manager": "branch"}})
        assert HUANING in await boss.say("华宁")
        assert "没找到" in await boss.say("瑞金")


class TestSuperiors:
    @pytest.mark.feature("BR02")
    async def test_a_manager_sees_direct_and_indirect_reports_and_nobody_else_s(self, house: House):
        director = await house.hire("陈国栋", Role.MANAGER)
        boss = await house.hire("王海燕", Role.MANAGER, manager=director)
        other_boss = await house.hire("刘德明", Role.MANAGER, manager=director)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep)
        for person in (boss, director):
            assert HUANING in await person.say("华宁"), person.name
        assert "没找到" in await other_boss.say("华宁")
        async with house.db.unit() as session:
            moved = await session.get_one(Employee, rep.employee_id)
            await org.set_manager(session, moved, await session.get_one(Employee, other_boss.employee_id))
        assert HUANING in await other_boss.say("华宁")
        assert "没找到" in await boss.say("华宁")
        assert HUANING in await director.say("华宁")

    @pytest.mark.feature("BR09")
    async def test_what_a_rep_notes_is_there_for_the_manager_and_the_head_at_once(self, house: House):
        head = await house.hire("周启明", Role.EXECUTIVE)
        boss = await house.hire("王海燕", Role.MANAGER, manager=head)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await rep.say("拜访 华宁 王总 谈了年框，要账期60天")
        await rep.tap("保存")
        await rep.say("需求 华宁 5000套连接器 下月底")
        await rep.tap("保存")
        for person in (boss, head):
            shown = await person.say("华宁")
            assert "要账期60天" in shown, person.name
            assert "5000套连接器" in shown, person.name
            assert "138 0013 8000" in shown, person.name
        await boss.reply(boss.messages()[-1]["message_id"], "账期最多45天，@李娜 先别答应")
        assert "账期最多45天" in rep.screen(), "and back down"

    @pytest.mark.feature("BR12")
    async def test_two_levels_up_one_looks_for_oneself_instead_of_asking_round(self, house: House):
        head = await house.hire("Helen Park", Role.EXECUTIVE, language="en")
        boss = await house.hire("Daniel Reed", Role.MANAGER, manager=head, language="en")
        rep = await house.hire("Emma Clarke", manager=boss, language="en")
        nordhaus = await customer_of(rep, "Nordhaus Logistik GmbH")
        await visit_of(rep, nordhaus, summary="200 pumps by May, price is the issue")
        head.count_from_here()
        await head.say("/today")
        assert "Nordhaus" in f"{head.screen()} {head.buttons()}"
        await head.say("nordhaus")
        assert "200 pumps by May" in head.screen()
        await head.tap("Visits")
        await head.tap("200 pumps")
        assert "price is the issue" in head.screen()
        assert head.actions == 4
        assert not rep.messages() or "Helen" not in rep.screen(), "nobody was asked"


class TestMaskedPhones:
    async def test_where_the_company_wants_it_other_people_s_numbers_have_no_middle(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await customer_of(rep, RUIJIN, phone="13912345678")
        await publish(house, data_rights={"masked_phones": ["manager"]})
        assert "138 0013 8000" in await rep.say("华宁")
        shown = await boss.say("华宁")
        assert "138****8000" in shown
        await boss.tap("联系人")
        assert "138****8000" in await boss.tap("王建国")
        assert "139****5678" in await boss.say("瑞金"), "a number that stands for a name"
        await rep.say("华宁")
        await rep.tap("更新档案")
        await rep.tap("电话")
        await rep.say("135 1234 6789")
        await rep.tap("保存")
        await boss.say("华宁")
        await boss.tap("更多")
        told = await boss.tap("变更记录")
        assert "138****8000 → 135****6789" in told
        assert "0013" not in "".join(str(one) for one in boss.messages())
        assert HUANING in await boss.say("6789"), "the last digits still find it"

    async def test_the_database_hides_what_we_hide(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        huaning = await customer_of(rep)
        for at, number in enumerate(NUMBERS):
            await contact_of(rep, huaning, f"王建{'国军华民平安'[at]}", phone=number)
        await publish(house, data_rights={"masked_phones": ["manager"]})
        async with house.db.unit() as session:
            actor = await queries.actor(session, boss.employee_id)
            statement = select(Contact.phone, phone_for(actor)).join(Customer, Customer.id == Contact.customer_id)
            for number, hidden in await session.execute(statement.where(Contact.phone.is_not(None))):
                digits = mask_phone(number)
                assert hidden == (digits if number.startswith("+86") else f"****{number[-4:]}"), number
