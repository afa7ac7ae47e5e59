"""Search keys: how a name is found by a part of it, its pinyin, its initials or the tail of its phone.

Every row stores one `text[]` under a GIN index, and every query is one containment, `keys @> :all_of`: one index
scan, whatever was typed. Three families share the array and need no prefixes, since their alphabets differ:

- two neighbouring Han characters (`华宁`), so that any part of a Chinese name of two characters or more is found;
- single Han characters (`宁`), for queries of one;
- letters and digits (`huan`, `hndz`, `abc`, `8000`): the first 2 to 8 letters of the pinyin from each syllable on,
  the same of the initials, word prefixes of Latin names, tails of phones of 4 to 11 digits; and the name's first
  letter alone (`h`), which serves an A-Z list.

The last share one family on purpose: `hn` may be initials, pinyin or a word, and a containment cannot say "or".

Keys only narrow: bigrams may stand apart, long pinyin is cut at 8 letters. The caller rechecks the rows with
`Query.matches`. An empty query has no keys, and every row contains no keys: check `if query:` first.

Measured on 100,000 made-up company names (Python 3.11, one core of a shared machine): 91 keys and 0.4 kB of text a
name on average, at most 240 keys; 0.2 ms to make the keys of one name, 0.1 ms to recheck one.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import chain
from typing import Any, NamedTuple

Keys = tuple[str, ...]

_LONGEST_NAME = 120
_LONGEST_QUERY = 60
_MOST_SPELLINGS = 120
_LETTERS = 8
_SHORTEST_TAIL, _LONGEST_TAIL = 4, 11
_ROUNDED = frozenset({"lv", "nv", "lve", "nve"})
_KEPT_LENGTHS = (2, 3, 4, 5, 6, 8)
_MOST_READINGS = 3

_HAN = "〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
_WORD_PART = re.compile(r"\d+|\D+")
_PHONE_LIKE = re.compile(r"\+?[\d\s()\-]+")
_LEGAL_TAIL = re.compile(r"(?:有限责任公司|有限公司|公司)$")

# Readings that a character takes as a surname; its usual reading stays searchable beside it.
_SURNAME_PAIRS = (
    "曾=zeng 单=shan 單=shan 仇=qiu 翟=zhai 查=zha 解=xie 区=ou 區=ou 朴=piao 盖=ge 蓋=ge 覃=qin 乐=yue 樂=yue "
    "员=yun 員=yun 黑=he 秘=bi 洗=xian 召=shao 繁=po 种=chong 隗=wei 能=nai 佴=nai 缪=miao 繆=miao 祭=zhai 折=she "
    "郇=xun 阚=kan 牟=mu 沈=shen 尉=wei 尉迟=yu'chi 尉遲=yu'chi 万俟=mo'qi 萬俟=mo'qi 单于=chan'yu 單于=chan'yu "
    "长孙=zhang'sun 長孫=zhang'sun 令狐=ling'hu 澹台=tan'tai 澹臺=tan'tai 鲜于=xian'yu 鮮于=xian'yu"
)
_SURNAMES = {
    surname: reading.split("'") for surname, _, reading in (pair.partition("=") for pair in _SURNAME_PAIRS.split())
}

# Characters whose other reading is alive in names and places. Dictionaries give thousands (圳 also quan, chou, huai),
# which would double the keys and find nothing that anyone looks for.
_TWO_VOICED = frozenset(
    "重长長行乐樂厦廈会會石车車单單都朝调調藏参參传傳弹彈度卡率曲曾解查区區朴翟缪仇盖覃万什任佛六夹宿尉叶盛柏泊堡埔塞"
    "圩校系角觉降量荷葛蔚薄秘种番洞杉枞蚌涡贾汤粘占色台"
)


@cache
def load() -> Any:
    """The reader of Han characters. Its dictionaries take 40 MB and 0.3 s, which not every process of ours has to
    spend: who hears people loads it before they speak, the clock and delivery only should they ever need it."""
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")  # they are for those who add words of their own
    from pypinyin import Style  # noqa: PLC0415
    from pypinyin.constants import PHRASES_DICT  # noqa: PLC0415
    from pypinyin.converter import DefaultConverter  # noqa: PLC0415
    from pypinyin.core import Pinyin  # noqa: PLC0415

    class Remembering(DefaultConverter):
        """Converts a character or phrase once: the same few thousand make up all names."""

        @lru_cache(maxsize=8192)  # noqa: B019 - there is one, for the whole program
        def convert(  # pyright: ignore[reportIncompatibleMethodOverride] - remembering is no other meaning
            self, words: str, style: Style, heteronym: bool, errors: Any, strict: bool, **rest: Any
        ) -> Any:
            return super().convert(words, style, heteronym, errors, strict, **rest)  # pyright: ignore[reportUnknownMemberType]

    # Each phrase comes with a list of its own for each of its characters: 140,000 where there are 1,249.
    shared: dict[tuple[str, ...], list[str]] = {}
    for readings in PHRASES_DICT.values():
        readings[:] = [shared.setdefault(tuple(one), one) for one in readings]
    reader: Any = Pinyin(Remembering())
    return partial(reader.pinyin, style=Style.NORMAL, heteronym=True)


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. Falsy when nothing searchable was typed: then do not search by `all_of`."""

    all_of: Keys
    terms: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.all_of)

    def within(self, prose: str) -> bool:
        """Whether each part typed stands in the text: Han characters anywhere, letters and digits from a word's start.

        For rows with `prose_keys`.
        """
        plain = _plain(prose)
        runs: list[str] = _RUN.findall(plain)
        return bool(self.terms) and all(
            term in plain if _IS_HAN.match(term) else any(run.startswith(term) for run in runs) for term in self.terms
        )

    def matches(self, *names: str, phones: Iterable[str] = ()) -> bool:
        """Whether each part typed is found in one of the names, or is the tail of one of the phones.

        Give every name and phone whose keys share the row's array (customer, short name, contacts).
        """
        if not self.terms:
            return False
        known = [_Name.of(name) for name in names]
        dialled = [_digits(phone) for phone in phones]
        begins = self.terms[0] if all(map(_is_lone, self.terms)) else None
        return all(
            any(name.has(term, at_start=term == begins) for name in known)
            or (_is_tail(term) and any(one.endswith(term) for one in dialled))
            for term in self.terms
        )


