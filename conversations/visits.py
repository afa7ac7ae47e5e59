"""The form that logs a visit."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.customers import CUSTOMER
from conversations.form import Answers, Field, Form
from conversations.kinds.choices import Choice
from conversations.kinds.media import Photos, Place
from conversations.kinds.plain import Text
from conversations.kinds.times import Day, Moment
from crm_core.customers import queries as customers
from crm_core.org.actor import Actor
from crm_core.visits import queries, service
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.permissions import LOG
from screens.screen import N_, Screen
from screens.visits import logged_screen
from screens.words.visits import KINDS

_VERBS: Final[dict[VisitKind | None, tuple[str, ...]]] = {
    None: ("拜访", "走访", "见了", "visited", "visit", "met with", "met", "saw", "dropped by"),
    VisitKind.RETURN: ("回访", "revisited", "followed up with"),
    VisitKind.FIRST: ("初访", "初次拜访", "首次拜访", "first visit to"),
    VisitKind.PHONE: ("电话联系", "电话拜访", "打电话给", "致电", "called", "phoned", "rang"),
    VisitKind.MATERIAL: ("寄资料给", "寄发资料", "发资料给", "mailed", "sent material to"),
    VisitKind.PRESENTATION: ("产品介绍", "演示给", "presented to", "demoed to"),
    VisitKind.NEGOTIATION: ("商务谈判", "谈判", "negotiated with"),
}


def _implied(kind: VisitKind | None) -> dict[str, str]:
    return {"kind": kind.value} if kind else {}


async def _propose(session: AsyncSession, actor: Actor, answers: Answers) -> dict[str, Any]:
    """The kind of one's last visit; with a customer nobody has seen yet, a first visit."""
    if "customer" not in answers or "kind" in answers:
        return {}
    customer = await customers.find(session, actor, answers["customer"].id)
    if customer.last_followup_at is None:
        return {"kind": VisitKind.FIRST.value}
    last = await queries.last_kind(session, actor)
    return {"kind": VisitKind.RETURN.value if last in (None, VisitKind.FIRST) else last}


async def _submit(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Visit:
    return await service.log_visit(session, actor, service.LogVisit(**values))


async def _done(session: AsyncSession, actor: Actor, visit: Visit) -> Screen:
    return logged_screen(await queries.find(session, actor, visit.id))


LOG_VISIT: Final = Form(
    "visit.log",
    title=N_("Visit"),
    fields=(
        Field("customer", CUSTOMER, N_("Customer"), N_("Whom did you visit?"), from_line=True),
        Field("kind", Choice(VisitKind, KINDS), N_("Kind"), N_("What kind of contact was it?"), from_line=True),
        Field(
            "summary",
            Text(most=service.LONGEST_SUMMARY, lines=True),
            N_("Talk"),
            N_("What did you talk about, and what came of it?"),
            from_line=True,
        ),
        Field(
            "next_on", Day(future=True), N_("Next step"), N_("When is the next step?"), required=False, from_line=True
        ),
        Field("photos", Photos(at_most=9), N_("Photos"), N_("Send the photos."), required=False),
        Field("location", Place(), N_("Place"), N_("Where was it?"), required=False),
        Field("happened_at", Moment(past=True), N_("Time"), N_("When was it?"), required=False),
    ),
    command=service.LogVisit,
    submit=_submit,
    done=_done,
    permission=LOG,
    prefill=_propose,
    verbs={verb: _implied(kind) for kind, verbs in _VERBS.items() for verb in verbs},
    when_said="happened_at",
)
