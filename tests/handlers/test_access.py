"""Looking up and down the company without asking round; who looked and who took something away is on record."""

from datetime import timedelta

import pytest

from crm_core.org.models import Role
from tests.handlers.scene import HUANING, RUIJIN, customer_of, visit_of
from tests.support.chat import House


@pytest.mark.feature("BR12")
async def test_a_boss_two_levels_up_looks_without_asking_and_admins_read_it(house: House):
    admin = await house.hire("蒋涛", Role.ADMIN)
    director = await house.hire("赵立", Role.MANAGER)
    manager = await house.hire("王海燕", Role.MANAGER, manager=director)
    rep = await house.hire("李娜", Role.REP, manager=manager)
    customer = await customer_of(rep, contact_name="王建国", phone="13800138000")
    await visit_of(rep, customer, summary="谈了年框，下周三送样")
    said = await director.say("华宁")
    assert HUANING in said
    assert "谈了年框" in said
    assert "王建国" in said
    await rep.say("华宁")
    await admin.say("/access")
    (told,) = [one for one in admin.buttons() if "看了" in one]
    assert told.startswith("03-11 10:00 赵立 看了 深圳市华宁电子")

    await director.say("华宁")  # still looking
    await admin.say("/access")
    assert len([one for one in admin.buttons() if "看了" in one]) == 1
    house.clock.advance(timedelta(hours=2))
    await director.say("华宁")
    await admin.say("/access")
    assert len([one for one in admin.buttons() if "看了" in one]) == 2


@pytest.mark.feature("BR01")
async def test_everybody_sees_their_own_a_manager_the_department_s_and_nobody_more(house: House):
    manager = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", Role.REP, manager=manager)
    other = await house.hire("郑凯", Role.REP)
    await customer_of(rep)
    await customer_of(other, RUIJIN)
    assert HUANING in await rep.say("华宁")
    assert HUANING in await manager.say("华宁")
    for who, name in ((rep, RUIJIN), (manager, RUIJIN), (other, HUANING)):
        said = await who.say(name)
        assert "负责" not in said
        assert name not in who.buttons()
        assert "谈了年框" not in said
    for who, count in ((manager, 1), (rep, 1), (other, 1)):
        await who.say("/export")
        await house.exchanged()
        assert f"共 {count} 家客户" in who.screen()


@pytest.mark.feature("BR09")
async def test_what_a_rep_enters_department_head_and_leader_read_at_once(house: House):
    leader = await house.hire("钱伟", Role.EXECUTIVE)
    manager = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", Role.REP, manager=manager)
    customer = await customer_of(rep)
    await visit_of(rep, customer, summary="谈了年框，下周三送样")
    for who in (manager, leader):
        said = await who.say("华宁")
        assert HUANING in said
        assert "谈了年框" in said


async def test_only_admins_read_who_looked(house: House):
    manager = await house.hire("王海燕", Role.MANAGER)
    said = await manager.say("/access")
    assert "看了" not in said
    assert not any("看了" in one for one in manager.buttons())
