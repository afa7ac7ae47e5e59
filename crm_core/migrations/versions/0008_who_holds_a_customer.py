"""Who holds a customer: owner or pool, the ownership log, teams, territories, stand-ins."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_KEYS = postgresql.ARRAY(sa.Text())
_IDS = postgresql.ARRAY(sa.BigInteger())
_EMPTY = sa.text("'{}'")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("employee", sa.Column("territories", _KEYS, server_default=_EMPTY, nullable=False))
    op.create_table(
        "stand_in",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("absent_id", sa.BigInteger(), nullable=False),
        sa.Column("deputy_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("absent_id <> deputy_id", name=op.f("ck_stand_in_not_oneself")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_stand_in_some_time")),
        sa.ForeignKeyConstraint(["absent_id"], ["employee.id"], name=op.f("fk_stand_in_absent_id")),
        sa.ForeignKeyConstraint(["created_by"], ["employee.id"], name=op.f("fk_stand_in_created_by")),
        sa.ForeignKeyConstraint(["deputy_id"], ["employee.id"], name=op.f("fk_stand_in_deputy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_in")),
    )
    op.create_index(op.f("ix_stand_in_absent_id"), "stand_in", ["absent_id"])
    op.create_index(op.f("ix_stand_in_deputy_id"), "stand_in", ["deputy_id"])
    _customers()
    op.create_table(
        "customer_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("employee_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("left_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["employee.id"], name=op.f("fk_customer_member_added_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_member_customer_id")),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_customer_member_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_member")),
    )
    op.create_index("ix_customer_member_customer", "customer_member", ["customer_id"])
    op.create_index(op.f("ix_customer_member_employee_id"), "customer_member", ["employee_id"])
    there = {"unique": True, "postgresql_where": sa.text("left_at IS NULL")}
    op.create_index("uq_customer_member", "customer_member", ["customer_id", "employee_id"], **there)
    _log()


def _customers() -> None:
    op.alter_column("customer", "owner_id", nullable=True)
    op.add_column("customer", sa.Column("pool", sa.Text(), nullable=True))
    op.add_column("customer", sa.Column("held_since", _MOMENT, nullable=True))
    op.execute("UPDATE customer SET held_since = created_at")
    op.alter_column("customer", "held_since", nullable=False)
    op.add_column("customer", sa.Column("team", _IDS, server_default=_EMPTY, nullable=False))
    op.add_column("customer", sa.Column("territory", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_customer_held"), "customer", "num_nonnulls(owner_id, pool) = 1")
    op.create_index("ix_customer_team", "customer", ["team"], postgresql_using="gin")
    for column, columns in {"territory": ["territory"], "pool": ["pool", "held_since", "id"]}.items():
        op.create_index(
            f"ix_customer_{column}", "customer", columns, postgresql_where=sa.text(f"{column} IS NOT NULL")
        )


def _log() -> None:
    op.create_table(
        "ownership",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("from_pool", sa.Text(), nullable=True),
        sa.Column("to_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("to_pool", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("num_nonnulls(to_owner_id, to_pool) = 1", name=op.f("ck_ownership_held")),
        sa.ForeignKeyConstraint(["by_id"], ["employee.id"], name=op.f("fk_ownership_by_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_ownership_customer_id")),
        sa.ForeignKeyConstraint(["from_owner_id"], ["employee.id"], name=op.f("fk_ownership_from_owner_id")),
        sa.ForeignKeyConstraint(["to_owner_id"], ["employee.id"], name=op.f("fk_ownership_to_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership")),
    )
    op.create_index("ix_ownership_customer", "ownership", ["customer_id", "id"])
    for side in ("from", "to"):
        where = sa.text(f"{side}_owner_id IS NOT NULL")
        op.create_index(f"ix_ownership_{side}_owner", "ownership", [f"{side}_owner_id", "at"], postgresql_where=where)
    op.execute(
        "INSERT INTO ownership (customer_id, at, by_id, kind, to_owner_id)"
        " SELECT id, created_at, created_by, 'create', owner_id FROM customer ORDER BY id"
    )


def downgrade() -> None:
    op.drop_table("ownership")
    op.drop_table("customer_member")
    op.execute("UPDATE customer SET owner_id = created_by WHERE owner_id IS NULL")
    for name in ("pool", "territory", "team"):
        op.drop_index(f"ix_customer_{name}", table_name="customer")
    op.drop_constraint(op.f("ck_customer_held"), "customer", type_="check")
    for name in ("territory", "team", "held_since", "pool"):
        op.drop_column("customer", name)
    op.alter_column("customer", "owner_id", nullable=False)
    op.drop_table("stand_in")
    op.drop_column("employee", "territories")
