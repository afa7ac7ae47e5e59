"""One of several, or several of them: an enumeration of ours, or a dictionary of the playbook; and yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final

from conversations.kinds.base import NOT_A_CHOICE, Chip, Given, Kind, Spot, Tapped, Typed, typed
from crm_core.kit import textkeys
from crm_core.kit.errors import DomainError, declare
from crm_core.kit.words.folding import fold
from crm_core.playbook.fields import Entry as Titles
from screens.catalogue import LANGUAGES, say
from screens.screen import N_, Msg, Titled, Words

if TYPE_CHECKING:
    from conversations.form import Facts

NOT_YES_OR_NO = declare("form.not_yes_or_no", "value")

_ALL: Final = "*"  # the argument of the chip that chooses everything
_ALL_SAID: Final = frozenset(["全部", "全选", "所有", "都要", "都是", "全都要", "all", "everything"])
_BETWEEN: Final = re.compile(r"\s*(?:[、,，;；/&+\n]|和|与|及|\band\b)\s*", re.IGNORECASE)
_MOST_SAID: Final = 60
_YES: Final = frozenset(
    [
        "是",
        "是的",
        "对",
        "对的",
        "有",
        "有的",
        "要",
        "好",
        "好的",
        "行",
        "可以",
        "嗯",
        "yes",
        "y",
        "yeah",
        "yep",
        "ok",
        "sure",
        "true",
    ]
)
_NO: Final = frozenset(
    [
        "否",
        "不",
        "不是",
        "不对",
        "没",
        "没有",
        "无",
        "不要",
        "不用",
        "不行",
        "不可以",
        "no",
        "n",
        "nope",
        "none",
        "false",
    ]
)


class Listed(Kind[str]):
    """Options with a key and words. Typing finds one too: its words, a part of them, pinyin, initials."""

    hint: ClassVar[Msg] = N_("Tap one, or type it.")
    repeats: ClassVar[bool] = True

    def options(self, facts: Facts) -> tuple[tuple[str, Words], ...]:
        raise NotImplementedError

    def read(self, given: Given, facts: Facts, before: str | None = None) -> str:
        options = self.options(facts)
        if isinstance(given, Tapped):
            if any(key == given.arg for key, _ in options):
                return given.arg
            raise DomainError(NOT_A_CHOICE, value=given.arg[:40])
        text = typed(given)
        exact = self.named(text, facts)
        if exact is not None:
            return exact
        wanted = textkeys.query(text)
        near = [key for key, words in options if wanted and wanted.matches(*self.said(key, words, facts))]
        if len(near) == 1:
            return near[0]
        raise DomainError(NOT_A_CHOICE, value=text[:40])

    def named(self, text: str, facts: Facts) -> str | None:
        """The option of exactly this name."""
        for key, words in self.options(facts):
            if text == key or text.casefold() in self.said(key, words, facts):
                return key
        return None

    def said(self, key: str, words: Words, facts: Facts) -> list[str]:
        """What people may call the option, whatever language they read."""
        return [say(words, language).casefold() for language in LANGUAGES]

    def spot(self, line: str, facts: Facts) -> Spot[str] | None:
        """The option whose own words stand in the line; the longest such words count."""
        plain = line.casefold()
        said = ((key, name) for key, words in self.options(facts) for name in self.said(key, words, facts))
        there = [(len(name), key, at) for key, name in said if len(name) > 1 and (at := _word_at(plain, name)) >= 0]
        if not there:
            return None
        length, key, at = max(there)
        return Spot(key, at, at + length)

    def load(self, stored: Any) -> str:
        if not isinstance(stored, str):
            raise TypeError
        return stored

    def show(self, value: str, facts: Facts) -> Words:
        return next((words for key, words in self.options(facts) if key == value), value)

    def write(self, value: str, facts: Facts) -> str:
        return say(self.show(value, facts), facts.language)

    def chips(self, facts: Facts, held: str | None = None) -> tuple[Chip, ...]:
        return tuple(Chip(words, key) for key, words in self.options(facts))


def _word_at(line: str, name: str) -> int:
    """Where a name stands in a line, Latin ones as whole words; -1 if nowhere."""
    edge = r"\b" if name.isascii() else ""
    found = re.search(f"{edge}{re.escape(name)}{edge}", line)
    return found.start() if found else -1


@dataclass(frozen=True)
class Choice(Listed):
    """A member of an enumeration of ours, with the words for each."""

    members: type[StrEnum]
    words: dict[Any, Msg]

    def options(self, facts: Facts) -> tuple[tuple[str, Words], ...]:
        return tuple((member.value, self.words[member]) for member in self.members)

    def load(self, stored: Any) -> str:
        return self.members(stored).value

    def value(self, answer: str) -> StrEnum:
        return self.members(answer)


@dataclass(frozen=True)
class Entry(Listed):
    """An entry of a dictionary of the playbook; both its titles find it."""

    dictionary: str

    def options(self, facts: Facts) -> tuple[tuple[str, Words], ...]:
        language = "zh" if facts.language == "zh" else "en"
        return tuple((entry.key, entry.title[language]) for entry in facts.book.entries(self.dictionary))

    def said(self, key: str, words: Words, facts: Facts) -> list[str]:
        entry = next(entry for entry in facts.book.entries(self.dictionary) if entry.key == key)
        return [title.casefold() for title in entry.title.values()]


@dataclass(frozen=True)
class OneOf(Listed):
    """One of the options of a field of the company's own; both titles find it."""

    entries: tuple[Titles, ...]

    def options(self, facts: Facts) -> tuple[tuple[str, Words], ...]:
        return tuple((entry.key, Titled(entry.title)) for entry in self.entries)

    def said(self, key: str, words: Words, facts: Facts) -> list[str]:
        return [title.casefold() for entry in self.entries if entry.key == key for title in entry.title.values()]


