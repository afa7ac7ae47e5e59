"""What is planned and what is handed in: visits of the day, those without a record, weeks that wait for a score.

Weeks that are over go to the superior by themselves (PL09), who is told of all that wait at once.
"""

from collections.abc import Collection, Sequence
from datetime import date, time, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Text, cast, exists, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.customers.models import Customer
from crm_core.kit.calendars import WorkTable, is_working_day
from crm_core.kit.db import AnyRow, AnySelect, Database, now
from crm_core.kit.events import subscribe
from crm_core.kit.names import without_form
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.events import ManagerChanged
from crm_core.org.models import StandIn
from crm_core.org.rights import within
from crm_core.plans import due, weeks
from crm_core.plans.events import LinesChanged, WeekReviewed
from crm_core.plans.models import LineState, PlanLine, WeekPlan, WeekState
from crm_core.plans.permissions import READ
from crm_core.playbook.book import Playbook
from reminders.rules import SEEN, Daily, Ends, Line, Rule, Sweep, Told, ended
from screens.reminders_plans import days_screen, reviews_screen, span
from screens.screen import N_, Msg, Screen

LINE: Final = "plan_line"
DAY: Final = "plan_day"
"""A person's day; its id is the ordinal of the date."""
REVIEWS: Final = "reviews"
"""Weeks that wait; its id is the superior's."""
LOG_KEY: Final = "plan.log"
REVIEW_KEY: Final = "plan.review"
LOG_AT: Final = time(17, 30)  # local

_LOG: Final = N_("📝 Log visit")
_TODAY: Final = N_("planned for today")
_TOMORROW: Final = N_("planned for tomorrow")
_ON: Final = N_("planned for %(day)s")
_MISSED: Final = N_("was planned for %(day)s, no visit logged")
_UNLOGGED: Final = N_("planned for today and not logged: %(count)s")
_WAITING: Final = N_("weeks to score: %(count)s")
_NO_TRUTH: Final = {"unaudited": "who has heard of it, no business truth", "synchronize_session": False}


# --- visits of today and tomorrow


def _visits_due(_book: Playbook, _since: date, day: date) -> AnySelect:
    found = due.visits_between(day, day + timedelta(days=1)).subquery("visits")
    return select(
        found.c.id.label("subject_id"),
        found.c.employee_id.label("recipient_id"),
        cast(found.c.day, Text).label("occurrence_key"),
        (found.c.week + literal(6, Integer)).label("on"),
    )


def _visit_rows(actor: Actor, ids: Collection[int]) -> AnySelect:
    """In the order of the days, the most valuable first."""
    facts = select(
        PlanLine.id,
        Customer.name.label("label"),
        Customer.yearly_value.label("value"),
        PlanLine.customer_id.label("of_customer"),
        PlanLine.state,
        PlanLine.day,
    ).join(Customer, Customer.id == PlanLine.customer_id)
    facts = facts.where(PlanLine.id.in_(ids), within(actor, READ, PlanLine.employee_id))
    return facts.order_by(PlanLine.day, Customer.yearly_value.desc().nulls_last(), PlanLine.id)


def _visit(row: AnyRow, occurrence: Occurrence, _actor: Actor, today: date) -> Msg | None:
    if row.state != LineState.OPEN or str(row.day) != occurrence.occurrence_key:
        return None  # on another day it is told by that one
    if row.day < today:
        return _MISSED(day=row.day.isoformat())
    near = {today: _TODAY, today + timedelta(days=1): _TOMORROW}
    return near.get(row.day) or _ON(day=row.day.isoformat())


VISIT: Final = Rule(
    "plan.visit",
    title=N_("Planned visits"),
    why=N_("you planned to see this customer"),
    due=Daily(LINE, _visits_due),
    told=Told(_visit_rows, _visit, N_("✓ settled")),
    ends=(Ends(LinesChanged, lambda changed: changed.line_ids),),
    action="visit.log",
    action_label=_LOG,
    sign="🗓",
    order=18,
)


# --- visits of today without a record


