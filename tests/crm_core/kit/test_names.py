"""Which names look like one company, and which only look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.names import LIKELY, likely_duplicates, normal_company, similar


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("华宁电子有限公司", "华宁电子"),
        ("华宁电子有限责任公司", "华宁电子"),
        ("华宁电子股份有限公司", "华宁电子"),
        ("华宁电子集团有限公司", "华宁电子"),
        ("华宁电子公司", "华宁电子"),
        ("隆平种子公司", "隆平种子"),
        ("华宁集团苏州子公司", "华宁集团苏州子公司"),
        ("华宁集团", "华宁"),
        ("华宁电子(深圳)有限公司", "华宁电子"),
        ("华宁电子（中国）有限公司", "华宁电子"),
        ("华宁电子（深圳）", "华宁电子"),
        ("ＡＢＣ　电子 有限公司", "abc电子"),
        ("Acme Co., Ltd.", "acme"),
        ("Acme Trading Co Ltd", "acmetrading"),
        ("ACME, Inc.", "acme"),
        ("Acme Holdings Limited", "acme"),
        ("华宁（原宏达）", "华宁原宏达"),
        ("万科集团深圳分公司", "万科集团深圳分公司"),
        ("", ""),
        ("!!", ""),
    ],
)
def test_a_company_name_loses_what_says_nothing(name: str, normal: str) -> None:
    assert normal_company(name) == normal


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("深圳市华宁电子有限公司", "华宁电子(深圳)有限公司"),
        ("深圳市华宁电子有限公司", "华宁电子"),
        ("华宁电子", "深圳市华宁电子科技有限公司"),
        ("华宁", "华宁电子科技有限公司"),
        ("工行深圳分行", "中国工商银行深圳分行"),
        ("Acme Co., Ltd.", "ACME"),
        ("Acme Trading Ltd", "Acme"),
        ("ＡＢＣ电子（深圳）有限公司", "abc电子"),
        ("市第一人民医院", "深圳市第一人民医院"),
        ("深圳市南山区恒通达电子科技有限公司", "恒通达电子科技(深圳)有限公司"),
    ],
)
def test_likely_the_same_company(a: str, b: str) -> None:
    assert similar(a, b) >= LIKELY
    assert similar(b, a) == similar(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("工行深圳分行", "工行广州分行"),
        ("工行深圳分行", "工商银行"),
        ("工行深圳分行", "工行深圳南山支行"),
        ("工行深圳南山支行", "工行深圳福田支行"),
        ("工行深圳科技园支行", "工行深圳华强北支行"),
        ("上海银行", "北京银行"),
        ("深圳市华宁电子有限公司", "广州市华宁电子有限公司"),
        ("万科集团深圳分公司", "万科集团广州分公司"),
        ("第一人民医院", "第二人民医院"),
        ("中铁十四局", "中铁十五局"),
        ("永辉超市3号店", "永辉超市5号店"),
        ("华宁电子", "华宇电子"),
        ("华宁电子有限公司", "盛通电子有限公司"),
        ("华为技术有限公司", "华为终端有限公司"),
        ("中国银行", "中国移动通信集团有限公司"),
        ("", "华宁"),
        ("", ""),
    ],
)
def test_only_alike(a: str, b: str) -> None:
    assert similar(a, b) < LIKELY
    assert similar(b, a) == similar(a, b)


def test_duplicates_come_likeliest_first_with_their_ids() -> None:
    known = {1: "深圳市华宁电子科技有限公司", 2: "华宁电子有限公司", 3: "盛通贸易", 4: "广州市华宁电子有限公司"}
    found = likely_duplicates("深圳市华宁电子", known)
    assert [key for key, _ in found] == [2, 1]
    assert found[0][1] > found[1][1]
    assert likely_duplicates("深圳市华宁电子", known, at_least=0.5, at_most=1)[0][0] == 2
    assert likely_duplicates("王老五", known) == []


NAMES = st.one_of(
    st.text(max_size=140),
    st.text(alphabet="深圳广州华宁电子第一二3号店分行支公司有限集团()（）工行中国 ", max_size=20),
)


@given(NAMES, NAMES)
def test_a_score_is_symmetric_and_between_nought_and_one(a: str, b: str) -> None:
    assert 0 <= similar(a, b) <= 1
    assert similar(a, b) == similar(b, a)


@given(NAMES)
def test_a_name_is_like_itself(name: str) -> None:
    assert similar(name, name) in (0.0, 1.0)
