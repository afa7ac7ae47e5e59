"""The forms of trips and expense claims (EX01, EX02), and what who signs them gets to see."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals import announce, beside_request
from conversations.approvals_apply import foreseen, sent, starts
from conversations.away import FromDay
from conversations.company import own_field
from conversations.customers import CUSTOMER
from conversations.form import Answers, Field, Form, Option, Own
from conversations.kinds.base import Given, Spot, Typed, typed
from conversations.kinds.choices import Choice, Entry
from conversations.kinds.lines import Lines
from conversations.kinds.media import Photos
from conversations.kinds.numbers import Integer
from conversations.kinds.plain import Money, Text
from conversations.kinds.reference import Found, NamedRef
from conversations.kinds.times import Day
from crm_core.approvals.queries import Whole, request_of, waiting_on
from crm_core.budgets import matching
from crm_core.budgets.matching import Prospect
from crm_core.expenses import claims, queries, spending, trips, values
from crm_core.expenses.checks import mark
from crm_core.expenses.claims import ClaimExpenses, CorrectClaim, Item
from crm_core.expenses.errors import NO_FLOW
from crm_core.expenses.models import ExpenseClaim, Task
from crm_core.expenses.permissions import REQUEST
from crm_core.expenses.trips import Asked, RequestTrip
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.words.capitals import in_words
from crm_core.org.actor import Actor
from crm_core.playbook.flows import Flow
from crm_core.playbook.service import in_force
from screens.approvals_route import Line, told
from screens.catalogue import in_both
from screens.expenses import Standing, claim_screen, line_of, short_lines, trip_screen
from screens.screen import N_, Msg, Place, Screen, Words
from screens.words.expenses import TASKS, said_of, short

if TYPE_CHECKING:
    from conversations.form import Facts

_MOST_OPTIONS: Final = 5
_NIGHTS: Final = re.compile(
    r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:天|晚|日|夜|nights?|days?)", re.IGNORECASE
)


@dataclass(frozen=True)
class Nights(Integer):
    """How many days or nights a sum is for; in a line only with its unit: 3天, 2晚, 2 nights."""

    least: int = 1
    most: int = 180
    hint: ClassVar[Msg] = N_("How many days or nights, for example 3.")

    def read(self, given: Given, facts: Facts, before: int | None = None) -> int:
        found = _NIGHTS.fullmatch(typed(given)) if isinstance(given, Typed) else None
        return super().read(Typed(found["n"]) if found else given, facts, before)

    def show(self, value: int, facts: Facts) -> Words:
        return N_("%(count)s days")(count=value)

    def pick(self, text: str, facts: Facts) -> Spot[int] | None:
        for found in _NIGHTS.finditer(text):
            try:
                return Spot(self.read(Typed(found.group()), facts), *found.span())
            except DomainError:
                continue
        return None


def _whom(label: Msg, ask: Msg) -> Field:
    """Customers, one or several, each found by name."""
    one = Field("customer", CUSTOMER, N_("Customer"), ask)
    return Field("customers", Lines((one,), example=N_("Huaning"), at_most=10), label, ask, required=False)


def _ids(values: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(one["customer"] for one in values.get("customers", ()))


async def standing(session: AsyncSession, kind: str, record_id: int, said: Msg | None = None) -> Standing:
    """Whom a record's request waits for."""
    request = await request_of(session, kind, record_id)
    if request is None:
        return Standing(said=said)
    return Standing([name for name, _ in (await waiting_on(session, [request.id]))[request.id]], said, request.id)


async def flow_for(session: AsyncSession, actor: Actor, kind: str) -> dict[str, Any]:
    """The flow by which such records are asked for, as the first answer of their form. Raises `expense.no_flow`."""
    flow = (await in_force(session, actor.playbook_version)).flow_about(kind)
    if flow is None:
        raise DomainError(NO_FLOW)
    return {"flow": flow.key}


Foretell = Callable[[AsyncSession, Actor, Flow, Answers], Awaitable[tuple[dict[str, Any], list[Prospect]]]]
"""Given what is answered: the form that the request will have, and what it takes from budgets."""


