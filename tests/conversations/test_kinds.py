"""Kinds of fields: what they write they read back, and nothing that people give them breaks anything."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from conversations.away import FromDay
from conversations.budgets import FirstDay, LastDay
from conversations.contacts import Mail, Pasted
from conversations.expenses import Nights
from conversations.form import Facts, Option
from conversations.kinds.base import Kind, Sent, Tapped, Typed
from conversations.kinds.choices import Choice, Entry, Several, YesNo
from conversations.kinds.files import Files
from conversations.kinds.media import Document, Photos, Place, Voice
from conversations.kinds.numbers import Duration, Integer, Percent
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.reference import NamedRef, Picked, Ref
from conversations.kinds.tags import Tags
from conversations.kinds.taken import Count, Until, Worth
from conversations.kinds.times import Day, Moment
from conversations.kinds.yearly import YearlyDay
from conversations.leave import LeaveDay, LeaveKinds
from conversations.links import LinkKinds
from conversations.pool import Usual
from conversations.visits import Reason
from crm_core.kit.errors import DomainError, codes
from crm_core.kit.places import haversine_m
from crm_core.org.models import Role
from crm_core.playbook.service import default
from crm_core.visits.models import Away, VisitKind
from screens.screen import Msg, Titled
from screens.words.org import ROLES
from screens.words.visits import KINDS
from tests.conversations.fair import COSTS
from tests.screens.previews import SAMPLES, sample

NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)  # ten in the morning in Shanghai
DICTIONARIES = ("categories", "industries", "sources", "customer_types")
zh = Facts(NOW, ZoneInfo("Asia/Shanghai"), "zh", default())
en = replace(zh, language="en")
away = replace(en, zone=ZoneInfo("America/New_York"))
either = st.sampled_from([zh, en])


async def _nobody(*_: Any) -> Any:
    raise AssertionError("a kind asks nobody by itself")


CUSTOMER = Ref(find=_nobody, get=_nobody)
NAMED = NamedRef(find=_nobody, get=_nobody)
ONE_OF_EACH: list[Kind[Any]] = [
    Text(most=40),
    Text(most=400, lines=True),
    Money(),
    Phone(),
    Choice(VisitKind, KINDS),
    Choice(Role, ROLES),
    *(Entry(name) for name in DICTIONARIES),
    CUSTOMER,
    NAMED,
    Day(),
    Day(future=True),
    Day(past=True),
    Moment(),
    Moment(past=True),
    Files(at_most=2),
    Photos(at_most=2),
    Place(),
    Integer(),
    Integer(least=-100, most=100),
    Percent(),
    Duration(),
    YesNo(),
    Several(Choice(VisitKind, KINDS)),
    *(Several(Entry(name)) for name in DICTIONARIES),
    Voice(),
    Document(),
    COSTS,
    Pasted(),
    Mail(),
    Reason(),
    Until(),
    Count(),
    Worth(),
    LinkKinds(),
    Usual(),
    FromDay(),
    FirstDay(),
    LastDay(),
    LeaveDay(),
    LeaveKinds(),
    Nights(),
    YearlyDay(),
    Tags(),
]


def refusal(kind: Kind[Any], given_: Any, facts: Facts = zh) -> str:
    with pytest.raises(DomainError) as refused:
        kind.read(given_, facts)
    return refused.value.code


class TestWhatIsWrittenIsReadBack:
    @given(st.text(max_size=60), either)
    @example("  谈了\t年框 \n", zh)
    @example("\u3000\u200b", zh)
    @pytest.mark.parametrize("kind", [Text(most=60), Text(most=60, lines=True)], ids=["line", "lines"])
    def test_words(self, kind: Text, typed: str, facts: Facts):
        if not typed.strip():
            assert refusal(kind, Typed(typed), facts) == "required"
            return
        value = kind.read(Typed(typed), facts)
        assert kind.read(Typed(kind.write(value, facts)), facts) == value
        assert kind.load(kind.dump(value)) == value

    @given(st.decimals(Decimal(0), Decimal("99999999999.99"), places=2), either)
    @example(Decimal("0.00"), zh)
    @example(Decimal("12800.50"), en)
    def test_money(self, value: Decimal, facts: Facts):
        kind = Money()
        assert kind.read(Typed(kind.write(value, facts)), facts) == value
        assert kind.load(kind.dump(value)) == value

    @given(st.sampled_from([130, 138, 139, 150, 177, 186, 199]), st.integers(0, 99_999_999), either)
    def test_a_phone_number(self, operator: int, rest: int, facts: Facts):
        value = f"+86{operator}{rest:08d}"
        assert Phone().read(Typed(Phone().write(value, facts)), facts) == value

    @pytest.mark.parametrize("typed", ["0755-8321 6688", "021 6888 8000 转803", "+852 9123 4567", "(010)65881234"])
    def test_a_landline_or_a_number_abroad(self, typed: str):
        value = Phone().read(Typed(typed), zh)
        assert Phone().read(Typed(Phone().write(value, zh)), en) == value

    @pytest.mark.parametrize("reader", [zh, en], ids=["read in zh", "read in en"])
    @pytest.mark.parametrize("writer", [zh, en], ids=["written in zh", "written in en"])
    @pytest.mark.parametrize("kind", [Choice(VisitKind, KINDS), Choice(Role, ROLES), *map(Entry, DICTIONARIES)])
    def test_a_choice_in_either_language(self, kind: Choice | Entry, writer: Facts, reader: Facts):
        for key, _ in kind.options(writer):
            assert kind.read(Typed(kind.write(key, writer)), reader) == key
            assert kind.load(kind.dump(key)) == key

    @pytest.mark.parametrize("reader", [zh, en], ids=["read in zh", "read in en"])
    @pytest.mark.parametrize("writer", [zh, en], ids=["written in zh", "written in en"])
    @pytest.mark.parametrize("value", [*(one.value for one in Away), "在展会上碰到"])
    def test_a_reason_in_either_language_or_in_own_words(self, value: str, writer: Facts, reader: Facts):
        assert Reason().read(Typed(Reason().write(value, writer)), reader) == value
        assert Reason().load(Reason().dump(value)) == value
        assert refusal(Reason(), Tapped("forged")) == "form.not_a_choice"

    @given(st.dates(date(1990, 1, 1), date(2099, 12, 31)), either)
    @example(date(2028, 2, 29), zh)
    def test_a_day(self, value: date, facts: Facts):
        assert Day().read(Typed(Day().write(value, facts)), facts) == value
        assert Day().load(Day().dump(value)) == value

    @given(st.integers(0, 60 * 24 * 365 * 70), st.sampled_from([zh, en, away]))
    def test_a_moment(self, minutes: int, facts: Facts):
        value = (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(facts.zone)
        assume(value.fold == 0)  # in the hour that comes twice, the first is meant
        assert Moment().read(Typed(Moment().write(value, facts)), facts) == value
        assert Moment().load(Moment().dump(value)) == value

    @given(st.floats(-90, 90), st.floats(-180, 180))
    def test_a_place(self, latitude: float, longitude: float):
        value = Place().load([latitude, longitude])
        assert Place().read(Typed(Place().write(value, zh)), zh) == value

    @given(st.integers(-999_999_999, 999_999_999), either)
    def test_a_whole_number(self, value: int, facts: Facts):
        kind = Integer(least=-999_999_999)
        assert kind.read(Typed(kind.write(value, facts)), facts) == value
        assert kind.load(kind.dump(value)) == value

    @given(st.decimals(Decimal(0), Decimal(100), places=2), either)
    @example(Decimal("0.08"), zh)
    def test_a_percentage(self, value: Decimal, facts: Facts):
        assert Percent().read(Typed(Percent().write(value, facts)), facts) == value
        assert Percent().load(Percent().dump(value)) == value

    @given(st.integers(1, Duration().most), either, either)
    def test_a_length_of_time(self, minutes: int, writer: Facts, reader: Facts):
        assert Duration().read(Typed(Duration().write(minutes, writer)), reader) == minutes

    @pytest.mark.parametrize("reader", [zh, en], ids=["read in zh", "read in en"])
    @pytest.mark.parametrize("writer", [zh, en], ids=["written in zh", "written in en"])
    @pytest.mark.parametrize("value", [True, False])
    def test_yes_and_no(self, value: bool, writer: Facts, reader: Facts):
        assert YesNo().read(Typed(YesNo().write(value, writer)), reader) is value

    @given(st.data(), either, either)
    @pytest.mark.parametrize("of", [Choice(VisitKind, KINDS), *map(Entry, DICTIONARIES)])
    def test_several(self, of: Choice | Entry, data: st.DataObject, writer: Facts, reader: Facts):
        keys = [key for key, _ in of.options(zh)]
        chosen = data.draw(st.sets(st.sampled_from(keys), min_size=1))
        value = tuple(key for key in keys if key in chosen)
        kind = Several(of)
        assert kind.read(Typed(kind.write(value, writer)), reader) == value
        assert kind.load(kind.dump(value)) == value

    @pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
    def test_every_draft_s_answer(self, kind: type):
        one = next(made for made in ONE_OF_EACH if type(made) is kind)
        stored = sample(one)
        assert one.dump(one.load(stored)) == stored


anything = st.one_of(
    st.text().map(Typed),
    st.text(alphabet="0123456789零一二三万亿千百元块号点月日周年 -+.,/:¥$k王", max_size=30).map(Typed),
    st.text().map(Tapped),
    st.integers().map(lambda one: Tapped(str(one))),
    st.sampled_from(["voice", "document", "sticker", "contact", "video", "poll", "dice"]).map(lambda w: Sent(w, {})),
    st.builds(lambda a, b: Sent("location", {"latitude": a, "longitude": b}), st.floats(-90, 90), st.floats(-180, 180)),
    st.text(max_size=8).map(lambda n: Sent("photo", {"bot_id": 7, "file_id": n, "file_unique_id": n})),
    st.builds(
        Sent,
        st.sampled_from(["photo", "voice", "document", "location"]),
        st.fixed_dictionaries(
            {"bot_id": st.just(7), "file_id": st.text(), "file_unique_id": st.text()},
            optional={
                name: st.none() | st.booleans() | st.integers() | st.floats() | st.text()
                for name in (
                    "size",
                    "mime",
                    "name",
                    "duration",
                    "age_s",
                    "forwarded",
                    "latitude",
                    "longitude",
                )
            },
        ),
    ),
    st.sampled_from(["add", "list", "drop", "remove", "skip", "open.kind", "open.", "0", "99", "²", ""]).map(
        lambda arg: Tapped(f"#{arg}")
    ),
)


@pytest.mark.parametrize("kind", ONE_OF_EACH, ids=lambda kind: type(kind).__name__)
@given(anything, either)
def test_nothing_that_is_given_breaks_a_kind(kind: Kind[Any], given_: Any, facts: Facts):
    refused: DomainError | None = None
    try:
        value = kind.read(given_, facts)
    except DomainError as error:
        refused = error
    if refused is not None:
        assert set(refused.params) == codes()[refused.code]
        return
    if kind is COSTS and not value.lines:
        return  # no line is no answer
    assert kind.load(kind.dump(value)) == value
    assert isinstance(kind.show(value, facts), str | Msg | Titled)


@pytest.mark.parametrize("kind", ONE_OF_EACH, ids=lambda kind: type(kind).__name__)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one, max_size=3)))
def test_an_old_draft_s_answer_reads_or_counts_as_none(kind: Kind[Any], stored: Any):
    try:
        value = kind.load(stored)
    except (ValueError, TypeError, KeyError):
        return
    assert isinstance(kind.show(value, zh), str | Msg | Titled)
    kind.value(value)


class TestWords:
    def test_a_line_is_one_line(self):
        assert Text().read(Typed("  深圳市 \n华宁  电子 "), zh) == "深圳市 华宁 电子"

    def test_a_talk_keeps_its_lines(self):
        assert Text(lines=True).read(Typed("谈了年框\n下周三送样 "), zh) == "谈了年框\n下周三送样"

    @pytest.mark.parametrize("typed", ["", "   ", "\n\t", "\u3000"])
    def test_blanks_are_no_answer(self, typed: str):
        assert refusal(Text(), Typed(typed)) == "required"

    def test_too_many_words(self):
        assert Text(most=4).read(Typed("华宁电子"), zh) == "华宁电子"
        assert refusal(Text(most=4), Typed("华宁电子厂")) == "too_long"


class TestMoney:
    @pytest.mark.parametrize(
        ("typed", "value"),
        [("1280", "1280"), ("1.2万", "12000"), ("三千块", "3000"), ("¥12,800.50", "12800.50"), ("１２８０元", "1280")],
    )
    def test_is_read_as_people_write_it(self, typed: str, value: str):
        assert Money().read(Typed(typed), zh) == Decimal(value)

    @pytest.mark.parametrize("typed", ["很多", "", "12 or 13", "🤷"])
    def test_is_not_guessed(self, typed: str):
        assert refusal(Money(), Typed(typed)) == "form.not_an_amount"

    def test_has_an_end(self):
        assert refusal(Money(), Typed("1000亿")) == "form.amount_too_large"
        assert Money().read(Typed("999.9亿"), zh) == 99_990_000_000


class TestPhones:
    def test_are_kept_as_they_can_be_dialled(self):
        assert Phone().read(Typed("电话：138 0013 8000"), zh) == "+8613800138000"

    @pytest.mark.parametrize("typed", ["123", "1380013800", "王总", "9" * 30])
    def test_that_nobody_can_dial_are_refused(self, typed: str):
        assert refusal(Phone(), Typed(typed)) == "form.not_a_phone"


class TestChoices:
    @pytest.mark.parametrize(
        "typed", ["电子制造", "Electronics", "electronics", "电子", "dianzi", "dzzz", "ELECTRONICS"]
    )
    @pytest.mark.parametrize("facts", [zh, en], ids=["zh", "en"])
    def test_a_dictionary_s_entry_is_found_in_either_language(self, typed: str, facts: Facts):
        assert Entry("industries").read(Typed(typed), facts) == "electronics"

    @pytest.mark.parametrize("typed", ["电话", "电话联系", "Phone call", "dianhua", "phone"])
    def test_so_is_a_kind_of_visit(self, typed: str):
        assert Choice(VisitKind, KINDS).read(Typed(typed), zh) == "phone"

    @pytest.mark.parametrize("typed", ["", "火箭", "制造业务外包", "?"])
    def test_what_fits_none_is_refused(self, typed: str):
        assert refusal(Entry("industries"), Typed(typed)) == "form.not_a_choice"

    def test_what_fits_several_is_not_guessed(self):
        assert refusal(Entry("categories"), Typed("客户")) == "form.not_a_choice"

    def test_a_forged_chip_is_refused(self):
        assert refusal(Entry("industries"), Tapped("weapons")) == "form.not_a_choice"
        assert refusal(Choice(Role, ROLES), Tapped("owner")) == "form.not_a_choice"

    def test_a_key_that_the_playbook_dropped_is_shown_as_it_is(self):
        assert Entry("industries").show("whaling", zh) == "whaling"


class TestReferences:
    facts = replace(zh, options=(Option(12, "华宁电子", "深圳"), Option(15, "华宁医疗", "上海")))

    def test_a_tapped_one_of_those_found_is_taken(self):
        assert CUSTOMER.read(Tapped("15"), self.facts) == Picked(15, "华宁医疗")

    @pytest.mark.parametrize("arg", ["16", "", "-1", "²", "1" * 40])
    def test_any_other_id_is_refused(self, arg: str):
        assert refusal(CUSTOMER, Tapped(arg), self.facts) == "form.not_a_choice"

    def test_a_customer_is_shown_without_its_legal_form_and_a_department_whole(self):
        known = replace(zh, options=(Option(7, "深圳市华宁电子有限公司"), Option(8, "深圳分公司")))
        assert [chip.label for chip in CUSTOMER.chips(known)] == ["深圳市华宁电子", "深圳分"]
        assert NAMED.chips(known)[1].label == "深圳分公司"

    def test_words_that_found_one_take_it(self):
        facts = replace(self.facts, options=self.facts.options[:1], searched="华宁")
        assert CUSTOMER.read(Typed("华宁"), facts) == Picked(12, "华宁电子")

    def test_words_that_found_several_take_none(self):
        assert refusal(CUSTOMER, Typed("华宁"), replace(self.facts, searched="华宁")) == "form.not_a_choice"

    def test_the_command_gets_the_id(self):
        assert CUSTOMER.value(Picked(12, "华宁电子")) == 12


class TestTimes:
    def test_a_day_in_words(self):
        assert Day(future=True).read(Typed("下周三"), zh) == date(2026, 3, 18)
        assert Day(future=True).read(Typed("next wed"), en) == date(2026, 3, 18)

    def test_a_day_by_a_chip(self):
        chips = {chip.label.id: chip.arg for chip in Day(future=True).chips(zh)}
        assert Day(future=True).read(Tapped(chips["Tomorrow"]), zh) == date(2026, 3, 12)
        assert Day(future=True).read(Tapped(chips["In a week"]), zh) == date(2026, 3, 18)

    def test_a_next_step_in_the_past_is_refused(self):
        assert refusal(Day(future=True), Typed("昨天")) == "form.day_in_past"
        assert refusal(Day(future=True), Tapped("2026-03-10")) == "form.day_in_past"
        assert Day(future=True).read(Typed("今天"), zh) == date(2026, 3, 11)

    def test_today_is_the_person_s_own_today(self):
        late = replace(away, now=datetime(2026, 3, 12, 2, tzinfo=UTC))  # still the 11th in New York
        assert Day(future=True).read(Typed("today"), late) == date(2026, 3, 11)

    @pytest.mark.parametrize("arg", ["", "tomorrow", "2026-13-40", "²"])
    def test_a_forged_chip_is_refused(self, arg: str):
        assert refusal(Day(), Tapped(arg)) == "form.not_a_day"
        assert refusal(Moment(past=True), Tapped(arg)) == "form.not_a_moment"

    def test_a_moment_in_words(self):
        assert Moment(past=True).read(Typed("昨天上午10点"), zh) == datetime(2026, 3, 10, 10, tzinfo=zh.zone)
        assert Moment(past=True).read(Typed("yesterday 4pm"), en) == datetime(2026, 3, 10, 16, tzinfo=zh.zone)

    def test_an_hour_ago_by_a_chip(self):
        assert Moment(past=True).read(Tapped("-60"), zh) == NOW - timedelta(hours=1)

    def test_a_day_without_a_time_is_noon_and_today_is_now(self):
        assert Moment(past=True).read(Typed("昨天"), zh) == datetime(2026, 3, 10, 12, tzinfo=zh.zone)
        assert Moment(past=True).read(Typed("今天"), zh) == NOW

    def test_what_happened_did_not_happen_tomorrow(self):
        assert refusal(Moment(past=True), Typed("明天上午10点")) == "form.moment_in_future"

    @pytest.mark.parametrize("typed", ["随便", "", "📅", "32号99点"])
    def test_no_day_is_guessed_into_words(self, typed: str):
        assert refusal(Day(), Typed(typed)) == "form.not_a_day"
        assert refusal(Moment(), Typed(typed)) == "form.not_a_moment"


class TestPlacesAndPhotos:
    def test_coordinates_may_be_typed(self):
        on_the_map = Place().read(Typed("22.5405，113.9346"), zh)
        assert 500 < haversine_m(*on_the_map, 22.5405, 113.9346) < 650, "a Chinese map is shifted"
        assert Place().read(Typed("52.52, 13.405"), zh) == (52.52, 13.405), "others are not"

    @pytest.mark.parametrize("typed", ["科技园", "22.5", "91,0", "nan,nan", "1e999,0", "1,2,3"])
    def test_what_is_no_place_is_refused(self, typed: str):
        assert refusal(Place(), Typed(typed)) == "form.needs_place"

    def test_words_are_no_photo(self):
        assert refusal(Photos(), Typed("照片")) == "form.needs_photo"
