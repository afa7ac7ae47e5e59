"""Alembic's entry: one asynchronous connection, one transaction a migration, which also notes whom it serves."""

import asyncio
import threading
from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from crm_core import registry
from crm_core.kit.db import Base
from crm_core.migrations import LOCK_WAIT_MS, since

registry.load()


def note(ctx: MigrationContext, step: object, heads: Collection[Any], run_args: Mapping[str, Any]) -> None:  # noqa: ARG001 - by name
    """In the migration's own transaction: there is no moment at which a database says something else than it is."""
    connection = ctx.connection
    assert connection is not None
    if connection.scalar(text("SELECT to_regclass('serving') IS NOT NULL")):
        oldest = since(context.script, next(iter(heads), None))
        connection.execute(text("DELETE FROM serving"))
        if oldest is not None:
            connection.execute(text("INSERT INTO serving (id, since) VALUES (1, :since)"), {"since": oldest})


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        on_version_apply=note,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect() -> None:
    patience = {"server_settings": {"lock_timeout": str(LOCK_WAIT_MS)}}
    engine = create_async_engine(context.config.attributes["url"], poolclass=pool.NullPool, connect_args=patience)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


def main() -> None:
    """Alembic's commands are synchronous; when the caller already runs a loop, this takes a thread of its own."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(connect())
        except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


main()
