"""Publishing a playbook is not taken back (BY08)."""

from crm_core.kit.undo import stays
from crm_core.playbook.models import PlaybookVersion

stays(PlaybookVersion, "a published version never changes; publish the earlier text again")
