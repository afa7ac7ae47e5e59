"""Many rows at once, with the audit kept honest: what is made or taken away here has its entries written beside it.

For hundreds of rows and more: the ordinary way, through the session, costs a hundred times as much a row.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import ARRAY, BigInteger, DateTime, Numeric, Table, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import Base, now

_IDS: Final = ARRAY(BigInteger)


async def new_ids(session: AsyncSession, model: type[Base], count: int) -> list[int]:
    """As many ids of rows to be made."""
    statement = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)").bindparams(
        bindparam("table", type_=Text), bindparam("count", type_=BigInteger)
    )
    return list(await session.scalars(statement, {"table": model.__tablename__, "count": count}))


async def make_all(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one shape, which bring their ids (`new_ids`), by COPY. JSON columns are given as text."""
    if not rows:
        return
    columns = list(rows[0])
    connection = await session.connection()
    raw: Any = (await connection.get_raw_connection()).driver_connection
    records = [tuple(row[column] for column in columns) for row in rows]
    await raw.copy_records_to_table(model.__tablename__, records=records, columns=columns)
    if model.audited:
        await _write(session, model, "create", [row["id"] for row in rows])


async def remove_all(session: AsyncSession, model: type[Base], ids: Sequence[int]) -> None:
    """Delete rows by their ids."""
    if not ids:
        return
    if model.audited:
        await _write(session, model, "delete", ids)
    table = cast("Table", model.__table__)
    statement = text(f'DELETE FROM "{table.name}" WHERE id = ANY(:ids)').bindparams(  # noqa: S608 - a table of ours
        bindparam("ids", type_=_IDS)
    )
    await session.execute(statement, {"ids": list(ids)})


async def _write(session: AsyncSession, model: type[Base], verb: str, ids: Sequence[int]) -> None:
    """The entries that a flush would have written, made by the database of the rows as they stand."""
    table = cast("Table", model.__table__)
    left_out = [column.name for column in table.columns if "unaudited" in column.info]
    exact = [column.name for column in table.columns if isinstance(column.type, Numeric) and column.type.asdecimal]
    as_text = "".join(f""" || jsonb_build_object('{one}', r."{one}"::text)""" for one in exact)
    values = f"jsonb_strip_nulls((to_jsonb(r) - CAST(:left_out AS text[])){as_text})"
    before, after = ("'{}'::jsonb", values) if verb == "create" else (values, "'{}'::jsonb")
    statement = text(
        "INSERT INTO audit (at, actor_id, verb, subject_type, subject_id, before, after)"  # noqa: S608 - columns of ours
        f' SELECT :at, :actor, :verb, :table, r.id, {before}, {after} FROM "{table.name}" r'
        " WHERE r.id = ANY(:ids) ORDER BY r.id"
    ).bindparams(
        bindparam("at", type_=DateTime(timezone=True)),
        bindparam("actor", type_=BigInteger),
        bindparam("verb", type_=Text),
        bindparam("table", type_=Text),
        bindparam("left_out", type_=ARRAY(Text)),
        bindparam("ids", type_=_IDS),
    )
    facts = {"at": now(session), "actor": session.info.get("actor_id"), "verb": verb, "table": table.name}
    await session.execute(statement, {**facts, "left_out": left_out, "ids": list(ids)})
