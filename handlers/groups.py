"""Customers in groups: by stage and the other dictionaries, who is stuck, key accounts from above."""

from conversations import driver
from conversations.customers import CHANGES
from crm_core.customers import groups, key_accounts, queries
from crm_core.customers.permissions import CHANGE, READ
from crm_core.kit.db import now
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from handlers.routing import button
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.groups import (
    GROUPS,
    KEY_ACCOUNTS,
    MEMBERS,
    STUCK,
    by_screen,
    groups_screen,
    keys_screen,
    members_screen,
    stuck_screen,
    work_rows,
)
from screens.lists import page_of


@tile(Module.WORK, permission=READ, order=30)
async def ways(_turn: Turn) -> Part:
    return Part(rows=work_rows())


@button(GROUPS)
async def show(turn: Turn) -> None:
    """How many are in each stage, or in each group of another dictionary (CA11)."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, READ)
    by, _, start = turn.tap.arg.partition(".")
    by = by if by in groups.BY else "stage"
    at = int(start) if start.isascii() and start.isdigit() and len(start) < 4 else 0
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(groups_screen(by, await groups.counts(turn.session, turn.actor, by), turn.actor, book, at))


@button("groups.by")
async def by_what(turn: Turn) -> None:
    await require(turn.session, turn.actor, READ)
    await turn.show(by_screen())


@button(MEMBERS.key)
async def members(turn: Turn) -> None:
    """Who is in a group."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, READ)
    at, words = page_of(turn.tap.arg)
    by, _, key = words.partition(".")
    page = await groups.of_group(turn.session, turn.actor, by, key, at)
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(members_screen(by, key, page, turn.actor, book, now(turn.session)))


@button(STUCK.key)
async def stuck(turn: Turn) -> None:
    """Stalled customers, and those too long in their stage (CA22)."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, READ)
    at, _ = page_of(turn.tap.arg)
    book = await in_force(turn.session, turn.actor.playbook_version)
    page = await groups.stuck(turn.session, turn.actor, at)
    await turn.show(stuck_screen(page, turn.actor, book, now(turn.session)))


@button(KEY_ACCOUNTS.key)
async def keys(turn: Turn) -> None:
    """Key accounts from above (CA15)."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, READ)
    at, _ = page_of(turn.tap.arg)
    book = await in_force(turn.session, turn.actor.playbook_version)
    seen = await key_accounts.overview(turn.session, turn.actor)
    page = await key_accounts.page_of(turn.session, turn.actor, at)
    await turn.show(keys_screen(page, seen, turn.actor, book, now(turn.session)))


@button("stage")
async def stage(turn: Turn) -> None:
    """How far we are with a customer, set with one more tap."""
    customer = await queries.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, CHANGE, on=customer)
    opened = await CHANGES.opened(turn.session, turn.actor, "stage", customer.id, customer.revision)
    assert opened is not None
    await driver.begin(turn.scene, *opened)
