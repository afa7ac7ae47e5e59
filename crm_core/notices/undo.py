"""Why notices are not taken back by undo."""

from crm_core.kit.undo import stays
from crm_core.notices.models import Notice

stays(Notice, "people have been told: it is withdrawn instead, which tells them")
