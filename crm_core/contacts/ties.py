"""How people hang together: who reports to whom (CT03), and personal relations, over customers too (CT05)."""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts import errors, queries
from crm_core.contacts.commands import Relate
from crm_core.contacts.lookup import meant
from crm_core.contacts.models import Contact, ContactRelation
from crm_core.contacts.service import called, checked, locked, told
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, READ, TIES
from crm_core.customers.queries import search
from crm_core.kit.behind import nested
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.rights import require, visible
from crm_core.playbook.service import in_force

_UNIQUE = "uq_contact_relation"
_MOST_SEARCHED = 6


async def report_to(session: AsyncSession, actor: Actor, contact_id: int, boss_id: int | None) -> Contact:
    """Somebody reports to another one of the same customer, or to nobody we know.

    Raises `contact.reports_in_circle` where the superior reports to them, `contact.not_there` for somebody elsewhere.
    """
    contact, customer = await locked(session, actor, contact_id)
    if boss_id is not None:
        boss = await session.get(Contact, boss_id)
        if boss is None or boss.customer_id != customer.id:
            raise DomainError(errors.NOT_THERE, name=called(boss) if boss and boss.customer_id == customer.id else "?")
        if contact.id in await superiors(session, boss):
            raise DomainError(errors.REPORTS_IN_CIRCLE, field="boss", name=called(contact), boss=called(boss))
    contact.reports_to_id = boss_id
    await told(session, actor, customer)
    return contact


async def superiors(session: AsyncSession, contact: Contact) -> set[int]:
    """The ids of all above somebody, and of the person. The customer is locked: nobody draws a circle meanwhile."""
    statement = select(Contact.id, Contact.reports_to_id).where(Contact.customer_id == contact.customer_id)
    above = {row.id: row.reports_to_id for row in await session.execute(statement)}
    found: set[int] = set()
    at: int | None = contact.id
    while at is not None and at not in found:
        found.add(at)
        at = above.get(at)
    return found


async def relate(session: AsyncSession, actor: Actor, command: Relate) -> ContactRelation:
    """Two people know each other from elsewhere. Who may change the first must be able to see the other.

    Raises `contact.not_oneself`, `contact.related_already`, `contact.not_in_playbook`, `too_long`.
    """
    contact, customer = await locked(session, actor, command.contact_id)
    other = await queries.find(session, actor, command.other)
    if other.id == contact.id:
        raise DomainError(errors.NOT_ONESELF, field="other")
    book = await in_force(session, actor.playbook_version)
    if all(one.key != command.kind for one in book.relation_kinds):
        raise DomainError(errors.NOT_IN_PLAYBOOK, field="kind", value=command.kind[:40])
    one_id, other_id = sorted((contact.id, other.id))
    made = ContactRelation(
        one_id=one_id,
        other_id=other_id,
        kind=command.kind,
        note=checked("note", command.note),
        created_by=actor.id,
        created_at=now(session),
    )
    try:
        async with nested(session):
            session.add(made)
            await session.flush()
    except IntegrityError as error:
        if _UNIQUE not in str(error.orig):
            raise
        raise DomainError(errors.RELATED_ALREADY, field="kind", name=called(other)) from error
    await told(session, actor, customer)
    return made


async def unrelate(session: AsyncSession, actor: Actor, relation_id: int) -> ContactRelation:
    """They do not, after all. Who may change either of them may say so. Raises `not_found`, `not_allowed`."""
    relation = await session.get(ContactRelation, relation_id, with_for_update=True)
    if relation is None:
        raise DomainError(NOT_FOUND)
    await may_relate(session, actor, relation)
    await session.delete(relation)
    await session.flush()
    return relation


async def may_relate(session: AsyncSession, actor: Actor, relation: ContactRelation) -> None:
    """Raise `not_allowed` unless the actor may change one of the two."""
    ids = (relation.one_id, relation.other_id)
    statement = select(Customer).join(Contact, Contact.customer_id == Customer.id).where(Contact.id.in_(ids))
    seen = list(await session.scalars(visible(statement, actor, CHANGE, TIES)))
    if not seen:
        await require(session, actor, CHANGE, on=await session.get_one(Customer, await _first(session, ids)))


async def _first(session: AsyncSession, ids: tuple[int, int]) -> int:
    return (await session.get_one(Contact, ids[0])).customer_id


@dataclass(frozen=True, slots=True)
class Ties:
    """Somebody's place: the superior, those who report here, and personal relations (rows with the other person)."""

    boss: AnyRow | None
    reports: list[AnyRow]
    relations: list[AnyRow]


async def ties_of(session: AsyncSession, actor: Actor, contact: AnyRow) -> Ties:
    """Of a contact that the actor may see; of relations only those to people the actor may see."""
    columns = (Contact.id, Contact.name, queries.phone_for(actor).label("phone"), Contact.title, Contact.left_at)
    near = (
        select(*columns, Contact.reports_to_id)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(or_(Contact.id == contact.reports_to_id, Contact.reports_to_id == contact.id))
    )
    rows = list(await session.execute(near.order_by(Contact.id)))
    boss = next((row for row in rows if row.id == contact.reports_to_id), None)
    reports = [row for row in rows if row.reports_to_id == contact.id and row.left_at is None]
    return Ties(boss, reports, await relations_of(session, actor, [contact.id]))


async def relations_of(session: AsyncSession, actor: Actor, ids: list[int]) -> list[AnyRow]:
    """Relations of these people, in the order they were told: rows of (id, kind, note, mine, other_id, name, …).

    `mine` is the one of `ids`. One whose other side the actor may not see is left out.
    """
    statement = (
        select(
            ContactRelation.id,
            ContactRelation.kind,
            ContactRelation.note,
            ContactRelation.one_id,
            ContactRelation.other_id,
            Contact.id.label("person_id"),
            Contact.name,
            queries.phone_for(actor).label("phone"),
            Contact.title,
            Contact.left_at,
            Contact.customer_id,
            Customer.name.label("customer"),
        )
        .join(
            Contact,
            or_(
                and_(ContactRelation.one_id.in_(ids), Contact.id == ContactRelation.other_id),
                and_(ContactRelation.other_id.in_(ids), Contact.id == ContactRelation.one_id),
            ),
        )
        .join(Customer, Customer.id == Contact.customer_id)
        .order_by(ContactRelation.id)
    )
    return list(await session.execute(visible(statement, actor, READ, TIES)))


async def people(session: AsyncSession, actor: Actor, customer_id: int, text: str, limit: int) -> list[AnyRow]:
    """Whom the words may mean: those of the customer first, then those of others that the actor may see."""
    here = await queries.whom(session, actor, customer_id, text)
    if not text.strip() or len(here) >= limit:
        return here[:limit]
    found = await search(session, actor, text, limit=_MOST_SEARCHED)
    others = [row.id for row in found.rows if row.id != customer_id]
    there = [row for one in others for row in await queries.whom(session, actor, one)]
    return [*here, *(meant(text, there) or [])][:limit]
