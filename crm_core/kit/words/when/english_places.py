"""English pieces that say a place in a month or year: end of next month, EOQ, Q3, second half of April, christmas."""

import re
from datetime import date

from crm_core.kit.words.when import feasts
from crm_core.kit.words.when.english import END, MONTHS, ORDINALS, WEEKDAY_NAMES, WEEKDAYS
from crm_core.kit.words.when.facts import Edge, Facts, Reader, rule

_YEAR = r"(?:,? ?'?(?P<y>(?:19|20|21)\d\d)(?!\d|:))?"
_EDGES = {
    "end": Edge("end"),
    "beginning": Edge("start"),
    "start": Edge("start"),
    "middle": Edge("middle"),
    "early": Edge("first"),
    "mid": Edge("middle"),
    "late": Edge("third"),
    "eow": Edge("end", "week"),
    "eom": Edge("end", "month"),
    "eoq": Edge("end", "quarter"),
    "eoy": Edge("end", "year"),
    "month": Edge("end", "month"),
    "quarter": Edge("end", "quarter"),
    "year": Edge("end", "year"),
    "week": Edge("end", "week"),
}


@rule(
    rf"(?:the )?(?P<at>end|beginning|start|middle)(?: of)?[ -](?:the |this )?"
    rf"(?:(?P<unit>week|month|quarter|year){END}|(?P<y>(?:19|20|21)\d\d)(?! ?q?\d|:))?"
    rf"|(?P<part>early|mid|late)(?:[ -](?:in )?)(?:(?P<unit2>week|month|quarter|year){END})?|(?P<midweek>midweek){END}"
)
def _edge(found: re.Match[str], today: date) -> Facts:
    del today
    edge, unit = (
        _EDGES[found["at"] or found["part"] or "mid"],
        found["unit"] or found["unit2"] or ("week" if found["midweek"] else None),
    )
    if found["y"]:  # end of 2027
        return Facts(edge=edge, year=int(found["y"]))
    return Facts(edge=edge._replace(unit=_EDGES[unit].unit) if unit else edge)


@rule(rf"(?P<short>eow|eom|eoq|eoy){END}|(?P<unit>month|quarter|year)[ -]?end{END}{_YEAR}")
def _short_edge(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(edge=_EDGES[found["unit"] or found["short"]], year=int(found["y"]) if found["y"] else None)


@rule(r"(?P<y>(?:19|20|21)\d\d),? ?q(?P<q>[1-4])(?![a-z\d])")
def _year_quarter(found: re.Match[str], today: date) -> Facts:
    """2026 Q4."""
    del today
    return Facts(quarter=int(found["q"]), year=int(found["y"]), weak=True)


@rule(rf"(?:the )?(?:q(?P<q>[1-4])|(?P<nth>first|second|third|fourth) quarter){END}{_YEAR}")
def _quarter(found: re.Match[str], today: date) -> Facts:
    del today
    number = int(found["q"]) if found["q"] else ORDINALS[found["nth"]]
    return Facts(quarter=number, year=int(found["y"]) if found["y"] else None, weak=True)


@rule(rf"(?P<name>{feasts.ENGLISH}){END}{_YEAR}")
def _feast(found: re.Match[str], today: date) -> Facts | None:
    """christmas, national day; not a greeting."""
    del today
    if re.search(r"(?:happy|merry|blessed) $", found.string[max(0, found.start() - 8) : found.start()]):
        return None
    return Facts(feast=feasts.named(found["name"]), year=int(found["y"]) if found["y"] else None)


@rule(rf"(?:the )?(?:first |next |last )?(?P<day>{WEEKDAYS}) (?P<way>after|before) (?P<name>{feasts.ENGLISH}){END}")
def _weekday_beside_feast(found: re.Match[str], today: date) -> Facts | None:
    """the Monday after Easter."""
    del today
    feast, weekday = feasts.named(found["name"]), WEEKDAY_NAMES.index(found["day"][:3])
    return feast and Facts(feast=feasts.beside(feast, weekday, before=found["way"] == "before"))


@rule(
    rf"(?:the )?(?P<n>first|second|1st|2nd) half of (?:(?:the |this )(?P<unit>month|quarter|year){END}|"
    rf"(?=next |the |{MONTHS}|q[1-4]|20\d\d))"
)
def _half(found: re.Match[str], today: date) -> Facts:
    """second half of April."""
    del today
    edge = Edge("half" if found["n"] in ("second", "2nd") else "first")
    return Facts(edge=edge._replace(unit=_EDGES[found["unit"]].unit) if found["unit"] else edge)


READERS: tuple[Reader, ...] = (
    _edge,
    _short_edge,
    _quarter,
    _year_quarter,
    _feast,
    _weekday_beside_feast,
    _half,
)
