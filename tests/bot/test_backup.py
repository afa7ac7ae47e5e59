"""Backups: what comes back is what was there, and what is damaged is told before a row comes in (BY31)."""

import asyncio
import errno
import random
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import database
from bot.backup import folder as folders
from bot.backup import making, restoring, tables
from bot.backup.making import SERVING
from bot.errors import OperatorError
from bot.files.storage import Directory, digest_of, key_of
from crm_core import migrations, registry
from crm_core.kit import signals
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Base, Database
from crm_core.kit.embedded import Embedded
from crm_core.org.models import Role
from sandbox.server import run_sandbox
from tests.bot.conftest import Rounds
from tests.crm_core.plans.work import everybody_has_planned
from tests.handlers.requests import travel
from tests.handlers.scene import RUIJIN, customer_of, pictures, visits
from tests.handlers.test_reminders import morning
from tests.support.chat import TOKEN, USERNAME, House, open_house

registry.load()


@pytest.fixture
def elsewhere(postgres: Embedded, worker_id: str) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    name = f"restored_{worker_id}"
    postgres.drop(name)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
async def other(elsewhere: str, clock: FixedClock) -> AsyncIterator[Database]:
    made = Database(elsewhere, clock)
    yield made
    await made.dispose()


async def fill(house: House) -> None:
    """A customer, a visit with two pictures, one more in the pool of words, a request that waits for its decision."""
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    for person in (boss, rep):
        await person.say("/start")
    await everybody_has_planned(house.db)
    await customer_of(rep)
    await customer_of(rep, RUIJIN, contact_name="周敏“采购”\\部", phone="13900139000")
    await rep.say("/visit 华宁")
    await rep.send_photo(*pictures(2))
    await rep.say("谈了年框\n下周三送样\t\\N \\. 'x'")
    await rep.tap("保存")
    await house.fetched()
    await travel(rep)


async def rows_of(db: Database) -> dict[str, list[str]]:
    """Every table's content, as the database itself writes it down."""
    found = {}
    async with db.engine.connect() as connection:
        for name in Base.metadata.tables.keys() - {SERVING}:
            rows = await connection.scalars(text(f'SELECT to_jsonb(t)::text FROM "{name}" t ORDER BY 1'))
            found[name] = list(rows)
    return found


_MADE_OF = text("""
    SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, tgenabled::text || pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY 1, 2, 3
""")


async def made_of(db: Database) -> list[tuple[str, ...]]:
    async with db.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(_MADE_OF)]


# --- what comes back


@pytest.mark.feature("BY31")
async def test_a_house_restored_elsewhere_goes_on_in_the_chat_where_it_was(
    db: Database, other: Database, clock: FixedClock, tmp_path: Path
):
    """Backed up while people write; then the machine is gone. The same phones, and the cards on them."""
    async with run_sandbox(tokens=[TOKEN]) as phones:
        phones.add_bot(TOKEN, username=USERNAME, first_name="华宁随访")
        async with open_house(db, clock, sandbox=phones, files=tmp_path / "files") as house:
            await fill(house)
            rep, boss = house.people["李娜"], house.people["王海燕"]
            before = {name: len(rows) for name, rows in (await rows_of(db)).items()}

            async def keep_writing() -> None:
                for at in range(12):
                    await rep.say(f"瑞金 第{at}次电话，谈价格")

            writing = asyncio.create_task(keep_writing())
            made = await making.make(db.url, house.storage, tmp_path / "backups")
            await writing
            people = house.people
            assert not made.manifest.missing
            assert made.manifest.files == 2

        await restoring.restore(other.url, Directory(tmp_path / "new"), tmp_path / "backups")
        after = {name: len(rows) for name, rows in (await rows_of(other)).items()}
        assert all(after[name] >= before[name] for name in ("customer", "visit", "attachment", "file", "approval"))
        async with open_house(other, clock, sandbox=phones, files=tmp_path / "new") as again:
            again.people = people
            for person in people.values():
                person.house = again
            await again.settle()
            shown = await boss.tap("✅ 同意")  # on the card that the lost machine had sent
            assert "已批准" in shown
            assert "✅ 已批准：出差申请" in rep.screen()
            assert "华宁" in await rep.say("华宁电子")
            was = len(await visits(again))
            await rep.say("/visit 华宁")
            await rep.say("价格谈妥了")
            await rep.tap("保存")
            assert len(await visits(again)) == was + 1
            await morning(again, "2026-03-26")
            assert "早上好，李娜" in rep.screen()
            assert "没更新" in rep.screen()


