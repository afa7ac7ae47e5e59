"""Which bot serves which branch (BY30)."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from crm_core.bots import service
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.languages import language_of
from crm_core.kit.pages import FIRST, At
from crm_core.org import queries
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import require
from handlers.routing import button, command
from handlers.turn import Turn
from screens import post
from screens.bots import BRANCHES, MOST_BOTS, bots_screen, invited_screen, unit_screen
from screens.lists import page_of
from screens.post import Reader
from screens.screen import N_, Place, Screen

_BRANCHES_A_PAGE = 5


@command("bots", N_("Several bots: which serves which branch"), permission=MANAGE_PEOPLE, order=85)
async def bots(turn: Turn) -> None:
    await turn.show(await _overview(turn, FIRST, Place.NEW))


@button(BRANCHES.key)
async def turn_page(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    await turn.show(await _overview(turn, at, Place.EDIT))


async def _overview(turn: Turn, at: At, place: Place) -> Screen:
    await require(turn.session, turn.actor, MANAGE_PEOPLE)
    known = await service.bots(turn.session, MOST_BOTS + 1)
    page = await service.branches(turn.session, at, _BRANCHES_A_PAGE)
    return bots_screen(known, page, now(turn.session), place=place)


@button(BRANCHES.opens)
async def unit(turn: Turn) -> None:
    await turn.show(await _unit(turn))


async def _unit(turn: Turn) -> Screen:
    await require(turn.session, turn.actor, MANAGE_PEOPLE)
    found = await queries.unit(turn.session, turn.id)
    if found is None:
        raise DomainError(NOT_FOUND)
    own = await service.own(turn.session, found.id)
    known = await service.bots(turn.session, MOST_BOTS + 1)
    return unit_screen(SimpleNamespace(id=found.id, name=found.name), own.username if own else "", known)


@button("bots.assign")
async def assign(turn: Turn) -> None:
    """Said with one tap; whoever talks to another bot is asked to come over."""
    assert turn.tap is not None
    chosen = int(turn.tap.arg) if turn.tap.arg.isascii() and turn.tap.arg.isdigit() else 0
    asked = await service.assign(turn.session, turn.actor, turn.id, chosen or None)
    if asked:
        own = await service.own(turn.session, turn.id)
        assert own is not None
        await post.put_all(turn.session, [*_messages(asked, invited_screen(own.username), own.id)])
    await turn.toast(N_("Done. Asked to come over: %(count)s.")(count=len(asked)))
    await turn.show(await _unit(turn))


def _messages(asked: Sequence[AnyRow], screen: Screen, bot_id: int) -> Iterator[post.Message]:
    for one in asked:
        reader = Reader(one.bot_id, one.telegram_id, language_of(one.language) or "zh", ZoneInfo(one.zone))
        yield post.Message(reader, screen, f"bot:{bot_id}")
