"""Expected failures of publishing."""

from typing import Final

from crm_core.kit.errors import declare

NOT_ADMIN: Final = declare("playbook.not_admin")
SUPERSEDED: Final = declare("playbook.superseded", "version", "name")
"""Another version was published meanwhile, by `name` if it was a person."""
