"""What is kept of one contact behind the card: standing, ties, the personal file, days, gifts, posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from crm_core.contacts.days import yearly
from crm_core.contacts.gifts import Spent
from crm_core.contacts.moves import Post
from crm_core.contacts.service import called
from crm_core.contacts.ties import Ties
from crm_core.custom_fields.service import PREFIX
from crm_core.erasure.permissions import ERASE
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.kit.words.amounts import short_amount, write_amount
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook
from screens.catalogue import say
from screens.contacts_tree import KEY as TREE
from screens.contacts_tree import standing_words
from screens.custom_fields import shown
from screens.erasure import ASK, LABEL
from screens.lists import List, list_screen
from screens.screen import N_, Button, Place, Row, Screen, Titled, Words, fit, in_rows, page_rows
from screens.words.contacts import ATTITUDES, ROLES
from screens.words.yearly import yearly_words

GIFTS: Final = List(
    "contact.gifts", title=N_("Gifts and costs"), empty=N_("Nothing spent on this person yet."), opens="contact.gift"
)
STANDING: Final = N_("Decision role")
_TIES: Final = N_("Reporting and relations")
_FILE: Final = N_("Personal file")
_DAYS: Final = N_("Important days")
_POSTS: Final = N_("Posts")
_MINDER: Final = N_("Who looks after")
_MOST_LINES: Final = 7
_MOST_REMOVED: Final = 4
_MOST_YEARS: Final = 3


@dataclass(frozen=True, slots=True)
class Beside:
    """What the screens of one contact show beside the record."""

    days: Sequence[Any] = ()
    spent: Sequence[Spent] = ()
    ties: Ties | None = None
    minder: str | None = None
    own: bool = False  # the company asks something of such people


def _back(row: Any) -> Row:
    return (Button(N_("« Back"), "contact.more", row.id),)


def _tell(label: Words, row: Any, form: str) -> Button:
    """Opens the form of that name about the contact."""
    return Button(label, "contact.tell", row.id, row.revision, form)


def _lines(row: Any, title: Words, lines: Sequence[Words], empty: Words, rows: Sequence[Row]) -> Screen:
    facts = {"who": called(row), "title": title, "lines": lines[:_MOST_LINES], "empty": empty, "more": None}
    return Screen("contacts/lines.html", facts, tuple(one for one in rows if one))


def _open(row: Any) -> bool:
    """Whether the actor may change it: who has gone stays as it was."""
    return row.changeable and row.left_at is None


def more_screen(row: Any, beside: Beside, today: date, actor: Actor) -> Screen:
    """An overview, and the ways to each part."""
    lines: list[Words] = []
    if standing := standing_words(row, actor.language):
        lines.append(standing)
    if beside.ties is not None and beside.ties.boss is not None:
        lines.append(N_("Reports to %(name)s")(name=called(beside.ties.boss)))
    if beside.minder:
        lines.append(N_("Looked after by %(owner)s")(owner=beside.minder))
    lines += [_day(day, today, actor) for day in beside.days[:1]]
    if row.hobbies:
        lines.append(N_("Likes: %(hobbies)s")(hobbies=_hobbies(row, actor)))
    if beside.spent and beside.spent[0].year == today.year:
        lines.append(N_("Spent this year: %(amount)s")(amount=write_amount(beside.spent[0].amount, actor.language)))
    parts = {
        "contact.standing": STANDING,
        "contact.ties": _TIES,
        "contact.file": _FILE,
        "contact.days": _DAYS,
        GIFTS.key: GIFTS.title,
        "contact.posts": _POSTS,
        "contact.mind": _MINDER,
    }
    if beside.own:
        parts["contact.own"] = N_("Our own fields")
    buttons = [Button(label, key, row.id) for key, label in parts.items()]
    buttons.append(Button(N_("Decision tree"), TREE, row.customer_id, arg="p0"))
    if may(actor, ERASE) and row.erased_at is None:
        buttons.append(Button(LABEL, ASK, row.id))
    empty = N_("Little is known yet. Tap a part to fill it in.")
    return _lines(row, N_("More"), lines, empty, (*in_rows(buttons), (Button(N_("« Back"), "contact", row.id),)))


def standing_screen(row: Any, actor: Actor, view: str = "r") -> Screen:
    """Decision roles (`r`, CT04), or attitude and influence (`a`, CT05): a tap sets, another one takes away."""
    standing = standing_words(row, actor.language)
    lines: list[Words] = [standing] if standing else []
    if not _open(row):
        return _lines(row, STANDING, lines, N_("Nothing known yet."), (_back(row),))

    def button(label: Words, what: str, *, on: bool) -> Button:
        return Button(N_("☑ %(what)s")(what=label) if on else label, "contact.stand", row.id, arg=what)

    def turn(label: Words, to: str) -> Button:
        return Button(label, "contact.standing", row.id, arg=to)

    if view == "r":
        hint = N_("Which part does this person play when something is bought? Tap what fits.")
        roles = [
            button(words, f"r.{role.value}.{int(role.value not in row.roles)}", on=role.value in row.roles)
            for role, words in ROLES.items()
        ]
        rows = (*in_rows([*roles, turn(N_("Attitude, influence ›"), "a")]), _back(row))
        return _lines(row, STANDING, [*lines, hint], hint, rows)
    attitudes = [
        button(words, f"a.{'' if row.attitude == one.value else one.value}", on=row.attitude == one.value)
        for one, words in ATTITUDES.items()
    ]
    weights = tuple(
        button(f"{at}", f"i.{'' if row.influence == at else at}", on=row.influence == at) for at in range(1, 6)
    )
    hints = (N_("What do they think of us?"), N_("Influence on what they buy: 1 little, 5 very much."))
    rows = (*in_rows(attitudes), weights, (turn(N_("« Back"), "r"),))
    return _lines(row, STANDING, [*lines, *hints], hints[0], rows)


def minder_screen(row: Any, colleagues: Sequence[Any]) -> Screen:
    """Who of us looks after this person: the owner, unless somebody of the team is chosen (CT10)."""
    chosen = row.minded_by if any(one.id == row.minded_by for one in colleagues) else row.owner_id
    names = {one.id: one.name for one in colleagues}
    lines: list[Words] = [N_("Looked after by %(owner)s")(owner=names[chosen])] if chosen in names else []
    buttons: list[Row] = []
    if _open(row):
        buttons = [(Button(_chosen(one, chosen), "contact.mind", row.id, arg=str(one.id)),) for one in colleagues[:5]]
    return _lines(row, _MINDER, lines, N_("Nobody looks after this customer at the moment."), (*buttons, _back(row)))


def _chosen(one: Any, chosen: int | None) -> str:
    name = fit(one.name, 36)
    return f"✓ {name}" if one.id == chosen else name


def ties_screen(row: Any, ties: Ties, book: Playbook, actor: Actor, *, saved: bool = False) -> Screen:
    """The superior, who reports here, and personal relations (CT03, CT05); people are a tap away."""
    lines: list[Words] = [N_("✓ Saved.")] if saved else []
    if ties.boss is not None:
        lines.append(N_("Reports to %(name)s")(name=_named(ties.boss)))
    if ties.reports:
        names = " · ".join(called(one) for one in ties.reports)
        lines.append(N_("Leads %(count)s: %(names)s")(count=len(ties.reports), names=fit(names, 50)))
    lines += [_relation(one, row, book, actor) for one in ties.relations]
    rows: list[Row] = []
    if _open(row):
        boss = [_tell(N_("↥ Reports to…"), row, "boss")]
        if ties.boss is not None:
            boss.append(Button(N_("✖ No superior"), "contact.stand", row.id, arg="b."))
        rows = [tuple(boss), (_tell(N_("➕ Relation"), row, "relate"),)]
        drops = [
            Button(N_("✖ %(name)s")(name=fit(called(one), 12)), "contact.drop", one.id, arg=f"relation.{row.id}")
            for one in ties.relations[:_MOST_REMOVED]
        ]
        rows += in_rows(drops)
    return _lines(row, _TIES, lines, N_("No superior and no relations known yet."), (*rows, _back(row)))


def _named(one: Any) -> str:
    return " ".join(filter(None, (called(one), one.title)))


def _relation(one: Any, row: Any, book: Playbook, actor: Actor) -> Words:
    kind = book.title("relation_kinds", one.kind, actor.language)
    where = "" if one.customer_id == row.customer_id else without_form(one.customer)
    who = " · ".join(filter(None, (_named(one), where)))
    if one.note:
        return N_("%(kind)s: %(who)s (%(note)s)")(kind=kind, who=who, note=fit(one.note, 40))
    return N_("%(kind)s: %(who)s")(kind=kind, who=who)


def file_screen(row: Any, book: Playbook, actor: Actor, page: int = 0, *, saved: bool = False) -> Screen:
    """The personal file (CT06): the playbook's fields, hobbies (CT07), and free words."""
    fields = [one for one in book.personal_file if one.fits(row.customer_type)]
    lines: list[Words] = [
        N_("%(field)s: %(value)s")(field=Titled(one.title), value=fit(shown(one, row.file[one.key], actor), 80))
        for one in fields
        if one.key in row.file
    ]
    if row.hobbies:
        lines.insert(0, N_("Likes: %(hobbies)s")(hobbies=_hobbies(row, actor)))
    if row.about:
        lines.append(" ".join(row.about.split()))
    lines = [N_("✓ Saved."), *lines] if saved else lines
    buttons: list[Button] = []
    if _open(row):
        buttons = [_tell(N_("✎ Hobbies"), row, "hobbies"), _tell(N_("✎ Notes"), row, "about")]
        buttons += [_tell(Titled(one.title), row, PREFIX + one.key) for one in fields]
    rows = page_rows(buttons, page, _back(row)[0], Button(N_("More ›"), "contact.file", row.id))
    return _lines(row, _FILE, lines, N_("Nothing in the file yet."), rows)


