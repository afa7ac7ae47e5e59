"""Why leave is not taken back by undo."""

from crm_core.kit.undo import stays
from crm_core.leave.models import Absence

stays(Absence, "a request is withdrawn, which its signers see")
