"""Whose request is played when an admin looks who would sign (AP02)."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals_apply import colleague, found_colleagues
from conversations.form import Answers, Field, Form
from conversations.kinds.reference import Found, NamedRef
from crm_core.org.actor import Actor
from crm_core.playbook.permissions import PUBLISH
from crm_core.proposals import looking, service
from screens.proposals import ready_screen
from screens.screen import N_, Screen


async def _applicants(session: AsyncSession, actor: Actor, text: str, _held: Answers) -> Found:
    return await found_colleagues(session, actor, text, set())


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAs:
    """`at` is the changed flow that is looked at, from 0."""

    proposal_id: int
    at: int
    applicant: int


@dataclass(frozen=True, slots=True)
class Chosen:
    id: int
    at: int


async def _choose(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Chosen:
    given = LookAs(**values)
    row = await service.look_as(session, actor, given.proposal_id, given.applicant)
    return Chosen(row.id, given.at)


async def _chosen(session: AsyncSession, actor: Actor, chosen: Chosen) -> Screen:
    row = await service.find(session, actor, chosen.id)
    return ready_screen(row, await looking.look(session, row, chosen.at), actor.language)


LOOK_AS: Final = Form(
    "proposal.look_as",
    title=N_("Who would sign"),
    fields=(Field("applicant", NamedRef(find=_applicants, get=colleague), N_("Applicant"), N_("Whose request?")),),
    command=LookAs,
    submit=_choose,
    done=_chosen,
    permission=PUBLISH,
    hidden=("proposal_id", "at"),
    at_once=True,
)
