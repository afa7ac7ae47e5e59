"""The calendar of days and moments: a month as buttons, and what taps on it answer."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import engine
from conversations.engine import Do, Outcome, State
from conversations.form import Facts
from conversations.kinds.base import IDLE, Board, Chip, Tapped, Typed
from conversations.kinds.times import Day, Moment
from conversations.view import Handle, view
from screens.catalogue import say
from screens.render import keyboard, render_text
from screens.screen import MOST_ROWS
from tests.conversations.fair import FAIR
from tests.conversations.test_kinds import en, refusal, zh

HANDLE = Handle(12, 5)


def looking(kind: Day | Moment, look: str, facts: Facts = zh) -> Board:
    board = kind.board(replace(facts, look=look))
    assert board is not None
    return board


def labels(board: Board, language: str = "zh") -> list[list[str]]:
    return [[say(chip.label, language) for chip in row] for row in board.rows]


def tappable(board: Board) -> list[Chip]:
    return [chip for row in board.rows[2:] for chip in row if chip.verb != IDLE]


class TestAMonth:
    def test_has_its_name_the_weekdays_and_its_weeks(self):
        month = labels(looking(Day(), "2026-03"))
        assert month[0] == ["‹ 2月", "2026年3月", "4月 ›"]
        assert month[1] == list("一二三四五六日")
        assert month[2] == ["·", "·", "·", "·", "·", "·", "1"]
        assert month[-1] == ["30", "31", "·", "·", "·", "·", "·"]

    def test_speaks_english(self):
        month = labels(looking(Day(), "2026-03", en), "en")
        assert month[0] == ["‹ Feb", "Mar 2026", "Apr ›"]
        assert month[1] == ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]

    def test_marks_holidays_and_worked_weekends_with_a_legend(self):
        board = looking(Day(), "2026-10")
        days = [label for row in labels(board)[2:] for label in row]
        assert {"1休", "7休", "10班"} <= set(days), "National Day 2026"
        assert {"8", "9", "11"} <= set(days)
        assert say(board.hint, "zh") == "点一天。“休”是放假，“班”是调休上班。"
        assert "1h" in {label for row in labels(board, "en") for label in row}
        assert "h is a public holiday" in say(board.hint, "en")
        plain = looking(Day(), "2026-03")
        assert say(plain.hint, "zh") == "点一天。", "no sign in the month, no legend"

    def test_marks_the_company_s_own_days(self):
        own = replace(zh, table={date(2026, 3, 13): False, date(2026, 3, 14): True})
        board = looking(Day(), "2026-03", own)
        assert {"13休", "14班", "12", "15"} <= {label for row in labels(board)[2:] for label in row}
        assert Day().read(Typed("两个工作日后"), own) == date(2026, 3, 14), "the Friday is off, the Saturday is worked"

    def test_leaves_out_the_weeks_that_are_over(self):
        assert labels(looking(Day(future=True), "2026-03"))[2] == ["·", "·", "11", "12", "13", "14", "15"]
        assert labels(looking(Day(past=True), "2026-03"))[-1] == ["9", "10", "11", "·", "·", "·", "·"]

    def test_says_when_the_holidays_are_still_a_guess(self):
        assert "2031 年的放假安排还没公布" in say(looking(Day(), "2031-05").hint, "zh")

    def test_days_that_cannot_be_chosen_are_blank(self):
        ahead = [chip.arg for chip in tappable(looking(Day(future=True), "2026-03"))]
        behind = [chip.arg for chip in tappable(looking(Day(past=True), "2026-03"))]
        assert (ahead[0], ahead[-1]) == ("2026-03-11", "2026-03-31")
        assert (behind[0], behind[-1]) == ("2026-03-01", "2026-03-11")

    def test_leads_to_no_month_without_a_day_to_choose(self):
        assert labels(looking(Day(future=True), "2026-03"))[0] == ["·", "2026年3月", "4月 ›"]
        assert labels(looking(Day(past=True), "2026-03"))[0] == ["‹ 2月", "2026年3月", "·"]

    def test_goes_over_the_end_of_the_year(self):
        assert looking(Day(), "2026-12").rows[0][2].arg == "2027-01"
        assert looking(Day(), "2026-01").rows[0][0].arg == "2025-12"

    @pytest.mark.parametrize("look", ["", "2026", "2026-13", "2026-00", "0000-01", "9999-12", "²²²²-01", "2026-3", "x"])
    def test_that_is_forged_is_not_there(self, look: str):
        assert Day().board(replace(zh, look=look)) is None

    @given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from([Day(), Day(future=True), Day(past=True)]))
    def test_only_offers_what_the_field_takes_and_fits_a_card(self, day: date, kind: Day):
        board = looking(kind, f"{day:%Y-%m}")
        assert len(board.rows) + 1 <= MOST_ROWS
        assert {len(row) for row in board.rows[1:]} == {7}
        for chip in tappable(board):
            assert kind.read(Tapped(chip.arg), zh).isoformat() == chip.arg
        for chip in board.rows[0]:
            assert chip.verb == IDLE or kind.board(replace(zh, look=chip.arg)) is not None


class TestAMoment:
    def test_asks_for_the_hour_after_the_day(self):
        day = tappable(looking(Moment(), "2026-03"))[9]
        assert (day.verb, day.arg) == ("half", "2026-03-10")
        board = looking(Moment(), day.arg)
        assert labels(board)[0] == ["8:00", "9:00", "10:00", "11:00"]
        assert labels(board)[-1][-1] == "18:00"
        assert board.back == "2026-03"
        at_three = next(chip for chip in board.rows[1] if chip.label == "15:00")
        assert Moment().read(Tapped(at_three.arg), zh) == datetime(2026, 3, 10, 15, tzinfo=zh.zone)

    def test_that_has_happened_offers_no_hour_to_come(self):
        assert labels(looking(Moment(past=True), "2026-03-11")) == [["8:00", "9:00", "10:00", "现在"]]
        assert [chip.arg for chip in tappable(looking(Moment(past=True), "2026-03"))][-1] == "2026-03-11"
        assert refusal(Moment(past=True), Tapped("2026-03-12T09:00")) == "form.moment_in_future"

    @pytest.mark.parametrize(
        "arg", ["2026-03-10T03:00", "2026-03-10T15:30", "2026-02-30T15:00", "T15:00", "2026-03-10T"]
    )
    def test_that_is_forged_is_refused(self, arg: str):
        assert refusal(Moment(), Tapped(arg)) == "form.not_a_moment"

    @pytest.mark.parametrize(
        ("typed", "read"),
        [
            ("下午3点", datetime(2026, 3, 9, 15)),  # noqa: DTZ001
            ("15:30", datetime(2026, 3, 9, 15, 30)),  # noqa: DTZ001
            ("4pm", datetime(2026, 3, 9, 16)),  # noqa: DTZ001
            ("昨天下午3点", datetime(2026, 3, 10, 15)),  # noqa: DTZ001
            ("3月8号上午9点", datetime(2026, 3, 8, 9)),  # noqa: DTZ001
        ],
    )
    def test_an_hour_typed_belongs_to_the_day_that_was_tapped(self, typed: str, read: datetime):
        chosen = replace(zh, look="2026-03-09")
        assert Moment(past=True).read(Typed(typed), chosen) == read.replace(tzinfo=zh.zone)

    def test_an_hour_is_the_person_s_own(self):
        away = replace(en, zone=ZoneInfo("America/New_York"))
        value = Moment().read(Tapped("2026-03-08T09:00"), away)  # clocks went forward that night
        assert value.astimezone(UTC) == datetime(2026, 3, 8, 13, tzinfo=UTC)


class TestOnTheCard:
    asking = State({"name": "华南电子展"}, asking="began")

    def card(self, state: State, **known: Any) -> Any:
        return view(FAIR, Outcome(state), replace(zh, **known), HANDLE)

    def test_the_chips_lead_to_the_calendar_and_back(self):
        chips = self.card(self.asking)
        assert ("📅 日历", "look.2026-03") in [(b.label, b.arg) for row in chips.rows for b in row]
        month = self.card(self.asking, look="2026-03")
        assert [(b.arg) for b in month.rows[-1]] == ["look.", "cancel"]
        assert "点一天。" in render_text(month, "zh", zh.zone)

    def test_looking_stores_nothing(self):
        for verb in ("look", "page", IDLE):
            looked = engine.step(FAIR, self.asking, Do(verb, "2026-03"), zh).state
            assert looked.answers == self.asking.answers
        assert engine.step(FAIR, self.asking, Do("look", "2026-03"), zh).state == self.asking

    def test_half_an_answer_waits_for_the_other_half(self):
        half = engine.step(FAIR, self.asking, Do("half", "2026-03-09"), zh).state
        assert "began" not in engine.values(FAIR, half)
        assert "周一：点几点" in render_text(self.card(half), "zh", zh.zone)
        whole = engine.step(FAIR, half, Typed("下午3点"), zh).state
        assert engine.values(FAIR, whole)["began"] == datetime(2026, 3, 9, 15, tzinfo=zh.zone)
        assert whole.answers.keys() <= {"name", "began", engine.CONFIRMED}

    @pytest.mark.parametrize("away", [Do("skip"), Do("open", "took"), Do("look", ""), Do("edit"), Do("save")])
    def test_whoever_goes_elsewhere_takes_no_half_along(self, away: Do):
        half = engine.step(FAIR, self.asking, Do("half", "2026-03-09"), zh).state
        assert engine.step(FAIR, half, away, zh).state.answers == self.asking.answers

    def test_a_word_that_is_no_time_leaves_the_day(self):
        half = engine.step(FAIR, self.asking, Do("half", "2026-03-09"), zh).state
        refused = engine.step(FAIR, half, Typed("随便"), zh)
        assert refused.error.code == "form.not_a_moment"
        assert refused.state == half

    def test_a_forged_half_does_no_harm(self):
        for arg in ("", "2026-99-99", "x" * 40):
            half = engine.step(FAIR, self.asking, Do("half", arg), zh).state
            assert self.card(half).rows
            assert engine.step(FAIR, half, Typed("昨天下午3点"), zh).error is None

    def test_every_button_has_data_that_fits(self):
        for look in ("2026-03", "2026-05", "2026-03-10"):
            screen = view(FAIR, Outcome(self.asking), replace(zh, look=look), Handle(999_999_999_999, 99_999))
            assert all(len(b.data.encode()) <= 64 for row in screen.rows for b in row)
            assert keyboard(screen, "zh")
