"""The form engine alone: no database, no messenger. A trip report is filled in, in all the ways people do."""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import engine, form
from conversations.engine import MENU, Do, Outcome, State
from conversations.form import Facts, Field, Form
from conversations.kinds.base import Given, Sent, Tapped, Typed
from conversations.kinds.media import Photos, Place
from conversations.kinds.plain import Money, Text
from crm_core.attachments.service import FileRef
from crm_core.kit.errors import DomainError
from crm_core.playbook.service import default
from crm_core.visits.permissions import LOG
from screens.screen import N_, Screen


@dataclass(frozen=True, kw_only=True)
class TripReport:
    city: str
    result: str
    reason: str | None = None
    cost: Decimal | None = None
    photos: tuple[FileRef, ...] = ()
    place: tuple[float, float] | None = None
    trip_id: int = 0
    confirmed: frozenset[str] = frozenset()


async def _never(*_: Any) -> Any:
    raise AssertionError("the engine submits nothing by itself")


TRIP = Form(
    "test.trip",
    title=N_("Visit"),
    fields=(
        Field("city", Text(most=20), N_("City"), N_("In which city?")),
        Field("result", Text(most=40), N_("Talk"), N_("What came of it?")),
        Field("reason", Text(), N_("Note"), N_("Why?"), when=lambda held: held.get("result") == "没谈成"),
        Field("cost", Money(), N_("Yearly value"), N_("How much?"), required=False),
        Field("photos", Photos(at_most=2), N_("Photos"), N_("Send the photos."), required=False),
        Field("place", Place(), N_("Place"), N_("Where was it?"), required=False),
    ),
    command=TripReport,
    submit=_never,
    done=lambda *_: Screen("forms/cancelled.html"),
    permission=LOG,
    hidden=("trip_id",),
)
form._FORMS.pop(TRIP.key)  # this one is for these tests only

FACTS = Facts(datetime(2026, 3, 11, 2, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), "zh", default())


def photo(name: str) -> Sent:
    return Sent("photo", {"bot_id": 7, "file_id": f"id-{name}", "file_unique_id": name})


def after(*events: Given | Do, state: State | None = None) -> Outcome:
    """What comes of a form when all this happens, one after the other."""
    outcome = Outcome(state or State())
    for event in events:
        outcome = engine.step(TRIP, outcome.state, event, FACTS)
    return outcome


def asked(outcome: Outcome) -> str | None:
    """The name of the field that is asked; none on the card."""
    now = engine.current(TRIP, outcome.state)
    return now.name if now else None


FILLED = (Typed("苏州"), Typed("谈成了"))


class TestWalking:
    def test_only_what_is_required_is_asked(self):
        assert asked(after()) == "city"
        assert asked(after(Typed("苏州"))) == "result"
        assert asked(after(*FILLED)) is None

    def test_the_card_takes_no_more_words(self):
        done = after(*FILLED, Typed("还有一句"))
        assert done.error.code == "form.card_is_ready"
        assert done.state == after(*FILLED).state

    def test_a_bad_answer_is_asked_again_and_what_was_typed_before_stays(self):
        outcome = after(Typed("苏州"), Typed("长" * 41))
        assert outcome.error.code == "too_long"
        assert asked(outcome) == "result"
        assert engine.values(TRIP, outcome.state) == {"city": "苏州"}
        assert asked(after(Typed("谈成了"), state=outcome.state)) is None

    def test_back_reopens_the_question_before_and_keeps_its_answer(self):
        outcome = after(Typed("苏州"), Do("back"))
        assert asked(outcome) == "city"
        assert engine.values(TRIP, outcome.state) == {"city": "苏州"}

    def test_keeping_goes_on_where_one_was(self):
        assert asked(after(Typed("苏州"), Do("back"), Do("card"))) == "result"

    def test_answering_again_overwrites_and_goes_on(self):
        outcome = after(Typed("苏州"), Do("back"), Typed("无锡"))
        assert engine.values(TRIP, outcome.state) == {"city": "无锡"}
        assert asked(outcome) == "result"

    def test_there_is_no_way_back_from_the_first_question(self):
        assert engine.before(TRIP, State()) is None
        assert asked(after(Do("back"))) == "city"

    def test_skipping_stores_nothing(self):
        outcome = after(*FILLED, Do("open", "cost"), Do("skip"))
        assert asked(outcome) is None
        assert "cost" not in outcome.state.answers

    def test_a_required_question_cannot_be_skipped(self):
        assert asked(after(Do("skip"))) == "city"

    def test_leaving_an_optional_question_keeps_what_it_held(self):
        outcome = after(*FILLED, Do("open", "cost"), Typed("1.28万"), Do("open", "cost"), Do("skip"))
        assert engine.values(TRIP, outcome.state)["cost"] == Decimal("12800.00")

    def test_editing_shows_the_menu_then_the_field_then_the_card(self):
        menu = after(*FILLED, Do("edit"))
        assert menu.state.asking == MENU
        opened = after(Do("open", "city"), state=menu.state)
        assert asked(opened) == "city"
        assert asked(after(Typed("无锡"), state=opened.state)) is None

    def test_words_typed_on_the_menu_change_nothing(self):
        menu = after(*FILLED, Do("edit"), Typed("无锡"))
        assert menu.error.code == "form.card_is_ready"
        assert engine.values(TRIP, menu.state)["city"] == "苏州"

    def test_a_field_that_does_not_exist_cannot_be_opened(self):
        outcome = after(*FILLED, Do("open", "salary"))
        assert outcome.error.code == "form.no_such_field"
        assert asked(outcome) is None

    @pytest.mark.parametrize("verb", ["card", "skip", "page", "back", "whatever"])
    def test_no_button_loses_an_answer(self, verb: str):
        assert after(*FILLED, Do(verb)).state.answers == after(*FILLED).state.answers


