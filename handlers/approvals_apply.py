"""Starting a request: of which kind, which flow, then its form (CD03, AP01, AP05, AP10)."""

from collections.abc import Sequence

from conversations import driver
from conversations.approvals_apply import begins_with, form_of
from conversations.kinds.reference import Picked
from crm_core.approvals.errors import UNKNOWN_FLOW
from crm_core.approvals.permissions import APPLY
from crm_core.customers import queries as customers
from crm_core.kit.errors import DomainError
from crm_core.org.rights import require
from crm_core.playbook.flows import Flow, FlowKind
from crm_core.playbook.service import in_force
from handlers.routing import button, command
from handlers.turn import Turn
from screens.approvals_lists import APPLY as APPLY_KEY
from screens.approvals_lists import flows_screen, kinds_screen
from screens.customers import from_archive
from screens.screen import N_, Place, page_number

from_archive(N_("📝 Request"), APPLY_KEY, APPLY, order=60)


@command(
    "apply",
    N_("Ask for approval: travel, expenses, leave, quotation …"),
    permission=APPLY,
    order=32,
    words=("申请", "我要申请", "apply", "request"),
)
async def apply(turn: Turn) -> None:
    """All kinds; words behind the command that name a flow open its form at once."""
    named = [one for one in await _flows(turn) if turn.text and _named(one, turn.text)]
    if len(named) == 1:
        await driver.begin(turn.scene, form_of(named[0]), begins_with(named[0]))
        return
    await _kinds(turn, 0, Place.NEW)


def _named(flow: Flow, text: str) -> bool:
    return any(text.casefold() in title.casefold() for title in flow.title.values())


async def _flows(turn: Turn, about: int = 0) -> Sequence[Flow]:
    """The flows that can be started; about a customer, those that take one."""
    book = await in_force(turn.session, turn.actor.playbook_version)
    return [one for one in book.flows if not one.withdrawn and not (about and one.customer == "no")]


async def _customer(turn: Turn) -> tuple[int, str] | None:
    """The customer that the button is about, if the actor may read it."""
    if not turn.id:
        return None
    customer = await customers.find(turn.session, turn.actor, turn.id)
    return customer.id, customer.name


async def _kinds(turn: Turn, about: int, place: Place = Place.EDIT) -> None:
    await require(turn.session, turn.actor, APPLY)
    flows = await _flows(turn, about)
    counts = {kind: sum(one.kind is kind for one in flows) for kind in FlowKind}
    there = {kind: count for kind, count in counts.items() if count}
    await turn.show(kinds_screen(there, await _customer(turn) if about else None, place))


@button(APPLY_KEY)
async def choose(turn: Turn) -> None:
    """The kinds, or the flows of one."""
    assert turn.tap is not None
    said, _, page = turn.tap.arg.partition(".")
    if said not in set(FlowKind):
        await _kinds(turn, turn.id)
        return
    await require(turn.session, turn.actor, APPLY)
    kind = FlowKind(said)
    flows = [one for one in await _flows(turn, turn.id) if one.kind is kind]
    await turn.show(flows_screen(kind, flows, await _customer(turn), page_number(page)))


@button("apply.flow")
async def start(turn: Turn) -> None:
    """The flow's own form."""
    assert turn.tap is not None
    flow = next((one for one in await _flows(turn, turn.id) if one.key == turn.tap.arg), None)
    if flow is None:
        raise DomainError(UNKNOWN_FLOW)
    customer = await _customer(turn)
    known = begins_with(flow, Picked(*customer) if customer else None)
    await driver.begin(turn.scene, form_of(flow), known)
