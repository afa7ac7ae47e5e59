"""The verb that begins a line: 拜访, 打电话给, visited; what may stand before it, and words that only look like one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from conversations.form import Form, forms
from crm_core.kit.names import is_person

LONGEST: Final = 4_096  # a message

_SAYER = r"我们?|刚才|刚刚|刚|已经|又|去|\b(?:i|we)(?:'ve)?\b|\bjust\b|\bhave\b"
_LEAD = re.compile(rf"^(?:{_SAYER}|[\s,，:：])+|(?:{_SAYER}|[\s,，:：])+$", re.IGNORECASE)
_SIGNS = re.compile(r"^[^\w]+")
_WITH = re.compile(r"(?P<when>.*?)(?:去|到|在|给|跟|和|与)(?P<who>[^\s,，]{2,14})$", re.DOTALL)
_ASPECT = re.compile(r"^\s*[了过過完]+")
_OTHER_WORDS = re.compile(
    r"(?:记录|计划|报告|报表|名单|列表|清单|统计|次数|总结|纪要|结果|技巧|进度|进展|任务|提醒|目标|率|量|对象|"
    r"面[再就才时后]|不上|不到|不了|[^\w]*(?:reports?|plans?|logs?|lists?|notes?|history|records?|counts?)\s*$|"
    r"\s+(?:off|in sick|it a day)\b)",
    re.IGNORECASE,
)
_SIMPLIFIED: Final = str.maketrans("訪見電話發資談戶聯繫產紹給過", "访见电话发资谈户联系产绍给过")
_EVERYDAY: Final = frozenset({"saw", "met", "rang", "called", "见了", "谈判"})  # verbs of much else than customers
_NOBODY = re.compile(
    r"(?:it|that|this|him|her|them|me|you|us|nobody|no ?one|everyone|everybody|some|several|many|twice|once|a lot|lots|"
    r"waiting|later|again|\d{1,3} (?:people|persons|guys|customers|clients|visitors|men|women|times))(?![a-z])",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:[?？]|[吗么])\s*$")
_TO_DO = re.compile(r"^\W*(?:(?:i|we|you|they) )?needs?\s+(?:to|a|an|the|help|your?|more|some)\b", re.IGNORECASE)
_MOST_WORDS_OF_A_QUESTION = 3


@dataclass(frozen=True, slots=True)
class Begun:
    """A line's verb: the form it begins, the answers it implies, what stands before and behind it.

    With `named_before` the rest begins with the one whom the verb is about (昨天去华宁拜访了王总).
    """

    form: Form
    implied: Mapping[str, Any]
    lead: str
    rest: str
    named_before: bool = False
    verb: str = ""


@cache
def _verbs(_count: int) -> tuple[re.Pattern[str], dict[str, tuple[str, Mapping[str, Any]]]]:
    """All verbs as one pattern, longest first, with the form and implied answers of each."""
    known = {verb.casefold(): (form.key, implied) for form in forms().values() for verb, implied in form.verbs.items()}
    each = "|".join(_pattern(verb) for verb in sorted(known, key=len, reverse=True)) or r"(?!)"
    return re.compile(rf"^(?P<lead>.{{0,24}}?)(?P<verb>{each})(?P<rest>.*)$", re.IGNORECASE | re.DOTALL), known


def _pattern(verb: str) -> str:
    word = r"\s+".join(re.escape(part) for part in verb.split())
    return rf"(?<![a-z]){word}(?![a-z])" if verb.isascii() else word


def names_something(text: str) -> bool:
    """Whether there is more to a line than its verb: 拜访 alone only opens the form."""
    start = begun(text)
    return start is not None and bool(start.rest.strip())


def begun(text: str, *, alone: bool = True) -> Begun | None:
    """The verb at the beginning of a line; before it stand at most the time, the customer, and words like 我刚才.

    拜访记录, 谈判结果, visit report and short questions (拜访过华宁吗) are words to look for. Of two verbs in a row
    (新客户拜访) the second counts; `alone` is false when this is one.
    """
    pattern, known = _verbs(len(forms()))
    said = _SIGNS.sub("", text.strip()[:LONGEST])
    found = pattern.match(said.translate(_SIMPLIFIED))
    if found is None or _OTHER_WORDS.match(found["rest"]) or _is_question(text) or _TO_DO.match(text):
        return None
    key, implied = known[" ".join(found["verb"].casefold().split())]
    form, rest, lead = forms()[key], _ASPECT.sub("", said[found.start("rest") :]), said[: found.end("lead")]
    inner = pattern.match(rest)
    if alone and inner and not inner["lead"] and known[" ".join(inner["verb"].casefold().split())][0] != key:
        return begun(rest, alone=False)
    about = _WITH.fullmatch(lead.strip())
    if about is not None:
        told = f"{about['who']} {rest.strip()}"
        return Begun(form, implied, _LEAD.sub("", about["when"]), told, named_before=True, verb=found["verb"])
    lead = _LEAD.sub("", lead).strip()
    if lead and form.when_said is None:  # no time can stand before such a verb: 华宁谈了年框，下周三送样 is a visit
        return None
    return Begun(form, implied, lead, rest, verb=found["verb"])


def is_nobody(words: str) -> bool:
    """Whether the words stand for no one in particular: it, that, 3 people."""
    return bool(_NOBODY.fullmatch(words.strip()))


def says_something_else(verb: str, words: str, rest: str) -> bool:
    """Whether a verb, and what stands where a customer would but is none we know, are everyday words: saw blades,
    met 3 people, called it, 见了再说. A name has a capital, or a sign and a story behind it.
    """
    if _NOBODY.match(words):
        return True
    if verb.casefold() not in _EVERYDAY or re.search(r"[,，;；:：]", rest):
        return False
    if words.isascii():
        return words.casefold() == words and not re.search(r"\d", words)
    return not is_person(words) and len(rest.split()) == 1


def _is_question(text: str) -> bool:
    words = text.split()
    most = _MOST_WORDS_OF_A_QUESTION if text.isascii() else 1
    return bool(_ASKS.search(text)) and len(words) <= most and not re.search(r"[,，;；。]", text)
