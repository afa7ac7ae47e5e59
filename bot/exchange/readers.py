"""Whom the background work tells how far it is."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.inbox.models import Chat
from crm_core.kit.languages import language_of
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from screens.post import Reader


async def reader_of(session: AsyncSession, actor: Actor, bot_id: int, chat_id: int) -> Reader | None:
    """The person in the chat where they asked, in the language that they chose or that the chat speaks.

    None when it is not theirs any more: what was asked for on a phone that was lost since is not sent to it.
    """
    chat = await session.get(Chat, (bot_id, chat_id))
    employee = await session.get_one(Employee, actor.id)
    if (employee.bot_id, employee.telegram_id) != (bot_id, chat_id):
        return None
    spoken = chat.language if chat and employee.language is None else None
    return Reader(bot_id, chat_id, language_of(spoken) or actor.language, actor.zone)
