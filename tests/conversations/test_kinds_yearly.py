"""Days of the year and short words of one's own, as fields of forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.kinds.base import Typed
from conversations.kinds.tags import Tags
from conversations.kinds.yearly import YearlyDay
from crm_core.kit.errors import DomainError
from crm_core.kit.words.yearly import Yearly
from tests.conversations.test_kinds import en, zh
from tests.crm_core.kit.test_yearly import yearly


@given(yearly(), st.sampled_from([zh, en]), st.sampled_from([zh, en]))
def test_a_day_of_the_year_in_either_language(value: Yearly, writer, reader):
    kind = YearlyDay()
    assert kind.read(Typed(kind.write(value, writer)), reader) == value
    assert kind.load(kind.dump(value)) == value


@given(st.lists(st.from_regex(r"[a-z一-鿿]{1,8}( [a-z]{1,8})?", fullmatch=True), min_size=1, max_size=12, unique=True))
def test_tags_in_either_language(words: list[str]):
    kind, value = Tags(), tuple(words)
    for facts in (zh, en):
        assert kind.read(Typed(kind.write(value, facts)), facts) == value
    assert kind.load(kind.dump(value)) == value


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("🤷", "form.not_tags"),
        ("、、", "form.not_tags"),
        ("钓鱼、" + "很" * 30, "form.tag_too_long"),
        ("、".join(map(str, range(13))), "form.too_many_tags"),
    ],
)
def test_what_is_no_tag_is_refused(typed: str, code: str):
    with pytest.raises(DomainError) as refused:
        Tags().read(Typed(typed), zh)
    assert refused.value.code == code


def test_a_lunar_day_shows_the_solar_one_too():
    shown = YearlyDay().show(Yearly(8, 15, lunar=True), zh)
    assert shown.facts["coming"] == "2026-09-25"


@pytest.mark.parametrize("stored", [None, [13, 1, None, False, False], [1, 2], ["a", 1, None, False, False]])
def test_a_day_that_no_longer_reads_counts_as_none(stored):
    with pytest.raises((ValueError, TypeError, KeyError)):
        YearlyDay().load(stored)
