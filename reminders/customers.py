"""A customer's own days: an archive that nobody maintained (RE01, CD05), a next step that was promised (RE02), and what
an archive still lacks.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Date, Text, cast, literal, literal_column, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.customers.events import CustomerMaintained, CustomersMoved
from crm_core.customers.models import Customer, StaleTimer
from crm_core.customers.permissions import READ, TIES
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.events import subscribe
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.rights import visible
from crm_core.playbook.book import Playbook
from reminders.rules import Daily, Ends, Rule, Stored, Told
from screens.screen import N_, Msg

SUBJECT: Final = "customer"
KEY: Final = "customer.stale"
STEP: Final = "customer.step"
GAPS: Final = "customer.gaps"

_DAYS: Final = N_("not updated for %(days)s days")
_FOLLOWED_UP: Final = N_("✓ followed up")
_STEP_TODAY: Final = N_("you promised to be in touch today")
_STEP_OVER: Final = N_("you promised to be in touch %(days)s days ago")
_LACKS: Final = N_("nobody to talk to is noted yet")
_LOG: Final = N_("📝 Log visit")
_ALONE: Final = Customer.people == literal_column("'{}'::text[]")
_LOOK_BACK: Final = timedelta(days=3)
"""A step that is set for the very day, after that day was looked at, is told the next morning."""


def _rows(actor: Actor, ids: Collection[int]) -> AnySelect:
    """The most valuable customers first."""
    facts = select(
        Customer.id,
        Customer.name.label("label"),
        Customer.yearly_value.label("value"),
        Customer.maintained_at,
        Customer.next_step_on,
        _ALONE.label("alone"),
    )
    order = (Customer.yearly_value.desc().nulls_last(), Customer.maintained_at, Customer.id)
    return visible(facts.where(Customer.id.in_(ids)), actor, READ, TIES).order_by(*order)


def _stale(row: AnyRow, _occurrence: Occurrence, actor: Actor, today: date) -> Msg:
    return _DAYS(days=(today - actor.today(row.maintained_at)).days)


STALE: Final = Rule(
    KEY,
    title=N_("Customers nobody followed up"),
    why=N_("nobody has updated this archive for as long as your company allows for its customer type"),
    due=Stored(
        SUBJECT,
        at=StaleTimer.due_at,
        to=StaleTimer.owner_id,
        key=StaleTimer.told,
        about=StaleTimer.customer_id,
    ),
    told=Told(_rows, _stale, _FOLLOWED_UP),
    ends=(Ends(CustomerMaintained, lambda told: (told.customer_id,)),),
    action="visit.log",
    action_label=_LOG,
)


def _steps_due(_book: Playbook, since: date, day: date) -> AnySelect:
    return select(
        Customer.id.label("subject_id"),
        Customer.owner_id.label("recipient_id"),
        cast(Customer.next_step_on, Text).label("occurrence_key"),
        cast(null(), Date).label("on"),
    ).where(Customer.next_step_on > min(since, day - _LOOK_BACK), Customer.next_step_on <= day)


def _step(row: AnyRow, occurrence: Occurrence, _actor: Actor, today: date) -> Msg | None:
    if row.next_step_on is None or str(row.next_step_on) != occurrence.occurrence_key:
        return None  # another day was said meanwhile
    late = (today - row.next_step_on).days
    return _STEP_OVER(days=late) if late > 0 else _STEP_TODAY


NEXT_STEP: Final = Rule(
    STEP,
    title=N_("Promised next steps"),
    why=N_("you noted this day as the next step with the customer"),
    due=Daily(SUBJECT, _steps_due),
    told=Told(_rows, _step, _FOLLOWED_UP),
    ends=(Ends(CustomerMaintained, lambda told: (told.customer_id,)),),
    action="visit.log",
    action_label=_LOG,
    order=20,
)


def _gaps_due(book: Playbook, since: date, day: date) -> AnySelect:
    """Archives of a type that wants people, so many days old, and still nobody is known there."""
    days = [(kind.key, kind.people_after_days) for kind in book.customer_types if kind.people_after_days]
    born = or_(
        *(
            (Customer.type == key)
            & (Customer.created_at >= _midnight(since, after - 1))
            & (Customer.created_at < _midnight(day, after - 1))
            for key, after in days
        ),
        literal(value=False),
    )
    return select(
        Customer.id.label("subject_id"),
        Customer.owner_id.label("recipient_id"),
        literal("people").label("occurrence_key"),
        cast(null(), Date).label("on"),
    ).where(_ALONE, Customer.owner_id.is_not(None), born)


def _midnight(day: date, days_before: int) -> datetime:
    return datetime.combine(day - timedelta(days=days_before), time(0), UTC)


def _gap(row: AnyRow, _occurrence: Occurrence, _actor: Actor, _today: date) -> Msg | None:
    return _LACKS if row.alone else None


DATA_GAPS: Final = Rule(
    GAPS,
    title=N_("Archives without contacts"),
    why=N_("your company wants somebody to talk to in the archive of this customer type by now"),
    due=Daily(SUBJECT, _gaps_due),
    told=Told(_rows, _gap, N_("✓ known now")),
    action="due.customer",
    action_label=N_("Open"),
    sign="👤",
    order=80,
)


@subscribe(CustomersMoved)
async def leave_the_former_owner_alone(session: AsyncSession, moved: CustomersMoved) -> None:
    """Whose they were is reminded no more, of nothing; what is open of the archive itself is the new owner's."""
    ids, mine = moved.customer_ids, (KEY, STEP, GAPS)
    cards = await occurrences.move(session, SUBJECT, ids, mine, moved.to_owner_id)
    others = await occurrences.withdraw(session, SUBJECT, ids, but=mine)
    for card_id in dict.fromkeys([*cards, *others]):
        await redraw(session, card_id)
