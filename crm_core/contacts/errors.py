"""Expected failures of contacts."""

from crm_core.kit.errors import declare

SIMILAR = declare("contact.similar", "name", doubt=True)
PHONE_SIMILAR = declare("contact.phone.similar", "name", "phone", doubt=True)
PHONE_UNREADABLE = declare("contact.phone_unreadable", "value")
EMAIL_UNREADABLE = declare("contact.email_unreadable", "value")
NO_NAME = declare("contact.no_name")
GONE = declare("contact.gone", "name")
REPORTS_IN_CIRCLE = declare("contact.reports_in_circle", "name", "boss")
NOT_THERE = declare("contact.not_there", "name")
RELATED_ALREADY = declare("contact.related_already", "name")
NOT_ONESELF = declare("contact.not_oneself")
NOT_IN_PLAYBOOK = declare("contact.not_in_playbook", "value")
AMOUNT_NEGATIVE = declare("contact.amount_negative")
DAY_AHEAD = declare("contact.day_ahead")
POST_BEFORE = declare("contact.post_before", "day")
HERE_ALREADY = declare("contact.here_already", "name")
FOLLOWED_ALREADY = declare("contact.followed_already", "name")
NO_COLLEAGUE_HERE = declare("contact.no_colleague_here", "name")
