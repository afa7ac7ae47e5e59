"""Texts: all of them are there in Chinese and English, and say the same facts."""

import re

import pytest

from conversations.form import forms
from crm_core.kit import errors
from handlers import routing
from reminders import clock
from screens import wording
from screens.catalogue import gettext, load
from screens.screen import Msg
from tests.support import texts

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAME_IN_BOTH = {
    "%(what)s: “%(words)s”",  # signs and names, no words
    "%(label)s: %(value)s",
    *(
        "中文 / English",
        "+ %(field)s",
        "⚠ %(field)s",
        "🎯 %(goal)s",
        "▸ %(form)s",
        "✎ %(field)s",
        "▸ %(form)s %(about)s",
    ),
    "💬 %(day)s %(kind)s: %(said)s",
    *("☑ %(what)s", "✖ %(name)s", "🎂 %(day)s", "%(field)s: %(value)s"),
    "%(title)s %(when)s: %(day)s",
    *("%(kind)s: %(who)s", "%(kind)s: %(who)s (%(note)s)", "%(since)s – %(until)s: %(what)s"),
    *("%(field)s %(before)s → %(after)s", "%(name)s: %(field)s %(before)s → %(after)s"),
}


def placeholders(text: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(text)))


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return {str(one.id): str(one.string or "") for one in load("zh") if one.id}


@pytest.fixture(scope="module")
def ours() -> dict[str, list[tuple[str, int]]]:
    return texts.msgids()


def test_every_text_of_ours_has_its_chinese(ours, chinese):
    missing = {msgid: places for msgid, places in ours.items() if not chinese.get(msgid, "").strip()}
    assert not missing, "run `python -m tests.support.texts`, then fill screens/locale/zh/rounds.po"


def test_the_catalogue_holds_nothing_that_is_said_no_more(ours, chinese):
    assert set(chinese) - set(ours) == set()


def test_no_chinese_is_a_guess():
    assert [one.id for one in load("zh") if one.fuzzy and one.id] == []


def test_both_languages_name_the_same_facts(chinese):
    differ = {msgid: text for msgid, text in chinese.items() if placeholders(msgid) != placeholders(text)}
    assert not differ


def test_chinese_is_chinese(chinese):
    assert {msgid for msgid, text in chinese.items() if not CHINESE.search(text)} <= SAME_IN_BOTH


def test_chinese_uses_full_width_punctuation(chinese):
    half = re.compile(r"(?<=[\u4e00-\u9fff])[,!?;](?=$|\s|[\u4e00-\u9fff])")
    glued = re.compile(r"[():](?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])[():]")
    assert {msgid: text for msgid, text in chinese.items() if half.search(text) or glued.search(text)} == {}


def test_english_is_english(ours):
    assert {msgid for msgid in ours if CHINESE.search(msgid)} == {"中文 / English"}


def test_a_text_that_is_not_in_the_catalogue_is_shown_as_it_is():
    assert gettext("zh", "Nobody wrote this") == "Nobody wrote this"


def test_every_error_code_has_words_in_both_languages(chinese):
    routing.load()
    clock.load()
    assert set(errors.codes()) == wording.worded()
    for code in errors.codes():
        words = wording._WORDS[code]
        assert chinese.get(words.id, "").strip(), code


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_of_an_error_name_only_facts_that_the_error_carries(language):
    routing.load()
    clock.load()
    for code, params in errors.codes().items():
        said = gettext(language, wording._WORDS[code].id)
        assert set(placeholders(said)) <= params, f"{code}: {said}"


def test_every_label_and_question_of_a_form_is_a_text_of_ours(ours):
    routing.load()
    for form in forms().values():
        said: list[Msg] = [
            form.title,
            form.save,
            *(one.label for one in form.fields),
            *(one.ask for one in form.fields),
        ]
        said += [one.kind.hint for one in form.fields]
        assert {one.id for one in said} <= set(ours), form.key
