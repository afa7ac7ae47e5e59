"""Screens of a customer's team (HO02): who helps, in which role."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.customers.permissions import READ
from crm_core.customers.queries import Archive
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from screens.customers import from_archive
from screens.screen import N_, Button, Msg, Place, Screen, Words, fit, in_rows

_MOST: Final = 5
_MOST_ROLES: Final = 8
from_archive(N_("👥 Team"), "helpers", READ, order=36)


def helpers_screen(
    archive: Archive, team: Sequence[Any], book: Playbook, actor: Actor, *, changeable: bool, said: Msg | None = None
) -> Screen:
    """Who helps with a customer; who may changes it."""
    customer = archive.customer
    facts = {
        "c": customer,
        "owner": N_("Looked after by %(owner)s")(owner=archive.owner) if archive.owner else None,
        "team": [
            {"name": one.name, "role": book.title("team_roles", one.role, actor.language), "since": one.since}
            for one in team[: _MOST - 1]
        ],
        "more": max(0, len(team) - _MOST + 1),
        "said": said,
    }
    people = [Button(fit(one.name, 16), "helper", customer.id, arg=str(one.employee_id)) for one in team[:6]]
    add = (Button(N_("➕ Colleague"), "helper.add", customer.id),) if changeable and customer.owner_id else ()
    back = (Button(N_("« Back"), "customer", customer.id),)
    helping = any(one.employee_id == actor.id for one in team)
    mine = (Button(N_("✖ I help no longer"), "helper.drop", customer.id, arg=str(actor.id)),) if helping else ()
    rows = in_rows([*people, *add]) if changeable else in_rows(mine)
    return Screen("helpers/list.html", facts, (*rows, back))


def roles_screen(customer: Any, book: Playbook, language: str) -> Screen:
    """In which role is somebody to help?"""
    roles = [
        Button(fit(one.title["zh" if language == "zh" else "en"], 18), "helper.add", customer.id, arg=one.key)
        for one in book.team_roles[:_MOST_ROLES]
    ]
    back = (Button(N_("« Back"), "helpers", customer.id),)
    return Screen("helpers/roles.html", {"c": customer}, (*in_rows(roles), back))


def member_screen(customer: Any, member: Any, book: Playbook, language: str) -> Screen:
    """Another role, or none."""
    roles = [
        Button(
            fit(one.title["zh" if language == "zh" else "en"], 18),
            "helper.role",
            customer.id,
            arg=_arg(member, one.key),
        )
        for one in book.team_roles
        if one.key != member.role
    ][:_MOST_ROLES]
    drop = Button(N_("✖ Helps no longer"), "helper.drop", customer.id, arg=str(member.employee_id))
    back = (Button(N_("« Back"), "helpers", customer.id),)
    facts = {"c": customer, "name": member.name, "role": book.title("team_roles", member.role, language)}
    return Screen("helpers/member.html", facts, (*in_rows([*roles, drop]), back))


def _arg(member: Any, role: str) -> str:
    return f"{member.employee_id}.{role}"


def told_screen(words: Words, customer_id: int | None) -> Screen:
    """The colleague reads where and how help is wanted, with the way to the archive while it can be read."""
    rows = ((Button(N_("Open archive"), "customer", customer_id),),) if customer_id is not None else ()
    return Screen("helpers/told.html", {"words": words}, rows, Place.NEW)
