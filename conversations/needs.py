"""The forms of needs (CA04): what a customer wants, why it was lost, who must know."""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import matters
from conversations.archive import archive_line
from conversations.contacts import CONTACT
from conversations.form import Answers, Field, Form
from conversations.kinds.base import Kind
from conversations.kinds.plain import Money, Text
from conversations.kinds.reference import Found, NamedRef
from conversations.kinds.taken import Count, Until
from conversations.matters import CONTACT_FIELD, CUSTOMER_FIELD, Kept
from conversations.org import EMPLOYEE
from crm_core.customers.permissions import CHANGE
from crm_core.customers.queries import Archive
from crm_core.kit.db import now
from crm_core.matters.queries import find
from crm_core.matters.service import LONGEST
from crm_core.needs import queries, service
from crm_core.needs.models import Need, NeedState
from crm_core.needs.service import RecordNeed, Told
from crm_core.org.actor import Actor
from crm_core.org.queries import seat
from crm_core.outbox.models import Priority
from screens import matters as screens
from screens import needs as look
from screens import post
from screens.needs import NEED
from screens.post import Reader
from screens.screen import N_, Msg, Place, Screen, Words


async def _colleagues(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Everybody but oneself."""
    found = await EMPLOYEE.find(session, actor, text, held)
    return replace(found, options=tuple(one for one in found.options if one.id != actor.id))


COLLEAGUE: Final = NamedRef(find=_colleagues, get=EMPLOYEE.get)
_KINDS: Final[dict[str, tuple[Kind[Any], Msg]]] = {
    "what": (Text(most=LONGEST), N_("What do they want?")),
    "contact": (CONTACT, N_("Who there wants it?")),
    "due_on": (Until(), N_("By when do they want it?")),
    "amount": (Money(), N_("What could it be worth?")),
    "quantity": (Count(), N_("How many?")),
}
_TELL: Final = Field("tell", COLLEAGUE, N_("Tell"), N_("Which colleague must know?"), required=False)


def _field(name: str) -> Field:
    kind, ask = _KINDS[name]
    return Field(name, kind, NEED.fields[name], ask, required=name == "what", from_line=True)


async def _record(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Told:
    return await service.record_need(session, actor, RecordNeed(**values))


async def _told(session: AsyncSession, actor: Actor, done: Told) -> Screen:
    """The card for who wrote it down; each who must know gets it too, in the own language."""
    row = await find(session, actor, Need, done.need.id)
    for who in done.readers:
        at = await seat(session, who.id)
        if at is None:
            continue
        theirs = await find(session, who, Need, done.need.id)
        said = N_("📣 %(name)s tells you of a need:")(name=actor.name)
        card = screens.card(NEED, theirs, who, who.today(now(session)), said=said, place=Place.NEW)
        await post.send(session, Reader(*at, who.language, who.zone), card, priority=Priority.PUSH)
    names = ", ".join(who.name for who in done.readers)
    said = N_("✓ Saved. Told: %(names)s")(names=names) if names else N_("✓ Saved.")
    return screens.card(NEED, row, actor, actor.today(now(session)), said=said)


NEW_NEED: Final = Form(
    "need.new",
    title=N_("Need"),
    fields=(
        CUSTOMER_FIELD,
        CONTACT_FIELD,
        *(_field(name) for name in ("due_on", "amount", "quantity", "what")),
        _TELL,
    ),
    command=RecordNeed,
    submit=_record,
    done=_told,
    permission=CHANGE,
    verbs={verb: {} for verb in ("需求", "客户需求", "新需求", "need", "needs", "new need")},
    amend=matters.amend(NEED, Need, service.change_need),
)


async def _lose(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Need:
    return await service.end_need(session, actor, given["matter_id"], NeedState.LOST, given["value"])


async def _tell(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Told:
    return await service.tell_need(session, actor, given["matter_id"], given["value"])


LOSE_NEED: Final = matters.word_form(
    NEED,
    "lose",
    N_("Need lost"),
    Field("value", Text(most=LONGEST), N_("Reason"), N_("Why was it lost?")),
    _lose,
    matters.saved(NEED, Need),
)
TELL_NEED: Final = matters.word_form(
    NEED,
    "tell",
    N_("Tell a colleague"),
    Field("value", COLLEAGUE, N_("Colleague"), N_("Which colleague must know?")),
    _tell,
    _told,
)
NEEDS: Final = Kept(
    look=NEED,
    model=Need,
    new=NEW_NEED,
    change=matters.change_forms(NEED, Need, _KINDS, service.change_need),
    is_open=queries.OPEN,
    by=queries.SOONEST,
)


@archive_line(order=30)
async def line(session: AsyncSession, actor: Actor, archive: Archive) -> Words | None:
    first = await queries.first_open(session, archive.customer.id)
    return look.archive_line(first, actor) if first is not None else None
