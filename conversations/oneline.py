"""One-line entry: 拜访 华宁 王总 谈了年框，下周三送样 fills a form at once, with what is unsure marked.

Nothing here is written for a form: forms declare verbs, and fields that may be read `from_line`. References are found
at the head of the line, days, amounts, phones and choices wherever they stand, free text is what remains.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from conversations.driver import Scene, facts_of
from conversations.engine import DOUBTS, SAID, State
from conversations.form import Facts, Field, Form
from conversations.kinds.base import Typed
from conversations.kinds.reference import Picked, Ref
from conversations.said import (
    HAN,
    chunks,
    company_end,
    first_name,
    goes_on,
    is_company,
    labelled,
    likely_name,
    unlabelled,
)
from conversations.verbs import LONGEST, Begun, begun, is_nobody, says_something_else
from conversations.whole import whole
from crm_core.kit.errors import TOO_LONG, DomainError
from crm_core.kit.names import is_person
from crm_core.org.rights import may

LINE: Final = ""  # among the answers of a message: it was a whole line

_MOST_WORDS, _MOST_HAN = 4, 9
_FEWEST_UNSURE = 3  # words without a sign between them: who knows where the name ends
_GLUE = re.compile(
    r"^(?:[\s,，。.;；:：、】」”’\"')）\]]|[-–—/|·](?!\d)|的|了(?=[\s,，。])|(?:the|at|with|to|from|w/)\s)+",
    re.IGNORECASE,
)
_AT = re.compile(r"(?P<who>[^,，。;；:：\n]{2,40}?)\s+(?:at|from|of|@)\s+", re.IGNORECASE)
_ALSO = re.compile(r"\s*(?:、|和|与|及|以及|跟|&|and\b)\s*", re.IGNORECASE)
_SIGNS_BEHIND = re.compile(r"[^\w)）]+$")
_SIGNS_AHEAD: Final = ",，。.;；:：!！?？、】」)）\n"
_MISSED = re.compile(  # whom one did not meet
    r"\s*(?:不在|没在|没见|出差|请假|休假|(?:was |is )?(?:not in|out|away|off sick|on leave)(?![a-z]))"
)
_STOP = re.compile(r"[,，。;；:：!！?？\n]")
_HAN_TAIL = re.compile(r"(?<=[\u3400-\u9fff])[\u3400-\u9fff](?=[\s,，。;；:：]|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says. `words` are for the first open question: a name that several or none answer to, or a text that
    is too long."""

    form: Form
    answers: dict[str, Any]
    words: str | None = None


async def read(scene: Scene, text: str, message_id: int | None = None, form: Form | None = None) -> Line | None:
    """The line as a form's answers; None for what begins with no verb, or one that is not the person's to use.

    With a `form` the line needs no verb. The time before the verb must be one that the form can take.
    """
    start = begun(text)
    if start is None and form is not None:
        start = Begun(form, {}, "", text.strip()[:LONGEST])
    if start is None or not may(scene.actor, start.form.permission):
        return None
    reader = _Reader(scene, start.form, await facts_of(scene), dict(start.implied))
    if start.lead and not reader.time(start.lead):
        return None
    await reader.references(start.rest)
    if start.named_before and reader.words is not None:
        return None
    if reader.words is not None and says_something_else(start.verb, reader.words, start.rest):
        return None
    reader.told()
    reader.form = await whole(scene.session, scene.actor, start.form, State(dict(reader.answers)))
    reader.values()
    reader.texts()
    return reader.line(message_id)


