"""Budgets: the list and the cards, new ones and changes, who may go over, and the report in all its forms."""

from conversations import driver
from conversations.budgets import CHANGES, NEW_BUDGET, SEND, budget_card
from crm_core.approvals.models import Approval
from crm_core.audit.access import Access, note_access
from crm_core.budgets import ledger, queries, service
from crm_core.budgets.events import BudgetSeen
from crm_core.budgets.permissions import MANAGE, REPORT, SEE
from crm_core.budgets.report import Report, report, units_of
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.events import publish
from crm_core.org.models import Employee
from crm_core.org.rights import may, require
from crm_core.playbook.service import in_force
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import budgets as screens
from screens import budgets_report as look
from screens import post
from screens.budgets_report import Sight, read_pick, read_sight
from screens.lists import page_of
from screens.screen import N_, Button, Place


@command(
    "budget",
    N_("Budgets: what is left, how fast it goes"),
    permission=SEE,
    order=55,
    words=("预算", "查预算", "我的预算", "budget", "budgets"),
)
async def show(turn: Turn) -> None:
    await _list(turn, "", Place.NEW)


@button(screens.BUDGETS.key)
async def turn_page(turn: Turn) -> None:
    assert turn.tap is not None
    await _list(turn, turn.tap.arg, Place.EDIT)


async def _list(turn: Turn, arg: str, place: Place) -> None:
    await require(turn.session, turn.actor, SEE)
    at, words = page_of(arg)
    live = words != screens.ALL
    page = await queries.page(turn.session, turn.actor, at, live=live)
    today = turn.actor.today(now(turn.session))
    await turn.show(screens.list_of(page, turn.actor, today, live=live, place=place))


@button("budget")
async def card(turn: Turn) -> None:
    await turn.show(await budget_card(turn.session, turn.actor, turn.id))


@button("budget.warned")
async def warned(turn: Turn) -> None:
    """Opened from a warning: it has been seen."""
    shown = await budget_card(turn.session, turn.actor, turn.id)
    await publish(turn.session, BudgetSeen(turn.id, turn.actor.id))
    turn.message_id = None  # the digest stays, the card comes below
    await turn.show(shown)


@button("budget.new")
async def new(turn: Turn) -> None:
    await driver.begin(turn.scene, NEW_BUDGET)


@button("budget.edit")
async def edit(turn: Turn) -> None:
    await require(turn.session, turn.actor, MANAGE)
    await turn.show(screens.edit_screen(await queries.find(turn.session, turn.actor, turn.id)))


@button("budget.field")
async def field(turn: Turn) -> None:
    assert turn.tap is not None
    await require(turn.session, turn.actor, MANAGE)
    row = await queries.find(turn.session, turn.actor, turn.id)
    form = CHANGES.get(turn.tap.arg)
    if form is None:
        raise DomainError(NOT_FOUND)
    await driver.begin(turn.scene, form, {"budget_id": row.id, "revision": turn.tap.revision})


@button("budget.status")
async def status(turn: Turn) -> None:
    """Nothing new is held of a closed one."""
    assert turn.tap is not None
    closed = turn.tap.arg != "open"
    await service.close_budget(turn.session, turn.actor, turn.id, closed=closed)
    said = N_("✓ Closed: nothing new is held of it.") if closed else N_("✓ Open again.")
    await turn.show(await budget_card(turn.session, turn.actor, turn.id, said))


@button(screens.SPENT.key)
async def spent(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    row = await queries.find(turn.session, turn.actor, turn.id)
    page = await queries.spent(turn.session, turn.actor, turn.id, at)
    await turn.show(screens.spent_screen(row, page))


@button("budget.over")
async def over(turn: Turn) -> None:
    row = await queries.find(turn.session, turn.actor, turn.id)
    await turn.show(screens.over_screen(row, await queries.asking(turn.session, row.id), turn.actor))


@button("budget.allow")
async def allow(turn: Turn) -> None:
    """By one's name: it is held, and whoever's turn it is may approve."""
    await ledger.allow(turn.session, turn.actor, turn.id)
    row = await turn.session.get_one(Approval, turn.id)
    applicant = await turn.session.get_one(Employee, row.applicant_id)
    standings = await queries.of_request(turn.session, row.id)
    await turn.toast(N_("Allowed by your name."))
    await turn.show(screens.asked_screen(standings, row.title, applicant.name, row.id, turn.actor, by=turn.actor.name))


# --- the report


async def _sight(turn: Turn) -> tuple[Sight, Report]:
    arg, unit = (turn.tap.arg, turn.tap.id) if turn.tap else ("", 0)
    sight = read_sight(arg, unit)
    return sight, await report(turn.session, turn.actor, sight.wanted(turn.actor.today(now(turn.session))))


@button(look.REPORT)
async def as_text(turn: Turn) -> None:
    sight, made = await _sight(turn)
    book = await in_force(turn.session, turn.actor.playbook_version)
    today = turn.actor.today(now(turn.session))
    await turn.show(look.text_screen(made, sight, book, turn.reader.language, today))


@button(look.PICK)
async def pick(turn: Turn) -> None:
    """What the report is narrowed to."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, REPORT)
    part, page, sight = read_pick(turn.tap.arg, turn.tap.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    units = await units_of(turn.session, turn.actor) if part == "unit" else ()
    today = turn.actor.today(now(turn.session))
    await turn.show(look.pick_screen(part, page, sight, book, units, turn.reader.language, today))


@button("budget.chart")
async def as_chart(turn: Turn) -> None:
    sight, made = await _sight(turn)
    book = await in_force(turn.session, turn.actor.playbook_version)
    today = turn.actor.today(now(turn.session))
    await turn.show(look.chart_screen(made, sight, book, turn.reader.language, today))


@button("budget.sheet")
async def as_sheet(turn: Turn) -> None:
    """A file below; it is put on record who took it (BY25)."""
    sight, made = await _sight(turn)
    book = await in_force(turn.session, turn.actor.playbook_version)
    today, language = turn.actor.today(now(turn.session)), turn.reader.language
    await note_access(turn.session, turn.actor.id, Access.EXPORT, "budget", count=made.total.budgets)
    file = look.sheet_file(made, sight, book, language, today)
    await turn.toast(N_("The sheet is being made. It comes here in a moment."))
    await post.send_document(turn.session, turn.reader, file, look.file_caption(made, sight, book, language, today))


@button("budget.send")
async def send(turn: Turn) -> None:
    assert turn.tap is not None
    sight = read_sight(turn.tap.arg, turn.tap.id)
    await driver.begin(turn.scene, SEND, {"report": sight.arg, "unit": sight.unit or 0})


@tile(Module.FLOWS, permission=SEE, order=60)
async def ways(turn: Turn) -> Part:
    """The way to the budgets, beside the flows that spend them."""
    there = await queries.count(turn.session, turn.actor)
    if not there and not may(turn.actor, MANAGE):
        return Part()
    return Part(rows=((Button(N_("💰 Budgets (%(count)s)")(count=there), screens.BUDGETS.key),),))
