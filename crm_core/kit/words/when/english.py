"""English pieces that say a day: next Wednesday, 15 March, end of next month, in two weeks, 3 days before christmas."""

import re
from datetime import date, timedelta

from crm_core.kit.words.durations import Span, scan_span
from crm_core.kit.words.numbers import ENGLISH
from crm_core.kit.words.when.facts import REFUSED, Facts, Nth, Period, Piece, Reader, Refused, rule
from crm_core.kit.words.when.figures import full_date, month_and_day

END = r"(?![a-z])"
WEEKDAYS = (
    r"mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday|ensday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
)
MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?"
)
WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BUSINESS = (
    r"(?:foods?|coffee|group|holdings|trading|logistics|inc|ltd|corp|co|school|brands?)(?![a-z])"  # Sunday Foods
)
_ALSO_WORDS = ("sat", "sun", "wed")
_TENS = {"twent": 20, "thirt": 30}
_TO_NINETEENTH = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
ORDINALS = {word: value for value, word in enumerate(_TO_NINETEENTH.split(), 1)}
ORDINALS.update({f"{word}ieth": value for word, value in _TENS.items()})
ORDINALS.update(
    {f"{word}y-{one}": value + ORDINALS[one] for word, value in _TENS.items() for one in list(ORDINALS)[:9]}
)
_ORDINAL_WORDS = "|".join(sorted(ORDINALS, key=len, reverse=True))
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL_WORDS})(?![a-z\d])"
_STEPS = {"next": 1, "nxt": 1, "following": 1, "coming": 1, "this": 0, "last": -1, "previous": -1, "past": -1}
_WHICH = r"next|nxt|this coming|this|coming|upcoming|last|past|previous|following"


def _day_number(text: str) -> int:
    return ORDINALS.get(text) or int(re.sub(r"\D", "", text))


# Days --------------------------------------------------------------------------------------------------------------

_WEEKS_MORE = {"week": 1, "fortnight": 2}
_TOMORROW = "tomorrow|tommorow|tommorrow|tomorow|tmrw|tmr|tmw|tomo|2moro|2morrow"
_NEAR = {
    r"today|tdy|tday": 0,
    _TOMORROW: 1,
    rf"(?:the )?day after (?:{_TOMORROW})|overmorrow": 2,
    r"yesterday|yday": -1,
    r"(?:the )?day before yesterday": -2,
}


@rule(
    "|".join(
        f"(?P<d{days + 2}>(?:{words}){END})" for words, days in sorted(_NEAR.items(), key=lambda one: -abs(one[1]))
    )
)
def _near_day(found: re.Match[str], today: date) -> Facts:
    offset = next(days for days in _NEAR.values() if found[f"d{days + 2}"])
    return Facts(fixed=today + timedelta(days=offset))


@rule(rf"(?:(?P<today>today)|{_TOMORROW}) (?P<more>week|fortnight){END}")
def _near_day_week(found: re.Match[str], today: date) -> Facts:
    """tomorrow week: a week from tomorrow."""
    days = (0 if found["today"] else 1) + _WEEKS_MORE[found["more"]] * 7
    return Facts(fixed=today + timedelta(days=days))


_PARTS = {
    "morning": Period.MORNING,
    "afternoon": Period.AFTERNOON,
    "arvo": Period.AFTERNOON,
    "evening": Period.EVENING,
}


@rule(rf"(?P<which>this (?P<part>morning|afternoon|arvo|evening)|tonight|tonite|last night){END}")
def _part_of_near_day(found: re.Match[str], today: date) -> Facts:
    day = today - timedelta(days=1) if found["which"] == "last night" else today
    periods = {
        "morning": Period.MORNING,
        "afternoon": Period.AFTERNOON,
        "arvo": Period.AFTERNOON,
        "evening": Period.EVENING,
    }
    return Facts(fixed=day, period=periods.get(found["part"] or "", Period.NIGHT))


