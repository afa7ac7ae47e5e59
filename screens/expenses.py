"""Screens of trips and expense claims: cards, lists, a person's whole history."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from crm_core.approvals.facts import Status
from crm_core.expenses.permissions import AUDIT, PAY
from crm_core.expenses.queries import Spent, WholeClaim
from crm_core.kit.languages import Language
from crm_core.kit.pages import Page
from crm_core.kit.words.amounts import write_amount
from crm_core.kit.words.capitals import in_words
from crm_core.kit.words.dates import month_name
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook
from screens.approvals import OPEN
from screens.catalogue import in_both, say
from screens.lists import List, list_screen
from screens.screen import N_, Button, Msg, Place, Row, Screen, Titled, Words, fit, in_rows, page_number
from screens.words.expenses import PAID, STATES, TASKS, WAITS, kind_of, said_of, short

TRIPS: Final = List(
    "trips", N_("🧳 Trips"), N_("No trip yet. Ask for one before you set out: it takes a minute."), "trip"
)
CLAIMS: Final = List(
    "claims",
    N_("🧾 Expense claims"),
    N_("No claim yet. Send the lines and the receipts, the sum adds up."),
    "expense_claim",
)
TO_PAY: Final = List(
    "claims.pay", N_("💴 To be paid"), N_("Nothing to pay. All approved claims are settled."), "expense_claim"
)
AUDITED: Final = List("claims.all", N_("🔎 All claims"), N_("No claim here."), "expense_claim")
FLAGGED: Final = "f"
_FLOWS: Final = Button(N_("« Back"), "menu", arg="flows")
_LABEL: Final = 44
_MOST_FOUND: Final = 2
_LINES_A_PAGE: Final = 7
_MOST_YEARS: Final = 4
_MOST_KINDS: Final = 4


def state_of(row: Any, waiting: Sequence[str]) -> Msg:
    """How a record's request stands: whom it waits for, how it ended, whether it is paid."""
    if getattr(row, "paid_at", None) is not None:
        return PAID(name=row.paid_by)
    if row.state == Status.RUNNING and waiting:
        return WAITS(names=", ".join(waiting[:3]))
    return STATES[row.state]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whom a record's request waits for, and what was said just now."""

    waiting: Sequence[str] = ()
    said: Msg | None = None
    request: int | None = None

    def way(self) -> list[Button]:
        """To the request: how far it is, what one may do about it."""
        return [Button(N_("🔁 The request"), OPEN, self.request)] if self.request is not None else []


def trip_screen(
    row: Any, customers: Sequence[str], actor: Actor, standing: Standing, place: Place = Place.EDIT
) -> Screen:
    """One trip, whole: set out once it is approved, claim what it cost."""
    facts = {
        "t": row,
        "said": standing.said,
        "days": (row.until - row.since).days + 1,
        "customers": list(customers),
        "state": state_of(row, standing.waiting),
    }
    ways = standing.way()
    if row.employee_id == actor.id and row.state == Status.APPROVED:
        if row.began_at is None:
            ways.append(Button(N_("🧳 Set out"), "trip.begin", row.id))
        ways.append(Button(N_("🧾 Claim expenses"), "trip.claim", row.id))
    back = Button(N_("« Trips"), TRIPS.key, row.employee_id)
    return Screen("expenses/trip.html", facts, (*in_rows(ways), (back,)), place, subject=f"trip:{row.id}")


def trips_screen(page: Page, actor: Actor, employee_id: int, place: Place = Place.EDIT) -> Screen:
    labels = [
        fit(f"{short(row.since)}–{short(row.until)} {row.place} · {_state(row, actor)}", _LABEL) for row in page.rows
    ]
    new = (Button(N_("➕ Ask for a trip"), "trip.new"),) if employee_id == actor.id else ()
    return list_screen(TRIPS, page, labels, parent=employee_id, more=((_FLOWS, *new),), place=place)


