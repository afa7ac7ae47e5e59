"""An empty database for each test; scenes that are dear to build are built once a process: the next test finds the same
rows put back.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.kit.db import Base, Database
from crm_core.playbook import service as playbook

_Rows = dict[str, list[dict[str, Any]]]
_kept: dict[object, _Rows] = {}


async def emptied(db: Database) -> None:
    """No rows, every counter at its beginning, nothing known of playbooks that were."""
    playbook._by_version.clear()
    db.forget()
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    async with db.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


async def built_once(db: Database, key: object, build: Callable[[], Awaitable[None]]) -> None:
    """Fill an empty database by `build`, or with the rows that it wrote when it was called for this key before."""
    if key not in _kept:
        await build()
        async with db.engine.connect() as connection:
            _kept[key] = await _rows(connection)
        return
    async with db.engine.begin() as connection:
        await _put_back(connection, _kept[key])


async def _rows(connection: AsyncConnection) -> _Rows:
    found: _Rows = {}
    for table in Base.metadata.sorted_tables:
        order = list(table.primary_key.columns)
        rows = (await connection.execute(select(table).order_by(*order))).mappings().all()
        if rows:
            found[table.name] = [dict(row) for row in rows]
    return found


async def _put_back(connection: AsyncConnection, kept: _Rows) -> None:
    counters: list[str] = []
    for table in Base.metadata.sorted_tables:
        if rows := kept.get(table.name):
            await connection.execute(insert(table), rows)
            if "id" in table.columns and table.columns["id"].identity is not None:
                most = max(row["id"] for row in rows)
                counters.append(f"setval(pg_get_serial_sequence('{table.name}', 'id'), {most})")
    if counters:
        await connection.execute(text("SELECT " + ", ".join(counters)))
