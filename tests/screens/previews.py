"""Every screen there is, with believable people and customers in it: drawn by the tests, and a place to look at them.

Each preview is made from a function `w` that everything a person once wrote goes through, so that the tests can put
hostile words in its place.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from conversations.engine import MENU, Outcome, State
from conversations.form import Facts, Field, Form, Option, forms
from conversations.kinds.base import Kind
from conversations.kinds.choices import Choice, Entry
from conversations.kinds.files import Files
from conversations.kinds.media import Photos, Place
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.reference import Ref
from conversations.kinds.times import Day, Moment
from conversations.view import Handle, view
from crm_core.attachments.content import REASONS
from crm_core.attachments.lost import Lost, Record
from crm_core.attachments.service import Attached, FileRef
from crm_core.customers.models import Customer
from crm_core.customers.queries import Archive
from crm_core.drafts.models import Draft
from crm_core.kit.errors import DomainError
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.playbook.service import default
from handlers import routing
from handlers.turn import Turn
from reminders import clock, digest
from reminders.rules import Line, rules
from screens import attachments, customers, lists, org, system, visits
from screens.screen import Screen

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
    yield from _of_visits(w, language)
    yield from _of_attachments(w, language)
    yield from _of_reminders(w, language)
    yield from _of_forms(w, language)


def _menu() -> list[tuple[str, Any]]:
    known = sorted(routing.commands().values(), key=lambda one: one.order)
    return [(one.name, one.menu) for one in known if one.name != "start"]


def _of_system(w: Writes, language: str) -> Iterator[Preview]:
    yield Preview("help", system.help_screen(_menu()), people_wrote=False)
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
    yield Preview("people", org.people_screen(full, language), buttons_most=8)
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
        "contact_name": w("王建国"),
        "phone": "+8613800138000",
        "note": w("每季度对账，样品先寄前台。"),
        "yearly_value": Decimal("1280000.00"),
        "owner_id": LONG_ID,
        "next_step_on": date(2026, 3, 18),
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
    }
    return SimpleNamespace(**{**facts, **given})


def _of_customers(w: Writes, language: str) -> Iterator[Preview]:
    book, rep = default(), actor(language)
    boss = actor(language, Role.MANAGER, has_reports=True)
    talks = [_visit(w), _visit(w, kind="phone"), _visit(w, kind="first")]
    fresh = Archive(customer(w), w("李娜"), None, 3)
    stale = Archive(customer(w, owner_id=1), w("李娜"), 45, 45)
    bare = customer(
        w, city=None, contact_name=None, phone=None, note=None, yearly_value=None, next_step_on=None, type="gone"
    )
    yield Preview("an archive", customers.archive_screen(fresh, rep, book, talks, saved=True))
    yield Preview("a stale archive of a report", customers.archive_screen(stale, boss, book, talks))
    yield Preview("a bare archive", customers.archive_screen(Archive(bare, w("李娜"), None, None), rep, book))
    finance = actor(language, Role.FINANCE)
    yield Preview("an archive that one may only read", customers.archive_screen(stale, finance, book, talks))
    yield Preview("a new archive", customers.created_screen(customer(w)))
    yield Preview("which field to change", customers.edit_menu(customer(w)))
    history = [_change(w, "change"), _change(w, "create"), _change(w, "touch")]
    yield Preview("who changed what", customers.history_screen(customer(w), history, book, language))
    row = SimpleNamespace(
        **{
            **vars(_visit(w)),
            "name": w("华宁电子"),
            "owner": w("李娜"),
            "owner_id": 1,
            "city": None,
            "short_name": None,
        }
    )
    own = SimpleNamespace(**{**vars(row), "owner_id": LONG_ID, "city": w("深圳"), "contact_name": None})
    full = Page([row, own, row, own, row, own], more_before=True, more_after=True)
    yield Preview("my customers", customers.customers_screen(full, rep), buttons_most=8)
    yield Preview("no customers", customers.customers_screen(Page(()), rep), people_wrote=False)
    yield Preview("several found", customers.found_screen(full, rep, w("华宁")), buttons_most=8)
    yield Preview("nobody found", customers.found_screen(Page(()), rep, w("华宁")))
    long = customers.found_screen(Page(()), rep, "深圳市南山区高新技术产业园区华宁精密电子股份有限公司" * 3)
    yield Preview("nobody found by very many words", long, people_wrote=False)


def _change(w: Writes, verb: str) -> Any:
    before, after = {"phone": "+8613800138000", "type": "b"}, {"phone": "+8613900139000", "type": "a"}
    if verb == "change":
        before, after = before | {"contact_name": w("王建国")}, after | {"contact_name": w("李建国")}
    known = {"create": (w("李娜"), {}, {}), "change": (w("李娜"), before, after), "touch": (None, {}, {"x": "1"})}
    who, old, new = known[verb]
    return SimpleNamespace(at=NOW, name=who, verb="create" if verb == "create" else "change", before=old, after=new)


def _of_visits(w: Writes, language: str) -> Iterator[Preview]:
    rep = actor(language)
    photos = [Attached(1, "photo"), Attached(2, "photo"), Attached(3, "photo", state="gone")]
    yield Preview("visit logged", visits.logged_screen(_visit(w)))
    yield Preview("visit logged, nothing next", visits.logged_screen(_visit(w, next_on=None)))
    yield Preview("a visit with photos", visits.visit_screen(_visit(w), photos))
    yield Preview("a visit", visits.visit_screen(_visit(w, next_on=None), []))
    caption = Screen("visits/photos.html", {"v": _visit(w), "count": 2, "later": 1}, photo="AgACAgUAAxk")
    yield Preview("photos of a visit", caption)
    page = Page([_visit(w)] * 6, more_before=True, more_after=True)
    yield Preview("visits of a customer", visits.visits_screen(page, rep, LONG_ID), buttons_most=8)
    yield Preview("no visits yet", visits.visits_screen(Page(()), rep, LONG_ID), people_wrote=False)
    day = date(2026, 3, 11)
    none = _visit(w, employee_id=3, employee=w("陈晓东"), visit_id=None)
    team = [_visit(w), _visit(w), _visit(w, employee_id=2, employee=w("周立")), none]
    yield Preview("today of a rep", visits.today_screen(day, [_visit(w)] * 3, (), is_manager=False))
    yield Preview("today, nothing yet", visits.today_screen(day, (), (), is_manager=False), people_wrote=False)
    yield Preview("today of a manager", visits.today_screen(day, [_visit(w)], team, is_manager=True))


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


SAMPLES: dict[type[Kind[Any]], Callable[[Any, Writes], Any]] = {
    Text: lambda _, w: w("谈了年框"),
    Money: lambda _, _w: "12800.00",
    Phone: lambda _, _w: "+8613800138000",
    Choice: lambda kind, _w: next(iter(kind.members)).value,
    Entry: lambda kind, _w: default().entries(kind.dictionary)[0].key,
    Ref: lambda _, w: {"id": LONG_ID, "label": w("深圳市华宁电子有限公司")},
    Day: lambda _, _w: "2026-03-18",
    Moment: lambda _, _w: "2026-03-11T09:30:00+08:00",
    Files: lambda _, w: [asdict(FileRef(7, f"h{at}", f"u{at}", "document", w("年框合同.pdf"))) for at in range(3)],
    Photos: lambda _, _w: [[700100200, f"AgACAgUAAxk{at}", f"AQAD{at}"] for at in range(3)],
    Place: lambda _, _w: [22.5405, 113.9346],
}


def sample(kind: Kind[Any], w: Writes = plain) -> Any:
    """A believable answer of a kind, as a draft stores it. A new kind needs one here."""
    assert type(kind) in SAMPLES, f"a new kind of field: give previews.SAMPLES a {type(kind).__name__}"
    return SAMPLES[type(kind)](kind, w)


def facts(language: str, w: Writes = plain, **given: Any) -> Facts:
    options = tuple(Option(LONG_ID, w("深圳市华宁电子有限公司"), w("深圳")) for _ in range(5))
    return Facts(NOW, SHANGHAI, language, default(), **{"options": options, **given})


def _of_forms(w: Writes, language: str) -> Iterator[Preview]:
    for form in forms().values():
        yield from _of_form(form, w, language)
    title = forms()["visit.log"].title
    yield Preview("a form that was cancelled", Screen("forms/cancelled.html", {"title": title}), people_wrote=False)


def _of_form(form: Form, w: Writes, language: str) -> Iterator[Preview]:
    handle = Handle(LONG_ID, 99_999)
    full = State({one.name: sample(one.kind, w) for one in form.fields})
    wrote = any(isinstance(one.kind, Text | Ref) for one in form.fields)

    def drawn(name: str, outcome: Outcome, known: Facts, *, wrote: bool = wrote) -> Preview:
        return Preview(f"{form.key}: {name}", view(form, outcome, known, handle), wrote)

    known = facts(language, w)
    yield drawn("the card", Outcome(full), known)
    yield drawn("the card refuses", Outcome(full, DomainError("form.card_is_ready")), known)
    yield drawn("the menu", Outcome(replace(full, asking=MENU)), known)
    for one in form.fields:
        state = replace(full, asking=one.name)
        yield drawn(f"{one.name} again", Outcome(state), known)
        alone = Outcome(State(asking=one.name))
        yield drawn(f"{one.name} first", alone, known, wrote=isinstance(one.kind, Ref))
        if isinstance(one.kind, Ref):
            yield from _of_search(form, one, w, language, handle)
        for page in range(1, -(-len(one.kind.chips(known)) // 10)):
            yield drawn(f"{one.name}, page {page + 1}", alone, replace(known, page=page), wrote=False)
    doubt = DomainError("customer.similar", field="name", name=w("华宁电子"), owner=w("周立"))
    if form.field("name"):
        yield drawn("a doubt", Outcome(replace(full, asking="name"), doubt), known)


def _of_search(form: Form, one: Field, w: Writes, language: str, handle: Handle) -> Iterator[Preview]:
    state = Outcome(State(asking=one.name))
    for name, known in {
        "none found": facts(language, w, options=(), searched=w("华宁")),
        "several found": facts(language, w, searched=w("华宁")),
        "many found": facts(language, w, searched=w("华宁"), more=True),
    }.items():
        yield Preview(f"{form.key}: {one.name}, {name}", view(form, state, known, handle))


__all__ = ["Preview", "lists", "previews", "sample"]
