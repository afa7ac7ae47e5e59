"""Taking an import back, as many rows at a time as a unit of work may have: what was built on stays, and is told."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, bindparam, cast, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.bulk import remove_all
from crm_core.audit.models import AuditEntry
from crm_core.contacts.models import Contact
from crm_core.contacts.service import tell
from crm_core.customers.models import Customer, Ownership, StaleTimer
from crm_core.customers.service import derive, maintained
from crm_core.exchange.models import Fate, ImportBatch, ImportRow
from crm_core.exchange.steps import actor_of
from crm_core.kit.db import Base, now

AT_ONCE: Final = 500
_OURS: Final = frozenset(
    {Contact.__tablename__, Ownership.__tablename__, ImportRow.__tablename__, StaleTimer.__tablename__}
)


async def take_back(session: AsyncSession, batch: ImportBatch) -> int:
    """The next rows; how many there were. Nothing is left when there were none."""
    statement = select(ImportRow).where(
        ImportRow.batch_id == batch.id, ImportRow.fate.in_((Fate.MADE, Fate.FILLED)), ImportRow.customer_id.is_not(None)
    )
    rows = (await session.scalars(statement.order_by(ImportRow.number).limit(AT_ONCE))).all()
    made = [one for one in rows if one.fate == Fate.MADE]
    kept = await _built_on(session, made) if made else set[int]()
    await actor_of(session, batch)
    gone = [one for one in made if one.customer_id not in kept]
    ids = [one.customer_id for one in gone if one.customer_id is not None]
    await _remove(session, gone, ids)
    for one in made:
        one.fate = Fate.KEPT if one.customer_id in kept else Fate.UNDONE
    for one in rows:
        if one.fate == Fate.FILLED:
            one.fate = Fate.UNDONE if await _empty_again(session, batch, one) else Fate.KEPT
    await session.flush()
    await _joined(session, batch.id, ids)
    return len(rows)


async def _built_on(session: AsyncSession, rows: Sequence[ImportRow]) -> set[int]:
    """Customers that somebody has changed since, or that other records speak of."""
    ids = [one.customer_id for one in rows if one.customer_id is not None]
    wanted = cast(ids, ARRAY(BigInteger))
    locked = select(Customer.id, Customer.revision).where(Customer.id == func.any(wanted)).order_by(Customer.id)
    kept = {key for key, revision in await session.execute(locked.with_for_update()) if revision > 1}
    contacts = {at for one in rows for at in one.contact_ids or ()}
    met = select(Contact.id, Contact.customer_id, Contact.revision).where(Contact.customer_id == func.any(wanted))
    kept |= {owner for at, owner, revision in await session.execute(met) if at not in contacts or revision > 1}
    moved = select(Ownership.customer_id).where(Ownership.customer_id == func.any(wanted))
    kept |= set(await session.scalars(moved.group_by(Ownership.customer_id).having(func.count() > 1)))
    for table in Base.metadata.sorted_tables:
        if table.name in _OURS or table.name == AuditEntry.__tablename__:
            continue
        for key in table.foreign_keys:
            if key.column.table.name == Customer.__tablename__ and key.ondelete != "SET NULL":
                kept |= set(await session.scalars(select(key.parent).where(key.parent == func.any(wanted)).distinct()))
        if {"subject_type", "subject_id"} <= set(table.c.keys()) and _is_audited(table):
            about = select(table.c.subject_id).where(
                table.c.subject_type == Customer.__tablename__, table.c.subject_id == func.any(wanted)
            )
            kept |= set(await session.scalars(about.distinct()))
    kept |= await _contacts_built_on(session, contacts)
    return kept


async def _contacts_built_on(session: AsyncSession, contacts: set[int]) -> set[int]:
    """The customers of those contacts that other records speak of."""
    kept: set[int] = set()
    wanted = cast(sorted(contacts), ARRAY(BigInteger))
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == Contact.__tablename__ and key.ondelete != "SET NULL":
                there = exists().where(key.parent == Contact.id)
                kept |= set(
                    await session.scalars(select(Contact.customer_id).where(Contact.id == func.any(wanted), there))
                )
    return kept


def _is_audited(table: Any) -> bool:
    """Whether the table holds business records: what the machine notes of a record does not keep it."""
    return any(mapper.local_table is table and mapper.class_.audited for mapper in Base.registry.mappers)


async def _remove(session: AsyncSession, rows: Sequence[ImportRow], ids: Sequence[int]) -> None:
    moves = select(Ownership.id).where(Ownership.customer_id == func.any(cast(list(ids), ARRAY(BigInteger))))
    await remove_all(session, Contact, [at for one in rows for at in one.contact_ids or ()])
    await remove_all(session, Ownership, list(await session.scalars(moves)) if ids else [])
    for one in rows:
        one.customer_id = None
    await session.flush()
    await remove_all(session, Customer, ids)


async def _empty_again(session: AsyncSession, batch: ImportBatch, row: ImportRow) -> bool:
    """Take out of a customer what the import put in, where it still stands as it was put; whether all of it did."""
    customer = await session.get(Customer, row.customer_id, with_for_update=True, populate_existing=True)
    if customer is None:
        return True
    actor = await actor_of(session, batch)
    whole = True
    for name, value in (row.filled or {}).items():
        if name == "extra":
            customer.extra = {key: one for key, one in customer.extra.items() if value.get(key) != one}
            continue
        held = getattr(customer, name)
        as_put = Decimal(value) == held if isinstance(held, Decimal) else value == held
        whole = whole and as_put
        if as_put:
            setattr(customer, name, None)
    for at in row.contact_ids or ():
        contact = await session.get(Contact, at)
        if contact is not None and contact.revision == 1:
            await session.delete(contact)
        else:
            whole = whole and contact is None
    derive(customer)
    await session.flush()
    await tell(session, customer)
    await maintained(session, actor, customer, now(session))
    return whole


_JOINED = text(
    "UPDATE import_row SET fate = 'undone', customer_id = NULL"
    " WHERE batch_id = :batch AND fate = 'joined' AND customer_id IS NULL"
).bindparams(bindparam("batch", type_=BigInteger))


async def _joined(session: AsyncSession, batch_id: int, ids: Sequence[int]) -> None:
    """Further rows of customers that are gone: their tie went with the customer."""
    if ids:
        await session.execute(_JOINED, {"batch": batch_id})


async def kept(session: AsyncSession, batch_id: int, limit: int = 5) -> list[str]:
    """Names of customers that stayed because something was built on them."""
    statement = select(Customer.name).join(ImportRow, ImportRow.customer_id == Customer.id)
    statement = statement.where(ImportRow.batch_id == batch_id, ImportRow.fate == Fate.KEPT)
    return list(await session.scalars(statement.order_by(ImportRow.number).limit(limit)))
