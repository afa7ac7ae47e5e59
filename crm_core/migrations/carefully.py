"""What migrations do to tables that are in use, so that nobody waits for it."""

from collections.abc import Sequence
from typing import Any

from alembic import op


def create_index(name: str, table: str, columns: Sequence[Any], **options: Any) -> None:
    """An index, made while others read and write (no lock but a weak one). One that was left half made is made anew."""
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, list(columns), postgresql_concurrently=True, **options)


def drop_index(name: str, table: str) -> None:
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)


def add_check(name: str, table: str, condition: str) -> None:
    """A check that new rows keep at once; the old ones are looked through without keeping anybody out."""
    with op.get_context().autocommit_block():
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"')
        op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition}) NOT VALID')
        op.execute(f'ALTER TABLE "{table}" VALIDATE CONSTRAINT "{name}"')
