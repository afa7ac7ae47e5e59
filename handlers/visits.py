"""Visits: logging one, reading them, the day."""

from typing import Final

from conversations import driver
from conversations.customers import CUSTOMER
from conversations.kinds.base import Sent, Typed
from conversations.kinds.reference import Picked
from conversations.visits import CHANGES, LOG_VISIT, begin_finish, begin_new_here, check_in, visit_card
from crm_core.attachments import service as attachments
from crm_core.audit.service import history
from crm_core.customers import queries as customers
from crm_core.drafts.models import Draft
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import Page
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import Scope, may, require, scope_of
from crm_core.playbook.service import in_force
from crm_core.visits import errors, queries, search, service, team
from crm_core.visits.commands import ChangeVisit
from crm_core.visits.models import Away
from crm_core.visits.permissions import CHANGE, LOG
from handlers.forms import GONE, STALE, begin_change
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import post
from screens.attachments import picture_of
from screens.lists import page_of
from screens.screen import N_, Button, Place, Screen, in_rows, page_number
from screens.visits import (
    FOUND,
    ROUND,
    VISITS,
    dropped_screen,
    edit_screen,
    found_screen,
    history_screen,
    manual_screen,
    started_screen,
    today_screen,
    visits_screen,
)

_SENT_FROM_A_VISIT: Final = frozenset({"photo", "voice", "document", "video", "audio"})
_IT_IS_OVER: Final = frozenset({"结束", "结束拜访", "拜访结束", "完成", "谈完了", "end", "finish", "finished", "done"})


@command("visit", N_("Log a visit; /visit Nordhaus starts with the customer"), permission=LOG, order=10)
async def log(turn: Turn) -> None:
    """The form; a customer's name behind the command is typed into it at once. A visit under way is ended first."""
    under_way = None if turn.text else await queries.open_one(turn.session, turn.actor)
    if under_way is not None:
        await begin_finish(turn.scene, under_way)
        return
    await driver.begin(turn.scene, LOG_VISIT, first=Typed(turn.text) if turn.text else None)


async def into_open_visit(turn: Turn, given: Typed | Sent) -> bool:
    """What is typed or photographed while a visit is under way belongs to it, unless it names a customer (BY02)."""
    under_way = await queries.open_one(turn.session, turn.actor) if may(turn.actor, LOG) else None
    if under_way is None:
        return False
    if isinstance(given, Sent):
        if given.what not in _SENT_FROM_A_VISIT:
            return False
        await begin_finish(turn.scene, under_way, given)
        return True
    if given.text.strip().casefold() in _IT_IS_OVER:
        await begin_finish(turn.scene, under_way)
        return True
    if (await customers.search(turn.session, turn.actor, given.text, limit=1)).rows:
        return False
    await begin_finish(turn.scene, under_way, given)
    return True


async def _log_draft(turn: Turn) -> Draft | None:
    """The draft of a visit whose card was tapped, if it stands as the card says; else the person is told."""
    assert turn.tap is not None
    draft = await turn.tapped_draft()
    if draft is None or draft.form != LOG_VISIT.key:
        await turn.toast(GONE)
        return None
    if draft.revision != turn.tap.revision:
        await turn.toast(STALE)
        await driver.resume(turn.scene, draft)
        return None
    return draft


@button("visit.start")
async def start(turn: Turn) -> None:
    """Check in (BY02): a record at once; what was talked about is told when it is over."""
    draft = await _log_draft(turn)
    if draft is None:
        return
    visit = await check_in(turn.scene, draft)
    if visit is None:
        await turn.toast(STALE)
        await driver.resume(turn.scene, draft)
        return
    turn.draft = None if turn.draft is not None and turn.draft.id == draft.id else turn.draft
    row = await queries.find(turn.session, turn.actor, visit.id)
    await turn.show(started_screen(row, turn.actor, now(turn.session)))


