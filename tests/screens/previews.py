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

from conversations.away import FromDay
from conversations.budgets import FirstDay, LastDay
from conversations.contacts import Mail, Pasted
from conversations.engine import MENU, Outcome, State
from conversations.expenses import Nights
from conversations.form import Facts, Field, Form, Option, forms
from conversations.kinds.base import Kind
from conversations.kinds.choices import Choice, Entry, Several, YesNo
from conversations.kinds.files import Files
from conversations.kinds.lines import Lines
from conversations.kinds.media import Document, Photos, Place, Voice
from conversations.kinds.numbers import Duration, Integer, Percent
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.reference import NamedRef, Ref
from conversations.kinds.tags import Tags
from conversations.kinds.taken import Count, Until
from conversations.kinds.taken import Worth as Worth_
from conversations.kinds.times import Day, Moment
from conversations.kinds.yearly import YearlyDay
from conversations.leave import LeaveDay, LeaveKinds
from conversations.links import LinkKinds
from conversations.pool import Usual
from conversations.view import Handle, view
from conversations.visits import Reason
from crm_core.attachments.content import REASONS
from crm_core.attachments.lost import Lost, Record
from crm_core.attachments.service import Attached, FileRef
from crm_core.audit.events import Ground, Undone
from crm_core.budgets.queries import Standing
from crm_core.budgets.report import By, Report
from crm_core.budgets.report import Line as Spent_
from crm_core.comments.service import Commented
from crm_core.comments.subjects import Subject
from crm_core.contacts.gifts import Spent
from crm_core.contacts.moves import Post
from crm_core.contacts.queries import First
from crm_core.contacts.ties import Ties
from crm_core.contacts.tree import tree_of
from crm_core.customers.doubles import Pair, Side
from crm_core.customers.groups import Group
from crm_core.customers.key_accounts import Overview
from crm_core.customers.merge import Difference
from crm_core.customers.merge import Preview as Merging
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ
from crm_core.customers.queries import Archive
from crm_core.deals.queries import Worth
from crm_core.drafts.models import Draft
from crm_core.erasure.traces import Mention
from crm_core.exchange.models import ImportBatch
from crm_core.expenses.checks import Finding, Found
from crm_core.expenses.queries import Spent as SpentOn
from crm_core.expenses.queries import WholeClaim
from crm_core.handover.models import HandoverPlan
from crm_core.handover.plans import Prepared
from crm_core.handover.queries import Holdings
from crm_core.handover.service import Outlook, Share
from crm_core.kit.errors import DomainError
from crm_core.kit.pages import Page
from crm_core.kit.places import Point
from crm_core.leave.queries import Balance
from crm_core.links.queries import Links
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.plans.round import Round, Stop
from crm_core.playbook.book import Playbook
from crm_core.playbook.fields import CompanyField, CompanyFields
from crm_core.playbook.service import default
from crm_core.pool.queries import Card, Keeping
from crm_core.usage.service import Usage
from crm_core.visits import met as met_then
from crm_core.visits import team
from handlers import routing
from handlers.turn import Turn
from reminders import clock
from screens import (
    asking,
    attachments,
    away,
    brief,
    budgets,
    budgets_report,
    comments,
    contacts,
    contacts_matrix,
    contacts_person,
    contacts_tree,
    custom_fields,
    customers,
    doubles,
    erasure,
    exchange,
    expenses,
    groups,
    handover,
    helpers,
    leave,
    links,
    lists,
    matters,
    menu,
    org,
    playbook,
    pool,
    system,
    undo,
    usage,
    visits,
)
from screens import team as team_screens
from screens.deals import DEAL
from screens.held import held_keys
from screens.needs import NEED
from screens.round import round_screen
from screens.screen import Place as Where
from screens.screen import Screen
from screens.trials import TRIAL
from tests.conversations.fair import COSTS, FAIR
from tests.screens.previews_approvals import previews_of_approvals
from tests.screens.previews_bots import previews_of_bots
from tests.screens.previews_notices import previews_of_days, previews_of_notices
from tests.screens.previews_plans import previews_of_plans
from tests.screens.previews_plans_due import previews_of_plans_due
from tests.screens.previews_proposals import previews_of_proposals
from tests.screens.previews_reminders import OURS_ALONE, of_reminders

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
    grid: bool = False  # a calendar: many short buttons side by side, some of them blank


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
    for name, screen, wrote in previews_of_bots(w, _menu()):
        yield Preview(name, screen, people_wrote=wrote)
    yield from _of_customers(w, language)
    yield from _of_groups(w, language)
    yield from _of_contacts(w, language)
    yield from _of_people(w, language)
    yield from _of_visits(w, language)
    yield from _of_menu(w, language)
    yield from _of_attachments(w, language)
    yield from _of_reminders(w, language)
    yield from _of_comments(w, language)
    yield from _of_matters(w, language)
    yield from _of_links(w, language)
    yield from _of_doubles(w, language)
    yield from _of_briefs(w, language)
    yield from _of_handover(w, language)
    yield from _of_stand_ins(w, language)
    yield from _of_undo(w, language)
    yield from _of_pool(w, language)
    yield from _of_proposals(w, language)
    yield from _of_expenses(w, language)
    yield from _of_leave(w, language)
    yield from _of_forms(w, language)
    yield from _of_exchange(w, language)
    yield from _of_approvals(w, language)
    yield from _of_budgets(w, language)
    yield from (Preview(*one) for one in previews_of_plans(w, actor(language), NOW))
    yield from (Preview(*one) for one in previews_of_plans_due(w, actor(language)))
    boss = actor(language, Role.MANAGER, has_reports=True)
    yield from (Preview(*one) for one in previews_of_notices(w, boss, NOW))
    yield from (Preview(*one) for one in previews_of_days(w, actor(language), boss, _visit, NOW))
    yield from _of_budget_report(w, language)


def _of_approvals(w: Writes, language: str) -> Iterator[Preview]:
    made = previews_of_approvals(w, default(), lambda one: replace(actor(language), id=one), NOW)
    yield from (Preview(name, screen, people_wrote) for name, screen, people_wrote in made)


def _menu() -> list[tuple[str, Any]]:
    known = sorted(routing.commands().values(), key=lambda one: one.order)
    return [(one.name, one.menu) for one in known if one.name != "start"]


