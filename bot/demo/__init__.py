"""`rounds demo`: a company, its database, its bot, and a Telegram to talk to it, all on this machine.

`company`, `places`, `names` and `talk` are words; `archives` and `story` put them together; `fill` writes them down;
`stage` tells the sandbox who is there; `run` plays; `guide` says what to try.
"""

import gc
import os
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from bot import logs
from bot.errors import OperatorError

if TYPE_CHECKING:
    from crm_core.kit.embedded import Embedded

DATA: Final = Path("data") / "demo"


def main(port: int, data: Path | None, fresh: bool) -> None:
    """Play until Ctrl-C. Raises OperatorError for what the operator can mend."""
    folder = data or DATA
    logs.configure("warning", "console")
    _keep_off_proxies()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        typer.echo(f"正在启动……首次约需二十秒。 Starting, which takes some twenty seconds the first time. ({folder})")
        _play(port, folder, fresh=fresh)
    typer.echo("\n演示已结束。 The demo has ended.")


def _keep_off_proxies() -> None:
    """The sandbox is on this machine, whatever proxy the way out goes through."""
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = ",".join(filter(None, (known, "127.0.0.1")))


def _play(port: int, folder: Path, *, fresh: bool) -> None:
    """The database starts beside the imports: most of a warm start is Python reading libraries."""
    with ThreadPoolExecutor(1) as starter:
        starting = starter.submit(_start_database, folder / "postgres")
        try:
            gc.disable()  # nothing that is imported goes away again: looking for it costs a fifth of the start
            from bot.demo import run  # noqa: PLC0415

            gc.enable()
            gc.freeze()
            run.play(_started(starting, folder), port, folder, fresh=fresh)
        finally:
            if starting.exception() is None:
                starting.result().release()


def _start_database(folder: Path) -> "Embedded":
    from crm_core.kit.embedded import Embedded  # noqa: PLC0415 - in the thread, as it looks for its server

    return Embedded(folder)


def _started(starting: "Future[Embedded]", folder: Path) -> "Embedded":
    try:
        return starting.result()
    except Exception as error:
        raise OperatorError(
            f"The embedded PostgreSQL cannot start in {folder} ({type(error).__name__}: {error}): "
            "give a folder that may be written with --data."
        ) from error
