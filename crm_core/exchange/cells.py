"""What one cell says: phones, days, amounts, words of the company. Never raises; what cannot be read is nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from crm_core.kit.phones import read_phone
from crm_core.kit.words.amounts import read_amount
from crm_core.kit.words.dates import read_moment
from crm_core.kit.words.durations import read_duration
from crm_core.kit.words.folding import fold
from crm_core.playbook.fields import CompanyField, Entry, FieldKind

MOBILE: Final = re.compile(r"1[3-9]\d{9}")
"""Written so, a number of mainland China is a valid mobile one: no need to ask further (a test holds it to that)."""
_BETWEEN: Final = re.compile(r"[/、,，;；|\n\t]+|\s{2,}|\s(?=1[3-9]\d{9}(?!\d))|(?<=\d)\s*[或和及]\s*(?=[\d+(])")
_GLUED: Final = re.compile(r"(1[3-9]\d{9})(?=1[3-9]\d{9})")
_PLAIN_NUMBER: Final = re.compile(r"[-+]?[\d,]*\d(?:\.\d+)?(?:[eE]\+?\d{1,2})?")
_SERIAL: Final = range(20_000, 80_000)  # Excel's days: 1954 to 2119
_EPOCH: Final = date(1899, 12, 30)
_ISO: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}.*)?")
_MOST_MONEY: Final = Decimal(10) ** 12
_NEAR_WORD: Final = 75
_YES: Final = frozenset(["是", "有", "对", "y", "yes", "true", "1", "√", "✓"])
_NO: Final = frozenset(["否", "无", "没有", "不", "n", "no", "false", "0", "×", "x"])
_LISTED: Final = re.compile(r"\s*[、,，;；/|\n]\s*")


def phones(cell: str) -> tuple[list[str], list[str]]:
    """The numbers of a cell, in E.164, each once; and what in it is none."""
    read: list[str] = []
    strange: list[str] = []
    if not cell:
        return read, strange
    for part in _BETWEEN.split(_GLUED.sub(r"\1/", fold(cell))):
        piece = part.strip()
        if not piece:
            continue
        number = phone(piece)
        if number is None:
            strange.append(piece)
        elif number not in read:
            read.append(number)
    if len(strange) > 1 and not read and (whole := phone(cell)) is not None:
        return [whole], []
    return read, strange


def phone(text: str) -> str | None:
    """One number, in E.164."""
    if MOBILE.fullmatch(text):
        return "+86" + text
    return read_phone(text.removesuffix(".0"))


def day(cell: str, now: datetime) -> date | None:
    """2026-03-18, 2026/3/18, 2026年3月18日, 46099 (as Excel counts), 下周三; in the zone of `now`."""
    plain = fold(cell).strip()
    try:
        if found := _ISO.fullmatch(plain):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if plain.isdigit() and len(plain) == 8:
            return date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
        if plain.removesuffix(".0").isdigit() and int(plain.removesuffix(".0")) in _SERIAL:
            return _EPOCH + timedelta(days=int(plain.removesuffix(".0")))
    except ValueError:
        return None
    if plain.isdigit() or len(plain) > 40:
        return None
    reading = read_moment(plain, now)
    if reading is None or reading.dayless:
        return None
    return reading.value.date() if isinstance(reading.value, datetime) else reading.value


def amount(cell: str) -> Decimal | None:
    """12800, 12,800.50, 1.2万, 三千块; below zero as it is."""
    plain = fold(cell).strip().removeprefix("¥").removeprefix("￥").removesuffix("元").strip()
    if _PLAIN_NUMBER.fullmatch(plain):
        try:
            value = Decimal(plain.replace(",", "")).quantize(Decimal("0.01"))
        except InvalidOperation:
            return None
        return value if abs(value) < _MOST_MONEY else None
    return read_amount(cell)


class Words:
    """The entries of a dictionary, found by key or title in either language; else by the nearest title."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._by_word = {_word(said): one.key for one in entries for said in (one.key, *one.title.values())}
        self._titles = {one.key: one.title for one in entries}
        self._near: dict[str, str | None] = {}

    def find(self, cell: str) -> tuple[str | None, bool]:
        """The key, and whether the cell says it in so many words."""
        word = _word(cell)
        if word in self._by_word:
            return self._by_word[word], True
        if word not in self._near:
            self._near[word] = self._nearest(word)
        return self._near[word], False

    def title(self, key: str, language: str) -> str:
        return self._titles[key]["zh" if language == "zh" else "en"]

    def _nearest(self, word: str) -> str | None:
        """The only one that the word is a part of, or that is part of it; else one spelt nearly so."""
        around = {key for said, key in self._by_word.items() if len(word) > 1 and (word in said or said in word)}
        if len(around) == 1:
            return around.pop()
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - as in `kit.names`

        found = process.extractOne(word, list(self._by_word), scorer=fuzz.ratio, score_cutoff=_NEAR_WORD)
        return self._by_word[found[0]] if found else None


@lru_cache(maxsize=2048)
def _word(cell: str) -> str:
    return "".join(fold(cell).split()).casefold()


def _own_text(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    return cell


def _own_integer(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    value = amount(cell)
    return int(value) if value is not None and value == value.to_integral_value() else None


def _own_money(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    value = amount(cell)
    return None if value is None else str(value)


def _own_percent(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    plain = fold(cell).strip()
    value = amount(plain.removesuffix("%"))
    return None if value is None else str(value.normalize() if plain.endswith("%") or value > 1 else value * 100)


def _own_choice(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    return _options(one).find(cell)[0]


def _own_several(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    keys = [_options(one).find(part)[0] for part in _LISTED.split(cell) if part]
    return None if None in keys else list(dict.fromkeys(keys))


def _own_day(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    value = day(cell, now)
    return value.isoformat() if value else None


def _own_moment(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    reading = read_moment(cell, now, prefer_future=False)
    return reading.value.isoformat() if reading and isinstance(reading.value, datetime) else None


def _own_duration(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    length = read_duration(cell)
    return int(length.total_seconds() // 60) if length else None


def _own_phone(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    return phone(fold(cell).strip())


def _own_truth(one: CompanyField, cell: str, now: datetime) -> Any:  # noqa: ARG001 - all of _OWN are called alike
    word = _word(cell)
    return True if word in _YES else False if word in _NO else None


@lru_cache(maxsize=64)
def _options_of(options: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> Words:
    return Words([Entry.model_validate({"key": key, "title": dict(title)}) for key, title in options])


def _options(one: CompanyField) -> Words:
    return _options_of(tuple((entry.key, tuple(entry.title.items())) for entry in one.options))


_OWN: Final[Mapping[FieldKind, Callable[[CompanyField, str, datetime], Any]]] = {
    FieldKind.TEXT: _own_text,
    FieldKind.LONG_TEXT: _own_text,
    FieldKind.INTEGER: _own_integer,
    FieldKind.MONEY: _own_money,
    FieldKind.PERCENT: _own_percent,
    FieldKind.CHOICE: _own_choice,
    FieldKind.SEVERAL: _own_several,
    FieldKind.DAY: _own_day,
    FieldKind.MOMENT: _own_moment,
    FieldKind.DURATION: _own_duration,
    FieldKind.PHONE: _own_phone,
    FieldKind.YES_NO: _own_truth,
}


def own(one: CompanyField, cell: str, now: datetime) -> Any:
    """The value of a field of the company's own as it is stored; None for what is not of its kind."""
    return _OWN[one.kind](one, cell, now)