async def test_every_row_and_every_file_comes_back_and_the_tables_are_as_they_were(
    db: Database, other: Database, clock: FixedClock, tmp_path: Path
):
    async with open_house(db, clock, files=tmp_path / "files") as house:
        await fill(house)
    storage = Directory(tmp_path / "files")
    made = await making.make(db.url, storage, tmp_path / "backups")
    assert made.new_files == made.manifest.files == 2
    assert made.manifest.revision == migrations.head()
    assert (made.where.stat().st_mode & 0o077) == 0, "people's words are for the operator alone"
    done = await restoring.restore(other.url, Directory(tmp_path / "new"), tmp_path / "backups")
    assert done.backup == made.where
    assert await rows_of(other) == await rows_of(db)
    assert await made_of(other) == await made_of(db)
    for sha256 in folders.names_of_files(made.where):
        assert (tmp_path / "new" / key_of(sha256)).read_bytes() == (tmp_path / "files" / key_of(sha256)).read_bytes()
    with pytest.raises(DBAPIError, match="only added"):
        async with other.engine.begin() as connection:
            await connection.execute(text("DELETE FROM approval_fact"))


async def test_what_was_lost_leaves_its_numbers_behind(
    db: Database, other: Database, clock: FixedClock, tmp_path: Path
):
    """A card of yesterday's lost customer is still on a phone: its button must not open somebody else's archive."""
    async with open_house(db, clock, files=tmp_path / "files") as house:
        await fill(house)
        await making.make(db.url, house.storage, tmp_path / "backups")
        lost = await customer_of(house.people["李娜"], "苏州明和精密有限公司", phone="13911112222")
    await restoring.restore(other.url, Directory(tmp_path / "new"), tmp_path / "backups")
    async with open_house(other, clock, files=tmp_path / "new") as again:
        again.people = house.people
        house.people["李娜"].house = again
        assert await customer_of(house.people["李娜"], "杭州启明电子有限公司", phone="13911113333") > lost


async def test_all_tables_of_the_program_are_in_it_and_nobody_elses(db: Database, tmp_path: Path):
    async with db.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE somebody_elses (id int)"))
    try:
        made = await making.make(db.url, Directory(tmp_path / "files"), tmp_path / "backups")
    finally:
        async with db.engine.begin() as connection:
            await connection.execute(text("DROP TABLE somebody_elses"))
    async with db.engine.connect() as connection:
        there = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        assert {table.name for table in made.manifest.tables} == set(there) - {"alembic_version", SERVING}