@rule(
    rf"(?:(?:the )?(?P<which>{_WHICH}) )?(?P<day>{WEEKDAYS})(?:\.(?=[ ,]|$))?{END}(?!\.[a-z])"
    rf"(?:(?! {_BUSINESS}))(?P<more> (?:week|fortnight){END}| after next{END})?"
)
def _weekday(found: re.Match[str], today: date) -> Facts:
    """friday is the coming one, next friday that of next week (the coming one beside it), last friday the latest."""
    weekday = WEEKDAY_NAMES.index(found["day"][:3])
    which = found["which"]
    coming = today + timedelta(days=(weekday - today.weekday()) % 7)
    if weeks := _WEEKS_MORE.get((found["more"] or "").strip()):
        return Facts(fixed=coming + timedelta(weeks=weeks))
    if found["more"]:  # friday after next
        later = today + timedelta(days=weekday - today.weekday(), weeks=2)
        return _fixed_with(later, coming + timedelta(weeks=1))
    if which is None:
        return Facts(weekday=weekday, weak=found["day"] in _ALSO_WORDS)
    this_week = today + timedelta(days=weekday - today.weekday())
    if which in ("last", "past", "previous"):
        latest = today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
        return _fixed_with(latest, this_week - timedelta(weeks=1))
    if which in ("next", "nxt", "following"):
        return _fixed_with(this_week + timedelta(weeks=1), coming if coming > today else None)
    return _fixed_with(coming, this_week)


def _fixed_with(day: date, other: date | None) -> Facts:
    return Facts(fixed=day, others=(other,) if other and other != day else ())


@rule(
    r"(?:the )?(?P<which>next|nxt|this|last|coming|following|previous) "
    rf"(?P<unit>week(?!end)|wk|weekend|month|quarter|year)(?:'?s)?{END}"
)
def _near_unit(found: re.Match[str], today: date) -> Facts:
    return _unit(found["unit"], _STEPS[found["which"]], today)


@rule(rf"(?:the )?(?P<unit>week|month|quarter|year|weekend) after next{END}")
def _unit_after_next(found: re.Match[str], today: date) -> Facts:
    return _unit(found["unit"], 2, today)


@rule(rf"(?:the )?weekend{END}")
def _weekend(found: re.Match[str], today: date) -> Facts:
    del found, today
    return Facts(weekend=True)


