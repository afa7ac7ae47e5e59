"""A sample is to be asked about (CA18): on the day that was said, by whose customer it is."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import String, cast, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.kit.db import now
from crm_core.kit.events import subscribe
from crm_core.matters.queries import rows_of
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.trials.events import TrialAnswered, TrialsMoved
from crm_core.trials.models import UNDER_WAY, Trial
from crm_core.trials.queries import SOONEST
from reminders.digest import redraw
from reminders.rules import Line, Rule
from screens.screen import N_

SUBJECT: Final = "trial"
KEY: Final = "trial.check"

_ASK: Final = N_("ask how the sample does: %(what)s")
_DONE: Final = N_("✓ asked")
_NO_TRUTH: Final = {"unaudited": "a timer is cleared, no business truth"}
_LONGEST: Final = 24


async def notice(session: AsyncSession) -> int:
    """Note every trial whose stored day has come, and clear it: another day sets a new one."""
    moment = now(session)
    due = (
        update(Trial)
        .where(Trial.check_due_at <= moment, Trial.customer_id == Customer.id, Customer.owner_id.is_not(None))
        .values(check_due_at=None)
        .returning(Trial.id, Customer.owner_id, Trial.check_on)
        .cte("due")
    )
    rows = select(
        literal(KEY),
        literal(SUBJECT),
        due.c.id,
        due.c.owner_id,
        cast(due.c.check_on, String),
        literal(moment),
        literal(moment),
    )
    columns = ["rule", "subject_type", "subject_id", "recipient_id", "occurrence_key", "due_at", "created_at"]
    statement = upsert(Occurrence).from_select(columns, rows).on_conflict_do_nothing().returning(Occurrence.id)
    return len((await session.execute(statement.add_cte(due), execution_options=_NO_TRUTH)).all())


async def lines(session: AsyncSession, actor: Actor, due: Sequence[Occurrence]) -> list[Line]:
    """The trials that are still under way, the longest due first; answered ones as done."""
    wanted = {row.subject_id: row for row in due}
    made: list[Line] = []
    for trial in await session.execute(rows_of(actor, Trial).where(Trial.id.in_(wanted)).order_by(SOONEST, Trial.id)):
        row = wanted[trial.id]
        done = row.state not in occurrences.OPEN
        if row.state == "suppressed" or not (done or trial.state in UNDER_WAY):
            continue
        what = trial.what if len(trial.what) <= _LONGEST else trial.what[: _LONGEST - 1] + "…"
        made.append(Line(row.id, trial.id, trial.customer, _DONE if done else _ASK(what=what), done))
    return made


CHECK: Final = Rule(
    KEY,
    title=N_("Samples to ask about"),
    notice=notice,
    lines=lines,
    action="trial",
    action_label=N_("Open"),
)


@subscribe(TrialAnswered)
async def close_when_answered(session: AsyncSession, event: TrialAnswered) -> None:
    for card_id in await occurrences.close(session, SUBJECT, event.trial_id, KEY):
        await redraw(session, card_id)


@subscribe(TrialsMoved)
async def leave_the_former_owner_alone(session: AsyncSession, event: TrialsMoved) -> None:
    for card_id in await occurrences.withdraw(session, SUBJECT, event.trial_ids):
        await redraw(session, card_id)
