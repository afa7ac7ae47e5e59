"""What time says of requests: reminders to those who are to sign, and to who waits (BY16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from crm_core.kit.languages import Language
from screens.screen import N_, Button, Place, Screen, Words, fit

_MOST_NAMES: Final = 3
_OPEN: Final = N_("Open")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits: what it is called, whose it is, and how many hours its step still has."""

    id: int
    title: str
    applicant: str
    hours_left: int | None = None


def reminder_screen(one: Waiting, *, late: bool, absent: str | None = None) -> Screen:
    """To who is to sign; `absent` is in whose place."""
    halfway = N_("⏰ Half of the time has gone, and this waits for your signature:")
    head = N_("⏰ The time is up, and this still waits for your signature:") if late else halfway
    lines: list[Words] = [N_("from %(name)s")(name=one.applicant)]
    if absent is not None:
        lines.append(N_("You sign in the place of %(name)s.")(name=absent))
    if not late and one.hours_left:
        lines.append(N_("%(hours)s hours are left.")(hours=one.hours_left))
    return _notice(head, one, lines)


def second_screen(one: Waiting, late: Sequence[str], language: Language) -> Screen:
    """To who may sign as well, because those who were asked are late."""
    head = N_("⏰ This waits too long for %(names)s. You may sign it as well:")(names=_names(late, language))
    return _notice(head, one, [N_("from %(name)s")(name=one.applicant)])


def late_screen(one: Waiting, late: Sequence[str], seconds: Sequence[str], language: Language) -> Screen:
    """To the applicant, when the time of a step is up."""
    lines: list[Words] = [N_("%(names)s got a reminder.")(names=_names(late, language))]
    if seconds:
        lines.append(N_("%(names)s may sign as well now.")(names=_names(seconds, language)))
    return _notice(N_("⏰ Your request was not decided in time:"), one, lines)


def _notice(head: Words, one: Waiting, lines: Iterable[Words]) -> Screen:
    facts = {"head": head, "name": one.title, "lines": list(lines)}
    rows = ((Button(_OPEN, "approval", one.id),),)
    return Screen("approvals_time/notice.html", facts, rows, Place.NEW, f"approval:{one.id}")


def _names(names: Sequence[str], language: Language) -> str:
    between = "、" if language == "zh" else ", "
    more = f" +{len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else ""
    return between.join(fit(one, 20) for one in names[:_MOST_NAMES]) + more
