"""Telegram's sending limits, as arithmetic over a time that the caller gives (seconds of a monotonic clock).

What Telegram documents (core.telegram.org/bots/faq): about one message a second in one chat, short bursts allowed;
no more than 20 messages a minute in a group; about 30 messages a second for a token. We send up to that. What leaves
evenly may arrive closer together, so our second is a little longer than Telegram's; but what has been answered had
arrived by then, and counts no more a second later. That is about messages. Answers to taps, chat actions and deletions
are none and cost nothing here. Of edits it says nothing: one costs a token and a group what a message costs, and a
private chat a quarter of that, so that someone who pages fast is not slowed down. A 429 stops the whole token for as
long as Telegram says.
"""

from bisect import bisect_right, insort
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rates:
    """Limits, a little inside Telegram's own."""

    token_per_s: float = 30.0
    token_burst: float = 3.0
    token_window: int = 30  # in any `token_window_s`, whatever the burst; none if that is 0
    token_window_s: float = 1.045  # a second, and what the way to Telegram may squeeze
    answered_window_s: float = 1.002  # a second after the answer, which cannot be squeezed, and what clocks round off
    chat_per_s: float = 1.0
    chat_burst: float = 3.0
    group_per_minute: int = 20
    group_window_s: float = 61.0  # a minute, and what the way to Telegram may squeeze
    private_edit_cost: float = 0.25


UNLIMITED = Rates(
    token_per_s=1e6,
    token_burst=1e6,
    token_window=10**6,
    token_window_s=0,
    answered_window_s=0,
    chat_per_s=1e6,
    chat_burst=1e6,
    group_per_minute=10**6,
    private_edit_cost=0,
)
"""For measuring what the machine can do; never against Telegram."""

_SLACK_S = 1e-6  # for sums of fractions
_FREE = ("answer_", "delete_", "get_", "set_")
_FREE_EXACTLY = frozenset({"send_chat_action"})


def is_message(method: str) -> bool:
    """Whether Telegram counts a call as a message (or we think it wise to)."""
    return method not in _FREE_EXACTLY and not method.startswith(_FREE)


@dataclass(slots=True)
class Bucket:
    """`level` at `at`; refills at `rate` up to `size`. It may go below zero: an album is not sent in parts."""

    rate: float
    size: float
    level: float
    at: float

    def refill(self, now: float) -> float:
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        return self.level

    def ready_at(self) -> float:
        """When one message fits."""
        return self.at + max(0.0, 1.0 - self.level) / self.rate


@dataclass(slots=True)
class _Chat:
    bucket: Bucket
    sent: deque[float] = field(default_factory=deque)  # groups only: the times of the last messages


class Limiter:
    """What one token may send now. A group is a negative chat id."""

    def __init__(self, rates: Rates, now: float) -> None:
        self._rates = rates
        self._token = Bucket(rates.token_per_s, rates.token_burst, rates.token_burst, now)
        self._counted: list[float] = []  # of the token's messages: when each counts no more, sorted
        self._chats: dict[int, _Chat] = {}
        self._paused_until = now

    def begin(self, now: float) -> None:
        """Somebody else may have sent until now, as fast as is allowed and with a burst in the end: that counts."""
        rates = self._rates
        if rates.token_window_s:
            before = (max(0.0, at - rates.token_burst) / rates.token_per_s for at in range(rates.token_window, 0, -1))
            self._counted = [now - ago + rates.token_window_s for ago in before]
            self._token = Bucket(rates.token_per_s, rates.token_burst, 0.0, now)

    def pause(self, now: float, seconds: float) -> None:
        """Nothing at all goes before `seconds` have passed; never shortens an earlier pause."""
        self._paused_until = max(self._paused_until, now + seconds)

    def paused_s(self, now: float) -> float:
        return max(0.0, self._paused_until - now)

    def room(self, now: float) -> int:
        """How many messages the token may send at this instant."""
        if self.paused_s(now):
            return 0
        self._forget(now)
        left = self._rates.token_window - len(self._counted)
        return max(0, min(left, int(self._token.refill(now) + _SLACK_S)))

    def spend(self, now: float, chat_id: int, method: str, items: int = 1) -> int:
        """Note a call that goes out now; an album counts as each of its items. As how many messages it counts."""
        if not is_message(method):
            return 0
        self._token.refill(now)
        self._token.level -= items
        if self._rates.token_window_s:
            for _ in range(items):
                insort(self._counted, now + self._rates.token_window_s)
        chat = self._chat(now, chat_id)
        chat.bucket.refill(now)
        if chat_id < 0:
            chat.bucket.level -= 1
            chat.sent.extend([now] * items)
        else:
            chat.bucket.level -= self._rates.private_edit_cost if method.startswith("edit_") else items
        return items

    def answered(self, now: float, sent_at: float, messages: int) -> None:
        """A call that left at `sent_at` has been answered: Telegram counts its messages from now at the latest."""
        until, sooner = sent_at + self._rates.token_window_s, now + self._rates.answered_window_s
        if sooner < until:
            for _ in range(min(messages, self._counted.count(until))):
                self._counted.remove(until)
                insort(self._counted, sooner)

    def full_chats(self, now: float) -> dict[int, float]:
        """Chats that may get no message at this instant, each with the time when they may again."""
        full: dict[int, float] = {}
        for chat_id, chat in list(self._chats.items()):
            free_at = self._free_at(now, chat_id, chat)
            if free_at > now + _SLACK_S:
                full[chat_id] = free_at
            elif chat.bucket.level >= chat.bucket.size and not chat.sent:
                del self._chats[chat_id]
        return full

    def token_free_at(self, now: float, messages: int = 1) -> float:
        """When the token may send that many messages at once (or its whole burst, if that is less)."""
        self._token.refill(now)
        wanted = min(float(messages), self._token.size)
        free_at = now + max(0.0, wanted - self._token.level) / self._token.rate
        self._forget(now)
        if (over := len(self._counted) + int(wanted) - self._rates.token_window) > 0:
            free_at = max(free_at, self._counted[over - 1])
        return max(free_at, self._paused_until)

    def _forget(self, now: float) -> None:
        del self._counted[: bisect_right(self._counted, now + _SLACK_S)]

    def _chat(self, now: float, chat_id: int) -> _Chat:
        chat = self._chats.get(chat_id)
        if chat is None:
            rates = self._rates
            chat = self._chats[chat_id] = _Chat(Bucket(rates.chat_per_s, rates.chat_burst, rates.chat_burst, now))
        return chat

    def _free_at(self, now: float, chat_id: int, chat: _Chat) -> float:
        chat.bucket.refill(now)
        free_at = chat.bucket.ready_at()
        if chat_id < 0:
            while chat.sent and chat.sent[0] <= now - self._rates.group_window_s:
                chat.sent.popleft()
            if len(chat.sent) >= self._rates.group_per_minute:
                blocking = chat.sent[len(chat.sent) - self._rates.group_per_minute]
                free_at = max(free_at, blocking + self._rates.group_window_s)
        return free_at
