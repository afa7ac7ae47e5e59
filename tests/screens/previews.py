"""Every screen there is, with believable people and customers in it: drawn by the tests, and a place to look at them.

Each preview is made from a function `w` that everything a person once wrote goes through, so that the tests can put
hostile words in its place.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from conversations.contacts import Mail, Pasted
from conversations.engine import MENU, Outcome, State
from conversations.form import Facts, Field, Form, Option, forms
from conversations.kinds.base import Kind
from conversations.kinds.choices import Choice, Entry, Several, YesNo
from conversations.kinds.files import Files
from conversations.kinds.lines import Lines
from conversations.kinds.media import Document, Photos, Place, Voice
from conversations.kinds.numbers import Duration, Integer, Percent
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.reference import NamedRef, Ref
from conversations.kinds.times import Day, Moment
from conversations.view import Handle, chip_pages, view
from conversations.visits import Reason
from crm_core.attachments.content import REASONS
from crm_core.attachments.lost import Lost, Record
from crm_core.attachments.service import Attached, FileRef
from crm_core.audit.events import Undone
from crm_core.comments.service import Commented
from crm_core.comments.subjects import Subject
from crm_core.contacts.queries import First
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ
from crm_core.customers.queries import Archive
from crm_core.drafts.models import Draft
from crm_core.exchange.models import ImportBatch
from crm_core.kit.errors import DomainError
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.playbook.service import default
from crm_core.visits import team
from handlers import routing
from handlers.turn import Turn
from reminders import clock, digest
from reminders.rules import Line, rules
from screens import (
    attachments,
    comments,
    contacts,
    custom_fields,
    customers,
    exchange,
    lists,
    menu,
    org,
    playbook,
    system,
    undo,
    visits,
)
from screens import team as team_screens
from screens.screen import Screen
from tests.conversations.fair import COSTS, FAIR

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
LONG_ID = 987_654_321_012  # ids grow; buttons must still fit

Writes = Callable[[str], str]


@dataclass(frozen=True)
class Preview:
    """A screen under a name. `people_wrote` tells that it shows words somebody typed."""

    name: str
    screen: Screen
    people_wrote: bool = True
    buttons_most: int = 7
    grid: bool = False  # a calendar: many short buttons side by side, some of them blank
    lines_most: int = 12


def plain(text: str) -> str:
    return text


def actor(language: str = "zh", *roles: Role, has_reports: bool = False) -> Actor:
    return Actor(
        id=LONG_ID,
        name="李娜",
        roles=frozenset(roles or (Role.REP,)),
        unit_id=1,
        unit_path=(1,),
        branch_id=1,
        chain=(LONG_ID,),
        language=language,
        zone=SHANGHAI,
        playbook_version=0,
        has_reports=has_reports,
    )


def previews(w: Writes = plain, language: str = "zh") -> Iterator[Preview]:
    """All of them."""
    routing.load()
    clock.load()
    yield from _of_system(w, language)
    yield from _of_org(w, language)
    yield from _of_customers(w, language)
    yield from _of_contacts(w, language)
    yield from _of_visits(w, language)
    yield from _of_menu(w, language)
    yield from _of_attachments(w, language)
    yield from _of_reminders(w, language)
    yield from _of_comments(w, language)
    yield from _of_undo(w, language)
    yield from _of_forms(w, language)
    yield from _of_exchange(w, language)


def _menu() -> list[tuple[str, Any]]:
    known = sorted(routing.commands().values(), key=lambda one: one.order)
    return [(one.name, one.menu) for one in known if one.name != "start"]


def _of_system(w: Writes, language: str) -> Iterator[Preview]:
    yield Preview("help", system.help_screen(_menu()), people_wrote=False, lines_most=8)
    yield Preview("unknown command", system.help_screen(_menu(), unknown=w("拜访")))
    yield Preview("a stranger", system.stranger_screen(), people_wrote=False)
    yield Preview("a group", system.group_screen("https://t.me/huaning_rounds_bot"), people_wrote=False)
    yield Preview("trouble", system.trouble_screen("3F9A1C"), people_wrote=False)
    yield Preview("languages", system.language_screen(language), people_wrote=False)
    yield Preview("put away", Screen("system/closed.html"), people_wrote=False)
    left = system.notice(org.N_("%(name)s has left. Access ended at once.")(name=w("周立")))
    yield Preview("a notice", left)
    draft = Draft(id=LONG_ID, form="visit.log", answers={"customer": {"id": 1, "label": w("深圳市华宁电子有限公司")}})
    turn = Turn(None, actor(language), None, "huaning_rounds_bot", NOW, draft)
    yield Preview("a notice, with the way back into a form", turn._with_way_back(left))


def _of_org(w: Writes, language: str) -> Iterator[Preview]:
    person = SimpleNamespace(
        id=LONG_ID, name=w("李娜"), roles=["rep"], unit=w("深圳分公司"), has_access=True, manager=w("王海燕")
    )
    new = SimpleNamespace(**{**vars(person), "has_access": False, "manager": None, "roles": ["manager", "admin"]})
    full = Page([person, new, person, new, person, new], more_after=True)
    yield Preview("people", org.people_screen(full, language))
    yield Preview("nobody", org.people_screen(Page(()), language), people_wrote=False)
    yield Preview("a person with access", org.person_screen(person))
    yield Preview("a person without access", org.person_screen(new))
    yield Preview("leaving, asked once more", org.leave_screen(person))
    yield Preview("hired", org.hired_screen(Employee(id=LONG_ID, name=w("赵敏"))))
    link = "https://t.me/huaning_rounds_bot?start=Zk3nB0oUq2x9vT7aYw1LrE5cHs8DfGjM"
    yield Preview("an invite", org.invite_screen(w("赵敏"), link, LONG_ID))
    yield Preview("welcome", org.welcome_screen(w("赵敏"), w("华宁科技"), _menu()))


def customer(w: Writes = plain, **given: Any) -> Customer:
    facts: dict[str, Any] = {
        "id": LONG_ID,
        "name": w("深圳市华宁电子有限公司"),
        "short_name": w("华宁电子"),
        "type": "a",
        "category": "key",
        "industry": "electronics",
        "source": "referral",
        "city": w("深圳"),
        "address": w("南山区科技园南路 18 号"),
        "note": w("每季度对账，样品先寄前台。"),
        "yearly_value": Decimal("1280000.00"),
        "owner_id": LONG_ID,
        "next_step_on": date(2026, 3, 18),
        "created_at": NOW,
        "extra": {"employees": 320, "terms": "net30"},
        "latitude": 22.540512,
        "longitude": 113.934601,
        "revision": 99_999,
    }
    return Customer(**{**facts, **given})


def _visit(w: Writes, **given: Any) -> Any:
    facts = {
        "id": LONG_ID,
        "visit_id": LONG_ID,
        "customer_id": LONG_ID,
        "employee_id": LONG_ID,
        "kind": "negotiation",
        "happened_at": NOW,
        "summary": w("谈了年框，采购王总要 8.5 折，下周三送样。"),
        "next_on": date(2026, 3, 18),
        "customer": w("深圳市华宁电子有限公司"),
        "employee": w("李娜"),
        "started_at": None,
        "ended_at": None,
        "cost": None,
        "latitude": None,
        "longitude": None,
        "distance_m": None,
        "outside": False,
        "place_reason": None,
        "revision": 99_999,
        "owner_id": LONG_ID,
        "customer_has_point": True,
        "customer_type": "a",
        "contact_id": LONG_ID,
        "contact": w("王建国"),
        "extra": {"decider_met": True, "rival_seen": w("立讯在送样")},
    }
    return SimpleNamespace(**{**facts, **given})


def _begun(w: Writes, **given: Any) -> Any:
    """A visit that was begun on the spot."""
    here = {"latitude": 22.5405, "longitude": 113.9346, "started_at": NOW, "summary": "", "next_on": None}
    return _visit(w, **{**here, **given})


def contact(w: Writes = plain, **given: Any) -> Any:
    facts: dict[str, Any] = {
        "id": LONG_ID,
        "customer_id": LONG_ID,
        "name": w("王建国"),
        "title": w("采购总监"),
        "phone": "+8613800138000",
        "email": w("wang.jianguo@huaning.com"),
        "note": w("下午三点后再打电话。"),
        "is_primary": True,
        "left_at": None,
        "revision": 99_999,
        "customer": w("深圳市华宁电子有限公司"),
        "owner_id": LONG_ID,
        "changeable": True,
    }
    return SimpleNamespace(**{**facts, **given})


def _of_customers(w: Writes, language: str) -> Iterator[Preview]:
    book, rep = default(), actor(language)
    talks = [_visit(w), _visit(w, kind="phone"), _visit(w, kind="first")]
    all_rights = frozenset(one.key for one in customers.asked_of_archive())
    fresh = Archive(customer(w), w("李娜"), None, 3, rights=all_rights)
    stale = Archive(customer(w, owner_id=1), w("李娜"), 45, 45, rights=all_rights)
    read_only = replace(stale, rights=frozenset({READ.key}))
    one, nobody = First(contact(w), 3), First(None, 0)
    bare = customer(w, city=None, note=None, yearly_value=None, next_step_on=None, type="b")
    saved = customers.N_("✓ Saved.")

    def card(archive: Archive, first: First = one, said: Any = None) -> Screen:
        return customers.archive_screen(archive, rep, book, talks, first=first, said=said)

    yield Preview("an archive", card(fresh, said=saved), lines_most=8)
    yield Preview("a stale archive of a report", card(stale), lines_most=8)
    said = customers.N_("%(phone)s is %(name)s.")(phone="138 0013 8000", name=w("王建国"))
    yield Preview("a stale archive found by a number", card(stale, said=said), lines_most=8)
    unvisited = Archive(bare, w("李娜"), None, None, rights=all_rights)
    yield Preview("a bare archive", customers.archive_screen(unvisited, rep, book, first=nobody))
    yield Preview("an archive that one may only read", card(read_only), lines_most=8)
    nameless = First(contact(w, name=None, title=None), 1)
    yield Preview("an archive with a number only", card(fresh, nameless), lines_most=8)
    pooled = replace(stale, owner=None)
    lines = (customers.N_("✓ Saved."), customers.N_("✓ Saved."))
    full = customers.archive_screen(pooled, rep, book, talks, first=one, said=said, more=lines)
    yield Preview("an archive in the pool with lines of other features", full, lines_most=8)
    yield Preview("the rest of an archive", customers.more_screen(fresh, rep, book), lines_most=8)
    yield Preview("a new archive", customers.created_screen(customer(w)))
    yield Preview("which field to change", customers.edit_menu(customer(w), one, book), buttons_most=6)
    yield Preview("which field to change, no contact", customers.edit_menu(customer(w), nobody, book), buttons_most=6)
    yield Preview("who changed what", customers.history_screen(customer(w), _told(w, language)))
    yield from _of_customer_lists(w, language)


def _of_customer_lists(w: Writes, language: str) -> Iterator[Preview]:
    rep, day = actor(language), date(2026, 3, 11)
    facts = {
        **vars(_visit(w)),
        "name": w("华宁电子"),
        "owner": w("李娜"),
        "owner_id": 1,
        "city": None,
        "short_name": None,
        "people": [w("王建国")],
        "last_followup_at": NOW,
        "next_step_on": None,
    }
    row = SimpleNamespace(**facts)
    own = SimpleNamespace(**{**facts, "owner_id": LONG_ID, "city": w("深圳"), "people": []})
    due = SimpleNamespace(**{**vars(own), "next_step_on": day})
    late = SimpleNamespace(**{**vars(own), "next_step_on": date(2025, 12, 1)})
    near = SimpleNamespace(**{**vars(own), "id": 7})
    full = Page([due, late, near, row, own, row], more_before=True, more_after=True)
    yield Preview("my customers", customers.customers_screen(full, rep, day, {7: 120}))
    first = replace(full, more_before=False)
    yield Preview("my customers, the first page", customers.customers_screen(first, rep, day))
    yield Preview("no customers", customers.customers_screen(Page(()), rep, day), people_wrote=False)
    yield Preview("several found", customers.found_screen(full, rep, w("华宁")))
    yield Preview("nobody found", customers.found_screen(Page(()), rep, w("华宁")))
    yield Preview("other words", customers.find_screen(), people_wrote=False)
    long = customers.found_screen(Page(()), rep, "深圳市南山区高新技术产业园区华宁精密电子股份有限公司" * 3)
    yield Preview("nobody found by very many words", long, people_wrote=False)


def _told(w: Writes, language: str) -> list[dict[str, Any]]:
    """A history: the archive's own changes and its contacts'."""
    before, after = {"city": w("深圳"), "type": "b"}, {"city": w("东莞"), "type": "a"}
    own = [("create", {}, {}), ("change", before, after), ("change", {}, {"last_followup_at": "1"}), ("change", {}, {})]
    told = [
        customers.change_words(
            SimpleNamespace(verb=verb, before=old, after=new, undoes=9 if old else None), default(), language
        )
        for verb, old, new in own
    ]
    people = [("create", {}, {}), ("change", {"phone": "+8613800138000"}, {"phone": "+8613900139000"})]
    told += [
        contacts.change_words(SimpleNamespace(verb=verb, before=old, after=new, contact=w("王建国")))
        for verb, old, new in [*people, ("change", {}, {"left_at": "1"})]
    ]
    return [{"at": NOW, "who": w("李娜") if at else None, "what": what} for at, what in enumerate(told)]


def _of_contacts(w: Writes, language: str) -> Iterator[Preview]:
    page = Page([contact(w), *[contact(w, is_primary=False, title=None)] * 5], more_before=True, more_after=True)
    yield Preview("contacts", contacts.contacts_screen(page, LONG_ID, changeable=True))
    yield Preview("no contacts", contacts.contacts_screen(Page(()), LONG_ID, changeable=True), people_wrote=False)
    yield Preview("a contact", contacts.contact_screen(contact(w), saved=True), lines_most=8)
    other = contact(w, is_primary=False, changeable=False, email=None, note=None)
    yield Preview("a contact that one may only read", contacts.contact_screen(other))
    gone = contact(w, is_primary=False, left_at=NOW)
    yield Preview("a contact who is gone", contacts.contact_screen(gone), lines_most=8)
    yield Preview("gone, asked once more", contacts.gone_screen(contact(w)))
    yield Preview("a number of several", contacts.number_screen("+8613800138000", [contact(w)] * 2))


def _of_menu(_w: Writes, language: str) -> Iterator[Preview]:
    every = list(menu.MODULES)
    yield Preview("the menu", menu.menu_screen(every), people_wrote=False, lines_most=8)
    for one in every[1:]:
        yield Preview(f"the menu: {one}, nothing there", menu.module_screen(one, (), ()), people_wrote=False)
    lines, rows = playbook.rhythm(default(), language)
    yield Preview("my knowledge", menu.module_screen("knowledge", lines, rows), people_wrote=False, lines_most=8)
    kind = default().customer_types[0]
    yield Preview("a customer type", playbook.type_screen(kind, language), people_wrote=False)


def _of_visits(w: Writes, language: str) -> Iterator[Preview]:
    rep, boss = actor(language), replace(actor(language, Role.MANAGER, has_reports=True), id=1)
    photos = [Attached(1, "photo"), Attached(2, "photo"), Attached(3, "photo", state="gone")]
    long = _visit(w, ended_at=NOW + timedelta(minutes=80), started_at=NOW, cost=Decimal("86.50"))
    far = {"distance_m": 1830, "outside": True, "latitude": 22.5405, "longitude": 113.9346}
    yield Preview("visit logged", visits.logged_screen(_visit(w), rep))
    yield Preview("visit logged, nothing next", visits.logged_screen(_visit(w, next_on=None), rep))
    yield Preview("visit logged, with a duration and a cost", visits.logged_screen(long, rep))
    yield Preview("visit logged far from the customer", visits.logged_screen(_visit(w, **far), rep))
    moved = _visit(w, **far, place_reason="moved")
    yield Preview("visit logged, they have moved", visits.logged_screen(moved, rep))
    own = custom_fields.lines(default(), "visit", long.customer_type, long.extra, rep)
    yield Preview("a visit with photos", visits.visit_screen(long, photos, rep, NOW, saved=True, own=own))
    yield Preview("a visit", visits.visit_screen(_visit(w, next_on=None), [], rep, NOW))
    elsewhere = _visit(w, **far, place_reason=w("在展会上碰到"))
    yield Preview("a visit far from the customer", visits.visit_screen(elsewhere, photos, boss, NOW))
    yield Preview("a visit under way", visits.visit_screen(_begun(w, distance_m=120), [], rep, NOW))
    nowhere = _begun(w, customer_has_point=False)
    yield Preview("a visit under way, the customer has no point", visits.started_screen(nowhere, rep, NOW))
    forgotten = visits.started_screen(_begun(w, **far), rep, NOW + timedelta(hours=13))
    yield Preview("a forgotten visit", forgotten)
    yield Preview("somebody's visit under way", visits.visit_screen(_begun(w, distance_m=120), [], boss, NOW))
    yield Preview("a check-in taken back", visits.dropped_screen(), people_wrote=False)
    yield Preview("which field of a visit to change", visits.edit_screen(_visit(w), default()))
    lines = [_visit_change(w, one) for one in ("change", "create", "touch")]
    yield Preview("who changed what in a visit", visits.history_screen(_visit(w), lines, rep))
    caption = Screen("visits/photos.html", {"v": _visit(w), "count": 2, "later": 1}, photo="AgACAgUAAxk")
    yield Preview("photos of a visit", caption)
    page = Page([_visit(w)] * 5 + [_begun(w)], more_before=True, more_after=True)
    yield Preview("visits of a customer", visits.visits_screen(page, rep, LONG_ID))
    yield Preview("no visits yet", visits.visits_screen(Page(()), rep, LONG_ID), people_wrote=False)
    yield Preview("visits found", visits.found_screen(page, rep, w("年框"), ["年框"]), buttons_most=8)
    yield from _of_manual(w, language)
    yield from _of_days(w, language)


def _of_manual(w: Writes, language: str) -> Iterator[Preview]:
    book = default()
    for template in book.visit_templates:
        name = f"the manual: {template.title['en']}"
        yield Preview(name, visits.manual_screen(template, language), people_wrote=False)
    drawn = visits.manual_screen(book.visit_template("a"), language, customer(w), log=True)
    yield Preview("the manual for a customer", drawn)
    yield Preview("no manual for such a customer", visits.manual_screen(None, language, customer(w)))


def _of_days(w: Writes, language: str) -> Iterator[Preview]:
    rep = actor(language)
    day = date(2026, 3, 11)
    none = _visit(w, employee_id=3, employee=w("陈晓东"), visit_id=None, outside=None)
    reports = [_visit(w), _visit(w, outside=True), _visit(w, employee_id=2, employee=w("周立")), none]
    own = [_visit(w), _visit(w), _begun(w)]
    counts = {team.While.WEEK: team.Count(12), team.While.MONTH: team.Count(40)}
    made = visits.today_screen(day, own, (), actor=rep, is_manager=False, counts=counts)
    yield Preview("today of a rep", made)
    nothing = visits.today_screen(day, (), (), actor=rep, is_manager=False)
    yield Preview("today, nothing yet", nothing, people_wrote=False)
    both = visits.today_screen(day, [_visit(w)], reports, actor=rep, is_manager=True, counts=counts)
    yield Preview("today of a manager", both)
    people = [SimpleNamespace(id=LONG_ID + at, name=w(name)) for at, name in enumerate(("李娜", "陈晓东", "周立") * 2)]
    known = {LONG_ID: team.Count(12, 42, 1), LONG_ID + 2: team.Count(3)}
    whole = team.Team(Page(people, more_before=True, more_after=True), known, team.Count(15, 95, 1), 4)
    for since in team.While:
        drawn = team_screens.team_screen(whole, since, day, rep)
        yield Preview(f"the team, {since}", drawn, buttons_most=8)
    empty = team.Team(Page(()), {}, team.Count(), 0)
    yield Preview("no team", team_screens.team_screen(empty, team.While.DAY, day, rep), people_wrote=False)
    page = Page([_visit(w, outside=True, distance_m=1830), *own, *own][:6], more_before=True, more_after=True)
    person = SimpleNamespace(id=1, name=w("李娜"))
    yield Preview("a day of somebody", team_screens.day_screen(page, person, day, day, rep), buttons_most=8)
    mine = SimpleNamespace(id=LONG_ID, name=w("李娜"))
    yield Preview("my day, empty", team_screens.day_screen(Page(()), mine, date(2026, 3, 10), day, rep))


def _visit_change(w: Writes, verb: str) -> Any:
    before = {"summary": w("谈了年框"), "happened_at": "2026-03-11T02:00:00+00:00", "distance_m": 120, "kind": "phone"}
    after = {
        "summary": w("谈了季度框架"),
        "happened_at": "2026-03-10T02:00:00+00:00",
        "distance_m": 1830,
        "kind": "first",
    }
    known = {"create": (w("李娜"), {}, {}), "change": (w("李娜"), before, after), "touch": (None, {}, {"x": "1"})}
    who, old, new = known[verb]
    return SimpleNamespace(at=NOW, name=who, verb="create" if verb == "create" else "change", before=old, after=new)


def _of_attachments(w: Writes, language: str) -> Iterator[Preview]:
    visit = Record("visit", LONG_ID, w("深圳市华宁电子有限公司"), NOW)
    for reason in REASONS:
        told = Lost(1, "visit", LONG_ID, LONG_ID, ("photo",), (), (reason,))
        yield Preview(f"a file that is lost: {reason}", attachments.lost_screen(told, visit, 20 << 20))
    kinds = ("photo", "photo", "document", "voice")
    told = Lost(1, "visit", LONG_ID, LONG_ID, kinds, (w("年框合同.pdf"),), REASONS[:2])
    yield Preview("several files that are lost", attachments.lost_screen(told, visit, 20 << 20))
    yield Preview("files sent again", attachments.sent_again_screen(visit))


def _of_reminders(w: Writes, language: str) -> Iterator[Preview]:
    stale = rules()["customer.stale"]
    days = digest.N_("not updated for %(days)s days")(days=45)
    open_ = [(stale, Line(LONG_ID, LONG_ID, w("深圳市华宁电子有限公司"), days))] * 3
    done = [(stale, replace(line, done=True)) for _, line in open_[:2]]
    person = replace(actor(language), name=w("李娜"))
    yield Preview("morning digest", digest._screen(person, [*open_, *done]))
    yield Preview("digest, all done", digest._screen(person, done))


def _comment(w: Writes, **given: Any) -> Any:
    facts = {
        "id": LONG_ID,
        "subject_type": "customer",
        "subject_id": LONG_ID,
        "author": w("王海燕"),
        "text": w("他们要换供应商，先别报价 @李娜 周五前问清楚账期。"),
        "created_at": NOW,
        "count": 12,
    }
    return SimpleNamespace(**{**facts, **given})


def _of_comments(w: Writes, language: str) -> Iterator[Preview]:
    rep, book = actor(language), default()
    one = _comment(w)
    subject = Subject("customer", LONG_ID, w("深圳市华宁电子有限公司"), LONG_ID)
    told = (replace(rep, name=w("李娜")), replace(rep, name=w("赵敏")))
    kept = Commented(one, subject, told, (w("王伟"),), (w("赵六"), w("褚亮"), w("周立")))
    yield Preview("a comment is kept", comments.commented_screen(kept))
    yield Preview(
        "a comment that tells nobody", comments.commented_screen(replace(kept, told=(), unclear=(), unseen=()))
    )
    yield Preview("a comment", comments.comment_screen(one, subject, author=one.author))
    named = comments.comment_screen(one, replace(subject, type="visit"), author=one.author, mentioned=True)
    yield Preview("a comment that names one", named)
    page = Page([one] * 6, more_before=True, more_after=True)
    yield Preview("comments of a customer", comments.comments_screen(page, subject, rep), buttons_most=8)
    yield Preview("no comment yet", comments.comments_screen(Page(()), subject, rep), people_wrote=False)
    talks = [_visit(w), _visit(w, kind="phone"), _visit(w, kind="first")]
    stale = Archive(customer(w, owner_id=1), w("李娜"), 45, 45)
    boss = actor(language, Role.MANAGER, has_reports=True)
    yield Preview(
        "an archive with comments",
        customers.archive_screen(stale, boss, book, talks, first=First(contact(w), 3), comment=one),
    )
    yield Preview(
        "a visit with comments", visits.visit_screen(_visit(w), [Attached(1, "photo")], rep, NOW, comment=one)
    )


def _of_undo(w: Writes, language: str) -> Iterator[Preview]:
    gone = Undone(1, "visit", LONG_ID, w("深圳市华宁电子有限公司"), "create", frozenset(), (("visit", LONG_ID),))
    changed = replace(gone, table="customer", verb="change", fields=frozenset({"city", "phone"}), gone=())
    left = replace(changed, table="employee", label=w("李娜"), fields=frozenset())
    yield Preview("a visit taken back", undo.undone_screen(gone))
    yield Preview("a change taken back", undo.undone_screen(changed))
    yield Preview("a confirmation taken back", undo.undone_screen(replace(changed, fields=frozenset())))
    yield Preview("a colleague's leaving taken back", undo.undone_screen(left))
    yield Preview("a copy of what was taken back", undo.withdrawn_screen(gone, w("李娜")))
    session: Any = SimpleNamespace(info={"op": LONG_ID, "audit.undoable": True})
    logged = undo.with_undo(session, visits.logged_screen(_visit(w), actor()))
    yield Preview("visit logged, with the way to undo it", logged)
    saved = customers.archive_screen(
        Archive(customer(w), w("李娜"), None, 3),
        actor(language),
        default(),
        first=First(None, 0),
        said=customers.N_("✓ Saved."),
    )
    yield Preview("an archive saved, with the way to undo it", undo.with_undo(session, saved))


SAMPLES: dict[type[Kind[Any]], Callable[[Any, Writes], Any]] = {
    Text: lambda _, w: w("谈了年框"),
    Reason: lambda _, w: w("在展会上碰到"),
    Money: lambda _, _w: "12800.00",
    Phone: lambda _, _w: "+8613800138000",
    Pasted: lambda _, w: w("王建国"),
    Mail: lambda _, _w: "wang.jianguo@huaning.com",
    Choice: lambda kind, _w: next(iter(kind.members)).value,
    Entry: lambda kind, _w: default().entries(kind.dictionary)[0].key,
    Ref: lambda _, w: {"id": LONG_ID, "label": w("深圳市华宁电子有限公司")},
    NamedRef: lambda _, w: {"id": LONG_ID, "label": w("深圳分公司")},
    Day: lambda _, _w: "2026-03-18",
    Moment: lambda _, _w: "2026-03-11T09:30:00+08:00",
    Files: lambda _, w: [asdict(FileRef(7, f"h{at}", f"u{at}", "document", w("年框合同.pdf"))) for at in range(3)],
    Photos: lambda _, _w: [[700100200, f"AgACAgUAAxk{at}", f"AQAD{at}"] for at in range(3)],
    Place: lambda _, _w: [22.5405, 113.9346],
    Integer: lambda kind, _w: max(30, kind.least),
    Percent: lambda _, _w: "8.50",
    Duration: lambda _, _w: 90,
    YesNo: lambda _, _w: True,
    Several: lambda kind, w: [sample(kind.of, w)],
    Voice: lambda _, _w: [700100200, "AwACAgUAAxk", "AgAD1", 23],
    Document: lambda _, w: [700100200, "BQACAgUAAxk", "AgAD2", w("华宁电子年框合同.pdf")],
    Lines: lambda kind, w: {
        "lines": [{one.name: sample(one.kind, w) for one in kind.fields}] * 3,
        "at": None,
        "asking": None,
    },
}


def sample(kind: Kind[Any], w: Writes = plain) -> Any:
    """A believable answer of a kind, as a draft stores it. A new kind needs one here."""
    assert type(kind) in SAMPLES, f"a new kind of field: give previews.SAMPLES a {type(kind).__name__}"
    return SAMPLES[type(kind)](kind, w)


def options(w: Writes, kind: Kind[Any]) -> tuple[Option, ...]:
    """Records that a reference may offer."""
    name, hint = ("深圳分公司", "华宁科技") if isinstance(kind, NamedRef) else ("深圳市华宁电子有限公司", "深圳")
    return tuple(Option(LONG_ID, w(name), w(hint)) for _ in range(5))


def facts(language: str, w: Writes = plain, **given: Any) -> Facts:
    known = {"options": options(w, Text()), **given}
    return Facts(NOW, SHANGHAI, language, default(), **known)


def _of_forms(w: Writes, language: str) -> Iterator[Preview]:
    for form in (*forms().values(), FAIR):
        yield from _of_form(form, w, language)
    yield from _of_lines(w, language)
    title = forms()["visit.log"].title
    amended = [
        {"label": org.N_("Phone"), "before": w("138 0013 8000"), "after": w("139 0013 9000")},
        {"label": org.N_("Note"), "before": w("每季度对账，样品先寄前台。"), "after": w("每月对账。")},
    ]
    yield Preview("an edited message", Screen("forms/amended.html", {"title": title, "lines": amended}))
    same = Screen("forms/amended.html", {"title": title, "lines": []})
    yield Preview("an edited message that says the same", same, people_wrote=False)
    yield Preview("a form that was cancelled", Screen("forms/cancelled.html", {"title": title}), people_wrote=False)


def _of_form(form: Form, w: Writes, language: str) -> Iterator[Preview]:
    handle = Handle(LONG_ID, 99_999)
    full = State({one.name: sample(one.kind, w) for one in form.fields})
    wrote = any(isinstance(one.kind, Text | Ref | Pasted) for one in form.fields)

    def drawn(name: str, outcome: Outcome, known: Facts, *, wrote: bool = wrote) -> Preview:
        return Preview(f"{form.key}: {name}", view(form, outcome, known, handle), wrote)

    known = facts(language, w)
    yield drawn("the card", Outcome(full), known)
    yield drawn("the card refuses", Outcome(full, DomainError("form.card_is_ready")), known)
    yield drawn("the menu", Outcome(replace(full, asking=MENU)), known)
    for one in form.fields:
        known = facts(language, w, options=options(w, one.kind))
        state = replace(full, asking=one.name)
        yield drawn(f"{one.name} again", Outcome(state), known)
        alone = Outcome(State(asking=one.name))
        yield drawn(f"{one.name} first", alone, known, wrote=isinstance(one.kind, Ref))
        if isinstance(one.kind, Ref):
            yield from _of_search(form, one, w, language, handle)
        if isinstance(one.kind, Day | Moment):
            yield from _of_calendar(form, one, language, handle)
        for page in range(1, len(chip_pages(one, known, handle, None))):
            yield drawn(f"{one.name}, page {page + 1}", alone, replace(known, page=page), wrote=False)
    doubt = DomainError("customer.similar", field="name", name=w("华宁电子"), owner=w("周立"))
    if form.key == "customer.new":
        yield drawn("a doubt", Outcome(replace(full, asking="name"), doubt), known)


def _of_lines(w: Writes, language: str) -> Iterator[Preview]:
    """A list of lines as it is written: half a line, one that is changed."""
    lines = sample(COSTS, w)["lines"]
    for name, stored in {
        "half a line": {"lines": [{"kind": "meal"}], "at": 0, "asking": None},
        "a new line": {"lines": lines, "at": 3, "asking": None},
        "a line's menu": {"lines": lines, "at": 1, "asking": MENU},
        "a line's amount": {"lines": lines, "at": 1, "asking": "amount"},
    }.items():
        screen = view(FAIR, Outcome(State({"costs": stored}, "costs")), facts(language, w), Handle(LONG_ID, 99_999))
        yield Preview(f"lines: {name}", screen, people_wrote=False)


def _of_calendar(form: Form, one: Field, language: str, handle: Handle) -> Iterator[Preview]:
    looks = {"2026-03": "a month", "2027-02": "a month whose holidays are not announced", "2026-03-10": "the hours"}
    if not getattr(one.kind, "past", False):
        looks["2026-10"] = "a month with holidays"
    else:
        del looks["2027-02"]
    for look, name in looks.items():
        known = facts(language, look=look)
        if one.kind.board(known) is not None:
            screen = view(form, Outcome(State(asking=one.name)), known, handle)
            yield Preview(f"{form.key}: {one.name}, {name}", screen, people_wrote=False, buttons_most=10, grid=True)


def _of_search(form: Form, one: Field, w: Writes, language: str, handle: Handle) -> Iterator[Preview]:
    state = Outcome(State(asking=one.name))
    found = options(w, one.kind)
    for name, known in {
        "none found": facts(language, w, options=(), searched=w("华宁")),
        "several found": facts(language, w, options=found, searched=w("华宁")),
        "many found": facts(language, w, options=found, searched=w("华宁"), more=True),
    }.items():
        yield Preview(f"{form.key}: {one.name}, {name}", view(form, state, known, handle))


__all__ = ["Preview", "lists", "previews", "sample"]


def _batch(w: Writes, state: str = "ready", **given: Any) -> ImportBatch:
    issue = {"row": 100_004, "name": w("深圳市凯旋光电有限公司"), "field": "industry"}
    summary = {
        "customers": 99_120,
        "contacts": 120_431,
        "refused": 512,
        "same": 301,
        "near": 67,
        "kinds": {"import.unknown_word": 812},
        "told": [{**issue, "code": "import.unknown_word", "facts": {"value": w("火星")}}] * 9,
        "preview": [
            {
                "row": 2,
                "name": w("深圳市凯旋光电有限公司"),
                "city": "深圳",
                "type": "a",
                "person": w("王建国"),
                "phone": "+8613800138000",
            }
        ]
        * 5,
    }
    values: dict[str, Any] = {
        "columns": ["name", "type", "", "phone", "contact_name", "city", "note", ""],
        "headers": [w("客户名称"), w("类型"), w("序号"), w("电话"), w("联系人"), w("城市"), w("备注"), w("其他")],
        "defaults": {"type": "new", "category": "prospect", "industry": "other", "source": "company"},
        "on_same": "skip",
        "on_near": "make",
        "rows": 100_000,
        "done": 43_000,
        "summary": summary,
        "result": {},
    }
    return ImportBatch(id=LONG_ID, name=w("客户清单.xlsx"), state=state, **{**values, **given})


def _of_exchange(w: Writes, language: str) -> Iterator[Preview]:
    book, ready = default(), _batch(w)

    def card(batch: ImportBatch, owner: str | None = w("李娜"), kept: tuple[str, ...] = ()) -> Screen:
        return exchange.batch_screen(batch, book, language, owner=owner, kept=kept)

    done = {"made": 99_120, "joined": 210, "filled": 3, "refused": 512, "same": 301, "near": 67}
    yield Preview("a sheet was sent", exchange.offered_screen(_batch(w, "offered"), visits=True))
    limits = {"rows": 200_000, "columns": 40, "mb": 20}
    yield Preview("how to import", exchange.how_screen(limits), people_wrote=False)
    yield Preview("an import comes in", card(_batch(w, "writing")))
    yield Preview("an import is read", card(_batch(w, "reading")))
    yield Preview("an import, looked through", card(ready))
    yield Preview("an import into the pool, changed", card(_batch(w, summary=ready.summary | {"stale": True}), None))
    yield Preview("an import without names", card(_batch(w, columns=["", "type"], headers=[w("甲"), w("类型")])))
    yield Preview("an import that came in", card(_batch(w, "done", result=done)))
    yield Preview(
        "an import taken back", card(_batch(w, "undone", result={"undone": 99, "kept": 2}), None, (w("华宁"),))
    )
    error = {"code": "import.too_many_columns", "facts": {"count": 41, "most": 40}}
    yield Preview("an import that failed", card(_batch(w, "failed", error=error)))
    yield Preview("columns of an import", exchange.columns_screen(ready, book, language), buttons_most=9)
    targets = ("name", "short_name", "type", "phone", "note", "x.terms")
    yield Preview("a column of an import", exchange.column_screen(ready, book, 2, targets))
    yield Preview("defaults of an import", exchange.defaults_screen(ready, book, language), people_wrote=False)
    yield Preview("a default of an import", exchange.default_screen(ready, book, "industry"), people_wrote=False)
    people = [SimpleNamespace(id=LONG_ID, name=w("王海燕"))] * 9
    yield Preview("the owner of an import", exchange.owner_screen(ready, people, pool=True))
    yield Preview("doubles of an import", exchange.doubles_screen(ready), people_wrote=False)
    yield Preview("first rows of an import", exchange.preview_screen(ready, book, language))
    yield Preview("problems of an import", exchange.problems_screen(ready, book, language))
    yield Preview("a sheet is made", exchange.asked_screen(), people_wrote=False)
    for kind in ("customers", "template", "problems"):
        yield Preview(f"a sheet: {kind}", exchange.sheet_screen(kind, 512), people_wrote=False)
    row = SimpleNamespace(id=LONG_ID, at=NOW, who=w("王海燕"), what="export", count=120)
    yield Preview("who exported", exchange.access_screen(Page([row]), actor(language)))
