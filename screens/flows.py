"""Words of flows before they are published: who would sign, and what they name that is not there (AP02)."""

from collections.abc import Sequence
from typing import Final

from crm_core.approvals.rehearsal import Sits, Stop
from crm_core.approvals.soundness import Doubt, Kind
from crm_core.kit.languages import Language
from crm_core.playbook.flows import Step
from screens.catalogue import say
from screens.screen import N_, Msg, Titled, fit
from screens.words.org import ROLES

_MOST_NAMES: Final = 3
_DOUBTS: Final[dict[Kind, Msg]] = {
    Kind.NO_SUCH_PERSON: N_("nobody is called %(names)s"),
    Kind.HAS_LEFT: N_("%(names)s has left; a superior signs instead"),
    Kind.NO_SUCH_UNIT: N_("there is no branch or department %(names)s: the step never comes"),
    Kind.NOBODY: N_("for %(names)s it comes to nobody; %(instead)s signs instead"),
    Kind.NEVER: N_("nobody whom it names could ever sign it: write approvers who are here"),
}
_NOBODY_AT_ALL: Final = N_("for %(names)s it comes to nobody, and nobody else could sign")
_WHY: Final[dict[str, Msg]] = {
    "empty": N_("%(name)s (the rule comes to nobody)"),
    "self": N_("%(name)s (nobody signs one's own request)"),
    "left": N_("%(name)s (in the place of who has left)"),
    "picked": N_("%(name)s (chosen)"),
}
_AGAIN: Final = N_("%(name)s (not asked again)")


def doubt_words(doubt: Doubt, language: Language) -> str:
    """One line: which flow and step, and what is the matter."""
    where = f"{doubt.flow}.{doubt.step}" if doubt.step else doubt.flow
    known = _NOBODY_AT_ALL if doubt.kind is Kind.NOBODY and not doubt.instead else _DOUBTS[doubt.kind]
    facts = {"names": _names(doubt.names, language), "instead": _names(doubt.instead, language)}
    return f"{where}: {say(known(**facts), language)}"


def stop_words(stops: Sequence[Stop], language: Language) -> list[str]:
    """The way of a request, a line for each step that is in the flow."""
    return [f"{at}. {_title(stop, language)}: {_who(stop, language)}" for at, stop in enumerate(stops, 1)]


def way_words(stops: Sequence[Stop], language: Language) -> str:
    """The steps that come, in a line: 直接主管 王海燕 → 财务 赵敏、沈岚."""
    told = (f"{step_title(stop.step, language)} {_who(stop, language)}" for stop in stops if stop.comes)
    return " → ".join(told)


def step_title(step: Step | None, language: Language) -> str:
    """What a step is called: by its title, else by who signs."""
    if step is None:
        return say(N_("no step is for it"), language)
    if step.title is not None:
        return say(Titled(step.title), language)
    role = step.approvers[0].role
    return say(ROLES[role], language) if role is not None else step.id


def _title(stop: Stop, language: Language) -> str:
    if stop.step is None:
        return say(N_("no step is for it"), language)
    return say(Titled(stop.step.title), language) if stop.step.title is not None else stop.key


def _who(stop: Stop, language: Language) -> str:
    if not stop.comes:
        return say(N_("does not come"), language)
    if stop.waits_for_pick:
        return say(N_("whom the applicant chooses"), language)
    return _between(language).join(_sits(one, language) for one in stop.seats) or say(N_("nobody"), language)


def _sits(one: Sits, language: Language) -> str:
    if one.again:
        return say(_AGAIN(name=one.name), language)
    return say(_WHY[one.why](name=one.name), language) if one.why else one.name


def _names(names: Sequence[str], language: Language) -> str:
    more = f" +{len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else ""
    return _between(language).join(fit(one, 20) for one in names[:_MOST_NAMES]) + more


def _between(language: Language) -> str:
    return "、" if language == "zh" else ", "
