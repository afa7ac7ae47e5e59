"""Who decides at a customer: roles, relations, important days, gifts, posts, the personal file."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WORDS = postgresql.ARRAY(sa.Text())
_EMPTY = sa.text("'{}'")
_OF_CONTACT = (
    ("roles", _WORDS, _EMPTY),
    ("attitude", sa.Text(), None),
    ("influence", sa.BigInteger(), None),
    ("reports_to_id", sa.BigInteger(), None),
    ("minded_by", sa.BigInteger(), None),
    ("post_since", sa.Date(), None),
    ("came_from_id", sa.BigInteger(), None),
    ("went_to", sa.Text(), None),
    ("went_to_id", sa.BigInteger(), None),
    ("hobbies", _WORDS, _EMPTY),
    ("about", sa.Text(), None),
    ("file", postgresql.JSONB(none_as_null=True), _EMPTY),
)
_KEYS = {
    "reports_to_id": "contact",
    "came_from_id": "contact",
    "minded_by": "employee",
    "went_to_id": "customer",
}


def upgrade() -> None:
    for name, kind, default in _OF_CONTACT:
        op.add_column("contact", sa.Column(name, kind, server_default=default, nullable=default is None))
    for column, table in _KEYS.items():
        op.create_foreign_key(op.f(f"fk_contact_{column}"), "contact", table, [column], ["id"])
    op.create_check_constraint(op.f("ck_contact_influence"), "contact", "influence BETWEEN 1 AND 5")
    op.create_check_constraint(op.f("ck_contact_not_own_superior"), "contact", "reports_to_id <> id")
    there = sa.text("came_from_id IS NOT NULL")
    op.create_index("uq_contact_came_from", "contact", ["came_from_id"], unique=True, postgresql_where=there)
    _roles()
    _relations()
    _days()
    _gifts()
    _table(
        "contact_post",
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
    )
    op.create_index("ix_contact_post_contact", "contact_post", ["contact_id", "until"])


def _table(name: str, *parts: sa.schema.SchemaItem, contacts: tuple[str, ...] = ("contact_id",)) -> None:
    """A table whose rows are about contacts."""
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(one, sa.BigInteger(), nullable=False) for one in contacts),
        *parts,
        *(sa.ForeignKeyConstraint([one], ["contact.id"], name=op.f(f"fk_{name}_{one}")) for one in contacts),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _made(name: str) -> tuple[sa.schema.SchemaItem, ...]:
    """Who made a row, and when."""
    return (
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["employee.id"], name=op.f(f"fk_{name}_created_by")),
    )


def _roles() -> None:
    _table(
        "contact_role",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=True),
    )
    op.create_index("ix_contact_role_contact", "contact_role", ["contact_id", "role"])
    still = sa.text("until IS NULL")
    op.create_index("uq_contact_role", "contact_role", ["contact_id", "role"], unique=True, postgresql_where=still)


def _relations() -> None:
    _table(
        "contact_relation",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        *_made("contact_relation"),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_contact_relation_ordered")),
        contacts=("one_id", "other_id"),
    )
    op.create_index("uq_contact_relation", "contact_relation", ["one_id", "other_id", "kind"], unique=True)
    op.create_index("ix_contact_relation_other", "contact_relation", ["other_id"])


def _days() -> None:
    _table(
        "contact_day",
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("lunar", sa.Boolean(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("leap", sa.Boolean(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=True),
        *_made("contact_day"),
        sa.CheckConstraint("month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name=op.f("ck_contact_day_exists")),
        sa.CheckConstraint("lunar OR NOT leap", name=op.f("ck_contact_day_leap")),
    )
    op.create_index("ix_contact_day_contact", "contact_day", ["contact_id"])
    op.create_index("ix_contact_day_due", "contact_day", ["lunar", "month", "day"])
    birthday = sa.text("title IS NULL")
    op.create_index(
        "uq_contact_day_birthday", "contact_day", ["contact_id"], unique=True, postgresql_where=birthday
    )


def _gifts() -> None:
    _table(
        "contact_gift",
        sa.Column("employee_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_contact_gift_amount")),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_contact_gift_employee_id")),
    )
    op.create_index("ix_contact_gift_contact", "contact_gift", ["contact_id", "given_on", "id"])


def downgrade() -> None:
    for table in ("contact_post", "contact_gift", "contact_day", "contact_relation", "contact_role"):
        op.drop_table(table)
    op.drop_index("uq_contact_came_from", table_name="contact")
    for check in ("not_own_superior", "influence"):
        op.drop_constraint(op.f(f"ck_contact_{check}"), "contact", type_="check")
    for name, _, _ in reversed(_OF_CONTACT):
        op.drop_column("contact", name)
