"""What is known of a person goes: a contact at a customer, or a colleague who has left (decision 0024).

What stays is that there was somebody, in the person's place, and what was done: visits, requests, money. The table of
erasures remembers whose data went, so that `reapply` can do it again to a copy from before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.service import act_as
from crm_core.contacts.models import Contact
from crm_core.contacts.service import tell
from crm_core.customers.models import Customer
from crm_core.erasure import errors
from crm_core.erasure.models import Erasure, Who
from crm_core.erasure.permissions import ERASE
from crm_core.erasure.traces import (
    Mention,
    drop_exports,
    forget,
    forget_values,
    mentions,
    needles,
    remove,
    remove_files,
)
from crm_core.kit.db import now, operation
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.raw import run
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee
from crm_core.org.rights import require

NOBODY: Final = {"zh": "已删除的联系人", "en": "Erased person"}
FORMER: Final = {"zh": "已离职同事 {id}", "en": "Former colleague {id}"}

_OF_CONTACTS: Final = ("customer_id", "is_primary", "minded_by", "created_by", "created_at", "left_at", "erased_at")
_OF_EMPLOYEES: Final = ("unit_id", "manager_id", "roles", "created_at", "left_at", "erased_at")

_CONTACT: Final = (
    "UPDATE contact SET name = :word, title = NULL, phone = NULL, email = NULL, note = NULL, extra = '{}',"
    " roles = '{}', attitude = NULL, influence = NULL, post_since = NULL, went_to = NULL, went_to_id = NULL,"
    " hobbies = '{}', about = NULL, file = '{}', revision = revision + 1 WHERE id = ANY(:ids)"
)
_REMINDERS: Final = """
    UPDATE occurrence SET reason = NULL, push_at = NULL, ended_at = coalesce(ended_at, :at),
        state = CASE WHEN ended_at IS NULL THEN 'suppressed' ELSE state END
    WHERE (subject_type = 'contact' AND subject_id = ANY(:ids)) OR (subject_type = 'contact_day'
        AND EXISTS (SELECT FROM contact_day d WHERE d.id = subject_id AND d.contact_id = ANY(:ids)))
"""
_SAME: Final = (
    "WITH RECURSIVE same(id) AS (SELECT id FROM contact WHERE id = ANY(:ids) UNION"
    " SELECT c.id FROM contact c, contact d, same WHERE d.id = same.id"
    " AND (c.came_from_id = d.id OR c.id = d.came_from_id)) SELECT id FROM same ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Whose data went, and when."""

    kind: Who
    subject_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done: the person's cards in the books, and the records that somebody has to look at."""

    ids: list[int]
    left_to_people: list[Mention]


async def find_mentions(session: AsyncSession, actor: Actor | None, contact_id: int) -> list[Mention]:
    """Records whose text names the contact, to be looked at before nobody knows any more what to look for."""
    await _demand(session, actor)
    return await _mentioned(session, await _cards(session, contact_id))


async def erase_contact(session: AsyncSession, actor: Actor | None, contact_id: int) -> Erased:
    """Erase somebody at a customer, on all the cards that the person has with us. It can't be taken back.

    Raises `not_allowed`, `not_found`.
    """
    await _demand(session, actor)
    cards = await _cards(session, contact_id)
    left = await _mentioned(session, cards)
    own = operation(session)
    await _note(session, actor, Who.CONTACT, [one.id for one in cards])
    await _wipe_contacts(session, cards, now(session), own)
    return Erased([one.id for one in cards], left)