def _hobbies(row: Any, actor: Actor) -> str:
    return fit(("、" if actor.language == "zh" else ", ").join(row.hobbies), 60)


def days_screen(row: Any, days: Sequence[Any], today: date, actor: Actor, *, saved: bool = False) -> Screen:
    """The birthday and anniversaries, each with the day on which it comes next (CT12)."""
    rows: list[Row] = []
    if _open(row):
        rows = [(_tell(N_("🎂 Birthday"), row, "birthday"), _tell(N_("➕ Anniversary"), row, "anniversary"))]
        drops = [
            Button(N_("✖ %(name)s")(name=_title(day)), "contact.drop", day.id, arg="day")
            for day in days[:_MOST_REMOVED]
        ]
        rows += in_rows(drops)
    lines: list[Words] = [N_("✓ Saved.")] if saved else []
    lines += [_day(day, today, actor) for day in days]
    return _lines(row, _DAYS, lines, N_("No birthday and no anniversary known yet."), (*rows, _back(row)))


def _title(day: Any) -> Words:
    return fit(day.title, 12) if day.title else N_("Birthday")


def _day(day: Any, today: date, actor: Actor) -> Words:
    title = fit(day.title, 24) if day.title else N_("Birthday")
    return N_("%(field)s: %(value)s")(field=title, value=yearly_words(yearly(day), today, actor.language))


