"""Forms of plans: a visit or other work for a day, another day for a line, how it went, what one says of a week."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import oneline
from conversations.away import FromDay
from conversations.customers import CUSTOMER
from conversations.driver import Scene
from conversations.form import Field, Form
from conversations.kinds.choices import Choice, YesNo
from conversations.kinds.plain import Text
from conversations.oneline import Line
from conversations.telling import tell
from conversations.verbs import begun
from crm_core.kit.db import now
from crm_core.kit.words.dates import read_moment
from crm_core.org.actor import Actor
from crm_core.plans import queries, service, weeks
from crm_core.plans.models import Part, PlanLine, WeekPlan
from crm_core.plans.permissions import MAKE, REVIEW
from crm_core.plans.service import LONGEST_FEEDBACK, LONGEST_WHAT, AddLine, TellLine
from crm_core.plans.weeks import LONGEST_COMMENT, ReviewWeek
from screens.plans import line_screen
from screens.screen import N_, Msg, Place, Screen
from screens.weeks import review_screen, scored_screen
from screens.words.plans import PARTS

_NOON: Final = 12
_FARTHEST_DOUBTFUL: Final = 14  # days
_STORY: Final = re.compile(r"[了过,，。；;]")
"""What tells of something that has been."""
_NAMED: Final = {
    Part.MORNING: re.compile(r"早|晨|上午|\bmorning\b", re.IGNORECASE),
    Part.AFTERNOON: re.compile(r"下午|晚|\b(?:afternoon|evening)\b", re.IGNORECASE),
}
_SAVED: Final = N_("✓ Planned.")
_MOVED: Final = N_("✓ Moved.")
_TOLD: Final = N_("✓ Noted.")
_SCORED: Final = N_("✓ Scored. It has been told.")


async def line_card(
    session: AsyncSession, actor: Actor, line_id: int, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """A line as it stands."""
    row = await queries.find(session, actor, line_id)
    return line_screen(row, await queries.flows_of(session, [line_id]), actor, said=said, place=place)


async def week_card(
    session: AsyncSession,
    actor: Actor,
    plan_id: int,
    *,
    picked: int | None = None,
    said: Msg | None = None,
    place: Place = Place.EDIT,
) -> Screen:
    """A week as it stands, with the scores for who may give one."""
    row = await queries.week_plan(session, actor, plan_id)
    told = await queries.sum_of(session, actor, row.employee_id, row.week)
    over = await weeks.is_over(session, actor, row.employee_id)
    over = over and row.reviewed_by in (None, actor.id)
    return review_screen(row, told, actor, over=over, picked=picked, said=said, place=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVisit:
    """A customer to see on a day."""

    customer: int
    day: date
    what: str | None = None
    part: Part = Part.DAY
    routine: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWork:
    """Other work for a day."""

    what: str
    day: date
    part: Part = Part.DAY
    routine: bool = True


async def _visit(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> PlanLine:
    given = PlanVisit(**values)
    command = AddLine(day=given.day, customer=given.customer, what=given.what, part=given.part, routine=given.routine)
    return await service.add_line(session, actor, command)


async def _work(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> PlanLine:
    given = PlanWork(**values)
    command = AddLine(day=given.day, what=given.what, part=given.part, routine=given.routine)
    return await service.add_line(session, actor, command)


async def _planned(session: AsyncSession, actor: Actor, line: PlanLine) -> Screen:
    return await line_card(session, actor, line.id, said=_SAVED)


_DAY: Final = Field("day", FromDay(), N_("Day"), N_("On which day?"))
_PART: Final = Field("part", Choice(Part, PARTS), N_("Part of the day"), N_("When on that day?"), required=False)
_ROUTINE: Final = Field(
    "routine", YesNo(), N_("Everyday work"), N_("Everyday work (yes), or did it come up (no)?"), required=False
)

PLAN_VISIT: Final = Form(
    "plan.visit",
    title=N_("Plan a visit"),
    fields=(
        Field("customer", CUSTOMER, N_("Customer"), N_("Which customer?"), from_line=True),
        _DAY,
        Field("what", Text(most=LONGEST_WHAT), N_("Purpose"), N_("What for?"), required=False, from_line=True),
        _PART,
        _ROUTINE,
    ),
    command=PlanVisit,
    submit=_visit,
    done=_planned,
    permission=MAKE,
)

PLAN_WORK: Final = Form(
    "plan.work",
    title=N_("Plan other work"),
    fields=(
        Field("what", Text(most=LONGEST_WHAT), N_("Work"), N_("What is to be done?")),
        _DAY,
        _PART,
        _ROUTINE,
    ),
    command=PlanWork,
    submit=_work,
    done=_planned,
    permission=MAKE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLine:
    """Another day for a line."""

    line_id: int
    revision: int
    day: date


async def _move(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> int:
    given = MoveLine(**values)
    await service.move_line(session, actor, given.line_id, given.day, given.revision)
    return given.line_id


async def _moved(session: AsyncSession, actor: Actor, line_id: int) -> Screen:
    return await line_card(session, actor, line_id, said=_MOVED)


MOVE_LINE: Final = Form(
    "plan.move",
    title=N_("Another day"),
    fields=(_DAY,),
    command=MoveLine,
    submit=_move,
    done=_moved,
    permission=MAKE,
    hidden=("line_id", "revision"),
    at_once=True,
)


async def _tell(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> PlanLine:
    return await service.tell_line(session, actor, TellLine(**values))


async def _line_told(session: AsyncSession, actor: Actor, line: PlanLine) -> Screen:
    return await line_card(session, actor, line.id, said=_TOLD)


TELL_LINE: Final = Form(
    "plan.tell",
    title=N_("Feedback"),
    fields=(Field("feedback", Text(most=LONGEST_FEEDBACK), N_("Feedback"), N_("How did it go? A few words.")),),
    command=TellLine,
    submit=_tell,
    done=_line_told,
    permission=MAKE,
    hidden=("line_id",),
    at_once=True,
)


async def scored(session: AsyncSession, actor: Actor, command: ReviewWeek) -> WeekPlan:
    """Score a week and tell the person; the same once more tells nobody."""
    before = await queries.week_plan(session, actor, command.plan_id)
    plan = await weeks.review(session, actor, command)
    if (before.score, before.comment) != (plan.score, plan.comment):
        await tell(session, plan.employee_id, scored_screen(await queries.week_plan(session, actor, plan.id)))
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreInWords:
    """A score with a comment in own words."""

    plan_id: int
    score: int
    comment: str


async def _score(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> WeekPlan:
    given = ScoreInWords(**values)
    return await scored(session, actor, ReviewWeek(plan_id=given.plan_id, score=given.score, comment=given.comment))


async def _week_scored(session: AsyncSession, actor: Actor, plan: WeekPlan) -> Screen:
    return await week_card(session, actor, plan.id, said=_SCORED)


SCORE_WEEK: Final = Form(
    "week.words",
    title=N_("Score of the week"),
    fields=(Field("comment", Text(most=LONGEST_COMMENT), N_("Comment"), N_("What would you say to this week?")),),
    command=ScoreInWords,
    submit=_score,
    done=_week_scored,
    permission=REVIEW,
    hidden=("plan_id", "score"),
    at_once=True,
)


async def ahead(scene: Scene, text: str, message_id: int | None = None) -> Line | None:
    """A line whose verb is one of visits, after a day to come: 下周三拜访华宁 is a plan, no record."""
    start = begun(text)
    if start is None or not start.lead or start.form.key != "visit.log" or start.named_before:
        return None
    local = scene.actor.local(now(scene.session))
    reading, gone = (read_moment(start.lead, local, prefer_future=ahead) for ahead in (True, False))
    if reading is None or start.lead[: reading.span[0]].strip() or start.lead[reading.span[1] :].strip():
        return None
    said = reading.value
    day = said.date() if isinstance(said, datetime) else said
    part = _part(said, start.lead)
    still_today = day == local.date() and part is Part.AFTERNOON and local.hour < _NOON
    if not (said > local if isinstance(said, datetime) else day > local.date() or still_today):
        return None
    doubtful = gone is None or gone.value != said  # 周五, said on a Wednesday
    if doubtful and (_STORY.search(start.rest) or (day - local.date()).days > _FARTHEST_DOUBTFUL):
        return None
    line = await oneline.read(scene, start.rest, message_id, PLAN_VISIT)
    if line is None:
        return None
    answers = {**line.answers, "day": day.isoformat()}
    if part is not None:
        answers["part"] = part.value
    return replace(line, answers=answers)


def _part(said: date, words: str) -> Part | None:
    """By the hour, or as it is named: 周五上午, tomorrow morning."""
    if isinstance(said, datetime):
        return Part.MORNING if said.hour < _NOON else Part.AFTERNOON
    return next((part for part, named in _NAMED.items() if named.search(words)), None)
