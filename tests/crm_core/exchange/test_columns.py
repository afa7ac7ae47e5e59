"""What the columns of a sheet hold."""

import pytest

from crm_core.exchange.columns import TARGETS, guess, headings_at, targets
from crm_core.playbook import service as playbook
from crm_core.playbook.book import parse
from screens.catalogue import say
from screens.words.exchange import TARGETS as WORDS

BOOK = parse(playbook.default_text())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_we_call_a_column_is_known_again(language):
    """Exports and templates come in as they went out."""
    headings = [say(WORDS[one], language) for one in TARGETS]
    assert headings_at([headings], BOOK) == 0
    assert guess(headings, [], len(headings), BOOK) == list(TARGETS)


def test_every_target_has_its_word():
    assert set(WORDS) == set(TARGETS)
    assert set(TARGETS) <= set(targets(BOOK))


@pytest.mark.parametrize(
    ("heading", "held"),
    [
        ("销售阶段", "stage"),
        ("合作状态", "status"),
        ("Lifecycle", "stage"),
        ("公司全称*", "name"),
        ("手机号（必填）", "phone"),
        ("Account Name", "name"),
        ("年采购金额", "yearly_value"),
        ("竞争对手", ""),
    ],
)
def test_headings_as_people_write_them(heading, held):
    assert guess([heading, "客户名称" if held != "name" else "城市"], [], 2, BOOK)[0] == held


def test_headings_of_which_nobody_knows_a_word_are_passed_over_for_what_stands_below():
    rows = [["苏州汇川技术有限公司", "苏州", "13800138000"]] * 3
    assert guess(["甲", "乙", "丙"], rows, 3, BOOK) == ["name", "city", "phone"]
    assert guess(["公司", "传真", "推荐人"], rows, 3, BOOK) == ["name", "", ""]
