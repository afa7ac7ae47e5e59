"""Alembic migrations of the one database, run by `rounds migrate` and before `rounds run` starts.

A database says itself which programs it serves: those that know the revision in `serving.since` (decision 0025).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from crm_core.kit.db import async_url

ROOT: Final = Path(__file__).parent
LOCK_WAIT_MS: Final = 2000
"""How long a migration waits for a table: behind it waits everybody else who wants that table."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a database stands: its revision, none when it is empty, and the oldest one that a program must know."""

    revision: str | None
    since: str | None = None

    @property
    def is_newer(self) -> bool:
        """Whether a newer program than this one has migrated it."""
        return self.revision is not None and self.revision not in known()

    @property
    def serves(self) -> bool:
        """Whether this program can run with it as it stands."""
        return self.revision == head() or (self.is_newer and self.since in known())


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(ROOT))
    made.attributes["url"] = async_url(url)
    return made


def scripts() -> ScriptDirectory:
    return ScriptDirectory(str(ROOT))


def upgrade(url: str, revision: str = "head") -> None:
    command.upgrade(config(url), revision)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(config(url), revision)


def head() -> str | None:
    """The newest revision that this program knows."""
    return scripts().get_current_head()


@cache
def known() -> frozenset[str]:
    """All revisions that this program knows."""
    return frozenset(one.revision for one in scripts().walk_revisions())


def since(directory: ScriptDirectory, revision: str | None) -> str | None:
    """What a program must know to run with a database of this revision: said by the latest migration that says it."""
    for one in directory.iterate_revisions(revision, "base") if revision else ():
        if (said := getattr(one.module, "serves_from", None)) is not None:
            return said
    return None


def knows(revision: str) -> bool:
    """Whether this program has that revision."""
    script = ScriptDirectory(str(Path(__file__).parent))
    return revision in {one.revision for one in script.walk_revisions()}


def current(connection: Connection) -> str | None:
    """The revision that a database stands at."""
    return MigrationContext.configure(connection).get_current_revision()


def standing(connection: Connection) -> Standing:
    """Where a database stands, and whom it serves."""
    there = inspect(connection).has_table("serving")
    oldest = connection.scalar(text("SELECT since FROM serving")) if there else None
    return Standing(current(connection), oldest)
