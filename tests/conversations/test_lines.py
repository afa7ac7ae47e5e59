"""Line items: typed in one go or asked field by field, changed, removed, added up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import engine
from conversations.engine import Do, Outcome, State
from conversations.kinds.base import Given, Sent, Tapped, Typed
from conversations.kinds.lines import Items
from conversations.view import Handle, view
from crm_core.attachments.service import FileRef
from crm_core.kit.errors import DomainError
from handlers import routing
from sandbox.entities import parse_html
from screens.render import render_text
from tests.conversations.fair import COSTS, EXPENSES, FAIR, Expense
from tests.conversations.test_kinds import en, zh

routing.load()
YESTERDAY = date(2026, 3, 10)
TAXI = {"kind": "transport", "amount": "45.00", "on": "2026-03-10"}
MEAL = {"kind": "meal", "amount": "320.00", "on": "2026-03-11"}
BOTH = Items((TAXI, MEAL))


def after(*events: Given, items: Items | None = None) -> Items:
    for event in events:
        items = COSTS.read(event, zh, items)
        if items.lines:
            assert COSTS.load(COSTS.dump(items)) == items
    assert items is not None
    return items


def refusal(given_: Given, items: Items | None = None) -> str:
    with pytest.raises(DomainError) as refused:
        COSTS.read(given_, zh, items)
    return refused.value.code


def asked(items: Items | None) -> str | None:
    inner = COSTS.inner(items)
    return inner.name if inner else None


def photo(name: str) -> Sent:
    return Sent("photo", {"bot_id": 7, "file_id": f"id-{name}", "file_unique_id": name})


class TestInOneGo:
    @pytest.mark.parametrize(
        "typed",
        [
            "打车 45 昨天",
            "taxi 45 yesterday",
            "昨天打车 45",
            "打车，45元，昨天",
            "45 打车 3月10日",
            "昨天打车45",
            "3月10日打车45元",
            "taxi ¥45 10 Mar",
        ],
    )
    def test_each_field_reads_what_fits(self, typed: str):
        assert COSTS.held(after(Typed(typed))) == [{"kind": "transport", "amount": Decimal("45.00"), "on": YESTERDAY}]

    def test_what_is_left_is_the_note(self):
        held = COSTS.held(after(Typed("餐饮 1,280 昨天 请华宁王总，谈年框")))
        assert held == [{"kind": "meal", "amount": Decimal("1280.00"), "on": YESTERDAY, "note": "请华宁王总，谈年框"}]

    def test_what_is_missing_is_asked(self):
        items = after(Typed("打车 45"))
        assert asked(items) == "on"
        assert COSTS.unfinished(items)
        assert COSTS.held(after(Typed("昨天"), items=items))[0]["on"] == YESTERDAY

    def test_several_lines_at_once_are_several_items(self):
        assert len(COSTS.held(after(Typed("打车 45 昨天\n餐饮 320 今天\n\n住宿 480 昨天")))) == 3
        assert len(COSTS.held(after(Typed("打车 45 昨天；餐饮 320 今天; 住宿 480 昨天；")))) == 3

    def test_of_several_lines_the_first_that_lacks_something_is_asked(self):
        items = after(Typed("打车 45\n餐饮 320 今天\n住宿 480"))
        assert (items.at, asked(items)) == (0, "on")
        items = after(Typed("昨天"), items=items)
        assert (items.at, asked(items)) == (2, "on")

    def test_one_bad_line_of_several_takes_none(self):
        assert refusal(Typed("打车 45 昨天\n🤷")) == "form.not_a_choice"

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(list(Expense)),
                st.decimals(Decimal("0.01"), Decimal(99_999), places=2),
                st.dates(date(2025, 1, 1), date(2026, 3, 11)),
                st.sampled_from([None, "华宁王总", "去机场", "with Mr Chen"]),
            ),
            min_size=1,
            max_size=4,
        ),
        st.sampled_from([zh, en]),
    )
    def test_what_is_written_is_read_back(self, lines: list[Any], facts: Any):
        items = Items(
            tuple(
                {"kind": kind.value, "amount": str(amount), "on": on.isoformat()} | ({"note": note} if note else {})
                for kind, amount, on, note in lines
            )
        )
        assert COSTS.held(COSTS.read(Typed(COSTS.write(items, facts)), facts)) == COSTS.held(items)


class TestFieldByField:
    def test_a_new_line_asks_its_first_field(self):
        assert asked(None) == "kind"
        assert [chip.label for chip in COSTS.chips(zh)] == list(EXPENSES.values())

    def test_goes_through_what_is_required(self):
        items = after(Tapped("transport"))
        assert asked(items) == "amount"
        items = after(Typed("45"), items=items)
        assert asked(items) == "on"
        items = after(Tapped("2026-03-10"), items=items)
        assert (items, asked(items)) == (Items((TAXI,)), None)

    def test_a_bad_answer_is_refused_and_the_line_stays(self):
        items = after(Tapped("transport"))
        assert refusal(Typed("很多"), items) == "form.not_an_amount"
        assert asked(items) == "amount"

    def test_words_that_fit_another_field_go_there(self):
        items = after(Tapped("transport"), Typed("昨天"))
        assert COSTS.held(items) == [{"kind": "transport", "on": YESTERDAY}]
        assert asked(items) == "amount"

    def test_two_answers_at_once_are_both_taken(self):
        assert after(Tapped("transport"), Typed("45 昨天")) == Items((TAXI,))

    def test_a_photo_is_the_last_line_s_receipt(self):
        items = after(photo("a"), items=BOTH)
        assert COSTS.value(items)[1]["receipt"] == (FileRef(7, "id-a", "a"),)
        assert "receipt" not in COSTS.value(items)[0]

    def test_a_photo_of_an_open_line_is_its_own(self):
        items = after(Tapped("#0"), photo("a"), items=BOTH)
        assert "receipt" in COSTS.value(items)[0]

    def test_what_no_field_takes_is_refused(self):
        assert refusal(Sent("voice", {}), BOTH) == "form.needs_text"


class TestChanging:
    def test_a_tapped_line_shows_its_fields(self):
        items = after(Tapped("#0"), items=BOTH)
        shown = [str(chip.label) for chip in COSTS.chips(zh, items)]
        assert shown[0].startswith("✎ ")
        assert "✎ ¥45" in shown
        assert refusal(Typed("50"), items) == "form.choose_what_to_change"

    def test_a_field_of_it_is_changed(self):
        items = after(Tapped("#0"), Tapped("#open.amount"), items=BOTH)
        assert asked(items) == "amount"
        items = after(Typed("50"), items=items)
        assert [one["amount"] for one in COSTS.held(items)] == [Decimal("50.00"), Decimal("320.00")]
        assert items.at is None

    def test_it_may_be_kept_as_it_is(self):
        assert after(Tapped("#0"), Tapped("#open.amount"), Tapped("#skip"), items=BOTH) == BOTH

    def test_a_line_is_removed(self):
        assert after(Tapped("#0"), Tapped("#remove"), items=BOTH) == Items((MEAL,))
        assert after(Tapped("#drop"), items=BOTH) == Items((TAXI,))
        assert after(Tapped("#drop"), Tapped("#drop"), items=BOTH) == Items()

    def test_no_line_left_is_no_answer(self):
        with pytest.raises(ValueError):
            COSTS.load(COSTS.dump(Items()))

    def test_another_is_added_up_to_the_most(self):
        items = after(Tapped("#add"), items=BOTH)
        assert (items.at, asked(items)) == (2, "kind")
        full = Items((TAXI, MEAL) * 2)
        assert refusal(Tapped("#add"), full) == "form.too_many_lines"
        assert refusal(Typed("打车 45 昨天"), full) == "form.too_many_lines"

    def test_a_half_line_comes_before_a_new_one(self):
        items = after(Typed("打车 45"), Tapped("#list"), Tapped("#add"))
        assert (items.at, asked(items)) == (0, "on")

    @pytest.mark.parametrize("arg", ["#", "#7", "#²", "#-1", "#remove", "#skip", "#open.amount", "#99999999", "#x.y"])
    def test_a_forged_button_does_nothing(self, arg: str):
        assert refusal(Tapped(arg), BOTH) == "form.no_such_line"


class TestShowing:
    def test_how_many_and_how_much(self):
        assert COSTS.show(BOTH, zh).startswith("共 2 项，合计 ¥365 · 1. ")
        assert COSTS.show(BOTH, en).startswith("2 in all, ¥365 · 1. ")

    def test_the_command_gets_values(self):
        assert COSTS.value(BOTH)[0] == {"kind": Expense.TRANSPORT, "amount": Decimal("45.00"), "on": YESTERDAY}

    def test_a_line_of_which_something_no_longer_reads_is_asked_again(self):
        items = COSTS.load({"lines": [TAXI | {"amount": "a lot"}, MEAL], "at": None, "asking": None})
        assert COSTS.unfinished(items)
        assert len(COSTS.held(items)) == 2


class TestInAForm:
    full: Any = State({"name": "华南电子展", "visitors": 30, "met": ["phone"], "again": True})

    def step(self, state: State, *events: Any) -> Outcome:
        outcome = Outcome(state)
        for event in events:
            outcome = engine.step(FAIR, outcome.state, event, zh)
        return outcome

    def labels(self, state: State) -> list[str]:
        screen = view(FAIR, Outcome(state), zh, Handle(1, 1))
        return [str(button.label) for row in screen.rows for button in row if isinstance(button.label, str)]

    def ids(self, state: State) -> list[str]:
        screen = view(FAIR, Outcome(state), zh, Handle(1, 1))
        return [button.arg for row in screen.rows for button in row]

    def test_lines_stay_open_until_done(self):
        outcome = self.step(self.full, Do("open", "costs"), Typed("打车 45 昨天"))
        assert engine.current(FAIR, outcome.state).name == "costs"
        assert {"v.#add", "v.#drop", "card", "cancel"} <= set(self.ids(outcome.state))
        assert engine.current(FAIR, self.step(outcome.state, Do("card")).state) is None

    def test_a_form_with_half_a_line_is_not_saved_and_not_left(self):
        outcome = self.step(self.full, Do("open", "costs"), Typed("打车 45"))
        assert "card" not in self.ids(outcome.state)
        refused = self.step(outcome.state, Do("save"))
        assert not refused.submit
        assert engine.current(FAIR, refused.state).name == "costs"
        removed = self.step(outcome.state, Tapped("#remove"), Do("card"), Do("save"))
        assert removed.submit
        assert "costs" not in engine.command(FAIR, removed.state)

    def test_the_day_of_a_line_has_the_calendar(self):
        outcome = self.step(self.full, Do("open", "costs"), Typed("打车 45"))
        assert "look.2026-03" in self.ids(outcome.state)
        month = view(FAIR, outcome, replace(zh, look="2026-02"), Handle(1, 1))
        assert "v.2026-02-14" in [button.arg for row in month.rows for button in row]

    def test_the_card_shows_what_it_comes_to(self):
        outcome = self.step(self.full, Do("open", "costs"), Typed("打车 45 昨天"), Typed("餐饮 320 今天"), Do("card"))
        text, _ = parse_html(render_text(view(FAIR, outcome, zh, Handle(1, 1)), "zh", zh.zone))
        assert "共 2 项，合计 ¥365 · 1. taxi 打车 ¥45 2026-03-10 周二" in text
