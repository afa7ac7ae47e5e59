"""The forms of deals (CA06): what was sold, for how much, how far it has come."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import matters
from conversations.archive import archive_line
from conversations.contacts import CONTACT
from conversations.form import Answers, Field, Form
from conversations.kinds.base import Kind
from conversations.kinds.choices import Choice
from conversations.kinds.plain import Money, Text
from conversations.kinds.taken import Worth
from conversations.kinds.times import Day
from conversations.matters import CONTACT_FIELD, CUSTOMER_FIELD, Kept
from crm_core.customers.permissions import CHANGE
from crm_core.customers.queries import Archive
from crm_core.deals import queries, service
from crm_core.deals.models import Deal, DealStep
from crm_core.deals.service import DAYS, RecordDeal
from crm_core.kit.db import now
from crm_core.matters.service import LONGEST
from crm_core.org.actor import Actor
from screens import deals as look
from screens.deals import DEAL
from screens.screen import N_, Msg, Words
from screens.words.deals import STEPS

_KINDS: Final[dict[str, tuple[Kind[Any], Msg]]] = {
    "what": (Text(most=LONGEST), N_("What was sold?")),
    "amount": (Money(), N_("For how much?")),
    "contact": (CONTACT, N_("Who there bought it?")),
    **dict.fromkeys(DAYS, (Day(past=True), N_("On which day?"))),
}


async def _propose(_session: AsyncSession, _actor: Actor, answers: Answers) -> dict[str, Any]:
    """What is told of is mostly an order."""
    return {} if "step" in answers else {"step": DealStep.ORDERED.value}


async def _record(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Deal:
    return await service.record_deal(session, actor, RecordDeal(**values))


NEW_DEAL: Final = Form(
    "deal.new",
    title=N_("Deal"),
    fields=(
        CUSTOMER_FIELD,
        CONTACT_FIELD,
        Field("step", Choice(DealStep, STEPS), N_("Step"), N_("How far has it come?"), required=False),
        Field("on", Day(past=True), N_("Day"), N_("On which day?"), required=False),
        Field("amount", Worth(), DEAL.fields["amount"], _KINDS["amount"][1], from_line=True),
        Field("what", _KINDS["what"][0], DEAL.fields["what"], _KINDS["what"][1], from_line=True),
    ),
    command=RecordDeal,
    submit=_record,
    done=matters.saved(DEAL, Deal),
    permission=CHANGE,
    prefill=_propose,
    verbs={
        **{verb: {} for verb in ("成交", "签单", "deal", "sold", "sold to")},
        "报价给": {"step": DealStep.QUOTED.value},
    },
    amend=matters.amend(DEAL, Deal, service.change_deal),
)
DEALS: Final = Kept(
    look=DEAL,
    model=Deal,
    new=NEW_DEAL,
    change=matters.change_forms(DEAL, Deal, _KINDS, service.change_deal),
    is_open=Deal.paid_on.is_(None),
    by=Deal.created_at,
)


@archive_line(order=20)
async def line(session: AsyncSession, actor: Actor, archive: Archive) -> Words | None:
    worth = await queries.worth(session, archive.customer.id, actor.today(now(session)))
    if not worth.count:
        return None
    return look.archive_line(worth, await queries.by_year(session, archive.customer.id), actor)
