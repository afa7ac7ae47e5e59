"""Whom the background work tells how far it is."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.inbox.models import Chat
from crm_core.kit.languages import language_of
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from screens.post import Reader


async def reader_of(session: AsyncSession, actor: Actor, bot_id: int, chat_id: int) -> Reader:
    """Whoever sits in the chat, in the language that they chose or that the chat speaks."""
    chat = await session.get(Chat, (bot_id, chat_id))
    employee = await session.get_one(Employee, actor.id)
    spoken = chat.language if chat and employee.language is None else None
    return Reader(bot_id, chat_id, language_of(spoken) or actor.language, actor.zone)