async def tale(scene: Scene, text: str, form: Form, known: Mapping[str, Any], message_id: int | None = None) -> Line:
    """A sentence that names nobody at its head (今天去了华宁，下周三送样): what is `known` of it is only guessed."""
    reader = _Reader(scene, form, await facts_of(scene), dict(known), doubts=list(known), rest=text.strip())
    reader.told()
    reader.form = await whole(scene.session, scene.actor, form, State(dict(reader.answers)))
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
    unsure_text: bool = False
    taken: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # spans that fields have read
    gone: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # those that leave the free text

    def time(self, lead: str) -> bool:
        """When it happened stands before the verb: 昨天下午拜访…"""
        told = self.form.field(self.form.when_said) if self.form.when_said else None
        reading = self.facts.moment_in(lead, prefer_future=False)
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
        self.rest = _GLUE.sub("", rest)
        held: dict[str, Any] = {}
        for one in self.form.fields:
            if not one.from_line or not isinstance(one.kind, Ref) or not self.rest:
                continue
            found = await self._named(one.kind, held, self.rest) or await self._at(one, held)
            if found is None:
                if one.required:
                    self._unknown()
                continue
            held[one.name], end = found
            also = _ALSO.match(self.rest, end)
            other = await self._named(one.kind, held, self.rest[also.end() :]) if also else None
            several = other is not None and other[0].id != held[one.name].id
            by_person = _by_person(self.rest[:end], held[one.name].label)
            by_person = by_person and (
                one.required or not self._names_people()
            )  # 送样 华宁 王总 3个: he is no part of it
            goes_further = goes_on(self.rest, end, held[one.name].label)
            missed = bool(one.hangs_on) and _MISSED.match(self.rest, end) is not None
            guessed = several or goes_further or missed or (by_person and self._names_people())
            self._take(one, held[one.name], sure=not guessed)
            stays = by_person or (bool(one.hangs_on) and _is_said_of(self.rest, end))
            self.rest = _GLUE.sub("", self.rest if stays else self.rest[end:])

    def _names_people(self) -> bool:
        """Whether the form's own text is a name, not a story: 新联系人 王建国 is hardly the one we know."""
        texts = [one.kind for one in self.form.fields if one.from_line and one.kind.prose]
        return bool(texts) and not getattr(texts[-1], "lines", False)

    async def _named(self, kind: Ref, held: Mapping[str, Any], rest: str) -> tuple[Picked, int] | None:
        """The one record that the longest possible head names, and where its name ends."""
        best: Picked | None = None
        ends: list[int] = []
        for words, end in _heads(rest):
            if is_nobody(words):
                continue
            found = await kind.find(self.scene.session, self.scene.actor, words, held)
            if not found.options and best is None:
                continue
            if len(found.options) != 1 or found.more or (best is not None and best.id != found.options[0].id):
                break
            best = Picked(found.options[0].id, found.options[0].label)
            ends.append(end)
            if not re.search(r"\s", words):
                break  # one word; of several, fewer may name the same record, and the others mean something else
        return None if best is None else (best, _whole_word(rest, _name_end(rest, ends, best.label), best.label))

    async def _at(self, one: Field, held: Mapping[str, Any]) -> tuple[Picked, int] | None:
        """Mr Wang at Huaning about the price: who it was goes behind the customer."""
        found = _AT.match(self.rest)
        assert isinstance(one.kind, Ref)
        named = await self._named(one.kind, held, self.rest[found.end() :]) if found and one.required else None
        if named is None or found is None:
            return None
        name = self.rest[found.end() :][: named[1]]
        behind = _GLUE.sub("", self.rest[found.end() + named[1] :])
        self.rest = f"{name} {', '.join(filter(None, (found['who'], behind)))}"
        return named

    def _unknown(self) -> None:
        """Words that name nobody we know are searched for; where they may be more than a name, they stay as well."""
        end = first_name(self.rest)
        words = self.rest[:end]
        if is_person(words) and self._names_people():
            self.unsure_text = words.isascii()
            return  # 新联系人 王建国: the customer is yet to be asked
        self.words = words
        if len(words.split()) >= _FEWEST_UNSURE and not is_company(words):
            self.unsure_text = True
            return
        self.rest = _GLUE.sub("", self.rest[end:])

    def told(self) -> None:
        """When it was may also stand behind the customer: 拜访华宁 昨天下午3点 谈了年框; at its end it is doubtful.

        Only what is past however one reads it counts, or today and its hours right behind the customer.
        """
        told = self.form.field(self.form.when_said) if self.form.when_said else None
        now = self.facts.local_now
        past = self.facts.moment_in(self.rest, prefer_future=False)
        if told is None or told.name in self.answers or past is None or len(past.pieces) > 1:
            return
        start, end = past.span
        first, last = start == 0, not self.rest[end:].strip(" 。.!！")
        ahead = self.facts.moment_in(self.rest[start:end])
        certain = ahead is not None and ahead.value == past.value and not past.ambiguous
        today = (past.value.date() if isinstance(past.value, datetime) else past.value) == now.date()
        if isinstance(past.value, datetime):
            gone = past.value <= now
        else:
            gone = past.value < now.date() or (first and today and certain)
        if gone and ((certain and (first or last)) or (first and today)):
            value = told.kind.read(Typed(self.rest[start:end]), self.facts)
            self._take(told, value, sure=certain and first)
            self.taken.append((start, end))

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
                self.gone.append((unlabelled(one, self.rest, spot.start), spot.end))

    def texts(self) -> None:
        """What remains. Of several texts each takes a chunk that looks like it, the last one all the rest."""
        asked = [one for one in self.form.fields if one.from_line and one.name not in self.answers]
        texts = [one for one in asked if one.kind.prose]
        left = _blanked(self.rest, self.gone)
        for one in texts[:-1]:
            spots = list(chunks(left))
            known = next((spot for spot in spots if labelled(one, left[slice(*spot)])), None)
            words, sure = (labelled(one, left[slice(*known)]) or "", True) if known else ("", one.required)
            if known is None and one.required and one is texts[0]:
                known, sure = likely_name(left, spots, texts[1:-1])
            elif known is None:
                known = next((spot for spot in spots if one.kind.looks(left[slice(*spot)])), None)
            if known is not None:
                self._read_text(one, words or left[slice(*known)], sure=sure)
                left = _blanked(left, [known])
        if texts:
            words = _GLUE.sub("", re.sub(r" {2,}", " ", left)).strip()
            self._read_text(texts[-1], labelled(texts[-1], words) or words, sure=not self.unsure_text)

    def _read_text(self, one: Field, words: str, *, sure: bool = True) -> None:
        try:
            self._take(one, one.kind.read(Typed(words), self.facts), sure=sure)
        except DomainError as error:  # nothing there: it is asked for; too much of it: that is said
            if error.code == TOO_LONG and self.words is None and one.required:
                self.words = words

    def line(self, message_id: int | None) -> Line:
        answers = dict(self.answers)
        if self.doubts:
            answers[DOUBTS] = self.doubts
        if message_id is not None:
            answers[SAID] = {str(message_id): {LINE: 1, **self.answers}}
        return Line(self.form, answers, self.words)