def _of_system(w: Writes, language: str) -> Iterator[Preview]:
    yield Preview("help", system.help_screen(_menu()), people_wrote=False)
    yield Preview("unknown command", system.help_screen(_menu(), unknown=w("拜访")))
    yield Preview("a stranger", system.stranger_screen(), people_wrote=False)
    yield Preview("too much at once", system.patience_screen(), people_wrote=False)
    yield Preview("a group", system.group_screen("https://t.me/huaning_rounds_bot"), people_wrote=False)
    yield Preview("only a newer version knows", system.newer_screen(), people_wrote=False)
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
    yield Preview("a phone that is lost", org.cut_off_screen(person))
    yield Preview("leaving, asked once more", org.leave_screen(person))
    owning = org.leave_screen(person, customers=25, reports=3, boss=w("王海燕"))
    yield Preview("leaving, with customers and reports", owning)
    yield Preview("hired", org.hired_screen(Employee(id=LONG_ID, name=w("赵敏"))))
    link = "https://t.me/huaning_rounds_bot?start=Zk3nB0oUq2x9vT7aYw1LrE5cHs8DfGjM"
    yield Preview("an invite", org.invite_screen(w("赵敏"), link, LONG_ID))
    months = {"month": date(2026, 2, 1), "since": date(2025, 8, 1), "until": date(2026, 3, 1)}
    stored = {"database": 1_234_000_000, "files": 25_310, "file_bytes": 3_796_500_000}
    used = Usage(**months, seats=128, left=3, waiting=12, **stored)
    yield Preview("seats and storage", usage.usage_screen(used, language), people_wrote=False)
    first = Usage(**dict.fromkeys(months, NOW.date()), seats=1, left=1, waiting=1, database=15, files=1, file_bytes=1)
    yield Preview("one seat", usage.usage_screen(first, language), people_wrote=False)
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
        "extra": {},
        "customer_type": "a",
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

    yield Preview("an archive", card(fresh, said=saved))
    talked = customers.archive_screen(fresh, rep, book, talks, first=one, comment=_comment(w))
    yield Preview("an archive with a comment", talked)
    yield Preview("a stale archive of a report", card(stale))
    said = customers.N_("%(phone)s is %(name)s.")(phone="138 0013 8000", name=w("王建国"))
    yield Preview("a stale archive found by a number", card(stale, said=said))
    unvisited = Archive(bare, w("李娜"), None, None, rights=all_rights)
    yield Preview("a bare archive", customers.archive_screen(unvisited, rep, book, first=nobody))
    yield Preview("an archive that one may only read", card(read_only))
    nameless = First(contact(w, name=None, title=None), 1)
    yield Preview("an archive with a number only", card(fresh, nameless))
    pooled = replace(stale, owner=None)
    lines = (customers.N_("✓ Saved."), customers.N_("✓ Saved."))
    full = customers.archive_screen(pooled, rep, book, talks, first=one, said=said, more=lines)
    yield Preview("an archive in the pool with lines of other features", full)
    yield Preview("the rest of an archive", customers.more_screen(fresh, rep, book))
    yield Preview("the rest of an archive, further", customers.more_screen(fresh, rep, book, 1))
    yield Preview("a new archive", customers.created_screen(customer(w)))
    yield Preview("which field to change", customers.edit_menu(customer(w), one, book))
    yield Preview("which field to change, no contact", customers.edit_menu(customer(w), nobody, book))
    yield Preview("who changed what", customers.history_screen(customer(w), _told(w, language)))
    yield Preview("who changed what the company asks", customers.history_screen(customer(w), _own_told(w, language)))
    yield from _of_customer_lists(w, language)


def _of_groups(w: Writes, language: str) -> Iterator[Preview]:
    book, rep = default(), actor(language)
    row = {**vars(_visit(w)), "name": w("华宁电子"), "owner": w("李娜"), "owner_id": 1, "city": w("深圳"), "type": "a"}
    row |= {"stage": "negotiation", "stage_since": NOW - timedelta(days=123), "last_followup_at": NOW}
    row |= {"yearly_value": Decimal(12_800_000), "created_at": NOW - timedelta(days=700)}
    row["last_followup_at"] = NOW - timedelta(days=45)
    page = Page([SimpleNamespace(**{**row, "id": LONG_ID + at}) for at in range(6)], True, True)
    many = [Group(one.key, 1_234, 567) for one in book.stages] + [Group(None, 89, 0)]
    yield Preview("customers by stage", groups.groups_screen("stage", many, rep, book), people_wrote=False)
    rest = groups.groups_screen("stage", many, rep, book, 8)
    yield Preview("customers by stage, the rest", rest, people_wrote=False)
    yield Preview("what to group by", groups.by_screen(), people_wrote=False)
    for by, key in (("stage", "stalled"), ("source", "referral")):
        yield Preview(f"customers of a {by}", groups.members_screen(by, key, page, rep, book, NOW))
    yield Preview("stuck customers", groups.stuck_screen(page, rep, book, NOW))
    yield Preview("nobody is stuck", groups.stuck_screen(Page(()), rep, book, NOW), people_wrote=False)
    seen = Overview(123, Decimal(1_280_000_000), 45)
    yield Preview("key accounts", groups.keys_screen(page, seen, rep, book, NOW))
    none = groups.keys_screen(Page(()), Overview(0, Decimal(0), 0), rep, book, NOW)
    yield Preview("no key accounts", none, people_wrote=False)


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
            SimpleNamespace(verb=verb, before=old, after=new, undoes=9 if old else None), default(), actor(language)
        )
        for verb, old, new in own
    ]
    people = [("create", {}, {}), ("change", {"phone": "+8613800138000"}, {"phone": "+8613900139000"})]
    told += [
        contacts.change_words(
            SimpleNamespace(verb=verb, before=old, after=new, contact=w("王建国"), whole=True),
            _asking(1),
            actor(language),
        )
        for verb, old, new in [*people, ("change", {}, {"left_at": "1"})]
    ]
    return [{"at": NOW, "who": w("李娜") if at else None, "what": what} for at, what in enumerate(told)]


def _own_told(w: Writes, language: str) -> list[dict[str, Any]]:
    """A history of the company's own fields."""
    here, there = {"terms": "net30", "gone": w("不再问")}, {"terms": "net60"}
    own = SimpleNamespace(verb="change", before={"extra": here}, after={"extra": there}, undoes=None)
    role = SimpleNamespace(
        verb="change", before={}, after={"extra": {"role1": "decides"}}, contact=w("王建国"), whole=False
    )
    told = [
        customers.change_words(own, default(), actor(language)),
        contacts.change_words(role, _asking(1), actor(language)),
    ]
    return [{"at": NOW, "who": w("李娜"), "what": what} for what in told]


def _of_contacts(w: Writes, language: str) -> Iterator[Preview]:
    page = Page([contact(w), *[contact(w, is_primary=False, title=None)] * 5], more_before=True, more_after=True)
    yield Preview("contacts", contacts.contacts_screen(page, LONG_ID, changeable=True))
    yield Preview("no contacts", contacts.contacts_screen(Page(()), LONG_ID, changeable=True), people_wrote=False)
    rep, book = actor(language), default()
    yield Preview("a contact", contacts.contact_screen(contact(w), rep, book, saved=True))
    other = contact(w, is_primary=False, changeable=False, email=None, note=None)
    yield Preview("a contact that one may only read", contacts.contact_screen(other, rep, book))
    gone = contact(w, is_primary=False, left_at=NOW)
    yield Preview("a contact who is gone", contacts.contact_screen(gone, rep, book))
    asking, told = _asking(12), {f"role{at}": "decides" if at % 2 else "uses" for at in range(1, 13)}
    known = contact(w, extra=told)
    full = contacts.contact_screen(known, rep, asking, saved=True)
    yield Preview("a contact of whom the company asks much", full)
    yield Preview("the rest of a contact", contacts.own_screen(known, rep, asking))
    bare = contacts.own_screen(contact(w, changeable=False), rep, asking)
    yield Preview("the rest of a contact, nothing noted", bare)
    yield Preview("gone, asked once more", contacts.gone_screen(contact(w)))
    yield Preview("a number of several", contacts.number_screen("+8613800138000", [contact(w)] * 2))


def _asking(count: int) -> Playbook:
    """A company that asks so much of its customers' people."""
    options = (
        {"key": "decides", "title": {"zh": "最后拍板的人", "en": "Has the last word"}},
        {"key": "uses", "title": {"zh": "使用者", "en": "Uses it"}},
    )
    role = {"kind": "choice", "options": options}
    titles = [{"zh": f"采购决策中的角色{at}", "en": f"Role in the decision {at}"} for at in range(1, count + 1)]
    asked = [CompanyField(key=f"role{at}", title=title, **role) for at, title in enumerate(titles, 1)]
    return default().model_copy(update={"fields": CompanyFields(contact=tuple(asked))})