def own_of(kind: str, known: frozenset[str], foretell: Foretell) -> Any:
    """What the company asks besides, in the form of the flow for such records; who will sign what is answered."""

    async def more(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
        book = await in_force(session, actor.playbook_version)
        flow = book.flow_or_none(answers.get("flow", "")) or book.flow_about(kind)
        if flow is None:
            return Own()

        async def foresee(held: Answers) -> tuple[Words, ...]:
            form, spent = await foretell(session, actor, flow, held)
            return await foreseen(session, actor, flow, form, spent)

        return Own(tuple(own_field(one) for one in flow.form if one.key not in known), foresee=foresee)

    return more


async def _asked(session: AsyncSession, actor: Actor, asked: Asked) -> Screen:
    return await sent(session, actor, asked.case)


# trips


async def trip_card(
    session: AsyncSession, actor: Actor, trip_id: int, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """A trip as it stands."""
    row = await queries.trip(session, actor, trip_id)
    names = await queries.customers_of(session, actor, trip_id)
    return trip_screen(row, names, actor, await standing(session, trips.SUBJECT, trip_id, said), place)


async def _ask_trip(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Asked:
    told: dict[str, Any] = {**given, "customers": _ids(given)}
    asked = await trips.request_trip(session, actor, RequestTrip(**told))
    await announce(session, asked.case, actor)
    return asked


async def _foretell_trip(
    session: AsyncSession, actor: Actor, flow: Flow, held: Answers
) -> tuple[dict[str, Any], list[Prospect]]:
    form: dict[str, Any] = {"days": (held["until"] - held["since"]).days + 1, "since": held["since"].isoformat()}
    if held.get("cost") is not None:
        form["amount"] = str(held["cost"])
    return form, await matching.outlook(session, actor, flow, form)


NEW_TRIP: Final = Form(
    "trip.new",
    title=N_("Trip"),
    fields=(
        Field("place", Text(most=values.LONGEST_PLACE), N_("Where to"), N_("Where are you going?")),
        Field("since", FromDay(), N_("First day"), N_("From which day?")),
        Field("until", FromDay(), N_("Last day"), N_("Until which day? It is included."), after="since"),
        Field("purpose", Text(most=values.LONGEST_PURPOSE), N_("Purpose"), N_("What for?")),
        Field("cost", Money(), N_("Expected cost"), N_("What will it cost, roughly?"), required=False),
        _whom(N_("Customers"), N_("Which customer will you see?")),
    ),
    command=RequestTrip,
    submit=_ask_trip,
    done=_asked,
    permission=REQUEST,
    hidden=("flow",),
    save=N_("📤 Send"),
    more=own_of(trips.SUBJECT, trips.FORM, _foretell_trip),
)
starts(trips.SUBJECT, NEW_TRIP)


# claims


async def _trips(session: AsyncSession, actor: Actor, text: str, _held: Answers) -> Found:
    rows = await queries.trips_to_claim(session, actor, text, _MOST_OPTIONS + 1)
    options = tuple(Option(one.id, one.place, f"{short(one.since)}–{short(one.until)}") for one in rows)
    return Found(options[:_MOST_OPTIONS], len(options) > _MOST_OPTIONS)


async def _trip(session: AsyncSession, actor: Actor, trip_id: int) -> Option:
    row = await queries.trip(session, actor, trip_id)
    if row.employee_id != actor.id:
        raise DomainError(NOT_FOUND)
    return Option(row.id, row.place, f"{short(row.since)}–{short(row.until)}")


ITEMS: Final = Lines(
    fields=(
        Field("kind", Entry("expense_kinds"), N_("Kind of cost"), N_("What was it for?")),
        Field("amount", Money(), N_("Amount"), N_("How much?")),
        Field("on", Day(past=True), N_("Day"), N_("Which day?")),
        Field("days", Nights(), N_("Days or nights"), N_("For how many days or nights?"), required=False),
        Field("note", Text(most=values.LONGEST_NOTE), N_("Note"), N_("A few words on it?"), required=False),
        Field("city", Text(most=values.LONGEST_PLACE), N_("City"), N_("In which city?"), required=False),
        Field("receipts", Photos(at_most=9), N_("Receipts"), N_("Send photos of the receipts."), required=False),
    ),
    example=N_("taxi 45 yesterday"),
    money="amount",
    at_most=30,
)
_ITEMS: Final = Field("items", ITEMS, N_("Lines"), N_("What did you spend?"))
_PURPOSE: Final = Field("purpose", Text(most=values.LONGEST_PURPOSE), N_("Purpose"), N_("What was it all for?"))


async def _of_trip(session: AsyncSession, actor: Actor, answers: Answers) -> dict[str, Any]:
    """A claim of a trip is for what the trip was for, unless somebody says otherwise."""
    if "trip" not in answers or "purpose" in answers:
        return {}
    row = await queries.trip(session, actor, answers["trip"].id)
    return {"purpose": f"{row.place} {row.purpose}"[: values.LONGEST_PURPOSE]}


def _items(given: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(**one) for one in given)


async def _claim(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Asked:
    told: dict[str, Any] = {**given, "items": _items(given["items"]), "customers": _ids(given)}
    asked = await claims.claim_expenses(session, actor, ClaimExpenses(**told))
    await announce(session, asked.case, actor)
    return asked


async def _foretell_claim(
    session: AsyncSession, actor: Actor, _flow: Flow, held: Answers
) -> tuple[dict[str, Any], list[Prospect]]:
    """What its lines take; a trip's own budget pays first."""
    items = _items(ITEMS.value(held["items"]))
    trip, task = held.get("trip"), held.get("task")
    spent = await spending.foreseen(session, actor, items, trip=trip.id if trip else None, task=task or Task.SALES)
    return {"amount": str(sum((one.amount for one in items), Decimal(0)))}, spent


async def claim_card(
    session: AsyncSession, actor: Actor, claim_id: int, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """A claim as it stands, looked through anew."""
    whole = await queries.claim(session, actor, claim_id)
    book = await in_force(session, actor.playbook_version)
    return claim_screen(whole, book, actor, await standing(session, claims.SUBJECT, claim_id, said), place)


NEW_CLAIM: Final = Form(
    "expense_claim.new",
    title=N_("Expense claim"),
    fields=(
        _ITEMS,
        _PURPOSE,
        Field("trip", NamedRef(find=_trips, get=_trip), N_("Trip"), N_("For which trip?"), required=False),
        Field("task", Choice(Task, TASKS), N_("Task"), N_("For which kind of task?"), required=False),
        _whom(N_("Customers"), N_("For which customer was it?")),
    ),
    command=ClaimExpenses,
    submit=_claim,
    done=_asked,
    permission=REQUEST,
    prefill=_of_trip,
    hidden=("flow",),
    save=N_("📤 Send"),
    more=own_of(claims.SUBJECT, claims.FORM, _foretell_claim),
)


async def of_trip(session: AsyncSession, actor: Actor, trip_id: int) -> dict[str, Any]:
    """What a claim of one's own trip begins with: the trip, and the company's rate for its days (JSON by field)."""
    option = await _trip(session, actor, trip_id)
    row = await queries.trip(session, actor, trip_id)
    book = await in_force(session, actor.playbook_version)
    answers = await flow_for(session, actor, claims.SUBJECT)
    answers["trip"] = {"id": option.id, "label": option.label}
    kind = next((one.key for one in book.expense_kinds if one.per_diem), None)
    rate = book.expense_rules.per_diem.get(book.expense_rules.city_class(row.place) or "")
    if kind is None or rate is None:
        return answers
    days = (row.until - row.since).days + 1
    line = {"kind": kind, "amount": str(rate * days), "on": row.since.isoformat(), "days": days}
    return answers | {"items": {"lines": [line], "at": None, "asking": None}}


async def _correct(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Asked:
    told: dict[str, Any] = {**given, "items": _items(given["items"])}
    asked = await claims.correct_claim(session, actor, CorrectClaim(**told))
    await announce(session, asked.case, actor)
    return asked


CORRECT_CLAIM: Final = Form(
    "expense_claim.correct",
    title=N_("Correct the claim"),
    fields=(_ITEMS, _PURPOSE),
    command=CorrectClaim,
    submit=_correct,
    done=_asked,
    permission=REQUEST,
    hidden=("claim_id",),
    save=N_("📤 Send"),
)


async def as_it_is(session: AsyncSession, actor: Actor, claim_id: int) -> dict[str, Any]:
    """A claim of one's own as answers of CORRECT_CLAIM; its receipts stay where they are. Raises `not_found`."""
    whole = await queries.claim(session, actor, claim_id)
    if whole.row.employee_id != actor.id:
        raise DomainError(NOT_FOUND)
    lines: list[dict[str, Any]] = []
    for one in whole.items:
        line = {"kind": one.kind, "amount": str(one.amount), "on": one.spent_on.isoformat()}
        line |= {"days": one.days} if one.days > 1 else {}
        lines.append(line | {key: said for key, said in (("note", one.note), ("city", one.city)) if said})
    items = {"lines": lines, "at": None, "asking": None}
    return {"claim_id": claim_id, "items": items, "purpose": whole.row.purpose}


async def _correction(session: AsyncSession, actor: Actor, claim_id: int) -> tuple[Form, dict[str, Any]]:
    return CORRECT_CLAIM, await as_it_is(session, actor, claim_id)


starts(claims.SUBJECT, NEW_CLAIM, _correction)


# what who signs gets to see


@beside_request(trips.SUBJECT)
async def _tell_trip(session: AsyncSession, applicant: Actor, whole: Whole) -> list[Line]:
    """Whom it is to see, where it is several: all else stands on the request."""
    assert whole.row.subject_id is not None
    names = await queries.customers_of(session, applicant, whole.row.subject_id)
    return [told(N_("Customers"), ", ".join(names))] if len(names) > 1 else []


@beside_request(claims.SUBJECT)
async def _tell_claim(session: AsyncSession, applicant: Actor, whole: Whole) -> list[Line]:
    """What is odd, or that nothing is; the trip, the sum in words, then each line."""
    assert whole.row.subject_id is not None
    claim = await queries.claim(session, applicant, whole.row.subject_id)
    await mark(session, await session.get_one(ExpenseClaim, whole.row.subject_id))
    book = await in_force(session, applicant.playbook_version)
    lines = [told(N_("⚠ Check"), said_of(book, one), heavy=True) for one in claim.found]
    if not claim.found:
        lines.append(told(N_("✓ Checks"), N_("nothing odd")))
    lines.append(Line(short_lines(claim.items, book)))
    if claim.trip is not None:
        days = f"{short(claim.trip.since)}–{short(claim.trip.until)}"
        lines.append(told(N_("Trip"), f"{claim.trip.place} {days}"))
    if len(claim.customers) > 1:
        lines.append(told(N_("Customers"), ", ".join(claim.customers)))
    lines.append(told(N_("Amount"), in_both(lambda language: in_words(claim.row.amount, language))))
    lines.append(told(N_("Task"), TASKS[claim.row.task]))
    return [*lines, *(Line(line_of(at, one, book)) for at, one in enumerate(claim.items, 1))]
