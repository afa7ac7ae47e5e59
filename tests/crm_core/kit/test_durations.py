"""Lengths of time in words."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.words.durations import Span, read_duration, scan_span, write_duration


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("半小时", 30),
        ("半个小时", 30),
        ("半个钟头", 30),
        ("一个半小时", 90),
        ("1个半小时", 90),
        ("两个半小时", 150),
        ("一小时半", 90),
        ("90分钟", 90),
        ("九十分钟", 90),
        ("1h30", 90),
        ("1h30m", 90),
        ("1h 30min", 90),
        ("1小时30分", 90),
        ("1小时30", 90),
        ("一小时二十分钟", 80),
        ("1.5小时", 90),
        ("1.5h", 90),
        ("一刻钟", 15),
        ("三刻钟", 45),
        ("一个钟", 60),
        ("两个钟头", 120),
        ("俩小时", 120),
        ("两小时", 120),
        ("２小时", 120),
        ("1天", 1440),
        ("两天", 2880),
        ("一天半", 2160),
        ("一周", 10080),
        ("2个星期", 20160),
        ("1天2小时", 1560),
        ("two hours", 120),
        ("2 hours", 120),
        ("2hrs", 120),
        ("an hour", 60),
        ("a day", 1440),
        ("an hour and a half", 90),
        ("one and a half hours", 90),
        ("2 and a half hours", 150),
        ("half an hour", 30),
        ("half hour", 30),
        ("a half hour", 30),
        ("1 hour 30 minutes", 90),
        ("1 hour and 30 minutes", 90),
        ("1 hr, 15 min", 75),
        ("45 mins", 45),
        ("45m", 45),
        ("forty-five minutes", 45),
        ("a quarter of an hour", 15),
        ("quarter hour", 15),
        ("three quarters of an hour", 45),
        ("a couple of hours", 120),
        ("a fortnight", 20160),
        ("two weeks", 20160),
        ("1:30", 90),
        ("0:45", 45),
        ("2.5 hours", 150),
        ("90 min.", 90),
        ("twenty five minutes", 25),
        ("1小时零5分", 65),
        ("一个小时", 60),
        ("两個半小時", 150),
        ("3d", 4320),
        ("a week", 10080),
    ],
)
def test_a_length_is_read(typed: str, minutes: int) -> None:
    assert read_duration(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "王总",
        "小时",
        "3点",
        "半",
        "半天",
        "half a day",
        "三个月",
        "3月",
        "一年",
        "三个工作日",
        "a few hours",
        "soon",
        "3天5天",
        "2 hours 3 hours",
        "1h75",
        "99999999小时",
        "hours",
        "3人",
        "1小时后",
        "十",
        "1:75",
        "hour",
        "0x10 min",
        "一半",
        "a",
        "1" * 200,
        "三周年",
        "一年级",
        "三分之一",
    ],
)
def test_what_is_no_length_is_refused(typed: str) -> None:
    assert read_duration(typed) is None


@pytest.mark.parametrize(
    ("text", "span", "end"),
    [
        ("三个月后", Span(months=3), 3),
        ("半年后", Span(months=6), 2),
        ("一个半月", Span(months=1, days=15), 4),
        ("半个月", Span(days=15), 3),
        ("两个季度", Span(months=6), 4),
        ("3个工作日内", Span(working_days=3), 5),
        ("2 business days", Span(working_days=2), 15),
        ("a year ago", Span(months=12), 6),
        ("1.5年", Span(months=18), 4),
    ],
)
def test_spans_with_calendar_units_are_scanned(text: str, span: Span, end: int) -> None:
    assert scan_span(text) == (span, end)


@pytest.mark.parametrize(
    ("minutes", "zh", "en"), [(0, "0分钟", "0 min"), (90, "1小时30分钟", "1 h 30 min"), (1560, "1天2小时", "1 d 2 h")]
)
def test_lengths_are_written(minutes: int, zh: str, en: str) -> None:
    assert write_duration(timedelta(minutes=minutes)) == zh
    assert write_duration(timedelta(minutes=minutes), "en") == en


def test_a_negative_length_is_not_written() -> None:
    with pytest.raises(ValueError, match="negative"):
        write_duration(timedelta(minutes=-1))


@given(st.integers(0, 1_000_000))
def test_what_is_written_reads_back(minutes: int) -> None:
    length = timedelta(minutes=minutes)
    assert read_duration(write_duration(length, "zh")) == length
    assert read_duration(write_duration(length, "en")) == length


@given(st.one_of(st.text(max_size=70), st.text(alphabet="半一两三个小时分钟天周月年刻h0123m :.", max_size=30)))
def test_no_text_raises(text: str) -> None:
    read_duration(text)
    scan_span(text)
