"""Trips and expense claims: asked for, set out, handed in, looked through, paid."""

from conversations import driver
from conversations.engine import Do
from conversations.expenses import (
    CORRECT_CLAIM,
    NEW_CLAIM,
    NEW_TRIP,
    as_it_is,
    claim_card,
    flow_for,
    of_trip,
    trip_card,
)
from conversations.form import Form
from crm_core.approvals.facts import Status
from crm_core.attachments import service as attachments
from crm_core.attachments.service import Attached
from crm_core.expenses import claims, errors, queries, trips
from crm_core.expenses.models import ExpenseItem
from crm_core.expenses.permissions import AUDIT, PAY, READ, REQUEST
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.models import Employee
from crm_core.org.rights import may, require
from crm_core.playbook.service import in_force
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import expenses as screens
from screens import post
from screens.attachments import picture_of
from screens.lists import page_of
from screens.screen import N_, Button, Place, page_number


async def _begin(turn: Turn, form: Form, kind: str, *, stays: bool = False) -> None:
    given = await flow_for(turn.session, turn.actor, kind)
    await driver.begin(turn.scene.stays() if stays else turn.scene, form, given)


@command(
    "travel",
    N_("Ask for a trip"),
    permission=REQUEST,
    order=60,
    words=("出差", "出差申请", "申请出差", "travel", "trip"),
)
async def travel(turn: Turn) -> None:
    await _begin(turn, NEW_TRIP, trips.SUBJECT, stays=True)


@button("trip.new")
async def new_trip(turn: Turn) -> None:
    await _begin(turn, NEW_TRIP, trips.SUBJECT)


@button("trip")
async def trip(turn: Turn) -> None:
    await turn.show(await trip_card(turn.session, turn.actor, turn.id))


@button("trips")
async def trips_of(turn: Turn) -> None:
    """Somebody's trips, the latest first."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, READ, on=turn.id)
    at, _ = page_of(turn.tap.arg)
    page = await queries.trips_of(turn.session, turn.actor, turn.id, at)
    await turn.show(screens.trips_screen(page, turn.actor, turn.id))


@button("trip.begin")
async def begin(turn: Turn) -> None:
    """Set out, once it is approved (EX01)."""
    await trips.begin_trip(turn.session, turn.actor, turn.id)
    said = N_("🧳 Have a good trip! Log your visits as you go.")
    await turn.show(await trip_card(turn.session, turn.actor, turn.id, said=said))


@button("trip.claim")
async def claim_trip(turn: Turn) -> None:
    """What a trip cost; its days' money stands there already."""
    given = await of_trip(turn.session, turn.actor, turn.id)
    await driver.begin(turn.scene, NEW_CLAIM, given, first=Do("open", "items"))


@command(
    "claim",
    N_("Claim expenses"),
    permission=REQUEST,
    order=61,
    words=("报销", "费用报销", "报销申请", "claim", "expenses"),
)
async def claim(turn: Turn) -> None:
    await _begin(turn, NEW_CLAIM, claims.SUBJECT, stays=True)


@button("claim.new")
async def new_claim(turn: Turn) -> None:
    await _begin(turn, NEW_CLAIM, claims.SUBJECT)


@button("expense_claim")
async def one(turn: Turn) -> None:
    await turn.show(await claim_card(turn.session, turn.actor, turn.id))


@button("expense_item")
async def of_line(turn: Turn) -> None:
    """The claim that a line stands in."""
    item = await turn.session.get(ExpenseItem, turn.id)
    if item is None:
        raise DomainError(NOT_FOUND)
    await turn.show(await claim_card(turn.session, turn.actor, item.claim_id))


