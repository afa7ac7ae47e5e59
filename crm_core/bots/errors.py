"""Expected failures of bots."""

from crm_core.kit.errors import declare

UNKNOWN = declare("bot.unknown")
REFUSED = declare("bot.refused", "bot")