def birthday_words(day: Any, today: date, actor: Actor) -> Words:
    """🎂 for the contact's card."""
    return N_("🎂 %(day)s")(day=yearly_words(yearly(day), today, actor.language))


def gifts_screen(row: Any, page: Page, spent: Sequence[Spent], book: Playbook, actor: Actor) -> Screen:
    """What was spent on a contact (CT09): the sum of each year, then one by one."""
    new: Row = (_tell(N_("➕ Gift or cost"), row, "gift"),) if _open(row) else ()
    labels = [_gift(one, book, actor) for one in page.rows]
    sums = [
        N_("%(year)s: %(amount)s, %(count)s times")(
            year=one.year, amount=write_amount(one.amount, actor.language), count=one.count
        )
        for one in spent[:_MOST_YEARS]
    ]
    note = " · ".join(say(one, actor.language) for one in sums) or None
    rows = ((*_back(row), *new),)
    return list_screen(GIFTS, page, labels, parent=row.id, more=rows, about=called(row), note=note)


def _gift(one: Any, book: Playbook, actor: Actor) -> str:
    kind = book.title("gift_kinds", one.kind, actor.language)
    what = f"{one.given_on:%m-%d} {kind} {short_amount(one.amount, actor.language)}"
    return fit(" · ".join(filter(None, (what, one.note))), 38)


