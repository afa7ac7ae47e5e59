"""Expected failures of reminders."""

from crm_core.kit.errors import declare

SNOOZED_ENOUGH = declare("reminder.snoozed_enough", "times")
NOT_THEIRS = declare("reminder.not_theirs", "name")
NOT_TO_ONESELF = declare("reminder.to_oneself")
NOT_WANTED = declare("reminder.not_wanted", "name")
