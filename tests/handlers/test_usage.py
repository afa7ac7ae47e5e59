"""Hosted by the month (NF02): the admin reads in the chat what the host reckons by, and so does the host."""

from datetime import UTC, datetime

import pytest

from crm_core.org.models import Role
from tests.handlers.scene import customer_of, pictures
from tests.support.chat import House, Person


async def in_february(house: House) -> Person:
    house.clock.set(datetime(2026, 2, 27, 2, 0, tzinfo=UTC))
    return await house.hire("蒋涛", Role.ADMIN)


async def comes_in(house: House, admin: Person, name: str) -> None:
    """By an invite, as everybody does."""
    await admin.say("/admin")
    await admin.tap(name)
    link = await admin.tap("✉ 邀请链接")
    await house.stranger(name).say(f"/start {link.partition('?start=')[2].split()[0]}")


def line(said: str, begins: str) -> str:
    found = [one for one in said.splitlines() if one.startswith(begins)]
    assert found, said
    return found[0]


@pytest.mark.feature("NF02")
async def test_the_admin_reads_how_many_seats_each_month_had_and_what_is_stored(house: House):
    admin = await in_february(house)
    await house.hire("李娜")
    await house.hire("陈晓东", joined=False)
    await comes_in(house, admin, "陈晓东")
    await house.hire("王海燕", joined=False)
    house.clock.set(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    await admin.say("/admin")
    await admin.tap("陈晓东")
    await admin.tap("已离职")
    await admin.tap("是，已离职")
    await house.hire("赵敏")
    house.clock.set(datetime(2026, 4, 1, 2, 0, tzinfo=UTC))
    said = await admin.say("/usage")
    assert "2026年4月" in said
    assert line(said, "3 个席位") == "3 个席位"
    assert "1 人尚未加入" in said
    said = await admin.tap("‹ 3月")
    assert line(said, "4 个席位") == "4 个席位 · 其中 1 人当月离职"
    said = await admin.tap("‹ 2月")
    assert line(said, "3 个席位") == "3 个席位", "who came in March had no seat then"
    assert admin.buttons() == ["3月 ›", "« 人员"], "there was no company before"
    await admin.tap("« 人员")
    assert "2026年4月" in await admin.tap("📊 席位与存储")


@pytest.mark.feature("NF02")
async def test_what_is_sent_twice_is_stored_once(house: House):
    admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
    await customer_of(rep)
    assert "0 个文件 0 B" in await admin.say("/usage")
    photos = pictures(2)
    for summary in ("谈了年框", "送了样品"):
        await rep.say("/visit 华宁")
        await rep.send_photo(*photos)
        await rep.say(summary)
        await rep.tap("保存")
        await house.fetched()
    said = await admin.say("/usage")
    assert f"2 个文件 {sum(map(len, photos))} B" in said


@pytest.mark.feature("NF02")
async def test_a_month_begins_with_the_company_s_own_midnight(house: House):
    house.clock.set(datetime(2026, 3, 31, 16, 30, tzinfo=UTC))  # half past twelve on 1 April in Shanghai
    admin = await house.hire("蒋涛", Role.ADMIN)
    assert "2026年4月" in await admin.say("/usage")
    message = admin.answers()[-1]["message_id"]
    for forged in ("202603", "203001", "-1", "202613"):
        await admin.tap_on(message, data=f"usage:{forged}:0")
        assert "2026年4月" in admin.screen()


async def test_who_lost_the_phone_keeps_the_seat_and_who_never_came_in_had_none(house: House):
    admin = await house.hire("蒋涛", Role.ADMIN)
    await house.hire("李娜", joined=False)
    await house.hire("周洋", joined=False)
    await comes_in(house, admin, "李娜")
    assert "2 个席位" in await admin.say("/usage")
    for name, ways in (("李娜", ("📵 手机丢失或被盗",)), ("周洋", ("已离职", "是，已离职"))):
        await admin.say("/admin")
        await admin.tap(name)
        for label in ways:
            await admin.tap(label)
    said = await admin.say("/usage")
    assert line(said, "2 个席位") == "2 个席位"
    assert "尚未加入" not in said


async def test_in_english_and_of_nobody_else_s_business(house: House):
    admin = await house.hire("Emma Clarke", Role.ADMIN, language="en")
    rep = await house.hire("Daniel Reed", language="en")
    said = await admin.say("/usage")
    assert "Mar 2026" in said
    assert "2 seats" in said
    assert "0 files" in said
    refused = await rep.say("/usage")
    assert "seats" not in refused
    await rep.tap_on(rep.answers()[-1]["message_id"], data="usage:202603:0")
    assert "seats" not in (rep.toast or "") + rep.screen()
