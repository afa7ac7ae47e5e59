"""Migrations: up, down and up again, and what they make is what the models say."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from crm_core import migrations, registry
from crm_core.kit.db import Base, async_url
from crm_core.kit.embedded import Embedded

registry.load()


def revisions() -> list[str]:
    """All of them, the oldest first."""
    script = ScriptDirectory.from_config(migrations.config("postgresql://"))
    return [one.revision for one in script.walk_revisions()][::-1]


@pytest.fixture
def empty(postgres: Embedded, worker_id: str) -> str:
    """The URL of an empty database."""
    name = f"stairway_{worker_id}"
    postgres.drop(name)
    url = postgres.url(name)
    yield url
    postgres.drop(name)


async def looked_at(url: str, look):
    engine = create_async_engine(async_url(url))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


def tables(connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


async def test_each_step_goes_up_down_and_up_again(empty: str):
    for at, revision in enumerate(revisions()):
        migrations.upgrade(empty, revision)
        before = await looked_at(empty, _shape)
        migrations.downgrade(empty, revisions()[at - 1] if at else "base")
        migrations.upgrade(empty, revision)
        assert await looked_at(empty, _shape) == before
    migrations.downgrade(empty, "base")
    assert await looked_at(empty, tables) == set()


def _shape(connection) -> dict[str, list[str]]:
    there = inspect(connection)
    return {
        name: sorted(f"{column['name']} {column['type']} {column['nullable']}" for column in there.get_columns(name))
        + sorted(str(index["name"]) for index in there.get_indexes(name))
        + sorted(str(check["name"]) for check in there.get_check_constraints(name))
        + sorted(str(key["name"]) for key in there.get_foreign_keys(name))
        for name in tables(connection)
    }


async def test_they_make_what_the_models_say(database_url: str):
    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, Base.metadata)

    assert await looked_at(database_url, differences) == []


async def test_checks_and_collations_are_those_of_the_models(database_url: str):
    """What alembic does not compare: check constraints, and the collation that A-Z relies on."""
    shape = await looked_at(database_url, _shape)
    for table in Base.metadata.sorted_tables:
        checks = {one.name for one in table.constraints if one.__visit_name__ == "check_constraint"}
        assert checks <= set(shape[table.name]), table.name

    def collation(connection) -> str | None:
        return next(c["type"].collation for c in inspect(connection).get_columns("customer") if c["name"] == "sort_key")

    assert await looked_at(database_url, collation) == "C"


def test_there_is_one_head_and_every_step_can_be_undone():
    script = ScriptDirectory.from_config(migrations.config("postgresql://"))
    assert len(script.get_heads()) == 1
    assert migrations.head() == script.get_heads()[0]
    assert all(callable(one.module.downgrade) for one in script.walk_revisions())


async def test_contacts_move_out_of_customers_and_back_with_nothing_lost(empty: str):
    migrations.upgrade(empty, "0001")
    await rows_of(empty, _BEFORE)
    migrations.upgrade(empty, "0004")
    assert await rows_of(empty, "SELECT name, phone, is_primary FROM contact ORDER BY id") == [
        ("王建国", "+8613800138000", True),
        (None, "+862164370045", True),
    ]
    assert await rows_of(empty, "SELECT people, people_phones FROM customer ORDER BY id") == [
        (["王建国"], ["+8613800138000"]),
        ([], ["+862164370045"]),
        ([], []),
    ]
    await rows_of(empty, _ANOTHER)
    migrations.downgrade(empty, "0001")
    assert await rows_of(empty, "SELECT contact_name, phone, note FROM customer ORDER BY id") == [
        ("王建国", "+8613800138000", "样品先寄前台\n李建华 品质经理 +8613900139111 li@huaning.com"),
        (None, "+862164370045", None),
        (None, None, None),
    ]
    migrations.upgrade(empty, "0004")
    assert [row[0] for row in await rows_of(empty, "SELECT name FROM contact ORDER BY id")] == ["王建国", None]


_BEFORE = """
    INSERT INTO unit (id, name, kind, path) VALUES (1, '华宁科技', 'branch', '{1}');
    INSERT INTO employee (id, name, unit_id, roles, chain, created_at) VALUES (1, '李娜', 1, '{rep}', '{1}', now());
    INSERT INTO customer (name, type, category, industry, source, contact_name, phone, note, owner_id, created_by,
                          created_at, maintained_at, normal_name, sort_key, keys, revision)
    SELECT name, 'a', 'key', 'food', 'advert', who, phone, note, 1, 1, now(), now(), name, name, '{}', 1
    FROM (VALUES ('华宁电子', '王建国', '+8613800138000', '样品先寄前台'), ('瑞金医疗', NULL, '+862164370045', NULL),
                 ('长安汽车', NULL, NULL, NULL)) AS known (name, who, phone, note)