def _unit(unit: str, steps: int, today: date) -> Facts:
    if unit.startswith("w"):
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=steps)
        return Facts(week=monday, weekend=True if unit == "weekend" else None)
    if unit == "month":
        year, month = divmod(today.year * 12 + today.month - 1 + steps, 12)
        return Facts(year=year, month=month + 1)
    if unit == "quarter":
        count = today.year * 4 + (today.month - 1) // 3 + steps
        return Facts(year=count // 4, quarter=count % 4 + 1)
    return Facts(year=today.year + steps)


# Months --------------------------------------------------------------------------------------------------------------

_UNITS_AFTER = (
    r"(?! ?(?:people|persons?|km|kg|pcs|units?|boxes|percent|yuan|"
    r"minutes?|hours?|days?|weeks?|months?|years?)(?![a-z]))"
)
_YEAR_OR_SHORT = r"(?:,? ?'?(?P<y>(?:19|20|21)\d\d|(?:2[4-9]|3\d)(?=$|[ ,.](?!\d)))(?!\d|:| ?(?:am|pm)))?"
_YEAR = r"(?:,? ?'?(?P<y>(?:19|20|21)\d\d)(?!\d|:))?"


@rule(
    rf"(?P<m>{MONTHS})\.? ?(?:the )?(?P<d>{_DAY})(?: ?(?:-|~|to) ?{_DAY}(?! ?(?:{MONTHS}|am|pm|:)))?"
    rf"{_UNITS_AFTER}{_YEAR}"
)
def _month_day(found: re.Match[str], today: date) -> Facts | Refused:
    """march 20, apr 1st, mar 3-5, march 20, 2027."""
    del today
    return _dated(found)


@rule(
    rf"(?:the )?(?P<d>\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL_WORDS})(?: ?(?:-|~|to) ?{_DAY})? ?(?:of )?-?"
    rf"(?P<m>{MONTHS}){END}\.?-?{_YEAR_OR_SHORT}"
)
def _day_month(found: re.Match[str], today: date) -> Facts | Refused:
    """20 march, the first of april, 3-5 mar, 18 Mar 2026."""
    del today
    return _dated(found)


@rule(rf"(?P<y>(?:19|20|21)\d\d),? (?P<m>{MONTHS})\.? (?P<d>{_DAY})")
def _year_month_day(found: re.Match[str], today: date) -> Facts | Refused:
    """2027 april 1."""
    del today
    return _dated(found)


def _dated(found: re.Match[str]) -> Facts | Refused:
    month, day = _MONTH_NAMES.index(found["m"][:3]) + 1, _day_number(found["d"])
    if found["y"]:
        year = int(found["y"])
        return full_date(year + 2000 if year < 100 else year, month, day)
    return month_and_day(month, day) or REFUSED


_VERB_AFTER_MAY = re.compile(rf" (?:not |also |well )?(?:start|end|be|begin|go|take|need){END}")


@rule(rf"(?P<m>{MONTHS})\.?{END}(?!-?\d)(?: ?(?P<y>(?:19|20|21)\d\d)(?![\d:]))?")
def _month(found: re.Match[str], today: date) -> Facts | None:
    """A month alone may be a verb or a name (may, march, Jan): only with more, or where nothing else is said."""
    del today
    month = _MONTH_NAMES.index(found["m"][:3]) + 1
    if found.string.strip(" .,!?") == "may" or (
        found["m"] == "may" and _VERB_AFTER_MAY.match(found.string, found.end())
    ):
        return None
    return Facts(month=month, year=int(found["y"]) if found["y"] else None, weak=True)


@rule(rf"(?P<which>next|this|coming|last) (?P<m>{MONTHS}){END}(?! ?\d)")
def _near_named_month(found: re.Match[str], today: date) -> Facts:
    month = _MONTH_NAMES.index(found["m"][:3]) + 1
    if found["which"] == "last":
        return Facts(year=today.year - (month >= today.month), month=month)
    passed = month < today.month or (month == today.month and found["which"] != "this")
    return Facts(year=today.year + passed, month=month)


@rule(
    rf"(?:the )?(?P<n>first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th) "
    rf"(?:(?P<weekday>{WEEKDAYS})|(?P<working>(?:working|business|work)[ -]?day|weekday)|(?P<week>week)|day){END}"
    rf"(?: (?:of|in)(?: the (?P<unit>month|quarter|year){END})?)"
)
def _nth(found: re.Match[str], today: date) -> Facts:
    """first monday of april, last working day of next month."""
    number = -1 if found["n"] == "last" else _day_number(found["n"])
    weekday = WEEKDAY_NAMES.index(found["weekday"][:3]) if found["weekday"] else None
    nth = Nth(number, weekday, working=bool(found["working"]), week=bool(found["week"]))
    unit = found["unit"]
    return Facts(
        nth=nth,
        year=today.year if unit else None,
        quarter=(today.month + 2) // 3 if unit == "quarter" else None,
        month=today.month if unit == "month" else None,
    )


@rule(rf"(?:the )?(?P<d>{_ORDINAL_WORDS}) of (?=(?:the )?(?:next|this|last) month)")
def _ordinal_word(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(day=ORDINALS[found["d"]])


@rule(r"(?:the )?(?P<d>\d{1,2})(?P<th>st|nd|rd|th)(?![a-z])(?: of (?=(?:the )?(?:next|this|last) month))?")
def _ordinal(found: re.Match[str], today: date) -> Facts | None:
    """the 15th; but not the 1st floor, the 2nd meeting: no other noun may follow."""
    del today
    if not 1 <= int(found["d"]) <= 31:
        return None
    following = _NOUN_AHEAD.match(found.string, found.end())
    return None if following else Facts(day=int(found["d"]), weak=not found.group().startswith("the"))


_NOUN_AHEAD = re.compile(
    r" (?!(?:at|on|in|of|to|by|and|or|before|after|next|this|last|noon|midnight|morning|afternoon|evening|around|about|"
    rf"from|until|with|for|please|pls|will|would|we|i|is|half|quarter|{WEEKDAYS}|{MONTHS})(?![a-z]))[a-z]"
)


# From now ------------------------------------------------------------------------------------------------------------

_LEAD = re.compile(r"(?:in|within|after)(?: (?:the next|another|about|around|roughly|approximately|say))? ?|another ")
_BETWEEN = re.compile(rf"(?P<first>\d{{1,3}}|{ENGLISH})(?: ?[-~] ?| to | or )(?=(?:\d|{ENGLISH}))")
_UNIT = re.compile(r"(?:(?:working|business|work)[ -]?)?[a-z]+$")
_TAIL = re.compile(r"(?:'s?)?(?P<tail> (?:later|from now|hence|time|ago|earlier))(?![a-z])")
_FROM = re.compile(
    rf" (?P<way>from|after|before) (?=[a-z\d])(?!now)|(?: on|(?<=week)|(?<=weeks)) (?=(?:{WEEKDAYS}){END})|"
    rf" (?=(?:today|{_TOMORROW}){END})"
)


def _from_now(plain: str, at: int, today: date) -> Piece | None:
    """in two weeks, 3 days from now, two hours ago, a week from friday; a length alone (for two hours) is none."""
    del today
    lead = _LEAD.match(plain, at)
    scanned = _span(plain, lead.end() if lead else at)
    if scanned is None:
        return None
    span, end = scanned
    tail = _TAIL.match(plain, end)
    origin = None if tail or lead else _FROM.match(plain, end)
    if not (lead or tail or origin):
        return None
    backwards = bool((tail and tail["tail"].strip() in ("ago", "earlier")) or (origin and origin["way"] == "before"))
    end = tail.end() if tail else origin.end() if origin else end
    if span.seconds and not origin:
        return Piece(Facts(later=span, backwards=backwards), end)
    return Piece(Facts(shift=span, backwards=backwards, from_there=origin is not None), end)


def _span(plain: str, at: int) -> tuple[Span, int] | None:
    """A span; of two numbers (2-3 weeks, two or three days) the first, with the unit of both."""
    between = _BETWEEN.match(plain, at)
    later = scan_span(plain, between.end()) if between else None
    if between is None or later is None:
        return scan_span(plain, at)
    unit = _UNIT.search(plain, between.end(), later[1])
    earlier = scan_span(f"{between['first']} {unit[0]}") if unit else None
    return (earlier[0], later[1]) if earlier else None


@rule(rf"(?:the )?(?P<which>next|last|previous|following) (?:working|business|work)[ -]?day{END}")
def _near_working_day(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(shift=Span(working_days=1), backwards=found["which"] in ("last", "previous"))


@rule(
    r"(?:the )?(?P<unit>week|month|(?:(?:first|next|last|1st) )?(?:(?P<working>working|business|work)[ -]?)?day)"
    rf" (?P<way>before|after) (?!{_TOMORROW}|yesterday|next)(?=[a-z\d])"
)
def _beside(found: re.Match[str], today: date) -> Facts:
    """the day after christmas, the week before 1 May, first working day after easter."""
    del today
    days = Span(working_days=1) if found["working"] else Span(days=7 if found["unit"] == "week" else 1)
    span = Span(months=1) if found["unit"] == "month" else days
    return Facts(shift=span, backwards=found["way"] == "before", from_there=True)


READERS: tuple[Reader, ...] = (
    _near_day,
    _near_day_week,
    _part_of_near_day,
    _weekday,
    _near_unit,
    _unit_after_next,
    _weekend,
    _month_day,
    _day_month,
    _year_month_day,
    _month,
    _near_named_month,
    _nth,
    _ordinal_word,
    _ordinal,
    _from_now,
    _near_working_day,
    _beside,
)
