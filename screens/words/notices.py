"""Words of notices."""

from typing import Final

from crm_core.notices import errors
from crm_core.notices.models import Kind
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.NOBODY, N_("Nobody is there whom this would reach. Choose another unit."))
explain(errors.OUT_OF_REACH, N_("You can tell your direct and indirect reports something. Choose somebody of them."))
explain(errors.ENDED, N_("It was withdrawn or replaced meanwhile. There is nothing more to do."))
explain(errors.SINCE_OVER, N_("That day is over, or more than a year ahead. Choose a day from today on."))

thing("notice", N_("notice"), opens="notice")

KINDS: Final[dict[str, Msg]] = {
    Kind.NOTE: N_("✉ Note"),
    Kind.INSTRUCTION: N_("📌 Instruction"),
    Kind.POLICY: N_("📜 Policy"),
}
