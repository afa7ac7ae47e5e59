"""Alembic migrations of the one database, run by `rounds migrate` and before `rounds run` starts."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from crm_core.kit.db import async_url


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["url"] = async_url(url)
    return made


def upgrade(url: str, revision: str = "head") -> None:
    command.upgrade(config(url), revision)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(config(url), revision)


def head() -> str | None:
    """The newest revision that this program knows."""
    return ScriptDirectory(str(Path(__file__).parent)).get_current_head()


def current(connection: Connection) -> str | None:
    """The revision that a database stands at."""
    return MigrationContext.configure(connection).get_current_revision()
