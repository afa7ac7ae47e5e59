"""One-line entry: 拜访 华宁 王总 谈了年框，下周三送样 fills a form at once, with what is unsure marked.

Nothing here is written for a form: forms declare verbs, and fields that may be read `from_line`. References are found
at the head of the line, days, amounts, phones and choices wherever they stand, free text is what remains.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from conversations.driver import Scene, facts_of, whole
from conversations.engine import DOUBTS, SAID, State
from conversations.form import Facts, Field, Form, forms
from conversations.kinds.base import Typed
from conversations.kinds.reference import Picked, Ref
from crm_core.kit.errors import DomainError
from crm_core.kit.words.dates import read_moment
from crm_core.org.rights import may

LINE: Final = ""  # among the answers of a message: it was a whole line

_LONGEST = 1_500
_MOST_WORDS, _MOST_HAN = 4, 14
_SAYER = r"我们?|刚才|刚刚|刚|已经|又|去|\b(?:i|we)(?:'ve)?\b|\bjust\b|\bhave\b"
_LEAD = re.compile(rf"^(?:{_SAYER}|[\s,，:：])+|[\s,，:：]+$", re.IGNORECASE)
_ASPECT = re.compile(r"^\s*[了过]+")
_GLUE = re.compile(r"^(?:[\s,，。.;；:：、]|(?:the|at|with|to|from)\s)+", re.IGNORECASE)
_CHUNK = re.compile(r"[^\s,，;；、]+")
_STOP = re.compile(r"[,，。;；:：!！?？\n]")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says. `words` name a record that several or none answer to: the form is to search for them."""

    form: Form
    answers: dict[str, Any]
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A line's verb: the form it begins, the answers it implies, what stands before and behind it."""

    form: Form
    implied: Mapping[str, Any]
    lead: str
    rest: str


@cache
def _verbs(_count: int) -> tuple[re.Pattern[str], dict[str, tuple[str, Mapping[str, Any]]]]:
    """All verbs as one pattern, longest first, with the form and implied answers of each."""
    known = {verb.casefold(): (form.key, implied) for form in forms().values() for verb, implied in form.verbs.items()}
    each = "|".join(_pattern(verb) for verb in sorted(known, key=len, reverse=True)) or r"(?!)"
    return re.compile(rf"^(?P<lead>.{{0,24}}?)(?P<verb>{each})(?P<rest>.*)$", re.IGNORECASE | re.DOTALL), known


def _pattern(verb: str) -> str:
    word = r"\s+".join(re.escape(part) for part in verb.split())
    return rf"(?<![a-z]){word}(?![a-z])" if verb.isascii() else word


def begun(text: str) -> Begun | None:
    """The verb at the beginning of a line; before it stand at most the time, and words like 我刚才."""
    pattern, known = _verbs(len(forms()))
    found = pattern.match(text.strip()[:_LONGEST])
    if found is None:
        return None
    key, implied = known[" ".join(found["verb"].casefold().split())]
    return Begun(forms()[key], implied, _LEAD.sub("", found["lead"]).strip(), found["rest"])


async def read(scene: Scene, text: str, message_id: int | None = None, form: Form | None = None) -> Line | None:
    """The line as a form's answers; None for what begins with no verb, or one that is not the person's to use.

    With a `form` the line needs no verb. The time before the verb must be one that the form can take.
    """
    start = begun(text)
    if start is None and form is not None:
        start = Begun(form, {}, "", text.strip()[:_LONGEST])
    if start is None or not may(scene.actor, start.form.permission):
        return None
    reader = _Reader(scene, start.form, await facts_of(scene), dict(start.implied))
    if start.lead and not reader.time(start.lead):
        return None
    await reader.references(start.rest)
    reader.form = await whole(scene, start.form, State(dict(reader.answers)))
    reader.values()
    reader.texts()
    return reader.line(message_id)


