"""What the company says of who reads what, kept beside the playbook's version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    said = sa.Column("sees", postgresql.JSONB(none_as_null=True), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("company", said)
    masked = sa.Column("masked_roles", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("company", masked)


def downgrade() -> None:
    op.drop_column("company", "masked_roles")
    op.drop_column("company", "sees")
