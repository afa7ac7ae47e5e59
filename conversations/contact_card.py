"""What the screens about contacts are made of, gathered: the card, the tree, the matrix, the archive's line."""

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.archive import archive_line
from crm_core.contacts import days, gifts, moves, queries, standing, ties
from crm_core.contacts.models import DecisionRole
from crm_core.contacts.tree import tree_of
from crm_core.customers import queries as customers
from crm_core.customers.permissions import CHANGE
from crm_core.customers.queries import Archive
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from crm_core.visits.met import Met, deciders_met, met_at, met_with
from screens.contacts import About, contact_screen
from screens.contacts_matrix import Matrix
from screens.contacts_person import Beside, birthday_words
from screens.contacts_tree import Tree, met_words, standing_words
from screens.screen import N_, Screen, Words, fit


async def contact_card(session: AsyncSession, actor: Actor, contact_id: int, *, saved: bool = False) -> Screen:
    """A contact's card, with the part in decisions, when we last met, the birthday, and where one went (CT02)."""
    row = await queries.find(session, actor, contact_id)
    known = await days.of_contact(session, contact_id)
    birthday = next((one for one in known if one.title is None), None)
    about = About(
        standing=standing_words(row, actor.language),
        met=_met(await met_with(session, contact_id), row, actor),
        day=birthday_words(birthday, actor.today(now(session)), actor) if birthday else None,
        left=await _left(session, actor, row),
    )
    book = await in_force(session, actor.playbook_version)
    return contact_screen(row, actor, book, about, saved=saved)


def _met(pairs: list[Met], row: AnyRow, actor: Actor) -> Words | None:
    if not pairs:
        return None if row.left_at else N_("Not met yet")
    last = pairs[0]
    return N_("Last met %(day)s by %(who)s; times in all: %(count)s")(
        day=actor.local(last.last).date().isoformat(), who=last.employee, count=sum(one.count for one in pairs)
    )


async def _left(session: AsyncSession, actor: Actor, row: AnyRow) -> Words | None:
    """Where somebody went, or came from."""
    after = await successor(session, actor, row.id)
    if after is not None:
        return N_("Now at %(company)s")(company=fit(after.customer, 40))
    if row.went_to:
        return N_("Went to %(company)s")(company=fit(row.went_to, 40))
    if row.came_from_id is None:
        return None
    before = await _seen(session, actor, row.came_from_id)
    return N_("Before at %(company)s")(company=fit(before.customer, 40)) if before else None


async def successor(session: AsyncSession, actor: Actor, contact_id: int) -> AnyRow | None:
    """The card at another customer that continues this one, if the actor may see it."""
    after = await moves.successor_id(session, contact_id)
    return await _seen(session, actor, after) if after is not None else None


async def _seen(session: AsyncSession, actor: Actor, contact_id: int) -> AnyRow | None:
    try:
        return await queries.find(session, actor, contact_id)
    except DomainError:
        return None


async def beside(session: AsyncSession, actor: Actor, row: AnyRow) -> Beside:
    """What the overview of a contact shows besides the record."""
    colleagues = await standing.minders(session, row.customer_id)
    names = {one.id: one.name for one in colleagues}
    book = await in_force(session, actor.playbook_version)
    return Beside(
        await days.of_contact(session, row.id),
        await gifts.spent(session, row.id),
        await ties.ties_of(session, actor, row),
        names.get(row.minded_by) or names.get(row.owner_id),
        bool(book.own_fields("contact", row.customer_type)),
    )


async def tree_of_customer(session: AsyncSession, actor: Actor, customer_id: int) -> Tree:
    """The decision tree (CT03). Raises `not_found` for who may not see the customer."""
    archive = await customers.archive(session, actor, customer_id, (CHANGE,))
    people = await queries.everybody(session, actor, customer_id)
    relations = await ties.relations_of(session, actor, [one.id for one in people]) if people else []
    met = await deciders_met(session, customer_id)
    return Tree(customer_id, archive.customer.name, tree_of(people), relations, met, archive.may(CHANGE))


async def matrix_of_customer(session: AsyncSession, actor: Actor, customer_id: int) -> Matrix:
    """Who of us knows whom of them (CT10). Raises `not_found` for who may not see the customer."""
    customer = await customers.find(session, actor, customer_id)
    colleagues = await standing.minders(session, customer_id)
    met = await met_at(session, customer_id)
    ours = {one.id: one.name for one in colleagues} | {one.employee_id: one.employee for one in reversed(met)}
    people = await queries.everybody(session, actor, customer_id)
    seen = {one.contact_id for one in met}
    theirs = [one for one in people if one.left_at is None or one.id in seen]
    helping = {one.id for one in colleagues}
    minders = {
        one.id: one.minded_by if one.minded_by in helping else customer.owner_id
        for one in theirs
        if one.left_at is None and (one.minded_by in helping or customer.owner_id is not None)
    }
    return Matrix(customer_id, customer.name, theirs, list(ours.items()), met, minders)


@archive_line(order=40)
async def _deciders(session: AsyncSession, actor: Actor, archive: Archive) -> Words | None:
    """How often who decides was met (CT11), once anybody there is known to decide."""
    customer_id = archive.customer.id
    met = await deciders_met(session, customer_id)
    if not met.visits and not await _decides(session, actor, customer_id):
        return None
    if met.last is None:
        return met_words(met)
    return N_("%(met)s, last on %(day)s")(met=met_words(met), day=actor.local(met.last).date().isoformat())


async def _decides(session: AsyncSession, actor: Actor, customer_id: int) -> bool:
    people = await queries.whom(session, actor, customer_id)
    return any(DecisionRole.DECIDER.value in one.roles for one in people)
