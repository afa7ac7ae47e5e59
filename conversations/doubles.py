"""Merging from an archive (BY11): which one is the same customer?"""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.customers import CUSTOMER
from conversations.form import Answers, Field, Form
from conversations.kinds.reference import Found
from crm_core.customers.merge import Preview, preview
from crm_core.customers.permissions import MERGE
from crm_core.kit.errors import DomainError
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
    try:
        return await preview(session, actor, command.customer, command.other)
    except DomainError as error:  # another one may be chosen
        raise DomainError(error.code, field="other", **error.params) from error


async def _others(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Everybody but the archive itself."""
    found = await CUSTOMER.find(session, actor, text, held)
    return replace(found, options=tuple(one for one in found.options if one.id != held.get("customer")))


async def merge_card(session: AsyncSession, actor: Actor, shown: Preview, taken: int = 0, page: int = 0) -> Screen:
    """The preview; nothing has been changed yet."""
    book = await in_force(session, actor.playbook_version)
    return merge_screen(shown, book, actor, taken, page)


async def _compared(session: AsyncSession, actor: Actor, shown: Preview) -> Screen:
    return await merge_card(session, actor, shown)


MERGE_WITH: Final = Form(
    "merge.with",
    title=N_("Merge archives"),
    fields=(
        Field(
            "other",
            replace(CUSTOMER, find=_others, new=None),
            N_("The other one"),
            N_("Which archive is the same customer?"),
        ),
    ),
    command=Compare,
    submit=_compare,
    done=_compared,
    permission=MERGE,
    hidden=("customer",),
    at_once=True,
)