def keys(*names: str, phones: Iterable[str] = ()) -> Keys:
    """All keys of one row, from its names (short name, contacts) and phones: sorted, no doubles. Never raises."""
    found: set[str] = set()
    for name in names:
        found.update(_Name.of(name).keys())
    for phone in phones:
        digits = _digits(phone)
        found.update(digits[-length:] for length in range(_SHORTEST_TAIL, min(_LONGEST_TAIL, len(digits)) + 1))
    return tuple(sorted(found))


def prose_keys(text: str) -> Keys:
    """Keys of what somebody wrote (a visit's summary): its Han characters alone and in pairs, the starts of words.

    No pinyin: prose has too many syllables for it. Search with `query`, recheck with `Query.within`.
    """
    found: set[str] = set()
    for run in _RUN.findall(_plain(text)):
        if _IS_HAN.match(run):
            found.update(run)
            found.update(_bigrams(run))
        else:
            found.update(run[:length] for length in _lengths(run))
    return tuple(sorted(found))


def sort_key(name: str) -> str:
    """What names are put in order by, A-Z: the pinyin of Chinese ones, other words as they are; byte by byte."""
    spellings = _Name.of(name).spellings
    return spellings[0] if spellings else _plain(name[:_LONGEST_NAME])


def query(text: str) -> Query:
    """The query a person typed: parts divided by blanks or by script, each of which must be found. Never raises.

    One letter or digit among other parts (中建1局) has no key of its own: it is left to the recheck.
    """
    terms = tuple(dict.fromkeys(_terms(_plain(text[:_LONGEST_QUERY]))))
    keyed = [term for term in terms if not _is_lone(term)] or terms[:1]
    return Query(tuple(dict.fromkeys(chain.from_iterable(map(_wanted, keyed)))), terms)


def _terms(plain: str) -> list[str]:
    if _PHONE_LIKE.fullmatch(plain):
        digits = _digits(plain)
        return [digits[-_LONGEST_TAIL:]] if digits else []
    return _RUN.findall(plain)


def _wanted(term: str) -> list[str]:
    if _IS_HAN.match(term):
        return _bigrams(term) if len(term) > 1 else [term]
    return [term[: max(_lengths(term), default=1)]]


def _is_lone(term: str) -> bool:
    """One letter or digit: only a name's first one is a key."""
    return len(term) == 1 and not _IS_HAN.match(term)


def _lengths(spelt: str) -> Iterator[int]:
    """How long the beginnings of a spelling are that keys hold; numbers are kept as far as phone tails are."""
    kept = range(2, _LONGEST_TAIL + 1) if spelt[:_LETTERS].isdigit() else _KEPT_LENGTHS
    return (length for length in kept if length <= len(spelt))


