"""The week chain (RE04, CD07, PL10): next week's plan is asked for; a week that begins without one is told to whose it
is, and at noon to the manager. In a new month everybody hears what the last one was scored.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, time, timedelta
from typing import Any, Final

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.kit.calendars import WorkTable
from crm_core.kit.db import AnySelect, now
from crm_core.kit.events import subscribe
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import within
from crm_core.plans import due, scores
from crm_core.plans.due import NAG, WEEK
from crm_core.plans.events import LinesChanged, MonthSeen
from crm_core.plans.models import LineState, PlanLine
from crm_core.plans.permissions import READ
from crm_core.plans.weeks import monday_of, working_days
from crm_core.playbook.book import Playbook
from reminders.rules import SEEN, Daily, Ends, Line, Rule, ended
from screens.reminders_plans import late_screen, span
from screens.screen import N_, Msg, Screen

PROMPT: Final = "plan.prompt"
LATE: Final = "plan.late"
TEAM: Final = "team_week"
"""What a manager's list of a week is about; its id is the ordinal of the Monday."""
MONTH: Final = "month"
TEAM_MONTH: Final = "team_month"
"""Their ids are the ordinals of the first day."""
NOON: Final = time(12)  # local
_A_WEEK: Final = timedelta(days=7)

_NEXT: Final = N_("next week is not planned yet")
_THIS: Final = N_("this week has no plan yet")
_MADE: Final = N_("✓ planned")
_WHO: Final = N_("without a plan for this week: %(count)s")
_OWN_SCORE: Final = N_("your month was scored %(score)s of 5, from %(count)s weeks")
_TEAM_SCORE: Final = N_("scored last month: %(count)s of your people")


def _to_everybody(week: date, since: date, until: date, on: date) -> AnySelect:
    missing = due.without_plan(week, since, until).subquery("missing")
    return select(
        literal(week.toordinal()).label("subject_id"),
        missing.c.id.label("recipient_id"),
        literal("plan").label("occurrence_key"),
        literal(on).label("on"),
    )


def _prompted(_book: Playbook, _since: date, day: date) -> AnySelect:
    """Until the week begins; from then on the other one asks."""
    week = monday_of(day) + _A_WEEK
    return _to_everybody(week, *_worked(week), week - timedelta(days=1))


def _nagged(_book: Playbook, _since: date, day: date) -> AnySelect:
    week = monday_of(day)
    return _to_everybody(week, day, _worked(week)[1], week + timedelta(days=6))


def _worked(week: date) -> tuple[date, date]:
    """Its first and last working day by the official calendar: who is on leave in between has nothing to plan."""
    days = working_days(week, {}) or [week, week + timedelta(days=6)]
    return days[0], days[-1]


def _prompt_hour(book: Playbook) -> time:
    return book.reminders.plan_prompt.at


def _from_the_prompt_on(book: Playbook, table: WorkTable, day: date) -> bool:
    """Nobody is asked for a week in which nobody works."""
    begins = due.prompt_day(monday_of(day), book.reminders.plan_prompt.day, table)
    return begins is not None and begins <= day and bool(working_days(monday_of(day) + _A_WEEK, table))


def _first_of_week(_book: Playbook, table: WorkTable, day: date) -> bool:
    return due.first_working_day(day, table) == day