def _person(w: Writes, at: int = 1, **given: Any) -> SimpleNamespace:
    """Somebody in the decision tree."""
    facts = {"id": LONG_ID + at, "customer": w("深圳市华宁电子有限公司"), "customer_type": "a", "owner_id": LONG_ID}
    part = {"roles": ["decider", "user"], "attitude": "friendly", "influence": 4, "reports_to_id": None}
    kept = {
        "hobbies": [w("钓鱼")],
        "about": w("女儿今年高考"),
        "file": {"birthplace": w("湖南长沙"), "style": "numbers"},
    }
    more = {"minded_by": None, "came_from_id": None, "went_to": None}
    return SimpleNamespace(**{**vars(contact(w)), **facts, **part, **kept, **more, **given})


def _of_people(w: Writes, language: str) -> Iterator[Preview]:
    rep, day, book = actor(language), date(2026, 3, 11), default()
    boss = _person(w)
    one = _person(w, 2, reports_to_id=boss.id, is_primary=False, attitude="opponent", roles=["gatekeeper"])
    gone = _person(w, 3, left_at=NOW, attitude=None, roles=[], influence=None, went_to=w("上海瑞金医疗器械有限公司"))
    fresh = _person(w, 4, attitude=None, roles=[], influence=None, is_primary=False, hobbies=[], about=None, file={})
    relation = SimpleNamespace(
        **{**vars(one), "id": 5, "one_id": boss.id, "other_id": one.id, "person_id": one.id, "kind": "schoolmates"},
    )
    crowd = [
        _person(w, at, is_primary=False, reports_to_id=LONG_ID + at - 1 if at > 1 else None) for at in range(1, 61)
    ]
    met = met_then.Times(3, 1, NOW)
    for name, people in {"": [boss, one, gone, fresh], " of sixty": crowd}.items():
        tree = contacts_tree.Tree(
            LONG_ID, w("深圳市华宁电子有限公司"), tree_of(people), [relation], met, changeable=True
        )
        yield Preview(f"a decision tree{name}", contacts_tree.tree_picture(tree, 1, book, language))
        yield Preview(f"a decision tree{name} as text", contacts_tree.tree_text(tree, 1, language))
    bare = contacts_tree.Tree(LONG_ID, w("深圳市华宁电子有限公司"), [], [], met_then.Times(), changeable=True)
    yield Preview("a decision tree of nobody", contacts_tree.tree_picture(bare, 0, book, language))
    pairs = [met_then.Met(LONG_ID, w("李娜"), boss.id, 5, NOW), met_then.Met(7, w("王海燕"), boss.id, 1, NOW)]
    matrix = contacts_matrix.Matrix(
        LONG_ID,
        w("深圳市华宁电子有限公司"),
        [boss, one, gone],
        [(LONG_ID, w("李娜")), (7, w("王海燕"))],
        pairs,
        {one.id: 7},
    )
    yield Preview("who knows whom", contacts_matrix.matrix_picture(matrix, 0, rep))
    yield Preview("who knows whom as text", contacts_matrix.matrix_text(matrix, 0, rep))
    reps = Page([SimpleNamespace(id=at, name=w("李娜")) for at in range(6)], more_before=True, more_after=True)
    month = met_then.Month(reps, {0: met}, met)
    yield Preview("deciders met", contacts_matrix.month_screen(month, date(2026, 2, 1), day))
    yield from _of_one_person(w, language, boss, gone, fresh, relation)


def _of_one_person(
    w: Writes, language: str, boss: SimpleNamespace, gone: SimpleNamespace, fresh: SimpleNamespace, relation: Any
) -> Iterator[Preview]:
    rep, day, book = actor(language), date(2026, 3, 11), default()
    birthday = SimpleNamespace(id=1, title=None, lunar=True, month=8, day=15, leap=False, year=None)
    wedding = SimpleNamespace(id=2, title=w("结婚纪念日"), lunar=False, month=5, day=20, leap=False, year=2004)
    ties = Ties(boss, [gone, fresh], [SimpleNamespace(**{**vars(relation), "note": w("同济 1998 级")})] * 3)
    spent = [Spent(2026, Decimal("1580.00"), 3), Spent(2025, Decimal("800.00"), 1)]
    about = contacts.About(
        "决策人 · ▲ 友好", contacts.N_("Not met yet"), contacts_person.birthday_words(birthday, day, rep), w("去了瑞金")
    )
    yield Preview("a contact with all that is known", contacts.contact_screen(boss, rep, book, about, saved=True))
    known = contacts_person.Beside([birthday, wedding], spent, ties, w("何小雨"))
    yield Preview("more of a contact", contacts_person.more_screen(boss, known, day, rep))
    yield Preview("more of a new contact", contacts_person.more_screen(fresh, contacts_person.Beside(), day, rep))
    named = [Mention("visit", 12, 1), Mention("customer", 1, 1), Mention("need", 3, 1), Mention("comment", 5, None)]
    yield Preview("whether to erase a contact", erasure.ask_screen(boss, len(named)))
    yield Preview("where a name stands", erasure.named_screen(boss, [*named, *named], 0))
    yield Preview("a contact is erased", erasure.erased_screen(named, 1), people_wrote=False)
    yield Preview("what others see of it", erasure.gone_screen(), people_wrote=False)
    yield Preview("a standing", contacts_person.standing_screen(boss, rep))
    yield Preview("an attitude", contacts_person.standing_screen(boss, rep, "a"))
    yield Preview("a standing that is not known", contacts_person.standing_screen(fresh, rep))
    colleagues = [SimpleNamespace(id=at, name=w("何小雨")) for at in (LONG_ID, 1, 2)]
    yield Preview("who looks after a contact", contacts_person.minder_screen(boss, colleagues))
    yield Preview("ties of a contact", contacts_person.ties_screen(boss, ties, book, rep))
    yield Preview("a contact without ties", contacts_person.ties_screen(fresh, Ties(None, [], []), book, rep))
    yield Preview("a personal file", contacts_person.file_screen(boss, book, rep, saved=True))
    yield Preview("an empty file", contacts_person.file_screen(fresh, book, rep))
    yield Preview("important days", contacts_person.days_screen(boss, [birthday, wedding], day, rep, saved=True))
    gift = SimpleNamespace(
        id=LONG_ID, kind="meal", amount=Decimal("1280.00"), given_on=day, note=w("年会后聚餐"), contact_id=boss.id
    )
    page = Page([gift] * 6, more_before=True, more_after=True)
    yield Preview("gifts", contacts_person.gifts_screen(boss, page, spent, book, rep))
    yield Preview("a gift", contacts_person.gift_screen(boss, gift, book, rep, saved=True))
    posts = [Post(1, w("上海瑞金医疗器械有限公司"), w("副总"), day, None), Post(1, None, None, None, day)]
    yield Preview("posts", contacts_person.posts_screen(boss, posts, boss))
    yield Preview("posts of who has gone", contacts_person.posts_screen(gone, posts))
    yield Preview("somebody went away", contacts_person.went_screen(gone))
    offer = contacts_person.offered_screen(gone, w("上海瑞金医疗器械有限公司"), w("李娜"))
    yield Preview("somebody came to a customer of ours", offer)


