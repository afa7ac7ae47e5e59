"""Pictures that we draw: they are what they should be, with every character that the font has and no box."""

import struct
from xml.etree import ElementTree as ET

import pytest

from screens.drawing import _has_glyph, png
from tests.screens.previews import Preview, _of_people, plain

PICTURES = [one.name for one in _of_people(plain, "zh") if one.screen.drawn]


def picture(name: str, language: str, write=plain) -> Preview:
    return next(one for one in _of_people(write, language) if one.name == name)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PICTURES)
def test_each_is_a_png_of_its_size(name: str, language: str):
    svg = picture(name, language).screen.photo["svg"]
    made = png(svg)
    assert made.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", made[16:24])
    root = ET.fromstring(svg)
    ratio = int(root.get("width")) / int(root.get("height"))
    assert abs(width / height - ratio) < 0.02
    assert width + height <= 10_000, "the messenger takes no larger one"


@pytest.mark.parametrize("name", PICTURES)
def test_hostile_words_stay_words(name: str):
    hostile = '<b>&"</b>\x01\ufffe{{7*7}}'
    svg = picture(name, "zh", lambda _: hostile).screen.photo["svg"]
    assert "<b>" not in svg
    assert "49" not in "".join(ET.fromstring(svg).itertext())
    assert png(svg).startswith(b"\x89PNG")


def test_what_the_font_lacks_is_left_out():
    kept = "".join(one for one in "王🤷喆堃镕昇珺玥★①▲👨‍👩‍👧️ Ω\x07é" if _has_glyph(one))
    assert kept == "王喆堃镕昇珺玥★①▲ Ωé"
