"""One of several: an enumeration of ours, or a dictionary of the company's playbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from conversations.kinds.base import NOT_A_CHOICE, Chip, Given, Kind, Spot, Tapped, typed
from crm_core.kit import textkeys
from crm_core.kit.errors import DomainError
from screens.catalogue import LANGUAGES, say
from screens.screen import N_, Msg, Words

if TYPE_CHECKING:
    from conversations.form import Facts


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
        said = {key: self.said(key, words, facts) for key, words in options}
        exact = [key for key, names in said.items() if text.casefold() in names or text == key]
        if exact:
            return exact[0]
        wanted = textkeys.query(text)
        near = [key for key, names in said.items() if wanted and wanted.matches(*names)]
        if len(near) == 1:
            return near[0]
        raise DomainError(NOT_A_CHOICE, value=text[:40])

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

    def chips(self, facts: Facts) -> tuple[Chip, ...]:
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
