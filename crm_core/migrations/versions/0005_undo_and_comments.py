"""undo and comments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentioned", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_comment_said")),
        sa.ForeignKeyConstraint(["author_id"], ["employee.id"], name=op.f("fk_comment_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index("ix_comment_author_id", "comment", ["author_id"], unique=False)
    op.create_index("ix_comment_subject", "comment", ["subject_type", "subject_id", "id"], unique=False)
    op.add_column("audit", sa.Column("op", sa.BigInteger(), nullable=True))
    op.add_column("audit", sa.Column("undoes", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_audit_op", "audit", ["op", "id"], unique=False, postgresql_where=sa.text("op IS NOT NULL")
    )
    op.create_index(
        "ix_audit_undoes", "audit", ["undoes"], unique=False, postgresql_where=sa.text("undoes IS NOT NULL")
    )
    op.add_column("occurrence", sa.Column("ended_op", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_occurrence_ended_op",
        "occurrence",
        ["ended_op"],
        unique=False,
        postgresql_where=sa.text("ended_op IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_occurrence_ended_op", table_name="occurrence")
    op.drop_column("occurrence", "ended_op")
    op.drop_index("ix_audit_undoes", table_name="audit")
    op.drop_index("ix_audit_op", table_name="audit")
    op.drop_column("audit", "undoes")
    op.drop_column("audit", "op")
    op.drop_index("ix_comment_subject", table_name="comment")
    op.drop_index("ix_comment_author_id", table_name="comment")
    op.drop_table("comment")
