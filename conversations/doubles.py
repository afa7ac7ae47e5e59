"""Merging from an archive (BY11): which one is the same customer?"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.customers import CUSTOMER
from conversations.form import Field, Form
from crm_core.customers.merge import Preview, preview
from crm_core.customers.permissions import MERGE
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from screens.doubles import merge_screen
from screens.screen import N_, Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """Two that may be one."""

    customer: int
    other: int


async def _compare(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Preview:
    command = Compare(**given)
    return await preview(session, actor, command.customer, command.other)


async def merge_card(session: AsyncSession, actor: Actor, shown: Preview, taken: int = 0, page: int = 0) -> Screen:
    """The preview; nothing has been changed yet."""
    book = await in_force(session, actor.playbook_version)
    return merge_screen(shown, book, actor, taken, page)


async def _compared(session: AsyncSession, actor: Actor, shown: Preview) -> Screen:
    return await merge_card(session, actor, shown)


MERGE_WITH: Final = Form(
    "merge.with",
    title=N_("Merge archives"),
    fields=(Field("other", CUSTOMER, N_("The other one"), N_("Which archive is the same customer?")),),
    command=Compare,
    submit=_compare,
    done=_compared,
    permission=MERGE,
    hidden=("customer",),
    at_once=True,
)
