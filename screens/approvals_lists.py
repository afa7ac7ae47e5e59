"""Lists of requests: what waits for one, what one asked for, all of them; and choosing what to ask for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from crm_core.approvals.facts import Status
from crm_core.kit.pages import At, Page
from crm_core.kit.words.amounts import short_amount
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from crm_core.playbook.flows import Flow, FlowKind
from screens.approvals import MINE_KEY, OPEN, PENDING_KEY
from screens.approvals_route import left_words, since_words
from screens.catalogue import say
from screens.lists import List, arrows, list_screen
from screens.screen import CARD_ROWS, N_, Button, Msg, Place, Row, Screen, Titled, Words, fit, in_rows
from screens.words.approvals import KINDS, SIGNS

ALL_KEY: Final = "approvals.all"
APPLY: Final = "apply"
BACK: Final = Button(N_("« My flows"), "menu", arg="flows")
PENDING: Final = List(
    PENDING_KEY, title=N_("Waiting for me"), empty=N_("Nothing waits for your signature. Well done."), opens=OPEN
)
MINE: Final = List(MINE_KEY, title=N_("My requests"), empty=N_("You have not asked for anything yet."), opens=OPEN)
ALL: Final = List(ALL_KEY, title=N_("All requests"), empty=N_("There are no such requests."), opens=OPEN)
ABOUT: Final = List(
    "approvals.about",
    title=N_("Requests"),
    empty=N_("There are no requests about this customer that you can read."),
    opens=OPEN,
)
BULK: Final = List(
    "approvals.bulk",
    title=N_("Several at once"),
    empty=N_("Nothing waits for your signature. Well done."),
    opens="approvals.tick",
)
A_BULK: Final = 5  # a page, with the button that approves
_WIDE: Final = 40


def flow_title(row: Any, books: Mapping[int, Playbook]) -> Titled:
    """What the flow was called when the request began."""
    return Titled(books[row.playbook_version].flow(row.flow).title)


def label(row: Any, books: Mapping[int, Playbook], actor: Actor, *, who: bool) -> str:
    """李娜 · 费用报销 ¥3,200."""
    parts = [fit(row.applicant, 12)] if who else []
    flow = fit(say(flow_title(row, books), actor.language), 14)
    amount = f" ¥{short_amount(row.amount, actor.language)}" if row.amount is not None else ""
    return " · ".join([*parts, f"{flow}{amount}"])


def pending_screen(
    page: Page, books: Mapping[int, Playbook], actor: Actor, now: datetime, count: int, place: Place = Place.EDIT
) -> Screen:
    """What waits for the actor's signature, the oldest first; how long there is."""

    def one(row: Any) -> str:
        left = left_words(row.due_at, now) or since_words(row.since, now)
        return fit(f"{label(row, books, actor, who=True)} · {say(left, actor.language)}", _WIDE)

    rows = tuple((Button(one(row), OPEN, row.id),) for row in page.rows)
    bulk = (Button(N_("☑ Several at once"), "approvals.bulk"),) if count > 1 else ()
    made = list_screen(PENDING, Page(()), ())
    note = N_("%(count)s wait for you")(count=count) if count else None
    facts = {**made.facts, "count": len(page.rows), "note": note}
    return Screen("list.html", facts, (*rows, *_arrows(PENDING_KEY, page), (BACK, *bulk)), place)


def _arrows(key: str, page: Page, words: str = "") -> tuple[Row, ...]:
    """Pages of seats: a request may have several."""
    seats = Page([_Seat(row.seat) for row in page.rows], page.more_before, page.more_after)
    return arrows(key, seats, words=words)


class _Seat:
    """What a page is keyed by."""

    def __init__(self, number: int) -> None:
        self.id = number


def mine_screen(
    page: Page,
    books: Mapping[int, Playbook],
    waits: Mapping[int, Sequence[tuple[str, datetime]]],
    actor: Actor,
    now: datetime,
    place: Place = Place.EDIT,
) -> Screen:
    """What the actor asked for: where each stands, and since when."""
    labels = [
        fit(f"{_stands(row, waits, actor, now)} {label(row, books, actor, who=False)}", _WIDE) for row in page.rows
    ]
    new = Button(N_("📝 Request"), APPLY)
    return list_screen(MINE, page, labels, place=place, more=((BACK, new),))


def _stands(row: Any, waits: Mapping[int, Sequence[tuple[str, datetime]]], actor: Actor, now: datetime) -> str:
    """⏳ 王海燕 2 天; ✅."""
    there = waits.get(row.id, ())
    if row.status != Status.RUNNING.value or not there:
        return SIGNS[Status(row.status)]
    name, since = there[0]
    more = f" +{len(there) - 1}" if len(there) > 1 else ""
    return f"⏳ {fit(name, 12)}{more} {say(since_words(since, now), actor.language)}"


def all_screen(
    page: Page, books: Mapping[int, Playbook], actor: Actor, kind: FlowKind | None, place: Place = Place.EDIT
) -> Screen:
    """Every request one may read, of a kind or of all (AP01, AP06)."""
    labels = [
        fit(f"{_sign(row)} {row.submitted_at:%m-%d} {label(row, books, actor, who=True)}", _WIDE) for row in page.rows
    ]
    following = [None, *FlowKind]
    turn = following[(following.index(kind) + 1) % len(following)]
    beside = Button(
        KINDS[turn] if turn is not None else N_("All kinds"), ALL_KEY, arg=f"f {turn.value if turn else ''}".strip()
    )
    note = KINDS[kind] if kind is not None else None
    return list_screen(
        ALL, page, labels, place=place, words=kind.value if kind else "", note=note, more=((BACK, beside),)
    )