@button("visit.new_here")
async def new_here(turn: Turn) -> None:
    """A new customer where one stands (BY04)."""
    draft = await _log_draft(turn)
    if draft is not None:
        await begin_new_here(turn.scene, draft)


@button("visit.finish")
async def finish(turn: Turn) -> None:
    """The visit is over: the form with everything filled in. One that has ended is shown."""
    under_way = await queries.open_one(turn.session, turn.actor)
    if under_way is not None and under_way.id == turn.id:
        await begin_finish(turn.scene, under_way)
        return
    card = await visit_card(turn.session, turn.actor, turn.id)
    await turn.toast(N_("This visit is no longer under way. Here it is."))
    await turn.show(card)


@button("visit.drop")
async def drop(turn: Turn) -> None:
    """A check-in that was a mistake."""
    await service.drop_visit(turn.session, turn.actor, turn.id)
    await turn.show(dropped_screen())


@button("visit.reason")
async def reason(turn: Turn) -> None:
    """Why it was logged far from the customer, by one tap (BY01)."""
    assert turn.tap is not None
    if turn.tap.arg not in set(Away):
        raise DomainError(NOT_FOUND)
    command = ChangeVisit(visit_id=turn.id, field="place_reason", value=turn.tap.arg, revision=turn.tap.revision)
    await service.change_visit(turn.session, turn.actor, command)
    await turn.toast(N_("Noted. Thank you."))
    await turn.show(await visit_card(turn.session, turn.actor, turn.id))


@button("visit.point")
async def point(turn: Turn) -> None:
    """The customer is where this visit was logged (BY01)."""
    await queries.find(turn.session, turn.actor, turn.id)
    await service.set_customer_point(turn.session, turn.actor, turn.id)
    await turn.toast(N_("Kept: from now on visits are measured from here."))
    await turn.show(await visit_card(turn.session, turn.actor, turn.id))


def customer_answer(customer_id: int, name: str) -> dict[str, object]:
    """The visit form's first answer."""
    return {"customer": LOG_VISIT.fields[0].kind.dump(Picked(customer_id, name))}


@button("visit.log")
async def log_by_button(turn: Turn) -> None:
    """From an archive the card becomes the form; from a reminder the form comes below, the reminder stays."""
    assert turn.tap is not None
    answers: dict[str, object] = {}
    under_way = await queries.open_one(turn.session, turn.actor)
    scene = turn.scene.stays() if turn.tap.arg == "below" else turn.scene
    if under_way is not None and turn.id in (0, under_way.customer_id):
        await begin_finish(scene, under_way)
        return
    if turn.id:
        customer = await customers.find(turn.session, turn.actor, turn.id)
        await require(turn.session, turn.actor, LOG, on=customer)
        answers = customer_answer(customer.id, customer.name)
    await driver.begin(scene, LOG_VISIT, answers)


@button(VISITS.key)
async def visits(turn: Turn) -> None:
    """A customer's visit records, newest first."""
    assert turn.tap is not None
    customer = await customers.find(turn.session, turn.actor, turn.id)
    at, _ = page_of(turn.tap.arg)
    page = await queries.of_customer(turn.session, turn.actor, customer.id, at)
    await turn.show(visits_screen(page, turn.actor, customer.id))


async def found_in_visits(turn: Turn, text: str) -> Page:
    """The first visits that speak of what was typed (VI08)."""
    local_now = turn.actor.local(now(turn.session))
    return await search.search(turn.session, turn.actor, text, local_now)


def show_found(turn: Turn, page: Page, text: str, place: Place = Place.NEW) -> Screen:
    terms = search.wanted(text, turn.actor.local(now(turn.session))).words
    return found_screen(page, turn.actor, text, terms, place)


@button(FOUND.key)
async def turn_found(turn: Turn) -> None:
    """Visits that speak of the words the button carries; further pages go forward only."""
    assert turn.tap is not None
    at, words = page_of(turn.tap.arg)
    local_now = turn.actor.local(now(turn.session))
    page = await search.search(turn.session, turn.actor, words, local_now, at)
    await turn.show(show_found(turn, page, words, Place.EDIT))


