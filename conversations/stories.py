"""Sentences: what somebody tells of a visit, as against a name or words to look for."""

import re
from typing import Final

from conversations.said import HAN, is_company

_CLAUSE: Final = re.compile(r"[，。；！\n]+|[,;!.]\s+|[.!]$")
_WORD: Final = re.compile(r"[A-Za-z']+")
_ASKS: Final = re.compile(r"(?:[?？]|[吗么呢])\s*$")
_HAPPENED: Final = re.compile(r"[了过]")
_CLAUSES_HAN, _CLAUSES_WORDS = 6, 4  # the shortest tale of several clauses
_ONE_HAN, _ONE_WORDS = 10, 6  # the shortest of one
_MORE_HAN, _MORE_WORDS = 4, 3  # what is worth adding to a tale


def is_story(text: str) -> bool:
    """Whether the text tells something: 看了样机，客户满意，月底下单. A question and a company's name do not."""
    text = text.strip()
    if _ASKS.search(text) or is_company(text):
        return False
    han, words = _length(text)
    if sum(bool(part.strip()) for part in _CLAUSE.split(text)) > 1:
        return han >= _CLAUSES_HAN or words >= _CLAUSES_WORDS
    return (han >= _ONE_HAN and bool(_HAPPENED.search(text))) or (not han and words >= _ONE_WORDS)


def goes_on(text: str) -> bool:
    """Whether the text may be more of a tale: 他们还要看样品. 好的 and a question are not."""
    han, words = _length(text)
    return not _ASKS.search(text) and (han >= _MORE_HAN or words >= _MORE_WORDS)


def _length(text: str) -> tuple[int, int]:
    """Characters of Chinese, words of English."""
    return len(HAN.findall(text)), len(_WORD.findall(text))
