"""Expected failures of a playbook that was sent."""

from typing import Final

from crm_core.kit.errors import declare

TOO_LARGE: Final = declare("proposal.too_large", "size", "most")  # KB
NOT_TEXT: Final = declare("proposal.not_text")
EMPTY: Final = declare("proposal.empty")
LOST: Final = declare("proposal.lost")
STUCK: Final = declare("proposal.stuck")
NOT_NOW: Final = declare("proposal.not_now")  # it is no longer at the step that was tapped
UNSOUND: Final = declare("proposal.unsound", "flow")  # whom a flow names has left meanwhile
