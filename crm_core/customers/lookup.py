"""What a customer is found by: stored as search keys when it changes, compared again when it is found."""

from typing import Any

from crm_core.kit.phones import write_phone


def names_of(customer: Any) -> list[str]:
    """The names of a customer, or of a row with its columns: its own, the short one, the contact's."""
    return [name for name in (customer.name, customer.short_name, customer.contact_name) if name]


def phones_of(customer: Any) -> list[str]:
    """The phone as it is kept and as it is dialled at home: people type a landline with its trunk zero."""
    return [customer.phone, write_phone(customer.phone)] if customer.phone else []
