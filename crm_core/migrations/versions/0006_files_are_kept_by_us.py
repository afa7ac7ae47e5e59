"""Files are kept by us: what identifies a file moves out of the attachment, into a row that is fetched once."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("file_unique_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("mime", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("duration", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'stored') = (key IS NOT NULL AND sha256 IS NOT NULL)", name=op.f("ck_file_kept")),
        sa.CheckConstraint("kind IN ('photo','voice','document','video','audio')", name=op.f("ck_file_kind")),
        sa.CheckConstraint("state IN ('pending','stored','gone','refused')", name=op.f("ck_file_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("bot_id", "file_unique_id", name=op.f("uq_file_bot_id_file_unique_id")),
    )
    op.create_index(
        "ix_file_pending",
        "file",
        ["bot_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )

    # What was attached so far is fetched now, by the newest handle of each file.
    op.execute("""
        INSERT INTO file (bot_id, file_id, file_unique_id, kind, due_at, created_at)
        SELECT DISTINCT ON (bot_id, file_unique_id)
            bot_id, file_id, file_unique_id, kind, created_at,
            min(created_at) OVER (PARTITION BY bot_id, file_unique_id)
        FROM attachment ORDER BY bot_id, file_unique_id, id DESC
    """)
    op.add_column("attachment", sa.Column("file_row_id", sa.BigInteger(), nullable=True))
    op.add_column("attachment", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("""
        UPDATE attachment a SET file_row_id = f.id FROM file f
        WHERE f.bot_id = a.bot_id AND f.file_unique_id = a.file_unique_id
    """)
    op.alter_column("attachment", "file_row_id", nullable=False)
    op.create_index(op.f("ix_attachment_file_row_id"), "attachment", ["file_row_id"], unique=False)
    op.create_foreign_key(op.f("fk_attachment_file_row_id"), "attachment", "file", ["file_row_id"], ["id"])
    op.drop_constraint(op.f("ck_attachment_kind"), "attachment", type_="check")
    for column in ("kind", "bot_id", "file_id", "file_unique_id"):
        op.drop_column("attachment", column)

    op.execute(
        "CREATE FUNCTION file_wake() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_notify('rounds_file', ''); RETURN NULL; END $$"
    )
    op.execute("CREATE TRIGGER file_wake AFTER INSERT ON file FOR EACH STATEMENT EXECUTE FUNCTION file_wake()")


def downgrade() -> None:
    """The handles go back; what 0001 does not know as a kind becomes a document. Stored bytes stay where they are."""
    op.execute("DROP TRIGGER file_wake ON file")
    op.execute("DROP FUNCTION file_wake()")
    op.add_column("attachment", sa.Column("kind", sa.Text(), nullable=True))
    op.add_column("attachment", sa.Column("bot_id", sa.BigInteger(), nullable=True))
    op.add_column("attachment", sa.Column("file_id", sa.Text(), nullable=True))
    op.add_column("attachment", sa.Column("file_unique_id", sa.Text(), nullable=True))
    op.execute("""
        UPDATE attachment a SET bot_id = f.bot_id, file_id = f.file_id, file_unique_id = f.file_unique_id,
            kind = CASE WHEN f.kind IN ('photo','voice') THEN f.kind ELSE 'document' END
        FROM file f WHERE f.id = a.file_row_id
    """)
    for column in ("kind", "bot_id", "file_id", "file_unique_id"):
        op.alter_column("attachment", column, nullable=False)
    op.create_check_constraint(op.f("ck_attachment_kind"), "attachment", "kind IN ('photo','voice','document')")
    op.drop_constraint(op.f("fk_attachment_file_row_id"), "attachment", type_="foreignkey")
    op.drop_index(op.f("ix_attachment_file_row_id"), table_name="attachment")
    op.drop_column("attachment", "told_at")
    op.drop_column("attachment", "file_row_id")
    op.drop_index("ix_file_pending", table_name="file", postgresql_where=sa.text("state = 'pending'"))
    op.drop_table("file")
