"""Screens of deals."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from crm_core.customers.permissions import READ
from crm_core.deals.models import DealStep
from crm_core.deals.queries import Worth
from crm_core.kit.words.amounts import short_amount, write_amount
from crm_core.kit.words.dates import write_day
from crm_core.org.actor import Actor
from screens.catalogue import say
from screens.customers import from_archive
from screens.lists import List
from screens.matters import Look
from screens.screen import N_, Button, Msg, Words
from screens.words.deals import FIELDS, STEPS

OF_CUSTOMER: Final = List("deals", title=N_("Deals"), empty=N_("No deal here yet. What did they buy?"), opens="deal")
ALL_OPEN: Final = List(
    "deals.open", title=N_("Deals not paid yet"), empty=N_("No deal waits for its money just now."), opens="deal"
)
from_archive(N_("💰 Deals"), OF_CUSTOMER.key, READ, order=33)


def _days(row: Any) -> dict[DealStep, date]:
    """The steps that were taken, in order, with their days."""
    taken = {step: getattr(row, f"{step.value}_on") for step in DealStep}
    return {step: on for step, on in taken.items() if on is not None}


def stands(row: Any) -> DealStep:
    """How far a deal has come."""
    return list(_days(row))[-1]


def _lines(row: Any, actor: Actor, _today: date) -> list[Words]:
    """What it is worth, and each step with its day."""
    steps = " → ".join(
        f"{say(STEPS[step], actor.language)} {write_day(on, actor.language)}" for step, on in _days(row).items()
    )
    who = " · ".join(filter(None, (row.contact and f"👤 {row.contact}", row.by)))
    day = write_day(actor.local(row.created_at).date(), actor.language)
    return [
        N_("Amount: %(amount)s")(amount=write_amount(row.amount, actor.language)),
        f"📌 {steps}",
        N_("Written down by %(who)s, %(day)s")(who=who, day=day),
    ]


def _hint(row: Any, actor: Actor, _today: date) -> Words:
    return f"¥{short_amount(row.amount, actor.language)} {say(STEPS[stands(row)], actor.language)}"


_NEXT: Final[dict[DealStep, Msg]] = {
    DealStep.ORDERED: N_("✓ Ordered today"),
    DealStep.DELIVERED: N_("✓ Delivered today"),
    DealStep.PAID: N_("✓ Paid today"),
}


def _ways(row: Any) -> Sequence[Button]:
    """The steps that lie ahead."""
    ahead = list(DealStep)[list(DealStep).index(stands(row)) + 1 :]
    return [Button(_NEXT[step], "deal.step", row.id, row.revision, step.value) for step in ahead]


DEAL: Final = Look(
    "deal",
    of_customer=OF_CUSTOMER,
    all_open=ALL_OPEN,
    new=N_("➕ Deal"),
    fields=FIELDS,
    lines=_lines,
    hint=_hint,
    ways=_ways,
    values={},
)


def archive_line(worth: Worth, years: Sequence[tuple[int, Decimal]], actor: Actor) -> Msg | None:
    """What a customer has bought, year by year and in all."""
    if not worth.count:
        return None
    told = " · ".join(f"{year} ¥{short_amount(total, actor.language)}" for year, total in years)
    return N_("💰 Deals: %(years)s; ¥%(total)s in all")(years=told, total=short_amount(worth.total, actor.language))
