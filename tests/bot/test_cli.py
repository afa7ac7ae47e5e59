"""The command line: what it does, and that what goes wrong is a line and not a traceback."""

import asyncio
import subprocess
import sys
import types
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core import migrations
from crm_core.inbox.models import Update
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database, now
from crm_core.org.invites import accept_invite
from crm_core.org.models import Company, Employee, Role, Unit
from crm_core.org.service import add_employee
from crm_core.playbook.service import default_text
from tests.bot.conftest import Ran, Rounds
from tests.bot.fake_api import TOKEN, fake_api_apart

FOUND = ("init", "--company", "华宁医疗", "--admin", "王总")

T = TypeVar("T")


def inside(url: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """One unit of work on the command's database."""

    async def unit() -> T:
        database = Database(url, SystemClock())
        try:
            async with database.unit() as session:
                return await work(session)
        finally:
            await database.dispose()

    return asyncio.run(unit())


def payload_of(ran: Ran) -> str:
    (line,) = [line.strip() for line in ran.out.splitlines() if line.startswith("    ")]
    return line.removeprefix("/start ").rpartition("?start=")[2]


def assert_one_line(ran: Ran, code: int) -> None:
    assert ran.code == code
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1, ran.err


# --- what every command keeps to


def test_help_loads_none_of_the_heavy_libraries() -> None:
    heavy = "{'aiogram', 'telegram', 'sqlalchemy', 'pydantic', 'aiohttp', 'alembic', 'structlog'}"
    program = f"import sys; import bot.cli; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_help_names_every_command(rounds: Rounds) -> None:
    ran = rounds("--help")
    commands = [
        "run",
        "init",
        "migrate",
        "doctor",
        "lost",
        "sandbox",
        "demo",
        "deadletters",
        "playbook",
        "usage",
        "version",
        "import",
        "export",
    ]
    assert all(f"\n  {command} " in ran.out for command in commands)
    assert "..." not in ran.out.partition("Options:")[2], "a help line is too long for a terminal of 80 columns"


def test_the_installed_script_complains_in_one_line(environment: pytest.MonkeyPatch) -> None:
    script = Path(sys.executable).with_name("rounds")
    ran = subprocess.run([str(script), "run"], capture_output=True, text=True, check=False)
    assert_one_line(Ran(ran.returncode, ran.stdout, ran.stderr), 2)
    assert ran.stderr.startswith("ROUNDS_BOT_TOKENS is missing")


def test_version(rounds: Rounds) -> None:
    assert rounds("version").out.startswith("rounds 0.")


@pytest.mark.parametrize("arguments", [("run", "--role", "cook"), ("init",), ("nonsense",), ("playbook", "check")])
def test_arguments_that_make_no_sense(rounds: Rounds, arguments: tuple[str, ...]) -> None:
    ran = rounds(*arguments)
    assert ran.code == 2
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", [("migrate",), FOUND, ("deadletters", "list"), ("playbook", "show")])
def test_a_database_that_is_away_is_one_line_without_its_password(
    rounds: Rounds, environment: pytest.MonkeyPatch, unused_tcp_port: int, command: tuple[str, ...]
) -> None:
    environment.setenv("DATABASE_URL", f"postgresql://u:hush@127.0.0.1:{unused_tcp_port}/d")
    ran = rounds(*command)
    assert_one_line(ran, 1)
    assert "does not answer" in ran.err
    assert "hush" not in ran.err


def test_a_database_that_does_not_exist_is_one_line(rounds: Rounds, blank_database: str, worker_id: str) -> None:
    url = blank_database.replace(f"blank_{worker_id}", "not_there")
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("DATABASE_URL", url)
        ran = rounds("migrate")
    assert_one_line(ran, 1)
    assert "not_there" in ran.err


# --- migrate


def test_migrate_makes_a_blank_database_whole(rounds: Rounds, blank_database: str) -> None:
    ran = rounds("deadletters", "list")
    assert_one_line(ran, 1)
    assert "rounds migrate" in ran.err
    for _ in range(2):
        assert rounds("migrate") == Ran(0, f"The database stands at {migrations.head()}.\n", "")
    assert rounds("deadletters", "list").out == "No dead letters.\n"


def test_a_database_of_a_newer_rounds_is_left_alone(rounds: Rounds, blank_database: str) -> None:
    rounds("migrate")
    inside(blank_database, lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    ran = rounds("migrate")
    assert ran.code == 0
    assert f"stands at 9999, and serves this program ({migrations.head()}) too." in ran.out
    inside(blank_database, lambda session: session.execute(text("UPDATE serving SET since = '9998'")))
    ran = rounds("migrate")
    assert_one_line(ran, 1)
    assert "newer Rounds" in ran.err


# --- init


def test_init_lets_the_first_admin_in(rounds: Rounds, empty_database: str) -> None:
    ran = rounds(*FOUND, "--zone", "Asia/Urumqi", "--language", "en")
    assert ran.code == 0
    assert "rounds run" in ran.out

    async def enter(session: AsyncSession) -> tuple[Employee, Company]:
        admin = await accept_invite(session, payload_of(ran), bot_id=1, telegram_id=7)
        return admin, await session.get_one(Company, 1)

    admin, company = inside(empty_database, enter)
    assert (admin.name, admin.roles) == ("王总", [Role.ADMIN])
    assert (company.name, company.zone, company.language) == ("华宁医疗", "Asia/Urumqi", "en")


def test_the_only_admin_s_lost_phone_is_shut_out_and_a_new_link_made(rounds: Rounds, empty_database: str) -> None:
    ran = rounds(*FOUND)

    def enter(payload: str, account: int) -> Callable[[AsyncSession], Awaitable[Employee]]:
        return lambda session: accept_invite(session, payload, bot_id=1, telegram_id=account)

    inside(empty_database, enter(payload_of(ran), 7))
    ran = rounds("lost", "王总")
    assert ran.code == 0

    async def account(session: AsyncSession) -> int | None:
        return await session.scalar(select(Employee.telegram_id))

    assert inside(empty_database, account) is None
    inside(empty_database, enter(payload_of(ran), 8))
    assert inside(empty_database, account) == 8
    assert_one_line(rounds("lost", "李总"), 1)


@pytest.mark.feature("NF02")
def test_a_host_reads_the_seats_and_bytes_of_a_month(rounds: Rounds, empty_database: str) -> None:
    assert_one_line(rounds("usage"), 1)
    ran = rounds(*FOUND)
    this = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m}"
    told = rounds("usage").out.splitlines()
    assert "seats 0" in told
    assert "waiting 1" in told
    inside(empty_database, lambda session: accept_invite(session, payload_of(ran), bot_id=1, telegram_id=7))
    told = dict(line.split() for line in rounds("usage", "--month", this).out.splitlines())
    assert (told["month"], told["seats"], told["waiting"]) == (this, "1", "0")
    assert int(told["database"]) > 1_000_000
    assert_one_line(rounds("usage", "--month", "März"), 2)


def test_init_takes_zone_and_language_from_the_settings(
    rounds: Rounds, empty_database: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ROUNDS_ZONE", "Asia/Singapore")
    environment.setenv("ROUNDS_LANGUAGE", "en")
    rounds(*FOUND)
    company = inside(empty_database, lambda session: session.get_one(Company, 1))
    assert (company.zone, company.language) == ("Asia/Singapore", "en")


def test_init_gives_the_link_of_each_bot(rounds: Rounds, empty_database: str, environment: pytest.MonkeyPatch) -> None:
    with fake_api_apart() as api:
        environment.setenv("ROUNDS_API_URL", api.url)
        environment.setenv("ROUNDS_BOT_TOKENS", f"{TOKEN},99:unknown")
        ran = rounds(*FOUND)
    assert "    https://t.me/rounds_test_bot?start=" in ran.out
    assert "Bot 99 cannot be asked" in ran.err
    assert TOKEN not in ran.out + ran.err


def test_init_again_gives_a_new_link_until_the_admin_has_come_in(rounds: Rounds, empty_database: str) -> None:
    first, second = payload_of(rounds(*FOUND)), payload_of(rounds(*FOUND))
    assert first != second
    inside(empty_database, lambda session: accept_invite(session, second, bot_id=1, telegram_id=7))
    ran = rounds(*FOUND)
    assert_one_line(ran, 1)
    assert "already" in ran.err


def test_init_never_makes_a_second_company(rounds: Rounds, empty_database: str) -> None:
    rounds(*FOUND)
    assert_one_line(rounds("init", "--company", "别的公司", "--admin", "李总"), 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--company", " ", "--admin", "王总"), 2),
        (("--company", "华宁", "--admin", ""), 2),
        (("--company", "华宁", "--admin", "王总", "--zone", "Mars"), 1),
    ],
)
def test_init_refuses_what_is_no_company(
    rounds: Rounds, empty_database: str, arguments: tuple[str, ...], code: int
) -> None:
    assert_one_line(rounds("init", *arguments), code)
    assert inside(empty_database, lambda session: session.get(Company, 1)) is None


# --- dead letters


def _dead(session: AsyncSession) -> Update:
    at = now(session)
    dead = {"state": "dead", "attempts": 5, "ended_at": at, "error": "A1B2C3 ValueError:\n oh"}
    row = Update(
        bot_id=1, chat_id=7, number=1, payload={"update_id": 1, "message": {}}, due_at=at, received_at=at, **dead
    )
    session.add(row)
    return row


async def _state(session: AsyncSession) -> str:
    return (await session.scalars(select(Update.state))).one()


async def _add_dead(session: AsyncSession) -> int:
    row = _dead(session)
    await session.flush()
    return row.id


def test_dead_letters_are_listed_retried_and_dropped(rounds: Rounds, empty_database: str) -> None:
    assert rounds("deadletters", "list").out == "No dead letters.\n"
    number = inside(empty_database, _add_dead)
    (line,) = rounds("deadletters", "list").out.splitlines()
    assert line.startswith(f"in-{number}  ")
    assert line.endswith("chat 7  message  5 attempts  A1B2C3 ValueError: oh")
    assert rounds("deadletters", "retry", f"in-{number}").out.startswith("1 ")
    assert inside(empty_database, _state) == "pending"


def test_all_dead_letters_are_dropped_only_when_that_is_said(rounds: Rounds, empty_database: str) -> None:
    inside(empty_database, _add_dead)
    for arguments in ((), ("in-1", "--all")):
        assert_one_line(rounds("deadletters", "drop", *arguments), 2)
    assert inside(empty_database, _state) == "dead"
    assert rounds("deadletters", "drop", "--all").out.startswith("1 ")
    assert inside(empty_database, _state) == "done"


@pytest.mark.parametrize("named", ["5", "in-999", "out-x"])
def test_a_dead_letter_that_is_none_is_said_so(rounds: Rounds, empty_database: str, named: str) -> None:
    inside(empty_database, _add_dead)
    ran = rounds("deadletters", "retry", named)
    assert_one_line(ran, 1)
    assert named in ran.err
    assert inside(empty_database, _state) == "dead"


# --- playbook


def test_the_playbook_that_ships_is_right(rounds: Rounds, tmp_path: Path) -> None:
    file = tmp_path / "book.yaml"
    file.write_text("\ufeff" + default_text(), encoding="utf-8")
    assert rounds("playbook", "check", str(file)).code == 0


@pytest.mark.parametrize("content", [b"", b"- 1", b"{", b"nonsense: true", "行业".encode("gb18030")])
def test_what_is_no_playbook_is_said_in_lines(rounds: Rounds, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "book.yaml"
    file.write_bytes(content)
    for command in ("check", "apply"):
        ran = rounds("playbook", command, str(file))
        assert ran.code == 1
        assert ran.err.strip()
        assert "Traceback" not in ran.err


def test_a_playbook_that_is_not_there_is_one_line(rounds: Rounds) -> None:
    assert_one_line(rounds("playbook", "check", "nowhere.yaml"), 1)


def test_a_playbook_needs_a_company(rounds: Rounds, empty_database: str, tmp_path: Path) -> None:
    file = tmp_path / "book.yaml"
    file.write_text(default_text(), encoding="utf-8")
    ran = rounds("playbook", "apply", str(file))
    assert_one_line(ran, 1)
    assert "rounds init" in ran.err


def test_what_is_applied_is_shown_and_can_be_applied_again(rounds: Rounds, empty_database: str, tmp_path: Path) -> None:
    rounds(*FOUND)
    file = tmp_path / "book.yaml"
    shown = rounds("playbook", "show").out
    assert shown.startswith("# version 0\n")
    for version in (1, 2):
        file.write_text(shown, encoding="utf-8")
        assert rounds("playbook", "apply", str(file)).out == f"Version {version} is in force.\n"
        shown = rounds("playbook", "show").out
        assert shown.startswith(f"# version {version}\n")


AFTER_FLOWS = "\n# 费用科目"
TEAM = """\
  - key: car
    title: {zh: 用车申请, en: Company car}
    kind: administration
    form:
      - {key: amount, kind: money, title: {zh: 金额, en: Amount}}
      - {key: driver, colleague: true, title: {zh: 司机, en: Driver}}
      - {key: sort, kind: choice, title: {zh: 用途, en: Purpose}, options: [{key: visit, title: {zh: 拜访, en: Visit}}]}
    amount: amount
    steps:
      - {id: boss, title: {zh: 总经理, en: Boss}, approvers: [{user: 王总}]}
      - {id: driver, approvers: [{form_user: driver}]}
      - {id: finance, approvers: [{role: finance}], when: {any: [{field: amount, op: ">", value: 5000}]}}
"""


def with_flow(flow: str) -> str:
    """The default playbook with one more, the last."""
    return default_text().replace(AFTER_FLOWS, flow + AFTER_FLOWS)


@pytest.fixture
def cars(rounds: Rounds, empty_database: str, tmp_path: Path) -> Path:
    """A playbook with one more flow, in a company of 王总 and 李娜."""
    rounds(*FOUND)

    async def hire(session: AsyncSession) -> None:
        boss = await session.scalar(select(Employee))
        unit = await session.get_one(Unit, boss.unit_id)
        await add_employee(session, name="李娜", unit=unit, roles=[Role.REP], manager=boss)

    inside(empty_database, hire)
    file = tmp_path / "book.yaml"
    file.write_text(with_flow(TEAM), encoding="utf-8")
    return file


def test_who_would_sign_is_said_step_by_step(rounds: Rounds, cars: Path) -> None:
    said = rounds("playbook", "try", str(cars), "--flow", "car", "--as", "李娜", "--amount", "800")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "1. Boss: 王总",
        "2. driver: whom the applicant chooses",
        "3. finance: does not come",
    ]
    large = rounds("playbook", "try", str(cars), "--flow", "car", "--as", "李娜", "--set", "amount=8000")
    assert large.out.splitlines()[2] == "3. finance: 王总 (the rule comes to nobody)"
    own = rounds("playbook", "try", str(cars), "--flow", "car", "--as", "王总", "--set", "driver=李娜")
    assert own.out.splitlines()[1] == "2. driver: 李娜 (not asked again)"
    travel = rounds("playbook", "try", str(cars), "--flow", "travel", "--as", "李娜", "--days", "3")
    assert travel.out.splitlines() == ["1. Supervisor: 王总", "2. Department manager: does not come"]
    assert "Version" in rounds("playbook", "apply", str(cars)).out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--flow", "cars", "--as", "李娜"), "there are travel, expense"),
        (("--flow", "car", "--as", "李雷"), "nobody is called '李雷'"),
        (("--flow", "car", "--as", "李娜", "--amount", "很多"), "write a plain number"),
        (("--flow", "car", "--as", "李娜", "--days", "NaN"), "write a plain number"),
        (("--flow", "car", "--as", "李娜", "--set", "sort"), "write it as key=value"),
        (("--flow", "car", "--as", "李娜", "--set", "colour=red"), "there are amount, driver, sort"),
        (("--flow", "car", "--as", "李娜", "--set", "sort=play"), "that is no choice of visit"),
        (("--flow", "car", "--as", "李娜", "--set", "driver=李雷"), "nobody is called '李雷'"),
    ],
)
def test_a_try_that_makes_no_sense_is_one_line(rounds: Rounds, cars: Path, options: tuple[str, ...], said: str) -> None:
    ran = rounds("playbook", "try", str(cars), *options)
    assert ran.code in {1, 2}
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_what_flows_name_that_is_not_there_is_told_and_nobody_at_all_is_refused(rounds: Rounds, cars: Path) -> None:
    text = cars.read_text(encoding="utf-8")
    cars.write_text(text.replace("[{user: 王总}]", "[{user: 王总}, {user: 李雷}]"), encoding="utf-8")
    ran = rounds("playbook", "apply", str(cars))
    assert ran.out == "Version 1 is in force.\n"
    assert "warning: car.boss: nobody is called 李雷\n" in ran.err
    never = text[: text.index("      - {id: driver")].replace("[{user: 王总}]", "[{user: 李雷}]")
    cars.write_text(never, encoding="utf-8")
    ran = rounds("playbook", "apply", str(cars))
    assert ran.code == 1
    assert "car: nobody whom it names could ever sign it" in ran.err
    assert rounds("playbook", "show").out.startswith("# version 1\n"), "what is refused is not in force"


