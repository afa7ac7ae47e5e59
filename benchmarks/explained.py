"""What PostgreSQL reads for what was asked: rows and pages, by its own plans."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.kit.db import Database

_NO_TABLE: Final = ("Bitmap Index Scan", "CTE Scan", "Values Scan")
Asked = tuple[str, Any]
"""A statement and its parameters."""


@dataclass(frozen=True, slots=True)
class Read:
    """Rows that the scans of tables gave and threw away; pages."""

    rows: int
    pages: int


@contextmanager
def asked_of(db: Database) -> Iterator[list[Asked]]:
    """The statements that go to the database meanwhile, but for savepoints."""
    said: list[Asked] = []

    def hear(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "SAVEPOINT" not in statement:
            said.append((statement, parameters))

    event.listen(db.engine.sync_engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", hear)


async def read_by(connection: AsyncConnection, asked: Asked) -> Read:
    """Asks it again, for its plan. What it changes is changed: roll back."""
    statement, parameters = asked
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    told = (await connection.exec_driver_sql(explain, parameters)).scalar_one()
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return Read(_rows(plan), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _rows(plan: dict[str, Any]) -> int:
    mine = 0
    if plan["Node Type"].endswith("Scan") and plan["Node Type"] not in _NO_TABLE:
        gone = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        mine = round((plan["Actual Rows"] + gone) * plan["Actual Loops"])
    return mine + sum(_rows(one) for one in plan.get("Plans", ()))
