"""Customer pools: stored deadlines, claims, looks, locks, requests for more time."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_ID = sa.BigInteger()
_COLUMNS = {"pool_due_on": sa.Date(), "pool_rule": sa.Text(), "pool_floor_on": sa.Date(), "pool_look_at": _MOMENT}
_TABLES = ("pool_extension", "pool_lock", "pool_view", "pool_claim", "counted_followup")


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.add_column("customer", sa.Column(name, kind, nullable=True))
    where = sa.text("pool_look_at IS NOT NULL")
    op.create_index("ix_customer_pool_look_at", "customer", ["pool_look_at"], postgresql_where=where)
    where = sa.text("pool_due_on IS NOT NULL")
    op.create_index("ix_customer_pool_due", "customer", ["owner_id", "pool_due_on"], postgresql_where=where)
    where = sa.text("method = 'send_message'")
    op.create_index("ix_outbox_first_of_card", "outbox", ["card_id"], postgresql_where=where)
    op.create_table(
        "counted_followup",
        sa.Column("visit_id", _ID, autoincrement=False, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_counted_followup")),
    )
    op.create_index("ix_counted_followup_customer", "counted_followup", ["customer_id", "at"])
    _claims()
    _keeping()
    # the clock reckons what was there before: nobody's deadline is sooner than a week from then
    op.execute("UPDATE customer SET pool_look_at = now() WHERE owner_id IS NOT NULL")


def _claims() -> None:
    op.create_table(
        "pool_claim",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("employee_id", _ID, nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_keys("pool_claim", "employee_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_pool_claim_customer_id")),
    )
    op.create_index("ix_pool_claim_day", "pool_claim", ["employee_id", "day"])
    op.create_index("ix_pool_claim_customer", "pool_claim", ["customer_id"])
    op.create_table(
        "pool_view",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", _ID, nullable=True),
        sa.Column("employee_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        *_keys("pool_view", "employee_id"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_pool_view_customer_id"), ondelete="SET NULL"
        ),
    )
    op.create_index("ix_pool_view_customer", "pool_view", ["customer_id", "at"])
    op.create_index("ix_pool_view_employee", "pool_view", ["employee_id", "at"])


def _keeping() -> None:
    op.create_table(
        "pool_lock",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("employee_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        *_keys("pool_lock", "employee_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_pool_lock_customer_id")),
    )
    held = {"postgresql_where": sa.text("ended_at IS NULL")}
    op.create_index("uq_pool_lock", "pool_lock", ["customer_id"], unique=True, **held)
    op.create_index("ix_pool_lock_employee", "pool_lock", ["employee_id"], **held)
    op.create_table(
        "pool_extension",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("held_since", _MOMENT, nullable=False),
        sa.Column("asked_by", _ID, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting','granted','refused','dropped')", name=op.f("ck_pool_extension_state")
        ),
        sa.CheckConstraint("(state = 'granted') = (until IS NOT NULL)", name=op.f("ck_pool_extension_granted")),
        sa.CheckConstraint("days BETWEEN 1 AND 14", name=op.f("ck_pool_extension_days")),
        *_keys("pool_extension", "asked_by", "decided_by"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_pool_extension_customer_id")),
    )
    op.create_index("ix_pool_extension_customer", "pool_extension", ["customer_id", "held_since"])
    where = sa.text("state = 'waiting'")
    op.create_index("uq_pool_extension", "pool_extension", ["customer_id"], unique=True, postgresql_where=where)


def _keys(table: str, *people: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(sa.ForeignKeyConstraint([one], ["employee.id"], name=op.f(f"fk_{table}_{one}")) for one in people),
    ]


def downgrade() -> None:
    for name in _TABLES:
        op.drop_table(name)
    op.drop_index("ix_outbox_first_of_card", table_name="outbox")
    op.drop_index("ix_customer_pool_due", table_name="customer")
    op.drop_index("ix_customer_pool_look_at", table_name="customer")
    for name in _COLUMNS:
        op.drop_column("customer", name)
