"""Customers out of spreadsheets and into them: what one does with a sheet that was sent (BY24), exports (BY25)."""

from typing import Final

from conversations import driver
from conversations.kinds.base import Sent
from conversations.kinds.files import file_ref
from conversations.visits import LOG_VISIT
from crm_core.attachments.models import File
from crm_core.customers.service import DICTIONARIES
from crm_core.exchange import service, takeback
from crm_core.exchange.columns import targets
from crm_core.exchange.models import ImportBatch, SheetKind, State
from crm_core.exchange.permissions import EXPORT, IMPORT
from crm_core.exchange.unpack import MOST_COLUMNS, MOST_ROWS
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.models import Employee
from crm_core.org.rights import may, require
from crm_core.outbox import service as outbox
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import in_force
from crm_core.visits.permissions import LOG
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import exchange as screens
from screens.screen import N_, Button, Screen

_GOING: Final = N_("On it. This card says how far it is.")


def is_sheet_of_customers(turn: Turn, thing: Sent) -> bool:
    """Whether this is a spreadsheet, sent by somebody who may import."""
    return thing.what == "document" and may(turn.actor, IMPORT) and service.is_sheet(thing.data.get("name"))


async def sheet_sent(turn: Turn, thing: Sent) -> None:
    """A spreadsheet with no form open: what is it for?"""
    batch = await service.offer(turn.session, turn.actor, file_ref(thing), turn.reader.chat_id)
    await turn.show(screens.offered_screen(batch, visits=may(turn.actor, LOG)))


@command("import", N_("Import customers from a spreadsheet"), permission=IMPORT, order=60)
async def how(turn: Turn) -> None:
    await require(turn.session, turn.actor, IMPORT)
    limits = {"rows": MOST_ROWS, "columns": MOST_COLUMNS, "mb": service.MOST_BYTES >> 20}
    await turn.show(screens.how_screen(limits))


@command("export", N_("My customers as a spreadsheet"), permission=EXPORT, order=61)
async def export(turn: Turn) -> None:
    """What one may see, within the right to take it out; it is put on record who did."""
    await _order(turn, SheetKind.CUSTOMERS)


@button("export")
async def export_by_button(turn: Turn) -> None:
    await _order(turn, SheetKind.CUSTOMERS)


@tile(Module.WORK, permission=IMPORT, order=80)
async def ways(turn: Turn) -> Part:
    """Both ways through the door, beside the other work."""
    out = (Button(N_("⬇ Export"), "export"),) if may(turn.actor, EXPORT) else ()
    return Part(rows=((Button(N_("⬆ Import"), "import.how"), *out),))


@button("import.how")
async def how_by_button(turn: Turn) -> None:
    await how(turn)


@button("import.template")
async def template(turn: Turn) -> None:
    await _order(turn, SheetKind.TEMPLATE)


@button("import.sheet")
async def problems(turn: Turn) -> None:
    """The rows that stay out, with the reasons, as a sheet to mend and send again."""
    await _order(turn, SheetKind.PROBLEMS, turn.id)


async def _order(turn: Turn, kind: SheetKind, batch_id: int | None = None) -> None:
    await service.order(turn.session, turn.actor, kind, turn.reader.bot_id, turn.reader.chat_id, batch_id)
    if turn.query_id is not None:
        await turn.toast(N_("The sheet is being made. It comes here in a moment."))
    else:
        await turn.show(screens.asked_screen())


@button("import")
async def card(turn: Turn) -> None:
    """The import's card as it stands."""
    await _show(turn, await service.find(turn.session, turn.actor, turn.id))


@button("import.take")
async def take_up(turn: Turn) -> None:
    await _step(turn, await service.take_up(turn.session, turn.actor, turn.id))


@button("import.visit")
async def for_a_visit(turn: Turn) -> None:
    """It was meant for a visit after all."""
    batch = await service.cancel(turn.session, turn.actor, turn.id)
    file = await turn.session.get_one(File, batch.file_row_id)
    data = {name: getattr(file, name) for name in ("bot_id", "file_id", "file_unique_id", "name", "mime", "size")}
    await driver.begin(turn.scene, LOG_VISIT, {}, first=Sent("document", data))


@button("import.look")
async def look_again(turn: Turn) -> None:
    await _step(turn, await service.look_again(turn.session, turn.actor, turn.id))


@button("import.go")
async def let_in(turn: Turn) -> None:
    await _step(turn, await service.let_in(turn.session, turn.actor, turn.id))


@button("import.undo")
async def take_back(turn: Turn) -> None:
    await _step(turn, await service.take_back(turn.session, turn.actor, turn.id))