class TestHiddenFields:
    def test_a_reason_is_asked_only_for_a_lost_deal(self):
        assert asked(after(Typed("苏州"), Typed("没谈成"))) == "reason"
        assert asked(after(*FILLED)) is None

    def test_a_reason_of_what_was_lost_and_then_won_is_not_sent(self):
        lost = after(Typed("苏州"), Typed("没谈成"), Typed("价格太高"))
        won = after(Do("open", "result"), Typed("谈成了"), state=lost.state)
        assert "reason" not in engine.command(TRIP, won.state)

    def test_and_is_there_again_when_it_was_lost_after_all(self):
        won = after(Typed("苏州"), Typed("没谈成"), Typed("价格太高"), Do("open", "result"), Typed("谈成了"))
        lost = after(Do("open", "result"), Typed("没谈成"), state=won.state)
        assert engine.command(TRIP, lost.state)["reason"] == "价格太高"
        assert asked(lost) is None

    def test_a_hidden_field_that_is_opened_by_force_is_not_asked(self):
        assert asked(after(*FILLED, Do("open", "reason"))) is None


class TestStoredAnswers:
    @pytest.mark.parametrize(
        "stored", [None, 17, "", "长" * 21, [], {"a": 1}], ids=["nothing", "number", "empty", "long", "list", "object"]
    )
    def test_one_that_no_longer_reads_counts_as_not_given(self, stored: Any):
        state = State({"city": stored, "result": "谈成了"})
        assert engine.values(TRIP, state) == {"result": "谈成了"}
        assert asked(Outcome(state)) == "city"

    @pytest.mark.parametrize("stored", ["abc", None, [1, 2], {}])
    def test_an_unreadable_amount_or_photo_or_place_is_left_out(self, stored: Any):
        state = State({"city": "苏州", "result": "谈成了", "cost": stored, "photos": 5, "place": ["x", None]})
        assert engine.command(TRIP, state) == {"city": "苏州", "result": "谈成了", "confirmed": frozenset()}

    def test_an_answer_of_a_field_that_is_gone_does_no_harm(self):
        state = State({"city": "苏州", "result": "谈成了", "fax": "0512"}, asking="fax")
        assert asked(Outcome(state)) is None
        assert "fax" not in engine.command(TRIP, state)

    def test_the_given_id_goes_to_the_command(self):
        state = State({"trip_id": 12, **after(*FILLED).state.answers})
        assert TripReport(**engine.command(TRIP, state)) == TripReport(city="苏州", result="谈成了", trip_id=12)


