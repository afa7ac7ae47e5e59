"""How people find a customer: by any part of the name, pinyin, initials, a word, or the tail of a phone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.textkeys import keys, prose_keys, query

HAN = st.text(alphabet=st.sampled_from("深圳市华宁电子科技有限公司重庆长行乐曾单仇绿地〇三中国(分)"), max_size=14)
NAMES = st.one_of(HAN, st.text(max_size=30), st.tuples(HAN, st.text("abcABC 123-", max_size=8)).map("".join))


def found(name: str, typed: str, *, phones: tuple[str, ...] = ()) -> bool:
    """As the database and the recheck decide together."""
    asked = query(typed)
    return bool(asked) and set(asked.all_of) <= set(keys(name, phones=phones)) and asked.matches(name, phones=phones)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("深圳市华宁电子科技有限公司", "华宁"),
        ("深圳市华宁电子科技有限公司", "宁"),
        ("深圳市华宁电子科技有限公司", "华宁电子"),
        ("深圳市华宁电子科技有限公司", "深圳市华宁电子科技有限公司"),
        ("深圳市华宁电子科技有限公司", "公司"),
        ("深圳市华宁电子科技有限公司", "hu"),
        ("深圳市华宁电子科技有限公司", "huan"),
        ("深圳市华宁电子科技有限公司", "huaning"),
        ("深圳市华宁电子科技有限公司", "huaningdianzi"),
        ("深圳市华宁电子科技有限公司", "HuaNing"),
        ("深圳市华宁电子科技有限公司", "hua ning"),
        ("深圳市华宁电子科技有限公司", "hn"),
        ("深圳市华宁电子科技有限公司", "HNDZ"),
        ("深圳市华宁电子科技有限公司", "szshndz"),
        ("深圳市华宁电子科技有限公司", "dianzi 深圳"),
        ("深圳市华宁电子科技有限公司", "华宁dz"),
        ("深圳市华宁电子科技有限公司", "s"),
        ("华宁（深圳）电子", "华宁深圳"),
        ("华宁（深圳）电子", "华宁(深圳)"),
        ("重庆小面", "chongqing"),
        ("重庆小面", "cqxm"),
        ("工商银行长沙分行", "yinhangchangsha"),
        ("曾志伟", "zeng"),
        ("曾志伟", "zzw"),
        ("曾志伟", "ceng"),
        ("单雄信", "shanx"),
        ("仇英", "qiuying"),
        ("翟天临", "zhai"),
        ("查良镛", "zhaliang"),
        ("解晓东", "xiexiao"),
        ("区文诗", "ouwen"),
        ("朴志勋", "piao"),
        ("尉迟敬德", "yuchi"),
        ("万俟咏", "moqi"),
        ("万俟咏", "mqy"),
        ("覃辉", "qinhui"),
        ("乐毅", "yueyi"),
        ("绿地集团", "lvdi"),
        ("绿地集团", "ludi"),
        ("吕布", "lyubu"),
        ("ABC电子", "abc"),
        ("ABC电子", "ab"),
        ("ABC电子", "abcdz"),
        ("ABC电子", "adz"),
        ("ABC电子", "abc电子"),
        ("ＡＢＣ电子", "abc"),
        ("3M中国", "3m"),
        ("3M中国", "3"),
        ("中建1局", "中建1局"),
        ("宏图3号仓", "宏图3"),
        ("甲A乙", "甲A乙"),
        ("华宁(3)厂", "3 华宁"),
        ("a b", "a b"),
        ("8848手机", "8848"),
        ("123456789012 Ltd", "123456789"),
        ("Acme Widgets Corp.", "wid"),
        ("Acme Widgets Corp.", "ACME corp"),
        ("Acme Widgets Corp.", "a"),
        ("Müller GmbH", "muller"),
        ("Müller GmbH", "Müller"),
        ("O'Brien & Sons", "obrien"),
        ("O'Brien & Sons", "o’brien"),
        ("Иванов", "ива"),
    ],
)
def test_a_name_is_found_by_what_people_type(name: str, typed: str) -> None:
    assert found(name, typed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("华宁电子", "宁华"),
        ("华宁电子", "华子"),
        ("华宁电子", "uan"),
        ("华宁电子", "huanx"),
        ("华宁电子", "n"),
        ("中建1局", "中建2局"),
        ("中建1局", "1"),
        ("深圳市华宁电子有限公司", "youxian"),
        ("圳", "huai"),
        ("Microsoft", "soft"),
        ("Acme Widgets", "acme gadgets"),
        ("华宁电子", ""),
        ("华宁电子", "   "),
        ("华宁电子", "!!! ……"),
        ("", "华"),
    ],
)
def test_a_name_is_not_found_by_something_else(name: str, typed: str) -> None:
    assert not found(name, typed)


def test_bigrams_that_stand_apart_pass_the_index_and_fail_the_recheck() -> None:
    asked = query("大中华")
    assert set(asked.all_of) <= set(keys("中华大中")) | {"大中"}
    assert not asked.matches("中华大中")


@pytest.mark.parametrize(
    "typed", ["8000", "38000", "13800138000", "138 0013 8000", "+86 138-0013-8000", "0086 13800138000"]
)
def test_a_phone_is_found_by_its_tail(typed: str) -> None:
    assert found("华宁电子", typed, phones=("+8613800138000",))


def test_a_landline_is_found_with_and_without_its_area_code() -> None:
    for typed in ("1234", "88881234", "0755-8888 1234", "075588881234"):
        assert found("华宁", typed, phones=("+8675588881234",)), typed


@pytest.mark.parametrize("typed", ["800", "8001", "0013"])
def test_three_digits_or_the_middle_of_a_phone_find_nothing(typed: str) -> None:
    assert not found("华宁电子", typed, phones=("+8613800138000",))


def test_words_may_be_spread_over_the_names_and_phones_of_one_row() -> None:
    row = keys("华宁电子", "王伟", phones=("+8613800138000",))
    asked = query("王伟 hndz 8000")
    assert set(asked.all_of) <= set(row)
    assert asked.matches("华宁电子", "王伟", phones=("+8613800138000",))
    assert not asked.matches("华宁电子", phones=("+8613800138000",))


def test_an_empty_query_is_falsy_so_that_nobody_lists_everything_by_mistake() -> None:
    assert not query("")
    assert not query(" -() ")
    assert not query("").matches("华宁")


def test_a_long_name_keeps_its_keys_bounded() -> None:
    assert len(keys("重长行乐厦会石车单都" * 50)) < 1_000
    assert len(keys("ab1" * 500)) < 1_000


def test_a_usual_company_name_costs_about_a_hundred_keys() -> None:
    assert len(keys("深圳市华宁电子科技有限公司")) < 160


@given(NAMES)
def test_keys_never_raise_and_hold_no_empty_or_long_key(name: str) -> None:
    assert all(0 < len(key) <= 11 for key in keys(name))


@given(NAMES, st.text(max_size=20))
def test_what_the_recheck_accepts_the_index_has_let_through(name: str, typed: str) -> None:
    asked = query(typed)
    if asked.matches(name):
        assert set(asked.all_of) <= set(keys(name))


@given(st.data(), NAMES)
def test_any_piece_of_a_name_that_says_something_finds_it(data: st.DataObject, name: str) -> None:
    start = data.draw(st.integers(0, max(0, len(name) - 1)))
    piece = name[start : start + data.draw(st.integers(1, 10))]
    if all("一" <= one <= "鿿" for one in piece):
        assert not piece or found(name, piece)


@given(NAMES)
def test_a_whole_name_finds_itself_unless_it_is_all_signs(name: str) -> None:
    asked = query(name)
    if asked and len(name) <= 60 and not name.replace(" ", "").replace("-", "").isdigit():
        assert set(asked.all_of) <= set(keys(name))


class TestProse:
    SAID = "谈了年框，王总要8.5折。Samples of the MX-20 go out on Friday."

    @pytest.mark.parametrize("typed", ["年框", "框", "王总", "sampl", "SAMPLES", "mx", "20", "friday 年框"])
    def test_what_was_written_is_found_by_a_part_of_it(self, typed: str):
        wanted = query(typed)
        assert set(wanted.all_of) <= set(prose_keys(self.SAID))
        assert wanted.within(self.SAID)

    @pytest.mark.parametrize("typed", ["框王", "amples", "合同", "年框 合同"])
    def test_and_not_by_what_was_not(self, typed: str):
        wanted = query(typed)
        assert not (set(wanted.all_of) <= set(prose_keys(self.SAID)) and wanted.within(self.SAID))

    @given(st.text(max_size=200), st.text(max_size=40))
    def test_what_is_in_the_text_has_its_keys(self, before: str, typed: str):
        wanted = query(typed)
        said = f"{before} {typed}"
        if wanted and wanted.within(said) and all(len(term) > 1 for term in wanted.terms):
            assert set(wanted.all_of) <= set(prose_keys(said))
