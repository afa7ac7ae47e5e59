"""Alembic migrations of the one database, run by `rounds migrate` and before `rounds run` starts.

A database says itself which programs it serves: those that know the revision in `serving.since` (decision 0025).

Alembic is imported where something is migrated: with mako and its lexers it takes 14 MB, and at most starts the
database stands where it should.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from crm_core.kit.db import async_url

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

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


def config(url: str) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    made = Config()
    made.set_main_option("script_location", str(ROOT))
    made.attributes["url"] = async_url(url)
    return made


def scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return ScriptDirectory(str(ROOT))


def upgrade(url: str, revision: str = "head") -> None:
    from alembic import command  # noqa: PLC0415

    command.upgrade(config(url), revision)


def downgrade(url: str, revision: str) -> None:
    from alembic import command  # noqa: PLC0415

    command.downgrade(config(url), revision)


def folders() -> list[Path]:
    """Where the migrations lie, each in a file that is named by its revision: `0027_bots.py`."""
    return [ROOT / "versions"]


@cache
def known() -> frozenset[str]:
    """All revisions that this program knows."""
    return frozenset(file.stem.partition("_")[0] for folder in folders() for file in folder.glob("*.py"))


def head() -> str:
    """The newest revision that this program knows."""
    return max(known())


def since(directory: "ScriptDirectory", revision: str | None) -> str | None:
    """What a program must know to run with a database of this revision: said by the latest migration that says it."""
    for one in directory.iterate_revisions(revision, "base") if revision else ():
        if (said := getattr(one.module, "serves_from", None)) is not None:
            return said
    return None


def current(connection: Connection) -> str | None:
    """The revision that a database stands at."""
    return _of_one(connection, "alembic_version", "version_num")


def standing(connection: Connection) -> Standing:
    """Where a database stands, and whom it serves."""
    return Standing(current(connection), _of_one(connection, "serving", "since"))


def _of_one(connection: Connection, table: str, column: str) -> str | None:
    """What a table of one row says, which need not be there."""
    there = inspect(connection).has_table(table)
    return connection.scalar(text(f"SELECT {column} FROM {table}")) if there else None  # noqa: S608 - names of ours
