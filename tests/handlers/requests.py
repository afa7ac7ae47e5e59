"""A firm whose people ask and sign, as the tests of requests begin."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crm_core.approvals.models import Approval, ApprovalSeat
from crm_core.audit.service import act_as
from crm_core.org.models import Role, StandIn
from tests.support.chat import House, Person

SHANGHAI = ZoneInfo("Asia/Shanghai")


async def firm(house: House) -> tuple[Person, Person, Person, Person]:
    """李娜 and 陈晓东 sell for 王海燕, who is under 赵立; 赵敏 is finance, 蒋涛 the admin."""
    await house.hire("蒋涛", Role.ADMIN)
    director = await house.hire("赵立", Role.MANAGER)
    boss = await house.hire("王海燕", Role.MANAGER, manager=director)
    rep = await house.hire("李娜", manager=boss)
    await house.hire("陈晓东", manager=boss)
    finance = await house.hire("赵敏", Role.FINANCE)
    for person in house.people.values():
        await person.say("/start")  # a bot cannot write first
    return rep, boss, director, finance


async def ask_for_travel(rep: Person, amount: str = "3200", week: int = 0) -> str:
    """A travel request that only waits to be sent: for three days, so many weeks ahead."""
    first = date(2026, 3, 16) + timedelta(weeks=week)
    await rep.say("/apply")
    await rep.tap("行政")
    await rep.tap("出差申请")
    await rep.say("东莞")
    for day in (first, first + timedelta(days=2)):
        await rep.say(f"{day:%Y-%m-%d}")
    await rep.say("给华宁调试贴片线")
    await rep.tap("预计费用")
    return await rep.say(amount)


async def travel(rep: Person, amount: str = "3200", week: int = 0) -> str:
    await ask_for_travel(rep, amount, week)
    return await rep.tap("📤 提交")


async def claim(rep: Person) -> str:
    """¥1,280 of yesterday."""
    await rep.say("/apply 报销")
    await rep.say("业务招待 1280 昨天")
    await rep.tap("完成")
    await rep.say("请华宁王总吃饭")
    return await rep.tap("📤 提交")


def card_of(person: Person, words: str) -> dict[str, Any]:
    """The newest card of the bot's with these words."""
    return next(one for one in reversed(person.answers()) if words in (one.get("text") or ""))


async def seat_of(person: Person) -> int:
    """The latest seat of somebody."""
    async with person.house.db.unit() as session:
        held = select(ApprovalSeat.id).where(ApprovalSeat.holder_id == person.employee_id)
        return await session.scalar(held.order_by(ApprovalSeat.id.desc()).limit(1)) or 0


async def requests(house: House) -> list[Approval]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Approval).order_by(Approval.id)))


def clock(house: House) -> str:
    return f"{house.clock.now().astimezone(SHANGHAI):%H:%M}"


async def standing_in(house: House, absent: Person, deputy: Person) -> None:
    """Somebody is away for three days, and somebody stands in."""
    moment = house.clock.now()
    async with house.db.unit() as session:
        act_as(session, absent.employee_id)
        away = {"starts_at": moment - timedelta(hours=1), "ends_at": moment + timedelta(days=3)}
        people = {"absent_id": absent.employee_id, "deputy_id": deputy.employee_id, "created_by": absent.employee_id}
        session.add(StandIn(**people, **away))
