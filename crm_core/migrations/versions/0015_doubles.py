"""Doubles: customers that went into another one, pairs that are two, requests for a colleague's customer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_core.kit.names import brand

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_AT_ONCE = 1000


def upgrade() -> None:
    op.add_column("customer", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_customer_merged_into_id"), "customer", "customer", ["merged_into_id"], ["id"])
    names = postgresql.ARRAY(sa.Text())
    op.add_column("customer", sa.Column("former_names", names, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("customer", sa.Column("brand", sa.Text(), server_default="", nullable=False))
    op.drop_constraint(op.f("ck_customer_held"), "customer", type_="check")
    op.create_check_constraint(
        op.f("ck_customer_held"), "customer", "num_nonnulls(owner_id, pool, merged_into_id) = 1"
    )
    op.create_index("ix_customer_brand", "customer", ["brand", "id"])
    where = sa.text("merged_into_id IS NOT NULL")
    op.create_index("ix_customer_merged_into", "customer", ["merged_into_id"], postgresql_where=where)
    _brands()
    op.create_table(
        "customer_merge",
        _id(),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        *_keys("customer_merge", kept_id="customer", other_id="customer", by_id="employee"),
        sa.UniqueConstraint("other_id", name=op.f("uq_customer_merge_other_id")),
    )
    op.create_index(op.f("ix_customer_merge_kept_id"), "customer_merge", ["kept_id"])
    op.create_table(
        "not_the_same",
        _id(),
        sa.Column("one_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_not_the_same_in_order")),
        *_keys("not_the_same", one_id="customer", other_id="customer", by_id="employee"),
    )
    op.create_index(op.f("ix_not_the_same_other_id"), "not_the_same", ["other_id"])
    op.create_index("uq_not_the_same", "not_the_same", ["one_id", "other_id"], unique=True)
    op.create_table(
        "handover_request",
        _id(),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("asker_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("known_as", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open','agreed','declined','withdrawn','overtaken')", name=op.f("ck_handover_request_state")
        ),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_handover_request_decided")),
        sa.CheckConstraint("state <> 'declined' OR reason <> ''", name=op.f("ck_handover_request_reason")),
        *_keys("handover_request", customer_id="customer", asker_id="employee", decided_by="employee"),
    )
    op.create_index("ix_handover_request_customer", "handover_request", ["customer_id"])
    op.create_index(
        "uq_handover_request_open",
        "handover_request",
        ["asker_id", "customer_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def _brands() -> None:
    """It follows from the name, by a rule that no database knows."""
    bind = op.get_bind()
    after = 0
    while rows := bind.execute(
        sa.text("SELECT id, name FROM customer WHERE id > :after ORDER BY id LIMIT :many"),
        {"after": after, "many": _AT_ONCE},
    ).all():
        values = [{"id": row.id, "brand": brand(row.name)} for row in rows]
        bind.execute(sa.text("UPDATE customer SET brand = :brand WHERE id = :id"), values)
        after = rows[-1].id


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _keys(table: str, **to: str) -> list[sa.Constraint]:
    keys = [
        sa.ForeignKeyConstraint([one], [f"{other}.id"], name=op.f(f"fk_{table}_{one}")) for one, other in to.items()
    ]
    return [*keys, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def downgrade() -> None:
    for table in ("handover_request", "not_the_same", "customer_merge"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_customer_held"), "customer", type_="check")
    op.execute("UPDATE customer SET owner_id = created_by WHERE merged_into_id IS NOT NULL")
    for name in ("merged_into", "brand"):
        op.drop_index(f"ix_customer_{name}", table_name="customer")
    op.drop_constraint(op.f("fk_customer_merged_into_id"), "customer", type_="foreignkey")
    for name in ("brand", "former_names", "merged_into_id"):
        op.drop_column("customer", name)
    op.create_check_constraint(op.f("ck_customer_held"), "customer", "num_nonnulls(owner_id, pool) = 1")
