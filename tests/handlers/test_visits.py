"""Visits in the chat."""

import pytest

from tests.support.chat import House


@pytest.mark.feature("CD01")
async def test_rep_logs_a_visit_and_the_archive_shows_it(house: House):
    rep = await house.hire("李娜")
    print(await rep.say("/new 深圳市华宁电子有限公司"), rep.buttons())
    print(await rep.tap("老客户介绍"), rep.buttons())
    print(await rep.tap("保存"), rep.buttons())
    print(await rep.tap("记拜访"), rep.buttons())
    print(await rep.say("谈了年框,下周三送样"), rep.buttons())
    print(await rep.tap("保存"), rep.buttons())
    print(await rep.say("华宁"), rep.buttons())
    assert "谈了年框" in rep.screen()
