"""The playbook, to look things up in: the visit manual's customer types and their rhythm."""

from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.playbook.service import in_force
from handlers.routing import button
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.playbook import rhythm, type_screen
from screens.visits import manual_screen


@tile(Module.KNOWLEDGE, order=10)
async def customer_types(turn: Turn) -> Part:
    book = await in_force(turn.session, turn.actor.playbook_version)
    return Part(*rhythm(book, turn.reader.language))


@button("knowledge.manual")
async def manual(turn: Turn) -> None:
    """The visit manual for customers of a type (VI04)."""
    assert turn.tap is not None
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(manual_screen(book.visit_template(turn.tap.arg), turn.reader.language))


@button("knowledge.type")
async def customer_type(turn: Turn) -> None:
    assert turn.tap is not None
    book = await in_force(turn.session, turn.actor.playbook_version)
    kind = next((one for one in book.customer_types if one.key == turn.tap.arg), None)
    if kind is None:
        raise DomainError(NOT_FOUND)
    await turn.show(type_screen(kind, turn.reader.language))