def _heads(rest: str) -> Iterator[tuple[str, int]]:
    """What may be a name at the head of a text, the longest first: some words, then fewer; of Han words a part."""
    if rest[:1] in "<>&":
        return  # <b>华宁: no name begins so
    stop = _STOP.search(rest)
    segment = rest[: stop.start()] if stop else rest
    words = list(re.finditer(r"\S+", segment))[:_MOST_WORDS]
    for word in reversed(words):
        yield segment[: word.end()], word.end()
    if words and HAN.search(words[0][0]):
        whole = company_end(words[0][0])
        if whole is not None and whole > _MOST_HAN:
            yield segment[:whole], whole
        for end in range(min(words[0].end() - 1, _MOST_HAN), 1, -1):
            yield segment[:end], end


def _by_person(words: str, label: str) -> bool:
    """Whether a customer was found by somebody there, whose name is to stay in the text."""
    parts = words.casefold().split()
    if label.isascii() and parts and not any(part in label.casefold() for part in parts):
        return True
    several = bool(HAN.search(words)) or len(parts) > 1
    named = all(word in label.casefold() for word in parts)
    return several and is_person(words) and not named


def _is_said_of(rest: str, end: int) -> bool:
    """Whether a sentence begins with somebody's name (Claire wants twelve, 王建国说年框); not without it."""
    if end >= len(rest) or rest[end] in _SIGNS_AHEAD:
        return False
    return not rest[end].isspace() or rest[end - 1].isascii()


def _name_end(rest: str, ends: list[int], label: str) -> int:
    """Of heads that name one record, the longest whose further words are of its name: Sunday Foods, not Acme price."""
    plain = label.casefold()
    own = set(re.findall(r"\w+", plain))

    def is_name(word: str) -> bool:
        return word in own if word.isascii() else word in plain

    shortest = ends[-1]
    end = next(end for end in ends if all(is_name(word) for word in re.findall(r"\w+", rest[shortest:end].casefold())))
    return len(_SIGNS_BEHIND.sub("", rest[:end])) or end


def _whole_word(rest: str, end: int, label: str) -> int:
    """Past the last letter of a shortened name: 长河电商 is 长河电子商务 to its end, not 长河电 and a word."""
    more = _HAN_TAIL.match(rest, end)
    return more.end() if more and end and all(letter in label for letter in more[0]) else end


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with spaces where other fields have read, so that what is found keeps its place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
