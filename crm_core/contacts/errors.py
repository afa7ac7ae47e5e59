"""Expected failures of contacts."""

from crm_core.kit.errors import declare

SIMILAR = declare("contact.similar", "name")  # a warning: may be confirmed
PHONE_SIMILAR = declare("contact.phone.similar", "name", "phone")  # a warning: may be confirmed
PHONE_UNREADABLE = declare("contact.phone_unreadable", "value")
EMAIL_UNREADABLE = declare("contact.email_unreadable", "value")
NO_NAME = declare("contact.no_name")
GONE = declare("contact.gone", "name")
