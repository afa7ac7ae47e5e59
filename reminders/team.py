"""A superior's nudge about a day: what it asks for is looked at anew whenever it is shown, and is settled by itself."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.kit.events import subscribe
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.plans.events import LinesChanged
from crm_core.plans.models import PlanLine
from crm_core.plans.nudging import RULE, SUBJECT, Missing, missing
from crm_core.plans.rep_day import RepDay, rep_day
from crm_core.visits.events import VisitLogged
from reminders.rules import Line, Rule
from screens.catalogue import say
from screens.screen import N_, Msg, fit
from screens.team import called

_TITLE: Final = N_("My day")
_DONE: Final = N_("✓ up to date")
_ASKS: Final[dict[Missing, Msg]] = {
    Missing.RECORDS: N_("log the visits of %(day)s: %(names)s"),
    Missing.VISITS: N_("log what you did on %(day)s"),
    Missing.PLAN: N_("plan the week of %(day)s"),
}


async def _nothing(_session: AsyncSession) -> int:
    """Only people nudge."""
    return 0


async def _lines(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    made: list[Line] = []
    for row in held:
        day = await _day_of(session, actor, row)
        if day is None:
            continue
        lacks = missing(day)
        if lacks is not None or row.state == "done":
            words = _DONE if lacks is None or row.state == "done" else _asks(lacks, day, actor.language)
            made.append(Line(row.id, row.subject_id, say(_TITLE, actor.language), words, words is _DONE))
    return made


async def _day_of(session: AsyncSession, actor: Actor, row: Occurrence) -> RepDay | None:
    """As the person's own calendar has it; nobody else is shown it."""
    if row.recipient_id != actor.id:
        return None
    return await rep_day(session, actor, row.recipient_id, date.fromisoformat(row.occurrence_key.partition(" ")[0]))


def _asks(lacks: Missing, day: RepDay, language: str) -> Msg:
    names = called(day.plan.missing, language) if day.plan is not None else ""
    asked = {"day": day.day.isoformat()}
    return _ASKS[lacks](**asked, names=fit(names, 60)) if lacks is Missing.RECORDS else _ASKS[lacks](**asked)


NUDGE: Final = Rule(
    RULE,
    title=N_("Asked to catch up on a day"),
    why=N_("a superior asks for it"),
    notice=_nothing,
    lines=_lines,
    must=True,
    pushes=True,
    lives=timedelta(days=7),
    action="vd",
    sign="👋",
    order=12,
)


@subscribe(VisitLogged)
async def settle_by_a_visit(session: AsyncSession, logged: VisitLogged) -> None:
    await _settle(session, logged.employee_id)


@subscribe(LinesChanged)
async def settle_by_a_plan(session: AsyncSession, changed: LinesChanged) -> None:
    people = select(PlanLine.employee_id).where(PlanLine.id.in_(changed.line_ids)).distinct()
    for employee_id in (await session.scalars(people)).all():
        await _settle(session, employee_id)


async def _settle(session: AsyncSession, employee_id: int) -> None:
    """Close what asks for nothing any more; the card of what still does is drawn again."""
    mine = select(Occurrence).where(
        Occurrence.recipient_id == employee_id, Occurrence.rule == RULE, occurrences.is_open
    )
    held = (await session.scalars(mine.execution_options(populate_existing=True))).all()
    who = await org.actor(session, employee_id) if held else None
    if who is None:
        return
    waiting = {line.occurrence_id for line in await _lines(session, who, held)}
    if not waiting:
        for card_id in await occurrences.close(session, SUBJECT, employee_id, RULE, employee_id):
            await redraw(session, card_id)
        return
    for card_id in {row.card_id for row in held if row.card_id is not None}:
        await redraw(session, card_id)
