"""Telegram's limits as arithmetic: no clock but the one in these tests."""

from heapq import heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.limits import UNLIMITED, Limiter, Rates

LI, WANG, GROUP = 1, 2, -1


def send_greedily(limiter: Limiter, chats: list[int], seconds: float, method: str = "send_message") -> list[tuple]:
    """Send to these chats in turn whenever it is allowed, every 10 ms; the (time, chat) of each."""
    sent = []
    for step in range(int(seconds * 100)):
        now = 100 + step / 100
        for chat in chats:
            if limiter.room(now) and chat not in limiter.full_chats(now):
                limiter.spend(now, chat, method)
                sent.append((now, chat))
    return sent


def most_within(sent: list[tuple], window_s: float) -> int:
    times = [at for at, _ in sent]
    return max(sum(start <= at < start + window_s for at in times) for start in times)


def test_a_private_chat_gets_a_short_burst_then_one_a_second():
    sent = send_greedily(Limiter(Rates(), 100), [LI], 10)
    assert [at for at, _ in sent[:3]] == [100, 100.01, 100.02]
    assert len(sent) == 3 + 9
    assert most_within(sent[3:], 0.98) == 1


def test_a_group_gets_no_more_than_twenty_in_any_minute():
    sent = send_greedily(Limiter(Rates(), 100), [GROUP], 200)
    assert most_within(sent, 60) == 20
    assert len(sent) > 60


def test_a_token_sends_nearly_thirty_a_second_smoothly_and_never_more():
    sent = send_greedily(Limiter(Rates(), 100), list(range(1, 300)), 10)
    assert 285 <= len(sent) <= 300
    assert most_within(sent, 1.03) <= 30
    assert most_within(sent, 0.1) <= 7


def trips(out_s: list[float], back_s: list[float], seconds: float) -> list[float]:
    """When messages arrive that leave as soon as is allowed, with these ways there and back, in turn."""
    limiter, now, end = Limiter(Rates(), 100), 100.0, 100 + seconds
    answers: list[tuple[float, float]] = []
    arrived: list[float] = []
    while now < end:
        if limiter.room(now):
            nth = len(arrived)
            limiter.spend(now, nth, "send_message")
            arrived.append(now + out_s[nth % len(out_s)])
            heappush(answers, (arrived[-1] + back_s[nth % len(back_s)], now))
            continue
        free_at = max(limiter.token_free_at(now), now + 1e-6)
        if answers and answers[0][0] <= free_at:
            now, sent_at = heappop(answers)
            limiter.answered(now, sent_at, 1)
        else:
            now = free_at
    return arrived


@given(st.lists(st.floats(0, 0.044), min_size=1, max_size=50), st.lists(st.floats(0, 3), min_size=1, max_size=50))
def test_however_long_the_ways_are_no_second_at_telegram_sees_more_than_thirty(out_s: list[float], back_s: list[float]):
    """As long as the ways there differ by no more than what our second is longer."""
    times = sorted(trips(out_s, back_s, 5))
    assert all(later - first > 1 for first, later in zip(times, times[30:], strict=False))


def test_what_has_been_answered_makes_room_a_second_later():
    assert len(trips([0.003], [0.003], 100)) / 100 == pytest.approx(29.8, abs=0.2)
    assert len(trips([0.040], [0.100], 100)) / 100 == pytest.approx(28.7, abs=0.2)


def test_an_answer_never_makes_a_message_count_longer_nor_others_shorter():
    limiter = Limiter(Rates(), 100)
    sent = [100 + nth / 10 for nth in range(10)]
    for at in sent:
        assert limiter.spend(at, LI, "send_media_group", 3) == 3
        assert limiter.spend(at, LI, "answer_callback_query") == 0
    limiter.answered(100.01, sent[0], 3)
    limiter.answered(101.0, sent[1], 3)
    limiter.answered(101.0, 90.0, 3)
    assert limiter._counted == pytest.approx(sorted([101.012] * 3 + [at + 1.045 for at in sent[1:] for _ in range(3)]))


def test_who_takes_over_goes_on_at_the_same_pace():
    before, after = Limiter(Rates(), 100), Limiter(Rates(), 100)
    sent = send_greedily(before, list(range(1, 300)), 3)
    after.begin(103)
    for step in range(300):
        now = 103 + step / 100
        for chat in range(300, 600):
            if after.room(now) and chat not in after.full_chats(now):
                after.spend(now, chat, "send_message")
                sent.append((now, chat))
    assert most_within(sent, 1) <= 30
    assert sum(at >= 103 for at, _ in sent) >= 80


def test_paging_fast_through_a_card_is_not_slowed_down():
    assert len(send_greedily(Limiter(Rates(), 100), [LI], 3, "edit_message_text")) >= 12


@pytest.mark.parametrize("method", ["answer_callback_query", "send_chat_action", "delete_message", "set_my_commands"])
def test_what_is_no_message_costs_nothing(method):
    limiter = Limiter(Rates(), 100)
    for _ in range(50):
        limiter.spend(100, LI, method)
    assert limiter.room(100) == 3
    assert limiter.full_chats(100) == {}


def test_an_album_counts_as_each_of_its_pictures():
    limiter = Limiter(Rates(), 100)
    limiter.spend(100, GROUP, "send_media_group", items=10)
    limiter.spend(101, GROUP, "send_media_group", items=10)
    assert limiter.room(101) == 0
    assert limiter.full_chats(130) == {GROUP: 161}
    assert limiter.token_free_at(101) == pytest.approx(101 + 8 / 30)


def test_a_pause_stops_everything_and_is_never_shortened():
    limiter = Limiter(Rates(), 100)
    limiter.pause(100, 5)
    limiter.pause(101, 1)
    assert limiter.room(104.9) == 0
    assert limiter.token_free_at(101) == 105
    assert limiter.room(105) == 3


def test_chats_are_forgotten_when_nothing_is_left_to_remember():
    limiter = Limiter(Rates(), 0)
    for chat in (LI, WANG, GROUP):
        limiter.spend(0, chat, "send_message")
    limiter.full_chats(3)
    assert set(limiter._chats) == {GROUP}
    limiter.full_chats(62)
    limiter.full_chats(63)
    assert not limiter._chats


def test_without_limits_nothing_waits():
    assert len(send_greedily(Limiter(UNLIMITED, 100), [LI, GROUP], 1)) == 200
