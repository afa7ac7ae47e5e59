"""The doctor finds each thing that can be wrong, and says what to do about it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import text

from bot import doctor
from crm_core import migrations
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from tests.bot.conftest import Ran, Rounds
from tests.bot.fake_api import BOT_ID, TOKEN, FakeApi, error, fake_api_apart


@pytest.fixture
def api(environment: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    with fake_api_apart() as running:
        environment.setenv("ROUNDS_API_URL", running.url)
        environment.setenv("ROUNDS_BOT_TOKENS", TOKEN)
        yield running


@pytest.fixture
def well(api: FakeApi, rounds: Rounds, empty_database: str) -> FakeApi:
    """A set-up with nothing wrong in it."""
    rounds("init", "--company", "华宁医疗", "--admin", "王总")
    return api


def faults(ran: Ran) -> list[str]:
    """What is wrong, each with its remedy."""
    found: list[str] = []
    for line in ran.out.splitlines():
        if line.startswith("✗ "):
            found.append(line[2:])
        elif found and line.startswith("  → "):
            found[-1] += f" |{line[3:]}"
    assert ran.code == (1 if found else 0)
    assert TOKEN not in ran.out + ran.err
    return found


def test_a_sound_set_up_is_all_ticks(well: FakeApi, rounds: Rounds) -> None:
    ran = rounds("doctor")
    assert not faults(ran)
    for part in ("settings: 1 bot(s)", "database: PostgreSQL", f"migrations: at {migrations.head()}", "华宁医疗"):
        assert part in ran.out
    assert f"bot {BOT_ID}: @rounds_test_bot" in ran.out
    assert "agrees with the database's" in ran.out
    assert "agrees with the Bot API's" in ran.out
    assert "polling, no webhook in the way" in ran.out


def test_settings_come_first(rounds: Rounds, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ROUNDS_ZONE", "nowhere")
    environment.setenv("ROUNDS_LANGUAGE", "xx")
    assert [fault.split()[0] for fault in faults(rounds("doctor"))] == ["ROUNDS_ZONE", "ROUNDS_LANGUAGE"]


def test_a_missing_token_is_a_fault(rounds: Rounds) -> None:
    (fault,) = faults(rounds("doctor"))
    assert fault.startswith("ROUNDS_BOT_TOKENS is missing")


def test_a_misspelt_variable_is_noticed(well: FakeApi, rounds: Rounds, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ROUNDS_BOT_TOKNS", "1:a")
    environment.setenv("ROUNDS_CHAOS_KILLS", "3")  # far from every setting: somebody else's
    (fault,) = faults(rounds("doctor"))
    assert fault == "ROUNDS_BOT_TOKNS is no setting | did you mean ROUNDS_BOT_TOKENS?"


def test_a_database_that_is_away(
    api: FakeApi, rounds: Rounds, environment: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    environment.setenv("DATABASE_URL", f"postgresql://u:hush@127.0.0.1:{unused_tcp_port}/d")
    ran = rounds("doctor")
    (fault,) = faults(ran)
    assert "does not answer" in fault
    assert "hush" not in ran.out
    assert f"bot {BOT_ID}: @rounds_test_bot" in ran.out, "what comes after is looked at all the same"


def test_a_database_that_was_never_migrated(api: FakeApi, rounds: Rounds, blank_database: str) -> None:
    (fault,) = faults(rounds("doctor"))
    assert fault == f"migrations: at none, this program needs {migrations.head()} | rounds migrate"


def test_a_company_that_was_never_founded(api: FakeApi, rounds: Rounds, empty_database: str) -> None:
    (fault,) = faults(rounds("doctor"))
    assert fault == "company: none yet | rounds init --company NAME --admin NAME"


def test_people_whose_bot_does_not_run_are_told_of(well: FakeApi, rounds: Rounds, empty_database: str) -> None:
    """BY30: the token of one of several bots was taken out."""

    async def belong_elsewhere() -> None:
        database = Database(empty_database, SystemClock())
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE employee SET bot_id = 700031, telegram_id = 8001"))
        await database.dispose()

    asyncio.run(belong_elsewhere())
    (fault,) = faults(rounds("doctor"))
    do = "put it into ROUNDS_BOT_TOKENS, or see /bots"
    assert fault == f"bot 700031: 1 who belong to it are cut off: its token is not here | {do}"


def test_a_data_directory_that_cannot_be_written(
    api: FakeApi, rounds: Rounds, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    environment.setenv("ROUNDS_DATA_DIR", str(tmp_path / "file" / "data"))
    (fault,) = faults(rounds("doctor"))
    assert fault.startswith("data directory")
    assert "ROUNDS_DATA_DIR" in fault


@pytest.mark.parametrize("refusal", [(401, "Unauthorized"), (404, "Not Found")])
def test_a_token_that_telegram_does_not_know(well: FakeApi, rounds: Rounds, refusal: tuple[int, str]) -> None:
    well.answer("getMe", error(*refusal))
    (fault,) = faults(rounds("doctor"))
    assert fault.startswith(f"bot {BOT_ID}: ")
    assert "@BotFather" in fault


def test_each_token_is_looked_at(well: FakeApi, rounds: Rounds, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ROUNDS_BOT_TOKENS", f"99:gone,{TOKEN}")
    ran = rounds("doctor")
    (fault,) = faults(ran)
    assert fault.startswith("bot 99: ")
    assert f"bot {BOT_ID}: @rounds_test_bot" in ran.out


@pytest.mark.parametrize("answer", [web.Response(status=502, text="<html>"), web.Response(text="{}")])
def test_something_that_is_no_bot_api(well: FakeApi, rounds: Rounds, answer: web.Response) -> None:
    well.answer("getMe", answer)
    (fault,) = faults(rounds("doctor"))
    assert "ROUNDS_API_URL" in fault


def test_a_bot_api_that_is_away(
    well: FakeApi, rounds: Rounds, environment: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    environment.setenv("ROUNDS_API_URL", f"http://127.0.0.1:{unused_tcp_port}")
    (fault,) = faults(rounds("doctor"))
    assert "cannot be reached" in fault


def test_a_clock_that_is_wrong(well: FakeApi, rounds: Rounds) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=3), usegmt=True)
    body = {"ok": True, "result": {"id": BOT_ID, "is_bot": True, "first_name": "x", "username": "rounds_test_bot"}}
    well.answer("getMe", web.json_response(body, headers={"Date": later}))
    (fault,) = faults(rounds("doctor"))
    assert fault.startswith("clock: 1")
    assert "Bot API" in fault
    assert "NTP" in fault


@pytest.mark.parametrize(("ahead_s", "is_well"), [(-60, False), (-4, True), (0, True), (4, True), (60, False)])
def test_how_far_clocks_may_be_apart(ahead_s: int, is_well: bool) -> None:
    now = datetime.now(UTC)
    assert doctor._skew("database", now, now + timedelta(seconds=ahead_s), now).well is is_well


def test_a_slow_answer_is_no_wrong_clock() -> None:
    now = datetime.now(UTC)
    assert doctor._skew("database", now, now + timedelta(seconds=7), now + timedelta(seconds=14)).well


def test_a_webhook_in_the_way_of_polling(well: FakeApi, rounds: Rounds) -> None:
    well.webhook = {"url": "https://elsewhere.example/hook"}
    (fault,) = faults(rounds("doctor"))
    assert "https://elsewhere.example/hook" in fault
    assert "ROUNDS_INTAKE=webhook" in fault
    assert not well.called("deleteWebhook"), "the doctor changes nothing"


@pytest.mark.parametrize(
    ("info", "fault"),
    [
        ({"url": ""}, None),
        ({"url": f"https://crm.example.com/telegram/{BOT_ID}"}, None),
        ({"url": "https://elsewhere.example/hook"}, "is set to https://elsewhere.example/hook"),
        (
            {"url": f"https://crm.example.com/telegram/{BOT_ID}", "last_error_message": "Connection refused"},
            "(Connection refused)",
        ),
    ],
)
def test_the_webhook(
    well: FakeApi,
    rounds: Rounds,
    environment: pytest.MonkeyPatch,
    info: dict[str, str],
    fault: str | None,
) -> None:
    environment.setenv("ROUNDS_INTAKE", "webhook")
    environment.setenv("ROUNDS_WEBHOOK_URL", "https://crm.example.com")
    environment.setenv("ROUNDS_WEBHOOK_SECRET", "hush")
    well.webhook = info
    ran = rounds("doctor")
    found = faults(ran)
    assert len(found) == (fault is not None)
    assert fault is None or fault in found[0]
    assert "hush" not in ran.out


def test_files_that_can_be_kept_are_a_tick(well: FakeApi, rounds: Rounds, tmp_path: Path) -> None:
    ran = rounds("doctor")
    assert not faults(ran)
    assert f"files: kept in {tmp_path / 'data' / 'files'}" in ran.out


def test_a_storage_of_files_that_is_none(
    well: FakeApi, rounds: Rounds, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "full").write_text("x")
    environment.setenv("ROUNDS_FILES", str(tmp_path / "full" / "files"))
    (fault,) = faults(rounds("doctor"))
    assert fault.startswith(f"files: {tmp_path / 'full' / 'files'}: ")
    assert "ROUNDS_FILES" in fault


def test_a_bucket_that_does_not_answer(
    well: FakeApi, rounds: Rounds, environment: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    environment.setenv("ROUNDS_FILES", "s3://rounds-files")
    environment.setenv("ROUNDS_S3_ENDPOINT", f"http://127.0.0.1:{unused_tcp_port}")
    environment.setenv("ROUNDS_S3_KEY", "rounds")
    environment.setenv("ROUNDS_S3_SECRET", "hush-hush")
    ran = rounds("doctor")
    (fault,) = faults(ran)
    assert fault.startswith("files: s3://rounds-files: ")
    assert "hush" not in ran.out
