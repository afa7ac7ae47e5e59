"""Logs: structlog and the standard library through one chain, to stderr, without a token or anybody's words in them."""

import logging
import re
import sys
import threading
from types import TracebackType
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

from bot.safe_logs import safe
from bot.terminal import printable

_TOKEN = re.compile(r"(?<![0-9])([0-9]{5,19}):[A-Za-z0-9_-]{20,}")
_OF_LINES: Final = ("exception", "stack")
_QUIET: Final = ("aiogram", "aiohttp.access", "alembic", "apscheduler", "httpx", "asyncio", "telegram")


def redact(text: str) -> str:
    """The text with every bot token cut down to its id: tokens stand in the Bot API's URLs, and so in error texts."""
    return _TOKEN.sub(r"\1:***", text)


def configure(level: str = "info", form: str | None = None) -> None:
    """Set up both worlds. `form` is `console` for people or `json` for machines; by itself, whoever seems to read."""
    form = form or ("console" if sys.stderr.isatty() else "json")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=_ending(form), use_get_message=False, pass_foreign_args=True
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    sys.excepthook = _crashed
    threading.excepthook = lambda given: _crashed(given.exc_type, given.exc_value, given.exc_traceback)
    sys.unraisablehook = lambda given: _crashed(given.exc_type, given.exc_value, given.exc_traceback)


def _crashed(kind: type[BaseException], error: BaseException | None, at: TracebackType | None) -> None:
    """What nobody caught is told like the rest: Python's own way would print its words."""
    if error is not None and not issubclass(kind, KeyboardInterrupt | SystemExit):
        structlog.get_logger().critical("rounds.crashed", exc_info=(kind, error, at))


def _ending(form: str) -> list[Processor]:
    render: Processor
    if form == "json":
        render = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        render = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())

    def tamed(_logger: Any, _method: str, event: EventDict) -> EventDict:
        """What people wrote cannot paint on a terminal, nor pass for a line of ours; a traceback keeps its lines."""
        return {key: _tamed(key, value) if isinstance(value, str) else value for key, value in event.items()}

    def redacted(logger: Any, method: str, event: EventDict) -> str:
        return redact(str(render(logger, method, event)))

    return [safe, tamed, redacted]


def _tamed(key: str, text: str) -> str:
    return "\n".join(map(printable, text.split("\n"))) if key in _OF_LINES else printable(text)