async def erase_employee(session: AsyncSession, actor: Actor | None, employee_id: int) -> Erased:
    """Erase who has left: a number stays in the place of the name. It can't be taken back.

    Raises `not_allowed`, `not_found`, `erasure.still_here`.
    """
    await _demand(session, actor)
    person = await session.get(Employee, employee_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise DomainError(NOT_FOUND)
    if person.left_at is None:
        raise DomainError(errors.STILL_HERE, name=person.name)
    left = await mentions(session, needles([person.name]), ())
    own = operation(session)
    await _note(session, actor, Who.EMPLOYEE, [employee_id])
    await _wipe_employee(session, person, now(session), own)
    return Erased([employee_id], left)


async def tombstones(session: AsyncSession) -> list[Tombstone]:
    """Whose data went, the first first: to be kept beside the backups."""
    rows = await session.scalars(select(Erasure).order_by(Erasure.id))
    return [Tombstone(Who(row.kind), row.subject_id, row.at) for row in rows]


async def reapply(session: AsyncSession, known: Iterable[Tombstone] = ()) -> int:
    """Erase again whoever a restored copy has back: by its own tombstones, and those `known` from elsewhere.

    Answers how many there were; doing it twice changes nothing. Who came into the books after the copy is not in it.
    """
    act_as(session, None)
    for one in known:
        await _keep(session, one.kind, one.subject_id, None, one.at)
    count = 0
    for one in await tombstones(session):
        if one.kind == Who.CONTACT:
            card = await session.get(Contact, one.subject_id, with_for_update=True)
            if card is not None and card.erased_at is None:
                await _wipe_contacts(session, [card], one.at)
                count += 1
        else:
            person = await session.get(Employee, one.subject_id, with_for_update=True)
            if person is not None and person.left_at is None:
                person.left_at, person.telegram_id = one.at, None  # had not left yet in the copy
                await session.flush()
            if person is not None and person.erased_at is None:
                await _wipe_employee(session, person, one.at)
                count += 1
    return count


async def _demand(session: AsyncSession, actor: Actor | None) -> None:
    """None is whoever holds the machine."""
    if actor is not None:
        await require(session, actor, ERASE)


async def _note(session: AsyncSession, actor: Actor | None, kind: Who, ids: Iterable[int]) -> None:
    by = actor.id if actor is not None else None
    act_as(session, by)  # without the number of an operation: nobody takes it back
    for one in ids:
        await _keep(session, kind, one, by, now(session))


async def _keep(session: AsyncSession, kind: Who, subject_id: int, by: int | None, at: datetime) -> None:
    made = insert(Erasure).values(kind=kind.value, subject_id=subject_id, by_id=by, at=at)
    await session.execute(made.on_conflict_do_nothing(index_elements=["kind", "subject_id"]))


async def _cards(session: AsyncSession, contact_id: int) -> list[Contact]:
    """The person's cards, at this customer and wherever else we followed; their customers are locked first."""
    ids = [row.id for row in await run(session, _SAME, ids=[contact_id])]
    if not ids:
        raise DomainError(NOT_FOUND)
    at = select(Customer).where(Customer.id.in_(select(Contact.customer_id).where(Contact.id.in_(ids))))
    await session.scalars(at.order_by(Customer.id).with_for_update())
    statement = select(Contact).where(Contact.id.in_(ids)).order_by(Contact.id).with_for_update()
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def _mentioned(session: AsyncSession, cards: list[Contact]) -> list[Mention]:
    words = needles([one.name for one in cards], [one.phone for one in cards])
    return await mentions(session, words, {one.customer_id for one in cards})


async def _wipe_contacts(session: AsyncSession, cards: list[Contact], at: datetime, own: int | None = None) -> None:
    ids = [one.id for one in cards]
    words = needles([value for one in cards for value in (one.name, one.email)], [one.phone for one in cards])
    customers = sorted({one.customer_id for one in cards})
    await run(session, _REMINDERS, ids=ids, at=at)
    await run(session, _CONTACT, ids=ids, word=NOBODY[await _language(session)])
    for table in ("contact_role", "contact_day", "contact_post"):
        await remove(session, table, "contact_id = ANY(:ids)", ids)
    await remove(session, "contact_relation", "one_id = ANY(:ids) OR other_id = ANY(:ids)", ids)
    await remove(session, "comment", "subject_type = 'contact' AND subject_id = ANY(:ids)", ids)
    gifts = await run(session, "UPDATE contact_gift SET note = NULL WHERE contact_id = ANY(:ids) RETURNING id", ids=ids)
    await forget_values(session, "contact_gift", [row.id for row in gifts], ("contact_id", "employee_id", "amount"))
    await remove_files(session, "contact", ids)
    await forget(session, words, own)
    await drop_exports(session)
    for card in cards:
        await session.refresh(card)
        card.is_primary, card.left_at, card.erased_at = False, card.left_at or at, at
    await session.flush()
    await forget_values(session, "contact", ids, _OF_CONTACTS)
    for customer_id in customers:
        await _next_primary(session, customer_id)
        await tell(session, await session.get_one(Customer, customer_id))


async def _next_primary(session: AsyncSession, customer_id: int) -> None:
    present = select(Contact).where(Contact.customer_id == customer_id, Contact.left_at.is_(None))
    there = list(await session.scalars(present.order_by(Contact.is_primary.desc(), Contact.id)))
    if there and not there[0].is_primary:
        there[0].is_primary = True
        await session.flush()


async def _wipe_employee(session: AsyncSession, person: Employee, at: datetime, own: int | None = None) -> None:
    ids = [person.id]
    past = "SELECT DISTINCT v ->> 'telegram_id' AS id FROM audit, LATERAL (VALUES (before), (after)) AS e(v)"
    past += " WHERE subject_type = 'employee' AND subject_id = ANY(:ids) AND v ? 'telegram_id'"
    accounts = [int(row.id) for row in await run(session, past, ids=ids) if row.id]
    here = select(Employee.telegram_id).where(Employee.telegram_id.in_(accounts), Employee.left_at.is_(None))
    gone = sorted({*accounts} - {one for one in await session.scalars(here) if one is not None})
    words = needles([person.name])
    for statement in _OF_THE_EMPLOYEE:
        await run(session, statement, ids=ids)
    await forget_values(session, "employee_birthday", ids)
    for statement in _OF_THE_CHAT if gone else ():
        await run(session, statement, ids=gone)
    await forget(session, [*words, *map(str, gone)], own)
    name = FORMER[await _language(session)].format(id=person.id)
    await run(session, "UPDATE employee SET name = :word WHERE id = ANY(:ids)", ids=ids, word=name)
    await session.refresh(person)
    person.erased_at = at
    await session.flush()
    await forget_values(session, "employee", ids, _OF_EMPLOYEES)


_OF_THE_EMPLOYEE: Final = (
    "DELETE FROM employee_birthday WHERE employee_id = ANY(:ids)",
    "DELETE FROM whereabouts WHERE employee_id = ANY(:ids)",
    "DELETE FROM draft WHERE employee_id = ANY(:ids)",
    "DELETE FROM last_time WHERE employee_id = ANY(:ids)",
    "DELETE FROM said WHERE employee_id = ANY(:ids)",
    "DELETE FROM reminder_choice WHERE employee_id = ANY(:ids)",
    "UPDATE employee SET zone = NULL, bot_id = NULL, language = NULL, territories = '{}' WHERE id = ANY(:ids)",
)
_OF_THE_CHAT: Final = (
    "DELETE FROM outbox WHERE chat_id = ANY(:ids)",
    "DELETE FROM card WHERE chat_id = ANY(:ids)",
    """UPDATE inbox SET payload = '{}', chat_id = 0, error = NULL, state = 'done', ended_at = coalesce(ended_at, due_at)
        WHERE chat_id = ANY(:ids)""",
    "DELETE FROM chat WHERE chat_id = ANY(:ids)",
    "DELETE FROM sheet_order WHERE chat_id = ANY(:ids)",
    "UPDATE import_batch SET chat_id = NULL, bot_id = NULL, card_id = NULL WHERE chat_id = ANY(:ids)",
)
"""Who has a private chat with us is known by its number; that updates came stays, by their numbers."""


async def _language(session: AsyncSession) -> str:
    company = await session.get(Company, 1)
    return "en" if company is not None and company.language == "en" else "zh"
