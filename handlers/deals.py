"""Deals: the next step. The rest is what all matters have."""

from conversations.deals import DEALS
from conversations.matters import card
from crm_core.customers.permissions import READ
from crm_core.deals import service
from crm_core.deals.models import Deal, DealStep
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_FOUND, DomainError
from crm_core.matters.queries import count
from handlers.forms import STALE
from handlers.matters import changeable, serve
from handlers.routing import button
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.deals import ALL_OPEN, DEAL
from screens.screen import N_, Button

serve(DEALS)


@button("deal.step")
async def step(turn: Turn) -> None:
    """It has come so far today; another day can be set by ✎."""
    assert turn.tap is not None
    if turn.tap.arg not in set(DealStep):
        raise DomainError(NOT_FOUND)
    await changeable(turn, DEALS)
    try:
        await service.step_deal(turn.session, turn.actor, turn.id, DealStep(turn.tap.arg), turn.tap.revision)
    except DomainError as error:
        if error.code != CHANGED_MEANWHILE:
            raise
        await turn.toast(STALE)
        await turn.show(await card(turn.session, turn.actor, DEAL, Deal, turn.id))
        return
    await turn.show(await card(turn.session, turn.actor, DEAL, Deal, turn.id, N_("✓ Saved.")))


@tile(Module.WORK, permission=READ, order=27)
async def unpaid(turn: Turn) -> Part:
    """What was sold and is not paid yet: one's own, and a manager's team's."""
    there = await count(turn.session, turn.actor, Deal, DEALS.is_open)
    return Part(rows=((Button(N_("💰 Deals not paid yet (%(count)s)")(count=there), ALL_OPEN.key),),) if there else ())
