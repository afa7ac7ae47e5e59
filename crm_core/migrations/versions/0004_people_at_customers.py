"""people at customers: contacts of their own; who is due next and who is near is found by an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("coalesce(name, phone) <> ''", name=op.f("ck_contact_known")),
        sa.CheckConstraint("NOT is_primary OR left_at IS NULL", name=op.f("ck_contact_primary_is_present")),
        sa.ForeignKeyConstraint(["created_by"], ["employee.id"], name=op.f("fk_contact_created_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_contact_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_customer", "contact", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_contact_phone",
        "contact",
        ["phone"],
        unique=False,
        postgresql_where=sa.text("phone IS NOT NULL AND left_at IS NULL"),
    )
    op.create_index(
        "uq_contact_primary", "contact", ["customer_id"], unique=True, postgresql_where=sa.text("is_primary")
    )
    op.execute("""
        INSERT INTO contact (customer_id, name, phone, is_primary, created_by, created_at, revision)
        SELECT id, nullif(contact_name, ''), nullif(phone, ''), true, created_by, created_at, 1
        FROM customer WHERE coalesce(contact_name, '') <> '' OR coalesce(phone, '') <> '' ORDER BY id
    """)
    for name in ("people", "people_phones"):
        op.add_column(
            "customer", sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
        )
    op.execute("""
        UPDATE customer SET people = array_remove(ARRAY[nullif(contact_name, '')], NULL),
                            people_phones = array_remove(ARRAY[nullif(phone, '')], NULL)
        WHERE coalesce(contact_name, '') <> '' OR coalesce(phone, '') <> ''
    """)
    op.drop_column("customer", "contact_name")
    op.drop_column("customer", "phone")
    op.create_index(
        "ix_customer_next_step",
        "customer",
        ["owner_id", "next_step_on"],
        unique=False,
        postgresql_where=sa.text("next_step_on IS NOT NULL"),
    )
    op.create_table(
        "whereabouts",
        sa.Column("employee_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_whereabouts_employee_id")),
        sa.PrimaryKeyConstraint("employee_id", name=op.f("pk_whereabouts")),
    )


def downgrade() -> None:
    """The primary contact goes back into the customer's own columns, everybody else into its note."""
    op.drop_table("whereabouts")
    op.drop_index("ix_customer_next_step", table_name="customer")
    op.add_column("customer", sa.Column("contact_name", sa.Text(), nullable=True))
    op.add_column("customer", sa.Column("phone", sa.Text(), nullable=True))
    op.execute("""
        UPDATE customer SET contact_name = contact.name, phone = contact.phone
        FROM contact WHERE contact.customer_id = customer.id AND contact.is_primary
    """)
    op.execute("""
        UPDATE customer SET note = concat_ws(E'\\n', note, others.lines)
        FROM (
            SELECT customer_id, string_agg(
                CASE WHEN is_primary THEN concat_ws(' ', name, title, email, note)
                     ELSE concat_ws(' ', name, title, phone, email, note) END, E'\\n' ORDER BY id) AS lines
            FROM contact WHERE NOT is_primary OR coalesce(title, email, note) IS NOT NULL GROUP BY customer_id
        ) AS others
        WHERE others.customer_id = customer.id
    """)
    op.drop_column("customer", "people_phones")
    op.drop_column("customer", "people")
    op.drop_table("contact")
