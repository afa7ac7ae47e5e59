"""Every screen, drawn in both languages: it parses, fits a phone, and shows what people wrote as they wrote it."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from sandbox.entities import parse_html
from screens.catalogue import LANGUAGES, say
from screens.render import environment, keyboard, payload, render_text
from screens.screen import Msg, Tap
from tests.screens.previews import SHANGHAI, Preview, previews
from tests.support.texts import ROOT

CANCEL = Msg("✖ Cancel")
HOSTILE = '<b>&"</b>{{7*7}}'
LONG = {
    "zh": "深圳市南山区高新技术产业园区华宁精密电子元器件与连接器制造及表面贴装设备有限公司南山",
    "en": "Nordhaus Precision Connectors Suzhou Ltd",
}
TEMPLATES = ROOT / "screens" / "templates"
MOST_LINES, MOST_CHARACTERS = 8, 600
MOST_ROWS, MOST_WIDE_BUTTONS, MOST_ROW_WIDTH = 6, 2, 48
MOST_ROWS_OF_A_LIST = 8  # six items, their pages, the way back
MOST_ROWS_OF_A_MONTH = 9  # its name, the weekdays, six weeks, the way back
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@cache
def ordinary(language: str) -> tuple[Preview, ...]:
    return tuple(previews(language=language))


@cache
def hostile(language: str) -> tuple[Preview, ...]:
    return tuple(previews(lambda _: HOSTILE, language))


@cache
def long(language: str) -> tuple[Preview, ...]:
    """With names of forty characters everywhere."""
    return tuple(previews(lambda _: LONG[language], language))


NAMES = [one.name for one in ordinary("zh")]


def shown(one: Preview, language: str) -> str:
    """The text as the messenger shows it. Raises what Telegram would refuse."""
    return parse_html(render_text(one.screen, language, SHANGHAI))[0]


def labels(one: Preview, language: str) -> list[list[str]]:
    made = keyboard(one.screen, language) or {"inline_keyboard": []}
    return [[button["text"] for button in row] for row in made["inline_keyboard"]]


def in_both(name: str, make: Callable[[str], tuple[Preview, ...]] = ordinary) -> Iterator[tuple[str, Preview]]:
    for language in LANGUAGES:
        yield language, next(one for one in make(language) if one.name == name)


@pytest.mark.parametrize("name", NAMES)
class TestEveryScreen:
    def test_is_taken_by_the_messenger_line_by_line(self, name: str):
        for language, one in in_both(name):
            assert shown(one, language).strip()
            for line in render_text(one.screen, language, SHANGHAI).splitlines():
                parse_html(line)
            assert len(shown(one, language)) <= (1024 if one.screen.photo else 4096)
            assert payload(one.screen, language, SHANGHAI)["parse_mode"] == "HTML"

    @pytest.mark.parametrize("make", [ordinary, long], ids=["ordinary names", "long names"])
    def test_fits_a_phone(self, name: str, make: Callable[[str], tuple[Preview, ...]]):
        for language, one in in_both(name, make):
            text = shown(one, language)
            assert len(text) <= MOST_CHARACTERS
            assert sum(bool(line) for line in text.splitlines()) <= MOST_LINES, text
            assert len(labels(one, language)) <= _rows_most(one), labels(one, language)

    @pytest.mark.parametrize("make", [ordinary, long], ids=["ordinary names", "long names"])
    def test_has_buttons_that_can_be_read_and_sent(self, name: str, make: Callable[[str], tuple[Preview, ...]]):
        for language, one in in_both(name, make):
            for row, said in zip([row for row in one.screen.rows if row], labels(one, language), strict=True):
                assert one.grid or sum(bool(CHINESE.search(label)) for label in said) <= MOST_WIDE_BUTTONS, said
                assert len(said) <= 8
                assert sum(map(_width, said)) <= MOST_ROW_WIDTH, said
                for button, label in zip(row, said, strict=True):
                    assert re.search(r"\w", label) or (one.grid and label == "·"), f"{label!r} is a sign only"
                    if button.url is None:
                        assert len(button.data.encode()) <= 64
                        assert Tap.read(button.data) == Tap(button.key, button.id, button.revision, button.arg)

    def test_has_its_ways_out_in_the_last_row(self, name: str):
        """Back first, Cancel last, and neither anywhere else."""
        for language, one in in_both(name):
            *above, last = labels(one, language) or [[]]
            assert not [label for row in above for label in row if _leads_out(label, language)]
            assert not [label for label in last[1:] if label.startswith("«")], last
            assert say(CANCEL, language) not in last[:-1], last

    def test_shows_hostile_words_as_they_are(self, name: str):
        for language, one in in_both(name, hostile):
            source = render_text(one.screen, language, SHANGHAI)
            text, entities = parse_html(source)
            said = [label for row in labels(one, language) for label in row]
            if one.people_wrote:
                assert HOSTILE in text or any(HOSTILE in label for label in said)
            assert "49" not in text
            assert not [e for e in entities if _part(text, e) == '&"'], "somebody's <b> became ours"
            assert HOSTILE not in source


def _rows_most(one: Preview) -> int:
    """Two kinds of screens have more rows than a card: a list, and the month of a calendar."""
    if one.grid:
        return MOST_ROWS_OF_A_MONTH
    return MOST_ROWS_OF_A_LIST if one.screen.template == "list.html" else MOST_ROWS


def _leads_out(label: str, language: str) -> bool:
    return label.startswith("«") or label == say(CANCEL, language)


def _width(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in label)


def _part(text: str, entity: dict) -> str:
    raw = text.encode("utf-16-le")
    return raw[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le")


def test_every_template_has_a_preview():
    there = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html") if not path.name.startswith("_")}
    drawn = {one.screen.template for one in ordinary("zh")}
    assert drawn == there


def test_both_languages_differ_wherever_a_screen_has_words_of_ours():
    same = {"languages", "photos of a visit", "a contact that one may only read"}
    alike = {
        zh.name for zh, en in zip(ordinary("zh"), ordinary("en"), strict=True) if shown(zh, "zh") == shown(en, "en")
    }
    assert alike <= same


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
class TestEveryTemplate:
    def test_closes_each_tag_on_the_line_that_opens_it(self, path: Path):
        for line in path.read_text(encoding="utf-8").splitlines():
            for tag in set(re.findall(r"</?(\w+)", line)):
                assert len(re.findall(rf"<{tag}\b", line)) == len(re.findall(rf"</{tag}>", line)), line

    def test_leaves_escaping_on(self, path: Path):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", source)
        assert environment("zh").autoescape is True


def test_a_long_screen_loses_whole_lines_and_no_tag():
    many = next(one for one in ordinary("zh") if one.name == "today of a manager").screen
    people = [{"name": f"第{at}组 李娜", "visits": many.facts["people"][0]["visits"]} for at in range(200)]
    long = type(many)(many.template, {**many.facts, "people": people})
    text = render_text(long, "zh", SHANGHAI)
    assert len(text) <= 4096
    assert text.endswith("…")
    parse_html(text)


def test_words_of_ours_are_said_within_words_of_ours():
    help_ = next(one for one in ordinary("zh") if one.name == "a notice, with the way back into a form")
    assert say(help_.screen.rows[0][0].label, "zh") == "回到：拜访 深圳市华宁电子 ▸"
    assert say(help_.screen.rows[0][0].label, "en") == "Back to: Visit 深圳市华宁电子 ▸"
