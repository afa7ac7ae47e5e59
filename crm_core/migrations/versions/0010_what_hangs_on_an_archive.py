"""What hangs on an archive: needs, trials, deals, and links between customers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_customer_link_not_itself")),
        sa.ForeignKeyConstraint(["created_by"], ["employee.id"], name=op.f("fk_customer_link_created_by")),
        sa.ForeignKeyConstraint(["from_id"], ["customer.id"], name=op.f("fk_customer_link_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["customer.id"], name=op.f("fk_customer_link_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_link")),
    )
    op.create_index("ix_customer_link_from", "customer_link", ["from_id"], unique=False)
    op.create_index("ix_customer_link_to", "customer_link", ["to_id"], unique=False)
    op.create_index(
        "uq_customer_link",
        "customer_link",
        [sa.literal_column("least(from_id, to_id)"), sa.literal_column("greatest(from_id, to_id)"), "kind"],
        unique=True,
    )
    op.create_table(
        "deal",
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("quoted_on", sa.Date(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        *_columns(),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_deal_amount")),
        sa.CheckConstraint(
            "num_nonnulls(quoted_on, ordered_on, delivered_on, paid_on) > 0", name=op.f("ck_deal_begun")
        ),
        *_keys("deal"),
    )
    op.create_index("ix_deal_customer", "deal", ["customer_id", "created_at", "id"], unique=False)
    op.create_table(
        "need",
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        *_columns(),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_need_ended")),
        sa.CheckConstraint("state <> 'lost' OR reason <> ''", name=op.f("ck_need_reason")),
        sa.CheckConstraint("state IN ('open','met','lost')", name=op.f("ck_need_state")),
        sa.CheckConstraint("quantity > 0 AND amount >= 0", name=op.f("ck_need_amounts")),
        *_keys("need"),
    )
    op.create_index("ix_need_customer", "need", ["customer_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_need_open", "need", ["customer_id", "due_on"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "trial",
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("check_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default="sent", nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("check_due_at", sa.DateTime(timezone=True), nullable=True),
        *_columns(),
        sa.CheckConstraint("state IN ('sent','testing','passed','failed','no_answer')", name=op.f("ck_trial_state")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_trial_quantity")),
        *_keys("trial"),
    )
    op.create_index(
        "ix_trial_check_due_at",
        "trial",
        ["check_due_at"],
        unique=False,
        postgresql_where=sa.text("check_due_at IS NOT NULL"),
    )
    op.create_index("ix_trial_customer", "trial", ["customer_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_trial_under_way",
        "trial",
        ["customer_id", "check_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('sent','testing')"),
    )


def _columns() -> list[sa.Column]:
    """What every matter has."""
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    ]


def _keys(table: str) -> list[sa.Constraint]:
    to = {"contact_id": "contact", "created_by": "employee", "customer_id": "customer"}
    keys = [sa.ForeignKeyConstraint([one], [f"{to[one]}.id"], name=op.f(f"fk_{table}_{one}")) for one in to]
    return [*keys, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def downgrade() -> None:
    for table in ("trial", "need", "deal", "customer_link"):
        op.drop_table(table)
