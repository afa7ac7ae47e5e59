"""The clock of a firm: let it strike at a time, and see what went to whom."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crm_core.occurrences.models import Occurrence
from crm_core.org import attention
from crm_core.org.models import Employee
from crm_core.outbox.models import Outgoing
from reminders import changes
from reminders.clock import Ticker
from tests.support.company import Firm

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOT = 700100200


def local(day: str, at: str = "08:30", zone: ZoneInfo = SHANGHAI) -> datetime:
    """`local("2026-03-25")` is half past eight in the morning there."""
    return datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=zone)


@dataclass(frozen=True)
class Push:
    """A message that went out by itself."""

    to: str
    text: str
    buttons: list[str]
    priority: int


async def give_phone(firm: Firm, *relations: str) -> None:
    async with firm.db.unit() as session:
        for at, relation in enumerate(relations):
            employee = await session.get_one(Employee, firm.people[relation].id)
            employee.telegram_id, employee.bot_id = 8001 + at, BOT
            employee.digest_due_at = await attention.next_digest(session, employee)


async def strike(firm: Firm, at: datetime | None = None) -> list[Push]:
    """The clock strikes at this time: what goes out?"""
    if at is not None:
        firm.clock.set(at)
    before = {row.id for row in await _outbox(firm)}
    await Ticker(firm.db).tick()
    async with firm.db.unit() as session:
        names = {one.telegram_id: one.name for one in await session.scalars(select(Employee))}
    return [_push(row, names) for row in await _outbox(firm) if row.id not in before and row.method == "send_message"]


async def _outbox(firm: Firm) -> list[Outgoing]:
    async with firm.db.unit() as session:
        return list(await session.scalars(select(Outgoing).order_by(Outgoing.id)))


def _push(row: Outgoing, names: dict[int, str]) -> Push:
    rows = row.payload.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [button["text"] for line in rows for button in line]
    return Push(names.get(row.chat_id, "?"), row.payload["text"], buttons, row.priority)


async def occurrences(firm: Firm) -> list[Occurrence]:
    """But what superiors read of each working day: in these stories something always changes."""
    of_rest = select(Occurrence).where(Occurrence.rule != changes.KEY)
    async with firm.db.unit() as session:
        return list(await session.scalars(of_rest.order_by(Occurrence.id)))
