"""Whether Telegram can be reached at all: a failing line costs the bot a pause, and not each row its attempts."""

from bot.delivery.sender import Sign

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
UNSURE_IN_A_ROW = 3
"""So many sends without an answer, with no answer between them, are no matter of single rows any more."""


class Health:
    """Told of each send's sign, it says how long to pause. While it is `suspect`, ask before you send."""

    def __init__(self) -> None:
        self.suspect = False
        self._pauses = 0
        self._unsure = 0

    def note(self, sign: Sign, *, paused: bool, probe: bool = False) -> float:
        """Seconds of pause that a sign calls for. What was under way when a pause began adds nothing to it.

        A `probe` that is answered ends the suspicion, but only a message that is taken lets pauses be short again.
        """
        if sign is Sign.WELL:
            self.suspect = False
            if not probe:
                self._pauses = self._unsure = 0
            return 0.0
        if paused:
            return 0.0
        self._unsure += 1
        if sign is Sign.UNSURE and self._unsure < UNSURE_IN_A_ROW and not self.suspect:
            return 0.0
        self.suspect = True
        self._pauses += 1
        return min(FIRST_PAUSE_S * 2 ** (self._pauses - 1), LONGEST_PAUSE_S)