"""
_ANOTHER = """
    INSERT INTO contact (customer_id, name, title, phone, email, is_primary, created_by, created_at, revision)
    SELECT id, '李建华', '品质经理', '+8613900139111', 'li@huaning.com', false, 1, now(), 1
    FROM customer WHERE name = '华宁电子'
"""


async def rows_of(url: str, statements: str) -> list[tuple]:
    """The rows of the last of these statements."""
    engine = create_async_engine(async_url(url))
    try:
        async with engine.begin() as connection:
            for one in statements.split(";\n"):
                done = await connection.execute(text(one))
            return [tuple(row) for row in done] if done.returns_rows else []
    finally:
        await engine.dispose()


async def test_what_was_attached_before_files_were_kept_is_fetched_later(empty: str):
    """0006: the handles move into rows of their own, the newest of each file, and back again."""
    migrations.upgrade(empty, "0001")
    await run(
        empty,
        "INSERT INTO company (id, name, zone, language) VALUES (1, '华宁科技', 'Asia/Shanghai', 'zh')",
        "INSERT INTO unit (name, kind) VALUES ('华宁科技', 'branch')",
        "INSERT INTO employee (name, unit_id, roles, created_at) VALUES ('李娜', 1, '{rep}', now())",
        *(
            "INSERT INTO attachment (subject_type, subject_id, kind, bot_id, file_id, file_unique_id, created_by,"
            f" created_at) VALUES ('visit', {visit}, '{kind}', {bot}, '{handle}', '{unique}', 1, '2026-03-{day}')"
            for visit, kind, bot, handle, unique, day in [
                (1, "photo", 7, "old", "展厅", "02"),
                (2, "photo", 7, "new", "展厅", "09"),
                (2, "voice", 7, "v", "录音", "09"),
                (3, "photo", 8, "other", "展厅", "10"),
            ]
        ),
    )
    migrations.upgrade(empty, "0006")
    files = "SELECT bot_id, file_unique_id, file_id, kind, state FROM file ORDER BY bot_id, kind"
    assert await looked_at(empty, all_of(files)) == [
        (7, "展厅", "new", "photo", "pending"),
        (7, "录音", "v", "voice", "pending"),
        (8, "展厅", "other", "photo", "pending"),
    ]
    tied = "SELECT subject_id, file_unique_id, bot_id FROM attachment a JOIN file f ON f.id = file_row_id ORDER BY a.id"
    assert await looked_at(empty, all_of(tied)) == [(1, "展厅", 7), (2, "展厅", 7), (2, "录音", 7), (3, "展厅", 8)]
    await run(empty, "UPDATE file SET kind = 'video' WHERE bot_id = 8")
    migrations.downgrade(empty, "0001")
    back = "SELECT subject_id, kind, bot_id, file_id, file_unique_id FROM attachment ORDER BY id"
    assert await looked_at(empty, all_of(back)) == [
        (1, "photo", 7, "new", "展厅"),
        (2, "photo", 7, "new", "展厅"),
        (2, "voice", 7, "v", "录音"),
        (3, "document", 8, "other", "展厅"),
    ]


async def run(url: str, *statements: str) -> None:
    engine = create_async_engine(async_url(url))
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


def all_of(statement: str):
    return lambda connection: [tuple(row) for row in connection.execute(text(statement))]
