"""Who works off imports is killed or stopped in the middle of them: no customer is missing, none is there twice."""

import itertools
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from crm_core.kit.db import Database
from tests.support.apart import Apart, apart
from tests.support.crowd import until
from tests.support.endurance import LONG

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

ROWS = 20_000 if LONG else 4_000
KILLS = 8 if LONG else 2
SYLLABLES = ("华鼎凯瑞远宏明泰恒盛", "宁达旋捷航图德信联创", "电光机化纺医食木纸钢", "江海山川岭", "甲乙丙丁戊")
NAMES = ["".join(one) + "科技有限公司" for one in itertools.islice(itertools.product(*SYLLABLES), ROWS)]
SHEET = [["客户名称", "城市"], *([name, "深圳"] for name in NAMES)]


async def test_an_import_killed_in_the_middle(db: Database, tmp_path: Path, tell: Callable[[str], None]) -> None:
    async with apart(db, tmp_path) as office:
        await office.offer(SHEET)
        await office.tap(f"将导入 {ROWS} 家客户", f"✓ 导入 {ROWS} 家")
        written = [await _killed(office, "writing", ROWS * nth // (KILLS + 1)) for nth in range(KILLS)]
        await office.see(f"导入了 {ROWS} 家客户")
        assert await _found(db, "SELECT name FROM customer") == sorted(NAMES)
        for log in ("audit WHERE subject_type = 'customer' AND verb = 'create'", "ownership"):
            assert await _found(db, f"SELECT count(*) FROM {log}") == [ROWS], log

        await office.tap(f"导入了 {ROWS} 家客户", "↩ 撤销这次导入")
        gone = [await _killed(office, "undoing", ROWS * nth // (KILLS + 1)) for nth in range(KILLS)]
        await office.see(f"已撤销 {ROWS} 行")
        assert await _found(db, "SELECT name FROM customer") == []
    assert all(0 < many < ROWS for many in (*written, *gone)), "killed before the beginning, or after the end"
    tell(f"{ROWS} rows; killed when {written} were written, and when {gone} were taken back: all there once, all gone")


async def test_an_import_stopped_in_the_middle(db: Database, tmp_path: Path, tell: Callable[[str], None]) -> None:
    """As an upgrade does it: whoever comes next need not wait."""
    async with apart(db, tmp_path) as office:
        await office.offer(SHEET)
        await office.tap(f"将导入 {ROWS} 家客户", f"✓ 导入 {ROWS} 家")
        program = office.programs["files"]
        await until(lambda: _more_than(db, "writing", 0), "the import on the way")
        assert await program.end(signal.SIGTERM) == 0
        stopped_at = await _done(db, "writing")
        await program.start()
        began = time.monotonic()
        await until(lambda: _more_than(db, "writing", stopped_at), "the import gone on with", 30)
        waited_s = time.monotonic() - began
        await office.see(f"导入了 {ROWS} 家客户")
        assert await _found(db, "SELECT name FROM customer") == sorted(NAMES)
    assert 0 < stopped_at < ROWS, "stopped before the beginning, or after the end"
    tell(f"{ROWS} rows; stopped when {stopped_at} were written, gone on with {waited_s:.1f} s after the start")


async def _killed(office: Apart, state: str, after: int) -> int:
    """Kill who works it off when more than so many rows are done, and start another; how many were done."""
    await until(lambda: _more_than(office.db, state, after), f"{state} on the way")
    program = office.programs["files"]
    await program.end()
    done = await _done(office.db, state)
    async with office.db.engine.begin() as connection:
        await connection.execute(text("UPDATE import_batch SET due_at = now()"))  # its claim runs out after 90 s
    await program.start()
    return done


async def _more_than(db: Database, state: str, rows: int) -> bool:
    return await _done(db, state) > rows


async def _done(db: Database, state: str) -> int:
    """How many rows; -1 unless it is at that."""
    (known,) = await _found(db, f"SELECT count(*) FROM import_batch WHERE state = '{state}'")
    (there,) = await _found(db, "SELECT count(*) FROM customer")
    return -1 if not known else there if state == "writing" else ROWS - there


async def _found(db: Database, statement: str) -> list[object]:
    async with db.engine.connect() as connection:
        return sorted(await connection.scalars(text(statement)))