@button("claims")
async def claims_of(turn: Turn) -> None:
    """Somebody's claims, the latest first."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, READ, on=turn.id)
    at, _ = page_of(turn.tap.arg)
    page = await queries.claims_of(turn.session, turn.actor, turn.id, at)
    await turn.show(screens.claims_screen(page, turn.actor, turn.id))


@button("claim.lines")
async def lines(turn: Turn) -> None:
    assert turn.tap is not None
    whole = await queries.claim(turn.session, turn.actor, turn.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(screens.lines_screen(whole, book, turn.tap.arg))


@button("claim.receipts")
async def receipts(turn: Turn) -> None:
    """The photos of all its lines: this bot's own by their handles, another bot's as the files that we keep."""
    whole = await queries.claim(turn.session, turn.actor, turn.id)
    files: list[Attached] = []
    for item in whole.items:
        files += await attachments.of(turn.session, claims.RECEIPTS, item.id)
    held = [file for file in files if file.kind == "photo" and not file.is_lost]
    shown = [picture for file in held if (picture := picture_of(file, turn.reader.bot_id)) is not None]
    screen = screens.receipts_screen(whole.row, len(shown), len(held) - len(shown))
    await post.send_album(turn.session, turn.reader, shown, screen)


@button("claim.correct")
async def correct(turn: Turn) -> None:
    """A claim that was sent back, with its lines as they are."""
    given = await as_it_is(turn.session, turn.actor, turn.id)
    row = (await queries.claim(turn.session, turn.actor, turn.id)).row
    if row.state != Status.RETURNED:
        raise DomainError(errors.NOT_RETURNED)
    await driver.begin(turn.scene, CORRECT_CLAIM, given, first=Do("open", "items"))


@button("claim.paid")
async def paid(turn: Turn) -> None:
    """Finance has paid it: one tap, and one more takes it back for a while."""
    await claims.pay(turn.session, turn.actor, turn.id)
    await turn.show(await claim_card(turn.session, turn.actor, turn.id, said=N_("✓ Marked as paid.")))


@button("claims.pay")
async def to_pay(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    page = await queries.to_pay(turn.session, turn.actor, at)
    await turn.show(screens.to_pay_screen(page, turn.actor))


@button("claim.history")
async def history(turn: Turn) -> None:
    """Everything that somebody spent and was granted (EX06)."""
    assert turn.tap is not None
    spent = await queries.history(turn.session, turn.actor, turn.id)
    person = await turn.session.get(Employee, turn.id)
    if person is None:
        raise DomainError(NOT_FOUND)
    book = await in_force(turn.session, turn.actor.playbook_version)
    year = page_number(turn.tap.arg)
    await turn.show(screens.history_screen(person.name, person.id, spent, book, turn.actor, year))


@command(
    "expenses", N_("All claims, and what is odd about them"), permission=AUDIT, order=62, words=("费用稽核", "费用审计")
)
async def all_claims(turn: Turn) -> None:
    page = await queries.audit(turn.session, turn.actor)
    await turn.show(screens.audit_screen(page, turn.actor, flagged=False, place=Place.NEW))


@button("claims.all")
async def audit(turn: Turn) -> None:
    """All claims, or those with findings (EX05)."""
    assert turn.tap is not None
    at, words = page_of(turn.tap.arg)
    flagged = words == screens.FLAGGED
    page = await queries.audit(turn.session, turn.actor, at, flagged=flagged)
    await turn.show(screens.audit_screen(page, turn.actor, flagged=flagged))


@tile(Module.FLOWS, permission=REQUEST, order=60)
async def mine(turn: Turn) -> Part:
    """One's own trips and claims."""
    me = turn.actor.id
    row = (Button(screens.TRIPS.title, screens.TRIPS.key, me), Button(screens.CLAIMS.title, screens.CLAIMS.key, me))
    return Part(rows=(row,))


@tile(Module.FLOWS, permission=AUDIT, order=61)
async def office(turn: Turn) -> Part:
    """For operations all claims, for finance what is to be paid."""
    row = [Button(screens.AUDITED.title, screens.AUDITED.key)]
    if may(turn.actor, PAY):
        count = await queries.count_to_pay(turn.session)
        row.append(Button(N_("💴 To be paid (%(count)s)")(count=count), screens.TO_PAY.key))
    return Part(rows=(tuple(row),))
