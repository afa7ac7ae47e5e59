"""Every screen as a picture and on one page, Chinese beside English: `make screens` writes them into build/screens/.

What is drawn are the previews of the tests (tests/screens/previews.py), by the sandbox's style of a phone. A label that
its button cuts off is told by name at the end.
"""

import asyncio
import re
import sys
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from playwright.async_api import Page, async_playwright

from screens.catalogue import LANGUAGES
from screens.render import keyboard, render_text
from tests.screens.previews import SHANGHAI, Preview, previews
from tests.support.browser import NoBrowserError, launch
from tests.support.texts import ROOT

OUT = ROOT / "build" / "screens"
PHONE = 360  # pixels of a narrow phone of today; the bubble leaves a margin
_STYLE = f"""
body {{ margin: 24px; background: #dde5e2; color: #14211f; font: 15px/1.4 -apple-system, "Segoe UI", Roboto,
  "Noto Sans", "PingFang SC", "Noto Sans CJK SC", sans-serif; }}
nav {{ columns: 6; font-size: 12px; margin-bottom: 24px; }}
nav a {{ display: block; color: #14656b; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
section {{ display: inline-block; vertical-align: top; margin: 0 12px 18px 0; padding: 10px; background: #f3f7f5;
  border-radius: 10px; }}
h2 {{ margin: 0 0 8px; font-size: 13px; font-weight: 600; }}
h2 small {{ font-weight: 400; color: #647370; }}
.pair {{ display: flex; gap: 10px; }}
.phone {{ width: {PHONE}px; box-sizing: border-box; padding: 10px 44px 10px 8px; background: #e9f0ed; }}
.text {{ background: #fff; border-radius: 14px 14px 14px 4px; padding: 7px 11px; white-space: pre-wrap;
  overflow-wrap: anywhere; }}
.photo {{ height: 120px; background: #b9cbc6; border-radius: 14px 14px 0 0; }}
.row {{ display: flex; gap: 4px; margin-top: 4px; }}
.row span {{ flex: 1 1 0; min-width: 0; padding: 7px 5px; background: #fffffff0; border-radius: 8px; text-align: center;
  font-size: 14px; color: #14656b; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.row span.cut {{ outline: 2px solid #b2382e; }}
"""
_CUT = """() => [...document.querySelectorAll('.row span')].filter(one => one.scrollWidth > one.clientWidth)
.map(one => {
  one.classList.add('cut');
  return `${one.closest('section').dataset.name} (${one.closest('.phone').lang}): ${one.textContent}`;
})"""


def page(drawn: Iterable[tuple[Preview, Preview]]) -> str:
    """One page with all of them; each pair is the same screen in Chinese and in English."""
    shown = list(drawn)
    links = "".join(f'<a href="#{file_of(zh.name)}">{escape(zh.name)}</a>' for zh, _ in shown)
    body = "\n".join(_section(*pair) for pair in shown)
    head = f'<meta charset="utf-8"><title>Rounds: {len(shown)} screens</title><style>{_STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body><nav>{links}</nav>\n{body}\n</body></html>\n"


def pairs() -> Iterator[tuple[Preview, Preview]]:
    """Every preview in Chinese, with itself in English."""
    zh, en = (previews(language=language) for language in LANGUAGES)
    return zip(zh, en, strict=True)


def file_of(name: str) -> str:
    """A preview's name as that of a file: "visit.log: the card" is visit-log-the-card."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _section(zh: Preview, en: Preview) -> str:
    phones = "".join(_phone(one, language) for one, language in zip((zh, en), LANGUAGES, strict=True))
    title = f"{escape(zh.name)} <small>{zh.screen.template}</small>"
    here = f'id="{file_of(zh.name)}" data-name="{escape(zh.name)}"'
    return f'<section {here}><h2>{title}</h2><div class="pair">{phones}</div></section>'


def _phone(one: Preview, language: str) -> str:
    photo = '<div class="photo"></div>' if one.screen.photo else ""
    text = f'<div class="text">{render_text(one.screen, language, SHANGHAI)}</div>'
    made: Any = keyboard(one.screen, language) or {"inline_keyboard": ()}
    rows = ("".join(f"<span>{escape(button['text'])}</span>" for button in row) for row in made["inline_keyboard"])
    buttons = "".join(f'<div class="row">{row}</div>' for row in rows)
    return f'<div class="phone" lang="{language}">{photo}{text}{buttons}</div>'


async def _photograph(desk: Page, names: list[str]) -> list[str]:
    """A picture of each pair; answers the labels that do not fit their buttons."""
    await desk.goto((OUT / "index.html").as_uri())
    await desk.evaluate("document.fonts.ready")
    cut: list[str] = await desk.evaluate(_CUT)
    for name in names:
        await desk.locator(f"#{name}").screenshot(path=OUT / f"{name}.png", animations="disabled")
    return cut


async def main() -> None:
    """Write the page, then the pictures. Without a Chromium there are no pictures, and it says so."""
    drawn = list(pairs())
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    (OUT / "index.html").write_text(page(drawn), encoding="utf-8")
    print(f"{len(drawn)} screens in {len(LANGUAGES)} languages: {OUT / 'index.html'}")  # noqa: T201
    async with async_playwright() as playwright:
        try:
            browser = await launch(playwright)
        except NoBrowserError as error:
            sys.exit(f"The page is written; there are no pictures: {error}")
        desk = await browser.new_page(viewport={"width": 2 * PHONE + 80, "height": 900})
        cut = await _photograph(desk, [file_of(zh.name) for zh, _ in drawn])
        await browser.close()
    for one in cut:
        print(f"cut off: {one}")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
