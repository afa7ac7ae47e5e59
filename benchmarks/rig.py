"""What is measured on: a server of one's own, programs in processes of their own, and what these take."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psutil

from crm_core import migrations
from crm_core.kit.embedded import Embedded

ECHO_TOKEN: Final = "700100300:AA-bench-echo-token-for-the-sandbox"
HOUSE_TOKEN: Final = "700100301:AA-bench-house-token-for-the-sandbox"
_ROOT: Final = Path(__file__).parents[1]
_LINE_LIMIT: Final = 1 << 26


def cpu_s(pid: int) -> float:
    """The processor's seconds that a process has had, to the microsecond."""
    if sys.platform == "linux":
        return time.clock_gettime((~pid << 3) | 2)  # the process's clock, as clock_getcpuclockid(3) makes it
    return sum(psutil.Process(pid).cpu_times()[:2])


class Server:
    """An embedded PostgreSQL with a migrated template: as durable as one that people rely on, unless `lax`."""

    def __init__(self, folder: Path, *, lax: bool = False) -> None:
        self._embedded = Embedded(folder, durable=not lax)
        self._made: set[str] = set()
        migrations.upgrade(self._embedded.url("template_bench"))
        self.pid = int((folder / "postmaster.pid").read_text().splitlines()[0])

    def fresh(self, name: str, of: str = "template_bench") -> str:
        """A new database, empty or like another one that nobody uses now."""
        self._made.add(name)
        return self._embedded.copy(of, name)

    def has(self, name: str) -> bool:
        """Whether it was made in this run."""
        return name in self._made

    def drop(self, name: str) -> None:
        self._embedded.drop(name)

    def cpu_s(self) -> float:
        """Of all that runs there now."""
        total = 0.0
        for one in psutil.Process(self.pid).children(recursive=True):
            with suppress(OSError, psutil.Error):
                total += cpu_s(one.pid)
        return total

    def release(self) -> None:
        self._embedded.release()


@contextmanager
def server(*, lax: bool = False) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        made = Server(Path(folder) / "pg", lax=lax)
        try:
            yield made
        finally:
            made.release()


class Program:
    """A module of ours that runs, asked by a line of JSON and answering by one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.pid = process.pid

    async def read(self) -> str:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"process {self.pid} has ended: see what it said above")
        return line.decode()

    async def ask(self, **what: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what, ensure_ascii=False).encode() + b"\n")
        await self.process.stdin.drain()
        return json.loads(await self.read())

    def cpu_s(self) -> float:
        return cpu_s(self.pid)

    def rss_mb(self) -> float:
        return psutil.Process(self.pid).memory_info().rss / 2**20

    def uss_mb(self) -> float:
        return psutil.Process(self.pid).memory_full_info().uss / 2**20

    async def quiet(self, most_s: float = 5.0) -> None:
        """Until it has next to nothing to do: what was begun is over."""
        until = time.monotonic() + most_s
        before = self.cpu_s()
        while time.monotonic() < until:
            await asyncio.sleep(0.06)
            if (now := self.cpu_s()) - before < 0.003:
                return
            before = now


@asynccontextmanager
async def program(*arguments: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """`python ARGUMENTS` in a folder of its own, until the block ends; its complaints come through."""
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1", **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=_LINE_LIMIT,
        )
        try:
            yield Program(process)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            rest, _ = await process.communicate()
            sys.stderr.write(rest.decode(errors="replace"))  # a profile, or what went wrong


@asynccontextmanager
async def sandbox(*arguments: str, token: str = HOUSE_TOKEN) -> AsyncIterator[str]:
    """The sandbox with a bot of this token and the bot that is the floor; answers its address."""
    tokens = ("--token", ECHO_TOKEN, "--token", token)
    async with program("-m", "sandbox", "--port", "0", *tokens, "--no-validate", *arguments) as running:
        line = ""
        while "http://" not in line:
            line = await running.read()
        yield line[line.index("http://") :].split()[0].rstrip("/.,")


@asynccontextmanager
async def house(
    database: str, api: str, *arguments: str, token: str = HOUSE_TOKEN, module: str = "benchmarks.house"
) -> AsyncIterator[Program]:
    """Rounds, as it runs; `arguments` as `benchmarks.house` takes them. It may not answer yet."""
    env = {
        "ROUNDS_BOT_TOKENS": token,
        "DATABASE_URL": database,
        "ROUNDS_API_URL": api,
        "ROUNDS_LOG_LEVEL": "error",
        "ROUNDS_PACE": "0",
    }
    async with program("-m", module, *arguments, env=env) as running:
        yield running


@asynccontextmanager
async def echo(api: str) -> AsyncIterator[Program]:
    """The floor: a bare aiogram bot."""
    async with program("-m", "benchmarks.echo", api, ECHO_TOKEN) as running:
        yield running


@asynccontextmanager
async def telegram(token: str = HOUSE_TOKEN) -> AsyncIterator[tuple[Program, str]]:
    """The Telegram that costs next to nothing (telegram.py), and its address."""
    async with program("-m", "benchmarks.telegram", token) as running:
        yield running, (await running.read()).strip()
