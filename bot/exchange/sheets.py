"""Makes the spreadsheets that people ask for: a template, what they may see, what an import left out and why."""

import asyncio
from pathlib import Path
from typing import Any

from bot.exchange.report import reasons
from crm_core.custom_fields.service import PREFIX
from crm_core.customers.service import DICTIONARIES
from crm_core.exchange import exporting
from crm_core.exchange.columns import TARGETS
from crm_core.exchange.models import ImportBatch, SheetKind
from crm_core.kit.db import Database
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import in_force
from screens.catalogue import say
from screens.exchange import heading, title
from screens.screen import N_, Msg
from screens.sheets import Sheets

NAMES: dict[str, Msg] = {
    SheetKind.CUSTOMERS: N_("Customers"),
    SheetKind.TEMPLATE: N_("Customer template"),
    SheetKind.PROBLEMS: N_("Rows left out"),
}
CUSTOMERS: Msg = N_("Customers")
HOW: Msg = N_("How to fill in")
REASON: Msg = N_("Reason")
ROW: Msg = N_("Row")
_EXPLAINED: dict[str, Msg] = {
    "name": N_("Required. Rows of the same name are one customer with several contacts."),
    "phone": N_("Several numbers in a cell are fine, with / between."),
    "yearly_value": N_("12800, 12,800 or 12.8k"),
    "next_step_on": N_("2026-03-18, not in the past"),
    "owner": N_("A colleague's name; empty: chosen when the sheet comes in."),
}


def targets_of(book: Playbook) -> list[str]:
    return [*TARGETS, *(PREFIX + one.key for one in book.fields.customer)]


def template(path: Path, actor: Actor, book: Playbook) -> None:
    """A sheet to fill in, and one that says how."""
    targets = targets_of(book)
    headings = [say(title(one, book), actor.language) for one in targets]
    words = {
        name: [book.title(dictionary, one.key, actor.language) for one in book.entries(dictionary)]
        for name, dictionary in DICTIONARIES.items()
    }
    with Sheets(path) as sheets:
        choices = {at: words[one] for at, one in enumerate(targets) if one in words}
        sheets.sheet(say(CUSTOMERS, actor.language), headings, choices)
        sheets.sheet(say(HOW, actor.language), [say(N_("Column"), actor.language), say(HOW, actor.language)], width=40)
        for one, name in zip(targets, headings, strict=True):
            said = say(_EXPLAINED[one], actor.language) if one in _EXPLAINED else " / ".join(words.get(one, ()))
            sheets.add([name, said])


async def customers(db: Database, path: Path, actor: Actor) -> int:
    """All that the actor may see and take out; answers how many customers. Raises `not_allowed`."""
    count, last = 0, 0
    async with db.unit() as session:
        book = await in_force(session, actor.playbook_version)
        targets = targets_of(book)
        with Sheets(path) as sheets:
            sheets.sheet(say(CUSTOMERS, actor.language), [say(title(one, book), actor.language) for one in targets])
            async for part in exporting.customers(session, actor):
                await asyncio.to_thread(_add_all, sheets, part, targets)
                for one in part:
                    count, last = count + (one.customer_id != last), one.customer_id
    return count


def _add_all(sheets: Sheets, part: list[exporting.Out], targets: list[str]) -> None:
    for one in part:
        sheets.add([_cell(one.cells.get(target)) for target in targets])


def _cell(value: Any) -> Any:
    return "、".join(map(str, value)) if isinstance(value, list) else value


async def problems(db: Database, path: Path, actor: Actor, batch_id: int) -> int:
    """The rows that were left out or told of, as they were, with the reasons behind; how many."""
    count = 0
    async with db.unit() as session:
        book = await in_force(session, actor.playbook_version)
        batch = await session.get_one(ImportBatch, batch_id)
        width = len(batch.columns)
        headings = [heading(batch, at) for at in range(width)]
        with Sheets(path) as sheets:
            sheets.sheet(
                say(CUSTOMERS, actor.language), [*headings, say(REASON, actor.language), say(ROW, actor.language)]
            )
            async for number, cells, said in reasons(db, session, batch, actor, book):
                sheets.add([*cells[:width], *[""] * (width - len(cells)), said, number])
                count += 1
    return count
