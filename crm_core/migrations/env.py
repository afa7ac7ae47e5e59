"""Alembic's entry: one asynchronous connection, one transaction a migration."""

import asyncio
import threading

from alembic import context
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

from crm_core import registry
from crm_core.kit.db import Base

registry.load()


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect() -> None:
    engine = create_async_engine(context.config.attributes["url"], poolclass=pool.NullPool)
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