def _of_menu(_w: Writes, language: str) -> Iterator[Preview]:
    every = list(menu.MODULES)
    yield Preview("the menu", menu.menu_screen(every), people_wrote=False)
    for one in every[1:]:
        yield Preview(f"the menu: {one}, nothing there", menu.module_screen(one, (), ()), people_wrote=False)
    lines, rows = playbook.rhythm(default(), language)
    yield Preview("my knowledge", menu.module_screen("knowledge", lines, rows), people_wrote=False)
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
    whole = _visit(w, **far, ended_at=NOW + timedelta(minutes=80), started_at=NOW, cost=Decimal("86.50"))
    drawn = visits.visit_screen(whole, photos, rep, NOW, saved=True, own=own, comment=_comment(w))
    yield Preview("a visit with all there is", drawn)
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
    yield Preview("who changed what in a visit", visits.history_screen(_visit(w), lines, rep, default()))
    caption = Screen("visits/photos.html", {"v": _visit(w), "count": 2, "later": 1}, photo="AgACAgUAAxk")
    yield Preview("photos of a visit", caption)
    page = Page([_visit(w)] * 5 + [_begun(w)], more_before=True, more_after=True)
    yield Preview("visits of a customer", visits.visits_screen(page, rep, LONG_ID))
    yield Preview("no visits yet", visits.visits_screen(Page(()), rep, LONG_ID), people_wrote=False)
    yield Preview("visits found", visits.found_screen(page, rep, w("年框"), ["年框"]))
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
    names = ("深圳市华宁电子有限公司", "Nordhaus Logistik GmbH", "深圳市福田凯旋光电有限公司") * 2
    due = [
        SimpleNamespace(
            id=LONG_ID,
            name=w(name),
            next_step_on=None if at == 1 else day - timedelta(days=at),
            part=("morning", "day", "afternoon", None)[at % 4],
            what=w("谈年框协议和试样") if at % 4 != 3 else None,
        )
        for at, name in enumerate(names)
    ]
    where = [Point(22.5405, 113.9346), Point(48.1374, 11.5755), Point(22.5431, 114.0579)] * 2
    stops = [Stop(row, place, 12_345) for row, place in zip(due, where, strict=True)]
    yield Preview("the day's round", round_screen(Round((*stops[:5], Stop(due[5], None, None)), False, True), day))
    yield Preview("a round from here", round_screen(Round(tuple(stops[:2]), True, False), day))
    yield Preview("no round today", round_screen(Round((), False, False), day), people_wrote=False)
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
        drawn = team_screens.team_screen(whole, since, day, actor(language, Role.MANAGER))
        yield Preview(f"the team, {since}", drawn)
    empty = team.Team(Page(()), {}, team.Count(), 0)
    yield Preview("no team", team_screens.team_screen(empty, team.While.DAY, day, rep), people_wrote=False)
    page = Page([_visit(w, outside=True, distance_m=1830), *own, *own][:6], more_before=True, more_after=True)
    person = SimpleNamespace(id=1, name=w("李娜"))
    yield Preview("the visits of a day", team_screens.visits_screen(page, person, day, rep))
    yield Preview("no visits of a day", team_screens.visits_screen(Page(()), person, day, rep))


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
    for name, screen in of_reminders(w, actor(language), language):
        yield Preview(name, screen, people_wrote=name not in OURS_ALONE, grid=name == "working days")


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
    yield Preview("comments of a customer", comments.comments_screen(page, subject, rep))
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
    under = replace(
        gone, grounds=(Ground(2, "customer", w("深圳市华宁电子有限公司")), Ground(3, "contact", w("王建国")))
    )
    yield Preview("a visit taken back, its customer was new", undo.undone_screen(under))
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
    Usual: lambda _, w: w("客户出差到月底"),
    Money: lambda _, _w: "12800.00",
    Phone: lambda _, _w: "+8613800138000",
    Pasted: lambda _, w: w("王建国"),
    Mail: lambda _, _w: "wang.jianguo@huaning.com",
    Choice: lambda kind, _w: next(iter(kind.members)).value,
    Entry: lambda kind, _w: default().entries(kind.dictionary)[0].key,
    Ref: lambda _, w: {"id": LONG_ID, "label": w("深圳市华宁电子有限公司")},
    NamedRef: lambda _, w: {"id": LONG_ID, "label": w("深圳分公司")},
    Day: lambda _, _w: "2026-03-18",
    Until: lambda _, _w: "2026-03-18",
    FromDay: lambda _, _w: "2026-03-18",
    FirstDay: lambda _, _w: "2026-04-01",
    LastDay: lambda _, _w: "2026-06-30",
    Count: lambda _, _w: 5000,
    Worth_: lambda _, _w: "12800.00",
    LinkKinds: lambda _, _w: "dealer",
    LeaveDay: lambda _, _w: "2026-03-18",
    LeaveKinds: lambda _, _w: "annual",
    Nights: lambda _, _w: 3,
    Moment: lambda _, _w: "2026-03-11T09:30:00+08:00",
    Files: lambda _, w: [asdict(FileRef(7, f"h{at}", f"u{at}", "document", w("年框合同.pdf"))) for at in range(3)],
    Photos: lambda _, _w: [[700100200, f"AgACAgUAAxk{at}", f"AQAD{at}"] for at in range(3)],
    Place: lambda _, _w: [22.5405, 113.9346],
    Integer: lambda kind, _w: max(30, kind.least),
    Percent: lambda _, _w: "8.50",
    Duration: lambda _, _w: 90,
    YesNo: lambda _, _w: True,
    YearlyDay: lambda _, _w: [8, 15, None, True, False],
    Tags: lambda _, w: [w("钓鱼"), "喝茶"],
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


def _matter(w: Writes, **given: Any) -> Any:
    """A need, a sample or a deal, as their queries give it."""
    facts = {
        "id": LONG_ID,
        "customer_id": LONG_ID,
        "customer": w("深圳市华宁电子有限公司"),
        "owner_id": 1,
        "owner": w("李娜"),
        "contact": w("王建国"),
        "by": w("李娜"),
        "changeable": True,
        "created_at": NOW,
        "revision": 99_999,
        "what": w("5000套连接器，镀金，要防水"),
        "quantity": 5000,
        "amount": Decimal("128000.00"),
        "due_on": date(2026, 4, 30),
        "state": "open",
        "reason": None,
        "sent_on": date(2026, 3, 4),
        "check_on": date(2026, 3, 18),
        "result": None,
        "quoted_on": date(2026, 2, 20),
        "ordered_on": date(2026, 3, 2),
        "delivered_on": None,
        "paid_on": None,
    }
    return SimpleNamespace(**{**facts, **given})


def _of_matters(w: Writes, language: str) -> Iterator[Preview]:
    """What hangs on an archive: each kind open, ended, in lists, its changes."""
    rep, day = actor(language), date(2026, 3, 11)
    comment = _comment(w)
    rows = {
        "a need": (NEED, _matter(w)),
        "a need that was lost": (NEED, _matter(w, state="lost", reason=w("价格比对手高一成"), quantity=None)),
        "a need that is overdue": (NEED, _matter(w, due_on=date(2026, 3, 1), changeable=False)),
        "a need that was met": (NEED, _matter(w, state="met", amount=None, contact=None)),
        "a need without a day": (NEED, _matter(w, due_on=None)),
        "a sample": (TRIAL, _matter(w, state="sent")),
        "a sample that is to be asked about": (TRIAL, _matter(w, state="testing", check_on=date(2026, 3, 9))),
        "a sample without a day": (TRIAL, _matter(w, state="sent", check_on=None, contact=None)),
        "a sample that passed": (TRIAL, _matter(w, state="passed", result=w("导通测试全部合格"), quantity=None)),
        "a deal": (DEAL, _matter(w)),
        "a deal that is paid": (DEAL, _matter(w, delivered_on=day, paid_on=day, quoted_on=None)),
    }
    for name, (look, row) in rows.items():
        yield Preview(name, matters.card(look, row, rep, day, comment=comment))
    saved = matters.card(NEED, _matter(w), rep, day, said=matters.N_("✓ Saved."), comment=comment)
    yield Preview("a need saved", saved)
    told = [SimpleNamespace(at=NOW, name=w("李娜"), verb="create", before={}, after={}, undoes=None)]
    changed = {"state": "open", "amount": "1000.00", "due_on": "2026-03-18"}, {"state": "met", "what": w("连接器")}
    for before, after in (changed, ({}, {"told": [1]})):
        told.append(SimpleNamespace(at=NOW, name=None, verb="change", before=before, after=after, undoes=7))
    for look in (NEED, TRIAL, DEAL):
        page = Page([_matter(w, state="sent" if look is TRIAL else "open")] * 6, more_before=True, more_after=True)
        listed = matters.of_customer(look, page, LONG_ID, rep, day, changeable=True)
        yield Preview(f"the {look.table}s of a customer", listed)
        nothing = matters.of_customer(look, Page(()), LONG_ID, rep, day, changeable=True)
        yield Preview(f"no {look.table}s", nothing, people_wrote=False)
        yield Preview(f"all {look.table}s under way", matters.all_open(look, page, rep, day))
        yield Preview(f"which field of a {look.table}", matters.edit(look, _matter(w)))
    yield Preview("who changed what in a need", matters.history(NEED, _matter(w), told, rep))


