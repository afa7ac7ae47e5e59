"""Expected failures of attachments."""

from crm_core.kit.errors import declare

NOTHING_LOST = declare("attachment.nothing_lost")