def about_screen(page: Page, books: Mapping[int, Playbook], actor: Actor, customer: tuple[int, str]) -> Screen:
    """The requests about a customer."""
    labels = [
        fit(f"{_sign(row)} {row.submitted_at:%m-%d} {label(row, books, actor, who=True)}", _WIDE) for row in page.rows
    ]
    new = Button(N_("📝 Request"), APPLY, customer[0])
    back = Button(N_("« Archive"), "customer", customer[0])
    return list_screen(ABOUT, page, labels, parent=customer[0], about=customer[1], more=((back, new),))


def _sign(row: Any) -> str:
    return "⏳" if row.status == Status.RUNNING.value else SIGNS[Status(row.status)]


# --- choosing what to ask for


def kinds_screen(counts: Mapping[FlowKind, int], customer: tuple[int, str] | None, place: Place = Place.EDIT) -> Screen:
    """Which kind of request (AP01)."""
    about = customer[0] if customer else 0
    buttons = [
        Button(N_("%(kind)s (%(count)s)")(kind=KINDS[kind], count=count), APPLY, about, arg=kind.value)
        for kind, count in counts.items()
    ]
    back = Button(N_("« Archive"), "customer", about) if customer else BACK
    there = (Button(N_("🗂 Requests so far"), ABOUT.key, about),) if customer else ()
    facts = {"about": customer[1] if customer else None, "there": bool(buttons)}
    return Screen("approvals/kinds.html", facts, (*((one,) for one in buttons), (back, *there)), place)


def flows_screen(kind: FlowKind, flows: Sequence[Flow], customer: tuple[int, str] | None, page: int = 0) -> Screen:
    """Which request of that kind, with what each is for."""
    about = customer[0] if customer else 0
    most = 4
    pages = max(1, -(-len(flows) // most))
    page = page if page < pages else 0
    here = flows[page * most :][:most]
    buttons = [Button(Titled(one.title), "apply.flow", about, arg=one.key) for one in here]
    more = (Button(N_("More ›"), APPLY, about, arg=f"{kind.value}.{(page + 1) % pages}"),) if pages > 1 else ()
    back = (Button(N_("« Back"), APPLY, about), *more)
    lines: list[tuple[Words, Words | None]] = [
        (Titled(one.title), Titled(one.about) if one.about is not None else None) for one in here
    ]
    facts = {"kind": KINDS[kind], "about": customer[1] if customer else None, "lines": lines}
    return Screen("approvals/flows.html", facts, (*in_rows(buttons)[: CARD_ROWS - 1], back))


# --- several at once (BY17)


def bulk_screen(
    page: Page,
    at: At,
    books: Mapping[int, Playbook],
    actor: Actor,
    ticked: Mapping[int, Any],
    total: str | None,
    count: int,
) -> Screen:
    """Ticks over the pages of what waits; whatever is ticked is approved together. Each button knows its page."""
    here = f"a{at.after}" if at.after is not None else f"b{at.before}" if at.before is not None else "f"

    def one(row: Any) -> Button:
        sign = "☑" if row.seat in ticked else "☐"
        return Button(fit(f"{sign} {label(row, books, actor, who=True)}", _WIDE), "approvals.tick", row.seat, arg=here)

    rows = tuple((one(row),) for row in page.rows)
    all_here = all(row.seat in ticked for row in page.rows)
    words = N_("☐ None of this page") if all_here else N_("☑ All of this page")
    whole = (Button(words, "approvals.page", arg=f"{here} {'none' if all_here else 'all'}"),) if page.rows else ()
    ways: list[Button] = []
    if ticked:
        ways.append(Button(N_("✅ Approve (%(count)s)")(count=len(ticked)), "approvals.do", revision=len(ticked)))
    if count > max(len(page.rows), len(ticked)):
        ways.append(Button(N_("☑ All (%(count)s)")(count=count), "approvals.page", arg=f"{here} every"))
    made = list_screen(BULK, Page(()), ())
    note = _ticked_words(len(ticked), total) if page.rows else None
    facts = {**made.facts, "count": len(page.rows), "note": note}
    last = (Button(N_("« Waiting for me"), PENDING_KEY), *whole)
    return Screen("list.html", facts, (*rows, *_arrows(BULK.key, page), *((tuple(ways),) if ways else ()), last))


def _ticked_words(count: int, total: str | None) -> Msg:
    if not count:
        return N_("Tick what you approve. What you would decline, open by itself.")
    return N_("%(count)s ticked, %(sum)s")(count=count, sum=total) if total else N_("%(count)s ticked")(count=count)


def bulk_ask_screen(count: int, total: str | None) -> Screen:
    """Many, or much money: asked once more."""
    rows = (
        (Button(N_("✅ Yes, approve all %(count)s")(count=count), "approvals.do", revision=count, arg="yes"),),
        (Button(N_("« Back"), "approvals.bulk", arg="kept"),),
    )
    return Screen("approvals/bulk_ask.html", {"count": count, "total": total}, rows)


def bulk_done_screen(done: int, failed: Sequence[tuple[str, Msg]], left: int) -> Screen:
    """How many were approved, and a line for each that was not; of very many, the way to go on with those left."""
    most = 5 if len(failed) <= 5 else 4
    facts = {"done": done, "failed": failed[:most], "more": max(0, len(failed) - most), "left": left}
    go = (Button(N_("✅ Go on (%(count)s left)")(count=left), "approvals.do", revision=left, arg="yes"),)
    back = (Button(N_("« Waiting for me"), PENDING_KEY),)
    return Screen("approvals/bulk_done.html", facts, (*((go,) if left else ()), back))
