"""No log line holds anything of anybody: by construction, in each call of ours, in a day of failures (BY31)."""

import ast
import asyncio
import json
import logging
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pydantic
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import logs
from bot.database import reason
from bot.dispatch import Dispatch
from bot.files.storage import StorageError
from bot.safe_logs import KEYS, safe
from crm_core.inbox.deadletters import list_dead
from crm_core.inbox.lanes import Claimed
from crm_core.kit.db import Database
from reminders import clock as clocks
from tests.handlers.scene import customer_of, pictures
from tests.support.chat import TOKEN, House
from tests.support.crowd import until

ROOT = Path(logs.__file__).parents[1]

SECRETS = ("欧阳震霆", "Wolfeschlegelstein", "13987654321", "8613987654321", "黑龙江大兴安岭", "kundennummer-4711")
SAID = "欧阳震霆 Wolfeschlegelstein 13987654321 黑龙江大兴安岭 kundennummer-4711"


@pytest.fixture
def written() -> Iterator[StringIO]:
    """All that logging writes, through the chain as it is in a running program."""
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    hooks = (sys.excepthook, sys.unraisablehook, structlog.get_config())
    out, stderr = StringIO(), sys.stderr
    sys.stderr = out
    try:
        logs.configure("debug", "json")
        structlog.configure(cache_logger_on_first_use=False)
        yield out
    finally:
        sys.stderr = stderr
        root.handlers[:], root.level = before
        root.setLevel(before[1])
        logging.captureWarnings(False)
        sys.excepthook, sys.unraisablehook = hooks[:2]
        structlog.configure(**hooks[2])


def assert_clean(out: str, *more: str) -> None:
    for secret in (*SECRETS, TOKEN, TOKEN.partition(":")[2], *more):
        assert secret not in out
        assert json.dumps(secret)[1:-1] not in out, "nor escaped"


