"""The forms of samples and trials (CA18): what went out, and what came of it."""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import matters
from conversations.archive import archive_line
from conversations.contacts import CONTACT
from conversations.form import Answers, Field, Form
from conversations.kinds.base import Kind
from conversations.kinds.plain import Text
from conversations.kinds.reference import Picked
from conversations.kinds.taken import Count, Until
from conversations.kinds.times import Day
from conversations.matters import CONTACT_FIELD, CUSTOMER_FIELD, Kept
from crm_core.contacts.queries import first_of
from crm_core.contacts.service import called
from crm_core.customers.permissions import CHANGE
from crm_core.customers.queries import Archive
from crm_core.matters.service import LONGEST
from crm_core.org.actor import Actor
from crm_core.trials import queries, service
from crm_core.trials.models import Trial, TrialState
from crm_core.trials.service import SendTrial
from screens import trials as look
from screens.screen import N_, Msg, Words
from screens.trials import TRIAL

_KINDS: Final[dict[str, tuple[Kind[Any], Msg]]] = {
    "what": (Text(most=LONGEST), N_("What was sent?")),
    "contact": (CONTACT, N_("Who there got it?")),
    "check_on": (Until(), N_("When do we ask how it does?")),
    "quantity": (Count(), N_("How many?")),
    "sent_on": (Day(past=True), N_("When was it sent?")),
    "result": (Text(most=LONGEST), N_("What came of it?")),
}


def _field(name: str, *, from_line: bool = True) -> Field:
    kind, ask = _KINDS[name]
    return Field(name, kind, TRIAL.fields[name], ask, required=name == "what", from_line=from_line)


async def _propose(session: AsyncSession, actor: Actor, answers: Answers) -> dict[str, Any]:
    """Whom one calls first gets it, unless somebody else is said."""
    if "customer" not in answers or "contact" in answers:
        return {}
    first = (await first_of(session, actor, answers["customer"].id)).contact
    return {"contact": CONTACT.dump(Picked(first.id, called(first))) if first else None}


async def _send(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Trial:
    return await service.send_trial(session, actor, SendTrial(**values))


NEW_TRIAL: Final = Form(
    "trial.new",
    title=N_("Sample"),
    fields=(
        CUSTOMER_FIELD,
        replace(CONTACT_FIELD, ask=_KINDS["contact"][1]),
        *(_field(name) for name in ("check_on", "quantity", "what")),
        _field("sent_on", from_line=False),
    ),
    command=SendTrial,
    submit=_send,
    done=matters.saved(TRIAL, Trial),
    permission=CHANGE,
    prefill=_propose,
    verbs={
        verb: {}
        for verb in (
            *("送样", "送样给", "寄样", "寄样给", "送样品给", "寄样品给", "试样"),
            *("sample", "samples", "sample to", "samples to", "sent samples to", "sent a sample to"),
        )
    },
    amend=matters.amend(TRIAL, Trial, service.change_trial),
)


async def _answer(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Trial:
    state = TrialState(given["state"])
    return await service.answer_trial(session, actor, given["matter_id"], state, given["value"])


ANSWER_TRIAL: Final = matters.word_form(
    TRIAL,
    "answer",
    N_("How the sample did"),
    Field("value", Text(most=LONGEST), N_("Result"), N_("What came of it?")),
    _answer,
    matters.saved(TRIAL, Trial),
    of_state=True,
)
TRIALS: Final = Kept(
    look=TRIAL,
    model=Trial,
    new=NEW_TRIAL,
    change=matters.change_forms(TRIAL, Trial, _KINDS, service.change_trial),
    is_open=queries.OPEN,
    by=queries.SOONEST,
)


@archive_line(order=40)
async def line(session: AsyncSession, actor: Actor, archive: Archive) -> Words | None:
    first = await queries.first_open(session, archive.customer.id)
    return look.archive_line(first, actor) if first is not None else None
