"""Pieces of English date phrases: next Wednesday, 15 March, in two weeks, end of next month, half past three."""

import re
from datetime import date, timedelta

from crm_core.kit.words.durations import Span, scan_span
from crm_core.kit.words.numbers import read_english
from crm_core.kit.words.when import feasts
from crm_core.kit.words.when.facts import REFUSED, Edge, Facts, Nth, Period, Piece, Reader, Refused, rule
from crm_core.kit.words.when.figures import clock_facts, full_date, month_and_day

_END = r"(?![a-z])"
_WEEKDAYS = r"mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday|ensday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ALSO_WORDS = ("sat", "sun", "wed")
_TENS = {"twent": 20, "thirt": 30}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        (
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth"
        ).split(),
        1,
    )
}
_ORDINALS.update({f"{word}ieth": value for word, value in _TENS.items()})
_ORDINALS.update(
    {f"{word}y-{one}": value + _ORDINALS[one] for word, value in _TENS.items() for one in list(_ORDINALS)[:9]}
)
_ORDINAL_WORDS = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL_WORDS})(?![a-z\d])"
_STEPS = {"next": 1, "following": 1, "coming": 1, "this": 0, "last": -1, "previous": -1, "past": -1}
_WHICH = r"next|this coming|this|coming|upcoming|last|past|previous|following"


def _day_number(text: str) -> int:
    return _ORDINALS.get(text) or int(re.sub(r"\D", "", text))


# Days --------------------------------------------------------------------------------------------------------------

_TOMORROW = "tomorrow|tommorow|tommorrow|tomorow|tmrw|tmr|tmw|tomo|2moro|2morrow"
_NEAR = {
    r"today|tdy|tday": 0,
    _TOMORROW: 1,
    rf"(?:the )?day after (?:{_TOMORROW})|overmorrow": 2,
    r"yesterday|yday": -1,
    r"(?:the )?day before yesterday": -2,
}


@rule("|".join(f"(?P<d{days + 2}>(?:{words}){_END})" for words, days in sorted(_NEAR.items(), key=lambda one: -abs(one[1]))))
def _near_day(found: re.Match[str], today: date) -> Facts:
    offset = next(days for days in _NEAR.values() if found[f"d{days + 2}"])
    return Facts(fixed=today + timedelta(days=offset))


@rule(rf"(?P<which>this (?P<part>morning|afternoon|evening)|tonight|tonite|last night){_END}")
def _part_of_near_day(found: re.Match[str], today: date) -> Facts:
    day = today - timedelta(days=1) if found["which"] == "last night" else today
    periods = {"morning": Period.MORNING, "afternoon": Period.AFTERNOON, "evening": Period.EVENING}
    return Facts(fixed=day, period=periods.get(found["part"] or "", Period.NIGHT))


@rule(rf"(?:the )?(?:(?P<which>{_WHICH}) )?(?P<day>{_WEEKDAYS})(?:\.(?=[ ,]|$))?{_END}(?P<week> week{_END})?")
def _weekday(found: re.Match[str], today: date) -> Facts:
    """friday is the coming one; next friday that of next week (the coming one beside it); last friday the latest past."""
    weekday = _WEEKDAY_NAMES.index(found["day"][:3])
    which = found["which"]
    coming = today + timedelta(days=(weekday - today.weekday()) % 7)
    if found["week"]:  # friday week
        return Facts(fixed=coming + timedelta(weeks=1))
    if which is None:
        return Facts(weekday=weekday, weak=found["day"] in _ALSO_WORDS)
    this_week = today + timedelta(days=weekday - today.weekday())
    if which in ("last", "past", "previous"):
        latest = today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
        return _fixed_with(latest, this_week - timedelta(weeks=1))
    if which in ("next", "following"):
        return _fixed_with(this_week + timedelta(weeks=1), coming if coming > today else None)
    return _fixed_with(coming, this_week)


def _fixed_with(day: date, other: date | None) -> Facts:
    return Facts(fixed=day, others=(other,) if other and other != day else ())


@rule(rf"(?:the )?(?P<which>next|this|last|coming|following|previous) (?P<unit>week(?!end)|weekend|month|quarter|year)(?:'?s)?{_END}")
def _near_unit(found: re.Match[str], today: date) -> Facts:
    return _unit(found["unit"], _STEPS[found["which"]], today)


@rule(rf"(?:the )?(?P<unit>week|month|quarter|year|weekend) after next{_END}")
def _unit_after_next(found: re.Match[str], today: date) -> Facts:
    return _unit(found["unit"], 2, today)


@rule(rf"(?:the )?weekend{_END}")
def _weekend(found: re.Match[str], today: date) -> Facts:
    del found, today
    return Facts(weekend=True)


