"""The stage of a customer's life with the company, and its status."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer", sa.Column("stage", sa.Text(), nullable=True))
    op.add_column("customer", sa.Column("stage_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("customer", sa.Column("status", sa.Text(), nullable=True))
    # Whom somebody has talked with is more than a target; how far it has gone, people will say.
    op.execute(
        "UPDATE customer SET stage = CASE WHEN last_followup_at IS NULL THEN 'target' ELSE 'potential' END,"
        " stage_since = created_at, status = 'normal'"
    )
    for column in ("stage", "stage_since", "status"):
        op.alter_column("customer", column, nullable=False)
    op.create_index("ix_customer_stage", "customer", ["stage", "stage_since", "id"])
    op.create_index("ix_customer_owner_stage", "customer", ["owner_id", "stage", "stage_since"])


def downgrade() -> None:
    op.drop_index("ix_customer_owner_stage", table_name="customer")
    op.drop_index("ix_customer_stage", table_name="customer")
    for column in ("status", "stage_since", "stage"):
        op.drop_column("customer", column)
