"""The form that takes files again which could not be kept."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Field, Form
from conversations.kinds.files import Files
from crm_core.attachments.lost import Record, SendAgain, send_again
from crm_core.attachments.permissions import ADD
from crm_core.org.actor import Actor
from screens.attachments import sent_again_screen
from screens.screen import N_, Screen


async def _submit(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Record:
    return await send_again(session, actor, SendAgain(**values))


async def _done(_session: AsyncSession, _actor: Actor, record: Record) -> Screen:
    return sent_again_screen(record)


SEND_AGAIN: Final = Form(
    "attachment.again",
    title=N_("Send again"),
    fields=(Field("files", Files(), N_("Files"), N_("Send what is missing; one or several, as an album too.")),),
    command=SendAgain,
    submit=_submit,
    done=_done,
    permission=ADD,
    hidden=("attachment",),
)
