"""Tells people, once and record by record, which of the files they sent could not be kept."""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.lost import Lost, records
from crm_core.inbox.models import Chat
from crm_core.kit.errors import DomainError
from crm_core.kit.languages import language_of
from crm_core.org import queries
from crm_core.org.models import Employee
from crm_core.outbox.models import Priority
from screens import post
from screens.attachments import lost_screen
from screens.post import Reader

log = structlog.get_logger()


async def tell(session: AsyncSession, lost: Lost, *, most_bytes: int) -> None:
    """One message to whoever sent it. Who has left, or may not see the record any more, is told nothing."""
    employee = await session.get(Employee, lost.employee_id)
    actor = await queries.actor(session, lost.employee_id)
    if actor is None or employee is None or employee.bot_id is None or employee.telegram_id is None:
        return
    try:
        record = await records()[lost.subject_type](session, actor, lost.subject_id)
    except DomainError as error:
        log.info("files.not_told", record=f"{lost.subject_type}:{lost.subject_id}", code=error.code)
        return
    chat = await session.get(Chat, (employee.bot_id, employee.telegram_id))
    spoken = chat.language if chat and employee.language is None else None
    reader = Reader(employee.bot_id, employee.telegram_id, language_of(spoken) or actor.language, actor.zone)
    await post.send(session, reader, lost_screen(lost, record, most_bytes), priority=Priority.PUSH)
