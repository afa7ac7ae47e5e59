"""Words of trips and expense claims."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from crm_core.approvals.facts import Status
from crm_core.expenses import errors
from crm_core.expenses.checks import Finding, Found
from crm_core.expenses.models import Task
from crm_core.kit.words.amounts import write_amount
from crm_core.playbook.book import Playbook
from screens.screen import N_, Msg, Titled, Words
from screens.things import thing
from screens.wording import explain

explain(errors.NO_FLOW, N_("Your company has no flow for this. Ask your admin to add one to the playbook."))
explain(errors.TRIP_IN_PAST, N_("That day is over. A trip is asked for before it begins: choose today or later."))
explain(errors.TRIP_ENDS_BEFORE, N_("The last day lies before the first one. Choose the same day or a later one."))
explain(errors.TRIP_TOO_LONG, N_("A trip has at most %(most)s days. Choose an earlier last day."))
explain(
    errors.TRIP_OVERLAPS,
    N_("You are away on those days already: %(place)s, %(since)s – %(until)s. Choose other days or withdraw that one."),
)
explain(errors.TRIP_NOT_APPROVED, N_("This trip is not approved. Set out once your supervisor has said yes."))
explain(errors.TRIP_BEGUN, N_("You have set out already."))
explain(errors.TRIP_OVER, N_("The days of this trip are over. Ask for a new one."))
explain(errors.COST_NEGATIVE, N_("An amount is more than nought. Please type it again."))
explain(errors.NO_LINES, N_("A claim needs at least one line, for example: taxi 45 yesterday."))
explain(errors.LINE_IN_FUTURE, N_("One of the lines lies in the future. Tap it and choose the right day."))
explain(errors.LINE_TOO_OLD, N_("One of the lines is more than two years old. Tap it and choose the right day."))
explain(errors.SUM_OF_LINES, N_("The sum of a claim comes from its lines. Open the claim and change them there."))
explain(errors.NOT_RETURNED, N_("Its lines can be changed only after it was sent back to you."))
explain(errors.NOT_TO_BE_PAID, N_("This claim is not approved, so it can't be paid."))
explain(errors.PAID_ALREADY, N_("%(name)s has paid this claim already."))
explain(errors.OWN_CLAIM, N_("Somebody else of finance has to mark your own claim as paid."))
explain(errors.WITHDRAW_INSTEAD, N_("It is on its way to who signs it. Open the request and withdraw it instead."))

TASKS: Final[dict[Any, Msg]] = {
    Task.SALES: N_("Sales task"),
    Task.MARKET: N_("Market task"),
    Task.SERVICE: N_("Service task"),
    Task.OPERATIONS: N_("Operations task"),
}
STATES: Final[dict[str, Msg]] = {
    Status.RUNNING.value: N_("⏳ pending"),
    Status.RETURNED.value: N_("↩ sent back"),
    Status.APPROVED.value: N_("✅ approved"),
    Status.REJECTED.value: N_("❌ refused"),
    Status.WITHDRAWN.value: N_("✖ withdrawn"),
    Status.REVOKED.value: N_("✖ revoked"),
}
WAITS: Final = N_("⏳ waiting for %(names)s")
PAID: Final = N_("💴 paid by %(name)s")

thing("trip", N_("trip"), opens="trip")
thing("expense_claim", N_("expense claim"), opens="expense_claim")
thing("expense_item", N_("line of a claim"), opens="expense_item")
thing("trip_customer", N_("customer of a trip"))
thing("claim_customer", N_("customer of a claim"))


def short(day: date) -> str:
    return f"{day:%m-%d}"


def kind_of(book: Playbook, key: str) -> Words:
    """What a kind of cost is called; the key itself when the playbook no longer has it."""
    kind = book.expense_kind(key)
    return Titled(kind.title) if kind else key


def _days(days: list[date]) -> str:
    """The first few."""
    return ", ".join(short(one) for one in days[:4]) + ("…" if len(days) > 4 else "")


_NO_TRIP: Final = N_("no approved trip for %(days)s")
_OTHER_DAYS: Final = N_("%(days)s not within the trip (%(since)s – %(until)s)")
_NO_VISIT: Final = N_("no visit logged on %(days)s")
_OVER: Final = N_("over the limit: %(kind)s %(day)s %(amount)s, limit %(most)s")
_SAME_RECEIPT: Final = N_("receipt used before: claim %(claim)s of %(name)s, %(day)s")
_SAME_COST: Final = N_("claimed before: %(kind)s %(amount)s on %(day)s (claim %(claim)s)")
_LATE: Final = N_("late: %(day)s was %(days)s days before (%(after)s allowed)")
_DEAR: Final = N_("dear: %(kind)s %(amount)s, others pay %(middle)s (middle of %(lines)s)")

_SAID: Final[Mapping[Finding, Callable[[Mapping[str, Any]], Msg]]] = {
    Finding.NO_TRIP: lambda of: _NO_TRIP(days=_days(of["days"])),
    Finding.OTHER_DAYS: lambda of: _OTHER_DAYS(
        days=_days(of["days"]), since=short(of["since"]), until=short(of["until"])
    ),
    Finding.NO_VISIT: lambda of: _NO_VISIT(days=_days(of["days"])),
    Finding.OVER_LIMIT: lambda of: _OVER(
        kind=of["kind"], day=short(of["day"]), amount=write_amount(of["amount"]), most=write_amount(of["most"])
    ),
    Finding.SAME_RECEIPT: lambda of: _SAME_RECEIPT(claim=of["claim"], name=of["name"], day=short(of["day"])),
    Finding.SAME_COST: lambda of: _SAME_COST(
        claim=of["claim"], kind=of["kind"], amount=write_amount(of["amount"]), day=short(of["day"])
    ),
    Finding.LATE: lambda of: _LATE(day=short(of["day"]), days=of["days"], after=of["after"]),
    Finding.DEAR: lambda of: _DEAR(
        kind=of["kind"], amount=write_amount(of["amount"]), middle=write_amount(of["middle"]), lines=of["lines"]
    ),
}


def said_of(book: Playbook, found: Found) -> Msg:
    """A finding in words."""
    kind = found.facts.get("kind")
    facts = found.facts if kind is None else {**found.facts, "kind": kind_of(book, kind)}
    return _SAID[found.code](facts)
