"""How much of somebody's is taken at once, and how fast after that: a burst that refills at a steady rate.

Kept in this process's memory, a number for each who was here lately: a look-up an update, and nothing asked of the
database. Several processes each have their own, which is near enough: the bound is there to be far from what people do.
"""

from collections.abc import Hashable
from typing import Final

_SWEEP_AT: Final = 1024
_SET_BACK_S: Final = 5.0


class Pace:
    """`burst` at once and `per_s` after that, for each key. Times are seconds of one clock, whichever."""

    def __init__(self, burst: int, per_s: float) -> None:
        self._each_s = 1 / per_s
        self._slack_s = burst / per_s
        self._full_at: dict[Hashable, float] = {}  # when nothing of the burst is used up any more
        self._sweep_at = _SWEEP_AT
        self._now = 0.0

    def heed(self, now: float) -> None:
        """Say what the clock shows. When it was set back everybody begins anew, or they waited until it caught up."""
        if now < self._now - _SET_BACK_S:
            self._full_at.clear()
        self._now = now

    def __len__(self) -> int:
        return len(self._full_at)

    def turn_of(self, key: Hashable, at: float) -> float:
        """Count one that came at `at`, and answer when it is its turn: at once, or behind all that came before."""
        full_at = max(self._full_at.get(key, at), at) + self._each_s
        self._full_at[key] = full_at
        if len(self._full_at) >= self._sweep_at:
            self._sweep(at)
        return max(at, full_at - self._slack_s)

    def passes(self, key: Hashable, at: float) -> bool:
        """Whether one more fits now; one that does not is not counted."""
        if self._full_at.get(key, at) + self._each_s - self._slack_s > at:
            return False
        self.turn_of(key, at)
        return True

    def is_calm(self, key: Hashable, at: float) -> bool:
        """Whether half of the burst is there again."""
        return self._full_at.get(key, at) - at <= self._slack_s / 2

    def _sweep(self, at: float) -> None:
        """Forget whose burst is whole again; look again when there are twice as many as those who are left."""
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > at}
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._full_at))
