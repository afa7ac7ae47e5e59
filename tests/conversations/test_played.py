"""Forms played at random against a simple model: whatever people do, a draft holds what they answered, and no less.

Two drafts are open at once, a visit and the report of a fair with a field of every kind. Each step reads the draft from
JSON, as a restart does, and draws its card; what is tapped is a button of that card, or of an older one.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from conversations import engine
from conversations import form as declared
from conversations.company import own_fields
from conversations.engine import MENU, Do, Outcome, State
from conversations.form import Facts, Field, Form, Option, Own
from conversations.kinds.base import IDLE, Given, Kind, Sent, Tapped, Typed
from conversations.kinds.choices import Choice, Entry, Several, YesNo
from conversations.kinds.lines import Lines
from conversations.kinds.media import Document, Photos, Place, Voice
from conversations.kinds.numbers import Duration, Integer, Percent
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.reference import Picked, Ref
from conversations.kinds.times import Day, Moment
from conversations.view import Handle, view
from conversations.visits import LOG_VISIT
from crm_core.playbook.service import default
from handlers import routing
from handlers.forms import event_of
from screens.render import payload
from screens.screen import Button, Msg
from tests.conversations.fair import COSTS, FAIR
from tests.conversations.test_kinds import en, zh

routing.load()
CUSTOMERS: Final = (Option(1, "深圳市华宁电子有限公司", "深圳"), Option(2, "上海瑞金医疗器械有限公司", "上海"))
FILE: Final = {"bot_id": 7, "file_id": "id", "file_unique_id": "u"}


def _file(kind: Any, what: str, **more: Any) -> tuple[Given, Any]:
    given = Sent(what, FILE | more)
    return given, kind.read(given, zh)


# What people answer, and what it means; a new kind needs its row.
GOOD: Final[dict[type, list[tuple[Given, Any]]]] = {
    Text: [(Typed("华南电子展"), "华南电子展"), (Typed(" 谈了 年框 "), "谈了 年框")],
    Money: [(Typed("1.28万"), Decimal("12800.00")), (Typed("50"), Decimal("50.00"))],
    Phone: [(Typed("138 0013 8000"), "+8613800138000")],
    Integer: [(Typed("三十"), 30), (Typed("1,280"), 1280)],
    Percent: [(Typed("8个点"), Decimal("8.00")), (Typed("12.5%"), Decimal("12.50"))],
    Duration: [(Typed("半小时"), 30), (Tapped("120"), 120)],
    YesNo: [(Typed("有"), True), (Tapped("no"), False)],
    Choice: [(Typed("电话"), "phone"), (Tapped("first"), "first")],
    Entry: [(Typed("Electronics"), "electronics")],
    Day: [(Typed("今天"), date(2026, 3, 11)), (Tapped("2026-03-11"), date(2026, 3, 11))],
    Moment: [(Typed("昨天上午10点"), datetime(2026, 3, 10, 10, tzinfo=zh.zone))],
    Place: [(Sent("location", {"latitude": 22.5, "longitude": 113.9, "age_s": 5}), (22.5, 113.9))],
    Voice: [_file(Voice(), "voice", duration=9)],
    Document: [_file(Document(), "document", name="名单.xlsx")],
    Ref: [(Tapped("1"), Picked(1, CUSTOMERS[0].label)), (Tapped("2"), Picked(2, CUSTOMERS[1].label))],
}
EXPENSE: Final = [(Typed("餐饮"), "meal"), (Tapped("hotel"), "hotel")]
TAXI: Final = {"kind": "transport", "amount": Decimal("45.00"), "on": date(2026, 3, 10)}
LINES: Final[list[tuple[str, dict[str, Any]]]] = [
    ("打车 45 昨天", TAXI),
    ("taxi 45 yesterday to the airport", TAXI | {"note": "to the airport"}),
    ("住宿 480", {"kind": "hotel", "amount": Decimal("480.00")}),
    ("餐饮", {"kind": "meal"}),
]
BAD: Final = [
    Typed("🤷 ??? <&>"),
    Typed(""),
    Sent("sticker", {}),
    Sent("contact", {}),
    Tapped("weapons"),
    Tapped("#99"),
]


def good(kind: Kind[Any]) -> list[tuple[Given, Any]]:
    """Answers that the kind takes, or the kind it is a sort of."""
    return next(GOOD[one] for one in type(kind).__mro__ if one in GOOD)


def changed(form: Form, *, without: str, kind: dict[str, Any], new: Field) -> Form:
    """The form after a deploy: a field gone, kinds changed, a field added."""
    fields = [replace(one, kind=kind.get(one.name, one.kind)) for one in form.fields if one.name != without]
    made = replace(form, key=f"{form.key}.changed", fields=(*fields, new), version=form.version + 1)
    declared._FORMS.pop(made.key)
    return made


FORMS: Final = {
    "fair": [
        FAIR,
        changed(
            FAIR,
            without="visitors",
            kind={"took": Text(), "share": Integer()},
            new=Field("stand", Text(most=20), Msg("Stand 展位"), Msg("Which stand? 哪个展位？")),
        ),
    ],
    "visit": [
        LOG_VISIT.with_own(Own(own_fields(default(), "visit", "a"))),
        changed(
            LOG_VISIT,
            without="kind",
            kind={"next_on": Moment()},
            new=Field("guests", Integer(), Msg("Guests 人数"), Msg("How many came? 来了几位？"), required=False),
        ).with_own(Own(own_fields(default(), "visit", "new"))),
    ],
}


@dataclass
class Played:
    """A draft as it is stored, and what it must hold: each answer with the kind that read it."""

    name: str
    stored: str = json.dumps({"answers": {}, "asking": None})
    revision: int = 1
    must: dict[str, tuple[Any, type]] = field(default_factory=dict)
    card: list[Button] = field(default_factory=list)
    older: list[Button] = field(default_factory=list)

    @property
    def state(self) -> State:
        return State(**json.loads(self.stored))


def plain(kind: Any, value: Any) -> Any:
    """A value as the model keeps it."""
    if isinstance(kind, Lines):
        return [{name: plain(None, one) for name, one in line.items()} for line in kind.held(value)]
    if isinstance(kind, Several):
        return set(value)
    if isinstance(value, tuple) and value and hasattr(value[0], "file_unique_id"):
        return [one.file_unique_id for one in value]
    return value


def expected(form: Form, draft: Played) -> dict[str, Any]:
    """The answers that still read under the form of the day, without those that are none."""
    told = {}
    for one in form.fields:
        value, kind = draft.must.get(one.name, (None, None))
        if kind is type(one.kind) and value not in (set(), []):
            told[one.name] = value
    if told.get("again") is not False:
        told.pop("why_not", None)
    return told


def handed_over(form: Form, told: dict[str, Any]) -> set[str]:
    """The names that a command gets: the company's own answers stand together."""
    own = {one.name for one in form.fields if one.extra}
    return {name for name in told if name not in own} | ({"extra"} if own else set())


