"""A sample is to be asked about (CA18): on the day that was said, by whose customer it is."""

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import null, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.customers.models import Customer
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.events import subscribe
from crm_core.matters.queries import rows_of
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.trials.events import TrialAnswered, TrialsMoved
from crm_core.trials.models import UNDER_WAY, Trial
from crm_core.trials.queries import SOONEST
from reminders.rules import Ends, Rule, Stored, Told
from screens.screen import N_, Msg

SUBJECT: Final = "trial"
KEY: Final = "trial.check"

_ASK: Final = N_("ask how the sample does: %(what)s")
_LONGEST: Final = 24


def _rows(actor: Actor, ids: Collection[int]) -> AnySelect:
    """The longest due first."""
    told = (Customer.name.label("label"), null().label("value"))
    return rows_of(actor, Trial).add_columns(*told).where(Trial.id.in_(ids)).order_by(SOONEST, Trial.id)


def _ask(trial: AnyRow, _occurrence: Occurrence, _actor: Actor, _today: date) -> Msg | None:
    if trial.state not in UNDER_WAY:
        return None
    return _ASK(what=trial.what if len(trial.what) <= _LONGEST else trial.what[: _LONGEST - 1] + "…")


CHECK: Final = Rule(
    KEY,
    title=N_("Samples to ask about"),
    why=N_("this is the day on which you wanted to ask how the sample does"),
    due=Stored(
        SUBJECT,
        at=Trial.check_due_at,
        to=Customer.owner_id,
        key=Trial.check_on,
        where=(Trial.customer_id == Customer.id, Customer.owner_id.is_not(None)),
    ),
    told=Told(_rows, _ask, N_("✓ asked")),
    ends=(Ends(TrialAnswered, lambda told: (told.trial_id,)),),
    action="trial",
    action_label=N_("Open"),
    sign="🧪",
)


@subscribe(TrialsMoved)
async def go_along(session: AsyncSession, moved: TrialsMoved) -> None:
    """What is open is the new owner's, overdue or not."""
    owned = select(Trial.id, Customer.owner_id).join(Customer, Customer.id == Trial.customer_id)
    of: dict[int | None, list[int]] = {}
    for row in await session.execute(owned.where(Trial.id.in_(moved.trial_ids))):
        of.setdefault(row.owner_id, []).append(row.id)
    for owner_id, ids in of.items():
        for card_id in await occurrences.move(session, SUBJECT, ids, (KEY,), owner_id):
            await redraw(session, card_id)