class TestSending:
    def test_a_photo_finds_its_field_wherever_the_form_stands(self):
        outcome = after(photo("a"))
        assert asked(outcome) == "city"
        assert [one.file_unique_id for one in engine.values(TRIP, outcome.state)["photos"]] == ["a"]

    def test_photos_add_up_and_none_counts_twice(self):
        outcome = after(*FILLED, photo("a"), photo("b"), photo("a"))
        assert [one.file_unique_id for one in engine.values(TRIP, outcome.state)["photos"]] == ["a", "b"]

    def test_one_photo_too_many_keeps_the_earlier_ones(self):
        outcome = after(*FILLED, photo("a"), photo("b"), photo("c"))
        assert (outcome.error.code, outcome.error.params) == ("form.too_many_photos", {"max": 2})
        assert len(engine.values(TRIP, outcome.state)["photos"]) == 2

    def test_one_photo_too_many_does_not_turn_the_question_that_is_asked_into_one_for_photos(self):
        outcome = after(Typed("苏州"), photo("a"), photo("b"), photo("c"))
        assert outcome.error.code == "form.too_many_photos"
        assert asked(outcome) == "result"

    def test_a_place_finds_its_field(self):
        outcome = after(Typed("苏州"), Sent("location", {"latitude": 31.2989, "longitude": 120.5853}))
        assert engine.values(TRIP, outcome.state)["place"] == (31.2989, 120.5853)
        assert asked(outcome) == "result"

    def test_a_voice_message_is_no_answer_to_a_question_in_words(self):
        outcome = after(Sent("voice", {}))
        assert outcome.error.code == "form.needs_text"
        assert asked(outcome) == "city"


class TestDoubts:
    def test_an_overruled_doubt_reaches_the_command(self):
        outcome = after(*FILLED, Do("open", "city"), Do("confirm", "customer.similar"))
        assert engine.command(TRIP, outcome.state)["confirmed"] == {"customer.similar"}

    def test_a_new_answer_is_doubted_anew(self):
        outcome = after(*FILLED, Do("open", "city"), Do("confirm", "customer.similar"))
        again = after(Do("open", "city"), Typed("无锡"), state=outcome.state)
        assert engine.confirmed(again.state) == frozenset()

    def test_another_field_s_answer_keeps_it_overruled(self):
        outcome = after(*FILLED, Do("open", "city"), Do("confirm", "customer.similar"))
        other = after(Do("open", "result"), Typed("再谈"), state=outcome.state)
        assert engine.confirmed(other.state) == {"customer.similar"}


class TestSaving:
    def test_a_full_form_is_submitted(self):
        outcome = after(*FILLED, Do("save"))
        assert outcome.submit

    def test_a_forged_save_of_half_a_form_asks_what_is_missing(self):
        outcome = after(Typed("苏州"), Do("save"))
        assert not outcome.submit
        assert (outcome.error.code, outcome.error.field) == ("required", "result")
        assert asked(outcome) == "result"

    def test_what_the_core_refuses_is_asked_again_with_the_answer_kept(self):
        state = after(*FILLED).state
        refused = engine.reopened(TRIP, state, DomainError("not_found", field="city"))
        assert asked(refused) == "city"
        assert engine.values(TRIP, refused.state)["city"] == "苏州"

    @pytest.mark.parametrize("field", [None, "owner"])
    def test_what_no_field_is_to_blame_for_stays_on_the_card(self, field: str | None):
        refused = engine.reopened(TRIP, after(*FILLED).state, DomainError("not_allowed", field=field))
        assert asked(refused) is None
        assert refused.error is not None


words = st.text(max_size=60)
events = st.one_of(
    words.map(Typed),
    words.map(Tapped),
    st.sampled_from(["photo", "location", "voice", "sticker"]).map(
        lambda what: {
            "photo": photo("p"),
            "location": Sent("location", {"latitude": 1.5, "longitude": 2.5}),
        }.get(what, Sent(what, {}))
    ),
    st.builds(
        Do,
        st.sampled_from(["open", "edit", "card", "skip", "back", "confirm", "page", "save"]),
        st.sampled_from(["city", "result", "reason", "cost", "photos", "place", "", "salary", "customer.similar"]),
    ),
)


@given(st.lists(events, max_size=12))
def test_whatever_happens_the_engine_neither_breaks_nor_touches_what_it_was_given(happened: list[Any]):
    state = State()
    for event in happened:
        before = deepcopy(state)
        outcome = engine.step(TRIP, state, event, FACTS)
        assert state == before
        kept = engine.values(TRIP, replace(before, asking=None)).keys() - {"reason"}
        assert kept <= engine.values(TRIP, outcome.state).keys(), "an answer was lost"
        state = outcome.state


@given(st.permutations(["city", "result", "cost", "reason"]), st.integers(0, 4))
def test_where_a_form_stands_follows_from_its_answers_alone(order: list[str], many: int):
    given_ = {"city": "苏州", "result": "没谈成", "cost": "12800.00", "reason": "价格"}
    held = {name: given_[name] for name in order[:many]}
    in_order = {name: value for name, value in given_.items() if name in held}
    assert engine.current(TRIP, State(held)) == engine.current(TRIP, State(in_order))