class Playing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.drafts = {name: Played(name) for name in FORMS}
        self.deployed = 0
        self.name = "fair"
        self.reader = "zh"
        self.photos = 0
        for name in self.drafts:
            self.name = name
            self.draw(Outcome(self.draft.state))

    # what a step is

    @property
    def draft(self) -> Played:
        return self.drafts[self.name]

    @property
    def form(self) -> Form:
        return FORMS[self.name][self.deployed]

    @property
    def facts(self) -> Facts:
        return replace(zh if self.reader == "zh" else en, options=CUSTOMERS)

    @property
    def asked(self) -> Field | None:
        return None if self.draft.state.asking == MENU else engine.current(self.form, self.draft.state)

    def draw(self, outcome: Outcome, **known: Any) -> None:
        stored = json.dumps({"answers": outcome.state.answers, "asking": outcome.state.asking})
        self.draft.revision += stored != self.draft.stored
        self.draft.stored = stored
        facts = replace(self.facts, **known)
        screen = view(self.form, outcome, facts, Handle(1, self.draft.revision))
        payload(screen, facts.language, facts.zone)
        self.draft.older += self.draft.card
        self.draft.card = [button for row in screen.rows for button in row]
        assert any(button.arg in ("cancel", "save") for button in self.draft.card), "no way out"

    def do(self, event: Any, **known: Any) -> Outcome:
        outcome = engine.step(self.form, self.draft.state, event, replace(self.facts, **known))
        outcome = replace(outcome, state=engine.without_hanging(self.form, self.draft.state, outcome.state))
        if not outcome.submit:
            self.draw(outcome, **known)
        return outcome

    def keep(self, one: Field, value: Any) -> None:
        if value != self.kept(one, None):
            for hanging in [other for other in self.form.fields if other.hangs_on == one.name]:
                self.draft.must.pop(hanging.name, None)
        self.draft.must[one.name] = (value, type(one.kind))

    def kept(self, one: Field, empty: Any) -> Any:
        value, kind = self.draft.must.get(one.name, (empty, type(one.kind)))
        return value if kind is type(one.kind) else empty

    # what people do

    @precondition(lambda self: self.asked is not None)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        asked = self.asked
        assert asked is not None
        if isinstance(asked.kind, Lines):
            self.write_a_line(asked, data)
        elif isinstance(asked.kind, Several):
            self.choose(asked, data)
        elif isinstance(asked.kind, Photos):
            self.send_one_more(asked)
        else:
            given, value = data.draw(st.sampled_from(good(asked.kind)))
            assert self.do(given).error is None
            self.keep(asked, value)

    def choose(self, asked: Field, data: st.DataObject) -> None:
        chosen = set(self.kept(asked, set()))
        words, key = data.draw(st.sampled_from([("电话、初次", None), (None, "phone"), (None, "first"), (None, "*")]))
        self.do(Typed(words) if words else Tapped(key))
        every = {key for key, _ in asked.kind.of.options(zh)}
        if words:
            chosen |= {"phone", "first"}
        elif key == "*":
            chosen = set() if chosen == every else every
        else:
            chosen ^= {key}
        self.keep(asked, chosen)
        assert self.asked == asked, "several stay open until done"

    def write_a_line(self, asked: Field, data: st.DataObject) -> None:
        held = engine.values(self.form, self.draft.state).get(asked.name)
        lines = [dict(line) for line in self.kept(asked, [])]
        at = len(lines) if held is None or held.at is None else held.at
        if held is not None and held.asking == MENU:
            self.do(Tapped("#list"))
            return
        inner = asked.kind.inner(held)
        if at == len(lines):
            words, line = data.draw(st.sampled_from(LINES))
            outcome = self.do(Typed(words))
            if len(lines) == COSTS.at_most:
                assert outcome.error is not None
                return
            lines.append(dict(line))
        elif isinstance(inner.kind, Photos):
            name = self.next_photo()
            if self.do(Sent("photo", FILE | {"file_unique_id": name})).error is None:
                lines[at]["receipt"] = [*lines[at].get("receipt", []), name]
        else:
            given, value = data.draw(st.sampled_from(EXPENSE if inner.name == "kind" else good(inner.kind)))
            assert self.do(given).error is None
            lines[at][inner.name] = value
        self.keep(asked, lines)

    def next_photo(self) -> str:
        self.photos += 1
        return f"photo {self.photos}"

    @precondition(lambda self: self.asked is None or not isinstance(self.asked.kind, Lines))
    @rule()
    def send_a_photo(self) -> None:
        """At any time: it goes to the question that takes photos, else to the photos, and the question stays."""
        asked, photos = self.asked, self.form.field("photos")
        assert photos is not None
        self.send_one_more(asked if asked is not None and isinstance(asked.kind, Photos) else photos)
        if asked is not None and asked.name != "photos":
            assert self.asked == asked

    def send_one_more(self, to: Field) -> None:
        name, there = self.next_photo(), self.kept(to, [])
        outcome = self.do(Sent("photo", FILE | {"file_unique_id": name}))
        if len(there) == to.kind.at_most:
            assert outcome.error is not None
        else:
            self.keep(to, [*there, name])

    @rule(data=st.data())
    def answer_badly(self, data: st.DataObject) -> None:
        asked = engine.innermost(self.form, self.draft.state)
        bad = data.draw(st.sampled_from(BAD))
        if isinstance(bad, Typed) and bad.text and (asked is None or isinstance(asked.kind, Text)):
            return
        assert self.do(bad, options=()).error is not None

    @precondition(lambda self: self.asked is not None and isinstance(self.asked.kind, Lines))
    @rule(data=st.data())
    def tap_a_line(self, data: st.DataObject) -> None:
        asked = self.asked
        assert asked is not None
        lines = [dict(line) for line in self.kept(asked, [])]
        held = engine.values(self.form, self.draft.state).get(asked.name)
        taps = [button.arg[2:] for button in self.draft.card if button.arg.startswith("v.#")]
        if not taps:
            return
        tap = data.draw(st.sampled_from(taps))
        assert self.do(Tapped(tap)).error is None or len(lines) == COSTS.at_most
        if tap == "#drop":
            lines.pop()
        if tap == "#remove":
            lines.pop(held.at)
        self.keep(asked, lines)

    @rule(data=st.data())
    def tap(self, data: st.DataObject) -> None:
        """A button that leads somewhere: edit, back, skip, done, calendar, more, a field. It changes no answer."""
        leads = ("open", "edit", "card", "skip", "back", "page", "look", "half", IDLE)
        there = [button for button in self.draft.card if button.arg.partition(".")[0] in leads]
        if not there:
            return
        event = event_of(data.draw(st.sampled_from(there)).arg)
        assert isinstance(event, Do)
        if event.verb == IDLE:
            return
        known: dict[str, Any] = {"look": event.arg} if event.verb == "look" else {}
        if event.verb == "page":
            known = {"page": int(event.arg)}
        self.do(event, **known)

    @rule(data=st.data())
    def open_and_answer(self, data: st.DataObject) -> None:
        """Any field, as `+ …` and the menu open it."""
        held = engine.values(self.form, self.draft.state)
        one = data.draw(st.sampled_from([one for one in self.form.fields if one.shown(held)]))
        assert self.do(Do("open", one.name)).error is None
        assert self.asked == one
        self.answer(data)

    @rule(data=st.data())
    def answer_on(self, data: st.DataObject) -> None:
        """Whatever is asked, a few times, as somebody does who fills in the whole form."""
        for _ in range(4):
            if self.asked is None:
                return
            self.answer(data)
            if self.asked is not None and self.asked.kind.stays:
                self.do(Do("card"))

    @rule(data=st.data())
    def tap_an_older_card(self, data: st.DataObject) -> None:
        """A second tap, or one on a card further up: the handler sees its revision, and the form is drawn again."""
        stale = [button for button in self.draft.older if button.revision != self.draft.revision]
        if stale:
            data.draw(st.sampled_from(stale[-30:]))
            before = self.draft.stored
            self.draw(Outcome(self.draft.state))
            assert self.draft.stored == before

    @rule(other=st.sampled_from(sorted(FORMS)), reader=st.sampled_from(["zh", "en"]))
    def do_something_else(self, other: str, reader: str) -> None:
        self.name, self.reader = other, reader
        self.draw(Outcome(self.draft.state))

    @rule(version=st.sampled_from([0, 1]))
    def deploy(self, version: int) -> None:
        self.deployed = version
        self.draw(Outcome(self.draft.state))

    @rule()
    def cancel(self) -> None:
        self.drafts[self.name] = Played(self.name)
        self.draw(Outcome(self.draft.state))

    @rule()
    def save(self) -> None:
        missing = engine.current(self.form, replace(self.draft.state, asking=None))
        outcome = self.do(Do("save"))
        assert outcome.submit == (missing is None)
        if not outcome.submit:
            assert (outcome.error.code, self.asked) == ("required", missing)
            return
        command, told = engine.command(self.form, outcome.state), expected(self.form, self.draft)
        assert command.keys() - {"confirmed"} == handed_over(self.form, told)
        own = {name.removeprefix(engine.EXTRA) for name in told if self.form.field(name).extra}
        assert command.get("extra", {}).keys() == own
        self.cancel()

    # what must be

    @invariant()
    def the_drafts_hold_what_was_answered(self) -> None:
        for draft in self.drafts.values():
            form = FORMS[draft.name][self.deployed]
            held = engine.values(form, draft.state)
            kinds = {one.name: one.kind for one in form.fields}
            assert {name: plain(kinds[name], value) for name, value in held.items()} == expected(form, draft)


Playing.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestForms = Playing.TestCase
