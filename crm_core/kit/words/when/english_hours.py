"""English pieces that say a time of day: three pm, at 5, half past nine, in the evening, noon, close of business."""

import re
from dataclasses import replace
from datetime import date

from crm_core.kit.words.numbers import read_english
from crm_core.kit.words.when.english import END, MONTHS, WEEKDAYS
from crm_core.kit.words.when.facts import REFUSED, Facts, Period, Reader, Refused, rule
from crm_core.kit.words.when.figures import clock_facts


@rule(rf"(?P<in>(?:early |late )?(?:in|during) the |at )?(?P<part>morning|afternoon|evening|night|arvo){END}")
def _period(found: re.Match[str], today: date) -> Facts:
    del today
    if found["part"] == "morning":
        return Facts(period=Period.GOOD_MORNING)
    periods = {"afternoon": Period.AFTERNOON, "evening": Period.EVENING, "arvo": Period.AFTERNOON}
    return Facts(period=periods.get(found["part"], Period.NIGHT), weak=True)


@rule(rf"(?:by )?(?:eod|cob|eob|(?:the )?end of (?:the |business )?day|close of business){END}")
def _end_of_day(found: re.Match[str], today: date) -> Facts:
    del found, today
    return Facts(period=Period.WHOLE_DAY)


_HOUR_WORDS = "twelve|eleven|ten|nine|eight|seven|six|five|four|three|two|one"
_HOUR = rf"(?:\d{{1,2}}|(?:{_HOUR_WORDS}))"
_HALF = r"(?: ?(?P<half>am|pm|a\.m\.?|p\.m\.?)(?![a-z]))"


def _hour(text: str) -> int:
    return int(text) if text.isdigit() else read_english(text) or 0


@rule(
    rf"(?P<word>{_HOUR_WORDS})(?: (?P<m>thirty|fifteen|forty[- ]five))?{_HALF}|"
    rf"(?P<clock>{_HOUR}) ?o[' ]?clock(?: ?(?P<half2>am|pm))?{END}"
)
def _spoken(found: re.Match[str], today: date) -> Facts | Refused:
    """three pm, three thirty pm, 5 o'clock."""
    del today
    minute = read_english(found["m"]) if found["m"] else 0
    return clock_facts(_hour(found["word"] or found["clock"]), minute or 0, half=found["half"] or found["half2"])


@rule(rf"(?P<h>{_HOUR_WORDS}) (?P<m>thirty|fifteen|forty[- ]five){END}(?! ?(?:am|pm))")
def _words_alone(found: re.Match[str], today: date) -> Facts | Refused | None:
    """friday, two thirty; with no day it may be a count."""
    del today
    if _NOUN_AFTER_HOUR.match(found.string, found.end()):
        return None
    facts = clock_facts(_hour(found["h"]), read_english(found["m"]) or 0)
    return facts if isinstance(facts, Refused) else replace(facts, weak=True)


@rule(rf"(?:at )?half (?P<h>{_HOUR})(?![a-z\d:%/])")
def _half_hour(found: re.Match[str], today: date) -> Facts | Refused | None:
    """half two is 2:30, as they say in Britain."""
    del today
    hour = _hour(found["h"])
    if not 1 <= hour <= 12 or _NOUN_AFTER_HOUR.match(found.string, found.end()):
        return None
    facts = clock_facts(hour, 30)
    return facts if isinstance(facts, Refused) else replace(facts, weak=not found.group().startswith("at"))


@rule(rf"(?:after|before|by|from|until|till|around|about|at about|at around) (?P<h>{_HOUR})(?=$|[ ,.?!](?!\d))")
def _hour_beside_day(found: re.Match[str], today: date) -> Facts | Refused | None:
    """tonight after 8, before 10 tomorrow; with no day it may be a count."""
    del today
    if _NOUN_AFTER_HOUR.match(found.string, found.end()) or not 1 <= _hour(found["h"]) <= 12:
        return None
    facts = clock_facts(_hour(found["h"]))
    return facts if isinstance(facts, Refused) else replace(facts, weak=True)


