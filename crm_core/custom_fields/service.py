"""Checks of the company's own fields, the same for every record that has some.

Values are JSON: text, phone (E.164), choice (its key), day and moment (ISO 8601, moments with their offset), money and
percent (a decimal as text), integer and duration (whole minutes), yes_no (true or false), several (keys).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

from crm_core.custom_fields import errors
from crm_core.kit.errors import REQUIRED, TOO_LONG, DomainError
from crm_core.kit.phones import read_phone
from crm_core.playbook.book import Playbook
from crm_core.playbook.fields import CompanyField, FieldKind

PREFIX: Final = "x."  # begins a company field's name where it stands among a record's own fields
LONGEST: Final = {FieldKind.TEXT: 200, FieldKind.LONG_TEXT: 2000}

_LARGEST = Decimal(10) ** 12


def checked(book: Playbook, subject: str, customer_type: str | None, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored, of a `customer`, `contact` or `visit` of that type of customer.

    Raises `custom.unknown`, `custom.unfit`, `required`, `too_long` with the field's name behind `x.`.
    """
    fields = {one.key: one for one in book.own_fields(subject, customer_type)}
    given = {key: value for key, value in extra.items() if value not in (None, "", [])}
    if strange := sorted(given.keys() - fields.keys()):
        raise DomainError(errors.UNKNOWN, key=strange[0][:40])
    for one in fields.values():
        if one.required and one.key not in given:
            raise DomainError(REQUIRED, field=PREFIX + one.key)
    return {key: fit(fields[key], value) for key, value in given.items()}


def merged(
    book: Playbook, subject: str, customer_type: str | None, held: Mapping[str, Any], change: Mapping[str, Any]
) -> dict[str, Any]:
    """The held values with some changed; what the playbook no longer knows stays as it is.

    Raises what `checked` raises for the changed ones.
    """
    fields = {one.key: one for one in book.own_fields(subject, customer_type)}
    new = dict(held)
    for key, value in change.items():
        if key not in fields:
            raise DomainError(errors.UNKNOWN, key=key[:40])
        if value is None:
            if fields[key].required:
                raise DomainError(REQUIRED, field=PREFIX + key)
            new.pop(key, None)
        else:
            new[key] = fit(fields[key], value)
    return new


def fit(one: CompanyField, value: Any) -> Any:
    """The value, if it is of the field's kind. Raises `custom.unfit`, `too_long`."""
    if one.kind in LONGEST and isinstance(value, str) and len(value) > LONGEST[one.kind]:
        raise DomainError(TOO_LONG, field=PREFIX + one.key, max=LONGEST[one.kind])
    try:
        fits = _FITS[one.kind](one, value)
    except (ValueError, ArithmeticError):
        fits = False
    if not fits:
        raise DomainError(errors.UNFIT, field=PREFIX + one.key, title=one.title)
    return value


def _number(_: CompanyField, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12


def _decimal(_: CompanyField, value: Any) -> bool:
    return isinstance(value, str) and abs(Decimal(value)) < _LARGEST


def _text(_: CompanyField, value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _option(one: CompanyField, value: Any) -> bool:
    return any(value == option.key for option in one.options)


def _options(one: CompanyField, value: Any) -> bool:
    return isinstance(value, list) and all(_option(one, key) for key in cast("list[Any]", value))


def _day(_: CompanyField, value: Any) -> bool:
    return isinstance(value, str) and date.fromisoformat(value).isoformat() == value


def _moment(_: CompanyField, value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def _phone(_: CompanyField, value: Any) -> bool:
    return isinstance(value, str) and read_phone(value) == value


def _truth(_: CompanyField, value: Any) -> bool:
    return isinstance(value, bool)


_FITS: Final[dict[FieldKind, Callable[[CompanyField, Any], bool]]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.INTEGER: _number,
    FieldKind.DURATION: _number,
    FieldKind.MONEY: _decimal,
    FieldKind.PERCENT: _decimal,
    FieldKind.CHOICE: _option,
    FieldKind.SEVERAL: _options,
    FieldKind.DAY: _day,
    FieldKind.MOMENT: _moment,
    FieldKind.PHONE: _phone,
    FieldKind.YES_NO: _truth,
}
