"""Whole numbers, percentages, lengths of time, yes and no, several choices: as people type them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from conversations.kinds.base import Sent, Tapped, Typed
from conversations.kinds.choices import Choice, Entry, Several, YesNo
from conversations.kinds.numbers import Duration, Integer, Percent
from crm_core.kit.errors import DomainError
from crm_core.playbook.service import default
from crm_core.visits.models import VisitKind
from handlers import routing
from screens.catalogue import say
from screens.wording import words_of
from screens.words.visits import KINDS
from tests.conversations.test_kinds import en, refusal, zh

routing.load()
MET = Several(Choice(VisitKind, KINDS))
FIRST, PHONE = VisitKind.FIRST, VisitKind.PHONE


class TestWholeNumbers:
    @pytest.mark.parametrize(
        ("typed", "value"),
        [
            *(("30", 30), ("３０", 30), ("三十", 30), ("1.2万", 12_000), ("1,280", 1_280), ("两百五", 250)),
            *(("twelve", 12), ("two hundred", 200), ("30台", 30), ("二十 个", 20), ("12 pcs", 12), (" 0 ", 0)),
        ],
    )
    def test_are_read_as_people_write_them(self, typed: str, value: int):
        assert Integer().read(Typed(typed), zh) == value

    @pytest.mark.parametrize(
        "typed", ["about 30", "约30", "三十左右", "12.5", "30-40", "", "很多", "a", "1 2", "30元", "9" * 50, "²", "٣"]
    )
    def test_are_not_guessed(self, typed: str):
        assert refusal(Integer(), Typed(typed)) == "form.not_a_whole_number"

    @pytest.mark.parametrize("typed", ["-5", "负五", "－5", "minus five"])
    def test_may_be_below_nought_where_that_makes_sense(self, typed: str):
        assert Integer(least=-10).read(Typed(typed), zh) == -5
        assert refusal(Integer(), Typed(typed)) == "form.number_out_of_range"

    def test_say_where_they_end(self):
        with pytest.raises(DomainError) as refused:
            Integer(least=1, most=10_000).read(Typed("2万"), zh)
        assert say(words_of(refused.value), "zh") == "请输入 1 到 10,000 之间的数。"
        assert say(words_of(refused.value), "en") == "Please type a number from 1 to 10,000."

    def test_are_not_sent(self):
        assert refusal(Integer(), Sent("photo", {})) == "form.needs_text"


class TestPercentages:
    @pytest.mark.parametrize(
        ("typed", "value"),
        [
            *(("8%", "8"), ("８％", "8"), ("8个点", "8"), ("百分之八", "8"), ("8", "8"), ("8.25%", "8.25")),
            *(("0.08%", "0.08"), ("三成", "30"), ("两成半", "25"), ("8 percent", "8"), ("eight per cent", "8")),
            *(("百分之十二点五", "12.5"), ("十个点", "10"), ("0", "0"), ("100%", "100")),
        ],
    )
    def test_are_read_as_people_write_them(self, typed: str, value: str):
        assert Percent().read(Typed(typed), zh) == Decimal(value)

    def test_a_bare_fraction_is_asked_for_with_its_sign(self):
        with pytest.raises(DomainError) as refused:
            Percent().read(Typed("0.08"), zh)
        assert say(words_of(refused.value), "zh") == "是 8% 还是 0.08%？请带上百分号再输入一次。"

    @pytest.mark.parametrize("typed", ["8折", "", "%", "很多", "8.125%", "1e3%", "八九", "百分之", "10%~15%"])
    def test_are_not_guessed(self, typed: str):
        assert refusal(Percent(), Typed(typed)) == "form.not_a_percentage"

    def test_have_their_range(self):
        assert refusal(Percent(), Typed("120%")) == "form.percent_out_of_range"
        assert refusal(Percent(), Typed("-5%")) == "form.percent_out_of_range"
        assert Percent(least=-100, most=1000).read(Typed("-5%"), zh) == -5

    def test_are_echoed_with_the_sign(self):
        assert Percent().write(Decimal("8.50"), zh) == "8.5%"
        assert Percent().write(Decimal("100.00"), en) == "100%"


class TestLengthsOfTime:
    @pytest.mark.parametrize(
        ("typed", "minutes"),
        [
            *(("45分钟", 45), ("半小时", 30), ("一个半小时", 90), ("1h30", 90), ("2 hours", 120), ("两天", 2880)),
            *(("1:30", 90), ("90秒", 2), ("three quarters of an hour", 45), ("1天2小时30分钟", 1590)),
        ],
    )
    def test_are_read_as_people_write_them(self, typed: str, minutes: int):
        assert Duration().read(Typed(typed), zh) == minutes

    @pytest.mark.parametrize("typed", ["2", "很久", "", "半天", "三个月", "3点", "昨天"])
    def test_are_not_guessed(self, typed: str):
        assert refusal(Duration(), Typed(typed)) == "form.not_a_duration"

    def test_have_an_end(self):
        assert refusal(Duration(), Typed("40天")) == "form.duration_out_of_range"
        assert refusal(Duration(), Typed("10秒")) == "form.duration_out_of_range"

    def test_are_tapped(self):
        assert [chip.label for chip in Duration().chips(zh)] == ["15分钟", "30分钟", "1小时", "2小时"]
        assert [Duration().read(Tapped(chip.arg), zh) for chip in Duration().chips(zh)] == [15, 30, 60, 120]

    @pytest.mark.parametrize("arg", ["", "-5", "1e9", "²", "9" * 40])
    def test_a_forged_chip_is_refused(self, arg: str):
        assert refusal(Duration(), Tapped(arg)) in ("form.not_a_duration", "form.duration_out_of_range")


class TestYesAndNo:
    @pytest.mark.parametrize("typed", ["是", "对", "有", "好的", "嗯", "Yes", "Y", "ｙｅｓ", "ok.", "是。"])
    def test_yes(self, typed: str):
        assert YesNo().read(Typed(typed), zh) is True

    @pytest.mark.parametrize("typed", ["否", "不", "没有", "不是！", "no", "N", "No."])
    def test_no(self, typed: str):
        assert YesNo().read(Typed(typed), zh) is False

    @pytest.mark.parametrize("typed", ["", "也许", "yes and no", "是不是", "1", "🤷"])
    def test_anything_else_is_neither(self, typed: str):
        assert refusal(YesNo(), Typed(typed)) == "form.not_yes_or_no"

    def test_by_a_chip(self):
        assert [YesNo().read(Tapped(chip.arg), zh) for chip in YesNo().chips(zh)] == [True, False]
        assert refusal(YesNo(), Tapped("maybe")) == "form.not_yes_or_no"


class TestSeveral:
    def test_chips_toggle_and_show_what_is_chosen(self):
        one = MET.read(Tapped(PHONE.value), zh)
        both = MET.read(Tapped(FIRST.value), zh, one)
        assert both == (FIRST.value, PHONE.value), "in the order of the options"
        assert [chip.label[0] == "☑" for chip in MET.chips(zh, both)][:4] == [False, True, True, False]
        assert MET.read(Tapped(FIRST.value), zh, both) == one
        assert MET.read(Tapped(PHONE.value), zh, one) == ()

    def test_none_left_is_no_answer(self):
        with pytest.raises(ValueError):
            MET.load(MET.dump(()))

    @pytest.mark.parametrize(
        "typed", ["初次、电话", "电话，初次", "phone and first", "初次拜访/电话联系", "电话和初次"]
    )
    def test_several_are_typed_with_something_between(self, typed: str):
        assert MET.read(Typed(typed), zh) == (FIRST.value, PHONE.value)

    def test_what_is_typed_is_added(self):
        assert MET.read(Typed("电话"), zh, (FIRST.value,)) == (FIRST.value, PHONE.value)

    @pytest.mark.parametrize("given_", [Typed("全部"), Typed("ALL"), Tapped("*")])
    def test_all_of_them(self, given_):
        assert MET.read(given_, zh, (PHONE.value,)) == tuple(kind.value for kind in VisitKind)

    def test_and_none_of_them_again(self):
        every = tuple(kind.value for kind in VisitKind)
        assert MET.read(Tapped("*"), zh, every) == ()
        assert say(MET.tools(zh, every)[0].label, "zh") == "全不选"

    @pytest.mark.parametrize("typed", ["火箭", "电话、火箭", "", "、", "，，"])
    def test_what_is_no_option_is_refused_and_takes_nothing(self, typed: str):
        assert refusal(MET, Typed(typed)) == "form.not_a_choice"

    def test_names_may_hold_commas(self):
        book = default().model_copy(deep=True)
        first, second, *_ = book.industries
        first.title["zh"], second.title["zh"] = "研发、试制和中试", "研发"
        facts = replace(zh, book=book)
        kind = Several(Entry("industries"))
        for value in ((first.key,), (second.key,), (first.key, second.key)):
            assert kind.read(Typed(kind.write(value, facts)), facts) == value

    def test_an_option_that_the_playbook_dropped_is_kept(self):
        kind = Several(Entry("industries"))
        some = kind.of.options(zh)[0][0]
        assert kind.read(Tapped(some), zh, ("whaling",)) == (some, "whaling")
        assert "whaling" in kind.show(("whaling",), zh)

    def test_of_an_enumeration_what_no_longer_reads_is_left_out(self):
        assert MET.load(["telex", PHONE.value]) == (PHONE.value,)

    def test_the_command_gets_members(self):
        assert MET.value((PHONE.value,)) == (PHONE,)
