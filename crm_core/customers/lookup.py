"""What a customer is found by: stored as search keys when it changes, compared again when it is found."""

from typing import Any

from crm_core.kit.phones import write_phone


def names_of(customer: Any) -> list[str]:
    """The names of a customer, or of a row with its columns: its own, the short one, former ones, its people's."""
    called = (customer.name, customer.short_name, *(customer.former_names or ()), *(customer.people or ()))
    return [name for name in called if name]


def phones_of(customer: Any) -> list[str]:
    """Its people's phones as they are kept and as they are dialled at home: landlines are typed with a trunk zero."""
    return [style for phone in customer.people_phones or () for style in (phone, write_phone(phone))]
