"""Screens of samples and trials."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from crm_core.customers.permissions import READ
from crm_core.kit.words.dates import write_day
from crm_core.org.actor import Actor
from crm_core.trials.models import UNDER_WAY, TrialState
from screens.catalogue import say
from screens.customers import from_archive
from screens.lists import List
from screens.matters import Look
from screens.screen import N_, Button, Msg, Words
from screens.words.trials import FIELDS, STATES

OF_CUSTOMER: Final = List("trials", title=N_("Samples"), empty=N_("No sample was sent here yet."), opens="trial")
ALL_OPEN: Final = List(
    "trials.open", title=N_("Samples under way"), empty=N_("No sample is under way just now."), opens="trial"
)
from_archive(N_("🧪 Samples"), OF_CUSTOMER.key, READ, order=32)
_SHORT: Final = 24


def _lines(row: Any, actor: Actor, today: date) -> list[Words]:
    """How it stands, to whom it went, when to ask, what came of it."""
    sent = write_day(row.sent_on, actor.language)
    to = N_("Sent %(day)s to %(who)s")(day=sent, who=row.contact) if row.contact else N_("Sent %(day)s")(day=sent)
    lines: list[Words] = [N_("State: %(state)s")(state=STATES[row.state]), to]
    if row.quantity and f"{row.quantity}" not in row.what:
        lines.append(N_("Quantity: %(count)s")(count=row.quantity))
    if row.state in UNDER_WAY:
        lines.append(_ask(row, actor, today))
    if row.result:
        lines.append(N_("Result: %(result)s")(result=row.result))
    return lines


def _ask(row: Any, actor: Actor, today: date) -> Msg:
    if row.check_on is None:
        return N_("No day to ask is set: tap 📅.")
    day = write_day(row.check_on, actor.language)
    return N_("⚠ To be asked since %(day)s")(day=day) if row.check_on < today else N_("Ask on %(day)s")(day=day)


def _hint(row: Any, _actor: Actor, today: date) -> Words:
    if row.state not in UNDER_WAY or row.check_on is None:
        return STATES[row.state]
    return f"⚠ {row.check_on:%m-%d}" if row.check_on < today else f"{row.check_on:%m-%d}"


def _ways(row: Any) -> Sequence[Button]:
    """Where it may go from here."""

    def way(label: Msg, state: TrialState) -> Button:
        return Button(label, "trial.answer", row.id, row.revision, state.value)

    ask = Button(N_("📅 Ask on"), "trial.field", row.id, row.revision, "check_on")
    testing = () if row.state == TrialState.TESTING else (way(N_("⏳ Testing"), TrialState.TESTING),)
    if row.state not in UNDER_WAY:
        return testing
    ends = (way(N_("✓ Passed"), TrialState.PASSED), way(N_("✗ Failed"), TrialState.FAILED))
    return (*ends, *testing, way(N_("🔇 No answer"), TrialState.NO_ANSWER), ask)


TRIAL: Final = Look(
    "trial",
    of_customer=OF_CUSTOMER,
    all_open=ALL_OPEN,
    new=N_("➕ Sample"),
    fields=FIELDS,
    lines=_lines,
    hint=_hint,
    ways=_ways,
    values={"state": STATES},
)


def archive_line(first: Any, actor: Actor) -> Msg:
    """The sample to be asked about first, on the archive's card; the others are counted."""
    what = first.what if len(first.what) <= _SHORT else first.what[: _SHORT - 1] + "…"
    if first.check_on is not None:
        ask = say(N_("ask %(day)s")(day=write_day(first.check_on, actor.language)), actor.language)
        what = f"{what} · {ask}"
    if first.count > 1:
        return N_("🧪 Samples (%(count)s): %(what)s")(count=first.count, what=what)
    return N_("🧪 Sample: %(what)s")(what=what)
