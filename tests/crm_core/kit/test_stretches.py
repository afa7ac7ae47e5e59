"""Stretches of days in words, for looking back."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.words.stretches import read_stretch

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("上个月 年框", (2026, 2, 1), (2026, 2, 28)),
        ("上月", (2026, 2, 1), (2026, 2, 28)),
        ("上上个月", (2026, 1, 1), (2026, 1, 31)),
        ("本月", (2026, 3, 1), (2026, 3, 31)),
        ("上周 样品", (2026, 3, 2), (2026, 3, 8)),
        ("上上周", (2026, 2, 23), (2026, 3, 1)),
        ("这周", (2026, 3, 9), (2026, 3, 15)),
        ("last week samples", (2026, 3, 2), (2026, 3, 8)),
        ("this month", (2026, 3, 1), (2026, 3, 31)),
        ("Last Month", (2026, 2, 1), (2026, 2, 28)),
        ("上季度", (2025, 10, 1), (2025, 12, 31)),
        ("去年 合同", (2025, 1, 1), (2025, 12, 31)),
        ("今年", (2026, 1, 1), (2026, 12, 31)),
        ("2月份 年框", (2026, 2, 1), (2026, 2, 28)),
        ("十二月", (2025, 12, 1), (2025, 12, 31)),
        ("去年5月", (2025, 5, 1), (2025, 5, 31)),
        ("2024年8月 回访", (2024, 8, 1), (2024, 8, 31)),
        ("in March", (2026, 3, 1), (2026, 3, 31)),
        ("december 2024 invoice", (2024, 12, 1), (2024, 12, 31)),
        ("最近三天", (2026, 3, 9), (2026, 3, 11)),
        ("近一周", (2026, 3, 5), (2026, 3, 11)),
        ("最近半个月", (2026, 2, 25), (2026, 3, 11)),
        ("past 2 weeks", (2026, 2, 26), (2026, 3, 11)),
        ("昨天", (2026, 3, 10), (2026, 3, 10)),
        ("3月5号 样品", (2026, 3, 5), (2026, 3, 5)),
        ("上周五", (2026, 3, 6), (2026, 3, 6)),
        ("yesterday", (2026, 3, 10), (2026, 3, 10)),
    ],
)
def test_what_it_means(text: str, first: tuple, last: tuple):
    found = read_stretch(text, NOW)
    assert found is not None
    assert (found.first, found.last) == (date(*first), date(*last))


@pytest.mark.parametrize("text", ["年框", "明天", "下周三", "华宁 王总", "13月", "", "MX-20", "mayor"])
def test_what_tells_of_no_past_day_is_none(text: str):
    assert read_stretch(text, NOW) is None


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str):
    found = read_stretch(text, NOW)
    if found is not None:
        assert found.first <= found.last
        assert 0 <= found.span[0] < found.span[1] <= len(text)
