"""Words of visits."""

from typing import Final

from crm_core.visits import errors
from crm_core.visits.models import Away, VisitKind
from crm_core.visits.team import While
from screens.screen import N_, Button, Msg, Words
from screens.things import thing
from screens.wording import explain

explain(errors.IN_FUTURE, N_("A visit is logged after it took place. When was it?"))
explain(errors.TOO_OLD, N_("That is more than %(days)s days ago. Please check the date."))
explain(errors.NEXT_IN_PAST, N_("The next step cannot lie in the past. Choose today or a later day."))
explain(errors.COST_NEGATIVE, N_("A cost cannot be below zero. Type for example 86 or 1.2k."))
explain(
    errors.OPEN_ALREADY,
    N_("Your visit to %(customer)s is still open. Type /visit to end it, then check in here."),
)
explain(errors.NOT_OPEN, N_("That visit has ended already. Open its record to correct it."))
explain(errors.STILL_OPEN, N_("That visit is still open. End it first: type /visit."))
explain(errors.ENDED_BEFORE_START, N_("It cannot have ended before it began. When did it end?"))
explain(errors.TOO_LONG, N_("That would be more than %(hours)s hours. When did it really end?"))
explain(errors.NO_PLACE, N_("This visit has no place. Open it, tap ✎ Change, then Place."))

KINDS: Final[dict[VisitKind, Msg]] = {
    VisitKind.RETURN: N_("Visit"),
    VisitKind.FIRST: N_("First visit"),
    VisitKind.PHONE: N_("Phone call"),
    VisitKind.MATERIAL: N_("Material sent"),
    VisitKind.PRESENTATION: N_("Presentation"),
    VisitKind.NEGOTIATION: N_("Negotiation"),
}

AWAY: Final[dict[Away, Msg]] = {
    Away.MOVED: N_("They have moved"),
    Away.ELSEWHERE: N_("We met elsewhere"),
    Away.INACCURATE: N_("Position is off"),
}

FIELDS: Final[dict[str, Msg]] = {
    "contact": N_("Contact"),
    "voice": N_("Voice message"),
    "files": N_("Files"),
    "kind": N_("Kind"),
    "summary": N_("Talk"),
    "happened_at": N_("Time"),
    "ended_at": N_("End"),
    "next_on": N_("Next step"),
    "cost": N_("Cost"),
    "photos": N_("Photos"),
    "location": N_("Place"),
    "place_reason": N_("Reason"),
}

WHILES: Final[dict[While, Msg]] = {
    While.DAY: N_("Today"),
    While.WEEK: N_("This week"),
    While.MONTH: N_("This month"),
}

UNDER_WAY: Final = N_("under way")
thing("visit", N_("visit"), opens="visit", home=Button(N_("📝 Log visit"), "visit.log"))


def kind_of(value: str) -> Msg:
    return KINDS[VisitKind(value)]


def away(reason: str) -> Words:
    """One of the usual reasons, or somebody's own words."""
    return AWAY[Away(reason)] if reason in set(Away) else reason