def _unit(unit: str, steps: int, today: date) -> Facts:
    if unit.startswith("week"):
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

_YEAR = r"(?:,? ?'?(?P<y>(?:19|20|21)\d\d)(?!\d|:))?"


@rule(rf"(?P<m>{_MONTHS})\.? ?(?:the )?(?P<d>{_DAY})(?: ?(?:-|~|to) ?{_DAY}(?! ?(?:{_MONTHS}|am|pm|:)))?{_YEAR}")
def _month_day(found: re.Match[str], today: date) -> Facts | Refused:
    """march 20, apr 1st, mar 3-5, march 20, 2027."""
    del today
    return _dated(found)


@rule(rf"(?:the )?(?P<d>\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL_WORDS})(?: ?(?:-|~|to) ?{_DAY})? ?(?:of )?-?(?P<m>{_MONTHS}){_END}\.?-?{_YEAR}")
def _day_month(found: re.Match[str], today: date) -> Facts | Refused:
    """20 march, the first of april, 3-5 mar, 18 Mar 2026."""
    del today
    return _dated(found)


def _dated(found: re.Match[str]) -> Facts | Refused:
    month, day = _MONTH_NAMES.index(found["m"][:3]) + 1, _day_number(found["d"])
    if found["y"]:
        return full_date(int(found["y"]), month, day)
    return month_and_day(month, day) or REFUSED


@rule(rf"(?P<m>{_MONTHS})\.?{_END}(?!-?\d)(?: ?(?P<y>(?:19|20|21)\d\d)(?![\d:]))?")
def _month(found: re.Match[str], today: date) -> Facts:
    """A month alone may be a verb or a name (may, march, Jan): only with more, or where nothing else is said."""
    del today
    month = _MONTH_NAMES.index(found["m"][:3]) + 1
    return Facts(month=month, year=int(found["y"]) if found["y"] else None, weak=True)


@rule(rf"(?P<which>next|this|coming|last) (?P<m>{_MONTHS}){_END}(?! ?\d)")
def _near_named_month(found: re.Match[str], today: date) -> Facts:
    month = _MONTH_NAMES.index(found["m"][:3]) + 1
    if found["which"] == "last":
        return Facts(year=today.year - (month >= today.month), month=month)
    passed = month < today.month or (month == today.month and found["which"] != "this")
    return Facts(year=today.year + passed, month=month)


@rule(
    rf"(?:the )?(?P<n>first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th) "
    rf"(?:(?P<weekday>{_WEEKDAYS})|(?P<working>(?:working|business|work)[ -]?day|weekday)|day){_END}"
    rf"(?: (?:of|in)(?: the (?P<unit>month|year){_END})?)"
)
def _nth(found: re.Match[str], today: date) -> Facts:
    """first monday of april, last working day of next month."""
    number = -1 if found["n"] == "last" else _day_number(found["n"])
    weekday = _WEEKDAY_NAMES.index(found["weekday"][:3]) if found["weekday"] else None
    nth = Nth(number, weekday, working=bool(found["working"]))
    return Facts(nth=nth, year=today.year if found["unit"] else None, month=today.month if found["unit"] == "month" else None)


