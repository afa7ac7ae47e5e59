"""A day with Rounds in a real browser: a rep logs a visit, her manager sees it, and the next morning brings the digest.

What runs is what `rounds demo` runs. ROUNDS_SCREENSHOTS=1 writes the pictures of the README to docs/screenshots.
"""

import os
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FloatRect, Locator, Page, async_playwright, expect

from bot.demo import guide
from bot.demo.company import ENGLISH_MANAGER, ENGLISH_REP, MANAGER, REP, ZONE, Person
from bot.demo.run import Playing, playing
from crm_core.kit.calendars import at_local, is_working_day
from crm_core.kit.embedded import Embedded
from tests.support.browser import launch_or_skip

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SCREENSHOTS = Path(__file__).parents[2] / "docs" / "screenshots"
PATIENCE_MS = 20_000  # for a loaded machine; what is expected mostly shows within half a second
DESK = {"width": 1180, "height": 880}
MARGIN = 14  # of a phone's picture, in pixels of the page


def afternoon() -> datetime:
    """The next working day whose morning after is worked too, at twenty to four."""
    day = datetime.now(UTC).date()
    while not (is_working_day(day) and is_working_day(day + timedelta(days=1))):
        day += timedelta(days=1)
    return at_local(day, time(15, 40), ZoneInfo(ZONE))


@dataclass
class Phone:
    """One person's phone on the page."""

    element: Locator

    async def say(self, words: str) -> None:
        await self.element.get_by_test_id("composer").fill(words)
        await self.element.get_by_test_id("send").click()

    async def sees(self, *words: str) -> None:
        """The bot's last message says all of this."""
        for one in words:
            await expect(self._last).to_contain_text(one)

    async def tap(self, label: str) -> None:
        await self._last.get_by_role("button", name=label).click()

    @property
    def _last(self) -> Locator:
        return self.element.locator("article.bot").last


@dataclass
class Desk:
    """The page with some phones on it."""

    page: Page

    def phone(self, person: Person) -> Phone:
        return Phone(self.page.get_by_test_id(f"phone-{person.telegram_id}"))

    async def picture(self, name: str, of: Phone | None = None) -> None:
        """A picture for the README, when pictures are asked for."""
        if not os.environ.get("ROUNDS_SCREENSHOTS"):
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.evaluate("document.fonts.ready")
        await self.page.mouse.move(0, 0)
        clip = await self._around(of.element) if of else None
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", clip=clip, animations="disabled", caret="hide")

    @staticmethod
    async def _around(element: Locator) -> FloatRect | None:
        if (box := await element.bounding_box()) is None:
            return None
        wider = {"width": box["width"] + 2 * MARGIN, "height": box["height"] + 2 * MARGIN}
        return FloatRect(x=box["x"] - MARGIN, y=box["y"] - MARGIN, **wider)


OpenDesk = Callable[..., Coroutine[Any, Any, Desk]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(postgres: Embedded) -> AsyncIterator[Playing]:
    name = f"rounds_day_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgres.drop(name)
    async with playing(postgres.url(name), at=afternoon()) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch_or_skip(playwright)
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def open_desk(demo: Playing, browser: Browser) -> AsyncIterator[OpenDesk]:
    """Opens these people's phones; whatever goes wrong in the page's scripts fails the test."""
    problems: list[str] = []

    async def opened(*people: Person, language: str) -> Desk:
        locale = {"zh": "zh-CN", "en": "en-GB"}[language]
        context = await browser.new_context(viewport=DESK, locale=locale, device_scale_factor=1.5)  # pyright: ignore[reportArgumentType]
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(guide.address(demo.sandbox.url, *people, language=language))
        return Desk(page)

    yield opened
    for context in browser.contexts:
        await context.close()
    assert problems == []


@pytest.mark.feature("CD01")
async def test_a_rep_logs_a_visit_her_manager_sees_it_and_the_morning_brings_the_digest(open_desk: OpenDesk) -> None:
    desk = await open_desk(REP, MANAGER, language="zh")
    rep, manager = desk.phone(REP), desk.phone(MANAGER)
    await rep.sees("我能做这些")

    await rep.say("/visit")
    await rep.sees("拜访了哪家客户")
    await rep.say("华宁")
    await rep.sees("华宁电子", "谈了什么")
    await rep.say("王总同意年框，先要20台手持终端，下周送样")
    await rep.sees("核对并保存", "先要20台手持终端")
    await desk.picture("form", rep)
    await rep.tap("保存")
    await rep.sees("✓", "华宁电子", "先要20台手持终端")

    await manager.say("/today")
    await manager.sees(REP.name, "15:4", "华宁电子")
    await desk.picture("two-phones")
    await manager.tap("华宁电子")
    await manager.sees("先要20台手持终端")

    await rep.say("华宁")
    await rep.sees("A类·战略", "王建平", "先要20台手持终端")
    await desk.picture("archive", rep)

    await desk.page.get_by_test_id("clock-next-0830").click()
    await rep.sees("早上好", REP.name)
    await desk.picture("digest", rep)


async def test_the_same_day_in_english(open_desk: OpenDesk, demo: Playing) -> None:
    demo.sandbox.clock.set(afternoon().timestamp())
    desk = await open_desk(ENGLISH_REP, ENGLISH_MANAGER, language="en")
    rep, manager = desk.phone(ENGLISH_REP), desk.phone(ENGLISH_MANAGER)

    await rep.say("/visit Nordhaus")
    await rep.sees("Nordhaus", "What did you talk about")
    await rep.say("They want 20 handhelds by spring. Samples next week.")
    await rep.tap("Save")
    await rep.sees("✓", "Nordhaus", "20 handhelds")

    await manager.say("/today")
    await manager.sees("Your team", ENGLISH_REP.name, "Nordhaus")
    await desk.picture("two-phones-en")

    await desk.page.get_by_test_id("clock-next-0830").click()
    await rep.sees("Good morning", ENGLISH_REP.given)
