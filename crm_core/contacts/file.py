"""The personal file of a contact (CT06, CT07): fields of the playbook, hobbies, and what else is to be known."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.models import Contact
from crm_core.contacts.service import locked, told
from crm_core.custom_fields import errors as own
from crm_core.custom_fields.service import PREFIX, fit
from crm_core.kit.errors import REQUIRED, TOO_LONG, DomainError
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force

MOST_HOBBIES: Final = 12
LONGEST_HOBBY: Final = 20
LONGEST_ABOUT: Final = 1000


async def change_file(session: AsyncSession, actor: Actor, contact_id: int, key: str, value: Any) -> Contact:
    """One field of the file; none clears it. Raises `custom.unknown`, `custom.unfit`, `too_long`."""
    contact, customer = await locked(session, actor, contact_id)
    book = await in_force(session, actor.playbook_version)
    field = next((one for one in book.personal_file if one.key == key and one.fits(customer.type)), None)
    if field is None:
        raise DomainError(own.UNKNOWN, key=key[:40])
    rest = {name: one for name, one in contact.file.items() if name != key}
    if value is None and field.required:
        raise DomainError(REQUIRED, field=PREFIX + key)
    contact.file = rest if value is None else rest | {key: fit(field, value)}
    await told(session, actor, customer)
    return contact


async def set_hobbies(session: AsyncSession, actor: Actor, contact_id: int, hobbies: Iterable[str]) -> Contact:
    """What somebody likes to do, in that order, each once. Raises `too_long`."""
    wanted = list(dict.fromkeys(" ".join(one.split()) for one in hobbies if one.strip()))
    if len(wanted) > MOST_HOBBIES or any(len(one) > LONGEST_HOBBY for one in wanted):
        raise DomainError(TOO_LONG, field="value", max=LONGEST_HOBBY)
    contact, customer = await locked(session, actor, contact_id)
    contact.hobbies = wanted
    await told(session, actor, customer)
    return contact


async def set_about(session: AsyncSession, actor: Actor, contact_id: int, text: str | None) -> Contact:
    """Free words. Raises `too_long`."""
    words = (text or "").strip()
    if len(words) > LONGEST_ABOUT:
        raise DomainError(TOO_LONG, field="value", max=LONGEST_ABOUT)
    contact, customer = await locked(session, actor, contact_id)
    contact.about = words or None
    await told(session, actor, customer)
    return contact
