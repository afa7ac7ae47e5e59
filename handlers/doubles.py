"""Customers that are here twice (BY11): the pairs, what a merge would do, the merge; and asking for one (BY10)."""

from conversations import driver
from conversations.asking import DECLINE, tell_decided, tell_givers, tell_withdrawn
from conversations.doubles import MERGE_WITH, merge_card
from crm_core.customers import asking, doubles, queries
from crm_core.customers.merge import merge, preview
from crm_core.customers.models import Customer
from crm_core.customers.permissions import GIVE, MERGE
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.rights import Scope, require, scope_of
from handlers.forms import STALE
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import asking as asking_screens
from screens.asking import WAITING, asked_screen, request_screen, waiting_screen
from screens.doubles import CARD, DO, LIST, PAIRS_A_PAGE, TWO, chosen, merged_screen, pairs_screen
from screens.lists import page_of
from screens.screen import N_, Button, Place

_LABEL = N_("≈ Customers that look alike")


@tile(Module.CUSTOMERS, permission=MERGE, order=70)
async def alike(turn: Turn) -> Part:
    """For who sees to more than the own customers."""
    beyond = scope_of(turn.actor, MERGE) > Scope.OWN
    return Part(rows=((Button(_LABEL, LIST),),) if beyond else ())


@command(
    "duplicates",
    N_("Customers that look alike: merge them"),
    permission=MERGE,
    order=60,
    beyond=Scope.OWN,
    words=("查重", "重复客户", "duplicates"),
)
async def duplicates(turn: Turn) -> None:
    """All pairs within reach, from the start."""
    await _list(turn, (0, 0), Place.NEW)


@button(LIST)
async def turn_page(turn: Turn) -> None:
    assert turn.tap is not None
    one, other = _numbers(turn.tap.arg, 2)
    await _list(turn, (one, other), Place.EDIT)


async def _list(turn: Turn, after: tuple[int, int], place: Place) -> None:
    await require(turn.session, turn.actor, MERGE)
    found, more = await doubles.pairs(turn.session, turn.actor, after, PAIRS_A_PAGE)
    await turn.show(pairs_screen(found, more=more, after=after, place=place))


@button(CARD)
async def compare(turn: Turn) -> None:
    """The two side by side; a tap on a field takes the other one's value. A card out of date starts anew."""
    assert turn.tap is not None
    other, revision, _, page = _numbers(turn.tap.arg, 4)
    shown = await preview(turn.session, turn.actor, turn.id, other)
    seen = (turn.tap.revision, revision)
    fresh = seen in ((shown.kept.revision, shown.other.revision), (0, 0))
    if not fresh:
        await turn.toast(STALE)
    taken = _bits(turn.tap.arg) if fresh and shown.kept.id == turn.id else 0
    await turn.show(await merge_card(turn.session, turn.actor, shown, taken, page))


@button(DO)
async def do(turn: Turn) -> None:
    """Into one, at once; the button under it takes it back."""
    assert turn.tap is not None
    other, revision, _, _ = _numbers(turn.tap.arg, 4)
    shown = await preview(turn.session, turn.actor, turn.id, other)
    if (turn.tap.revision, revision) != (shown.kept.revision, shown.other.revision):
        await turn.toast(STALE)
        await turn.show(await merge_card(turn.session, turn.actor, shown))
        return
    was = shown.other.name
    choices = chosen(shown, _bits(turn.tap.arg))
    done = await merge(turn.session, turn.actor, shown.kept.id, shown.other.id, choices)
    kept = await turn.session.get_one(Customer, done.kept_id)
    other_name = next((name for name in reversed(kept.former_names) if name != kept.name), was)
    await turn.show(merged_screen(kept.id, kept.name, was if was != kept.name else other_name))


@button(TWO)
async def two(turn: Turn) -> None:
    """They are not the same: nobody is shown this pair again."""
    assert turn.tap is not None
    other, *_ = _numbers(turn.tap.arg, 4)
    await doubles.not_the_same(turn.session, turn.actor, turn.id, other)
    await turn.toast(N_("Noted: they are two customers."))
    await _list(turn, (0, 0), Place.EDIT)


@button("merge.with")
async def merge_with(turn: Turn) -> None:
    customer = await queries.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, MERGE, on=customer)
    await driver.begin(turn.scene, MERGE_WITH, {"customer": customer.id})


@button("request.ask")
async def ask(turn: Turn) -> None:
    """Ask whoever may give it; asked twice it says that it waits."""
    asked = await asking.ask(turn.session, turn.actor, turn.id)
    await tell_givers(turn.session, turn.actor, asked)
    await turn.show(asked_screen(asked.request))


@button("request")
async def request(turn: Turn) -> None:
    row = await asking.find(turn.session, turn.actor, turn.id)
    if row.asker_id == turn.actor.id:
        await turn.show(asked_screen(row))
    else:
        await turn.show(request_screen(row, row.customer, row.asker))


@button("request.agree")
async def agree(turn: Turn) -> None:
    done = await asking.agree(turn.session, turn.actor, turn.id)
    await turn.show(await tell_decided(turn.session, turn.actor, done))


@button("request.decline")
async def decline(turn: Turn) -> None:
    """It asks for the reason first."""
    row = await asking.find(turn.session, turn.actor, turn.id)
    if row.asker_id == turn.actor.id:
        raise DomainError(NOT_FOUND)
    if row.state != "open":
        await turn.toast(STALE)
        await turn.show(request_screen(row, row.customer, row.asker))
        return
    await driver.begin(turn.scene, DECLINE, {"request": row.id})


@button("request.withdraw")
async def withdraw(turn: Turn) -> None:
    gone = await asking.withdraw(turn.session, turn.actor, turn.id)
    customer = await turn.session.get_one(Customer, gone.customer_id)
    await tell_withdrawn(turn.session, turn.actor, gone, customer.name)
    await turn.show(asked_screen(gone))


@tile(Module.FLOWS, permission=GIVE, order=30)
async def flows(turn: Turn) -> Part:
    """Who asks for a customer that one may give."""
    page = await asking.waiting(turn.session, turn.actor)
    return Part(rows=((Button(asking_screens.WAITING.title, WAITING.key),),) if page.rows else ())


@button(WAITING.key)
async def waiting(turn: Turn) -> None:
    assert turn.tap is not None
    await require(turn.session, turn.actor, GIVE)
    at, _ = page_of(turn.tap.arg)
    await turn.show(waiting_screen(await asking.waiting(turn.session, turn.actor, at), turn.actor))


def _numbers(arg: str, many: int) -> list[int]:
    """The numbers of a button's argument; anybody can forge it, and what is none counts as 0."""
    parts = [*arg.split("."), *["0"] * many][:many]
    return [int(one) if one.isascii() and one.isdigit() and len(one) <= 18 else 0 for one in parts]


def _bits(arg: str) -> int:
    """The third part, in hexadecimal."""
    parts = arg.split(".")
    try:
        return int(parts[2], 16) if len(parts) > 2 and len(parts[2]) <= 16 else 0
    except ValueError:
        return 0
