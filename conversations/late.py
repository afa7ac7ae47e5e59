"""Who has no plan for a week that has begun, and the manager's nudge (RE04)."""

from collections.abc import Collection
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import exceptions
from crm_core.kit.calendars import at_local
from crm_core.kit.db import AnyRow, now
from crm_core.occurrences.models import Occurrence
from crm_core.occurrences.service import OPEN
from crm_core.org.actor import Actor
from crm_core.plans.due import NAG, WEEK, reports_without_plan
from screens.reminders_plans import late_list_screen
from screens.screen import Msg, Screen


async def late(session: AsyncSession, actor: Actor, week: date) -> list[AnyRow]:
    """The actor's direct reports without a plan: rows of (id, name)."""
    return await reports_without_plan(session, actor.id, week, actor.today(now(session)))


async def late_list(session: AsyncSession, actor: Actor, week: date, page: int = 0, said: Msg | None = None) -> Screen:
    missing = await late(session, actor, week)
    midnight = at_local(actor.today(now(session)), time(0), actor.zone)
    nudged = select(Occurrence.recipient_id).where(
        Occurrence.rule == NAG,
        Occurrence.subject_type == WEEK,
        Occurrence.subject_id == week.toordinal(),
        Occurrence.recipient_id.in_([one.id for one in missing]),
        Occurrence.nudged_at >= midnight,
    )
    return late_list_screen(week, missing, frozenset(await session.scalars(nudged)), page, said)


async def nudge(session: AsyncSession, actor: Actor, week: date, employee_ids: Collection[int] = ()) -> int:
    """Ask these of the late, or all of them, for the plan: a message of its own to each, once a day. Answers how many
    are asked.
    """
    count = 0
    for one in await late(session, actor, week):
        if not employee_ids or one.id in employee_ids:
            row = await _reminder(session, actor, one.id, week)
            count += await exceptions.nudge(session, actor, row.id)
    return count


async def _reminder(session: AsyncSession, actor: Actor, employee_id: int, week: date) -> Occurrence:
    """That of the week without a plan; open again for who has closed it without making one."""
    moment = now(session)
    ends = at_local(week + timedelta(days=7), time(0), actor.zone)
    values: dict[str, Any] = {
        "rule": NAG,
        "subject_type": WEEK,
        "subject_id": week.toordinal(),
        "recipient_id": employee_id,
        "occurrence_key": "plan",
        "due_at": moment,
        "created_at": moment,
        "expires_at": ends,
    }
    await session.execute(upsert(Occurrence).values(values).on_conflict_do_nothing())
    mine = {name: values[name] for name in ("rule", "subject_type", "subject_id", "recipient_id", "occurrence_key")}
    found = select(Occurrence).filter_by(**mine).with_for_update().execution_options(populate_existing=True)
    row = (await session.scalars(found)).one()
    if row.state not in OPEN:
        row.state, row.ended_at, row.ended_op, row.reason = "due", None, None, None
        row.due_at, row.expires_at = moment, ends
        await session.flush()
    return row
