"""Sums in words, as the bank's rules and people who fill in receipts write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.words.amounts import read_amount
from crm_core.kit.words.capitals import capitals, english, in_words

MONEY = st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("0.58", "伍角捌分"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("12800.50", "壹万贰仟捌佰元伍角整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1010", "壹仟零壹拾元整"),
        ("10001", "壹万零壹元整"),
        ("100500", "壹拾万零伍佰元整"),
        ("1000000", "壹佰万元整"),
        ("10010010", "壹仟零壹万零壹拾元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("300005000", "叁亿零伍仟元整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_capitals(amount: str, said: str):
    assert capitals(Decimal(amount)) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "RMB zero only"),
        ("12800.50", "RMB twelve thousand eight hundred and 50/100 only"),
        ("21", "RMB twenty-one only"),
        ("1105.08", "RMB one thousand one hundred and five and 08/100 only"),
        ("2000017", "RMB two million and seventeen only"),
    ],
)
def test_english(amount: str, said: str):
    assert english(Decimal(amount)) == said


def test_by_language():
    assert in_words(Decimal(45), "zh") == "肆拾伍元整"
    assert in_words(Decimal(45), "en") == "RMB forty-five only"


@pytest.mark.parametrize("amount", ["-1", "0.001", "1000000000000"])
def test_what_no_receipt_could_carry_is_refused(amount: str):
    with pytest.raises(ValueError, match="no sum"):
        capitals(Decimal(amount))


@given(st.decimals(min_value=1, max_value=Decimal("999999999999.99"), places=2, allow_nan=False))
def test_what_is_written_reads_back(amount: Decimal):
    """Our own reader of amounts takes the capitals back: no digit is lost."""
    assert read_amount(capitals(amount)) == amount


@given(MONEY)
def test_no_zero_is_said_twice_and_none_stands_at_an_end(amount: Decimal):
    said = capitals(amount)
    assert "零零" not in said
    assert "零元" not in said or amount < 1
