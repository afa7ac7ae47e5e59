"""The main menu: my customers, my flows, my knowledge, work view (NF08)."""

from handlers.routing import button, command
from handlers.tiles import Module, tiles_of
from handlers.turn import Turn
from screens.menu import menu_screen, module_screen
from screens.screen import N_, Place, Row, Words, page_number


@command("menu", N_("Menu: customers, flows, knowledge, work view"), order=35, words=("菜单", "主菜单", "menu"))
async def menu(turn: Turn) -> None:
    await turn.show(menu_screen(_modules(turn), Place.NEW))


@button("menu")
async def module(turn: Turn) -> None:
    """The menu itself, or the module that the button names, and which page of it."""
    assert turn.tap is not None
    named, _, page = turn.tap.arg.partition(".")
    if named not in _modules(turn) or named == Module.CUSTOMERS:
        await turn.show(menu_screen(_modules(turn)))
        return
    await show_module(turn, Module(named), page_number(page))


async def show_module(turn: Turn, which: Module, page: int = 0) -> None:
    """A module's page, put together from what its features have to show this person."""
    lines: list[Words] = []
    rows: list[Row] = []
    for one in tiles_of(which, turn.actor):
        part = await one.fill(turn)
        lines += part.lines
        rows += part.rows
    await turn.show(module_screen(which, lines, rows, page))


def _modules(turn: Turn) -> list[str]:
    return [one.value for one in Module if tiles_of(one, turn.actor)]
