"""Logs: structlog and the standard library through one chain, to stderr, and never with a bot token in them."""

import logging
import re
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

_TOKEN = re.compile(r"(?<![0-9])([0-9]{5,19}):[A-Za-z0-9_-]{20,}")
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
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_ending(form)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _ending(form: str) -> list[Processor]:
    render: Processor
    if form == "json":
        render = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        render = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())

    def redacted(logger: Any, method: str, event: EventDict) -> str:
        return redact(str(render(logger, method, event)))

    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redacted]
