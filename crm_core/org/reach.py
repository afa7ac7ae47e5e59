"""Whom and which units somebody reaches with a permission: colleagues and units to choose from, but oneself."""

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from crm_core.kit.db import AnySelect
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Unit
from crm_core.org.rights import Permission, within


def people_within(actor: Actor, wanted: Permission, text: str = "") -> AnySelect:
    """People by a part of the name: rows of (id, name, unit), in no order."""
    statement = (
        select(Employee.id, Employee.name, Unit.name.label("unit"))
        .join(Unit, Unit.id == Employee.unit_id)
        .where(Employee.left_at.is_(None), Employee.id != actor.id, within(actor, wanted, Employee.id))
    )
    return statement.where(Employee.name.icontains(text, autoescape=True)) if text else statement


def units_within(actor: Actor, wanted: Permission, text: str = "") -> AnySelect:
    """Units in which, or below which, somebody is reached, by a part of the name: rows of (id, name, parent), in no
    order.
    """
    above, home = aliased(Unit), aliased(Unit)
    somebody = (
        select(Employee.id)
        .join(home, home.id == Employee.unit_id)
        .where(Employee.left_at.is_(None), Employee.id != actor.id, within(actor, wanted, Employee.id))
        .where(Unit.id == func.any(home.path))
    )
    statement = select(Unit.id, Unit.name, above.name.label("parent")).outerjoin(above, above.id == Unit.parent_id)
    statement = statement.where(exists(somebody.correlate(Unit)))
    return statement.where(Unit.name.icontains(text, autoescape=True)) if text else statement
