"""What the check of a playbook says, in Chinese: every sentence of it that a broken flow brings (AP02)."""

import re

import pytest

from crm_core.playbook.book import Playbook
from screens.problems import in_words
from screens.words.proposals import SECTIONS
from tests.crm_core.playbook.test_broken_flows import BROKEN, wrong

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case[3]} {case[4]}")
def test_is_said_in_chinese(case: tuple[str, str, int, str, str, str]):
    for problem in wrong(case[0], case[1]):
        for said in filter(None, (problem.what, problem.mend)):
            assert CHINESE.search(in_words(said, "zh")), said
            assert in_words(said, "en") == said


def test_every_part_of_a_playbook_has_a_name():
    """Who sends one back reads which parts of it change."""
    assert set(SECTIONS) == set(Playbook.model_fields) - {"flows"}
