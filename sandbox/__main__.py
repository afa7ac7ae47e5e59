"""`python -m sandbox`: the sandbox as a program."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Sequence

from sandbox.server import run_sandbox

DEFAULT_PORT = 8081


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("sandbox", description="A Bot API server on your desk, with phones in a web page.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port; 0 takes a free one (%(default)s)")
    parser.add_argument("--token", action="append", default=[], metavar="T", help="register this bot token; repeatable")
    parser.add_argument("--flood", action="store_true", help="hold bots to Telegram's sending limits")
    parser.add_argument("--no-validate", action="store_true", help="skip the check of calls against aiogram's models")
    parser.add_argument(
        "--loopback-webhooks",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="take http:// webhooks on this machine (default: yes)",
    )
    parser.add_argument(
        "--remote-control",
        action="store_true",
        help="let other machines use the page and the control API, for a real phone on your own network",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run until interrupted. Returns the exit status: 0, or 2 for what can't be listened on."""
    given = arguments().parse_args(argv)
    try:
        asyncio.run(_run(given))
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    return 0


async def _serve(given: argparse.Namespace) -> None:
    async with run_sandbox(
        given.host,
        given.port,
        given.token,
        flood=given.flood,
        validate=not given.no_validate,
        loopback_webhooks=given.loopback_webhooks,
        remote_control=given.remote_control,
    ) as sandbox:
        sys.stdout.write(f"Sandbox: {sandbox.url}\n")
        sys.stdout.flush()
        await sandbox.ready()
        gc.freeze()  # what aiogram brought along stays: nothing is gained by looking through it again and again
        await asyncio.Event().wait()


async def _run(given: argparse.Namespace) -> None:
    serving = asyncio.ensure_future(_serve(given))
    with contextlib.suppress(NotImplementedError):  # Windows has no such handlers; Ctrl-C works there all the same
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    sys.exit(main())
