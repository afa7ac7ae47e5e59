"""Migrations are written so that the program before them goes on: what breaks that is said, or it is refused."""

from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic import op

from crm_core import migrations
from crm_core.migrations import carefully
from tests.support.careful import faults, judged

FIRST_RELEASE = "0028"
"""All up to here goes out at once, and nobody has an older program: the rule begins with what comes after it."""


def test_what_comes_after_the_first_release_lets_the_older_program_go_on() -> None:
    steps = [one for one in migrations.scripts().walk_revisions() if one.revision > FIRST_RELEASE]
    earlier = set(migrations.known())
    wrong: dict[str, list[str]] = {}
    for step in steps:  # the newest first
        earlier.discard(step.revision)
        if found := faults(step.module, earlier):
            wrong[step.revision] = found
    assert wrong == {}


def module(upgrade, **said: str) -> ModuleType:
    made = ModuleType("planted")
    made.upgrade = upgrade
    for name, value in said.items():
        setattr(made, name, value)
    return made


BAD = {
    "a table goes": lambda: op.drop_table("visit"),
    "a column goes": lambda: op.drop_column("customer", "note"),
    "a column is renamed": lambda: op.alter_column("customer", "note", new_column_name="remark"),
    "a table is renamed": lambda: op.rename_table("visit", "call"),
    "a type changes": lambda: op.alter_column("visit", "summary", type_=sa.LargeBinary()),
    "a column must be filled": lambda: op.add_column("visit", sa.Column("mood", sa.Text(), nullable=False)),
    "a column may not be empty": lambda: op.alter_column("visit", "summary", nullable=False),
    "a default goes": lambda: op.alter_column("outbox", "state", server_default=None),
    "a narrower check": lambda: op.create_check_constraint("ck_visit_mood", "visit", "mood <> ''"),
    "a new key": lambda: op.create_foreign_key("fk", "visit", "customer", ["customer_id"], ["id"]),
    "unique from now on": lambda: op.create_index("uq_x", "customer", ["name"], unique=True),
    "no longer unique": lambda: op.drop_constraint("uq_inbox_bot_id", "inbox"),
    "by hand": lambda: op.execute("ALTER TABLE customer\n  DROP COLUMN note"),
}
HEAVY = {
    "an index": lambda: op.create_index("ix_x", "customer", ["name"]),
    "all rows at once": lambda: op.execute("UPDATE customer SET note = ''"),
    "a key that is checked": lambda: op.create_foreign_key("fk", "visit", "customer", ["customer_id"], ["id"]),
    "a lock": lambda: op.execute("LOCK TABLE customer"),
    "another value for each row": lambda: op.add_column(
        "customer", sa.Column("token", sa.Text(), nullable=False, server_default=sa.text("gen_random_uuid()"))
    ),
}


def _new_table() -> None:
    op.create_table("parcel", sa.Column("id", sa.BigInteger(), nullable=False))
    op.create_index("uq_parcel", "parcel", ["id"], unique=True)
    op.add_column("parcel", sa.Column("code", sa.Text(), nullable=False))


GOOD = {
    "a new table, with all that belongs to it": _new_table,
    "a column that may be empty": lambda: op.add_column("visit", sa.Column("mood", sa.Text(), nullable=True)),
    "a column with a default": lambda: op.add_column(
        "visit", sa.Column("mood", sa.Text(), nullable=False, server_default="calm")
    ),
    "an index, carefully": lambda: carefully.create_index("ix_x", "customer", ["name"]),
    "an index goes": lambda: carefully.drop_index("ix_customer_place", "customer"),
    "a key that is no longer checked": lambda: op.drop_constraint("fk_outbox_card_id", "outbox"),
    "a column may be empty from now on": lambda: op.alter_column("visit", "summary", nullable=True),
}


@pytest.mark.parametrize("what", BAD)
def test_what_an_older_program_would_stumble_over_is_refused(what: str) -> None:
    assert judged(module(BAD[what])).breaks
    assert faults(module(BAD[what]), {"0028"})
    assert not faults(module(BAD[what], contracts="why", serves_from="0028", locks="why"), {"0028"})


@pytest.mark.parametrize("what", HEAVY)
def test_what_keeps_others_out_is_refused(what: str) -> None:
    assert judged(module(HEAVY[what])).locks
    assert faults(module(HEAVY[what], contracts="why", serves_from="0028"), {"0028"})


@pytest.mark.parametrize("what", GOOD)
def test_what_only_adds_is_welcome(what: str) -> None:
    assert faults(module(GOOD[what]), set()) == []


def test_who_contracts_says_whom_it_serves_and_that_is_somebody_before_it() -> None:
    goes = BAD["a column goes"]
    assert "serves_from" in faults(module(goes, contracts="nobody reads it since 0030"), {"0030"})[0]
    assert "would stop" in faults(module(goes, contracts="why", serves_from="0031"), {"0030"})[0]
