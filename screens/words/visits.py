"""Words of visits."""

from typing import Final

from crm_core.visits import errors
from crm_core.visits.models import VisitKind
from screens.screen import N_, Button, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.IN_FUTURE, N_("A visit is logged after it took place. When was it?"))
explain(errors.TOO_OLD, N_("That is more than %(days)s days ago. Please check the date."))
explain(errors.NEXT_IN_PAST, N_("The next step cannot lie in the past. Choose today or a later day."))

KINDS: Final[dict[VisitKind, Msg]] = {
    VisitKind.RETURN: N_("Visit"),
    VisitKind.FIRST: N_("First visit"),
    VisitKind.PHONE: N_("Phone call"),
    VisitKind.MATERIAL: N_("Material sent"),
    VisitKind.PRESENTATION: N_("Presentation"),
    VisitKind.NEGOTIATION: N_("Negotiation"),
}

thing("visit", N_("visit"), opens="visit", home=Button(N_("📝 Log visit"), "visit.log"))


def kind_of(value: str) -> Msg:
    return KINDS[VisitKind(value)]
