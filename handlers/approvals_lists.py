"""What waits for one's signature, what one asked for, and every request one may read (AP01, AP06, BY17)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from conversations.approvals import announce, spoken
from crm_core.approvals import lists, queries, signing
from crm_core.approvals.authority import Say
from crm_core.customers import queries as customers
from crm_core.drafts import memory
from crm_core.kit.behind import nested
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.kit.pages import FIRST, At
from crm_core.kit.words.amounts import write_amount
from crm_core.playbook.book import Playbook
from crm_core.playbook.flows import FlowKind
from crm_core.playbook.service import in_force
from handlers.approvals import key_of
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.approvals import MINE_KEY, PENDING_KEY
from screens.approvals_lists import (
    A_BULK,
    ABOUT,
    ALL_KEY,
    APPLY,
    about_screen,
    all_screen,
    bulk_ask_screen,
    bulk_done_screen,
    bulk_screen,
    label,
    mine_screen,
    pending_screen,
)
from screens.lists import page_of
from screens.screen import N_, Button, Msg, Place, Row, in_rows
from screens.wording import words_of

_TICKS = "approvals.bulk"
ASK_OVER = 5
"""So many at once are asked for once more."""
A_GO = 20
"""So many are approved by one tap: somebody waits for the answer. Of more, a further tap goes on."""
MOST_TICKED = 500


async def _books(turn: Turn, rows: Iterable[Any]) -> dict[int, Playbook]:
    versions = {row.playbook_version for row in rows}
    return {one: await in_force(turn.session, one) for one in versions}


@tile(Module.FLOWS, order=10)
async def in_my_flows(turn: Turn) -> Part:
    """What waits for one, what one asked for, and the way to ask for more."""
    waiting = await queries.count_pending(turn.session, turn.actor)
    own = await lists.count_own(turn.session, turn.actor)
    lines: list[Msg] = [N_("%(count)s requests wait for your signature.")(count=waiting)] if waiting else []
    lines += [N_("%(count)s of your requests are under way.")(count=own)] if own else []
    first: Row = (Button(N_("✍ Waiting for me (%(count)s)")(count=waiting), PENDING_KEY),)
    rest = [
        Button(N_("📝 Request"), APPLY),
        Button(N_("📋 My requests"), MINE_KEY),
        Button(N_("🗂 All requests"), ALL_KEY),
    ]
    return Part(tuple(lines), (first, *in_rows(rest)))


@command(
    "approvals", N_("Requests that wait for my signature"), order=33, words=("审批", "待审批", "待我审批", "approvals")
)
async def approvals(turn: Turn) -> None:
    await _pending(turn, FIRST, Place.NEW)


@button(PENDING_KEY)
async def turn_pending(turn: Turn) -> None:
    assert turn.tap is not None
    await _pending(turn, page_of(turn.tap.arg)[0], Place.EDIT)


async def _pending(turn: Turn, at: At, place: Place) -> None:
    page = await lists.waiting(turn.session, turn.actor, at)
    count = await queries.count_pending(turn.session, turn.actor)
    books = await _books(turn, page.rows)
    await turn.show(pending_screen(page, books, turn.actor, now(turn.session), count, place))


@command("requests", N_("My requests: where each stands"), order=34, words=("我的申请", "my requests"))
async def requests(turn: Turn) -> None:
    await _mine(turn, FIRST, Place.NEW)


@button(MINE_KEY)
async def turn_mine(turn: Turn) -> None:
    assert turn.tap is not None
    await _mine(turn, page_of(turn.tap.arg)[0], Place.EDIT)


async def _mine(turn: Turn, at: At, place: Place) -> None:
    page = await lists.own(turn.session, turn.actor, at)
    books = await _books(turn, page.rows)
    waits = await queries.waiting_on(turn.session, [row.id for row in page.rows])
    await turn.show(mine_screen(page, books, waits, turn.actor, now(turn.session), place))


@button(ALL_KEY)
async def turn_all(turn: Turn) -> None:
    """Of one kind of flow, or of all."""
    assert turn.tap is not None
    at, said = page_of(turn.tap.arg)
    kind = FlowKind(said) if said in set(FlowKind) else None
    page = await lists.all_of(turn.session, turn.actor, kind, at)
    await turn.show(all_screen(page, await _books(turn, page.rows), turn.actor, kind))


@button(ABOUT.key)
async def turn_about(turn: Turn) -> None:
    """The requests about a customer whose archive one may read."""
    assert turn.tap is not None
    customer = await customers.find(turn.session, turn.actor, turn.id)
    page = await lists.about(turn.session, turn.actor, customer.id, page_of(turn.tap.arg)[0])
    await turn.show(about_screen(page, await _books(turn, page.rows), turn.actor, (customer.id, customer.name)))


# --- several at once


async def _ticked(turn: Turn) -> dict[int, Any]:
    """What is ticked and still waits for the actor, by seat."""
    kept = await memory.last_time(turn.session, turn.actor.id, _TICKS)
    rows = await lists.waiting_among(turn.session, turn.actor, kept.get("seats", ()))
    return {row.seat: row for row in rows}


async def _tick(turn: Turn, seats: Iterable[int]) -> None:
    """Keep what is ticked, until it is approved or the ticks begin anew."""
    await memory.remember(turn.session, turn.actor.id, _TICKS, {"seats": sorted(seats)})


def _sum(rows: Iterable[Any]) -> Decimal:
    return sum((row.amount for row in rows if row.amount is not None), Decimal(0))


def _total(rows: Iterable[Any]) -> str | None:
    total = _sum(rows)
    return write_amount(total) if total else None


async def _bulk(turn: Turn, at: At) -> None:
    page = await lists.waiting(turn.session, turn.actor, at, A_BULK)
    if not page.rows and at != FIRST:
        at, page = FIRST, await lists.waiting(turn.session, turn.actor, limit=A_BULK)
    ticked = await _ticked(turn)
    books = await _books(turn, page.rows)
    await turn.toast(N_("%(count)s ticked")(count=len(ticked)))
    count = min(await queries.count_pending(turn.session, turn.actor), MOST_TICKED)
    await turn.show(bulk_screen(page, at, books, turn.actor, ticked, _total(ticked.values()), count))


@button("approvals.bulk")
async def bulk(turn: Turn) -> None:
    """Ticks; from the list they begin anew, the arrows keep them."""
    assert turn.tap is not None
    if not turn.tap.arg:
        await _tick(turn, ())
    await _bulk(turn, page_of(turn.tap.arg)[0])


@button("approvals.tick")
async def tick(turn: Turn) -> None:
    """One more, or one less."""
    assert turn.tap is not None
    ticked = set(await _ticked(turn))
    await _tick(turn, ticked ^ {turn.id})
    await _bulk(turn, page_of(turn.tap.arg)[0])


@button("approvals.page")
async def tick_page(turn: Turn) -> None:
    """All of the page, or none of it; or every one that waits."""
    assert turn.tap is not None
    at, which = page_of(turn.tap.arg)
    here = {row.seat for row in (await lists.waiting(turn.session, turn.actor, at, A_BULK)).rows}
    ticked = set(await _ticked(turn))
    if which == "every":
        here = set(await lists.all_waiting(turn.session, turn.actor, MOST_TICKED))
    await _tick(turn, ticked - here if which == "none" else ticked | here)
    await _bulk(turn, at)


@button("approvals.do")
async def approve_ticked(turn: Turn) -> None:
    """Each by itself: what fails has its line, and stops no other. Many, or much money, are asked once more."""
    assert turn.tap is not None
    ticked = await _ticked(turn)
    book = await in_force(turn.session, turn.actor.playbook_version)
    much = len(ticked) > ASK_OVER or _sum(ticked.values()) > book.approvals.bulk_ask_over
    if not ticked or turn.tap.revision != len(ticked):
        await turn.toast(N_("Something has changed meanwhile. Please look again."), alert=True)
        await _bulk(turn, FIRST)
        return
    if much and turn.tap.arg != "yes":
        await turn.show(bulk_ask_screen(len(ticked), _total(ticked.values())))
        return
    first, later = list(ticked)[:A_GO], list(ticked)[A_GO:]
    await _tick(turn, later)
    books = await _books(turn, ticked.values())
    failed: list[tuple[str, Msg]] = []
    for seat in first:
        try:
            async with nested(turn.session):
                with spoken(turn.session, turn.actor):
                    case = await signing.approve(turn.session, turn.actor, Say(seat=seat, key=key_of(turn, seat)))
                await announce(turn.session, case, turn.actor)
        except DomainError as error:
            failed.append((label(ticked[seat], books, turn.actor, who=True), words_of(error)))
    await turn.show(bulk_done_screen(len(first) - len(failed), failed, len(later)))
