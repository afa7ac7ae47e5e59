"""The customer pool: the list, the masked card, claiming; how long one's own customers are kept (BY12)."""

from conversations import driver
from conversations.customers import archive_card
from conversations.pool import ASSIGN_TO, EXTEND, GIVE_BACK
from crm_core.customers import queries as customers
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.kit.pages import FIRST, At, Page
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from crm_core.pool import extensions, queries, service
from crm_core.pool.errors import NO_POOL
from crm_core.pool.permissions import ASSIGN, KEEP, SEE
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.lists import page_of
from screens.pool import CLAIMED, FOUND, POOL, TILE, card_screen, found_row, found_screen, keep_screen, pool_screen
from screens.screen import N_, Place, Row


@tile(Module.CUSTOMERS, permission=SEE, order=60)
async def in_my_customers(turn: Turn) -> Part:
    """Where nobody's customers are."""
    return Part(rows=((TILE,),)) if await queries.pools_of(turn.session, turn.actor) else Part()


@command("pool", N_("Customer pool: claim a customer; /pool Nordhaus finds one"), permission=SEE, order=30)
async def pool(turn: Turn) -> None:
    """What nobody owns, or what of it matches the words behind the command."""
    if turn.text:
        await _found(turn, turn.text, FIRST, Place.NEW)
    else:
        await _list(turn, "", FIRST, Place.NEW)


@button(POOL.key)
async def turn_page(turn: Turn) -> None:
    """Another page, or another pool."""
    assert turn.tap is not None
    at, key = page_of(turn.tap.arg)
    await _list(turn, key, at, Place.EDIT)


async def _list(turn: Turn, key: str, at: At, place: Place) -> None:
    await require(turn.session, turn.actor, SEE)
    pools = await queries.pools_of(turn.session, turn.actor)
    if not pools:
        raise DomainError(NO_POOL)
    shown = next((one for one in pools if one.key == key), pools[0])
    page = await queries.listing(turn.session, turn.actor, [shown], at)
    await turn.show(pool_screen(page, pools, shown, turn.actor, turn.actor.today(now(turn.session)), place))


@button(FOUND.key)
async def turn_found(turn: Turn) -> None:
    assert turn.tap is not None
    at, words = page_of(turn.tap.arg)
    await _found(turn, words, at, Place.EDIT)


async def _found(turn: Turn, text: str, at: At, place: Place) -> None:
    await require(turn.session, turn.actor, SEE)
    page = await _search(turn, text, at)
    await turn.show(found_screen(page, turn.actor, text, turn.actor.today(now(turn.session)), place))


async def _search(turn: Turn, text: str, at: At = FIRST) -> Page:
    pools = await queries.pools_of(turn.session, turn.actor)
    return await queries.search(turn.session, turn.actor, pools, text, at)


async def found_in_pool(turn: Turn, text: str) -> tuple[Row, ...]:
    """The row that leads from a search among one's own customers to those of the pool."""
    return found_row(await _search(turn, text), text)


@button("pool.card")
async def card(turn: Turn) -> None:
    """The masked card; that one looked is logged."""
    shown = await queries.card(turn.session, turn.actor, turn.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    last = shown.customer.last_followup_at
    since = customers.days_between(turn.actor, last, now(turn.session)) if last else None
    await turn.show(card_screen(shown, turn.actor, book, since))


@button("pool.claim")
async def claim(turn: Turn) -> None:
    await service.claim(turn.session, turn.actor, turn.id)
    await turn.show(await archive_card(turn.session, turn.actor, turn.id, said=CLAIMED))


@button("pool.assign")
async def assign(turn: Turn) -> None:
    await require(turn.session, turn.actor, ASSIGN)
    await queries.find_pooled(turn.session, turn.actor, turn.id)
    await driver.begin(turn.scene, ASSIGN_TO, {"customer_id": turn.id})


async def _mine(turn: Turn) -> None:
    """Raises for whose customer it is not."""
    customer = await customers.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, KEEP, on=customer)


@button("pool.keep")
async def keep(turn: Turn) -> None:
    """How long the customer is kept."""
    await _mine(turn)
    await turn.show(keep_screen(await queries.keeping(turn.session, turn.actor, turn.id)))


@button("pool.extend")
async def extend(turn: Turn) -> None:
    """Ask for more time: the reason is all that is missing."""
    assert turn.tap is not None
    await _mine(turn)
    days = int(turn.tap.arg) if turn.tap.arg in ("7", "14") else extensions.MOST_DAYS
    await driver.begin(turn.scene, EXTEND, {"customer": turn.id, "days": days})


@button("pool.return")
async def give_back(turn: Turn) -> None:
    await _mine(turn)
    await driver.begin(turn.scene, GIVE_BACK, {"customer_id": turn.id})


@button("pool.lock")
async def lock(turn: Turn) -> None:
    await _mine(turn)
    await service.lock(turn.session, turn.actor, turn.id)
    await keep(turn)


@button("pool.unlock")
async def unlock(turn: Turn) -> None:
    await _mine(turn)
    await service.unlock(turn.session, turn.actor, turn.id)
    await keep(turn)