async def test_a_backup_of_an_older_rounds_is_brought_up_to_this_one(
    postgres: Embedded, other: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worker_id: str
):
    name = f"older_{worker_id}"
    postgres.drop(name)
    url = postgres.url(name)
    await asyncio.to_thread(migrations.upgrade, url, "0022")
    connection = await signals.connect(url)
    names = [row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    await connection.execute(
        "INSERT INTO company (id, name, zone, language) VALUES (1, '华宁医疗', 'Asia/Shanghai', 'zh')"
    )
    await connection.close()
    monkeypatch.setattr(making, "our_tables", lambda: sorted(set(names) - {"alembic_version"}))
    await making.make(url, Directory(tmp_path / "files"), tmp_path / "backups")
    postgres.drop(name)
    await asyncio.to_thread(migrations.upgrade, other.url)  # somebody was quicker with `rounds migrate`: no matter
    done = await restoring.restore(other.url, Directory(tmp_path / "files"), tmp_path / "backups")
    assert done.manifest.revision == "0022"
    async with other.engine.connect() as here:
        assert await here.scalar(text("SELECT name FROM company")) == "华宁医疗"
        assert await here.run_sync(migrations.current) == migrations.head()


# --- what is refused


@pytest.fixture
async def backup(db: Database, clock: FixedClock, tmp_path: Path) -> Path:
    async with open_house(db, clock, files=tmp_path / "files") as house:
        await fill(house)
    return (await making.make(db.url, Directory(tmp_path / "files"), tmp_path / "backups")).where


def all_files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


async def nothing_came(other: Database) -> bool:
    async with other.engine.connect() as connection:
        return not (await connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")))


async def test_a_flipped_byte_or_a_missing_file_is_told_and_nothing_comes_in(backup: Path, other: Database):
    dice, every = random.Random(7), all_files(backup, backup.parent / "files")
    assert len(every) > 40
    for path in every:
        whole = path.read_bytes()
        at = dice.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :])
        with pytest.raises(OperatorError, match=path.name):
            restoring.demand_whole(backup)
        path.write_bytes(whole)
    for path in (backup / folders.MANIFEST, backup / folders.NAMES_OF_FILES, backup / "visit.copy.gz", every[-1]):
        whole = path.read_bytes()
        for at in [0, len(whole) - 1, *(dice.randrange(len(whole)) for _ in range(20))]:
            path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :])
            with pytest.raises(OperatorError, match=path.name):
                restoring.demand_whole(backup)
        path.write_bytes(whole[:-1])
        with pytest.raises(OperatorError, match=path.name):
            restoring.demand_whole(backup)
        path.unlink()
        with pytest.raises(OperatorError, match=path.name):
            restoring.demand_whole(backup)
        path.write_bytes(whole)
    restoring.demand_whole(backup)
    all_files(backup)[0].unlink()
    with pytest.raises(OperatorError, match="not whole"):
        await restoring.restore(other.url, Directory(backup.parent / "new"), backup)
    assert await nothing_came(other)


async def test_a_database_in_use_is_not_written_over(backup: Path, db: Database):
    before = await rows_of(db)
    with pytest.raises(OperatorError, match=r"in use .*empty one"):
        await restoring.restore(db.url, Directory(backup.parent / "new"), backup)
    assert await rows_of(db) == before


async def test_what_fails_halfway_leaves_an_empty_database_that_can_be_tried_again(
    backup: Path, db: Database, other: Database, monkeypatch: pytest.MonkeyPatch
):
    async def otherwise(*_: object) -> str:
        return "something else"

    with monkeypatch.context() as patched:
        patched.setattr(tables, "read_back", otherwise)
        with pytest.raises(OperatorError, match="not what the backup holds"):
            await restoring.restore(other.url, Directory(backup.parent / "new"), backup)
    assert sum(map(len, (await rows_of(other)).values())) == 0
    await restoring.restore(other.url, Directory(backup.parent / "new"), backup)
    assert await rows_of(other) == await rows_of(db)


async def test_half_a_backup_is_none(backup: Path, db: Database, monkeypatch: pytest.MonkeyPatch):
    folder, storage = backup.parent, Directory(backup.parents[1] / "files")

    async def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(tables, "dump", full)
        with pytest.raises(OperatorError, match=r"No space left.*make room"):
            await making.make(db.url, storage, folder)
    assert sorted(one.name for one in folder.iterdir()) == sorted([backup.name, "files"])
    killed = folder / ".part-1"
    shutil.copytree(backup, killed)  # all but the rename
    assert folders.all_in(folder) == [backup]
    shutil.move(backup, folder / "elsewhere")
    with pytest.raises(OperatorError, match="no whole backup"):
        folders.chosen(folder)
    await making.make(db.url, storage, folder)
    assert not killed.exists()


