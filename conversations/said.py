"""The parts of a line's free text: names, what a label announces (联系人李芳), and what looks like a company."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from conversations.form import Field
from crm_core.kit.names import brand, without_form
from screens.catalogue import LANGUAGES, say

_ASCII_WORD = r"[!-+\--:<-~]+(?=[\s,，;；、]|$)"
_CHUNK = re.compile(
    rf"{_ASCII_WORD}(?: {_ASCII_WORD})*|[^\s,，;；、]+"
)  # English words go together, 王建国 深圳 are two
_FORM = re.compile(r"\b(?:ltd|limited|inc|llc|corp|gmbh|plc|co)\b\.?", re.IGNORECASE)
_COMPANY = re.compile(r"(?:公司|集团|厂|店|超市|商场|医院|学校|酒店|商行|工作室|中心|经营部)$")
_COMPANY_AHEAD = re.compile(r"[\u3400-\u9fff\w（）()]{2,}?(?:公司|集团)")
_TALK = re.compile(
    r"[谈聊催](?!判)|沟通|讨论|商量|交流|介绍|送样|看样|看了|签了|签合同|报价|了解|确认|演示|试用|对接|开会|吃饭"
)
_STOP = re.compile(r"[,，。;；:：!！?？\n]")
HAN: Final = re.compile(r"[\u3400-\u9fff]")
_TRADE = re.compile(r"五金|建材|家具|包装|印刷|塑胶|汽车|超市|酒店|医院|学校|集团|公司")
_SIGNS: Final = " :：,，"
_LONGEST_NAME: Final = 200
_UNSURE_WORDS: Final = 3


def chunks(text: str) -> Iterator[tuple[int, int]]:
    """Where the parts of a text stand: between signs, of Han words between spaces too; an English company ends with
    its form (Sunrise Foods Ltd John Smith are two).
    """
    for found in _CHUNK.finditer(text):
        form = _FORM.search(text, found.start() + 1, found.end())
        if form is None or form.end() == found.end():
            yield found.span()
            continue
        yield found.start(), form.end()
        rest = form.end() + len(text[form.end() : found.end()]) - len(text[form.end() : found.end()].lstrip())
        yield rest, found.end()


def _labels(one: Field) -> str:
    return "|".join(re.escape(say(one.label, language)) for language in LANGUAGES)


def labelled(one: Field, words: str) -> str | None:
    """What a label announces: 李芳 of 联系人：李芳. Without a colon it must also look like such a value."""
    found = re.match(
        rf"(?:{_labels(one)})(?P<sign>\s*[:：]|(?![a-z]))\s*(?P<value>.+)$", words, re.IGNORECASE | re.DOTALL
    )
    if found is None:
        return None
    value = found["value"].strip(_SIGNS)
    return value if value and (found["sign"] or one.kind.looks(value)) else None


def unlabelled(one: Field, text: str, start: int) -> int:
    """Where a value that was found begins together with its label (电话：, phone)."""
    found = re.search(rf"(?:{_labels(one)}|手机号?|tel\.?|mobile|mob)\s*[:：]?\s*$", text[:start], re.IGNORECASE)
    return found.start() if found else start


def company_end(text: str) -> int | None:
    """Where a company's full name at the head of Han words ends: 深圳市华宁电子有限公司谈了年框."""
    found = _COMPANY_AHEAD.match(text)
    return found.end() if found else None


def is_company(words: str) -> bool:
    """Whether the words end as a company's name does: 有限公司, Ltd, 超市."""
    if len(words) > _LONGEST_NAME:
        return False
    return without_form(words) != words or bool(_COMPANY.search(words)) or bool(re.search(rf"{_FORM.pattern}$", words))


def likely_name(
    text: str, spots: Sequence[tuple[int, int]], others: Sequence[Field]
) -> tuple[tuple[int, int] | None, bool]:
    """Which part is the name of the company, and whether that is sure: the first, unless it looks like another field's
    (a person, a place) and a later one like a company.
    """
    if not spots:
        return None, False
    first = text[slice(*spots[0])]
    claimed = [one for one in others if one.kind.looks(first)]
    if is_company(first) or not claimed:
        return spots[0], is_company(first) or not (first.isascii() and len(first.split()) > _UNSURE_WORDS)
    company = next((spot for spot in spots if is_company(text[slice(*spot)])), None)
    if company is not None:
        return company, True
    twice = any(one.kind.looks(text[slice(*spot)]) for one in claimed for spot in spots[1:])
    return spots[0], twice


def goes_on(rest: str, end: int, name: str) -> bool:
    """Whether the name seems to go on where a known one ends: 天成五金 is hardly the 天成机械 that we know."""
    more = rest[end : end + 2]
    if len(more) < 2 or not (HAN.match(more[0]) and HAN.match(more[1])) or more in name:
        return False
    return bool(_TRADE.fullmatch(more)) or brand(rest[:end] + more) == brand(rest[:end])


def first_name(rest: str) -> int:
    """Where an unknown name probably ends: at the first sign, of Han words at the first space or before 谈了 too."""
    if not HAN.search(rest):
        stop = _STOP.search(rest)
        return stop.start() if stop else len(rest)
    part = re.search(r"[^\s,，;；、。：:]+", rest)
    if part is None:
        return len(rest)
    if (company := company_end(part[0])) is not None:
        return part.start() + company
    talk = _TALK.search(rest, part.start() + 2, part.end())
    return talk.start() if talk else part.end()