@button("visit")
async def visit(turn: Turn) -> None:
    await turn.show(await visit_card(turn.session, turn.actor, turn.id))


@button("visit.edit")
async def edit(turn: Turn) -> None:
    row = await queries.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, CHANGE, on=row.employee_id)
    if row.started_at is not None and row.ended_at is None:
        raise DomainError(errors.STILL_OPEN)
    assert turn.tap is not None
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(edit_screen(row, book, page_number(turn.tap.arg)))


@button("visit.field")
async def edit_field(turn: Turn) -> None:
    """One field of a saved visit: a tap here, then one answer (VI03, VI09)."""
    assert turn.tap is not None
    row = await queries.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, CHANGE, on=row.employee_id)
    there = {"customer": CUSTOMER.dump(Picked(row.customer_id, row.customer))}
    if not await begin_change(turn, CHANGES, row, known=there if turn.tap.arg == "contact" else None):
        await turn.show(await visit_card(turn.session, turn.actor, row.id))


@button("visit.history")
async def changes(turn: Turn) -> None:
    """Who changed what when (VI09)."""
    row = await queries.find(turn.session, turn.actor, turn.id)
    entries = await history(turn.session, "visit", row.id, limit=8)
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(history_screen(row, entries, turn.actor, book))


@button("visit.manual")
async def manual(turn: Turn) -> None:
    """How a visit to this customer goes (VI04, VI05): goals, steps, hints, and the steps that are taken here."""
    customer = await customers.find(turn.session, turn.actor, turn.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    log = may(turn.actor, LOG)
    await turn.show(manual_screen(book.visit_template(customer.type), turn.reader.language, customer, log=log))


@button("visit.photos")
async def photos(turn: Turn) -> None:
    """The photos of a visit: this bot's own by their handles, another bot's as the files that we keep."""
    row = await queries.find(turn.session, turn.actor, turn.id)
    files = await attachments.of(turn.session, "visit", row.id)
    held = [file for file in files if file.kind == "photo" and not file.is_lost]
    shown = [picture for file in held if (picture := picture_of(file, turn.reader.bot_id)) is not None]
    facts = {"v": row, "count": len(shown), "later": len(held) - len(shown)}
    await post.send_album(turn.session, turn.reader, shown, Screen("visits/photos.html", facts, place=Place.NEW))


@command("today", N_("Today: my visits; for managers, the team's"), order=30)
async def today(turn: Turn) -> None:
    await turn.show(await _today(turn, Place.NEW))


@tile(Module.WORK, order=10)
async def the_day(turn: Turn) -> Part:
    """The way to the day: one's own, and a manager's team's."""
    is_manager = turn.actor.has_reports and scope_of(turn.actor, SEE_TEAM) > Scope.OWN
    label = N_("Today: my team and I") if is_manager else N_("Today: my visits")
    ways = (Button(label, "today"), ROUND) if may(turn.actor, LOG) else (Button(label, "today"),)
    return Part((N_("Who visited whom today, and what came of it."),), in_rows(ways))


@button("today")
async def refresh(turn: Turn) -> None:
    await turn.show(await _today(turn, Place.EDIT))


async def _today(turn: Turn, place: Place) -> Screen:
    """Managers see their direct and indirect reports' day, everyone sees one's own."""
    day = turn.actor.today(now(turn.session))
    own = await queries.own_day(turn.session, turn.actor, day)
    is_manager = turn.actor.has_reports and scope_of(turn.actor, SEE_TEAM) > Scope.OWN
    reports = await queries.day_of_team(turn.session, turn.actor, day) if is_manager else ()
    counts = await team.own(turn.session, turn.actor, day)
    return today_screen(day, own, reports, actor=turn.actor, is_manager=is_manager, counts=counts, place=place)
