"""The form that names a stand-in (HO02): who, from when to when; both are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Answers, Field, Form
from conversations.kinds.base import Chip
from conversations.kinds.plain import Text
from conversations.kinds.reference import Found, NamedRef
from conversations.kinds.times import Day
from conversations.org import EMPLOYEE
from conversations.telling import tell
from crm_core.handover.queries import colleague
from crm_core.org import away
from crm_core.org.actor import Actor
from crm_core.org.away import LONGEST_REASON, NameStandIn
from crm_core.org.models import StandIn
from crm_core.org.permissions import NAME_STAND_IN
from screens.away import away_screen, told_screen
from screens.screen import N_, Msg, Place, Screen

if TYPE_CHECKING:
    from conversations.form import Facts


@dataclass(frozen=True)
class FromDay(Day):
    """A day from today on; today is the first to be tapped."""

    future: bool = True

    def chips(self, facts: Facts, held: date | None = None) -> tuple[Chip, ...]:
        today = () if facts.first else (Chip(N_("Today"), facts.local_now.date().isoformat()),)
        return (*today, *super().chips(facts, held))


async def _others(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Everybody but who is away."""
    found = await EMPLOYEE.find(session, actor, text, held)
    return replace(found, options=tuple(one for one in found.options if one.id != held.get("absent")))


async def away_card(
    session: AsyncSession, actor: Actor, employee_id: int, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """Who stands in for somebody now or soon."""
    person = await colleague(session, actor, employee_id)
    return away_screen(person, await away.stand_ins_of(session, employee_id), actor, said=said, place=place)


async def tell_both(session: AsyncSession, actor: Actor, row: Any, ended: bool) -> None:
    """But for who did it."""
    facts = {"deputy": row.deputy, "absent": row.absent}
    words = N_("%(deputy)s stands in for %(absent)s no longer") if ended else N_("%(deputy)s stands in for %(absent)s")
    for one in (row.absent_id, row.deputy_id):
        if one != actor.id:
            await tell(session, one, told_screen(words(**facts), row))


async def _name(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> StandIn:
    return await away.name_stand_in(session, actor, NameStandIn(**values))


async def _named(session: AsyncSession, actor: Actor, made: StandIn) -> Screen:
    row = await away.stand_in(session, made.id)
    await tell_both(session, actor, row, ended=False)
    return await away_card(session, actor, made.absent_id, said=N_("✓ Saved. Both are told."))


STAND_IN: Final = Form(
    "stand_in.new",
    title=N_("Stand-in"),
    fields=(
        Field("deputy", NamedRef(find=_others, get=EMPLOYEE.get), N_("Stand-in"), N_("Who stands in?")),
        Field("since", FromDay(), N_("First day"), N_("From which day?")),
        Field("until", FromDay(), N_("Last day"), N_("Until which day? It is included."), after="since"),
        Field("reason", Text(most=LONGEST_REASON), N_("Reason"), N_("Why? A few words."), required=False),
    ),
    command=NameStandIn,
    submit=_name,
    done=_named,
    permission=NAME_STAND_IN,
    hidden=("absent",),
)