def _of_links(w: Writes, language: str) -> Iterator[Preview]:
    facts = {"id": LONG_ID, "other_id": LONG_ID, "name": w("苏州汇川传感器有限公司"), "short_name": None}
    ends = [
        SimpleNamespace(**facts, kind=kind, turned=turned, last_followup_at=NOW if turned else None)
        for kind, turned in (("dealer", False), ("dealer", True), ("buyer", False), ("gone", False))
    ]
    there = Links(Page(ends, more_before=True, more_after=True), 2)
    book, about = default(), customer(w)
    yield Preview("linked customers", links.links_screen(there, about, book, language, changeable=True))
    read = links.links_screen(replace(there, hidden=0), about, book, language, changeable=False)
    yield Preview("linked customers that one may only read", read)
    none = links.links_screen(Links(Page(()), 0), about, book, language, changeable=True)
    yield Preview("nobody is linked", none)
    yield Preview("which link is to go", links.cut_screen(there, about, book, language))


def _of_doubles(w: Writes, language: str) -> Iterator[Preview]:
    name, twin = w("深圳市华宁电子有限公司"), w("华宁电子（深圳）科技有限公司")
    sides = [Side(LONG_ID + at, one, w("深圳"), w("李娜")) for at, one in enumerate((name, twin))]
    alike = [Pair(*sides, phone) for phone in ("+8613800138000", None)] * 2
    yield Preview("customers that look alike", doubles.pairs_screen(alike, more=True, after=(1, 2)))
    yield Preview("no customers look alike", doubles.pairs_screen([], more=False), people_wrote=False)
    yield Preview("none alike on this page", doubles.pairs_screen([], more=True), people_wrote=False)
    kept, other = customer(w), customer(w)
    other.id, other.name, other.owner_id = LONG_ID + 1, twin, LONG_ID + 1
    fields = [("name", name, twin), ("short_name", w("华宁"), w("华宁科技")), ("type", "a", "b")]
    fields += [("yearly_value", Decimal(128000), Decimal(500000)), ("address", w("科技园南区"), w("高新中一道 9 号"))]
    fields += [
        ("note", w("老板姓陈"), w("换了老板")),
        ("x.rival_seen", w("立讯"), w("长盈")),
        ("owner", LONG_ID, LONG_ID + 1),
    ]
    differ = tuple(Difference(*one) for one in fields)
    goes = {"contact": 3, "visit": 12, "need": 2, "deal": 1, "customer_link": 1, "comment": 4, "attachment": 9}
    full = Merging(kept, other, {LONG_ID: w("李娜"), LONG_ID + 1: w("陈晓东")}, differ, goes)
    for page in (0, 1):
        shown = doubles.merge_screen(full, default(), actor(language), 0b11, page)
        yield Preview(f"a merge before it is done, page {page + 1}", shown)
    pooled = replace(full, differences=(), goes={}, owners={})
    yield Preview("a merge of two with nothing between them", doubles.merge_screen(pooled, default(), actor(language)))
    yield Preview("merged", doubles.merged_screen(LONG_ID, name, twin))
    request = {"id": LONG_ID, "customer_id": LONG_ID, "asked_at": NOW, "reason": None, "known_as": None}
    open_ = SimpleNamespace(**request, state="open")
    yield Preview("asked for handover, out of sight", asking.asked_screen(open_), people_wrote=False)
    seen = SimpleNamespace(**{**request, "known_as": name}, state="withdrawn")
    yield Preview("a request taken back", asking.asked_screen(seen))
    for state in ("open", "agreed", "declined", "withdrawn", "overtaken"):
        row = SimpleNamespace(
            **{**request, "reason": w("正在谈年框，下周签") if state == "declined" else None}, state=state
        )
        yield Preview(f"a request for handover, {state}", asking.request_screen(row, name, w("陈晓东")))
        if state in ("agreed", "declined", "overtaken"):
            heard = asking.answer_screen(row, None if state == "overtaken" else name, w("李娜"))
            yield Preview(f"what the asker hears, {state}", heard, people_wrote=state != "overtaken")
    hidden = SimpleNamespace(**{**request, "reason": w("正在谈年框")}, state="declined")
    yield Preview("declined, out of sight", asking.answer_screen(hidden, None, w("李娜")))
    rows = [SimpleNamespace(id=LONG_ID, asked_at=NOW, asker=w("陈晓东"), customer=name)] * 6
    yield Preview("requests that wait", asking.waiting_screen(Page(rows, more_after=True), actor(language)))
    none = asking.waiting_screen(Page(()), actor(language))
    yield Preview("no request waits", none, people_wrote=False)


def _of_briefs(w: Writes, language: str) -> Iterator[Preview]:
    rep, day = actor(language), date(2026, 3, 11)
    first = SimpleNamespace(what=w("5000套连接器"), due_on=date(2026, 4, 30), check_on=day, count=3)
    full = brief.Brief(
        customer=customer(w),
        talks=[_visit(w, extra={"rival_seen": w("立讯报价低5%")})] * 3,
        people=[contact(w)] * 5,
        need=first,
        trial=first,
        worth=Worth(Decimal(128000), Decimal(500000), 4),
        template=default().visit_template("a"),
    )
    yield Preview("the brief before a visit", brief.brief_screen(full, rep, day, log=True))
    bare = brief.Brief(customer=customer(w, yearly_value=None, next_step_on=None), talks=(), people=())
    yield Preview("the brief before the first visit", brief.brief_screen(bare, rep, day, log=False))