def _asking(words: Msg) -> Callable[[AsyncSession, Actor, Sequence[Any]], Awaitable[list[Line]]]:
    async def lines(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
        """Of those whose plans the actor may read, the weeks that still have none."""
        whose = select(Employee.id).where(
            Employee.id.in_({row.recipient_id for row in held}), within(actor, READ, Employee.id)
        )
        readable = set(await session.scalars(whose))
        made: list[Line] = []
        for row in held:
            week, is_open = date.fromordinal(row.subject_id), row.state in occurrences.OPEN
            if row.recipient_id not in readable or row.state == "suppressed":
                continue
            planned = await due.is_planned(session, row.recipient_id, week)
            if is_open and planned:
                continue
            said = words if is_open else ended(row, _MADE if planned else SEEN)
            made.append(Line(row.id, row.subject_id, span(week), said, done=not is_open))
        return made

    return lines


NEXT_WEEK: Final = Rule(
    PROMPT,
    title=N_("Next week's plan"),
    why=N_("your company plans its weeks, and yours has no line yet"),
    due=Daily(WEEK, _prompted, at=_prompt_hour, days=_from_the_prompt_on),
    lines=_asking(_NEXT),
    action="plan.due",
    action_label=N_("💡 Suggestions"),
    done_label=N_("👌 Seen"),
    sign="🗓",
    order=35,
    pushes=True,
)

THIS_WEEK: Final = Rule(
    NAG,
    title=N_("A week without a plan"),
    why=N_("the week has begun, and you have not planned it"),
    due=Daily(WEEK, _nagged, days=_first_of_week),
    lines=_asking(_THIS),
    action="plan.due",
    action_label=N_("💡 Suggestions"),
    done_label=N_("👌 Seen"),
    sign="🗓",
    order=15,
)


# --- the manager


def _late_due(_book: Playbook, _since: date, day: date) -> AnySelect:
    week = monday_of(day)
    missing = due.without_plan(week, day, day).subquery("missing")
    return (
        select(
            literal(week.toordinal()).label("subject_id"),
            missing.c.manager_id.label("recipient_id"),
            literal("late").label("occurrence_key"),
            literal(week + timedelta(days=6)).label("on"),
        )
        .where(missing.c.manager_id.is_not(None))
        .distinct()
    )


async def _late(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    """One's own list; a superior sees that of a manager below."""
    whose = select(Employee.id).where(
        Employee.id.in_({row.recipient_id for row in held}), within(actor, READ, Employee.id)
    )
    readable = set(await session.scalars(whose)) if held else set[int]()
    made: list[Line] = []
    for row in held:
        week, is_open = date.fromordinal(row.subject_id), row.state in occurrences.OPEN
        if row.recipient_id not in readable or row.state == "suppressed":
            continue
        missing = await due.reports_without_plan(session, row.recipient_id, week, actor.today(now(session)))
        if is_open and not missing:
            continue
        label = "、".join(one.name for one in missing) if is_open else span(week)
        all_made = SEEN if missing else N_("✓ all have a plan")
        words = _WHO(count=len(missing)) if is_open else ended(row, all_made)
        made.append(Line(row.id, row.subject_id, label, words, done=not is_open))
    return made


async def _late_card(session: AsyncSession, actor: Actor, row: Occurrence) -> Screen | None:
    week = date.fromordinal(row.subject_id)
    return late_screen(week, await due.reports_without_plan(session, actor.id, week, actor.today(now(session))))


LATE_LIST: Final = Rule(
    LATE,
    title=N_("My people without a week's plan"),
    why=N_("these people report to you, and the week has begun"),
    due=Daily(TEAM, _late_due, at=NOON, days=_first_of_week),
    lines=_late,
    card=_late_card,
    action="plan.late",
    action_label=N_("👥 All of them"),
    done_label=N_("👌 Seen"),
    sign="👥",
    order=30,
    pushes=True,
)


@subscribe(LinesChanged)
async def a_week_is_planned(session: AsyncSession, changed: LinesChanged) -> None:
    """Whose week it is, is asked no more; the manager's list loses the name, and with the last one it is done."""
    statement = (
        select(PlanLine.employee_id, PlanLine.week, Employee.manager_id)
        .join(Employee, Employee.id == PlanLine.employee_id)
        .where(PlanLine.id.in_(changed.line_ids), PlanLine.state != LineState.DROPPED.value)
        .distinct()
    )
    for one in (await session.execute(statement)).all():
        cards: list[int] = []
        for rule in (PROMPT, NAG):
            cards += await occurrences.close(session, WEEK, one.week.toordinal(), rule, one.employee_id)
        if one.manager_id is not None:
            cards += await _shorter(session, one.manager_id, one.week)
        for card_id in cards:
            await redraw(session, card_id)


async def _shorter(session: AsyncSession, manager_id: int, week: date) -> list[int]:
    """The cards of a manager's list that says something else now."""
    mine = select(Occurrence.card_id).where(
        Occurrence.recipient_id == manager_id,
        Occurrence.rule == LATE,
        Occurrence.subject_id == week.toordinal(),
        occurrences.is_open,
    )
    held = (await session.scalars(mine)).all()
    manager = await org.actor(session, manager_id) if held else None
    if manager is None:
        return []
    if not await due.reports_without_plan(session, manager_id, week, manager.today(now(session))):
        return await occurrences.close(session, TEAM, week.toordinal(), LATE, manager_id)
    return [card_id for card_id in held if card_id is not None]


# --- the month


def _month_due(_book: Playbook, _since: date, day: date) -> AnySelect:
    scored = due.scored_in(due.month_before(day)).subquery("scored")
    return _of_month(day, scored.c.employee_id)


def _team_due(_book: Playbook, _since: date, day: date) -> AnySelect:
    scored = due.scored_in(due.month_before(day)).subquery("scored")
    return _of_month(day, scored.c.manager_id).where(scored.c.manager_id.is_not(None))


def _of_month(day: date, whose: Any) -> AnySelect:
    """Told for a week at most, and no more once it was opened."""
    return select(
        literal(due.month_before(day).toordinal()).label("subject_id"),
        whose.label("recipient_id"),
        literal("score").label("occurrence_key"),
        literal(day + timedelta(days=6)).label("on"),
    ).distinct()


def _first_of_month(_book: Playbook, table: WorkTable, day: date) -> bool:
    return due.is_first_of_month(day, table)


async def _month(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    made: list[Line] = []
    for row in held:
        month, is_open = date.fromordinal(row.subject_id), row.state in occurrences.OPEN
        if row.recipient_id != actor.id or row.state == "suppressed":
            continue
        score = await scores.month_score(session, actor, actor.id, month)
        count = sum(one.score is not None for one in score.weeks)
        if count:
            words = _OWN_SCORE(score=score.score, count=count) if is_open else ended(row, SEEN)
            made.append(Line(row.id, row.subject_id, f"{month:%Y-%m}", words, done=not is_open))
    return made


async def _team_month(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    made: list[Line] = []
    for row in held:
        month, is_open = date.fromordinal(row.subject_id), row.state in occurrences.OPEN
        if row.recipient_id != actor.id or row.state == "suppressed":
            continue
        count = len(await scores.team_scores(session, actor, month))
        if count:
            words = _TEAM_SCORE(count=count) if is_open else ended(row, SEEN)
            made.append(Line(row.id, row.subject_id, f"{month:%Y-%m}", words, done=not is_open))
    return made


def _seen(*, team: bool) -> Ends:
    return Ends(
        MonthSeen,
        lambda seen: (seen.month.toordinal(),) if seen.team is team else (),
        whose=lambda seen: seen.employee_id,
    )


MONTH_SCORE: Final = Rule(
    "plan.month",
    title=N_("Score of the month"),
    why=N_("your weeks of last month were scored, and the month is over"),
    due=Daily(MONTH, _month_due, days=_first_of_month),
    lines=_month,
    ends=(_seen(team=False),),
    action="plan.month",
    action_label=N_("⭐ What it is made of"),
    sign="⭐",
    order=75,
)

TEAM_SCORES: Final = Rule(
    "plan.month_team",
    title=N_("My people's scores of the month"),
    why=N_("you lead people whose weeks of last month were scored"),
    due=Daily(TEAM_MONTH, _team_due, days=_first_of_month),
    lines=_team_month,
    ends=(_seen(team=True),),
    action="plan.scores",
    action_label=N_("👥 Everybody's"),
    sign="👥",
    order=70,
)
