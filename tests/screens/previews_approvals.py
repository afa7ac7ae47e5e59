"""Screens of requests, with a travel request of 李娜's at several points of its life."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from crm_core.approvals.facts import Fact, Kind
from crm_core.approvals.lists import Past
from crm_core.approvals.outlook import Stop
from crm_core.approvals.queries import Whole
from crm_core.approvals.state import fold
from crm_core.kit.pages import FIRST, Page
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from crm_core.playbook.flows import FlowKind
from screens import approvals, approvals_lists, approvals_route, approvals_time, approvals_trace
from screens.screen import N_, Screen

Writes = Callable[[str], str]
NAMES = {1: "李娜", 2: "王海燕", 3: "赵立", 4: "赵敏", 5: "沈岚"}
LONG_ID = 999_999_999_999


def _facts(now: datetime, w: Writes, flow: str, *more: Fact) -> list[Fact]:
    forms: Mapping[str, dict[str, Any]] = {
        "travel": {
            "place": w("东莞市松山湖"),
            "since": "2026-03-16",
            "until": "2026-03-18",
            "purpose": w("给华宁调试贴片线，拜访凯旋光电的采购经理"),
            "amount": "3200",
        },
        "quotation": {"what": w("5000 套连接器"), "amount": "84000", "discount": "12", "reason": w("对手报价低三个点")},
    }
    at = now - timedelta(hours=3)
    due = (now + timedelta(hours=6)).isoformat()
    opened = {"node": "manager", "mode": "any", "seats": [{"holder": 2}], "due_at": due}
    return [
        Fact(Kind.SUBMITTED, at, 1, data={"form": forms[flow]}),
        Fact(Kind.OPENED, at, data=opened),
        *more,
    ]


def _seen(
    book: Playbook, now: datetime, w: Writes, *more: Fact, flow: str = "travel", about: int | None = None
) -> approvals_route.Seen:
    facts = _facts(now, w, flow, *more)
    request = fold(facts)
    row = SimpleNamespace(
        id=LONG_ID,
        applicant_id=1,
        amount=Decimal(request.form["amount"]),
        subject_type="trip",
        subject_id=LONG_ID,
        about_id=about,
        title=w("深圳市华宁电子有限公司"),
        submitted_at=now - timedelta(hours=3),
    )
    names = {key: w(name) for key, name in NAMES.items()}
    seats = {one: LONG_ID + one for one in request.chairs}
    known = book.flow(flow)
    whole = Whole(row, known, request, facts, seats, names)  # type: ignore[arg-type]
    here = request.visit.node if request.visit else None
    keys = [one.id for one in known.steps]
    ahead = [Stop(one, (w("赵立"),)) for one in known.steps[keys.index(here) + 1 :]] if here in keys else []
    over = N_("⚠ Over budget by %(over)s: %(name)s has %(left)s left")
    besides = (
        approvals_route.Line(over(over="¥18,000", name=w("深圳分公司市场推广"), left="¥42,000"), heavy=True),
        *(approvals_route.told(N_("⚠ Check"), w("超标：03-16 住宿费 ¥1,680，标准 ¥800"), heavy=True) for _ in range(4)),
        *(approvals_route.told(N_("Trip"), w("苏州 03-16–03-18")) for _ in range(9)),
    )
    customer = w("深圳市华宁电子有限公司") if about else None
    return approvals_route.Seen(whole, ahead, Past(4, Decimal(12_800)), 3, now, besides, customer)


def previews_of_approvals(
    w: Writes, book: Playbook, who: Callable[[int], Actor], now: datetime
) -> Iterator[tuple[str, Screen, bool]]:
    """Names, screens, and whether people wrote what they show."""
    rep, boss, finance = who(1), who(2), who(4)
    later = now - timedelta(hours=1)
    words = {"words": w("超出标准，请改住协议酒店")}
    running = _seen(book, now, w)
    quoted = _seen(book, now, w, flow="quotation", about=LONG_ID)
    both = {"node": "head", "mode": "any", "seats": [{"holder": 4}, {"holder": 5}], "due_at": now.isoformat()}
    passed = (Fact(Kind.APPROVED, later, 2, seat=1, data=words), Fact(Kind.PASSED, later, data={"node": "manager"}))
    second = _seen(book, now, w, *passed, Fact(Kind.OPENED, later, data=both))
    returned = _seen(book, now, w, Fact(Kind.RETURNED, later, 2, seat=1, data={"to": None, **words}))
    ended = Fact(Kind.ENDED, later, data={"as": "approved"})
    approved = _seen(book, now, w, *passed, ended)
    asked = _seen(book, now, w, *passed, ended, Fact(Kind.REVOKE_ASKED, later, 1, data={"of": 2, **words}))
    declined = (Fact(Kind.REJECTED, later, 2, seat=1, data=words), Fact(Kind.ENDED, later, data={"as": "rejected"}))
    deputy = _seen(book, now, w, Fact(Kind.COMMENTED, later, 1, data=words))
    cards = {
        "the signer": (running, boss, {}),
        "the signer, opened": (running, boss, {"opened": True}),
        "a quotation's signer": (quoted, boss, {"opened": True}),
        "the applicant": (quoted, rep, {"said": N_("✓ Sent. You will hear every step here.")}),
        "the applicant, opened": (running, rep, {"opened": True}),
        "two signers": (second, finance, {}),
        "returned": (returned, rep, {"said": N_("↩ %(name)s returned it")(name=w("王海燕"))}),
        "approved": (approved, rep, {"opened": True}),
        "to be undone": (asked, boss, {}),
        "declined": (_seen(book, now, w, *declined), rep, {}),
        "somebody else": (deputy, finance, {"opened": True}),
    }
    names = [w("王海燕"), w("赵敏"), w("钱伟"), w("孙雪")]
    late = approvals_time.reminder_words(boss.language, hours_left=None, absent=w("陈晓东"))
    cards |= {
        "half of the time has gone": (
            running,
            boss,
            {"said": approvals_time.reminder_words(boss.language, hours_left=8)},
        ),
        "the time is up": (quoted, boss, {"said": late}),
        "one may sign as well": (running, boss, {"said": approvals_time.second_words(names, boss.language)}),
        "it is late": (running, rep, {"said": approvals_time.late_words(names, names[:1], rep.language)}),
    }
    for name, (seen, actor, how) in cards.items():
        yield f"a request: {name}", approvals.card_screen(seen, actor, **how), True
    yield "a request: no longer one's own", approvals.elsewhere_screen(running), False
    yield "a request: its details", approvals.details_screen(running, boss, 0), True
    yield "a request: its last details", approvals.details_screen(running, boss, 2), True
    yield "a request: withdraw it", approvals.withdraw_screen(running), False
    yield "a request: back to whom", approvals.return_screen(running, LONG_ID, ["manager", "head"], boss), True
    yield "a request: what happened", approvals_trace.trace_screen(asked, boss, 0), True
    yield "a request: what happened before", approvals_trace.trace_screen(quoted, boss, 1), True
    yield "a request: its flow", approvals_trace.flow_screen(second, boss, approvals_route.route(second, boss)), True
    files = {"flow": N_("Request"), "count": 2, "later": 1}
    yield "a request: its files", Screen("approvals/files.html", files), False
    yield from _lists(w, book, boss, now)


def _lists(w: Writes, book: Playbook, boss: Actor, now: datetime) -> Iterator[tuple[str, Screen, bool]]:
    def row(at: int, status: str = "running") -> Any:
        return SimpleNamespace(
            id=LONG_ID + at,
            seat=LONG_ID + at,
            flow="contract",
            playbook_version=0,
            applicant=w("李娜"),
            amount=Decimal(1_284_000),
            status=status,
            since=now - timedelta(hours=30),
            due_at=now + timedelta(hours=at) if at % 2 else None,
            submitted_at=now,
        )

    books = {0: book}
    six = Page([row(at) for at in range(6)], more_before=True, more_after=True)
    five = Page(six.rows[:5], more_before=True, more_after=True)
    waits = {LONG_ID + at: [(w("王海燕"), now - timedelta(hours=50))] * (at + 1) for at in range(3)}
    yield "requests waiting", approvals_lists.pending_screen(six, books, boss, now, 200), False  # names are cut
    yield "no requests waiting", approvals_lists.pending_screen(Page(()), books, boss, now, 0), False
    yield "my requests", approvals_lists.mine_screen(six, books, waits, boss, now), False  # names are cut
    yield "all requests", approvals_lists.all_screen(six, books, boss, FlowKind.MARKETING), False  # names are cut
    customer = (LONG_ID, w("深圳市华宁电子有限公司"))
    yield "requests about a customer", approvals_lists.about_screen(six, books, boss, customer), True
    ticked = {LONG_ID: six.rows[0]}
    yield (
        "several requests",
        approvals_lists.bulk_screen(five, FIRST, books, boss, ticked, "¥1,284,000", 200),
        False,
    )  # names are cut
    yield (
        "several requests, none yet",
        approvals_lists.bulk_screen(five, FIRST, books, boss, {}, None, 5),
        False,
    )  # names are cut
    yield "several requests, asked", approvals_lists.bulk_ask_screen(120, "¥1,284,000"), False
    failed = [(w("李娜 · 合同审批"), N_("This signature is asked of somebody else now."))] * 9
    yield "several requests, done", approvals_lists.bulk_done_screen(111, failed, 160), True
    counts = dict.fromkeys(FlowKind, 4)
    yield "kinds of requests", approvals_lists.kinds_screen(counts, None), False
    yield "kinds of requests of a customer", approvals_lists.kinds_screen(counts, (LONG_ID, w("华宁"))), True
    yield "no kinds of requests", approvals_lists.kinds_screen({}, None), False
    flows = [one for one in book.flows if one.kind is FlowKind.ADMINISTRATION] * 2
    yield "flows", approvals_lists.flows_screen(FlowKind.ADMINISTRATION, flows, (LONG_ID, w("华宁"))), True
