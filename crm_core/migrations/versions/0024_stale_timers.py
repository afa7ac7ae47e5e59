"""When the stale-archive rule looks at a customer: a narrow table of its own, so that clearing it writes one small row."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SET = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "stale_timer",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_stale_timer_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_stale_timer")),
    )
    op.execute("""
        INSERT INTO stale_timer (customer_id, owner_id, told, due_at)
        SELECT id, owner_id, type || ':' || to_char(maintained_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
               || CASE WHEN date_trunc('second', maintained_at) = maintained_at THEN ''
                       ELSE to_char(maintained_at AT TIME ZONE 'UTC', '.US') END || '+00:00', stale_due_at
        FROM customer
    """)
    op.create_index("ix_stale_timer_due_at", "stale_timer", ["due_at"], unique=False, postgresql_where=_SET)
    op.drop_index("ix_customer_stale_due_at", table_name="customer")
    op.drop_column("customer", "stale_due_at")


def downgrade() -> None:
    op.add_column("customer", sa.Column("stale_due_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE customer SET stale_due_at = due_at FROM stale_timer WHERE customer_id = id AND due_at IS NOT NULL")
    op.create_index(
        "ix_customer_stale_due_at",
        "customer",
        ["stale_due_at"],
        unique=False,
        postgresql_where=sa.text("stale_due_at IS NOT NULL"),
    )
    op.drop_table("stale_timer")
