"""A burst at once, a steady rate after it, and no memory of those who are calm."""

import pytest

from bot.pace import Pace

NOON = 1_773_201_600.0


def test_a_burst_goes_at_once_and_the_rest_one_after_the_other() -> None:
    pace = Pace(burst=3, per_s=2)
    assert [pace.turn_of("li", NOON) - NOON for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_each_has_a_burst_of_their_own() -> None:
    pace = Pace(burst=1, per_s=1)
    assert [pace.turn_of(one, NOON) - NOON for one in ("li", "li", "wang")] == [0, 1, 0]


def test_the_burst_is_there_again_after_a_while() -> None:
    pace = Pace(burst=10, per_s=2)
    for _ in range(10):
        assert pace.turn_of("li", NOON) == NOON
    assert not pace.is_calm("li", NOON)
    assert pace.is_calm("li", NOON + 2.5)
    for _ in range(10):
        assert pace.turn_of("li", NOON + 5) == NOON + 5
    assert pace.turn_of("li", NOON + 5) == NOON + 5.5


def test_a_steady_hand_never_waits() -> None:
    pace = Pace(burst=5, per_s=2)
    assert all(pace.turn_of("li", at) == at for at in (NOON + step / 2 for step in range(1000)))


def test_what_does_not_pass_does_not_count() -> None:
    pace = Pace(burst=2, per_s=1)
    assert [pace.passes("guest", NOON) for _ in range(50)] == [True, True] + [False] * 48
    assert [pace.passes("guest", NOON + 1) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("people", [5_000, 50_000])
def test_who_is_calm_is_forgotten(people: int) -> None:
    pace = Pace(burst=200, per_s=2)
    for one in range(people):
        pace.turn_of(one, NOON + one)
    assert len(pace) < 2_000


def test_a_clock_that_was_set_back_makes_nobody_wait_for_it() -> None:
    pace = Pace(burst=1, per_s=1)
    for _ in range(5):
        pace.heed(NOON)
        pace.turn_of("li", NOON)
    pace.heed(NOON - 1)  # told late by a second, as clocks are corrected
    assert pace.turn_of("li", NOON - 1) > NOON
    back = NOON - 3 * 3600
    pace.heed(back)
    assert pace.turn_of("li", back) == back
