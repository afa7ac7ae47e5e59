"""Words of bots."""

from crm_core.bots import errors
from screens.screen import N_, Button
from screens.things import thing
from screens.wording import explain

explain(errors.UNKNOWN, N_("This bot is not known here. Type /bots to see which there are."))
explain(errors.REFUSED, N_("Telegram refuses the token of @%(bot)s. Put a good one into the settings first."))

thing("unit_bot", N_("a branch's bot"), home=Button(N_("« Bots"), "ub"))