async def test_two_at_once_are_one(backup: Path, db: Database):
    storage = Directory(backup.parents[1] / "files")
    first, second = await asyncio.gather(
        *(making.make(db.url, storage, backup.parent / "again") for _ in range(2)), return_exceptions=True
    )
    (refused,) = [one for one in (first, second) if isinstance(one, OperatorError)]
    assert "Another backup" in str(refused)


async def test_a_program_that_starts_meanwhile_waits_for_the_restoring(backup: Path, other: Database):
    connection = await signals.connect(other.url)
    await database.wait_turn(connection)
    restored = asyncio.create_task(restoring.restore(other.url, Directory(backup.parent / "new"), backup))
    await asyncio.sleep(0.3)
    assert await nothing_came(other)
    await connection.close()
    await restored


# --- the commands


def test_the_commands_say_what_they_did(
    rounds: Rounds, empty_database: str, elsewhere: str, environment: pytest.MonkeyPatch, tmp_path: Path
):
    folder = tmp_path / "backups"
    assert rounds("init", "--company", "华宁医疗", "--admin", "王总").code == 0
    assert "holds no whole backup" in rounds("backup", str(folder), "--verify").err
    made = rounds("backup", str(folder))
    assert made.code == 0, made.err
    assert "rows of" in made.out
    checked = rounds("backup", str(folder), "--verify")
    assert checked.code == 0
    assert "is whole" in checked.out
    refused = rounds("restore", str(folder))
    assert refused.code == 1
    assert len(refused.err.splitlines()) == 1
    environment.setenv("DATABASE_URL", elsewhere)
    done = rounds("restore", str(folder))
    assert done.code == 0, done.err
    assert "is restored" in done.out
    assert rounds("init", "--company", "华宁医疗", "--admin", "王总").code == 0, "the admin may still come in"


async def test_old_ones_go_with_the_files_that_only_they_named(db: Database, clock: FixedClock, tmp_path: Path):
    folder, storage = tmp_path / "backups", Directory(tmp_path / "files")
    moments = iter(f"20261122T1900{at:02}Z" for at in range(10))
    names = [next(moments) for _ in range(4)]
    contents = [f"picture {at}".encode() for at in range(4)]
    for at, content in enumerate(contents):
        sha256 = digest_of(content)
        await storage.put(key_of(sha256), content)
        async with db.engine.begin() as connection:
            await connection.execute(text("DELETE FROM file"))
            await connection.execute(
                text(
                    "INSERT INTO file (bot_id, file_id, file_unique_id, kind, state, sha256, key, due_at, created_at)"
                    " VALUES (1, 'f', 'u', 'photo', 'stored', :sha256, :key, now(), now())"
                ),
                {"sha256": sha256, "key": key_of(sha256)},
            )
        (await making.make(db.url, storage, folder)).where.rename(folder / names[at])
    assert folders.let_go(folder, 2) == 2
    assert [one.name for one in folders.all_in(folder)] == names[2:]
    left = {path.read_bytes() for path in all_files(folder / "files")}
    assert left == set(contents[2:])
    for one in folders.all_in(folder):
        restoring.demand_whole(one)


async def test_a_file_that_the_storage_lost_is_told_and_the_rest_is_kept(backup: Path, db: Database, other: Database):
    files = backup.parents[1] / "files"
    first, second = sorted(all_files(files), key=lambda path: path.name)
    first.unlink()
    second.write_bytes(b"not what it was")
    made = await making.make(db.url, Directory(files), backup.parent.parent / "fresh")
    assert set(made.manifest.missing) == {first.name, second.name}
    await restoring.restore(other.url, Directory(files.parent / "new"), made.where)
    assert await rows_of(other) == await rows_of(db)
