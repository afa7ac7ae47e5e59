"""What changed at the customers of one's people since the last working day (RE09): a line in a superior's digest."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Date, any_, cast, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.audit.models import AuditEntry
from crm_core.changes.queries import changes, weighty
from crm_core.customers.models import Ownership
from crm_core.kit.db import AnySelect
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook
from reminders.org import PERSON
from reminders.rules import Daily, Line, Rule
from screens.catalogue import say
from screens.screen import N_

KEY: Final = "team.changes"
_TITLE: Final = N_("Customer changes in my team")
_SO_MANY: Final = N_("%(count)s changes at %(customers)s customers since %(since)s")
_FARTHEST: Final = timedelta(days=4)
"""Back to Thursday on a Monday: what is really told is looked at when it is told."""
_superior = aliased(Employee)


def _rows(_book: Playbook, _since: date, day: date) -> AnySelect:
    """Who leads somebody who changed something, or whose customers moved: one look into an index for each person."""
    start = datetime.combine(day, time(0), UTC) - _FARTHEST
    did = exists().where(AuditEntry.actor_id == Employee.id, AuditEntry.at >= start, weighty())
    came = exists().where(Ownership.to_owner_id == Employee.id, Ownership.at >= start)
    went = exists().where(Ownership.from_owner_id == Employee.id, Ownership.at >= start)
    return (
        select(
            _superior.id.label("subject_id"),
            _superior.id.label("recipient_id"),
            literal(day.isoformat()).label("occurrence_key"),
            cast(literal(day), Date).label("on"),
        )
        .distinct()
        .select_from(Employee)
        .join(_superior, _superior.id == any_(Employee.chain))
        .where(_superior.id != Employee.id, Employee.left_at.is_(None), or_(did, came, went))
    )


async def _lines(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    """Only to whom it was told, and only what that person may see."""
    mine = [row for row in held if row.recipient_id == actor.id]
    if not mine or not may(actor, SEE_TEAM):
        return []
    found = await changes(session, actor)
    if not found.rows:
        return []
    told = _SO_MANY(count=len(found.rows), customers=found.customers, since=found.since.isoformat())
    row = max(mine, key=lambda one: one.id)
    return [Line(row.id, row.subject_id, say(_TITLE, actor.language), told, row.state == "done")]


CHANGES: Final = Rule(
    KEY,
    title=_TITLE,
    why=N_("you lead the people whose customers these are"),
    due=Daily(PERSON, _rows),
    lines=_lines,
    action="changes",
    sign="🔄",
    order=58,
)