def _state(row: Any, actor: Actor) -> str:
    return say(state_of(row, ()), actor.language)


def claim_screen(
    whole: WholeClaim, book: Playbook, actor: Actor, standing: Standing, place: Place = Place.EDIT
) -> Screen:
    """One claim: how much in figures and in words, for what, and all that is odd about it."""
    row, language = whole.row, actor.language
    about = [say(TASKS[row.task], language)]
    if whole.trip is not None:
        about.append(f"🧳 {whole.trip.place} {short(whole.trip.since)}–{short(whole.trip.until)}")
    if whole.customers:
        about.append(whole.customers[0])
    if row.stage is not None:
        about.append(book.title("stages", row.stage, language))
    found = [said_of(book, one) for one in whole.found]
    shown = found if len(found) <= _MOST_FOUND else found[: _MOST_FOUND - 1]
    facts = {
        "c": row,
        "said": standing.said,
        "words": in_words(row.amount, language),
        "lines": [_short_line(one, book, language) for one in whole.items],
        "about": about,
        "found": shown,
        "more": len(found) - len(shown),
        "state": state_of(row, standing.waiting),
    }
    rows = (*in_rows(_ways(whole, actor, standing)), (Button(N_("« Claims"), CLAIMS.key, row.employee_id),))
    return Screen("expenses/claim.html", facts, rows, place, subject=f"expense_claim:{row.id}")


def _ways(whole: WholeClaim, actor: Actor, standing: Standing) -> list[Button]:
    row = whole.row
    mine = row.employee_id == actor.id
    ways = standing.way()
    if row.state == Status.APPROVED and row.paid_at is None and may(actor, PAY) and not mine:
        ways.append(Button(N_("💴 Mark as paid"), "claim.paid", row.id))
    if row.state == Status.RETURNED and mine:
        ways.append(Button(N_("✎ Correct and hand in again"), "claim.correct", row.id))
    ways.append(Button(N_("≡ Lines and checks"), "claim.lines", row.id))
    if any(one.receipts for one in whole.items):
        ways.append(Button(N_("📷 Receipts"), "claim.receipts", row.id))
    ways.append(Button(N_("📒 All expenses"), "claim.history", row.employee_id))
    return ways


def short_lines(items: Sequence[Any], book: Playbook) -> Titled:
    """How many lines a claim has, and the first of them."""

    def told(language: Language) -> str:
        between = "；" if language == "zh" else "; "
        lines = between.join(_short_line(one, book, language) for one in items)
        return say(N_("🧾 %(count)s lines: %(lines)s")(count=len(items), lines=lines), language)

    return in_both(told)


def _short_line(one: Any, book: Playbook, language: str) -> str:
    return f"{say(kind_of(book, one.kind), language)} {write_amount(one.amount)}"


_DAYS: Final = N_("%(count)s days")


def line_of(at: int, one: Any, book: Playbook) -> Titled:
    """A line of a claim in full, numbered."""
    return in_both(lambda language: f"{at}. {_line_in(one, book, language)}")


def _line_in(one: Any, book: Playbook, language: str) -> str:
    told = [short(one.spent_on), _short_line(one, book, language)]
    if one.days > 1:
        told.append(say(_DAYS(count=one.days), language))
    told += [part for part in (one.city, one.note) if part]
    if one.receipts:
        told.append(f"📷{one.receipts}")
    return " ".join(told)


