"""Handing over in the chat (HO01-HO04): who takes over is asked by a form; both sides are told."""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals import beside_request
from conversations.approvals_apply import sends
from conversations.customers import archive_card
from conversations.form import Answers, Field, Form, Option
from conversations.kinds.plain import Text
from conversations.kinds.reference import Found, NamedRef
from conversations.telling import tell
from crm_core.approvals.queries import Whole
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.queries import find as find_customer
from crm_core.handover import plans, queries, requests, service
from crm_core.handover.models import HandoverPlan
from crm_core.handover.permissions import HAND_OVER, TRANSFER
from crm_core.handover.requests import TransferApproved
from crm_core.handover.service import LONGEST_REASON, Outlook, Share, Transfer, Transferred
from crm_core.handover.shares import Rule
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.events import subscribe
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from screens import handover as screens
from screens.approvals_route import Line
from screens.screen import N_, Place, Screen

_MOST_OPTIONS: Final = 5


def _found(rows: list[Any]) -> Found:
    options = tuple(Option(row.id, row.name, row.unit) for row in rows[:_MOST_OPTIONS])
    return Found(options, len(rows) > _MOST_OPTIONS)


async def _takers(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Who can take over what the plan is about."""
    plan = await plans.find(session, actor, held["plan"])
    return _found(await queries.receivers(session, plan.from_id, text, limit=_MOST_OPTIONS + 1))


async def _others(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Who can take the customer over from its owner."""
    customer = await find_customer(session, actor, held["customer"])
    owner_id = customer.owner_id or actor.id
    return _found(await queries.receivers(session, owner_id, text, limit=_MOST_OPTIONS + 1))


async def colleague(session: AsyncSession, actor: Actor, employee_id: int) -> Option:
    row = await queries.colleague(session, actor, employee_id)
    return Option(row.id, row.name, row.unit)


async def plan_card(session: AsyncSession, actor: Actor, plan: HandoverPlan) -> Screen:
    """What goes where; while nobody is chosen yet, who there is."""
    if not plan.to_ids and not plan.by_hand and plan.rule != Rule.MANAGER.value:
        return await who_card(session, actor, plan)
    prepared = await plans.look(session, actor, plan)
    return screens.preview_screen(prepared, await in_force(session, actor.playbook_version))


async def who_card(session: AsyncSession, actor: Actor, plan: HandoverPlan) -> Screen:
    person = await queries.colleague(session, actor, plan.from_id)
    chosen = await queries.names(session, plan.to_ids)
    near = await queries.receivers(session, plan.from_id)
    return screens.who_screen(plan, person.name, {one: chosen[one] for one in plan.to_ids}, near)


async def planned_card(session: AsyncSession, actor: Actor, plan: HandoverPlan, at: Any = queries.FIRST) -> Screen:
    """Customer by customer."""
    prepared = await plans.look(session, actor, plan)
    page = await plans.customers_of(session, actor, plan, at)
    names = {share.employee_id: share.name for share in prepared.outlook.shares}
    return screens.planned_screen(page, plan, prepared.outlook, names)


async def tell_everybody(session: AsyncSession, actor: Actor, made: Outlook) -> None:
    """One message to each who gets customers, one to whose they were; who does it knows."""
    for share in made.shares:
        if share.employee_id == actor.id:
            continue
        move_id = await _first_move(session, made, share)
        await tell(session, share.employee_id, screens.received_screen(made, share, actor.name, move_id))
    if made.from_id != actor.id and made.count:
        await tell(session, made.from_id, screens.given_screen(made, actor.name))


async def _first_move(session: AsyncSession, made: Outlook, share: Share) -> int | None:
    """By this entry of the log the message is found again, should all of it be taken back."""
    latest = select(func.max(Ownership.at)).where(Ownership.from_owner_id == made.from_id).scalar_subquery()
    return await session.scalar(
        select(func.min(Ownership.id)).where(
            Ownership.from_owner_id == made.from_id, Ownership.to_owner_id == share.employee_id, Ownership.at == latest
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """A colleague of those who are not near takes over: by the plan's rule, or (`customer`, else 0) one by hand."""

    plan: int
    customer: int
    to: int


async def _choose(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> tuple[HandoverPlan, bool]:
    asked = TakeOver(**values)
    if asked.customer:
        return await plans.give_by_hand(session, actor, asked.plan, asked.customer, asked.to), True
    plan = await plans.find(session, actor, asked.plan)
    if asked.to in plan.to_ids:
        return plan, False
    return await plans.toggle(session, actor, asked.plan, asked.to), False


async def _chosen(session: AsyncSession, actor: Actor, done: tuple[HandoverPlan, bool]) -> Screen:
    plan, by_hand = done
    if by_hand:
        return await planned_card(session, actor, plan)
    if plan.rule == Rule.ONE.value:
        return await plan_card(session, actor, plan)
    return await who_card(session, actor, plan)


TAKE_OVER: Final = Form(
    "handover.to",
    title=N_("Handover"),
    fields=(Field("to", NamedRef(find=_takers, get=colleague), N_("Colleague"), N_("Which colleague takes over?")),),
    command=TakeOver,
    submit=_choose,
    done=_chosen,
    permission=HAND_OVER,
    hidden=("plan", "customer"),
    at_once=True,
)


@dataclass(frozen=True, slots=True)
class _Given:
    """A transfer with the reason that was said."""

    done: Transferred
    reason: str | None


async def _transfer(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> _Given:
    asked = Transfer(**values)
    return _Given(await service.transfer(session, actor, asked), asked.reason)


async def _transferred(session: AsyncSession, actor: Actor, given: _Given) -> Screen:
    """The colleague gets the archive with all that was done and comes next (HO03)."""
    customer, taker = given.done.customer, given.done.taker
    giver = (await queries.names(session, [given.done.giver_id]))[given.done.giver_id]

    async def archive(who: Actor) -> Screen:
        return await archive_card(session, who, customer.id, said=screens.came_words(giver, given.reason))

    if taker.id != actor.id:
        await tell(session, taker.id, archive)
    if given.done.giver_id != actor.id:
        lost = screens.lost_screen(customer.name, taker.name, actor.name, given.reason)
        await tell(session, given.done.giver_id, lost)
    return screens.transferred_screen(customer.name, taker.name, given.reason)


HAND_ON: Final = Form(
    "customer.transfer",
    title=N_("Transfer"),
    fields=(
        Field("to", NamedRef(find=_others, get=colleague), N_("Colleague"), N_("Which colleague gets the customer?")),
        Field("reason", Text(most=LONGEST_REASON), N_("Reason"), N_("Why is it handed over?"), required=False),
    ),
    command=Transfer,
    submit=_transfer,
    done=_transferred,
    permission=TRANSFER,
    hidden=("customer",),
)


sends(requests.SUBJECT, requests.ask)


@beside_request(requests.SUBJECT)
async def _who_has_it(session: AsyncSession, _applicant: Actor, whole: Whole) -> list[Line]:
    """Whose customer it is, for who is to decide."""
    if whole.request.ended or whole.row.subject_id is None:
        return []
    customer = await session.get_one(Customer, whole.row.subject_id)
    names = await queries.names(session, [customer.owner_id] if customer.owner_id else [])
    return [Line(N_("Looked after by %(name)s now")(name=name)) for name in names.values()]


@subscribe(TransferApproved)
async def hand_it_over(session: AsyncSession, event: TransferApproved) -> None:
    """The colleague gets the archive with all that was done and comes next; whose it was hears where it went."""
    customer = event.done.customer
    names = await queries.names(session, [event.done.giver_id, *((event.by_id,) if event.by_id else ())])

    async def archive(who: Actor) -> Screen:
        said = screens.came_words(names[event.done.giver_id], event.reason)
        return replace(await archive_card(session, who, customer.id, said=said), place=Place.NEW)

    await tell(session, event.done.taker.id, archive)
    if event.applicant_id != event.done.giver_id:
        by = names.get(event.by_id or 0, "Rounds")
        lost = screens.lost_screen(customer.name, event.done.taker.name, by, event.reason)
        await tell(session, event.done.giver_id, lost)


async def theirs(session: AsyncSession, actor: Actor, plan: HandoverPlan, customer_id: int) -> Customer:
    """A customer of the person that the plan is about. Raises `not_found`."""
    customer = await find_customer(session, actor, customer_id)
    if customer.owner_id != plan.from_id:
        raise DomainError(NOT_FOUND)
    return customer
