"""From the cells of one customer's rows to what is to be stored, and what speaks against it. Nothing is asked here."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from crm_core.custom_fields import service as custom_fields
from crm_core.custom_fields.service import PREFIX
from crm_core.customers.service import DICTIONARIES
from crm_core.exchange import cells, errors
from crm_core.exchange.models import ImportBatch
from crm_core.kit.errors import REQUIRED, DomainError
from crm_core.kit.languages import Language
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook

LONGEST: Final = {"name": 80, "short_name": 30, "city": 30, "address": 200, "note": 1000}
LONGEST_OF_CONTACT: Final = {"name": 40, "title": 40, "email": 80, "note": 500}
MOST_CONTACTS: Final = 50
_EMAIL: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]{2,}")
_NAMES: Final = re.compile(r"[/、,，;；|\n]+")
_ONE_LINE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with a row, or told of it; `column` is what its column holds."""

    code: str
    column: str | None = None
    facts: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_remark(self) -> bool:
        return self.code in errors.REMARKS

    def plain(self) -> dict[str, Any]:
        return {"code": self.code, "field": self.column, "facts": self.facts}


@dataclass(slots=True)
class Person:
    """Somebody at a customer."""

    name: str | None
    title: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None


@dataclass(slots=True)
class Planned:
    """A customer as its rows have it. It comes in unless one of `issues` is more than a remark."""

    number: int
    name: str
    others: tuple[int, ...]  # further rows of it
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    people: list[Person] = field(default_factory=list[Person])
    owner_id: int | None = None
    pool: str | None = None
    next_step_on: date | None = None
    issues: list[Issue] = field(default_factory=list[Issue])

    @property
    def is_refused(self) -> bool:
        return any(not one.is_remark for one in self.issues)


@dataclass(frozen=True, slots=True)
class Rules:
    """All that rows are read by: the columns, the company's words, whose customers they may become.

    `people` are the ids of all colleagues by name (lower case), `mine` those the actor may give customers to.
    """

    actor: Actor
    book: Playbook
    now: datetime  # on the actor's clock
    columns: tuple[str, ...]
    defaults: Mapping[str, str]
    owner_id: int | None
    pool: str | None
    people: Mapping[str, Sequence[int]]
    mine: frozenset[int]
    words: Mapping[str, cells.Words]

    @property
    def language(self) -> Language:
        return self.actor.language

    def places(self, target: str) -> list[int]:
        return [at for at, one in enumerate(self.columns) if one == target]


def rules_of(
    batch: ImportBatch,
    actor: Actor,
    book: Playbook,
    now: datetime,
    people: Mapping[str, Sequence[int]],
    mine: frozenset[int],
) -> Rules:
    words = {name: cells.Words(book.entries(dictionary)) for name, dictionary in DICTIONARIES.items()}
    return Rules(
        actor=actor,
        book=book,
        now=actor.local(now),
        columns=tuple(batch.columns),
        defaults=batch.defaults,
        owner_id=batch.owner_id,
        pool=batch.pool,
        people=people,
        mine=mine,
        words=words,
    )


Row = tuple[int, Sequence[str]]


def plan(rules: Rules, rows: Sequence[Row]) -> Planned:
    """The customer of these rows; the first that says something of it counts, each may bring contacts."""
    texts = [_texts(rules, row) for _, row in rows]
    number = rows[0][0]
    name = _flat(_first(texts, "name"))
    made = Planned(number, name, tuple(at for at, _ in rows[1:]))
    if not name:
        made.issues.append(Issue(errors.NO_NAME, "name"))
    elif not any(one.isalnum() for one in name):
        made.issues.append(Issue(errors.NAME_BARE, "name", {"value": name[:40]}))
    for target in ("name", "short_name", "city", "address", "note"):
        _plain_text(made, target, _first(texts, target))
    for target in DICTIONARIES:
        _word_of(rules, made, target, _first(texts, target))
    _money(made, _first(texts, "yearly_value"))
    _next_step(rules, made, _first(texts, "next_step_on"))
    _held_by(rules, made, _first(texts, "owner"))
    _own_fields(rules, made, texts)
    for one in texts:
        _people(made, one)
    _without_doubles(made)
    return made