def lines_screen(whole: WholeClaim, book: Playbook, arg: str) -> Screen:
    """Every line and everything that is odd, page by page."""
    told: list[Words] = [line_of(at, one, book) for at, one in enumerate(whole.items, 1)]
    told += [N_("⚠ To check: %(what)s")(what=said_of(book, one)) for one in whole.found]
    if not whole.found:
        told.append(N_("✓ The checks found nothing odd."))
    count = -(-len(told) // _LINES_A_PAGE)
    page = min(page_number(arg), count - 1)
    facts = {"c": whole.row, "lines": told[page * _LINES_A_PAGE :][:_LINES_A_PAGE]}
    more = (Button(N_("More ›"), "claim.lines", whole.row.id, arg=str((page + 1) % count)),) if count > 1 else ()
    rows = ((Button(N_("« Back"), "expense_claim", whole.row.id), *more),)
    return Screen("expenses/lines.html", facts, rows)


def _label(row: Any, actor: Actor) -> str:
    flags = f"⚠{len(row.flags)} " if row.flags else ""
    return fit(f"{flags}{row.employee} {write_amount(row.amount)} · {row.purpose} · {_state(row, actor)}", _LABEL)


def claims_screen(page: Page, actor: Actor, employee_id: int, place: Place = Place.EDIT) -> Screen:
    labels = [
        fit(f"{short(row.claimed_on)} {write_amount(row.amount)} · {row.purpose} · {_state(row, actor)}", _LABEL)
        for row in page.rows
    ]
    mine = employee_id == actor.id
    new = (Button(N_("➕ Claim expenses"), "claim.new"),) if mine else ()
    all_ = Button(N_("📒 All expenses"), "claim.history", employee_id)
    return list_screen(CLAIMS, page, labels, parent=employee_id, more=((_FLOWS, *new),), beside=(all_,), place=place)


def to_pay_screen(page: Page, actor: Actor) -> Screen:
    return list_screen(TO_PAY, page, [_label(row, actor) for row in page.rows], more=((_FLOWS,),))


def audit_screen(page: Page, actor: Actor, *, flagged: bool, place: Place = Place.EDIT) -> Screen:
    """All claims for operations (EX05), or those with findings."""
    other = (
        Button(N_("All of them"), AUDITED.key)
        if flagged
        else Button(N_("⚠ Only flagged"), AUDITED.key, arg=f"f {FLAGGED}")
    )
    words = FLAGGED if flagged else ""
    labels = [_label(row, actor) for row in page.rows]
    return list_screen(AUDITED, page, labels, words=words, more=((_FLOWS, other),), place=place)


def history_screen(
    name: str, employee_id: int, spent: Sequence[Spent], book: Playbook, actor: Actor, wanted: int = 0
) -> Screen:
    """All expenses of a person (EX06): a year's months and kinds, and the way to the other years."""
    years = list(dict.fromkeys(one.year for one in spent))
    year = wanted if wanted in years else (years[0] if years else 0)
    of = [one for one in spent if one.year == year]
    months = _sums([(one.month, one.amount) for one in of])
    kinds = sorted(_sums([(one.kind, one.amount) for one in of]).items(), key=lambda one: -one[1])
    facts = {
        "name": name,
        "year": year,
        "total": sum((one.amount for one in of), Decimal(0)),
        "count": sum(one.lines for one in of),
        "months": [f"{month_name(one, actor.language)} {write_amount(sum_)}" for one, sum_ in months.items()],
        "kinds": [
            f"{say(kind_of(book, key), actor.language)} {write_amount(sum_)}" for key, sum_ in kinds[:_MOST_KINDS]
        ],
    }
    at = years.index(year) if years else 0
    near = years[max(0, at - 1) :][:_MOST_YEARS]
    others = [Button(str(one), "claim.history", employee_id, arg=str(one)) for one in near if one != year]
    rows: tuple[Row, ...] = (*in_rows(others), (Button(N_("« Claims"), CLAIMS.key, employee_id),))
    return Screen("expenses/history.html", facts, rows)


def _sums(pairs: Sequence[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    sums: dict[Any, Decimal] = {}
    for key, amount in pairs:
        sums[key] = sums.get(key, Decimal(0)) + amount
    return sums


def receipts_screen(row: Any, count: int, later: int) -> Screen:
    return Screen("expenses/receipts.html", {"c": row, "count": count, "later": later}, place=Place.NEW)


def audits(actor: Actor) -> bool:
    return may(actor, AUDIT)
