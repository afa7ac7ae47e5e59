"""A fleet: roles as processes of their own behind a reverse proxy, each of which may be killed, frozen and replaced."""

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web

from tests.support.crowd import ROOT, Program

ZYGOTE: Final = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
from bot import app, cli, settings
from bot.intake import polling, webhook
from bot.delivery import loop
from bot.exchange import loop
from bot.files import loop
from bot import web, worker
from crm_core.kit import textkeys
from reminders import clock
textkeys.load(); clock.load(); worker.routing.load()

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
children = []
for line in sys.stdin:
    role, folder, given = json.loads(line)
    child = os.fork()
    if not child:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(folder + "/rounds.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0), os.dup2(log, 1), os.dup2(log, 2)
        os.chdir(folder)
        os.environ.update(given)
        sys.argv = ["rounds", "run", "--role", role]
        try:
            cli.main()
        finally:
            os._exit(1)
    children.append(child)
    os.write(1, b"%d\\n" % child)
for child in children:
    try:
        os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""
"""Imports everything once, which takes seconds, and forks `rounds run --role …` for each line it reads. Kills them all
at the end of its input, so that none is left behind even if we are."""

RETRIED: Final = frozenset({502, 503, 504})
READ_TIMEOUT_S: Final = 3.0


# --- the proxy


class Proxy:
    """What nginx does by docs/examples/nginx.conf: takes turns, and goes on to the next when one refuses, breaks off,
    does not answer in time or says 502 to 504. Storing an update is idempotent, so what broke off may be repeated."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.retried = 0
        self._turns = itertools.cycle(range(len(ports)))
        self._ports = ports
        self._session: aiohttp.ClientSession | None = None
        self.url = ""

    async def pass_on(self, request: web.Request) -> web.Response:
        assert self._session is not None
        body, first = await request.read(), next(self._turns)
        for at in range(len(self._ports)):
            port = self._ports[(first + at) % len(self._ports)]
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                address = f"http://127.0.0.1:{port}{request.rel_url}"
                async with self._session.post(address, data=body, headers=request.headers) as answer:
                    if answer.status not in RETRIED:
                        return web.Response(status=answer.status, body=await answer.read())
            self.retried += 1
        return web.Response(status=502)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Proxy"]:
        app = web.Application()
        app.router.add_route("POST", "/{path:.*}", self.pass_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        timeout = aiohttp.ClientTimeout(total=10, sock_connect=1, sock_read=READ_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as self._session:
            try:
                yield self
            finally:
                await runner.cleanup()


# --- the processes


@dataclass
class Member:
    """One process. `pid` is that of its present life."""

    name: str
    role: str
    settings: Mapping[str, str]
    folder: Path
    pid: int = 0

    @property
    def log(self) -> str:
        path = self.folder / "rounds.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def said(self, event: str) -> list[dict[str, Any]]:
        """The lines of its log, over all its lives, that tell of this."""
        return [json.loads(line) for line in self.log.splitlines() if f'"event": "{event}"' in line]


@dataclass
class Fleet:
    """Members by name (`worker-2`). Forked from one parent, which is quick, or each started by the command itself."""

    members: dict[str, Member]
    forked: bool
    _zygote: asyncio.subprocess.Process | None = None
    _programs: dict[str, Program] = field(default_factory=dict)

    @classmethod
    def of(cls, sizes: Mapping[str, int], settings: Mapping[str, str], folder: Path, *, forked: bool) -> "Fleet":
        members: dict[str, Member] = {}
        for role, size in sizes.items():
            for number in range(1, size + 1):
                name = f"{role}-{number}"
                (folder / name).mkdir(parents=True)
                members[name] = Member(name, role, dict(settings), folder / name)
        return cls(members, forked)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Fleet"]:
        try:
            if self.forked:
                pipe = asyncio.subprocess.PIPE
                self._zygote = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-c", ZYGOTE, str(ROOT)),
                    stdin=pipe,
                    stdout=pipe,
                    env={name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
                )
            for name in self.members:
                await self.start(name)
            yield self
        finally:
            for program in self._programs.values():
                await program.end()
            for member in self.members.values():
                if member.pid and self.forked:
                    with suppress(ProcessLookupError):
                        os.kill(member.pid, signal.SIGKILL)
            if self._zygote is not None and self._zygote.stdin is not None:
                self._zygote.stdin.close()
                await self._zygote.wait()

    async def start(self, name: str) -> None:
        member = self.members[name]
        settings = {"ROUNDS_LOG_FORMAT": "json", **member.settings}
        if not self.forked:
            program = self._programs[name] = Program(settings, member.folder, [member.role])
            await program.start()
            assert program.process is not None
            member.pid = program.process.pid
            return
        assert self._zygote is not None
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps([member.role, str(member.folder), settings]).encode() + b"\n")
        while not (line := await self._zygote.stdout.readline()).strip().isdigit():
            assert line, "the parent of all processes has ended"
        member.pid = int(line)

    async def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.members[name].pid, number)
        if number is signal.SIGKILL and not self.forked:
            await self._programs[name].end()

    def holder(self, lease: str) -> str:
        """Who took the lease last: the logs tell."""
        taken = [
            (line["timestamp"], name)
            for name, member in self.members.items()
            for line in member.said("lease.acquired")
            if line["lease"] == lease
        ]
        return max(taken)[1]

    def well(self) -> None:
        """Nobody has said that something failed which kills do not explain."""
        for member in self.members.values():
            for event in ("update.failed", "loop.crashed", "clock.tick_failed", "clock.rule_failed"):
                assert member.said(event) == [], f"{member.name}: {member.log[-3000:]}"