@rule(
    rf"(?:at|@) ?(?P<h>{_HOUR})(?:[:.](?P<m>[0-5]\d))?"
    r"(?![\d:%]|[.,-]\d|[a-z]| ?(?:am|pm|a\.m|p\.m|o[' ]?clock|past|to |-|:|[元块台家个万%¥$]))"
)
def _at_hour(found: re.Match[str], today: date) -> Facts | Refused | None:
    """at 5, at three; not at 3 companies, at 5 yuan."""
    del today
    if _NOUN_AFTER_HOUR.match(found.string, found.end()):
        return None
    return clock_facts(_hour(found["h"]), int(found["m"] or 0))


@rule(rf"(?P<at>at |around |about )?(?P<h>{_HOUR})(?:[:.](?P<m>[0-5]\d))?(?: ?(?P<half>am|pm))? ?-?ish{END}")
def _about_hour(found: re.Match[str], today: date) -> Facts | Refused | None:
    """fri 3ish, around 3:30ish, 3pm-ish."""
    del today
    facts = clock_facts(_hour(found["h"]), int(found["m"] or 0), half=found["half"])
    if isinstance(facts, Refused) or _NOUN_AFTER_HOUR.match(found.string, found.end()):
        return None
    return replace(facts, weak=not (found["at"] or found["half"]))


@rule(r"(?<=tonight )(?P<h>\d{1,2})(?=$|[ ,.](?!\d))")
def _hour_tonight(found: re.Match[str], today: date) -> Facts | Refused | None:
    """tonight 8."""
    del today
    return None if _NOUN_AFTER_HOUR.match(found.string, found.end()) else clock_facts(int(found["h"]))


@rule(rf"(?:at )?(?P<h>{_HOUR}) (?=(?:in the (?:morning|afternoon|evening)|at night){END})")
def _hour_in_period(found: re.Match[str], today: date) -> Facts | Refused:
    """7 in the evening."""
    del today
    return clock_facts(_hour(found["h"]))


_NOUN_AFTER_HOUR = re.compile(
    r" (?!(?:on|in|at|by|and|or|with|for|to|please|pls|sharp|today|tomorrow|tmr|tonight|next|this|the|about|ish|"
    rf"{WEEKDAYS}|{MONTHS})(?![a-z]))[a-z]"
)


@rule(
    r"(?:at )?(?P<m>half|(?:a )?quarter|(?:five|ten|twenty|twenty[- ]five|[0-5]?\d)(?P<unit> min(?:ute)?s?)?) "
    rf"(?P<way>past|after|to|before|till) (?P<h>{_HOUR})(?![a-z\d:]| (?:odds|ratio|chance)){_HALF}?"
)
def _past_or_to(found: re.Match[str], today: date) -> Facts | Refused | None:
    """half past three, quarter to 4, ten past nine; 9 to 5 is a range, 2 after 3 nothing."""
    del today
    said, way = found["m"], found["way"]
    plainly = said in _PARTS_OF_HOUR or found["unit"] or way == "past" or (way == "to" and not said.isdigit())
    if not plainly:
        return None
    minutes = _PARTS_OF_HOUR.get(said) or _hour(said.removesuffix(found["unit"] or ""))
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


_PARTS_OF_HOUR = {"half": 30, "quarter": 15, "a quarter": 15}


@rule(rf"(?:at )?(?P<name>noon|midday|midnight)(?:-?ish)?{END}")
def _named_hour(found: re.Match[str], today: date) -> Facts | Refused:
    """noon is 12:00; midnight ends the day it is said of."""
    del today
    return clock_facts(24 if found["name"] == "midnight" else 12, sure=True)


@rule(r"(?P<half>am|pm)(?= ?\d{1,2}(?::\d\d|点| ?o[' ]?clock))")
def _half_before(found: re.Match[str], today: date) -> Facts:
    """PM 3:00, am 10点."""
    del today
    return Facts(period=Period.MORNING if found["half"] == "am" else Period.SECOND_HALF)


READERS: tuple[Reader, ...] = (
    _period,
    _end_of_day,
    _spoken,
    _words_alone,
    _half_hour,
    _hour_beside_day,
    _at_hour,
    _about_hour,
    _hour_tonight,
    _hour_in_period,
    _past_or_to,
    _named_hour,
    _half_before,
)