# --- by construction


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of `log.…(…)` in the program."""
    for folder in ("bot", "handlers", "conversations", "reminders", "screens", "crm_core"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "log = structlog.get_logger()" not in source:
                continue
            for node in ast.walk(ast.parse(source)):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "log"
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_line_of_ours_has_a_name_and_keys_that_are_listed() -> None:
    found = 0
    for where, call in calls():
        found += 1
        (event,) = call.args
        assert isinstance(event, ast.Constant), where
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", str(event.value)), where
        keys = {word.arg for word in call.keywords if word.arg} - {"exc_info"}
        assert keys <= KEYS.keys(), (where, keys - KEYS.keys())
    assert found > 50


_ANYTHING = st.one_of(st.text(), st.integers(), st.lists(st.text(), max_size=2), st.dictionaries(st.text(), st.text()))


@settings(deadline=None)
@given(said=st.text(min_size=1), keys=st.dictionaries(st.sampled_from([*KEYS, "name", "text", "phone"]), _ANYTHING))
def test_whatever_is_given_only_listed_keys_come_out(said: str, keys: dict[str, Any]) -> None:
    made = safe(None, "info", {"event": said, "level": "info", "_from_structlog": True, **keys})
    assert made.keys() <= {"event", "level", "left_out", *KEYS}
    for key in ("error", "reason", "why"):
        value = made.get(key)
        assert not isinstance(value, str) or value.isascii() or "…" in value


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("key", ["error", "reason", "why", "number", "row", "employee_id", "name", "text"])
def test_a_persons_words_do_not_come_through_any_text_of_faults(key: str, secret: str) -> None:
    for told in (secret, f"Bad Request: can't find {secret} in the text", f'invalid input: "{secret}"', f"({secret})"):
        made = safe(None, "error", {"event": "a.b", "_from_structlog": True, key: told})
        assert secret not in json.dumps(made, ensure_ascii=False)


def test_what_an_operator_needs_of_a_fault_stays() -> None:
    def told(words: str) -> str:
        return safe(None, "error", {"event": "a.b", "_from_structlog": True, "why": words})["why"]

    assert told('Bad Request: can\'t parse entities: unsupported start tag "王总" at byte offset 3') == (
        "Bad Request: can't parse entities: unsupported start tag … at byte offset 3"
    )
    assert told("No space left on device") == "No space left on device"
    assert told("ConnectionDoesNotExistError") == "ConnectionDoesNotExistError"
    assert told("the database system is shutting down") == "the database system is shutting down"


class Paper(pydantic.BaseModel):
    number: int


def test_exceptions_are_told_by_type_and_place(written: StringIO) -> None:
    log = structlog.get_logger()
    try:
        try:
            Paper.model_validate({"number": SAID})
        except pydantic.ValidationError as error:
            raise ExceptionGroup(SAID, [KeyError(SAID), error]) from error
    except ExceptionGroup:
        log.exception("a.failed")
        logging.getLogger("library").exception("library says %s", SAID)
        logging.getLogger("library").exception("library says " + SAID)  # noqa: G003 - as some do
    out = written.getvalue()
    assert_clean(out)
    assert "ValidationError" in out
    assert "builtins.KeyError" in out
    assert "test_safe_logs.py:" in out
    assert "library says %s" in out


async def test_what_a_task_nobody_awaited_or_a_crash_leaves_is_told_alike(written: StringIO) -> None:
    async def lost() -> None:
        raise RuntimeError(SAID)

    task = asyncio.create_task(lost())
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    loop.default_exception_handler({"message": SAID, "exception": RuntimeError(SAID), "future": task})
    assert task.exception()
    sys.excepthook(RuntimeError, RuntimeError(SAID), None)
    warnings.warn(SAID, stacklevel=1)
    out = written.getvalue()
    assert "RuntimeError" in out
    assert "rounds.crashed" in out
    assert_clean(out)


def test_a_program_that_crashes_prints_no_values() -> None:
    program = f"from bot import logs; logs.configure(); raise RuntimeError({SAID!r})"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ran.returncode == 1
    assert "rounds.crashed" in ran.stderr
    assert_clean(ran.stderr + ran.stdout)


# --- a day on which everything fails


async def of_ours(_: AsyncSession, claimed: Claimed) -> None:
    raise RuntimeError(f"cannot handle {claimed.payload}")


async def of_a_constraint(session: AsyncSession, _: Claimed) -> None:
    """With the statement, its parameters and the whole row in its words."""
    await session.execute(text("INSERT INTO company (id, name) VALUES (:id, :said)"), {"id": 9, "said": SAID})


async def of_a_value(session: AsyncSession, _: Claimed) -> None:
    await session.execute(text("SELECT CAST(:said AS text)::int"), {"said": SAID})


async def of_an_input(_: AsyncSession, claimed: Claimed) -> None:
    Paper.model_validate({"number": claimed.payload})


FAILURES = (of_ours, of_a_constraint, of_a_value, of_an_input)


def failing_by(kinds: Iterator[int]) -> Any:
    async def failing(_: Dispatch, session: AsyncSession, claimed: Claimed, _refusal: object = None) -> None:
        if (kind := next(kinds, None)) is not None:
            await FAILURES[kind](session, claimed)

    return failing


async def worked_off(house: House) -> None:
    """Time goes by until nothing waits in the inbox."""
    waiting = text("SELECT count(*) FROM inbox WHERE state = 'pending'")

    async def nothing_waits() -> bool:
        house.clock.advance(timedelta(seconds=30))
        if house.sandbox.world.bot(TOKEN).updates.pending:  # it is on its way in
            return False
        async with house.db.engine.connect() as connection:
            return not await connection.scalar(waiting)

    await until(nothing_waits, "the inbox worked off")


async def until_written(written: StringIO, event: str) -> None:
    async def there() -> bool:
        return event in written.getvalue()

    await until(there, event)


@pytest.mark.feature("BY31")
async def test_a_day_of_failures_leaves_nothing_of_anybody_in_the_log(
    house: House, monkeypatch: pytest.MonkeyPatch, written: StringIO
):
    house.forgives = True
    rep = await house.hire("欧阳震霆")
    await rep.say("/start")
    await customer_of(rep, "黑龙江大兴安岭木业有限公司", contact_name="Wolfeschlegelstein", phone="13987654321")
    with monkeypatch.context() as patched:
        kinds = iter(range(len(FAILURES)))
        patched.setattr(Dispatch, "feed", failing_by(kinds))
        for _ in FAILURES:
            house.sandbox.say(TOKEN, rep.user_id, SAID)
            await worked_off(house)
    quoted = f"Bad Request: can't parse entities: character {SAID!r} is reserved, {SAID}"
    house.sandbox.fault(TOKEN, "status", status=400, description=quoted, times=2)
    house.sandbox.fault(TOKEN, "status", status=403, description=f"Forbidden: {SAID} blocked the bot", times=1)
    await rep.say("/menu")
    await rep.say(SAID)

    async def full(*_: Any) -> None:
        raise StorageError(f"/srv/{SAID}: no space")

    async def broken(*_: Any) -> int:
        raise ValueError(SAID)

    monkeypatch.setattr(house.storage, "put", full)
    await rep.say("/visit 大兴安岭")
    await rep.send_photo(*pictures(1), caption=SAID)
    await rep.say(SAID)
    await rep.tap("保存")
    await until_written(written, "files.not_kept")
    monkeypatch.setattr(clocks, "notice", broken)
    await house.ticker._safely()
    out = written.getvalue()
    for event in ("update.failed", "clock.rule_failed", "files.not_kept", "delivery.unreachable", "ValidationError"):
        assert event in out, out
    assert "[23502]" in out
    assert "[22P02]" in out
    assert_clean(out, "大兴安岭", "欧阳")


async def test_the_dead_letter_keeps_what_a_developer_needs(house: House, monkeypatch: pytest.MonkeyPatch):
    """It stands in the database, where the company's rights and its retention hold; not in a log."""
    house.forgives = True
    rep = await house.hire("欧阳震霆")

    async def failing(*_: Any) -> None:
        raise RuntimeError(f"cannot read {SAID}")

    monkeypatch.setattr(Dispatch, "feed", failing)
    house.sandbox.say(TOKEN, rep.user_id, "x")
    await worked_off(house)
    async with house.db.unit() as session:
        letters = await list_dead(session)
    (letter,) = letters
    assert "RuntimeError: cannot read 欧阳震霆" in letter.error


async def test_the_databases_reason_keeps_the_state_and_no_values(db: Database, written: StringIO):
    with pytest.raises(DBAPIError) as caught:
        async with db.unit() as session:
            await session.execute(text("SELECT CAST(:said AS text)::int"), {"said": SAID})
    structlog.get_logger().warning("loop.database_away", why=reason(caught.value), exc_info=caught.value)
    out = written.getvalue()
    assert_clean(out)
    assert "22P02" in out
