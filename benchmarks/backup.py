"""A backup of a million rows and its restoring: python -m benchmarks.backup [ROWS]

Rows as traffic leaves them (updates, messages, cards) in a database of its own. `rounds backup`, `--verify` and
`rounds restore` run as an operator runs them, in processes of their own; beside them, as the floor, `pg_dump -Fc -Z1`
and `pg_restore` of the same database, in turn. Peak memory is that of the Python process (PostgreSQL has its own).
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from bot.files.storage import Directory, digest_of, key_of
from crm_core import migrations
from crm_core.kit.embedded import Embedded

_MANY = 1_000_000
_FILES = 2_000
_ROOT = Path(__file__).resolve().parents[1]
_FILL = """
    INSERT INTO inbox (bot_id, chat_id, number, payload, due_at, received_at, state, ended_at)
    SELECT 700100200, n % 300, n, jsonb_build_object('update_id', n, 'message', jsonb_build_object(
        'message_id', n, 'date', 1795384956, 'text', '华宁电子 谈了年框，下周三送样 ' || md5(n::text),
        'chat', jsonb_build_object('id', n % 300, 'type', 'private', 'first_name', '李娜'),
        'from', jsonb_build_object('id', n % 300, 'is_bot', false, 'first_name', '李娜', 'language_code', 'zh-hans'))),
        now(), now(), 'done', now() FROM generate_series(1, {many} * 2 / 5) n;
    INSERT INTO card (bot_id, chat_id, message_id, subject, created_at)
    SELECT 700100200, n % 300, n, 'customer:' || n % 5000, now() FROM generate_series(1, {many} / 5) n;
    INSERT INTO outbox (bot_id, chat_id, card_id, priority, method, payload, ambiguous, not_before, created_at, state,
        ended_at)
    SELECT 700100200, n % 300, 1 + n % ({many} / 5), 1, 'send_message', jsonb_build_object('text',
        '深圳市华宁电子有限公司 · 潜在客户 ' || repeat(md5(n::text), 6)), 'resend', now(), now(), 'sent', now()
    FROM generate_series(1, {many} * 2 / 5) n
"""


async def fill(url: str, many: int) -> int:
    connection = await asyncpg.connect(url)
    await connection.execute(_FILL.format(many=many))
    await connection.execute("VACUUM ANALYZE")
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    return size


async def files(url: str, folder: Path) -> None:
    storage, connection = Directory(folder), await asyncpg.connect(url)
    for at in range(_FILES):
        content = os.urandom(100_000)
        sha256 = digest_of(content)
        await storage.put(key_of(sha256), content)
        await connection.execute(
            "INSERT INTO file (bot_id, file_id, file_unique_id, kind, state, sha256, key, due_at, created_at)"
            " VALUES (1, 'f', $1, 'photo', 'stored', $2, $3, now(), now())",
            *(str(at), sha256, key_of(sha256)),
        )
    await connection.close()


_MEASURE = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""  # in a small process of its own: a child's peak begins with what its parent has in memory


def timed(what: str, *command: str, **given: str) -> None:
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), **given}
    measuring = (sys.executable, "-I", "-c", _MEASURE, *command)
    ran = subprocess.run(measuring, env=environment, stdout=subprocess.PIPE, check=True)
    code, cpu, peak = json.loads(ran.stdout)
    assert code == 0, command
    print(f"{what:28}{time.monotonic() - began:8.1f} s {cpu:8.1f} s CPU {peak:8.0f} MB", flush=True)


def folder_mb(path: Path) -> float:
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file()) / 1e6


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else _MANY
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as raw:
        folder = Path(raw)
        server = Embedded(folder / "postgres")
        try:
            url, tools = server.url("full"), server._server.bin_path  # noqa: SLF001
            migrations.upgrade(url)
            size = asyncio.run(fill(url, many))
            asyncio.run(files(url, folder / "files"))
            print(f"{many} rows, {size / 1e6:.0f} MB of database, {_FILES} files, {folder_mb(folder / 'files'):.0f} MB")
            ours = {"ROUNDS_FILES": str(folder / "files"), "DATABASE_URL": url}
            rounds = (sys.executable, "-m", "bot.cli")
            backups, dump = folder / "backups", folder / "floor.dump"
            timed("floor: import and connect", *rounds, "deadletters", "list", **ours)
            timed("rounds backup, first", *rounds, "backup", str(backups), **ours)
            timed("floor: pg_dump", str(tools / "pg_dump"), "-Fc", "-Z1", "-f", str(dump), url)
            timed("rounds backup, next", *rounds, "backup", str(backups), **ours)
            timed("rounds backup --verify", *rounds, "backup", str(backups), "--verify", **ours)
            (newest,) = sorted(backups.glob("2*"))[-1:]
            print(f"{folder_mb(newest):.0f} MB of tables, floor {dump.stat().st_size / 1e6:.0f} MB")
            ours |= {"ROUNDS_FILES": str(folder / "again"), "DATABASE_URL": server.url("again")}
            timed("rounds restore", *rounds, "restore", str(backups), **ours)
            floor = ("--no-owner", "-d", server.url("floor"), str(dump))
            timed("floor: pg_restore", str(tools / "pg_restore"), *floor)
        finally:
            server.release()


if __name__ == "__main__":
    main()