def test_a_mistake_in_a_flow_is_told_by_file_and_line(rounds: Rounds, tmp_path: Path) -> None:
    file = tmp_path / "book.yaml"
    file.write_text(with_flow(TEAM.replace('op: ">"', "op: over")), encoding="utf-8")
    ran = rounds("playbook", "check", str(file))
    line = default_text().split(AFTER_FLOWS)[0].count("\n") + 12
    assert ran.err.startswith(f"{file}:{line}: flows.car.steps.3.when.any.1.op: Input should be '>'")
    assert_one_line(ran, 1)


# --- what only passes on


def test_sandbox_hands_its_arguments_on(rounds: Rounds, environment: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []
    environment.setattr("sandbox.__main__.main", lambda argv: given.append(argv) or 2)
    assert rounds("sandbox", "--port", "0", "--token", "1:a", "--token", "2:b").code == 2
    assert given == [["--port", "0", "--token", "1:a", "--token", "2:b"]]


def test_demo_hands_its_arguments_on(rounds: Rounds, environment: pytest.MonkeyPatch) -> None:
    given: list[tuple[object, ...]] = []
    stub = types.ModuleType("bot.demo")
    stub.main = lambda *arguments: given.append(arguments)  # type: ignore[attr-defined]
    environment.setitem(sys.modules, "bot.demo", stub)
    assert rounds("demo", "--port", "9000", "--data", "here", "--fresh").code == 0
    assert given == [(9000, Path("here"), True)]
