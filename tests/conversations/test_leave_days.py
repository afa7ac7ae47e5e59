"""Days of leave as people name them: the coming ones, and for who fell ill those just gone."""

from datetime import date

import pytest

from conversations.kinds.base import Typed
from conversations.leave import LeaveDay
from tests.screens.previews import facts


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("4月1日", date(2026, 4, 1)),
        ("3月9日", date(2026, 3, 9)),
        ("昨天", date(2026, 3, 10)),
        ("今天", date(2026, 3, 11)),
        ("下周三", date(2026, 3, 18)),
        ("2026-12-30", date(2026, 12, 30)),
        ("1 April", date(2026, 4, 1)),
        ("2月1日", date(2027, 2, 1)),
    ],
)
def test_the_coming_day_or_one_of_the_last_weeks(said: str, day: date):
    assert LeaveDay().read(Typed(said), facts("zh")) == day
