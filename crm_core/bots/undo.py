"""What was said of our bots stays said."""

from crm_core.bots.models import UnitBot
from crm_core.kit.undo import stays

stays(UnitBot, "it is chosen anew instead: invites have gone out by it")
