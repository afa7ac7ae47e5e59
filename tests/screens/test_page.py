"""The page of `make screens` holds every preview in both languages."""

import re
from html import unescape

from screens.catalogue import LANGUAGES
from screens.render import keyboard, render_text
from tests.screens.previews import SHANGHAI
from tests.support.screens import file_of, page, pairs


def test_every_preview_stands_on_the_page_in_both_languages_with_its_buttons():
    drawn = list(pairs())
    sections = page(drawn).split("<section ")[1:]
    assert len(sections) == len(drawn)
    for section, pair in zip(sections, drawn, strict=True):
        assert f'data-name="{pair[0].name}"' in unescape(section)
        for part, one, language in zip(section.split('<div class="phone"')[1:], pair, LANGUAGES, strict=True):
            assert part.startswith(f' lang="{language}"')
            assert render_text(one.screen, language, SHANGHAI) in part
            shown = [unescape(label) for label in re.findall(r"<span>(.*?)</span>", part)]
            rows = (keyboard(one.screen, language) or {"inline_keyboard": ()})["inline_keyboard"]
            assert shown == [button["text"] for row in rows for button in row]


def test_no_two_previews_share_a_picture():
    files = [file_of(zh.name) for zh, _ in pairs()]
    assert len(set(files)) == len(files)
    assert all(files)
