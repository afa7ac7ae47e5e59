"""Line items: a list of small forms inside a form, such as the lines of an expense claim.

A line is typed in one go (打车 45 昨天: each of its fields takes what it can read) or asked field by field on the same
card. It is walked by the engine that walks forms: where it stands follows from its answers alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from conversations import engine
from conversations.engine import MENU, Do, State
from conversations.kinds.base import Board, Chip, Given, Kind, Sent, Tapped, Typed
from conversations.kinds.media import Document, Photos, Place, Voice
from conversations.kinds.plain import Text
from conversations.kinds.reference import Ref
from crm_core.kit.errors import DomainError, declare
from crm_core.kit.words.amounts import write_amount
from screens.catalogue import say
from screens.screen import N_, Msg, fit

if TYPE_CHECKING:
    from conversations.form import Facts, Field, Walked

TOO_MANY_LINES = declare("form.too_many_lines", "max")
LEFT_OVER = declare("form.left_over", "value")
CHOOSE_WHAT_TO_CHANGE = declare("form.choose_what_to_change")
NO_SUCH_LINE = declare("form.no_such_line")

_SIGN: Final = "#"  # what lines do themselves begins so; all else that is tapped is for the field that is asked
_UNSPOTTED: Final = (Text, Photos, Place, Voice, Document, Ref)
_LONGEST_LABEL: Final = 34
_BETWEEN: Final = re.compile(r"[\n;；]")


@dataclass(frozen=True, slots=True)
class Items:
    """The lines as they stand: each one's answers (JSON by field name), and which one is open, if one is.

    A new one that is still empty is not among them: it is `at` the end.
    """

    lines: tuple[dict[str, Any], ...] = ()
    at: int | None = None
    asking: str | None = None  # of the open line

    @property
    def open(self) -> State:
        """The open line, or a new one where none is open."""
        here = self.at is not None and self.at < len(self.lines)
        return State(dict(self.lines[self.at]) if here and self.at is not None else {}, self.asking)


@dataclass(frozen=True, slots=True)
class _Line:
    """What the engine reads of a form: a line has its fields, and no ending of its own."""

    fields: tuple[Field, ...]
    hidden: tuple[str, ...] = ()
    steers: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


@dataclass(frozen=True)
class Lines(Kind[Items]):
    """Line items with these fields, at most so many; `money` names the field that is added up.

    The command gets a tuple of dicts, values by field name.
    """

    fields: tuple[Field, ...]
    example: Msg  # a line typed in one go
    money: str | None = None
    at_most: int = 30
    stays: ClassVar[bool] = True

    def __post_init__(self) -> None:
        assert not any(isinstance(one.kind, Lines) for one in self.fields), "lines hold no lines"

    @property
    def form(self) -> Walked:
        return _Line(self.fields)

    # reading

    def read(self, given: Given, facts: Facts, before: Items | None = None) -> Items:
        items = before or Items()
        if isinstance(given, Tapped) and given.arg.startswith(_SIGN):
            return self._do(items, given.arg.removeprefix(_SIGN), facts)
        if isinstance(given, Typed) and items.at is None and len(lines := _lines(given.text)) > 1:
            for line in lines:
                items = Items(self._given(items, Typed(line), facts).lines)
            return self._next(items.lines)
        return self._given(items, given, facts)

    def _given(self, items: Items, given: Given, facts: Facts) -> Items:
        """What was typed or sent goes into the open line; a photo into the last one when none is open."""
        if items.at is None:
            joins = isinstance(given, Sent) and items.lines and self.takes(given.what)
            items = replace(items, at=len(items.lines) - (1 if joins else 0), asking=None)
        if items.at is not None and items.at >= self.at_most:
            raise DomainError(TOO_MANY_LINES, max=self.at_most)
        if items.asking == MENU and not (isinstance(given, Sent) and self.takes(given.what)):
            raise DomainError(CHOOSE_WHAT_TO_CHANGE)
        return self._with(items, self._filled(items.open, given, facts))

    def _filled(self, line: State, given: Given, facts: Facts) -> State:
        """The line with what was given in it: read in one go if more than one field finds its part in the words."""
        asked = engine.current(self.form, line)
        at_once: dict[str, Any] = {}
        if isinstance(given, Typed) and facts.searched is None and line.asking is None:
            words_asked = asked is not None and isinstance(asked.kind, Text)
            at_once = {} if line.answers and words_asked else self._spotted(line, given.text, facts)
        if len(at_once) > 1:
            return State(line.answers | at_once)
        outcome = engine.step(self.form, line, given, facts)
        if outcome.error is None:
            return outcome.state
        if at_once:
            return State(line.answers | at_once)
        raise outcome.error

    def _spotted(self, line: State, text: str, facts: Facts) -> dict[str, Any]:
        """What each field without an answer finds in the text, as JSON; the first one for words takes the rest.

        Raises `form.left_over` when several found theirs and the rest belongs nowhere.
        """
        found: dict[str, Any] = {}
        held = engine.values(self.form, line)
        free = [one for one in self.fields if one.name not in held]
        spotted = True
        while spotted:  # 昨天打车 is 打车 once the day is taken out
            spotted = False
            for one in free:
                values = engine.values(self.form, State(line.answers | found))
                if one.name in found or isinstance(one.kind, _UNSPOTTED) or not one.shown(values):
                    continue
                there = one.kind.pick(text, facts)
                if there is not None:
                    spotted, found[one.name] = True, one.kind.dump(there.value)
                    text = f"{text[: there.start]}\n{text[there.end :]}"
        rest = " ".join(text.replace("\n", " ").split()).strip(" ,，、;；")
        if not rest or not found:
            return found
        words = sorted((one for one in free if isinstance(one.kind, Text)), key=lambda one: not one.required)
        for one in words[:1]:
            return found | {one.name: one.kind.dump(one.kind.read(Typed(rest), facts))}
        if len(found) > 1:
            raise DomainError(LEFT_OVER, value=rest[:40])
        return {}

    def _with(self, items: Items, line: State) -> Items:
        """The items with the open line as it is now. A full one closes."""
        at = len(items.lines) if items.at is None else items.at
        answers = {name: value for name, value in line.answers.items() if name != engine.CONFIRMED}
        lines = (*items.lines[:at], *([answers] if answers else []), *items.lines[at + 1 :])
        if line.asking == MENU or engine.current(self.form, line) is not None:
            return Items(lines, at, line.asking)
        return self._next(lines)

    def _next(self, lines: tuple[dict[str, Any], ...]) -> Items:
        """The items with the first line open that lacks something."""
        return Items(lines, next((at for at, line in enumerate(lines) if not self._finished(line)), None))

    def _do(self, items: Items, arg: str, facts: Facts) -> Items:
        """A button of the lines themselves; anybody can forge it."""
        verb, _, name = arg.partition(".")
        here = items.at is not None and items.at < len(items.lines)
        match verb:
            case "add":
                return self._add(items)
            case "list":
                return Items(items.lines)
            case "drop":
                return self._next(items.lines[:-1])
            case "remove" if items.at is not None:
                return self._next(items.lines[: items.at] + items.lines[items.at + 1 :])
            case "open" | "skip" if here:
                outcome = engine.step(self.form, items.open, Do(verb, name), facts)
                if outcome.error is not None:
                    raise outcome.error
                return self._with(items, outcome.state)
            case _ if verb.isascii() and verb.isdigit() and len(verb) < 4 and int(verb) < len(items.lines):
                return Items(items.lines, int(verb), MENU if self._finished(items.lines[int(verb)]) else None)
            case _:
                raise DomainError(NO_SUCH_LINE)

    def _add(self, items: Items) -> Items:
        if len(items.lines) >= self.at_most:
            raise DomainError(TOO_MANY_LINES, max=self.at_most)
        following = self._next(items.lines)
        return replace(following, at=len(items.lines)) if following.at is None else following

    def _finished(self, line: dict[str, Any]) -> bool:
        return engine.current(self.form, State(line)) is None

    # keeping

    def dump(self, value: Items) -> dict[str, Any]:
        return {"lines": [dict(one) for one in value.lines], "at": value.at, "asking": value.asking}

    def load(self, stored: Any) -> Items:
        lines, at, asking = stored["lines"], stored["at"], stored["asking"]
        made = tuple(dict(line) for line in lines)
        if not made or not all(made):
            raise ValueError  # no line is no answer
        here = isinstance(at, int) and 0 <= at <= len(made)
        return Items(made, at if here else None, str(asking) if here and asking else None)

    def value(self, answer: Items) -> tuple[dict[str, Any], ...]:
        return tuple(
            {one.name: one.kind.value(held[one.name]) for one in self.fields if one.name in held}
            for held in self.held(answer)
        )

    def held(self, answer: Items) -> list[dict[str, Any]]:
        """Each line's values by field name."""
        return [engine.values(self.form, State(line)) for line in answer.lines]

    def unfinished(self, value: Items) -> bool:
        return not all(self._finished(line) for line in value.lines)

    # showing

    def write(self, value: Items, facts: Facts) -> str:
        """One line of words each; `read` takes them back, but for what can only be sent."""
        return "\n".join(self._written(held, facts) for held in self.held(value))

    def _written(self, held: dict[str, Any], facts: Facts) -> str:
        spoken = [one for one in self.fields if one.name in held and not isinstance(one.kind, _UNSPOTTED)]
        words = [one for one in self.fields if one.name in held and isinstance(one.kind, Text)]
        return " ".join(" ".join(one.kind.write(held[one.name], facts).split()) for one in (*spoken, *words))

    def show(self, value: Items, facts: Facts) -> str:
        """How many and how much, then each."""
        held = self.held(value)
        stop = "；" if facts.language == "zh" else "; "
        each = stop.join(f"{at}. {self._described(one, facts)}" for at, one in enumerate(held, 1))
        return f"{say(self._total(held, facts), facts.language)} · {each}"

    def _total(self, held: list[dict[str, Any]], facts: Facts) -> Msg:
        if self.money is None:
            return N_("%(count)s in all")(count=len(held))
        total = sum((one[self.money] for one in held if self.money in one), Decimal(0))
        return N_("%(count)s in all, %(total)s")(count=len(held), total=write_amount(total, facts.language))

    def _described(self, held: dict[str, Any], facts: Facts) -> str:
        said = (say(one.kind.show(held[one.name], facts), facts.language) for one in self.fields if one.name in held)
        return " ".join(" ".join(said).split())

    # asking

    def inner(self, held: Items | None) -> Field | None:
        """The field of the open line that is asked; of a new line where there is none yet."""
        items = held or Items(at=0)
        if items.at is None or items.asking == MENU:
            return None
        return engine.innermost(self.form, items.open)

    def _inner_held(self, held: Items | None, inner: Field) -> Any:
        return engine.values(self.form, (held or Items()).open).get(inner.name)

    def takes(self, what: str) -> bool:
        return any(one.kind.takes(what) for one in self.fields)

    def hint_now(self, held: Items | None) -> Msg:
        inner = self.inner(held)
        if held is not None and held.asking == MENU:
            return N_("Tap what you want to change.")
        if inner is None or not (held or Items()).open.answers:
            return N_("A whole line may be typed at once, for example: %(example)s")(example=self.example)
        return inner.kind.hint_now(self._inner_held(held, inner))

    def board(self, facts: Facts, held: Items | None = None) -> Board | None:
        inner = self.inner(held)
        return inner.kind.board(facts, self._inner_held(held, inner)) if inner else None

    def chips(self, facts: Facts, held: Items | None = None) -> tuple[Chip, ...]:
        inner, items = self.inner(held), held or Items()
        if inner is not None:
            return inner.kind.chips(facts, self._inner_held(held, inner))
        if items.at is not None:
            return self._fields_of(items.open, facts)
        each = enumerate(self.held(items))
        return tuple(
            Chip(fit(f"{at + 1}. {self._described(one, facts)}", _LONGEST_LABEL), f"{_SIGN}{at}") for at, one in each
        )

    def _fields_of(self, line: State, facts: Facts) -> tuple[Chip, ...]:
        """The menu of a line: what each field holds, or may hold yet."""
        held = engine.values(self.form, line)
        return tuple(
            Chip(
                fit(f"✎ {self._described({one.name: held[one.name]}, facts)}", _LONGEST_LABEL)
                if one.name in held
                else N_("+ %(field)s")(field=one.label),
                f"{_SIGN}open.{one.name}",
            )
            for one in self.fields
            if one.shown(held)
        )

    def tools(self, facts: Facts, held: Items | None = None) -> tuple[Chip, ...]:
        inner, items = self.inner(held), held or Items()
        made = list(inner.kind.tools(facts, self._inner_held(held, inner))) if inner else []
        if inner is None and items.at is None:
            return Chip(N_("➕ Another one"), f"{_SIGN}add"), Chip(N_("🗑 The last one"), f"{_SIGN}drop")
        if inner is not None and items.asking == inner.name:
            made += self._leave(inner, self._inner_held(held, inner))
        if items.lines:
            made.append(Chip(N_("≡ All lines"), f"{_SIGN}list"))
        if items.open.answers:
            made.append(Chip(N_("🗑 This line"), f"{_SIGN}remove"))
        return tuple(made)

    @staticmethod
    def _leave(inner: Field, held: Any) -> list[Chip]:
        """Out of a field of a line that was opened on purpose."""
        if held is None:
            return [] if inner.required else [Chip(N_("Skip"), f"{_SIGN}skip")]
        return [Chip(N_("✓ Done") if inner.kind.stays else N_("Keep it"), f"{_SIGN}skip")]


def _lines(text: str) -> list[str]:
    """What was typed in one go: a line, or what stands between semicolons, is an item each."""
    return [one.strip() for one in _BETWEEN.split(text) if one.strip()]
