"""Visits begin and end, keep how far from the customer they were logged, what they cost, and are searched."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_core.kit.textkeys import prose_keys

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_OPEN = "started_at IS NOT NULL AND ended_at IS NULL"
_HAS_POINT = sa.text("latitude IS NOT NULL")
_BATCH = 1000


def upgrade() -> None:
    op.create_index(
        "ix_customer_owner_place", "customer", ["owner_id", "latitude"], unique=False, postgresql_where=_HAS_POINT
    )
    op.create_index(
        "ix_customer_place", "customer", ["latitude", "longitude"], unique=False, postgresql_where=_HAS_POINT
    )
    op.add_column("visit", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("cost", sa.Numeric(precision=14, scale=2), nullable=True))
    op.add_column("visit", sa.Column("distance_m", sa.BigInteger(), nullable=True))
    op.add_column("visit", sa.Column("outside", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("visit", sa.Column("place_reason", sa.Text(), nullable=True))
    op.add_column(
        "visit", sa.Column("keys", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("visit", sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False))
    op.drop_constraint(op.f("ck_visit_told"), "visit", type_="check")
    op.create_check_constraint(op.f("ck_visit_told"), "visit", f"summary <> '' OR ({_OPEN})")
    op.create_check_constraint(
        op.f("ck_visit_ended"), "visit", "ended_at IS NULL OR (started_at IS NOT NULL AND ended_at >= started_at)"
    )
    op.create_check_constraint(op.f("ck_visit_cost"), "visit", "cost >= 0")
    op.create_check_constraint(op.f("ck_visit_place"), "visit", "(latitude IS NULL) = (longitude IS NULL)")
    op.create_check_constraint(op.f("ck_visit_outside"), "visit", "distance_m IS NOT NULL OR NOT outside")
    _make_keys()
    op.create_index("ix_visit_happened", "visit", ["happened_at", "id"], unique=False)
    op.create_index("ix_visit_keys", "visit", ["keys"], unique=False, postgresql_using="gin")
    op.create_index("ix_visit_open", "visit", ["employee_id"], unique=True, postgresql_where=sa.text(_OPEN))


def _make_keys() -> None:
    """What was told before is found too."""
    visit = sa.table("visit", sa.column("id"), sa.column("summary"), sa.column("keys"))
    connection, last = op.get_bind(), 0
    more = sa.select(visit.c.id, visit.c.summary).order_by(visit.c.id).limit(_BATCH)
    while rows := connection.execute(more.where(visit.c.id > last)).all():
        for row in rows:
            keys = sa.cast(list(prose_keys(row.summary)), postgresql.ARRAY(sa.Text()))
            connection.execute(sa.update(visit).where(visit.c.id == row.id).values(keys=keys))
        last = rows[-1].id


def downgrade() -> None:
    op.drop_index("ix_visit_open", table_name="visit", postgresql_where=sa.text(_OPEN))
    op.drop_index("ix_visit_keys", table_name="visit", postgresql_using="gin")
    op.drop_index("ix_visit_happened", table_name="visit")
    for name in ("outside", "place", "cost", "ended", "told"):
        op.drop_constraint(op.f(f"ck_visit_{name}"), "visit", type_="check")
    op.execute("UPDATE visit SET summary = '–' WHERE summary = ''")  # begun, and never told
    op.create_check_constraint(op.f("ck_visit_told"), "visit", "summary <> ''")
    for name in ("revision", "keys", "place_reason", "outside", "distance_m", "cost", "ended_at", "started_at"):
        op.drop_column("visit", name)
    op.drop_index("ix_customer_place", table_name="customer", postgresql_where=_HAS_POINT)
    op.drop_index("ix_customer_owner_place", table_name="customer", postgresql_where=_HAS_POINT)
