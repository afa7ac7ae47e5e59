"""Birthdays of our own people (BY21): they say them themselves, their superiors hear of the day."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.words.yearly import Yearly
from crm_core.org.actor import Actor
from crm_core.org.models import EmployeeBirthday

_FIELDS: Final = ("lunar", "month", "day", "leap", "year")


async def set_birthday(session: AsyncSession, actor: Actor, day: Yearly) -> EmployeeBirthday:
    """One's own, in place of what was said before."""
    row = await session.get(EmployeeBirthday, actor.id)
    if row is None:
        row = EmployeeBirthday(employee_id=actor.id)
        session.add(row)
    for name in _FIELDS:
        setattr(row, name, getattr(day, name))
    await session.flush()
    return row


async def birthday_of(session: AsyncSession, employee_id: int) -> Yearly | None:
    row = await session.get(EmployeeBirthday, employee_id)
    return None if row is None else Yearly(row.month, row.day, row.year, row.lunar, row.leap)
