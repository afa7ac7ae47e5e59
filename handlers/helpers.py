"""The team of a customer (HO02): who helps with which role; added, changed, taken off."""

from conversations import driver
from conversations.helpers import ADD_HELPER, helpers_card, tell_helper
from crm_core.customers import queries as customers
from crm_core.customers import team
from crm_core.customers.permissions import TEAM
from crm_core.kit.db import AnyRow
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.names import without_form
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from handlers.routing import button
from handlers.turn import Turn
from screens.helpers import member_screen, roles_screen
from screens.screen import N_, Place
from screens.system import notice


@button("helpers")
async def helpers(turn: Turn) -> None:
    await turn.show(await helpers_card(turn.session, turn.actor, turn.id))


@button("helper.add")
async def add(turn: Turn) -> None:
    """First in which role, then who."""
    assert turn.tap is not None
    customer = await customers.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, TEAM, on=customer)
    book = await in_force(turn.session, turn.actor.playbook_version)
    if all(turn.tap.arg != one.key for one in book.team_roles):
        await turn.show(roles_screen(customer, book, turn.actor.language))
        return
    await driver.begin(turn.scene, ADD_HELPER, {"customer": customer.id, "role": turn.tap.arg})


@button("helper")
async def member(turn: Turn) -> None:
    """One who helps: another role, or none."""
    assert turn.tap is not None
    customer = await customers.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, TEAM, on=customer)
    there = await _member(turn, _number(turn.tap.arg))
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(member_screen(customer, there, book, turn.actor.language))


async def _member(turn: Turn, employee_id: int) -> AnyRow:
    rows = await team.team_of(turn.session, turn.actor, turn.id)
    found = next((row for row in rows if row.employee_id == employee_id), None)
    if found is None:
        raise DomainError(NOT_FOUND)
    return found


def _number(text: str) -> int:
    """Anybody can forge a button."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise DomainError(NOT_FOUND)
    return int(text)


@button("helper.role")
async def role(turn: Turn) -> None:
    """The same colleague helps in another role."""
    assert turn.tap is not None
    who, _, wanted = turn.tap.arg.partition(".")
    customer = await customers.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, TEAM, on=customer)
    there = await _member(turn, _number(who))
    await team.add_member(turn.session, turn.actor, turn.id, there.employee_id, wanted)
    await tell_helper(turn.session, turn.actor, turn.id, there.employee_id, wanted)
    await turn.show(await helpers_card(turn.session, turn.actor, turn.id, said=N_("✓ Saved. Your colleague is told.")))


@button("helper.drop")
async def drop(turn: Turn) -> None:
    """Taken off; or who helps steps back, and is out of reach of the archive perhaps."""
    assert turn.tap is not None
    customer = await customers.find(turn.session, turn.actor, turn.id)
    who = _number(turn.tap.arg)
    await team.remove_member(turn.session, turn.actor, turn.id, who)
    if who == turn.actor.id:
        words = N_("You help with %(name)s no longer.")
        await turn.show(notice(words(name=without_form(customer.name)), place=Place.EDIT))
        return
    await tell_helper(turn.session, turn.actor, turn.id, who, None)
    await turn.show(await helpers_card(turn.session, turn.actor, turn.id, said=N_("✓ Saved. Your colleague is told.")))