@dataclass(slots=True)
class _Reader:
    """Reads one line into one form."""

    scene: Scene
    form: Form
    facts: Facts
    answers: dict[str, Any]
    doubts: list[str] = field(default_factory=list[str])
    rest: str = ""
    words: str | None = None
    taken: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # spans that fields have read
    gone: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # those that leave the free text

    def time(self, lead: str) -> bool:
        """When it happened stands before the verb: 昨天下午拜访…"""
        told = self.form.field(self.form.when_said) if self.form.when_said else None
        reading = read_moment(lead, self.facts.local_now, prefer_future=False)
        if told is None or reading is None or lead[: reading.span[0]].strip() or lead[reading.span[1] :].strip():
            return False
        try:
            value = told.kind.read(Typed(lead), self.facts)
        except DomainError:
            return False
        self._take(told, value, sure=not reading.ambiguous)
        return True

    def _take(self, one: Field, value: Any, *, sure: bool = True) -> None:
        self.answers[one.name] = one.kind.dump(value)
        if not sure:
            self.doubts.append(one.name)

    async def references(self, rest: str) -> None:
        """Records named at the head, one after the other. What names none is left for the form to ask about."""
        self.rest = _GLUE.sub("", _ASPECT.sub("", rest))
        held: dict[str, Any] = {}
        for one in self.form.fields:
            if not one.from_line or not isinstance(one.kind, Ref) or not self.rest:
                continue
            found = await self._named(one.kind, held)
            if found is not None:
                held[one.name], end = found
                self._take(one, held[one.name])
            elif one.required:
                end = _first_name(self.rest)
                self.words = self.rest[:end]
            else:
                continue
            self.rest = _GLUE.sub("", self.rest[end:])

    async def _named(self, kind: Ref, held: Mapping[str, Any]) -> tuple[Picked, int] | None:
        """The one record that the longest possible head names, and where its name ends."""
        best: tuple[Picked, int] | None = None
        for words, end in _heads(self.rest):
            found = await kind.find(self.scene.session, self.scene.actor, words, held)
            if not found.options and best is None:
                continue
            if len(found.options) != 1 or found.more or (best is not None and best[0].id != found.options[0].id):
                break
            best = Picked(found.options[0].id, found.options[0].label), end
            if not re.search(r"\s", words):
                break  # one word; of several, fewer may name the same record, and the others mean something else
        return best

    def values(self) -> None:
        """Days, amounts, phones, choices: wherever they stand."""
        for one in self.form.fields:
            if not one.from_line or one.name in self.answers or isinstance(one.kind, Ref) or one.kind.prose:
                continue
            spot = one.kind.spot(_blanked(self.rest, self.taken), self.facts)
            if spot is None:
                continue
            self._take(one, spot.value, sure=spot.sure)
            self.taken.append((spot.start, spot.end))
            if not one.kind.remains:
                self.gone.append((spot.start, spot.end))

    def texts(self) -> None:
        """What remains. Of several texts each takes a chunk that looks like it, the last one all the rest."""
        asked = [one for one in self.form.fields if one.from_line and one.name not in self.answers]
        texts = [one for one in asked if one.kind.prose]
        left = _blanked(self.rest, self.gone)
        for one in texts[:-1]:
            chunk = next((chunk for chunk in _CHUNK.finditer(left) if one.kind.looks(chunk[0])), None)
            if chunk is not None:
                self._read_text(one, chunk[0], sure=one.required)
                left = _blanked(left, [chunk.span()])
        if texts:
            self._read_text(texts[-1], _GLUE.sub("", re.sub(r" {2,}", " ", left)).strip())

    def _read_text(self, one: Field, words: str, *, sure: bool = True) -> None:
        with suppress(DomainError):  # nothing there, or too much of it: it is asked for
            self._take(one, one.kind.read(Typed(words), self.facts), sure=sure)

    def line(self, message_id: int | None) -> Line:
        answers = dict(self.answers)
        if self.doubts:
            answers[DOUBTS] = self.doubts
        if message_id is not None:
            answers[SAID] = {str(message_id): {LINE: 1, **self.answers}}
        return Line(self.form, answers, self.words)


def _heads(rest: str) -> Iterator[tuple[str, int]]:
    """What may be a name at the head of a text, the longest first: some words, then fewer; of Han words a part."""
    stop = _STOP.search(rest)
    segment = rest[: stop.start()] if stop else rest
    words = list(re.finditer(r"\S+", segment))[:_MOST_WORDS]
    for word in reversed(words):
        yield segment[: word.end()], word.end()
    if words and _HAN.search(words[0][0]):
        for end in range(min(words[0].end() - 1, _MOST_HAN), 1, -1):
            yield segment[:end], end


def _first_name(rest: str) -> int:
    """Where an unknown name probably ends: at the first sign, of Han words at the first space too."""
    end = _STOP.search(rest) if not _HAN.search(rest) else _CHUNK.search(rest)
    if end is None:
        return len(rest)
    return end.end() if _HAN.search(rest) else end.start()


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with spaces where other fields have read, so that what is found keeps its place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