@button("import.cancel")
async def cancel(turn: Turn) -> None:
    await _show(turn, await service.cancel(turn.session, turn.actor, turn.id))


async def _step(turn: Turn, batch: ImportBatch) -> None:
    """A machine works on it from here: the tapped message is the card that tells how far it is."""
    assert turn.message_id is not None
    where = {"bot_id": turn.reader.bot_id, "chat_id": turn.reader.chat_id}
    batch.card_id = await outbox.adopt_card(turn.session, **where, message_id=turn.message_id)
    await turn.session.flush()
    await turn.toast(_GOING)
    await _show(turn, batch)


async def _show(turn: Turn, batch: ImportBatch) -> None:
    owner = await turn.session.get(Employee, batch.owner_id) if batch.owner_id is not None else None
    kept = await takeback.kept(turn.session, batch.id) if batch.state == State.UNDONE else []
    book = await _book(turn)
    name = owner.name if owner else None
    await turn.show(screens.batch_screen(batch, book, turn.reader.language, owner=name, kept=kept))


async def _book(turn: Turn) -> Playbook:
    return await in_force(turn.session, turn.actor.playbook_version)


async def _ready(turn: Turn) -> ImportBatch:
    return await service.find(turn.session, turn.actor, turn.id, State.READY)


@button("import.preview")
async def preview(turn: Turn) -> None:
    await turn.show(screens.preview_screen(await _ready(turn), await _book(turn), turn.reader.language))


@button("import.problems")
async def issues(turn: Turn) -> None:
    batch, (page,) = await _ready(turn), _numbers(turn, 1)
    await turn.show(screens.problems_screen(batch, await _book(turn), turn.reader.language, page))


@button("import.columns")
async def columns(turn: Turn) -> None:
    batch, (page,) = await _ready(turn), _numbers(turn, 1)
    await turn.show(screens.columns_screen(batch, await _book(turn), turn.reader.language, page))


@button("import.column")
async def column(turn: Turn) -> None:
    batch, (at, page) = await _ready(turn), _numbers(turn, 2)
    if at >= len(batch.columns):
        raise DomainError(NOT_FOUND)
    book = await _book(turn)
    await turn.show(screens.column_screen(batch, book, at, targets(book), page))


@button("import.defaults")
async def defaults(turn: Turn) -> None:
    batch, (page,) = await _ready(turn), _numbers(turn, 1)
    await turn.show(screens.defaults_screen(batch, await _book(turn), turn.reader.language, page))


@button("import.default")
async def default(turn: Turn) -> None:
    assert turn.tap is not None
    batch = await _ready(turn)
    field, _, page = turn.tap.arg.partition(".")
    if field not in DICTIONARIES:
        raise DomainError(NOT_FOUND)
    await turn.show(screens.default_screen(batch, await _book(turn), field, _number(page)))


@button("import.owner")
async def owner(turn: Turn) -> None:
    batch, (page,) = await _ready(turn), _numbers(turn, 1)
    people = await service.owners(turn.session, turn.actor)
    pool = service.may_pool(turn.actor, await _book(turn))
    await turn.show(screens.owner_screen(batch, people, pool=pool, page=page))


@button("import.doubles")
async def doubles(turn: Turn) -> None:
    await turn.show(screens.doubles_screen(await _ready(turn)))


@button("import.set")
async def choose(turn: Turn) -> None:
    """A choice about the import: c.3.name, d.type.a, o.12, o.pool, x.same."""
    assert turn.tap is not None
    which, _, rest = turn.tap.arg.partition(".")
    first, _, last = rest.partition(".")
    session, actor = turn.session, turn.actor
    language = turn.reader.language
    screen: Screen | None = None
    if which == "c":
        batch = await service.choose_column(session, actor, turn.id, _number(first), last)
        book = await _book(turn)
        screen = screens.columns_screen(batch, book, language, _number(first) // screens.COLUMNS_A_PAGE)
    elif which == "d":
        batch = await service.choose_default(session, actor, turn.id, first, last)
        screen = screens.defaults_screen(batch, await _book(turn), language)
    elif which == "o":
        batch = await service.choose_owner(session, actor, turn.id, None if rest == "pool" else _number(rest))
    else:
        batch = await service.choose_for_doubles(session, actor, turn.id, rest)
        screen = screens.doubles_screen(batch)
    if screen is not None:
        await turn.show(screen)
    else:
        await _show(turn, batch)


def _number(text: str) -> int:
    """A number that a button carries; anybody can forge it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _numbers(turn: Turn, count: int) -> tuple[int, ...]:
    assert turn.tap is not None
    parts = turn.tap.arg.split(".")
    return tuple(_number(parts[at]) if at < len(parts) else 0 for at in range(count))
