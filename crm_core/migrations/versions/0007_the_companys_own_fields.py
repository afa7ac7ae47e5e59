"""The company's own fields on customers, contacts and visits; whom one talked with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_TABLES = ("customer", "contact", "visit")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(
            table, sa.Column("extra", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
        )
    op.add_column("visit", sa.Column("contact_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_visit_contact_id"), "visit", "contact", ["contact_id"], ["id"])
    op.create_index(
        "ix_visit_contact", "visit", ["contact_id"], postgresql_where=sa.text("contact_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_visit_contact", table_name="visit")
    op.drop_constraint(op.f("fk_visit_contact_id"), "visit", type_="foreignkey")
    op.drop_column("visit", "contact_id")
    for table in _TABLES:
        op.drop_column(table, "extra")
