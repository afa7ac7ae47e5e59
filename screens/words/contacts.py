"""Words of contacts."""

from typing import Final

from crm_core.contacts import errors
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.SIMILAR, N_("“%(name)s” is among the contacts here already. Really another person?"))
explain(errors.PHONE_SIMILAR, N_("%(phone)s is the number of %(name)s already. Really another person?"))
explain(errors.PHONE_UNREADABLE, N_("“%(value)s” is no phone number. Type for example 13800138000 or 0755-83216688."))
explain(errors.EMAIL_UNREADABLE, N_("“%(value)s” is no email address. Type for example wang@huaning.com."))
explain(errors.NO_NAME, N_("I see no name in that. Type the name, or paste the signature with the name in it."))
explain(errors.GONE, N_("%(name)s is no longer among the contacts. Open the list to see who is there."))

FIELDS: Final[dict[str, Msg]] = {
    "name": N_("Full name"),
    "title": N_("Position"),
    "phone": N_("Phone"),
    "email": N_("Email"),
    "note": N_("Note"),
}

thing("contact", N_("contact"), opens="contact", fields=FIELDS)