Texts = dict[str, list[str]]


def _texts(rules: Rules, row: Sequence[str]) -> Texts:
    found: Texts = {}
    for at, target in enumerate(rules.columns):
        if target and at < len(row) and row[at]:
            found.setdefault(target, []).append(row[at])
    return found


def _first(texts: Sequence[Texts], target: str) -> str:
    return next((one[target][0] for one in texts if target in one), "")


def _flat(text: str) -> str:
    return _ONE_LINE.sub(" ", text).strip() if text else ""


def _plain_text(made: Planned, target: str, text: str) -> None:
    value = text.strip() if target == "note" else _flat(text)
    if len(value) > LONGEST[target]:
        made.issues.append(Issue(errors.CUT, target, {"most": LONGEST[target]}))
    made.values[target] = value or None


def _word_of(rules: Rules, made: Planned, target: str, text: str) -> None:
    """A word of the company's; what is empty takes the batch's."""
    made.values[target] = rules.defaults.get(target)
    if not text:
        if made.values[target] is None:
            made.issues.append(Issue(errors.MISSING, target))
        return
    words = rules.words[target]
    key, exact = words.find(_flat(text))
    if key is None:
        made.issues.append(Issue(errors.UNKNOWN_WORD, target, {"value": text[:40]}))
        return
    made.values[target] = key
    if not exact:
        facts = {"value": text[:40], "taken": words.title(key, rules.language)}
        made.issues.append(Issue(errors.NEAR_WORD, target, facts))


def _money(made: Planned, text: str) -> None:
    value: Decimal | None = cells.amount(text) if text else None
    if value is not None and value < 0:
        made.issues.append(Issue(errors.NEGATIVE, "yearly_value", {"value": text[:40]}))
    elif text and value is None:
        made.issues.append(Issue(errors.AMOUNT, "yearly_value", {"value": text[:40]}))
        _into_note(made, text)
    made.values["yearly_value"] = value


def _next_step(rules: Rules, made: Planned, text: str) -> None:
    if not text:
        return
    value = cells.day(text, rules.now)
    if value is None:
        made.issues.append(Issue(errors.DATE, "next_step_on", {"value": text[:40]}))
        _into_note(made, text)
    elif value < rules.now.date():
        made.issues.append(Issue(errors.PAST, "next_step_on", {"value": text[:40]}))
    else:
        made.next_step_on = value


def _held_by(rules: Rules, made: Planned, text: str) -> None:
    """The colleague whom the row names, else the batch's owner or pool."""
    made.owner_id, made.pool = rules.owner_id, rules.pool
    name = _flat(text)
    if not name:
        return
    ids = rules.people.get(name.casefold(), ())
    if not ids:
        made.issues.append(Issue(errors.NO_OWNER, "owner", {"value": name[:40]}))
    elif len(ids) > 1:
        made.issues.append(Issue(errors.TWO_OWNERS, "owner", {"value": name[:40]}))
    elif ids[0] not in rules.mine:
        made.issues.append(Issue(errors.OWNER_NOT_YOURS, "owner", {"value": name[:40]}))
    else:
        made.owner_id, made.pool = ids[0], None


def _own_fields(rules: Rules, made: Planned, texts: Sequence[Texts]) -> None:
    """The company's own fields, those that customers of this type have."""
    fields = rules.book.own_fields("customer", made.values.get("type"))
    given: dict[str, Any] = {}
    for one in fields:
        text = _first(texts, PREFIX + one.key)
        if not text:
            continue
        value = cells.own(one, text, rules.now)
        if value is None:
            made.issues.append(Issue(errors.UNFIT, PREFIX + one.key, {"value": text[:40]}))
        else:
            given[one.key] = value
    try:
        made.extra = custom_fields.checked(rules.book, "customer", made.values.get("type"), given)
    except DomainError as error:
        if error.code == REQUIRED:
            made.issues.append(Issue(errors.MISSING, error.field))
        else:
            value = str(given.get((error.field or "").removeprefix(PREFIX), ""))[:40]
            made.issues.append(Issue(errors.UNFIT, error.field, {"value": value}))


