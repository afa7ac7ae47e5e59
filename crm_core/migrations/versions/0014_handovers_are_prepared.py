"""Handovers are looked at before they are done."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover_plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("to_ids", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "by_hand", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("part", sa.Text(), nullable=True),
        sa.Column("leaves", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rule IN ('manager','one','evenly','city')", name=op.f("ck_handover_plan_rule")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["employee.id"], name=op.f("fk_handover_plan_by_id")),
        sa.ForeignKeyConstraint(["from_id"], ["employee.id"], name=op.f("fk_handover_plan_from_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_plan")),
    )
    op.create_index("ix_handover_plan_by_id", "handover_plan", ["by_id"])


def downgrade() -> None:
    op.drop_table("handover_plan")
