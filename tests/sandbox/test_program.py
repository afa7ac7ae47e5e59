"""`python -m sandbox` as a program of its own."""

import asyncio
import signal
import sys

import aiohttp
import pytest

from sandbox.__main__ import main


async def test_program_says_where_it_listens_and_ends_on_sigterm() -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0", "--token", "700001:from-the-command-line", "--no-validate"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    async with asyncio.timeout(20):
        line = (await program.stdout.readline()).decode()
        url = line.removeprefix("Sandbox: ").strip()
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{url}/bot700001:from-the-command-line/getMe") as response,
        ):
            assert (await response.json())["result"]["id"] == 700001
        program.send_signal(signal.SIGTERM)
        assert await program.wait() == 0


def test_unusable_token_or_port_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--token", "nonsense", "--no-validate"]) == 2
    assert capsys.readouterr().err == "sandbox: a token looks like 123456:ABC-DEF\n"