def _plain(text: str) -> str:
    """Lower case, full-width made half, accents and apostrophes off: `Müller’s` is `mullers`."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(one for one in apart if not unicodedata.combining(one) and one not in "'’")
    return unicodedata.normalize("NFKC", bare).lower()


def _bigrams(han: str) -> list[str]:
    return [han[at : at + 2] for at in range(len(han) - 1)]


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isascii() and one.isdigit())


def _is_tail(term: str) -> bool:
    return len(term) >= _SHORTEST_TAIL and term.isascii() and term.isdigit()


@dataclass(frozen=True, slots=True)
class _Name:
    """A name taken apart: its runs of Han characters, and how it may be spelt in letters from each syllable on."""

    han: tuple[str, ...]
    spellings: tuple[str, ...]

    @staticmethod
    def of(name: str) -> "_Name":
        return _taken_apart(name[:_LONGEST_NAME])

    def has(self, term: str, *, at_start: bool = False) -> bool:
        """Whether the term is in it, from any syllable on or only `at_start`."""
        if _IS_HAN.match(term):
            return any(term in run for run in self.han)
        spellings = self.spellings[:1] if at_start else self.spellings
        return any(spelt.startswith(term) for spelt in spellings)

    def keys(self) -> Iterator[str]:
        for run in self.han:
            yield from run
            yield from _bigrams(run)
        if self.spellings:
            yield self.spellings[0][0]
        for spelt in self.spellings:
            for length in _lengths(spelt):
                yield spelt[:length]


@lru_cache(maxsize=512)
def _taken_apart(name: str) -> _Name:
    """Remembered for a while: a row's keys and its place from A to Z follow from the same name."""
    runs: list[str] = _RUN.findall(_plain(name))
    return _Name(tuple(_joined_han(runs)), _spellings(runs))


def _joined_han(runs: list[str]) -> Iterator[str]:
    """Runs of Han parted only by brackets or blanks are one: 华宁(深圳)电子 is found by 深圳电子."""
    joined = ""
    for run in runs:
        if _IS_HAN.match(run):
            joined += run
        elif joined:
            yield joined
            joined = ""
    if joined:
        yield joined


class _Unit(NamedTuple):
    """One Han character with its readings, the usual one first, or one word or number of another script."""

    readings: tuple[str, ...]
    short: str


def _spellings(runs: list[str]) -> tuple[str, ...]:
    """The name in letters from each syllable on: usual pinyin, initials (ABC电子: adz, abcdz), rarer readings."""
    units = [unit for run in runs for unit in _units(run, first=run is runs[0])]
    usual = [unit.readings[0] for unit in units]
    starts = range(len(units) - _legal_tail_length(runs))
    found: dict[str, None] = {}
    for parts in (usual, [one[0] for one in usual], [unit.short for unit in units]):
        found.update(dict.fromkeys("".join(parts[start:]) for start in starts))
    for start in starts:
        if len(found) >= _MOST_SPELLINGS:
            break
        found.update(dict.fromkeys(_rarer(units, usual, start)))
    return tuple(found)[:_MOST_SPELLINGS]


def _rarer(units: list[_Unit], usual: list[str], start: int) -> Iterator[str]:
    """Spellings with one syllable read otherwise, where that shows within the letters kept (or the initials)."""
    for at in range(start, min(start + _LETTERS, len(units))):
        head, tail = "".join(usual[start:at]), "".join(usual[at + 1 :])
        for reading in units[at].readings[1:]:
            if len(head) < _LETTERS:
                yield head + reading + tail
            if reading[0] != usual[at][0]:
                yield "".join(one[0] for one in (*usual[start:at], reading, *usual[at + 1 :]))


def _units(run: str, *, first: bool) -> Iterator[_Unit]:
    if not _IS_HAN.match(run):
        yield from (_Unit((word,), word) for word in _WORD_PART.findall(run))
        return
    readings = [_latin(tuple(one)) for one in load()(run)]
    surname = next((one for one in (run[:2], run[:1]) if one in _SURNAMES), "") if first else ""
    for at, found in enumerate(readings):
        family = _SURNAMES[surname][at : at + 1] if at < len(surname) else []
        most = _MOST_READINGS if (first and at == 0) or run[at] in _TWO_VOICED or found[0] in _ROUNDED else 1
        kept = tuple(dict.fromkeys([*family, *found]))[:most]
        yield _Unit(kept, kept[0][0])


@lru_cache(maxsize=4096)
def _latin(readings: tuple[str, ...]) -> list[str]:
    """Readings in plain letters; ü is typed v, u or (in passports) yu."""
    spread = [[one, one.replace("v", "u"), one.replace("v", "yu")] if "v" in one else [one] for one in readings]
    return [one for one in chain.from_iterable(spread) if one]


def _legal_tail_length(runs: list[str]) -> int:
    """How many characters of 有限公司 and the like end the name: nobody looks a company up by `youxian`."""
    tail = _LEGAL_TAIL.search(runs[-1]) if runs else None
    return len(tail.group()) if tail and len(runs) + tail.start() > 1 else 0
