"""Telephone numbers as reps type them, and as screens may show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.phones import mask_phone, national_digits, read_phone, write_phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("0086 138 0013 8000", "+8613800138000"),
        ("(+86)13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("手机:13800138000", "+8613800138000"),
        ("电话 0755-88881234", "+8675588881234"),
        ("Tel: 0755 8888 1234", "+8675588881234"),
        ("0755-88881234", "+8675588881234"),
        ("(0755) 8888-1234", "+8675588881234"),
        ("0755-88881234转803", "+8675588881234"),
        ("0755-88881234 轉 803", "+8675588881234"),
        ("0755-88881234-8012", "+8675588881234"),
        ("0755-88881234 分机12", "+8675588881234"),
        ("0755-88881234 ext. 5", "+8675588881234"),
        ("0755-88881234x5", "+8675588881234"),
        ("0755-88881234#5", "+8675588881234"),
        ("010-62345678-8", "+861062345678"),
        ("010 6234 5678", "+861062345678"),
        ("400-830-8000", "+864008308000"),
        ("+852 9123 4567", "+85291234567"),
        ("00852 91234567", "+85291234567"),
        ("+1 (650) 253-0000", "+16502530000"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, kept: str) -> None:
    assert read_phone(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "王总",
        "12",
        "1380013800",
        "138001380001234",
        "3000元",
        "HT20260401",
        "88881234",
        "2026-04-01",
        "1" * 500,
        "+",
    ],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert read_phone(typed) is None


def test_the_region_decides_what_a_bare_number_is() -> None:
    assert read_phone("9123 4567", "HK") == "+85291234567"
    assert read_phone("9123 4567") is None


@pytest.mark.parametrize(
    ("kept", "shown", "masked"),
    [
        ("+8613800138000", "138 0013 8000", "138****8000"),
        ("+8675588881234", "0755 8888 1234", "0755****1234"),
        ("+861062345678", "010 6234 5678", "010****5678"),
        ("+864008308000", "400 830 8000", "400****8000"),
        ("+85291234567", "+852 9123 4567", "+852****4567"),
        ("nonsense", "nonsense", "****"),
        ("", "", "****"),
    ],
)
def test_a_number_is_shown_whole_or_masked(kept: str, shown: str, masked: str) -> None:
    assert write_phone(kept) == shown
    assert mask_phone(kept) == masked


def test_national_digits_are_what_a_tail_search_looks_at() -> None:
    assert national_digits("+8675588881234") == "75588881234"
    assert national_digits("12-34") == "1234"


@given(st.from_regex(r"\+86(13[0-9]|15[0-35-9]|18[0-9])[0-9]{8}", fullmatch=True))
def test_a_mobile_reads_back_as_it_was_written(kept: str) -> None:
    if read_phone(kept) is not None:
        assert read_phone(write_phone(kept)) == kept
        assert mask_phone(kept) == f"{kept[3:6]}****{kept[-4:]}"


@given(st.text(max_size=100))
def test_no_text_raises(text: str) -> None:
    kept = read_phone(text)
    assert kept is None or kept.startswith("+")
    mask_phone(text)
    write_phone(text)
