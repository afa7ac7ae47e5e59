"""The brief before a visit (CA17): what one should know when one stands at the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from crm_core.contacts.service import called
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ
from crm_core.deals.queries import Worth
from crm_core.kit.words.amounts import short_amount
from crm_core.kit.words.dates import write_day
from crm_core.org.actor import Actor
from crm_core.playbook.fields import VisitTemplate, words
from screens.customers import from_archive
from screens.screen import N_, Button, Msg, Row, Screen, Words, fit
from screens.words.visits import kind_of

KEY: Final = "brief"
LABEL: Final = N_("🧭 Visit brief")
RIVAL_FIELDS: Final = ("rival_seen", "rival")
"""Keys of the company's own visit fields that tell of rivals."""
_MOST_LINES: Final = 7  # below the head
_MOST_PEOPLE: Final = 3
_MOST_TALKS: Final = 2
from_archive(LABEL, KEY, READ, order=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is known of a customer before a visit: rows as the features' queries give them."""

    customer: Customer
    talks: Sequence[Any]  # the last visits, the latest first
    people: Sequence[Any]  # the one to call first at the head
    need: Any = None  # the open one that is due first, with the count of all
    trial: Any = None
    worth: Worth | None = None
    template: VisitTemplate | None = None


def brief_screen(brief: Brief, actor: Actor, today: date, *, log: bool) -> Screen:
    """At most eight lines: what for, what was said and promised, what is open, who, rivals, money."""
    goal = [_goal(brief, actor)]
    behind = [_promise(brief, actor, today), _open(brief), _people(brief), _rivals(brief), _money(brief, actor)]
    room = _MOST_LINES - sum(one is not None for one in (*goal, *behind))
    told = [*goal, *_talks(brief, actor)[: max(room, 1)], *behind]
    customer = brief.customer
    rows: list[Row] = [(Button(N_("📖 Visit manual"), "visit.manual", customer.id),)]
    if log:
        rows[0] = (Button(N_("📝 Log visit"), "visit.log", customer.id), *rows[0])
    rows.append((Button(N_("« Back"), "customer", customer.id),))
    facts = {"c": customer, "lines": [one for one in told if one is not None]}
    return Screen("brief/brief.html", facts, tuple(rows))


def _goal(brief: Brief, actor: Actor) -> Msg | None:
    if brief.template is None or not brief.template.goals:
        return None
    return N_("🎯 Goal: %(goal)s")(goal=words(brief.template.goals[0], actor.language))


def _talks(brief: Brief, actor: Actor) -> list[Words | None]:
    """What was talked about last."""
    told = [row for row in brief.talks if row.summary][:_MOST_TALKS]
    if not told:
        return [N_("No visit yet: introduce yourself, learn needs, budget and who decides.")]
    return [
        N_("💬 %(day)s %(kind)s: %(said)s")(
            day=f"{actor.local(row.happened_at):%m-%d}", kind=kind_of(row.kind), said=fit(_flat(row.summary), 56)
        )
        for row in told
    ]


def _promise(brief: Brief, actor: Actor, today: date) -> Msg | None:
    """The promised next step; overdue ones first of all."""
    on = brief.customer.next_step_on
    if on is None:
        return None
    day = write_day(on, actor.language)
    return N_("⚠ Promised for %(day)s, overdue")(day=day) if on < today else N_("📅 Promised for %(day)s")(day=day)


def _open(brief: Brief) -> Words | None:
    """Open needs and samples on one line."""
    told: list[str] = []
    if brief.need is not None:
        told.append(f"🎯 {_counted(brief.need)}{_on(brief.need.due_on)}")
    if brief.trial is not None:
        told.append(f"🧪 {_counted(brief.trial)}{_on(brief.trial.check_on)}")
    return N_("Open: %(what)s")(what=" · ".join(told)) if told else None


def _counted(first: Any) -> str:
    return fit(first.what, 24) + (f" +{first.count - 1}" if first.count > 1 else "")


def _on(day: date | None) -> str:
    return f" {day:%m-%d}" if day else ""


def _people(brief: Brief) -> Words:
    """Whom one meets, each with what they are."""
    if not brief.people:
        return N_("👤 Nobody known there yet: ask who decides.")
    known = [fit(" ".join(filter(None, (called(one), one.title))), 24) for one in brief.people[:_MOST_PEOPLE]]
    more = len(brief.people) - _MOST_PEOPLE
    return f"👤 {' · '.join(known)}" + (f" +{more}" if more > 0 else "")


def _rivals(brief: Brief) -> Msg | None:
    """What was seen of rivals last."""
    for row in brief.talks:
        for key in RIVAL_FIELDS:
            if said := row.extra.get(key):
                return N_("⚔ Rivals: %(said)s")(said=fit(_flat(str(said)), 48))
    return None


def _money(brief: Brief, actor: Actor) -> Msg | None:
    """What they bought, and what a year could be worth."""
    potential = brief.customer.yearly_value
    bought = brief.worth is not None and brief.worth.count > 0
    if brief.worth is not None and bought:
        year, total = (
            short_amount(brief.worth.this_year, actor.language),
            short_amount(brief.worth.total, actor.language),
        )
        if potential is None:
            return N_("💰 Bought ¥%(year)s this year, ¥%(total)s in all")(year=year, total=total)
        could = short_amount(potential, actor.language)
        return N_("💰 Bought ¥%(year)s this year of ¥%(could)s possible, ¥%(total)s in all")(
            year=year, total=total, could=could
        )
    if potential is not None:
        return N_("💰 Nothing bought yet; a year could be worth ¥%(could)s")(
            could=short_amount(potential, actor.language)
        )
    return None


def _flat(text: str) -> str:
    return " ".join(text.split())