def _people(made: Planned, texts: Texts) -> None:
    """Whom one row names: several names and as many numbers in a cell belong together in their order."""
    names = [one for one in (_flat(part) for part in _NAMES.split(_joined(texts, "contact_name"))) if one]
    title, email = _flat(_joined(texts, "contact_title")), _joined(texts, "email").strip()
    numbers: list[str] = []
    strange: list[str] = []
    for cell in texts.get("phone", ()):
        read, rest = cells.phones(cell)
        numbers += [one for one in read if one not in numbers]
        strange += rest
    for one in strange:
        made.issues.append(Issue(errors.PHONE, "phone", {"value": one[:40]}))
    if email and not _EMAIL.fullmatch(email):
        made.issues.append(Issue(errors.EMAIL, "email", {"value": email[:40]}))
        strange, email = [*strange, email], ""
    people = _paired(names, numbers)
    if not people and email:
        people = [Person(email.partition("@")[0])]
    if people:
        people[0].title, people[0].email = title or None, email or None
        people[0].note = " · ".join(strange)[: LONGEST_OF_CONTACT["note"]] or None
    elif strange:
        _into_note(made, " · ".join(strange))
    for one in people:
        for target, value in (("name", one.name), ("title", one.title), ("email", one.email)):
            if value and len(value) > LONGEST_OF_CONTACT[target]:
                made.issues.append(Issue(errors.CUT, _COLUMN[target], {"most": LONGEST_OF_CONTACT[target]}))
    made.people += people


_COLUMN: Final = {"name": "contact_name", "title": "contact_title", "email": "email"}


def _joined(texts: Texts, target: str) -> str:
    return "\n".join(texts.get(target, ()))


def _paired(names: list[str], numbers: list[str]) -> list[Person]:
    if len(names) > 1 and len(names) == len(numbers):
        return [Person(name, phone=number) for name, number in zip(names, numbers, strict=True)]
    people = [Person(name) for name in names] or ([Person(None)] if numbers else [])
    if numbers:
        people[0].phone = numbers[0]
    first = people[0].name if people else None
    return people + [Person(first, phone=number) for number in numbers[1:]]


def _without_doubles(made: Planned) -> None:
    """The same person of several rows once; more than anybody can tell apart are told, and left out."""
    kept: dict[tuple[str, str | None], Person] = {}
    for one in made.people:
        kept.setdefault(((one.name or "").casefold(), one.phone), one)
    there = list(kept.values())
    called = {(one.name or "").casefold() for one in there if one.phone}
    there = [one for one in there if one.phone or one.email or one.note or (one.name or "").casefold() not in called]
    if len(there) > MOST_CONTACTS:
        made.issues.append(Issue(errors.MANY_CONTACTS, "contact_name", {"most": MOST_CONTACTS}))
    made.people = there[:MOST_CONTACTS]


def _into_note(made: Planned, text: str) -> None:
    """What could not be read is not lost."""
    note = "\n".join(filter(None, (made.values.get("note"), text)))
    made.values["note"] = note[: LONGEST["note"]]


def name_key(name: str) -> str:
    """What tells that two rows are of one customer: the name, width, case and blanks aside."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def together(rows: Sequence[tuple[int, int, Sequence[str]]]) -> Iterator[list[Row]]:
    """Rows of (first, number, cells), in that order, customer by customer."""
    group: list[Row] = []
    first: int | None = None
    for lead, number, row in rows:
        if lead != first and group:
            yield group
            group = []
        first = lead
        group.append((number, row))
    if group:
        yield group
