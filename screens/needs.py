"""Screens of needs."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from crm_core.customers.permissions import READ
from crm_core.kit.words.amounts import write_amount
from crm_core.kit.words.dates import write_day
from crm_core.needs.models import NeedState
from crm_core.org.actor import Actor
from screens.customers import from_archive
from screens.lists import List
from screens.matters import Look
from screens.screen import N_, Button, Msg, Words
from screens.words.needs import FIELDS, STATES

OF_CUSTOMER: Final = List("needs", title=N_("Needs"), empty=N_("No need here yet. What do they want?"), opens="need")
ALL_OPEN: Final = List("needs.open", title=N_("Open needs"), empty=N_("No open need just now."), opens="need")
from_archive(N_("🎯 Needs"), OF_CUSTOMER.key, READ, order=30)


def _lines(row: Any, actor: Actor, today: date) -> list[Words]:
    """How it stands, how much it is about, who said so, who knows."""
    lines: list[Words] = [_stands(row, actor, today)]
    much = [f"{row.quantity:,}"] if row.quantity and f"{row.quantity}" not in row.what.replace(",", "") else []
    much += [write_amount(row.amount, actor.language)] if row.amount is not None else []
    if much:
        lines.append(N_("How much: %(much)s")(much=" · ".join(much)))
    who = " · ".join(filter(None, (row.contact and f"👤 {row.contact}", row.by)))
    lines.append(
        N_("Written down by %(who)s, %(day)s")(
            who=who, day=write_day(actor.local(row.created_at).date(), actor.language)
        )
    )
    return lines


def _stands(row: Any, actor: Actor, today: date) -> Msg:
    if row.state == NeedState.MET:
        return N_("✓ met")
    if row.state == NeedState.LOST:
        return N_("✗ lost: %(reason)s")(reason=row.reason)
    if row.due_on is None:
        return N_("Open, no day said")
    day = write_day(row.due_on, actor.language)
    return N_("⚠ Open, was due %(day)s")(day=day) if row.due_on < today else N_("Open, due %(day)s")(day=day)


def _hint(row: Any, _actor: Actor, today: date) -> Words:
    if row.state != NeedState.OPEN:
        return STATES[row.state]
    if row.due_on is None:
        return STATES[NeedState.OPEN]
    return f"⚠ {row.due_on:%m-%d}" if row.due_on < today else f"{row.due_on:%m-%d}"


def _ways(row: Any) -> Sequence[Button]:
    if row.state != NeedState.OPEN:
        return (Button(N_("↺ Open again"), "need.again", row.id, row.revision),)
    return (
        Button(N_("✓ Met"), "need.met", row.id, row.revision),
        Button(N_("✗ Lost"), "need.lose", row.id, row.revision),
        Button(N_("📣 Tell a colleague"), "need.tell", row.id, row.revision),
    )


NEED: Final = Look(
    "need",
    of_customer=OF_CUSTOMER,
    all_open=ALL_OPEN,
    new=N_("➕ Need"),
    fields=FIELDS,
    lines=_lines,
    hint=_hint,
    ways=_ways,
    values={"state": STATES},
)


def archive_line(first: Any, actor: Actor) -> Msg:
    """The need that is due first, on the archive's card; the others are counted."""
    what = first.what if len(first.what) <= _SHORT else first.what[: _SHORT - 1] + "…"
    if first.due_on is not None:
        what = f"{what} · {write_day(first.due_on, actor.language)}"
    if first.count > 1:
        return N_("🎯 Needs (%(count)s): %(what)s")(count=first.count, what=what)
    return N_("🎯 Need: %(what)s")(what=what)


_SHORT: Final = 24
