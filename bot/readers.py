"""Whoever sits in a chat, as far as words to them are concerned, before anything else is known of them."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.inbox.models import Chat
from crm_core.kit.languages import language_of
from crm_core.org.models import Company, Employee
from screens.post import Reader


async def reader_of(session: AsyncSession, bot_id: int, chat_id: int, language: str | None) -> Reader:
    """In the `language` that is known of the chat, else the one chosen there, else the person's, else the company's."""
    company = await session.get(Company, 1)
    if language is None:
        chat = await session.get(Chat, (bot_id, chat_id))
        language = chat.language if chat else None
    member = (Employee.bot_id == bot_id, Employee.telegram_id == chat_id, Employee.left_at.is_(None))
    language = language or await session.scalar(select(Employee.language).where(*member))
    zone = ZoneInfo(company.zone if company else "UTC")
    return Reader(bot_id, chat_id, language_of(language or (company.language if company else None)) or "zh", zone)
