"""Numbers in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.words.numbers import read_digits, read_english, read_number, read_whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("零", "0"),
        ("〇", "0"),
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("二十五", "25"),
        ("廿五", "25"),
        ("卅一", "31"),
        ("卅", "30"),
        ("一百", "100"),
        ("一百零五", "105"),
        ("二百〇五", "205"),
        ("一百二", "120"),
        ("一百二十", "120"),
        ("一百一十二", "112"),
        ("一百十二", "112"),
        ("三千五", "3500"),
        ("三千零五", "3005"),
        ("三千五百", "3500"),
        ("三千零五十", "3050"),
        ("两万三", "23000"),
        ("两万零三", "20003"),
        ("十万", "100000"),
        ("十八万六", "186000"),
        ("一万两千八百", "12800"),
        ("一亿两千万", "120000000"),
        ("三百万", "3000000"),
        ("九千八百万零三百", "98000300"),
        ("壹万贰仟捌佰", "12800"),
        ("1.2万", "12000"),
        ("1万2", "12000"),
        ("1万2000", "12000"),
        ("1万2千", "12000"),
        ("3千5", "3500"),
        ("20万", "200000"),
        ("1.5百万", "1500000"),
        ("2百万", "2000000"),
        ("1,280.50", "1280.50"),
        ("12,800", "12800"),
        ("35", "35"),
        ("1万亿", None),
        ("一千零一十", "1010"),
        ("3.5亿", "350000000"),
    ],
)
def test_numerals_are_read(text: str, value: str | None) -> None:
    assert read_number(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "万",
        "百",
        "千",
        "一一",
        "二三",
        "十十",
        "一百百",
        "百二",
        "万一",
        "三零",
        "1,28",
        "12,80",
        "1.2.3",
        "1.2万3.5",
        "1万20",
        "零零",
        "一十百",
        "五万万",
        "一万一亿",
        "三千五千",
        "一" * 100,
        "王总",
        "零五",
        "0百",
        "1.2千5百",
    ],
)
def test_what_is_no_numeral_is_refused(text: str) -> None:
    assert read_number(text) is None


def test_digits_said_one_by_one() -> None:
    assert read_digits("二〇二六") == 2026
    assert read_digits("2026") == 2026
    assert read_digits("二十") is None
    assert read_digits("") is None


def test_whole_numbers_only() -> None:
    assert read_whole("1.2万") == 12_000
    assert read_whole("1.5") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("five", 5),
        ("a", 1),
        ("twenty-five", 25),
        ("twenty five", 25),
        ("a hundred and twenty", 120),
        ("two hundred", 200),
        ("three thousand five hundred", 3500),
        ("twelve thousand", 12_000),
        ("one million two hundred thousand", 1_200_000),
        ("five twenty", None),
        ("hundred", None),
        ("two three", None),
        ("", None),
        ("and", None),
        ("maybe", None),
        ("twenty zero", None),
        ("ten hundred", None),
    ],
)
def test_english_numbers(text: str, value: int | None) -> None:
    assert read_english(text) == value


def chinese(value: int) -> str:
    """The plain written numeral, made digit by digit for the test alone."""
    if value >= 10_000:
        high, low = divmod(value, 10_000)
        gap = "零" if 0 < low < 1000 else ""
        return chinese(high) + "万" + gap + (chinese(low) if low else "")
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + name
            gap = False
        else:
            gap = True
    return text or "零"


@given(st.integers(0, 99_999_999))
def test_every_written_numeral_reads_back(value: int) -> None:
    assert read_number(chinese(value)) == value


@given(st.text(alphabet="零一二两三九十百千万亿廿半1.,05", max_size=14))
def test_no_heap_of_numerals_raises(text: str) -> None:
    read_number(text)
    read_digits(text)
