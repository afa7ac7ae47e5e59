"""Notices: their cards go out by and by; who has not read one after a working day hears of it in the digest, and after
three the superior in the weekly list. Who has just come hears once that there are policies.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import structlog
from sqlalchemy import Date, cast, exists, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.notices import deliver, redraw_writer
from crm_core.kit.db import AnyRow, AnySelect, Database
from crm_core.notices import queries, service
from crm_core.notices.events import NoticeEnded, NoticeRead
from crm_core.notices.models import Notice, NoticeReceipt, State
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.playbook.book import Playbook
from reminders.org import PERSON
from reminders.rules import Daily, Ends, Line, Rule, Stored, Sweep, Told
from screens.catalogue import say
from screens.screen import N_, Msg

log = structlog.get_logger()

SUBJECT: Final = "notice"
KEY: Final = "notice.unread"
POLICIES: Final = "notice.policies"
_THREE_DAYS: Final = timedelta(days=2)  # and one before it is due
_READ: Final = N_("✓ read")
_WAITS: Final = N_("from %(by)s, not read yet")
_FOUND: Final = N_("Policies in force")
_A_DAY: Final = timedelta(days=1)


async def strike(db: Database) -> int:
    """Bring cards up to date, a batch in each unit of work; then those of the writers, once for all who have read."""
    count = 0
    try:
        while looked := await _batch(db):
            count += looked
        async with db.unit() as session:
            for notice_id in await service.due_for_drawing(session):
                await redraw_writer(session, notice_id)
                count += 1
    except Exception:
        log.exception("notices.sweep_failed")
    return count


async def _batch(db: Database) -> int:
    async with db.unit() as session:
        return await deliver(session)


CARDS: Final = Sweep("notices", strike)


def _notices(actor: Actor, ids: Collection[int]) -> AnySelect:
    """A superior too learns no more than what was told the superior."""
    facts = (Notice.text.label("label"), null().label("value"))
    return queries.rows_for(actor, date.max).add_columns(*facts).where(Notice.id.in_(ids)).order_by(Notice.id)


def _unread(row: AnyRow, _occurrence: Occurrence, _actor: Actor, _today: date) -> Msg | None:
    return _WAITS(by=row.by) if row.state == State.ACTIVE else None


UNREAD: Final = Rule(
    KEY,
    title=N_("Notices not read yet"),
    why=N_("this was told you more than a working day ago, and you have not tapped Read"),
    due=Stored(
        SUBJECT,
        at=NoticeReceipt.remind_at,
        to=NoticeReceipt.employee_id,
        key=NoticeReceipt.notice_id,
        about=NoticeReceipt.notice_id,
    ),
    told=Told(_notices, _unread, _READ),
    ends=(
        Ends(NoticeRead, lambda read: (read.notice_id,), whose=lambda read: read.employee_id),
        Ends(NoticeEnded, lambda ended: (ended.notice_id,), done=False),
    ),
    must=True,
    patience=_THREE_DAYS,
    action="notice",
    sign="📬",
    order=15,
)


def _newcomers(_book: Playbook, since: date, day: date) -> AnySelect:
    """Who came these days, while there is any policy."""
    there = exists().where(Notice.kind == "policy", Notice.state == State.ACTIVE.value)
    return select(
        Employee.id.label("subject_id"),
        Employee.id.label("recipient_id"),
        literal(POLICIES).label("occurrence_key"),
        cast(null(), Date).label("on"),
    ).where(Employee.created_at >= _midnight(since) - _A_DAY, Employee.created_at < _midnight(day) + _A_DAY, there)


def _midnight(day: date) -> datetime:
    """Of any zone within a day."""
    return datetime.combine(day, time(0), UTC)


async def _were_there_before(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    count = await queries.count_new_policies(session, actor)
    told = N_("%(count)s policies were in force before you came: please read them")(count=count)
    mine = [row for row in held if row.recipient_id == actor.id]
    if not count:
        return [Line(row.id, row.subject_id, "", _READ, done=True) for row in mine if row.state == "done"]
    return [Line(row.id, row.subject_id, say(_FOUND, actor.language), told, row.state == "done") for row in mine]


NEWCOMERS: Final = Rule(
    POLICIES,
    title=N_("Policies from before I came"),
    why=N_("you are new here, and these policies are in force for you"),
    due=Daily(PERSON, _newcomers),
    lines=_were_there_before,
    lives=timedelta(days=30),
    action="policies",
    sign="📜",
    order=55,
)
