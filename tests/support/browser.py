"""Finding a Chromium that can be driven: one that is installed, else Playwright's own download.

async with async_playwright() as playwright:
    browser = await launch_or_skip(playwright)
"""

from __future__ import annotations

import os
import shutil
import warnings

import pytest
from playwright.async_api import Browser, Playwright
from playwright.async_api import Error as PlaywrightError

VARIABLE = "ROUNDS_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # Chromium's own sandbox cannot be had as root, as in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowserError(RuntimeError):
    """No Chromium could be started; the message says what to install."""


class NoBrowserWarning(UserWarning):
    """The browser tests did not run."""


def installed() -> str | None:
    """Path of an installed Chromium, or None. ROUNDS_CHROMIUM wins and must name one that exists."""
    asked = os.environ.get(VARIABLE)
    if asked:
        found = shutil.which(asked)
        if found is None:
            raise NoBrowserError(f"{VARIABLE}={asked} is not a program. Set it to a Chromium, or unset it.")
        return found
    return next(filter(None, map(shutil.which, NAMES)), None)


async def launch(playwright: Playwright) -> Browser:
    """Start Chromium. Raises NoBrowserError when none can be had."""
    path = installed()
    try:
        return await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
    except PlaywrightError as error:
        reason = error.message.strip().splitlines()[0]
        what = (
            f"{path} did not start" if path else "Chromium is not installed, and Playwright has no download of its own"
        )
        raise NoBrowserError(
            f"{what} ({reason}). Install one: `apt-get install chromium`, or `python -m playwright install chromium`, "
            f"or set {VARIABLE} to the path of one."
        ) from error


async def launch_or_skip(playwright: Playwright) -> Browser:
    """For tests: under CI=true a missing browser fails, elsewhere it is said loudly and skips."""
    try:
        return await launch(playwright)
    except NoBrowserError as error:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"no browser: {error}", pytrace=False)
        warnings.warn(f"BROWSER TESTS DID NOT RUN: {error}", NoBrowserWarning, stacklevel=2)
        pytest.skip(f"no browser: {error}")
