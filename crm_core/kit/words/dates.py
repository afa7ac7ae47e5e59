"""Dates and times in words, in Chinese, English or both: 下周三下午三点, next wed 3pm, 三个工作日后, end of month.

`read_moment` takes the present time as an argument and refuses (None) what is no date: it never guesses a date into a
text. Where a phrase leaves a choice it takes the likelier and tells the others, so always echo what was read.

Habits it reads by: weeks begin on Monday, and 下周三 or next Wednesday is that of the next week; 周三 is the coming
one, today included while its time is ahead; ranges are read as their start (3号到5号, 下周, 4月); a bare 3点 is 15:00
and 9点 09:00, unless only the other is still to come.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from crm_core.kit.calendars import is_working_day
from crm_core.kit.words.durations import scan_span
from crm_core.kit.words.folding import fold
from crm_core.kit.words.numbers import HAN
from crm_core.kit.words.when import chinese, chinese_hours, english, english_hours, english_places, figures
from crm_core.kit.words.when.arithmetic import IsWorking, existing
from crm_core.kit.words.when.facts import DOUBTED, Facts, Period, Piece, Reader, Refused
from crm_core.kit.words.when.mending import mended
from crm_core.kit.words.when.resolve import Setting, resolve

Lang = Literal["zh", "en"]

_LONGEST = 2_000
_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_IN_CHINESE = (*chinese.READERS, *chinese_hours.READERS)
_IN_ENGLISH = (*english.READERS, *english_places.READERS, *english_hours.READERS, *figures.READERS)
_IN_BOTH = _IN_CHINESE + _IN_ENGLISH
_NOTHING_BEGINS = frozenset(",.;:!?()[]<>\"'")
_GLUED_LETTER = re.compile(r"[a-z][a-z]")
_GLUED_NUMBER = re.compile(rf"(?:[a-z0-9.:/#$¥€£%{HAN}第-]|\\d-)[\d{HAN}]")
_SIGNS = re.compile(r"[ ,的(\[)\]]{0,6}")
_JOIN = re.compile(r"(?:[ ,的(\[)\]@]|在|于|大约|大概|约|(?:on|at|by|in|of|the|around|about|and)(?= )){0,6}")
_RANGE = re.compile(r" ?(?:-|~|到|至|to(?= )|until(?= )|till(?= )|through(?= )) ?")
_BEFORE = re.compile(r"(?:等到|(?<![a-z])(?:on|at|by|before|from|until|till|around|about|in|@) ?){1,3}$")
_AFTER = re.compile(
    r" ?(?:左右|前后|之前|以前|之后|以后|以内|之内|当天|那天|开始|截止|为止|起|"
    r"前(?![天年台面往期去提])|后(?![天年来面勤续期台门]))"
)
_RECURRING = re.compile(
    r"(?:每[^ ,.]{0,4}|隔|逢|(?<![a-z])(?:daily|weekly|biweekly|monthly|yearly)(?: on| at)? ?|"
    r"(?<![a-z])(?:every|each)(?: (?:other|single|second|third|2nd|3rd))?"
    r"(?: (?:day|week|month|year|morning|afternoon|evening|night))?"
    r"(?: at| on)? )$"
)
_ABOUT = re.compile(r"(?:大概|大约|差不多|about |around )")
_NO_SPAN_ALONE = re.compile(r"(?<!工作)日$|\d ?[dm]$|\d\d ?h(?:\d|$)")
_NOWS = frozenset({"现在", "此刻", "刚才", "刚刚", "now", "right now", "just now"})
_TIME = frozenset({"clock", "period"})
_NAMES_OF_DAYS = frozenset({"weekday", "month", "year", "quarter"})
_A_DATE, _A_WEEKDAY = frozenset({"month", "day"}), frozenset({"weekday"})
_NEVER_ALONE = frozenset({Period.GOOD_MORNING, Period.EARLY, Period.SMALL_HOURS, Period.LATE, Period.SECOND_HALF})
_ASIDE = " .,!?;:()[]\"'~"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of time.

    `value` is a date when `kind` is "day" and an aware datetime in now's zone when it is "moment". `span` is where the
    phrase stands in the text as it was given; when day and time stand apart (明天给王总打电话,下午3点) it is the
    first's, and `pieces` has both. `alternatives` are other values the words may have meant, of the same type.
    """

    value: date
    kind: Literal["day", "moment"]
    span: tuple[int, int]
    alternatives: tuple[date, ...] = ()
    pieces: tuple[tuple[int, int], ...] = ()
    dayless: bool = False  # an hour or part of the day (13:30, 下午); of which day was not said

    @property
    def ambiguous(self) -> bool:
        """Whether the words may have meant something else."""
        return bool(self.alternatives)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A run of pieces and where it stands, or the news that it cannot be a date."""

    facts: Facts | Refused
    start: int
    end: int


def read_moment(
    text: str, now: datetime, *, prefer_future: bool = True, is_working: IsWorking | None = None
) -> Reading | None:
    """The first date or time in the text; None if there is none, it does not exist, or the text is over 2,000 long.

    `now` must be aware (ValueError otherwise); its zone is that of the answer. With `prefer_future=False` what recurs
    (周五, 5号, 9点) is the latest past, as in telling of a visit. `is_working` is for 工作日, the official calendar if
    not given.
    """
    if now.tzinfo is None:
        raise ValueError("read_moment needs an aware now")
    if len(text) > _LONGEST:
        return None
    plain = mended(fold(text))
    setting = Setting(now, prefer_future, is_working or is_working_day)
    try:
        said = plain.text
        reading = _only_now(said, setting) or _only_a_span(said, setting) or _first(said, setting)
    except (ValueError, OverflowError):  # a day past the calendar's ends
        return None
    if reading is None or plain.places is None:
        return reading
    pieces = tuple(plain.back(*piece) for piece in reading.pieces)
    return replace(reading, span=plain.back(*reading.span), pieces=pieces)


def _only_now(plain: str, setting: Setting) -> Reading | None:
    said = plain.strip(_ASIDE)
    if said not in _NOWS:
        return None
    start = plain.index(said)
    return Reading(setting.now, "moment", (start, start + len(said)), pieces=((start, start + len(said)),))


def _only_a_span(plain: str, setting: Setting) -> Reading | None:
    """A length that is the whole answer (半小时, two weeks) is that long from now; 31日 is a day and 120m metres."""
    start = len(plain) - len(plain.lstrip(_ASIDE))
    about = _ABOUT.match(plain, start)
    start = about.end() if about else start
    found = scan_span(plain, start)
    if (
        found is None
        or plain[found[1] :].removeprefix("左右").strip(_ASIDE)
        or _NO_SPAN_ALONE.search(plain, start, found[1])
    ):
        return None
    span, end = found
    facts = Facts(later=span) if span.seconds else Facts(shift=span)
    return _reading(_Phrase(facts, start, end), setting, ((start, end),))


def _first(plain: str, setting: Setting) -> Reading | None:
    phrases: list[_Phrase] = []
    for phrase in _phrases(plain, setting.today):
        if isinstance(phrase.facts, Refused):
            return None
        phrases.append(phrase)
    for index, phrase in enumerate(phrases):
        joined, pieces = _with_its_other_half(phrase, phrases[index + 1 :])
        reading = _reading(joined, setting, pieces)
        if reading:
            return reading
    return None


def _with_its_other_half(phrase: _Phrase, later: list[_Phrase]) -> tuple[_Phrase, tuple[tuple[int, int], ...]]:
    """明天给王总打电话,下午3点: a day and, further on, only a time (or the reverse) are one."""
    own = ((phrase.start, phrase.end),)
    if len(later) != 1 or isinstance(phrase.facts, Refused) or isinstance(later[0].facts, Refused):
        return phrase, own
    other = later[0]
    time_alone = [facts.stated() <= _TIME for facts in (phrase.facts, later[0].facts)]
    has_clock = [facts.clock is not None for facts in (phrase.facts, later[0].facts)]
    if time_alone[0] == time_alone[1] or has_clock[0] == has_clock[1] or not has_clock[time_alone.index(True)]:
        return phrase, own
    facts = phrase.facts.joined(later[0].facts)
    if facts is None:
        return phrase, own
    return _Phrase(facts, phrase.start, phrase.end), (*own, (other.start, other.end))


def _reading(phrase: _Phrase, setting: Setting, pieces: tuple[tuple[int, int], ...]) -> Reading | None:
    if isinstance(phrase.facts, Refused):
        return None
    readings = resolve(phrase.facts, setting)
    if readings is None:
        return None
    value, *others = dict.fromkeys(readings)
    kind = "moment" if isinstance(value, datetime) else "day"
    return Reading(value, kind, pieces[0], tuple(others), pieces, dayless=phrase.facts.stated() <= _TIME)


def _phrases(plain: str, today: date) -> Iterator[_Phrase]:
    """The phrases of a text from left to right, each as long as its pieces go together."""
    at = 0
    while at < len(plain):
        phrase = None if _is_glued(plain, at) else _phrase(plain, at, today)
        if phrase is None:
            at += 1
            continue
        at = phrase.end
        if not _RECURRING.search(plain, max(0, phrase.start - 24), phrase.start):
            yield phrase


def _is_glued(plain: str, at: int) -> bool:
    """Whether this place is inside a word or a number, where no phrase begins: 合同A15号, 138-0013."""
    if at == 0 or plain[at] == " ":
        return at > 0
    return bool(_GLUED_LETTER.match(plain, at - 1) or _GLUED_NUMBER.match(plain, at - 1))


def _phrase(plain: str, start: int, today: date) -> _Phrase | None:
    run = _run(plain, start, today)
    if run is None:
        return None
    facts, end = run
    if isinstance(facts, Refused):
        return _Phrase(facts, start, end)
    lead = _BEFORE.search(plain, max(0, start - 16), start)
    start = lead.start() if lead else start
    facts, end = _past_range(plain, facts, end, today)
    supported = lead is not None and facts.stated() <= _NAMES_OF_DAYS
    if not (supported or _stands(facts, plain, start, end)):
        return None
    after = _AFTER.match(plain, end)
    return _Phrase(facts, start, after.end() if after else end)


def _run(plain: str, start: int, today: date) -> tuple[Facts | Refused, int] | None:
    """The pieces from here on that go together."""
    first = _piece(plain, start, today)
    if first is None or first.facts is DOUBTED:
        return None
    facts, end = first.facts, first.end
    while (step := _next(plain, end, facts, today)) is not None:
        facts, end = step
    return facts, end


def _next(plain: str, end: int, facts: Facts | Refused, today: date) -> tuple[Facts | Refused, int] | None:
    """One more piece of the phrase, if it goes together with what was said."""
    piece, joint = None, ""
    for pattern in (_SIGNS, _JOIN):  # "at 3" is a piece; before "3pm", "at" only joins
        found = pattern.match(plain, end)
        assert found
        piece, joint = _piece(plain, found.end(), today), found.group()
        if piece:
            break
    if piece is None or (isinstance(facts, Facts) and facts.weak and "," in joint):
        return None
    if isinstance(facts, Refused) or isinstance(piece.facts, Refused):
        return facts if isinstance(facts, Refused) else piece.facts, piece.end
    joined = facts.joined(_borne_out(piece.facts, facts, today))
    return None if joined is None else (joined, piece.end)


def _borne_out(said: Facts, before: Facts, today: date) -> Facts:
    """周三 3.18: figures that may be something else are a date where the weekday before them is that of the date."""
    if not said.weak or said.stated() != _A_DATE or before.stated() != _A_WEEKDAY:
        return said
    assert said.month
    assert said.day
    days = (existing(year, said.month, said.day) for year in (today.year, today.year + 1))
    coming = next((day for day in days if day and day >= today), None)
    return replace(said, weak=False) if coming and coming.weekday() == before.weekday else said


def _readers(letter: str) -> tuple[Reader, ...]:
    """Who may read what begins with this: no English piece begins with a Han letter."""
    if letter in _NOTHING_BEGINS:
        return ()
    return _IN_CHINESE if letter > "\u2e80" else _IN_BOTH


@lru_cache(maxsize=_LONGEST)
def _piece(plain: str, at: int, today: date) -> Piece | None:
    """The longest piece that any reader sees exactly here; of two as long, the one that is surer."""
    found = [piece for read in _readers(plain[at : at + 1]) if (piece := read(plain, at, today)) is not None]
    return max(found, key=_weight, default=None)


def _weight(piece: Piece) -> tuple[int, bool]:
    return piece.end, isinstance(piece.facts, Refused) or not piece.facts.weak


def _stands(facts: Facts, plain: str, start: int, end: int) -> bool:
    """Whether the phrase may stand as it is: doubtful words only where nothing else is said."""
    if facts.stated() == frozenset({"period"}) and facts.period in _NEVER_ALONE:
        return False
    return not facts.weak or not (plain[:start].strip(_ASIDE) or plain[end:].strip(_ASIDE))


def _past_range(plain: str, facts: Facts, end: int, today: date) -> tuple[Facts, int]:
    """Past the end of a range whose start was read (到5号, to 4pm), which may bring the day: 2pm to 4pm tomorrow."""
    to = _RANGE.match(plain, end)
    second = _run(plain, to.end(), today) if to else None
    if second is None or isinstance(second[0], Refused):
        return facts, end
    if facts.stated() <= _TIME and second[0].stated() - _TIME:
        return facts.joined(replace(second[0], clock=None, period=None)) or facts, second[1]
    return facts, second[1]


def write_day(day: date, lang: Lang = "zh") -> str:
    """`2026-03-18 周三`, `Wed 18 Mar 2026`; `read_moment` reads both back (English for 1900 to 2199)."""
    if lang == "zh":
        return f"{day.year:04d}-{day.month:02d}-{day.day:02d} 周{_WEEKDAYS_ZH[day.weekday()]}"
    return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]} {day.year:04d}"


def write_moment(moment: datetime, lang: Lang = "zh") -> str:
    """`2026-03-18 周三 15:00`, `Wed 18 Mar 2026 15:00`, to the minute, in the moment's own zone."""
    return f"{write_day(moment.date(), lang)} {moment.hour:02d}:{moment.minute:02d}"


def month_name(month: int, lang: Lang = "zh") -> str:
    """`3月`, `Mar`."""
    return f"{month}月" if lang == "zh" else _MONTHS_EN[month - 1]


def write_month(day: date, lang: Lang = "zh") -> str:
    """The month a day lies in: `2026年3月`, `Mar 2026`."""
    return f"{day.year}年{day.month}月" if lang == "zh" else f"{_MONTHS_EN[day.month - 1]} {day.year}"


def weekday_names(lang: Lang = "zh") -> tuple[str, ...]:
    """From Monday: `一`, `Mo`."""
    return tuple(_WEEKDAYS_ZH) if lang == "zh" else tuple(name[:2] for name in _WEEKDAYS_EN)
