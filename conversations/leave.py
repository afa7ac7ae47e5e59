"""The form of leave, and the offer to name a stand-in once it is granted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals import announce, beside_request
from conversations.approvals_apply import sent, starts
from conversations.away import FromDay
from conversations.expenses import own_of, standing
from conversations.form import Answers, Field, Form, Own
from conversations.kinds.base import Chip, Given
from conversations.kinds.choices import Listed
from conversations.kinds.plain import Text
from conversations.kinds.times import Day
from conversations.telling import tell
from crm_core.approvals.events import ApprovalEnded
from crm_core.approvals.facts import Status
from crm_core.approvals.queries import Whole
from crm_core.budgets.matching import Prospect
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.kit.events import subscribe
from crm_core.leave import queries, service
from crm_core.leave.models import Absence
from crm_core.leave.permissions import REQUEST
from crm_core.leave.queries import working_days
from crm_core.leave.service import BACK, FORM, KIND, LONGEST_REASON, SUBJECT, Asked, RequestLeave
from crm_core.org.actor import Actor
from crm_core.org.workdays import work_table
from crm_core.playbook.flows import Flow
from crm_core.playbook.service import in_force
from screens.approvals_route import Line, told
from screens.leave import kind_of, leave_screen, left_of
from screens.screen import N_, Msg, Place, Screen, Titled, Words

if TYPE_CHECKING:
    from conversations.form import Facts

_HALF_A_YEAR: Final = 180  # days
_GRANTED: Final = N_("✅ Your leave is granted. Who stands in for you?")


class LeaveKinds(Listed):
    """A kind of leave, as the flow's form lists them; both titles find it."""

    def options(self, facts: Facts) -> tuple[tuple[str, Words], ...]:
        return tuple((one.key, Titled(one.title)) for one in service.kinds(facts.book))


@dataclass(frozen=True)
class LeaveDay(Day):
    """A day of leave: the coming one of that name, or one of the last weeks, for who fell ill tells afterwards."""

    def read(self, given: Given, facts: Facts, before: date | None = None) -> date:
        behind = super().read(given, facts, before)
        try:
            ahead = FromDay().read(given, facts, before)
        except DomainError:
            return behind  # yesterday is no other day
        today = facts.local_now.date()
        return behind if 0 <= (today - behind).days <= BACK and (ahead - today).days > _HALF_A_YEAR else ahead

    def chips(self, facts: Facts, held: date | None = None) -> tuple[Chip, ...]:
        today = () if facts.first else (Chip(N_("Today"), facts.local_now.date().isoformat()),)
        return (*today, *super().chips(facts, held))


async def leave_card(
    session: AsyncSession, actor: Actor, absence_id: int, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """A leave as it stands."""
    row = await queries.absence(session, actor, absence_id)
    book = await in_force(session, actor.playbook_version)
    balances = await queries.balances(session, book, row.employee_id, row.since.year)
    left = next((one.left for one in balances if one.kind == row.kind), None)
    deputies = await queries.stand_ins(session, row.employee_id, row.since, row.until)
    stands = await standing(session, SUBJECT, absence_id, said)
    return leave_screen(row, book, actor, stands, left=left, deputies=deputies, place=place)


async def _foretell(
    session: AsyncSession, _actor: Actor, _flow: Flow, held: Answers
) -> tuple[dict[str, Any], list[Prospect]]:
    """Leave costs no budget."""
    days = max(working_days(held["since"], held["until"], await work_table(session)), 0)
    return {KIND: held["kind"], "days": days, "since": held["since"].isoformat()}, []


async def _more(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
    """What the company asks besides; above the questions, how many days one has left."""
    own: Own = await own_of(SUBJECT, FORM, _foretell)(session, actor, answers)
    book = await in_force(session, actor.playbook_version)
    balances = await queries.balances(session, book, actor.id, actor.today(now(session)).year)
    return replace(own, brief=left_of(book, balances, actor.language) or None)


async def _ask(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Asked:
    asked = await service.request_leave(session, actor, RequestLeave(**given))
    await announce(session, asked.case, actor)
    return asked


async def _asked(session: AsyncSession, actor: Actor, asked: Asked) -> Screen:
    return await sent(session, actor, asked.case)


NEW_LEAVE: Final = Form(
    "absence.new",
    title=N_("Leave"),
    fields=(
        Field("kind", LeaveKinds(), N_("Kind of leave"), N_("What kind of leave?")),
        Field("since", LeaveDay(), N_("First day"), N_("From which day?")),
        Field("until", LeaveDay(), N_("Last day"), N_("Until which day? It is included."), after="since"),
        Field("reason", Text(most=LONGEST_REASON), N_("Reason"), N_("Why? A few words."), required=False),
    ),
    command=RequestLeave,
    submit=_ask,
    done=_asked,
    permission=REQUEST,
    hidden=("flow",),
    save=N_("📤 Send"),
    more=_more,
)
starts(SUBJECT, NEW_LEAVE)


def days_to_cover(row: Any, today: date) -> dict[str, Any]:
    """The days of a leave that are still ahead, as answers of the form that names a stand-in."""
    return {"absent": row.employee_id, "since": max(row.since, today).isoformat(), "until": row.until.isoformat()}


@subscribe(ApprovalEnded)
async def offer_a_stand_in(session: AsyncSession, told: ApprovalEnded) -> None:
    """Who goes on leave, and has nobody for these days, is asked who stands in."""
    if told.subject_type != SUBJECT or told.subject_id is None or told.status is not Status.APPROVED:
        return
    absence = await session.scalar(select(Absence).where(Absence.id == told.subject_id))
    if absence is None or await queries.stand_ins(session, absence.employee_id, absence.since, absence.until):
        return
    absence_id = absence.id

    async def draw(who: Actor) -> Screen:
        return await leave_card(session, who, absence_id, said=_GRANTED, place=Place.NEW)

    await tell(session, absence.employee_id, draw)


@beside_request(SUBJECT)
async def _tell_leave(session: AsyncSession, applicant: Actor, whole: Whole) -> list[Line]:
    """How many working days, what the person has left of it, and who stands in."""
    assert whole.row.subject_id is not None
    row = await queries.absence(session, applicant, whole.row.subject_id)
    book = await in_force(session, applicant.playbook_version)
    balances = await queries.balances(session, book, row.employee_id, row.since.year)
    left = next((one.left for one in balances if one.kind == row.kind), None)
    kind = kind_of(book, row.kind)
    words = (
        N_("%(kind)s: %(count)s working days")
        if left is None
        else N_("%(kind)s: %(count)s working days, %(left)s left this year")
    )
    lines = [Line(words(kind=kind, count=row.days, left=left))]
    deputies = await queries.stand_ins(session, row.employee_id, row.since, row.until)
    return [*lines, told(N_("Stand-in"), ", ".join(deputies) if deputies else N_("nobody yet"))]