def _of_handover(w: Writes, language: str) -> Iterator[Preview]:
    boss, admin, book = actor(language, Role.MANAGER), actor(language, Role.ADMIN), default()
    person = SimpleNamespace(id=LONG_ID, name=w("李娜"), unit=w("深圳销售一部"), chain=[1])
    types, cities = (("a", 12), ("b", 8), ("c", 5)), tuple((w(one), 9) for one in ("深圳", "东莞", "广州", "惠州"))
    others = tuple((key, 3) for key in sorted(held_keys()))
    held = Holdings(person, 25, types, cities, others)
    stand = SimpleNamespace(deputy=w("马超"), absent=w("李娜"), first=NOW, last=NOW, reason=w("休年假"))
    card = handover.colleague_screen(held, book, boss, [stand, stand], named=True)
    yield Preview("what somebody holds", card)
    bare = handover.colleague_screen(Holdings(person, 0, (), (), ()), book, admin, named=False)
    yield Preview("who holds nothing", bare)
    yield Preview("to whom all goes", handover.rules_screen(held, w("王海燕"), None, book, leaves=False))
    yield Preview("to whom a leaver's go", handover.rules_screen(held, None, "type.a", book, leaves=True))
    yield Preview("which part goes", handover.parts_screen(held, book, boss, leaves=True))
    plan = HandoverPlan(
        id=LONG_ID, from_id=LONG_ID, by_id=1, rule="evenly", to_ids=[1, 2], by_hand={}, part="city.深圳", leaves=True
    )
    near = [SimpleNamespace(id=LONG_ID + at, name=w(name)) for at, name in enumerate(("陈晓东", "周立", "褚亮") * 2)]
    yield Preview("who takes over", handover.who_screen(plan, w("李娜"), {1: w("陈晓东"), 2: w("周立")}, near))
    one = SimpleNamespace(**{**vars(plan), "rule": "one", "part": None, "leaves": False})
    yield Preview("which one takes over", handover.who_screen(one, w("李娜"), {}, near))
    names = tuple(w(one) for one in ("深圳市华宁电子有限公司", "东莞市华腾五金厂", "广州白云轴承有限公司"))
    shares = tuple(Share(LONG_ID + at, w(name), 12, names) for at, name in enumerate(("陈晓东", "周立", "褚亮") * 2))
    made = Outlook(LONG_ID, w("李娜"), shares, {LONG_ID: LONG_ID}, 2, left=True)
    yield Preview("what goes where", handover.preview_screen(Prepared(plan, made), book))
    few = replace(made, shares=shares[:1], stays=0, left=False)
    yield Preview("all to one", handover.preview_screen(Prepared(one, few), book))
    rows = [SimpleNamespace(id=LONG_ID + at, name=names[0], short_name=None) for at in range(6)]
    page = Page(rows, more_before=True, more_after=True)
    yield Preview("who gets whom", handover.planned_screen(page, plan, made, {LONG_ID: w("陈晓东")}))
    people = {one.id: one.name for one in near}
    yield Preview("who gets this one", handover.one_screen(plan, customer(w), people, w("陈晓东")))
    yield Preview("handed over", handover.done_screen(made, boss))
    yield Preview("told who gets customers", handover.received_screen(made, shares[0], w("王海燕"), None))
    yield Preview("told whose they were", handover.given_screen(few, w("王海燕")))
    came = [SimpleNamespace(**vars(row), stage="potential", next_step_on=date(2026, 3, 18)) for row in rows]
    handed = handover.handed_screen(Page(came, more_after=True), LONG_ID, w("李娜"), book, boss)
    yield Preview("what came from a colleague", handed)
    lost = w("深圳市华宁电子有限公司"), w("陈晓东")
    yield Preview("one transferred", handover.transferred_screen(*lost, w("客户搬到上海")))
    yield Preview("told whose it was", handover.lost_screen(*lost, w("王海燕"), w("客户搬到上海")))


def _of_stand_ins(w: Writes, language: str) -> Iterator[Preview]:
    rep, book = actor(language), default()
    me = SimpleNamespace(id=LONG_ID, name=w("李娜"))
    row = SimpleNamespace(
        id=LONG_ID,
        absent_id=LONG_ID,
        absent=w("李娜"),
        deputy_id=2,
        deputy=w("马超"),
        starts_at=NOW,
        ends_at=NOW + timedelta(days=9),
        reason=w("休年假"),
    )
    said = org.N_("✓ Saved. Both are told.")
    yield Preview("who stands in", away.away_screen(me, [row, row, row, row, row], rep, said=said))
    yield Preview("nobody stands in", away.away_screen(SimpleNamespace(id=1, name=w("李娜")), [], rep))
    headline = org.N_("%(deputy)s stands in for %(absent)s")(deputy=w("马超"), absent=w("李娜"))
    yield Preview("told of a stand-in", away.told_screen(headline, row))
    archive = Archive(customer(w), w("李娜"), None, 3)
    team_ = [
        SimpleNamespace(employee_id=LONG_ID + at, name=w("何小雨"), role="technical", since=NOW) for at in range(7)
    ]
    said = org.N_("✓ Saved. Your colleague is told.")
    yield Preview("a team", helpers.helpers_screen(archive, team_, book, rep, changeable=True, said=said))
    yield Preview("a team that one belongs to", helpers.helpers_screen(archive, team_, book, rep, changeable=False))
    yield Preview("nobody helps", helpers.helpers_screen(archive, [], book, rep, changeable=True))
    yield Preview("in which role", helpers.roles_screen(customer(w), book, language))
    yield Preview("one of the team", helpers.member_screen(customer(w), team_[0], book, language))
    words = org.N_("%(by)s asks you to help with %(name)s: %(role)s")(by=w("李娜"), name=w("华宁"), role=w("协助"))
    yield Preview("asked to help", helpers.told_screen(words, LONG_ID))


def _of_pool(w: Writes, language: str) -> Iterator[Preview]:
    boss, book, day = actor(language, Role.MANAGER), default(), date(2026, 3, 11)
    row = SimpleNamespace(
        id=LONG_ID,
        name=w("佛山市顺德家电有限公司"),
        short_name=None,
        city=w("佛山"),
        held_since=NOW - timedelta(days=12),
    )
    new = SimpleNamespace(**{**vars(row), "held_since": NOW, "city": None})
    full, one = Page([row, new] * 3, more_before=True, more_after=True), book.pools[0]
    south = one.model_copy(update={"key": "south", "title": {"zh": "华南公海", "en": "South pool"}})
    yield Preview("the pool", pool.pool_screen(full, [one], one, boss, day, Where.NEW))
    yield Preview("several pools", pool.pool_screen(full, [one, south], one, boss, day, Where.NEW))
    yield Preview("an empty pool", pool.pool_screen(Page(()), [one], one, boss, day, Where.NEW), people_wrote=False)
    yield Preview("found in the pool", pool.found_screen(full, boss, w("顺德"), day))
    held = customer(w, owner_id=None, pool="main")
    card = Card(held, one, ("138****8000",), 2, 12, w("李娜"), "return", w("换了采购，没有需求"), 3)
    yield Preview("a pooled customer", pool.card_screen(card, boss, book, 40))
    gone = replace(card, kind="recycle", reason="main no_followup 90", days=0)
    yield Preview("a recycled customer", pool.card_screen(gone, actor(language), book, None))
    mine = customer(w, pool_due_on=date(2026, 3, 17), pool_rule="main no_followup 90")
    keeping = Keeping(mine, mine.pool_due_on, 6, mine.pool_rule, None, False, False, None, 1)
    yield Preview("a deadline", pool.keep_screen(keeping))
    locked = replace(keeping, kept="locked", locked=True, days_left=0)
    yield Preview("a deadline of a locked one", pool.keep_screen(locked, said=pool.GRANTED))
    yield Preview("no deadline", pool.keep_screen(replace(keeping, due_on=None, days_left=None, rule=None)))
    yield Preview("the last day", pool.warning_screen(mine))
    yield Preview("the last day is settled", pool.settled_screen(mine))
    yield Preview("an owner is not reached", pool.unreachable_screen(mine, w("李娜")))
    yield Preview("gone to the pool", pool.recycled_screen(mine, "main not_won 180"))
    yield Preview("given from the pool", pool.assigned_screen(mine, w("王海燕")))
    asked = replace(keeping, waiting=True, request=LONG_ID, kept="asked")
    yield Preview("more time is asked for", pool.keep_screen(asked, said=pool.ASKED(name=w("王海燕"))))
    yield Preview("put back", pool.given_back_screen(mine))
    yield Preview("given to a colleague", pool.given_screen(mine, w("陈晓东")))


