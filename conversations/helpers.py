"""The team of a customer in the chat (HO02): who helps, added by a form, told in a message."""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Answers, Field, Form
from conversations.kinds.reference import Found, NamedRef
from conversations.org import EMPLOYEE
from conversations.telling import tell
from crm_core.customers import queries as customers
from crm_core.customers import team
from crm_core.customers.models import CustomerMember
from crm_core.customers.permissions import TEAM
from crm_core.kit.names import without_form
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from screens.helpers import helpers_screen, told_screen
from screens.screen import N_, Msg, Screen


async def helpers_card(session: AsyncSession, actor: Actor, customer_id: int, *, said: Msg | None = None) -> Screen:
    """Who helps with a customer."""
    archive = await customers.archive(session, actor, customer_id, (TEAM,))
    rows = await team.team_of(session, actor, customer_id)
    book = await in_force(session, actor.playbook_version)
    return helpers_screen(archive, rows, book, actor, changeable=archive.may(TEAM), said=said)


async def tell_helper(
    session: AsyncSession, actor: Actor, customer_id: int, employee_id: int, role: str | None
) -> None:
    """The colleague reads in which role help is wanted; without a role: that it is wanted no longer."""
    customer = await customers.find(session, actor, customer_id)
    name = without_form(customer.name)

    async def draw(who: Actor) -> Screen:
        if role is None:
            return told_screen(N_("You help with %(name)s no longer.")(name=name), None)
        called = (await in_force(session, who.playbook_version)).title("team_roles", role, who.language)
        words = N_("%(by)s asks you to help with %(name)s: %(role)s")
        return told_screen(words(by=actor.name, name=name, role=called), customer_id)

    if employee_id != actor.id:
        await tell(session, employee_id, draw)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddHelper:
    """A colleague is to help."""

    customer: int
    role: str
    employee: int


async def _others(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Everybody but the owner and who helps already."""
    customer = await customers.find(session, actor, held["customer"])
    found = await EMPLOYEE.find(session, actor, text, held)
    there = {customer.owner_id, *customer.team}
    return replace(found, options=tuple(one for one in found.options if one.id not in there))


async def _add(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> CustomerMember:
    asked = AddHelper(**values)
    return await team.add_member(session, actor, asked.customer, asked.employee, asked.role)


async def _added(session: AsyncSession, actor: Actor, member: CustomerMember) -> Screen:
    await tell_helper(session, actor, member.customer_id, member.employee_id, member.role)
    return await helpers_card(session, actor, member.customer_id, said=N_("✓ Saved. Your colleague is told."))


ADD_HELPER: Final = Form(
    "helper.add",
    title=N_("Colleague on the team"),
    fields=(
        Field("employee", NamedRef(find=_others, get=EMPLOYEE.get), N_("Colleague"), N_("Which colleague helps?")),
    ),
    command=AddHelper,
    submit=_add,
    done=_added,
    permission=TEAM,
    hidden=("customer", "role"),
    at_once=True,
)
