"""What may go next has an index of its own, which looking for what goes before a message cannot be mistaken to use.

What is on its way stands only in that of lanes: with rows of both in both, a PostgreSQL that thinks that next to nothing
waits takes one for the other, and looks at all that waits for each message.
"""

import sqlalchemy as sa

from crm_core.migrations import carefully

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_COLUMNS = ("bot_id", "priority", "id")


def upgrade() -> None:
    carefully.create_index("ix_outbox_next", "outbox", _COLUMNS, postgresql_where=sa.text("state = 'pending'"))
    carefully.drop_index("ix_outbox_open", "outbox")


def downgrade() -> None:
    where = sa.text("state IN ('pending','sending')")
    carefully.create_index("ix_outbox_open", "outbox", _COLUMNS, postgresql_where=where)
    carefully.drop_index("ix_outbox_next", "outbox")