def _of_proposals(w: Writes, language: str) -> Iterator[Preview]:
    made = previews_of_proposals(w, default(), language, NOW)
    yield from (Preview(name, screen, people_wrote) for name, screen, people_wrote in made)


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
    amended.append({"label": org.N_("Email"), "stays": org.N_("stays, it was changed since")})
    yield Preview("an edited message", Screen("forms/amended.html", {"title": title, "lines": amended}))
    same = Screen("forms/amended.html", {"title": title, "lines": []})
    yield Preview("an edited message that says the same", same, people_wrote=False)
    yield Preview("a form that was cancelled", Screen("forms/cancelled.html", {"title": title}), people_wrote=False)


def _trip(w: Writes, **given: Any) -> Any:
    facts = {
        "id": LONG_ID,
        "employee_id": LONG_ID,
        "employee": w("李娜"),
        "place": w("苏州工业园区"),
        "since": date(2026, 3, 16),
        "until": date(2026, 3, 18),
        "purpose": w("拜访汇川，谈年框，看产线"),
        "cost": Decimal("2600.00"),
        "state": "approved",
        "began_at": None,
    }
    return SimpleNamespace(**{**facts, **given})


def _claim(w: Writes, **given: Any) -> Any:
    facts = {
        "id": LONG_ID,
        "employee_id": 1,
        "employee": w("李娜"),
        "trip_id": LONG_ID,
        "task": "sales",
        "stage": "negotiation",
        "purpose": w("苏州出差"),
        "amount": Decimal("12800.50"),
        "state": "running",
        "claimed_on": date(2026, 3, 19),
        "paid_at": None,
        "paid_by": None,
        "flags": ["late", "no_visit", "over_limit"],
    }
    return SimpleNamespace(**{**facts, **given})


def _of_expenses(w: Writes, language: str) -> Iterator[Preview]:
    book, rep, finance = default(), actor(language), actor(language, Role.FINANCE)
    waits = expenses.Standing([w("王海燕"), w("赵敏")], expenses.N_("✓ Marked as paid."))
    ended = expenses.Standing()
    names = [w("苏州汇川技术有限公司"), w("苏州明志机械有限公司")]
    yield Preview("a trip", expenses.trip_screen(_trip(w, state="running"), names, rep, waits))
    yield Preview("a trip that is approved", expenses.trip_screen(_trip(w, began_at=NOW), names, rep, ended))
    listed = Page([_trip(w, state=one) for one in ("running", "returned", "approved")] * 2, True, True)
    yield Preview("trips", expenses.trips_screen(listed, rep, LONG_ID))
    yield Preview("no trips", expenses.trips_screen(Page(()), rep, LONG_ID), people_wrote=False)
    item = {"amount": Decimal("1680.00"), "spent_on": date(2026, 3, 16), "city": w("苏州"), "note": w("两晚")}
    items = [
        SimpleNamespace(id=at, kind=kind, days=days, receipts=days, **item)
        for at, (kind, days) in enumerate((("hotel", 2), ("train", 1), ("allowance", 3), ("gone", 1)))
    ]
    days = [date(2026, 3, 16 + at) for at in range(5)]
    found = [
        Found(Finding.NO_TRIP, {"days": days}),
        Found(Finding.OTHER_DAYS, {"days": days, "since": days[0], "until": days[2]}),
        Found(Finding.NO_VISIT, {"days": days[:2]}),
        Found(
            Finding.OVER_LIMIT,
            {"kind": "hotel", "day": days[0], "amount": Decimal(1680), "most": Decimal(800)},
        ),
        Found(Finding.SAME_RECEIPT, {"claim": LONG_ID, "name": w("陈晓东"), "day": days[0]}),
        Found(Finding.SAME_COST, {"claim": LONG_ID, "kind": "hotel", "day": days[0], "amount": Decimal(1680)}),
        Found(Finding.LATE, {"day": days[0], "days": 38, "after": 30}),
        Found(Finding.DEAR, {"kind": "hotel", "amount": Decimal(840), "middle": Decimal("300.50"), "lines": 12}),
    ]
    odd = WholeClaim(_claim(w), items, names, _trip(w), found)
    plain_ = WholeClaim(_claim(w, trip_id=None, stage=None), items[:1], (), None, ())
    yield Preview("a claim", expenses.claim_screen(odd, book, rep, waits))
    yield Preview("a claim without findings", expenses.claim_screen(plain_, book, rep, ended))
    back = replace(odd, row=_claim(w, state="returned", employee_id=LONG_ID))
    yield Preview("a claim that was sent back", expenses.claim_screen(back, book, rep, ended))
    granted = replace(odd, row=_claim(w, state="approved"))
    yield Preview("a claim to be paid", expenses.claim_screen(granted, book, finance, ended))
    paid = replace(plain_, row=_claim(w, state="approved", paid_at=NOW, paid_by=w("赵敏")))
    yield Preview("a claim that is paid", expenses.claim_screen(paid, book, finance, ended))
    yield Preview("lines and checks", expenses.lines_screen(odd, book, ""))
    yield Preview("lines and checks, further", expenses.lines_screen(odd, book, "1"))
    yield Preview("lines without findings", expenses.lines_screen(plain_, book, ""))
    yield Preview("receipts of a claim", expenses.receipts_screen(_claim(w), 3, 1))
    page = Page([_claim(w), _claim(w, flags=[], state="approved")] * 3, True, True)
    yield Preview("claims", expenses.claims_screen(page, rep, LONG_ID))
    yield Preview("no claims", expenses.claims_screen(Page(()), rep, LONG_ID), people_wrote=False)
    yield Preview("claims to be paid", expenses.to_pay_screen(page, finance))
    yield Preview("all claims", expenses.audit_screen(page, finance, flagged=False))
    yield Preview("flagged claims", expenses.audit_screen(page, finance, flagged=True))
    kinds = [one.key for one in book.expense_kinds]
    spent = [
        SpentOn(year, month, kind, Decimal("12800.50"), 12)
        for year in (2026, 2025, 2024, 2023, 2022)
        for month in range(12, 0, -1)
        for kind in kinds
    ]
    told = expenses.history_screen(w("李娜"), LONG_ID, spent, book, rep, 2024)
    yield Preview("all expenses of a person", told)
    yield Preview("no expenses of a person", expenses.history_screen(w("李娜"), LONG_ID, (), book, rep))


def _of_leave(w: Writes, language: str) -> Iterator[Preview]:
    book, rep = default(), actor(language)
    facts = {"id": LONG_ID, "employee_id": LONG_ID, "employee": w("李娜"), "kind": "annual", "days": 5}
    facts |= {"since": date(2026, 4, 1), "until": date(2026, 4, 8), "reason": w("回老家"), "state": "approved"}
    row = SimpleNamespace(**facts)
    said = expenses.Standing((), leave.N_("✅ Your leave is granted. Who stands in for you?"))
    yield Preview("leave", leave.leave_screen(row, book, rep, said, left=5))
    bare = SimpleNamespace(**{**facts, "reason": None, "kind": "sick", "state": "running"})
    waits = expenses.Standing([w("王海燕")])
    yield Preview("leave with a stand-in", leave.leave_screen(bare, book, rep, waits, deputies=[w("马超")]))
    balances = [Balance("annual", 10, 5, 1), Balance("personal", 15, 0, 0), Balance("sick", None, 3, 0)]
    page = Page([row] * 6, True, True)
    yield Preview("leaves", leave.leaves_screen(page, book, balances, rep, LONG_ID), people_wrote=False)
    yield Preview("no leaves", leave.leaves_screen(Page(()), book, (), rep, LONG_ID), people_wrote=False)