@rule(rf"(?:the )?(?P<d>{_ORDINAL_WORDS}) of (?=(?:the )?(?:next|this|last) month)")
def _ordinal_word(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(day=_ORDINALS[found["d"]])


@rule(r"(?:the )?(?P<d>\d{1,2})(?P<th>st|nd|rd|th)(?![a-z])(?: of (?=(?:the )?(?:next|this|last) month))?")
def _ordinal(found: re.Match[str], today: date) -> Facts | None:
    """the 15th; but not the 1st floor, the 2nd meeting: no other noun may follow."""
    del today
    if not 1 <= int(found["d"]) <= 31:
        return None
    following = _NOUN_AHEAD.match(found.string, found.end())
    return None if following else Facts(day=int(found["d"]), weak=not found.group().startswith("the"))


_NOUN_AHEAD = re.compile(
    r" (?!(?:at|on|in|of|to|by|and|or|before|after|next|this|last|noon|midnight|morning|afternoon|evening|around|about|from|"
    rf"until|with|for|please|pls|will|would|we|i|is|half|quarter|{_WEEKDAYS}|{_MONTHS})(?![a-z]))[a-z]"
)


# Edges ---------------------------------------------------------------------------------------------------------------

_ATS = {
    "end": "end",
    "beginning": "start",
    "start": "start",
    "middle": "middle",
    "early": "first",
    "mid": "middle",
    "late": "third",
}
_SHORT_EDGES = {"eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year"}


@rule(
    rf"(?:the )?(?P<at>end|beginning|start|middle)(?: of)? (?:the |this )?(?:(?P<unit>week|month|quarter|year){_END})?"
    rf"|(?P<part>early|mid|late)(?:[ -](?:in )?)(?:(?P<unit2>month|quarter|year){_END})?"
)
def _edge(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(edge=_made_edge(_ATS[found["at"] or found["part"]], found["unit"] or found["unit2"]))


@rule(rf"(?P<short>eow|eom|eoq|eoy){_END}|(?P<unit>month|quarter|year)[ -]?end{_END}")
def _short_edge(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(edge=_made_edge("end", found["unit"] or _SHORT_EDGES[found["short"]]))


def _made_edge(at: str, unit: str | None) -> Edge:
    edges = {"start": Edge("start"), "first": Edge("first"), "middle": Edge("middle"), "third": Edge("third")}
    edge = edges.get(at, Edge("end"))
    if unit == "week":
        return edge._replace(unit="week")
    if unit == "month":
        return edge._replace(unit="month")
    if unit == "quarter":
        return edge._replace(unit="quarter")
    return edge._replace(unit="year") if unit == "year" else edge


@rule(rf"(?:the )?(?:q(?P<q>[1-4])|(?P<nth>first|second|third|fourth) quarter){_END}{_YEAR}")
def _quarter(found: re.Match[str], today: date) -> Facts:
    del today
    number = int(found["q"]) if found["q"] else _ORDINALS[found["nth"]]
    return Facts(quarter=number, year=int(found["y"]) if found["y"] else None, weak=True)


@rule(rf"(?P<name>{feasts.ENGLISH}){_END}{_YEAR}")
def _feast(found: re.Match[str], today: date) -> Facts | None:
    """christmas, national day; not a greeting."""
    del today
    if re.search(r"(?:happy|merry|blessed) $", found.string[max(0, found.start() - 8) : found.start()]):
        return None
    return Facts(feast=feasts.named(found["name"]), year=int(found["y"]) if found["y"] else None)


# From now ------------------------------------------------------------------------------------------------------------

_LEAD = re.compile(r"(?:in|within|after)(?: (?:the next|another|about|around))? ?|another ")
_TAIL = re.compile(r"(?:'s?)?(?P<tail> (?:later|from now|hence|time|ago|earlier))(?![a-z])")
_FROM = re.compile(rf" (?P<way>from|after|before) (?=[a-z\d])(?!now)| on (?=(?:{_WEEKDAYS}){_END})| (?=(?:today|{_TOMORROW}){_END})")


def _from_now(plain: str, at: int, today: date) -> Piece | None:
    """in two weeks, 3 days from now, two hours ago, a week from friday; a length alone (for two hours) is none."""
    del today
    lead = _LEAD.match(plain, at)
    scanned = scan_span(plain, lead.end() if lead else at)
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


@rule(rf"(?:the )?(?P<which>next|last|previous|following) (?:working|business|work)[ -]?day{_END}")
def _near_working_day(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(shift=Span(working_days=1), backwards=found["which"] in ("last", "previous"))


@rule(rf"(?:the )?(?P<unit>day|week|month) (?P<way>before|after) (?!{_TOMORROW}|yesterday|next)(?=[a-z\d])")
def _beside(found: re.Match[str], today: date) -> Facts:
    """the day after christmas, the week before 1 May."""
    del today
    span = Span(months=1) if found["unit"] == "month" else Span(days=7 if found["unit"] == "week" else 1)
    return Facts(shift=span, backwards=found["way"] == "before", from_there=True)


# Time of day ----------------------------------------------------------------------------------------------------------


@rule(rf"(?P<in>(?:early |late )?(?:in|during) the |at )?(?P<part>morning|afternoon|evening|night|arvo){_END}")
def _period(found: re.Match[str], today: date) -> Facts:
    del today
    if found["part"] == "morning":
        return Facts(period=Period.GOOD_MORNING)
    periods = {"afternoon": Period.AFTERNOON, "evening": Period.EVENING, "arvo": Period.AFTERNOON}
    return Facts(period=periods.get(found["part"], Period.NIGHT), weak=True)


@rule(rf"(?:by )?(?:eod|cob|(?:the )?end of (?:the |business )?day|close of business){_END}")
def _end_of_day(found: re.Match[str], today: date) -> Facts:
    del found, today
    return Facts(period=Period.WHOLE_DAY)


_HOUR_WORDS = "twelve|eleven|ten|nine|eight|seven|six|five|four|three|two|one"
_HOUR = rf"(?:\d{{1,2}}|(?:{_HOUR_WORDS}))"
_HALF = r"(?: ?(?P<half>am|pm|a\.m\.?|p\.m\.?)(?![a-z]))"


def _hour(text: str) -> int:
    return int(text) if text.isdigit() else read_english(text) or 0


@rule(rf"(?P<word>{_HOUR_WORDS})(?: (?P<m>thirty|fifteen|forty-five|forty five))?{_HALF}|(?P<clock>{_HOUR}) ?o'?clock(?: ?(?P<half2>am|pm))?{_END}")
def _spoken(found: re.Match[str], today: date) -> Facts | Refused:
    """three pm, three thirty pm, 5 o'clock."""
    del today
    minute = read_english(found["m"]) if found["m"] else 0
    return clock_facts(_hour(found["word"] or found["clock"]), minute or 0, half=found["half"] or found["half2"])


@rule(rf"(?:at|@) ?(?P<h>{_HOUR})(?:[:.](?P<m>[0-5]\d))?(?![\d:%]|[.,-]\d|[a-z]| ?(?:am|pm|a\.m|p\.m|o'?clock|past|to |-|:))")
def _at_hour(found: re.Match[str], today: date) -> Facts | Refused | None:
    """at 5, at three; not at 3 companies, at 5 yuan."""
    del today
    if re.compile(r" ?[元块台家个万%¥$]").match(found.string, found.end()) or _NOUN_AFTER_HOUR.match(found.string, found.end()):
        return None
    return clock_facts(_hour(found["h"]), int(found["m"] or 0))


@rule(rf"(?:at )?(?P<h>{_HOUR}) (?=(?:in the (?:morning|afternoon|evening)|at night){_END})")
def _hour_in_period(found: re.Match[str], today: date) -> Facts | Refused:
    """7 in the evening."""
    del today
    return clock_facts(_hour(found["h"]))


_NOUN_AFTER_HOUR = re.compile(
    r" (?!(?:on|in|at|by|and|or|with|for|to|please|pls|sharp|today|tomorrow|tmr|tonight|next|this|the|about|ish|"
    rf"{_WEEKDAYS}|{_MONTHS})(?![a-z]))[a-z]"
)


@rule(
    rf"(?:at )?(?P<m>half|(?:a )?quarter|(?:five|ten|twenty|twenty[- ]five|[0-5]?\d)(?P<unit> min(?:ute)?s?)?) (?P<way>past|after|to|before|till) "
    rf"(?P<h>{_HOUR})(?![a-z\d:]){_HALF}?"
)
def _past_or_to(found: re.Match[str], today: date) -> Facts | Refused | None:
    """half past three, quarter to 4, ten past nine; 9 to 5 is a range, 2 after 3 nothing."""
    del today
    said, way = found["m"], found["way"]
    in_words = said in ("half", "quarter", "a quarter") or found["unit"]
    if not in_words and (said.isdigit() or way in ("after", "before", "till")) and not (said.isdigit() and way == "past"):
        return None
    words = {"half": 30, "quarter": 15, "a quarter": 15}
    number = said.removesuffix(found["unit"] or "")
    minutes = words.get(number) or (int(number) if number.isdigit() else read_english(number) or 0)
    hour = _hour(found["h"])
    if not 1 <= hour <= 24 or not 0 < minutes < 60:
        return REFUSED
    if way in ("past", "after"):
        return clock_facts(hour, minutes, half=found["half"])
    facts = clock_facts(hour, 0, half=found["half"])
    if isinstance(facts, Refused) or facts.clock is None:
        return REFUSED
    earlier = (facts.clock.hour - 1) % 24 or (12 if not facts.clock.sure else 0)
    return Facts(clock=facts.clock._replace(hour=earlier, minute=60 - minutes))


@rule(rf"(?:at )?(?P<name>noon|midday|midnight){_END}")
def _named_hour(found: re.Match[str], today: date) -> Facts | Refused:
    """noon is 12:00; midnight ends the day it is said of."""
    del today
    return clock_facts(24 if found["name"] == "midnight" else 12, sure=True)


@rule(r"(?P<half>am|pm)(?= ?\d{1,2}(?::\d\d|点| ?o'?clock))")
def _half_before(found: re.Match[str], today: date) -> Facts:
    """PM 3:00, am 10点."""
    del today
    return Facts(period=Period.MORNING if found["half"] == "am" else Period.SECOND_HALF)


READERS: tuple[Reader, ...] = (
    _near_day,
    _part_of_near_day,
    _weekday,
    _near_unit,
    _unit_after_next,
    _weekend,
    _month_day,
    _day_month,
    _month,
    _near_named_month,
    _nth,
    _ordinal_word,
    _ordinal,
    _edge,
    _short_edge,
    _quarter,
    _feast,
    _from_now,
    _near_working_day,
    _beside,
    _period,
    _end_of_day,
    _spoken,
    _at_hour,
    _hour_in_period,
    _past_or_to,
    _named_hour,
    _half_before,
)
