"""Tasks that are due (RE10): the day before, on the day, and as long as they are overdue."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Date, Text, cast, null, select

from crm_core.kit.db import AnyRow, AnySelect
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from crm_core.tasks import queries
from crm_core.tasks.events import ShareEnded
from crm_core.tasks.models import ShareState, Task, TaskShare
from reminders.rules import Daily, Ends, Rule, Told
from screens.screen import N_, Msg

KEY: Final = "task.due"

_TODAY: Final = N_("task, due today")
_TOMORROW: Final = N_("task, due tomorrow")
_ON: Final = N_("task, due on %(day)s")
_OVERDUE: Final = N_("task, overdue for %(days)s days")
_LOOK_BACK: Final = timedelta(days=3)
"""A task that was given for the very day, after that day was looked at, is told the next morning."""


def _due(_book: Playbook, since: date, day: date) -> AnySelect:
    found = queries.due_between_days(min(since, day - _LOOK_BACK), day + timedelta(days=1)).subquery("shares")
    return select(
        found.c.id.label("subject_id"),
        found.c.employee_id.label("recipient_id"),
        cast(found.c.due_on, Text).label("occurrence_key"),
        cast(null(), Date).label("on"),
    )


def _rows(actor: Actor, ids: Collection[int]) -> AnySelect:
    """The longest due first."""
    shown = queries.rows_for(actor).add_columns(Task.what.label("label"), null().label("value"))
    return shown.where(TaskShare.id.in_(ids)).order_by(TaskShare.due_on, TaskShare.id)


def _words(row: AnyRow, _occurrence: Occurrence, _actor: Actor, today: date) -> Msg | None:
    if row.state != ShareState.OPEN:
        return None
    late = (today - row.due_on).days
    if late > 0:
        return _OVERDUE(days=late)
    return {0: _TODAY, -1: _TOMORROW}.get(late) or _ON(day=row.due_on.isoformat())


DUE: Final = Rule(
    KEY,
    title=N_("Tasks that are due"),
    why=N_("you have a task to be done by that day"),
    due=Daily(queries.SHARE, _due),
    told=Told(_rows, _words, N_("✓ settled")),
    ends=(Ends(ShareEnded, lambda ended: (ended.share_id,)),),
    action="share.done",
    action_label=N_("✓ Done"),
    done_label=N_("👌 Seen"),
    sign="✓",
    order=22,
)