def _unlogged_due(_book: Playbook, _since: date, day: date) -> AnySelect:
    found = due.visits_between(day, day).subquery("visits")
    return select(
        literal(day.toordinal()).label("subject_id"),
        found.c.employee_id.label("recipient_id"),
        literal("log").label("occurrence_key"),
        literal(day).label("on"),
    ).distinct()


def _works(_book: Playbook, table: WorkTable, day: date) -> bool:
    return is_working_day(day, table)


async def _unlogged(session: AsyncSession, actor: Actor | None, row: Occurrence) -> Sequence[AnyRow]:
    """Planned visits of that person and day that are still open: rows of (id, name), as the actor may see them."""
    day = date.fromordinal(row.subject_id)
    mine = (PlanLine.employee_id == row.recipient_id, PlanLine.day == day, PlanLine.state == LineState.OPEN.value)
    statement = select(Customer.id, Customer.name).join(PlanLine, PlanLine.customer_id == Customer.id).where(*mine)
    if actor is not None:
        statement = statement.where(within(actor, READ, PlanLine.employee_id))
    return (await session.execute(statement.order_by(PlanLine.id))).all()


async def _days(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    made: list[Line] = []
    for row in held:
        left = await _unlogged(session, actor, row)
        is_open = row.state in occurrences.OPEN
        if row.state == "suppressed" or (is_open and not left):
            continue
        label = "、".join(without_form(one.name) for one in left) or date.fromordinal(row.subject_id).isoformat()
        words = _UNLOGGED(count=len(left)) if is_open else ended(row, SEEN if left else N_("✓ all logged"))
        made.append(Line(row.id, row.subject_id, label, words, done=not is_open))
    return made


async def _day_card(session: AsyncSession, actor: Actor, row: Occurrence) -> Screen | None:
    return days_screen(await _unlogged(session, actor, row))


LOG: Final = Rule(
    LOG_KEY,
    title=N_("Today's visits to log"),
    why=N_("visits that you planned for today have no record yet"),
    due=Daily(DAY, _unlogged_due, at=LOG_AT, days=_works),
    lines=_days,
    card=_day_card,
    action="plan.day",
    action_label=N_("🗓 The day's plan"),
    sign="📝",
    order=25,
    pushes=True,
)


@subscribe(LinesChanged)
async def logged(session: AsyncSession, changed: LinesChanged) -> None:
    """The day's message loses what is logged; with the last it is done."""
    mine = select(Occurrence).where(
        Occurrence.recipient_id.in_(changed.employee_ids), Occurrence.rule == LOG_KEY, occurrences.is_open
    )
    for row in (await session.scalars(mine)).all():
        cards = [row.card_id] if row.card_id is not None else []
        if not await _unlogged(session, None, row):
            cards = await occurrences.close(session, DAY, row.subject_id, LOG_KEY, row.recipient_id)
        for card_id in cards:
            await redraw(session, card_id)


# --- weeks that wait for a score


async def notice_reviews(session: AsyncSession) -> int:
    """Tell superiors, and who stands in for them, of weeks that came to lie with them: once until all are scored."""
    moment = now(session)
    untold = (
        update(WeekPlan)
        .where(
            WeekPlan.state == literal_column(f"'{WeekState.SUBMITTED.value}'"),
            WeekPlan.told_at.is_(None),
            WeekPlan.superior_id.is_not(None),
        )
        .values(told_at=moment)
        .returning(WeekPlan.id, WeekPlan.superior_id)
    )
    newest: dict[int, int] = {}
    for row in (await session.execute(untold, execution_options=_NO_TRUTH)).all():
        superior: Any = row.superior_id
        newest[superior] = max(row.id, newest.get(superior, 0))
    if not newest:
        return 0
    now_in = (StandIn.absent_id.in_(newest), StandIn.starts_at <= moment, StandIn.ends_at > moment)
    deputies = await session.execute(select(StandIn.absent_id, StandIn.deputy_id).where(*now_in))
    told = {(one, one) for one in newest} | {(row.absent_id, row.deputy_id) for row in deputies}
    there = select(Occurrence.subject_id, Occurrence.recipient_id).where(
        Occurrence.subject_type == REVIEWS, Occurrence.subject_id.in_(newest), occurrences.is_open
    )
    told -= {(row.subject_id, row.recipient_id) for row in await session.execute(there)}
    rows = [
        {
            "rule": REVIEW_KEY,
            "subject_type": REVIEWS,
            "subject_id": superior,
            "recipient_id": to,
            "occurrence_key": str(newest[superior]),
            "due_at": moment,
            "push_at": moment,
            "created_at": moment,
        }
        for superior, to in sorted(told)
    ]
    if not rows:
        return 0
    made = upsert(Occurrence).values(rows)  # a week that comes back to a former superior is told once more
    made = made.on_conflict_do_update(
        index_elements=occurrences.KEY, set_=occurrences.anew(made), where=~occurrences.is_open
    )
    return len((await session.execute(made.returning(Occurrence.id))).all())


async def _reviews(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    found = await due.waiting_for(session, actor, [row.subject_id for row in held])
    made: list[Line] = []
    for row in held:
        waiting = [one for one in found if one.superior_id == row.subject_id]
        is_open = row.state in occurrences.OPEN
        if row.state == "suppressed" or (is_open and not waiting):
            continue
        label = "、".join(dict.fromkeys(one.employee for one in waiting)) or span(
            weeks.monday_of(row.created_at.date())
        )
        words = _WAITING(count=len(waiting)) if is_open else ended(row, SEEN if waiting else N_("✓ all scored"))
        made.append(Line(row.id, row.subject_id, label, words, done=not is_open))
    return made


async def _review_card(session: AsyncSession, actor: Actor, row: Occurrence) -> Screen | None:
    return reviews_screen(await due.waiting_for(session, actor, [row.subject_id]))


REVIEW: Final = Rule(
    REVIEW_KEY,
    title=N_("Weeks to score"),
    why=N_("the week of somebody who reports to you is over and waits for your score"),
    notice=notice_reviews,
    lines=_reviews,
    card=_review_card,
    action="weeks",
    action_label=N_("⭐ All that wait"),
    done_label=N_("👌 Seen"),
    sign="⭐",
    order=40,
    pushes=True,
    must=True,
)


@subscribe(WeekReviewed)
async def scored(session: AsyncSession, reviewed: WeekReviewed) -> None:
    """The superior's message loses it; with the last one it is done."""
    superior = await session.scalar(select(WeekPlan.superior_id).where(WeekPlan.id == reviewed.plan_id))
    if superior is None:
        return
    mine = (WeekPlan.superior_id == superior, WeekPlan.state == WeekState.SUBMITTED.value)
    if await session.scalar(select(WeekPlan.id).where(*mine).limit(1)) is None:
        cards: Sequence[Any] = await occurrences.close(session, REVIEWS, superior, REVIEW_KEY)
    else:
        shown = select(Occurrence.card_id).where(
            Occurrence.subject_type == REVIEWS, Occurrence.subject_id == superior, occurrences.is_open
        )
        cards = (await session.scalars(shown.where(Occurrence.card_id.is_not(None)))).all()
    for card_id in cards:
        await redraw(session, card_id)


@subscribe(ManagerChanged)
async def others_score(session: AsyncSession, _changed: ManagerChanged) -> None:
    """Whose last waiting week went to another superior is let alone."""
    waits = exists().where(WeekPlan.superior_id == Occurrence.subject_id, WeekPlan.state == WeekState.SUBMITTED.value)
    idle = select(Occurrence.subject_id).where(Occurrence.subject_type == REVIEWS, occurrences.is_open, ~waits)
    ids = (await session.scalars(idle)).all()
    for card_id in await occurrences.settle(session, REVIEWS, ids, REVIEW_KEY, done=False) if ids else ():
        await redraw(session, card_id)


async def strike(db: Database) -> int:
    """Hand in what is over (PL09)."""
    async with db.unit() as session:
        return await weeks.submit_due(session)


WEEKS: Final = Sweep("plans.weeks", strike)