def gift_screen(row: Any, gift: Any, book: Playbook, actor: Actor, *, saved: bool = False) -> Screen:
    """One of them; a mistake is taken out here."""
    lines: list[Words] = [N_("✓ Saved.")] if saved else []
    kind = book.title("gift_kinds", gift.kind, actor.language)
    lines.append(f"{gift.given_on.isoformat()} · {kind} · {write_amount(gift.amount, actor.language)}")
    if gift.note:
        lines.append(" ".join(gift.note.split()))
    drop: Row = (Button(N_("✖ Delete"), "contact.drop", gift.id, arg="gift"),) if _open(row) else ()
    back: Row = (Button(N_("« Gifts and costs"), GIFTS.key, row.id),)
    return _lines(row, GIFTS.title, lines, "", (drop, back))


def posts_screen(row: Any, posts: Sequence[Post], successor: Any = None) -> Screen:
    """All posts that are known, the latest first (CT08), and what can happen next."""
    rows: list[Row] = []
    if _open(row):
        rows = [
            (_tell(N_("New post here"), row, "post"), _tell(N_("To another customer"), row, "move")),
            (_tell(N_("To another company"), row, "away"),),
        ]
    if successor is not None:
        rows.append(
            (Button(N_("📂 Now: %(name)s")(name=fit(without_form(successor.customer), 20)), "contact", successor.id),)
        )
    lines = [_post(one) for one in posts]
    if row.went_to and successor is None:
        lines.insert(0, N_("Went to %(company)s")(company=fit(row.went_to, 40)))
    return _lines(row, _POSTS, lines, N_("Nothing known yet."), (*rows, _back(row)))


def _post(one: Post) -> Words:
    what = " · ".join(filter(None, (fit(without_form(one.customer), 24) if one.customer else "", one.title)))
    since = one.since.isoformat() if one.since else "…"
    if one.until is None:
        return N_("%(since)s – now: %(what)s")(since=since, what=what or "–")
    return N_("%(since)s – %(until)s: %(what)s")(since=since, until=one.until.isoformat(), what=what or "–")


def went_screen(row: Any) -> Screen:
    """Somebody was sent away; whoever follows them hears of it."""
    told = N_("%(name)s is marked as gone to %(company)s.")(name=called(row), company=fit(row.went_to or "", 40))
    more = N_("If that is one of our customers, who looks after it is told.")
    facts = {"who": without_form(row.customer), "title": _POSTS, "lines": [told, more], "empty": "", "more": None}
    return Screen("contacts/lines.html", facts, ((Button(N_("« Contacts"), "contacts", row.customer_id),),))


def offered_screen(contact: Any, customer: str, by: str) -> Screen:
    """To who looks after the customer that somebody went to."""
    who = " ".join(filter(None, (called(contact), contact.title)))
    line = N_("%(by)s says that %(who)s now works at %(customer)s.")(by=by, who=who, customer=without_form(customer))
    facts = {"who": called(contact), "title": _POSTS, "lines": [line], "empty": "", "more": N_("Add the card there?")}
    rows = ((Button(N_("➕ Add contact"), "contact.take", contact.id), Button(N_("Not now"), "dismiss")),)
    return Screen("contacts/lines.html", facts, rows, Place.NEW)
