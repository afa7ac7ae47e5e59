"""Dates as people type them: the acceptance file, our own longer table, and what holds for any text at all."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.calendars import is_working_day
from crm_core.kit.words.dates import Reading, read_moment, write_day, write_moment

DATA = Path(__file__).parents[2] / "data"
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 11, 10, 0, tzinfo=SHANGHAI)  # a Wednesday


def shown(reading: Reading | None) -> str:
    """As the tables write it: a day, a moment to the minute (to the second if it has seconds), or nothing."""
    if reading is None:
        return ""
    if not isinstance(reading.value, datetime):
        return reading.value.isoformat()
    local = reading.value.replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def acceptance() -> list[tuple[str, str, str]]:
    with (DATA / "dates.csv").open(encoding="utf-8", newline="") as file:
        return [(row["phrase"], row["now"], row["expected"]) for row in csv.DictReader(file)]


def phrases() -> list[tuple[str, str, str]]:
    """Our own table: `phrase = expected`, with the present set by lines that begin with @."""
    rows: list[tuple[str, str, str]] = []
    now = ""
    for line in (DATA / "phrases.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            now = line[1:].strip()
        elif line and not line.startswith("#"):
            phrase, _, expected = line.rpartition(" = ")
            rows.append((phrase, now, "|".join("" if one == "-" else one for one in expected.split("|"))))
    return rows


@pytest.mark.parametrize(("phrase", "now", "expected"), acceptance())
def test_every_row_of_the_acceptance_file(phrase: str, now: str, expected: str) -> None:
    reading = read_moment(phrase, datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))
    assert shown(reading) in expected.split("|")


@pytest.mark.parametrize(("phrase", "now", "expected"), phrases())
def test_every_phrase_of_our_own_table(phrase: str, now: str, expected: str) -> None:
    reading = read_moment(phrase, datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))
    assert shown(reading) in expected.split("|")


def test_the_tables_are_all_there() -> None:
    assert len(acceptance()) == 109
    assert len(set(phrases())) > 2_300


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("提醒我明天上午给李经理打电话", "明天上午"),
        ("拜访 华宁 王总 谈了年框，下周三送样", "下周三"),
        ("call Bob tomorrow at 5pm please", "tomorrow at 5pm"),
        ("see you on friday", "on friday"),
        ("周五之前给报价", "周五之前"),
        ("３月２０号下午２点开会", "３月２０号下午２点"),
        ("下午2点到4点开会", "下午2点到4点"),
        ("from 2pm to 4pm tomorrow in Shenzhen", "from 2pm to 4pm tomorrow"),
        ("样品 下 周三 送到", "下 周三"),
        ("see you thrusday 2pm then", "thrusday 2pm"),
        ("call on febuary 20 please", "on febuary 20"),
        ("王总 明 天 到", "明 天"),
    ],
)
def test_the_span_is_the_phrase_in_the_text_as_typed(text: str, phrase: str) -> None:
    reading = read_moment(text, NOW)
    assert reading is not None
    assert text[slice(*reading.span)] == phrase


def test_a_day_and_a_time_apart_are_one_moment_in_two_pieces() -> None:
    text = "明天给王总打电话,下午3点"
    reading = read_moment(text, NOW)
    assert reading is not None
    assert reading.value == datetime(2026, 3, 12, 15, tzinfo=SHANGHAI)
    assert [text[slice(*piece)] for piece in reading.pieces] == ["明天", "下午3点"]
    assert reading.span == reading.pieces[0]


@pytest.mark.parametrize(
    ("phrase", "others"),
    [
        ("三点", ["2026-03-12T03:00:00+08:00"]),
        ("8点", ["2026-03-12T08:00:00+08:00"]),
        ("明天3点", ["2026-03-12T03:00:00+08:00"]),
        ("下午3点", []),
        ("15:30", []),
        ("周三", ["2026-03-18"]),
        ("下周三", []),
        ("next friday", ["2026-03-13"]),
        ("03/04/2026", ["2026-04-03"]),
        ("明后天", ["2026-03-13"]),
        ("明天周五", ["2026-03-13"]),
        ("3月18日星期四", ["2026-03-19"]),
    ],
)
def test_what_the_words_may_also_mean_is_told(phrase: str, others: list[str]) -> None:
    reading = read_moment(phrase, NOW)
    assert reading is not None
    assert [one.isoformat() for one in reading.alternatives] == others
    assert reading.ambiguous is bool(others)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("周五", "2026-03-06"),
        ("周三", "2026-03-11"),
        ("5号", "2026-03-05"),
        ("2月10日", "2026-02-10"),
        ("12月31日", "2025-12-31"),
        ("国庆节", "2025-10-01"),
        ("下午3点", "2026-03-10T15:00"),
        ("9点", "2026-03-11T09:00"),
        ("15:30", "2026-03-10T15:30"),
        ("周三下午3点", "2026-03-04T15:00"),
        ("friday", "2026-03-06"),
        ("昨天下午三点", "2026-03-10T15:00"),
        ("明天", "2026-03-12"),
    ],
)
def test_in_telling_of_a_visit_what_recurs_is_the_latest_past(phrase: str, expected: str) -> None:
    assert shown(read_moment(phrase, NOW, prefer_future=False)) == expected


@pytest.mark.parametrize(
    ("phrase", "now", "expected"),
    [
        ("下个工作日", "2026-09-30", "2026-10-08"),
        ("三个工作日后", "2026-09-30", "2026-10-10"),  # 8, 9 October, and Saturday the 10th is worked
        ("next working day", "2026-09-30", "2026-10-08"),
        ("国庆节后第一个工作日", "2026-03-11", "2026-10-08"),
        ("十月第一个工作日", "2026-03-11", "2026-10-08"),
    ],
)
def test_working_days_follow_the_given_calendar(phrase: str, now: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    assert shown(read_moment(phrase, at, is_working=is_working_day)) == expected


def test_a_calendar_without_working_days_is_refused_not_searched_for_ever() -> None:
    assert read_moment("三个工作日后", NOW, is_working=lambda _: False) is None


def test_moments_are_in_the_zone_of_now() -> None:
    evening = datetime(2026, 3, 10, 23, 0, tzinfo=NEW_YORK)
    reading = read_moment("tomorrow 9am", evening)
    assert reading is not None
    assert reading.value == datetime(2026, 3, 11, 9, tzinfo=NEW_YORK)
    assert isinstance(reading.value, datetime)
    assert reading.value.tzinfo is NEW_YORK


def test_hours_from_now_are_real_hours_when_clocks_change() -> None:
    before = datetime(2026, 3, 8, 1, 30, tzinfo=NEW_YORK)  # clocks go from 2:00 to 3:00
    reading = read_moment("in 1 hour", before)
    assert reading is not None
    assert reading.value == datetime(2026, 3, 8, 6, 30, tzinfo=UTC) + timedelta(hours=1)
    skipped = read_moment("today 2:30am", before)
    assert skipped is not None
    assert shown(skipped) == "2026-03-08T03:00"


def test_now_must_know_its_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        read_moment("明天", datetime(2026, 3, 11))  # noqa: DTZ001


SLOW_WORDS = (
    "一|1|周|3点|a |at |一个半|two and a |1:|1-|，|三月|next |每|in 2 |第一个|春节前|大|twenty |end of |"
    "3天|的|, |十一|每天|mar |农历|@"
)


def test_long_texts_are_refused_and_the_longest_read_takes_little_time() -> None:
    assert read_moment("明天" + "。" * 2_000, NOW) is None
    for unit in SLOW_WORDS.split("|"):
        text = (unit * 2_000)[:2_000]
        start = perf_counter()
        read_moment(text, NOW)
        assert perf_counter() - start < 2, unit


DATE_LETTERS = (
    "今明后前天昨周星期一二三四五六日月号年点半刻分上下午早晚底初末中个小时后内第节国庆春农历"
    "0123456789:/-., apmintoext()"
)
DATE_WORDS = (
    "明天 下周三 周五 3月15号 月底 下个月 5号 国庆 三天后 下午 3点 半 15:30 前 到 的 2月30日 农历 正月 "
    "十五 工作日 后 99 : 每 第一个 next friday in 2 hours at 3pm mar 20 end of month the 15th noon - , "
    "last working day before christmas"
)
LETTERS = st.text(alphabet=st.sampled_from(DATE_LETTERS), max_size=24)
PIECES = st.lists(st.sampled_from(DATE_WORDS.split()), max_size=7)


@given(st.one_of(st.text(max_size=300), LETTERS, PIECES.map("".join), PIECES.map(" ".join)), st.booleans())
def test_no_text_raises_and_every_reading_is_well_formed(text: str, prefer_future: bool) -> None:
    reading = read_moment(text, NOW, prefer_future=prefer_future)
    if reading is None:
        return
    start, end = reading.span
    assert 0 <= start < end <= len(text)
    is_moment = isinstance(reading.value, datetime)
    assert reading.kind == ("moment" if is_moment else "day")
    assert all(isinstance(other, datetime) is is_moment for other in reading.alternatives)
    assert reading.value not in reading.alternatives
    if isinstance(reading.value, datetime):
        assert reading.value.utcoffset() == timedelta(hours=8)


@given(st.text(max_size=20))
def test_the_calendar_has_ends_and_nobody_falls_off(text: str) -> None:
    for now in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)):
        for phrase in (
            text,
            "明天",
            "昨天",
            "下周三",
            "5号",
            "三个月后",
            "100年前",
            "国庆节",
            "午夜",
            "in 5 hours",
            "30号9点",
        ):
            read_moment(phrase, now)
            read_moment(phrase, now, prefer_future=False)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["zh", "en"]))
def test_a_written_day_reads_back(day: date, lang: str) -> None:
    written = write_day(day, "zh" if lang == "zh" else "en")
    reading = read_moment(written, NOW)
    assert reading is not None
    assert (reading.value, reading.kind, reading.alternatives) == (day, "day", ())
    assert reading.span == (0, len(written))


@given(
    st.dates(date(1950, 1, 1), date(2190, 12, 31)),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.sampled_from(["zh", "en"]),
)
def test_a_written_moment_reads_back(day: date, clock: time, lang: str) -> None:
    moment = datetime.combine(day, clock, tzinfo=UTC)
    reading = read_moment(write_moment(moment, "zh" if lang == "zh" else "en"), NOW.astimezone(UTC))
    assert reading is not None
    assert (reading.value, reading.kind, reading.alternatives) == (moment, "moment", ())


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_a_day_written_in_chinese_reads_back_in_any_year(day: date) -> None:
    reading = read_moment(write_day(day, "zh"), NOW)
    assert reading is not None
    assert reading.value == day


def test_days_and_moments_are_written_for_both_languages() -> None:
    moment = datetime(2026, 3, 18, 15, 0, tzinfo=SHANGHAI)
    assert write_day(moment.date(), "zh") == "2026-03-18 周三"
    assert write_day(moment.date(), "en") == "Wed 18 Mar 2026"
    assert write_moment(moment, "zh") == "2026-03-18 周三 15:00"
    assert write_moment(moment, "en") == "Wed 18 Mar 2026 15:00"
