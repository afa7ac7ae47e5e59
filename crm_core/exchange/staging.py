"""The rows of an import between the sheet and the archives: put down once, read customer by customer."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, delete, func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.bulk import make_all
from crm_core.exchange.columns import guess, headings_at
from crm_core.exchange.models import ImportBatch, ImportRow
from crm_core.exchange.rows import Row, together
from crm_core.kit.db import AnyRow
from crm_core.playbook.book import Playbook

AT_ONCE = 1_000  # rows of a unit of work
_FIRST = 60

Group = list[Row]


async def empty(session: AsyncSession, batch_id: int) -> None:
    """Take away what an earlier attempt has put down."""
    await session.execute(delete(ImportRow).where(ImportRow.batch_id == batch_id))


async def put(session: AsyncSession, batch_id: int, rows: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Put rows down as they were read."""
    await make_all(
        session, ImportRow, [{"batch_id": batch_id, "number": number, "cells": list(cells)} for number, cells in rows]
    )


async def understand(session: AsyncSession, batch: ImportBatch, book: Playbook) -> None:
    """Guess the columns from the first rows; what stands above the data is no row any more."""
    first = select(ImportRow.number, ImportRow.cells).where(ImportRow.batch_id == batch.id)
    rows = (await session.execute(first.order_by(ImportRow.number).limit(_FIRST))).all()
    cells: list[list[str]] = [row.cells for row in rows]
    at = headings_at(cells, book)
    width = max(map(len, cells), default=0)
    batch.headers = list(cells[at]) if at is not None else []
    batch.columns = guess(batch.headers, cells[at + 1 :] if at is not None else cells, width, book)
    if at is not None:
        above = delete(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.number <= rows[at].number)
        await session.execute(above)
    await session.execute(text("ANALYZE import_row"))  # the planner thinks little of tables that it has never looked at
    count = select(func.count()).where(ImportRow.batch_id == batch.id)
    batch.rows = (await session.execute(count)).scalar_one()


def _by_customer(batch: ImportBatch) -> Any:
    """Rows that nothing has become of yet, those of one customer together, in the order of their first ones."""
    place = batch.columns.index("name") + 1 if "name" in batch.columns else 0
    named = literal("") if not place else func.coalesce(ImportRow.cells[place], "")
    plain = func.lower(func.regexp_replace(func.normalize(named, text("NFKC")), r"\s", "", "g"))
    key = func.coalesce(func.nullif(plain, ""), func.concat("#", ImportRow.number))
    lead = func.first_value(ImportRow.number).over(partition_by=key, order_by=ImportRow.number).label("lead")
    open_ = (ImportRow.batch_id == batch.id, ImportRow.fate.is_(None))
    inner = select(lead, ImportRow.number, ImportRow.cells, ImportRow.near).where(*open_).subquery()
    return select(inner.c.lead, inner.c.number, inner.c.cells, inner.c.near).order_by(inner.c.lead, inner.c.number)


async def chunks(
    session: AsyncSession, batch: ImportBatch, at_once: int = AT_ONCE
) -> AsyncIterator[tuple[list[Group], dict[int, Any]]]:
    """Customers of some `at_once` rows, whole; and what is known to be nearly the same, by row.

    The session reads on while others write: what they write is not seen.
    """
    statement = _by_customer(batch).execution_options(yield_per=at_once)
    held: list[AnyRow] = []
    async for part in (await session.stream(statement)).partitions(at_once):
        held += part
        last = held[-1].lead
        whole = [row for row in held if row.lead != last]
        if len(whole) >= at_once // 2:
            held = [row for row in held if row.lead == last]
            yield _cut(whole)
    if held:
        yield _cut(held)


def _cut(rows: Sequence[AnyRow]) -> tuple[list[Group], dict[int, Any]]:
    near = {row.number: row.near for row in rows if row.near}
    return list(together([(row.lead, row.number, row.cells) for row in rows])), near


_NEAR = text(
    "UPDATE import_row r SET near = w.near"
    " FROM jsonb_to_recordset(CAST(:given AS jsonb)) AS w(number bigint, near jsonb)"
    " WHERE r.batch_id = :batch AND r.number = w.number"
).bindparams(bindparam("given", type_=Text), bindparam("batch", type_=BigInteger))

_FATES = text(
    "UPDATE import_row r SET fate = w.fate, customer_id = w.customer_id, contact_ids = w.contact_ids,"
    " filled = w.filled, issues = w.issues"
    " FROM jsonb_to_recordset(CAST(:given AS jsonb)) AS"
    " w(number bigint, fate text, customer_id bigint, contact_ids bigint[], filled jsonb, issues jsonb)"
    " WHERE r.batch_id = :batch AND r.number = w.number AND r.fate IS NULL"
).bindparams(bindparam("given", type_=Text), bindparam("batch", type_=BigInteger))


async def note_near(session: AsyncSession, batch_id: int, given: str) -> None:
    """Keep what is nearly the same: JSON rows of (number, near)."""
    await session.execute(_NEAR, {"given": given, "batch": batch_id})


async def forget_near(session: AsyncSession, batch_id: int) -> None:
    statement = update(ImportRow).where(ImportRow.batch_id == batch_id, ImportRow.near.is_not(None))
    await session.execute(statement.values(near=None))


async def note_fates(session: AsyncSession, batch_id: int, given: str) -> None:
    """Write what became of rows: JSON rows of (number, fate, customer_id, contact_ids, filled, issues)."""
    await session.execute(_FATES, {"given": given, "batch": batch_id})