@dataclass(frozen=True)
class Several(Kind[tuple[str, ...]]):
    """Several of the options of a Choice or Entry: chips toggle, what is typed (电话、上门, all) is added.

    Kept in the order of the options; one that the playbook dropped stands last, under its key.
    """

    of: Listed
    stays: ClassVar[bool] = True
    hint: ClassVar[Msg] = N_("Tap all that apply, or type them with commas between.")

    def read(self, given: Given, facts: Facts, before: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The chosen ones; none left is an empty tuple, which counts as no answer."""
        known = [key for key, _ in self.of.options(facts)]
        chosen: set[str] = set(before or ())
        if isinstance(given, Tapped) and given.arg == _ALL:
            chosen = chosen.difference(known) if chosen.issuperset(known) else chosen.union(known)
        elif isinstance(given, Tapped):
            chosen ^= {self.of.read(given, facts)}
        else:
            chosen |= self._said(typed(given), facts)
        return tuple([key for key in known if key in chosen] + sorted(chosen - set(known)))

    def _said(self, text: str, facts: Facts) -> set[str]:
        """The options a text names. Names may hold commas themselves: the longest exact name goes first."""
        if text.casefold() in _ALL_SAID:
            return {key for key, _ in self.of.options(facts)}
        edges = [found.span() for found in _BETWEEN.finditer(text)][:_MOST_SAID]
        starts, ends = [0, *(end for _, end in edges)], [*(start for start, _ in edges), len(text)]
        chosen: set[str] = set()
        at = 0
        while at < len(starts):
            named = ((self.of.named(text[starts[at] : end], facts), to) for to, end in enumerate(ends) if to >= at)
            key, last = max(((key, to) for key, to in named if key), key=lambda one: one[1], default=(None, at))
            part = text[starts[at] : ends[at]]
            if key is not None:
                chosen.add(key)
            elif part:  # 电话、 is one, with a comma behind it
                chosen.add(self.of.read(Typed(part), facts))
            at = last + 1
        if not chosen:
            raise DomainError(NOT_A_CHOICE, value=text[:40])
        return chosen

    def write(self, value: tuple[str, ...], facts: Facts) -> str:
        return ("、" if facts.language == "zh" else ", ").join(self.of.write(key, facts) for key in value)

    def dump(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def load(self, stored: Any) -> tuple[str, ...]:
        if not isinstance(stored, list):
            raise TypeError
        kept: list[str] = []
        for one in stored:  # pyright: ignore[reportUnknownVariableType]
            try:
                kept.append(self.of.load(one))
            except (ValueError, TypeError):
                continue  # of the others nothing is lost
        if not kept:
            raise ValueError
        return tuple(dict.fromkeys(kept))

    def value(self, answer: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(self.of.value(key) for key in answer)

    def chips(self, facts: Facts, held: tuple[str, ...] | None = None) -> tuple[Chip, ...]:
        chosen = held or ()
        return tuple(
            Chip(f"☑ {said}" if key in chosen else said, key)
            for key, words in self.of.options(facts)
            for said in (say(words, facts.language),)
        )

    def tools(self, facts: Facts, held: tuple[str, ...] | None = None) -> tuple[Chip, ...]:
        chosen = {key for key, _ in self.of.options(facts)} <= set(held or ())
        return (Chip(N_("None of them") if chosen else N_("All of them"), _ALL),)


@dataclass(frozen=True)
class YesNo(Kind[bool]):
    """Yes or no, by chip or in the words people use."""

    hint: ClassVar[Msg] = N_("Tap one, or type yes or no.")
    words: ClassVar[dict[bool, Msg]] = {True: N_("Yes"), False: N_("No")}

    def read(self, given: Given, facts: Facts, before: bool | None = None) -> bool:
        text = given.arg if isinstance(given, Tapped) else typed(given)
        said = fold(text[:40]).strip(" .!~,")
        if said in _YES or said in _NO:
            return said in _YES
        raise DomainError(NOT_YES_OR_NO, value=text[:40])

    def write(self, value: bool, facts: Facts) -> str:
        return say(self.words[value], facts.language)

    def load(self, stored: Any) -> bool:
        if not isinstance(stored, bool):
            raise TypeError
        return stored

    def chips(self, facts: Facts, held: bool | None = None) -> tuple[Chip, ...]:
        return Chip(self.words[True], "yes"), Chip(self.words[False], "no")
