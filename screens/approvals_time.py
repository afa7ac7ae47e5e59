"""What time says of requests, in the line above their card: to those who are to sign, and to who waits (BY16)."""

from collections.abc import Sequence
from typing import Final

from crm_core.kit.languages import Language
from screens.catalogue import say
from screens.screen import N_, Words, fit

_MOST_NAMES: Final = 2


def reminder_words(language: Language, *, hours_left: int | None, absent: str | None = None) -> Words:
    """To who is to sign; without hours it is late. `absent` is in whose place."""
    words = N_("⏰ The time is up, and this still waits for your signature")
    if hours_left is not None:
        words = N_("⏰ Half of the time has gone: %(hours)s hours are left")(hours=hours_left)
    if absent is None:
        return words
    return N_("%(what)s (in the place of %(name)s)")(what=say(words, language), name=fit(absent, 16))


def second_words(late: Sequence[str], language: Language) -> Words:
    """To who may sign as well, because those who were asked are late."""
    return N_("⏰ This waits too long for %(names)s: you may sign it as well")(names=_names(late, language))


def late_words(late: Sequence[str], seconds: Sequence[str], language: Language) -> Words:
    """To the applicant, when the time of a step is up."""
    facts = {"names": _names(late, language)}
    if not seconds:
        return N_("⏰ Not decided in time: %(names)s got a reminder")(**facts)
    more = _names(seconds, language)
    return N_("⏰ Not decided in time: %(names)s got a reminder, %(more)s may sign as well")(**facts, more=more)


def _names(names: Sequence[str], language: Language) -> str:
    between = "、" if language == "zh" else ", "
    more = f" +{len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else ""
    return between.join(fit(one, 16) for one in names[:_MOST_NAMES]) + more