def _of_form(form: Form, w: Writes, language: str) -> Iterator[Preview]:
    handle = Handle(LONG_ID, 99_999)
    full = State({one.name: sample(one.kind, w) for one in form.fields})
    wrote = any(isinstance(one.kind, Text | Ref | Pasted) for one in form.fields)

    def drawn(name: str, outcome: Outcome, known: Facts, *, wrote: bool = wrote) -> Preview:
        return Preview(f"{form.key}: {name}", view(form, outcome, known, handle), wrote)

    known = facts(language, w)
    yield drawn("the card", Outcome(full), known)
    yield drawn("the card refuses", Outcome(full, DomainError("form.card_is_ready")), known)
    menu = Outcome(replace(full, asking=MENU))
    yield drawn("the menu", menu, known)
    for page in range(1, _count_of_pages(form, menu, known, handle)):
        yield drawn(f"the menu, page {page + 1}", menu, replace(known, page=page), wrote=False)
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
        for page in range(1, _count_of_pages(form, alone, known, handle)):
            yield drawn(f"{one.name}, page {page + 1}", alone, replace(known, page=page), wrote=False)
    doubt = DomainError("customer.similar", field="name", name=w("华宁电子"), owner=w("周立"))
    if form.key == "customer.new":
        yield drawn("a doubt", Outcome(replace(full, asking="name"), doubt), known)


def _count_of_pages(form: Form, outcome: Outcome, known: Facts, handle: Handle) -> int:
    """How often More leads on before the first page comes again."""
    seen, page = 0, -1
    while page != 0:
        drawn = view(form, outcome, replace(known, page=max(page, 0)), handle)
        turns = [one.arg for row in drawn.rows for one in row if one.arg.startswith("page.")]
        page = int(turns[0].removeprefix("page.")) if turns else 0
        seen += 1
    return seen


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
            yield Preview(f"{form.key}: {one.name}, {name}", screen, people_wrote=False, grid=True)


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
        "defaults": {
            "type": "new",
            "category": "prospect",
            "industry": "other",
            "source": "company",
            "stage": "target",
            "status": "normal",
        },
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
    yield Preview("columns of an import", exchange.columns_screen(ready, book, language))
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
    took = SimpleNamespace(id=LONG_ID, at=NOW, who=w("王海燕"), what="export", count=120, facts={})
    seen = SimpleNamespace(
        id=1, at=NOW, who=w("王海燕"), what="look", count=1, facts={"name": w("深圳市华宁电子有限公司")}
    )
    yield Preview("who looked, who exported", exchange.access_screen(Page([took, seen]), actor(language)))


def _of_budgets(w: Writes, language: str) -> Iterator[Preview]:
    boss, book, day = actor(language, Role.FINANCE), default(), date(2026, 3, 11)
    row = SimpleNamespace(
        id=LONG_ID,
        name=w("深圳分公司市场推广"),
        content="marketing",
        since=date(2026, 1, 1),
        until=date(2026, 12, 31),
        task=w("深圳电子展"),
        task_kind="market",
        stage="solution",
        amount=Decimal(120_000),
        held=Decimal(35_000),
        committed=Decimal("42800.50"),
        status="open",
        revision=9,
        unit=w("深圳分公司"),
        owner=w("赵敏"),
    )
    over = SimpleNamespace(**{**vars(row), "committed": Decimal(99_000), "task": None})
    closed = SimpleNamespace(**{**vars(row), "status": "closed", "until": date(2026, 3, 31)})
    full = Page([row, over, closed] * 2, more_before=True, more_after=True)
    yield Preview("budgets", budgets.list_of(full, boss, day))
    yield Preview("no budgets", budgets.list_of(Page(()), actor(language), day), people_wrote=False)
    yield Preview("budgets with closed ones", budgets.list_of(full, boss, day, live=False))
    asking = [
        SimpleNamespace(approval_id=LONG_ID, title=w("深圳电子展"), applicant=w("李娜"), amount=Decimal(60_000))
    ] * 5
    saved = budgets.N_("✓ Saved.")
    yield Preview("a budget", budgets.card(row, boss, day, book, asking=asking, said=saved))
    yield Preview("a budget that is overrun", budgets.card(over, actor(language), day, book))
    yield Preview("a closed budget", budgets.card(closed, boss, day, book))
    yield Preview("which field of a budget to change", budgets.edit_screen(row))
    entry = {
        "day": day,
        "applicant": w("李娜"),
        "title": w("深圳电子展"),
        "amount": Decimal(4000),
        "state": "committed",
    }
    spent = [SimpleNamespace(id=LONG_ID, **entry, over=at, allowed_by=w("赵敏")) for at in (0, 200)]
    yield Preview("what was spent of a budget", budgets.spent_screen(row, Page(spent * 3, more_after=True)))
    yield Preview("nothing was spent of a budget", budgets.spent_screen(row, Page(())))
    yield Preview("requests over a budget", budgets.over_screen(row, asking, boss))
    yield Preview("no request over a budget", budgets.over_screen(row, [], boss))
    stand = Standing(
        "marketing",
        Decimal(60_000),
        LONG_ID,
        w("深圳分公司市场推广"),
        Decimal(120_000),
        Decimal(42_000),
        Decimal(18_000),
        None,
        True,
    )
    told = (w("深圳电子展"), w("李娜"), LONG_ID, boss)
    yield Preview("asked to go over a budget", budgets.asked_screen([stand], *told))
    yield Preview("allowed to go over a budget", budgets.asked_screen([stand], *told, by=w("赵敏")))


def _of_budget_report(w: Writes, language: str) -> Iterator[Preview]:
    book, day = default(), date(2026, 3, 11)
    names = (w("深圳分公司"), w("上海分公司"), w("成都办事处"), w("苏州办事处"), w("武汉办事处"), w("西安办事处"))
    lines = [
        Spent_(
            str(at), name, Decimal(100_000), Decimal(9000), Decimal(30_000 * at), won=Decimal(800_000), paid=Decimal(5)
        )
        for at, name in enumerate(names)
    ]
    total = Spent_("", None, Decimal(600_000), Decimal(54_000), Decimal(450_000), won=Decimal(4_800_000))
    for by, name in ((By.REGION, "regions"), (By.DEPARTMENT, "departments")):
        sight = budgets_report.Sight(by=by, content="operations", kind="operations", unit=LONG_ID)
        made = Report(sight.wanted(day), lines, total, w("深圳分公司"))
        yield Preview(f"a report of {name}", budgets_report.text_screen(made, sight, book, language, day))
        yield Preview(f"a chart of {name}", budgets_report.chart_screen(made, sight, book, language, day))
    sent = {"sender": w("赵敏"), "note": w("请看一下")}
    yield Preview("a report that was sent", budgets_report.text_screen(made, sight, book, language, day, **sent))
    sight = budgets_report.Sight(by=By.TASK)
    task = [
        replace(one, key=w("深圳电子展"), name=w("深圳电子展"), unit=w("深圳分公司"), kind="market")
        for one in lines[:2]
    ]
    made = Report(sight.wanted(day), task, total)
    yield Preview("a report of projects", budgets_report.text_screen(made, sight, book, language, day))
    none = Report(sight.wanted(day), [], Spent_(""))
    yield Preview(
        "a report of nothing", budgets_report.text_screen(none, sight, book, language, day), people_wrote=False
    )
    units = [SimpleNamespace(id=LONG_ID + at, name=name) for at, name in enumerate(names * 3)]
    for part in ("by", "period", "content", "kind", "unit"):
        picked = budgets_report.pick_screen(part, 0, sight, book, units, language, day)
        yield Preview(f"what a report is narrowed to: {part}", picked, people_wrote=part == "unit")
