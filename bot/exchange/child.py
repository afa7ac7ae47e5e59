"""Runs the reading of a sheet in a process of its own, memory and time limited; see `crm_core.exchange.unpack`."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

import crm_core
from crm_core.exchange import errors
from crm_core.kit.errors import DomainError

log = structlog.get_logger()

_TIMEOUT_S: Final = 180.0
_HOME: Final = Path(crm_core.__file__).resolve().parents[1]
_KEPT: Final = ("PATH", "SYSTEMROOT", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "TEMP", "TMP")


async def unpack(source: Path, target: Path) -> dict[str, Any]:
    """Read the sheet in `source` into `target`, a line a row; answers the report. Raises a DomainError of its own."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"PYTHONIOENCODING": "utf-8"}
    command = (sys.executable, "-m", "crm_core.exchange.unpack", str(source), str(target))
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=_HOME,
        env=environment,  # no secrets where strangers' files are read
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            said, _ = await process.communicate()
    except TimeoutError:
        raise DomainError(errors.BROKEN) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        log.warning("exchange.reader_died", code=process.returncode)
        raise DomainError(errors.BROKEN)
    report: dict[str, Any] = json.loads(said)
    if "refused" in report:
        raise DomainError(report["refused"], **report["facts"])
    return report
