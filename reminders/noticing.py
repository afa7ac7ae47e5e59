"""Noticing what is due: one statement a rule, whose cost follows what is due and not how much there is."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, Text, cast, func, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.calendars import next_working_day
from crm_core.kit.db import AnySelect, now
from crm_core.kit.events import subscribe
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence, RuleDay
from crm_core.org.events import ZoneChosen
from crm_core.org.models import Company, Employee
from crm_core.org.workdays import work_table
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import in_force
from reminders.rules import Daily, Rule, Stored

MOST_DAYS_BACK: Final = 7
"""A clock that was away for longer does not tell of what was due before."""
_NO_TRUTH: Final = {"unaudited": "a timer is cleared, no business truth"}
_COLUMNS: Final = (*occurrences.KEY, "due_at", "push_at", "expires_at", "created_at")


async def notice(session: AsyncSession, rule: Rule, *, whose: int | None = None) -> int:
    """Let a rule note what has become due; answers how much. `whose` looks at one person only, where the rule can."""
    if rule.notice is not None:
        return await rule.notice(session)
    if isinstance(rule.due, Stored):
        return await _stored(session, rule, rule.due, whose)
    return await _daily(session, rule, whose)


async def _stored(session: AsyncSession, rule: Rule, due: Stored, whose: int | None) -> int:
    moment = now(session)
    table = due.at.class_
    mine = () if whose is None else (due.to == whose,)
    found = (
        update(table)
        .where(due.at <= moment, *due.where, *mine)
        .values({due.at.key: None})
        .returning(
            (table.id if due.about is None else due.about).label("id"),
            due.to.label("recipient"),
            cast(due.key, Text).label("told"),
        )
        .cte("due")
    )
    expires = literal(moment + rule.lives) if rule.lives else null()
    rows = _rows(rule, due.subject, found.c.id, found.c.recipient, found.c.told, moment, expires)
    statement = _insert(rows.where(found.c.recipient.is_not(None)))
    return len((await session.execute(statement.add_cte(found), execution_options=_NO_TRUTH)).all())


def _rows(
    rule: Rule, subject: str, subject_id: Any, recipient: Any, key: Any, moment: datetime, expires: Any
) -> AnySelect:
    push = literal(moment) if rule.pushes else null()
    return select(
        literal(rule.key),
        literal(subject),
        subject_id,
        recipient,
        key,
        literal(moment),
        cast(push, Occurrence.push_at.type),
        cast(expires, Occurrence.expires_at.type),
        literal(moment),
    ).ext(distinct_on(subject_id, recipient, key))


def _insert(rows: AnySelect) -> Any:
    """What was withdrawn, as the matter went to somebody else, is told again to whom it has come back."""
    made = upsert(Occurrence).from_select(list(_COLUMNS), rows)
    withdrawn = (Occurrence.state == "suppressed") & Occurrence.reason.is_(None)
    set_ = occurrences.anew(made)
    return made.on_conflict_do_update(index_elements=occurrences.KEY, set_=set_, where=withdrawn).returning(
        Occurrence.id
    )


async def _daily(session: AsyncSession, rule: Rule, whose: int | None) -> int:
    """Each zone's days that the rule has not looked at yet."""
    assert isinstance(rule.due, Daily)
    company = await session.get(Company, 1)
    if company is None:
        return 0
    book = await in_force(session, company.playbook_version)
    seen = select(RuleDay.zone, RuleDay.day).where(RuleDay.rule == rule.key)
    known = {row.zone: row.day for row in await session.execute(seen)}
    zone_of = func.coalesce(Employee.zone, company.zone)
    living = select(zone_of).where(Employee.left_at.is_(None)).distinct()
    if whose is not None:
        living = living.where(Employee.id == whose)
    count = 0
    for zone in (await session.scalars(living)).all():
        day = _day_from(now(session).astimezone(ZoneInfo(zone)), rule.due.hour(book))
        if whose is None and known.get(zone, date.min) >= day:
            continue
        since = (
            await _taken(session, rule.key, zone, day) if whose is None else known.get(zone, day - timedelta(days=1))
        )
        if since is not None:
            count += await _day(session, rule, book, company, zone, min(since, day - timedelta(days=1)), day, whose)
    return count


def _day_from(local: datetime, hour: time) -> date:
    """The day it is there, for a rule whose days begin at that hour."""
    return local.date() if local.time() >= hour else local.date() - timedelta(days=1)


async def _taken(session: AsyncSession, rule: str, zone: str, day: date) -> date | None:
    """The day up to which was looked before, and from now on it is `day`; none when another clock was quicker."""
    mine = (RuleDay.rule == rule, RuleDay.zone == zone)
    before = await session.scalar(select(RuleDay.day).where(*mine).with_for_update())
    if before is None:
        first = upsert(RuleDay).values(rule=rule, zone=zone, day=day).on_conflict_do_nothing().returning(RuleDay.day)
        return day - timedelta(days=1) if await session.scalar(first) is not None else None
    if before >= day:
        return None
    await session.execute(update(RuleDay).where(*mine).values(day=day))
    return max(before, day - timedelta(days=MOST_DAYS_BACK))


async def _day(
    session: AsyncSession,
    rule: Rule,
    book: Playbook,
    company: Company,
    zone: str,
    since: date,
    day: date,
    whose: int | None,
) -> int:
    assert isinstance(rule.due, Daily)
    last = await _last_of_its_days(session, rule.due, book, since, day)
    if last is None:
        return 0
    if rule.due.ahead is not None:
        off_until = next_working_day(last, await work_table(session))
        last = max(last + timedelta(days=rule.due.ahead(book)), off_until)
    found = rule.due.rows(book, since, last).cte("found").prefix_with("MATERIALIZED")  # what is due first, then whose
    ends = func.timezone(zone, cast(found.c.on + 1, DateTime))
    rows = _rows(
        rule, rule.due.subject, found.c.subject_id, found.c.recipient_id, found.c.occurrence_key, now(session), ends
    )
    rows = rows.join(Employee, Employee.id == found.c.recipient_id).where(
        func.coalesce(Employee.zone, company.zone) == zone,
        Employee.left_at.is_(None),
        or_(found.c.on.is_(None), found.c.on >= day),
    )
    if whose is not None:
        rows = rows.where(Employee.id == whose)
    return len((await session.execute(_insert(rows))).all())


async def _last_of_its_days(session: AsyncSession, due: Daily, book: Playbook, since: date, day: date) -> date | None:
    if due.days is None:
        return day
    table = await work_table(session)
    days = (day - timedelta(days=at) for at in range((day - since).days))
    return next((one for one in days if due.days(book, table, one)), None)


@subscribe(ZoneChosen)
async def look_again_where_somebody_came(session: AsyncSession, chosen: ZoneChosen) -> None:
    """The day there had been looked at without this person."""
    statement = update(RuleDay).where(RuleDay.zone == chosen.zone).values(day=RuleDay.day - 1)
    await session.execute(statement, execution_options={"synchronize_session": False})
