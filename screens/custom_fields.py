"""The company's own fields on screens: what a record holds of them, in words, and the buttons that change them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from crm_core.custom_fields.service import PREFIX
from crm_core.kit.languages import Language
from crm_core.kit.phones import write_phone
from crm_core.kit.words.amounts import write_amount
from crm_core.kit.words.dates import write_day, write_moment
from crm_core.kit.words.durations import write_duration
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from crm_core.playbook.fields import CompanyField, FieldKind, words
from screens.catalogue import say
from screens.screen import N_, WIDE, Button, Titled, Words, fit

_MOST_WHOLE: Final = 6


def lines(
    book: Playbook, subject: str, customer_type: str, extra: Mapping[str, Any], actor: Actor
) -> list[dict[str, Any]]:
    """A line of label and text for each of the company's fields that the record holds, as the playbook orders them."""
    return [
        {"label": Titled(one.title), "text": shown(one, extra[one.key], actor)}
        for one in book.own_fields(subject, customer_type)
        if one.key in extra
    ]


def change_buttons(
    book: Playbook, subject: str, customer_type: str, key: str, record_id: int, revision: int
) -> list[Button]:
    """A button for each of the company's fields; `key` is the one that changes a field of such a record.

    Of many the long titles are cut, so that two share a row and a card holds them all.
    """
    fields = book.own_fields(subject, customer_type)
    most = WIDE if len(fields) > _MOST_WHOLE else 2 * WIDE
    return [Button(_cut(one, most), key, record_id, revision, PREFIX + one.key) for one in fields]


def _cut(one: CompanyField, most: int) -> Titled:
    return Titled({language: fit(text, most) for language, text in one.title.items()})


def changes(book: Playbook, subject: str, entry: Any, actor: Actor) -> list[tuple[Words, str, str]]:
    """What an entry of the audit says of the company's fields: label, before and after of each that has changed.

    One that the playbook no longer knows goes by its key.
    """
    before, after = entry.before.get("extra") or {}, entry.after.get("extra") or {}
    known = {one.key: one for one in _of_all_types(book, subject)}

    def told(key: str, held: Mapping[str, Any]) -> str:
        if key not in held:
            return "–"
        return shown(known[key], held[key], actor) if key in known else str(held[key])

    return [
        (Titled(known[key].title) if key in known else key, told(key, before), told(key, after))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def _of_all_types(book: Playbook, subject: str) -> list[CompanyField]:
    """A record may hold answers from when its customer was of another type."""
    asked = [one for template in book.visit_templates for one in template.ask] if subject == "visit" else []
    return [*asked, *getattr(book.fields, subject)]


def shown(one: CompanyField, value: Any, actor: Actor) -> str:
    """The value in words. One that no longer fits its field is shown as it is."""
    try:
        return _SHOWN.get(one.kind, _plain)(one, value, actor)
    except (ValueError, TypeError, ArithmeticError):
        return str(value)


def _plain(_one: CompanyField, value: Any, _actor: Actor) -> str:
    return str(value)


def _option(one: CompanyField, value: Any, actor: Actor) -> str:
    return next((words(option.title, actor.language) for option in one.options if option.key == value), str(value))


def _options(one: CompanyField, value: Any, actor: Actor) -> str:
    return _between(actor.language).join(_option(one, key, actor) for key in value)


def _between(language: Language) -> str:
    return "、" if language == "zh" else ", "


_SHOWN: Final[dict[FieldKind, Callable[[CompanyField, Any, Actor], str]]] = {
    FieldKind.INTEGER: lambda _, value, __: f"{int(value):,}",
    FieldKind.MONEY: lambda _, value, actor: write_amount(Decimal(value), actor.language),
    FieldKind.PERCENT: lambda _, value, __: f"{Decimal(value).normalize():f}%",
    FieldKind.CHOICE: _option,
    FieldKind.SEVERAL: _options,
    FieldKind.DAY: lambda _, value, actor: write_day(date.fromisoformat(value), actor.language),
    FieldKind.MOMENT: lambda _, value, actor: write_moment(
        datetime.fromisoformat(value).astimezone(actor.zone), actor.language
    ),
    FieldKind.DURATION: lambda _, value, actor: write_duration(timedelta(minutes=value), actor.language),
    FieldKind.PHONE: lambda _, value, __: write_phone(value),
    FieldKind.YES_NO: lambda _, value, actor: say(N_("Yes") if value else N_("No"), actor.language),
}
