"""How changes of customer archives are taken back (BY08)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.models import AuditEntry
from crm_core.customers.models import Customer, CustomerMember, Ownership
from crm_core.customers.ownership import territory_of
from crm_core.customers.permissions import CHANGE, TEAM
from crm_core.customers.service import derive
from crm_core.customers.staleness import reckon_due
from crm_core.customers.team import members
from crm_core.kit.undo import undoable
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.playbook.service import in_force


async def _allowed(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    """Who may change it; and who has just moved it out of the own reach, to a colleague or into a pool."""
    if customer.merged_into_id is not None:  # it belongs to nobody: who may change where it went may have it back
        customer = await session.get_one(Customer, customer.merged_into_id)
    if not await _moved_last(session, actor, customer):
        await require(session, actor, CHANGE, on=customer)


async def _moved_last(session: AsyncSession, actor: Actor, customer: Customer) -> bool:
    latest = select(AuditEntry).where(
        AuditEntry.subject_type == Customer.__tablename__,
        AuditEntry.subject_id == customer.id,
        AuditEntry.undoes.is_(None),
    )
    entry = await session.scalar(latest.order_by(AuditEntry.id.desc()).limit(1))
    return entry is not None and entry.actor_id == actor.id and bool({"owner_id", "pool"} & entry.after.keys())


async def _label(_session: AsyncSession, customer: Customer) -> str:
    return customer.name


async def _derive(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    """Search keys and the territory."""
    customer.territory = territory_of(await in_force(session, actor.playbook_version), customer.city)
    if not customer.team:  # put back, perhaps: the audit does not keep what follows from other rows
        customer.team = await members(session, customer.id)
    derive(customer)


async def _timer(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    """One that was made and is gone took its timer along."""
    if customer in session:
        await reckon_due(session, actor.playbook_version, [customer])


async def _of_customer(session: AsyncSession, row: CustomerMember | Ownership) -> str:
    return (await session.get_one(Customer, row.customer_id)).name


async def _may_move(session: AsyncSession, actor: Actor, entry: Ownership) -> None:
    """Who moved it may take the move back, wherever the customer lies meanwhile; the audit knows that it was them."""


async def _may_team(session: AsyncSession, actor: Actor, member: CustomerMember) -> None:
    if member.employee_id != actor.id:
        await require(session, actor, TEAM, on=await session.get_one(Customer, member.customer_id))


async def _team_again(session: AsyncSession, _actor: Actor, member: CustomerMember) -> None:
    customer = await session.get_one(Customer, member.customer_id, with_for_update=True)
    customer.team = await members(session, customer.id)
    await session.flush()


undoable(Customer, allowed=_allowed, label=_label, derive=_derive, after=_timer)
undoable(CustomerMember, allowed=_may_team, label=_of_customer, after=_team_again)
undoable(Ownership, allowed=_may_move, label=_of_customer)
