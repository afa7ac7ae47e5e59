"""Customers out of spreadsheets and into them, through the chat."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from crm_core.audit.models import AuditEntry
from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer, Ownership
from crm_core.exchange.models import ImportBatch, ImportRow
from crm_core.org.models import Role
from tests.handlers.scene import HUANING, contact_of, customer_of
from tests.support.chat import TOKEN, House, Person
from tests.support.sheets import CSV, XLSX, csv_of, read, xlsx

HEADINGS = ["客户名称", "客户类型", "行业", "城市", "联系人", "职务", "电话", "年采购额", "下次跟进", "备注"]
KAIXUAN = ["深圳市凯旋光电有限公司", "A类·战略", "电子制造", "深圳", "王建国", "采购经理", "138 0013 8000", "120万", date(2026, 3, 18), "老客户"]
RUIJIN = ["上海瑞金医疗器械有限公司", "B类·成长", "医疗", "上海", "沈岚", "院长", "０２１-６２８８ ６６６６/13900139000", 560000, "2026年4月1日", ""]
SHUNDE = ["佛山顺德美家电器有限公司", "", "", "佛山", "李建华", "", "1391234", "", "", ""]


async def customers(house: House) -> list[Customer]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Customer).order_by(Customer.id)))


async def sent(person: Person, body: bytes, name: str = "客户清单.xlsx", mime: str = XLSX) -> str:
    """Send a sheet and say that it is customers."""
    await person.send_file("document", body, name, mime)
    await person.tap("⬆ 导入客户")
    await person.house.exchanged()
    return person.screen()


def document(person: Person) -> tuple[str, bytes]:
    """The last file that the bot sent: its name and bytes."""
    told = next(one for one in reversed(person.answers()) if "document" in one)["document"]
    kept = person.house.sandbox.world.bot(TOKEN).files.get(told["file_id"])
    return told["file_name"], kept.data


@pytest.fixture
async def rep(house: House) -> Person:
    return await house.hire("李娜", Role.REP)


@pytest.mark.feature("BY24")
async def test_a_sheet_comes_in_with_contacts_and_can_be_taken_back(house: House, rep: Person):
    said = await rep.send_file("document", xlsx([HEADINGS, KAIXUAN, RUIJIN, SHUNDE]), "客户清单.xlsx", XLSX)
    assert "收到一张表格" in said
    said = await rep.tap("⬆ 导入客户")
    await house.exchanged()
    said = rep.screen()
    assert "将导入 3 家客户，4 位联系人" in said
    assert "认出 10 列" in said
    assert await customers(house) == []

    said = await rep.tap("👁 看前几行")
    assert "2. 深圳市凯旋光电有限公司" in said
    assert "138 0013 8000" in said
    await rep.tap("« 返回")
    said = await rep.tap("⚠ 问题")
    assert "第 4 行 佛山顺德美家电器有…：电话：“1391234”不是电话号码，已记到备注" in said
    assert "行业：“医疗”当作“医疗健康”" in said
    await rep.tap("« 返回")
    await rep.tap("✓ 导入 3 家")
    await house.exchanged()
    assert "导入了 3 家客户" in rep.screen()

    kaixuan, ruijin, shunde = await customers(house)
    assert (kaixuan.name, kaixuan.type, kaixuan.owner_id, kaixuan.territory) == (KAIXUAN[0], "a", rep.employee_id, "south")
    assert kaixuan.yearly_value == 1_200_000
    assert kaixuan.next_step_on == date(2026, 3, 18)
    assert ruijin.people_phones == ["+862162886666", "+8613900139000"]
    assert (shunde.type, shunde.category) == ("new", "prospect")
    assert "王建国" in await rep.say("凯旋光电")
    assert "138 0013 8000" in rep.screen()

    await rep.tap("↩ 撤销这次导入")
    await house.exchanged()
    assert "已撤销 3 行" in rep.screen()
    assert await customers(house) == []
    async with house.db.unit() as session:
        assert await session.scalar(select(func.count()).select_from(Contact)) == 0
        assert await session.scalar(select(func.count()).select_from(Ownership)) == 0
        verbs = select(AuditEntry.verb, func.count()).where(AuditEntry.subject_type == "customer")
        assert dict((await session.execute(verbs.group_by(AuditEntry.verb))).all()) == {"create": 3, "delete": 3}
