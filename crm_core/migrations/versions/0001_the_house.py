"""the house."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
    )
    op.create_index("ix_card_message", "card", ["bot_id", "chat_id", "message_id"], unique=False)
    op.create_index(
        "ix_card_subject", "card", ["subject"], unique=False, postgresql_where=sa.text("subject IS NOT NULL")
    )
    op.create_table(
        "company",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("playbook_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_company_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_inbox_ended")),
        sa.CheckConstraint("state IN ('pending','done','dead')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("bot_id", "number", name=op.f("uq_inbox_bot_id_number")),
    )
    op.create_index("ix_inbox_dead", "inbox", ["id"], unique=False, postgresql_where=sa.text("state = 'dead'"))
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["bot_id", "chat_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("path", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint("kind IN ('branch','department')", name=op.f("ck_unit_kind")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)
    op.create_index("ix_unit_path", "unit", ["path"], unique=False, postgresql_using="gin")
    op.create_table(
        "employee",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("manager_id", sa.BigInteger(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("chain", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("bot_id", sa.BigInteger(), nullable=True),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreachable_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest_at", sa.Time(), server_default=sa.text("'08:30'"), nullable=False),
        sa.Column("digest_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("left_at IS NULL OR telegram_id IS NULL", name=op.f("ck_employee_left_without_access")),
        sa.CheckConstraint("manager_id <> id", name=op.f("ck_employee_not_own_manager")),
        sa.ForeignKeyConstraint(["manager_id"], ["employee.id"], name=op.f("fk_employee_manager_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_employee_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee")),
    )
    op.create_index("ix_employee_chain", "employee", ["chain"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_employee_digest_due_at",
        "employee",
        ["digest_due_at"],
        unique=False,
        postgresql_where=sa.text("digest_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_employee_manager_id"), "employee", ["manager_id"], unique=False)
    op.create_index(op.f("ix_employee_unit_id"), "employee", ["unit_id"], unique=False)
    op.create_index(
        "uq_employee_telegram_id", "employee", ["telegram_id"], unique=True, postgresql_where=sa.text("left_at IS NULL")
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ambiguous", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('sent','dropped','dead')) = (ended_at IS NOT NULL)", name=op.f("ck_outbox_ended")
        ),
        sa.CheckConstraint("state IN ('pending','sending','sent','dropped','dead')", name=op.f("ck_outbox_state")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_outbox_card_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_dead", "outbox", ["id"], unique=False, postgresql_where=sa.text("state = 'dead'"))
    op.create_index(
        "ix_outbox_expiring",
        "outbox",
        ["bot_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending' AND expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_lane",
        "outbox",
        ["bot_id", "chat_id", "priority", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending','sending')"),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["bot_id", "priority", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending','sending')"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("file_unique_id", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('photo','voice','document')", name=op.f("ck_attachment_kind")),
        sa.ForeignKeyConstraint(["created_by"], ["employee.id"], name=op.f("fk_attachment_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_subject", "attachment", ["subject_type", "subject_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("verb IN ('create','change','delete')", name=op.f("ck_audit_verb")),
        sa.ForeignKeyConstraint(["actor_id"], ["employee.id"], name=op.f("fk_audit_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject", "audit", ["subject_type", "subject_id", "id"], unique=False)
    op.create_table(
        "customer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("yearly_value", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("maintained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_followup_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("stale_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("normal_name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_customer_named")),
        sa.ForeignKeyConstraint(["created_by"], ["employee.id"], name=op.f("fk_customer_created_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_customer_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    op.create_index("ix_customer_keys", "customer", ["keys"], unique=False, postgresql_using="gin")
    op.create_index("ix_customer_normal_name", "customer", ["normal_name"], unique=False)
    op.create_index("ix_customer_owner", "customer", ["owner_id", "sort_key", "id"], unique=False)
    op.create_index("ix_customer_sort", "customer", ["sort_key", "id"], unique=False)
    op.create_index(
        "ix_customer_stale_due_at",
        "customer",
        ["stale_due_at"],
        unique=False,
        postgresql_where=sa.text("stale_due_at IS NOT NULL"),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("employee_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asking", sa.Text(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_draft_card_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_draft_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_employee_id"), "draft", ["employee_id"], unique=False)
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"], unique=False)
    op.create_table(
        "invite",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("employee_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["employee.id"], name=op.f("fk_invite_created_by")),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_invite_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invite_token_hash")),
    )
    op.create_index(op.f("ix_invite_employee_id"), "invite", ["employee_id"], unique=False)
    op.create_table(
        "occurrence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snoozes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('done','expired','suppressed')) = (ended_at IS NOT NULL)", name=op.f("ck_occurrence_ended")
        ),
        sa.CheckConstraint(
            "state IN ('due','sent','snoozed','done','expired','suppressed')", name=op.f("ck_occurrence_state")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_occurrence_card_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["recipient_id"], ["employee.id"], name=op.f("fk_occurrence_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint(
            "rule",
            "subject_type",
            "subject_id",
            "recipient_id",
            "occurrence_key",
            name=op.f("uq_occurrence_rule_subject_type_subject_id_recipient_id_occurrence_key"),
        ),
    )
    op.create_index(op.f("ix_occurrence_card_id"), "occurrence", ["card_id"], unique=False)
    op.create_index(
        "ix_occurrence_open",
        "occurrence",
        ["recipient_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('due','sent','snoozed')"),
    )
    op.create_index(
        "ix_occurrence_open_subject",
        "occurrence",
        ["subject_type", "subject_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('due','sent','snoozed')"),
    )
    op.create_table(
        "playbook_version",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["applied_by"], ["employee.id"], name=op.f("fk_playbook_version_applied_by")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_playbook_version")),
    )
    op.create_table(
        "chat",
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_chat_draft_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name=op.f("pk_chat")),
    )
    op.create_index(op.f("ix_chat_draft_id"), "chat", ["draft_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("employee_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("summary <> ''", name=op.f("ck_visit_told")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_visit_customer_id")),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_visit_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_customer", "visit", ["customer_id", "happened_at", "id"], unique=False)
    op.create_index("ix_visit_employee", "visit", ["employee_id", "happened_at", "id"], unique=False)

    # New rows wake their loops in whatever process they run; a statement's trigger costs no round trip.
    for table in ("inbox", "outbox"):
        op.execute(
            f"CREATE FUNCTION {table}_wake() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN PERFORM pg_notify('rounds_{table}', ''); RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_wake AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_wake()"
        )


def downgrade() -> None:
    for table in ("inbox", "outbox"):
        op.execute(f"DROP TRIGGER {table}_wake ON {table}")
        op.execute(f"DROP FUNCTION {table}_wake()")
    op.drop_index("ix_visit_employee", table_name="visit")
    op.drop_index("ix_visit_customer", table_name="visit")
    op.drop_table("visit")
    op.drop_index(op.f("ix_chat_draft_id"), table_name="chat")
    op.drop_table("chat")
    op.drop_table("playbook_version")
    op.drop_index(
        "ix_occurrence_open_subject",
        table_name="occurrence",
        postgresql_where=sa.text("state IN ('due','sent','snoozed')"),
    )
    op.drop_index(
        "ix_occurrence_open", table_name="occurrence", postgresql_where=sa.text("state IN ('due','sent','snoozed')")
    )
    op.drop_index(op.f("ix_occurrence_card_id"), table_name="occurrence")
    op.drop_table("occurrence")
    op.drop_index(op.f("ix_invite_employee_id"), table_name="invite")
    op.drop_table("invite")
    op.drop_index("ix_draft_expires_at", table_name="draft")
    op.drop_index(op.f("ix_draft_employee_id"), table_name="draft")
    op.drop_table("draft")
    op.drop_index(
        "ix_customer_stale_due_at", table_name="customer", postgresql_where=sa.text("stale_due_at IS NOT NULL")
    )
    op.drop_index("ix_customer_sort", table_name="customer")
    op.drop_index("ix_customer_owner", table_name="customer")
    op.drop_index("ix_customer_normal_name", table_name="customer")
    op.drop_index("ix_customer_keys", table_name="customer", postgresql_using="gin")
    op.drop_table("customer")
    op.drop_index("ix_audit_subject", table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_attachment_subject", table_name="attachment")
    op.drop_table("attachment")
    op.drop_index("ix_outbox_open", table_name="outbox", postgresql_where=sa.text("state IN ('pending','sending')"))
    op.drop_index("ix_outbox_lane", table_name="outbox", postgresql_where=sa.text("state IN ('pending','sending')"))
    op.drop_index(
        "ix_outbox_expiring",
        table_name="outbox",
        postgresql_where=sa.text("state = 'pending' AND expires_at IS NOT NULL"),
    )
    op.drop_index("ix_outbox_dead", table_name="outbox", postgresql_where=sa.text("state = 'dead'"))
    op.drop_table("outbox")
    op.drop_index("uq_employee_telegram_id", table_name="employee", postgresql_where=sa.text("left_at IS NULL"))
    op.drop_index(op.f("ix_employee_unit_id"), table_name="employee")
    op.drop_index(op.f("ix_employee_manager_id"), table_name="employee")
    op.drop_index(
        "ix_employee_digest_due_at", table_name="employee", postgresql_where=sa.text("digest_due_at IS NOT NULL")
    )
    op.drop_index("ix_employee_chain", table_name="employee", postgresql_using="gin")
    op.drop_table("employee")
    op.drop_index("ix_unit_path", table_name="unit", postgresql_using="gin")
    op.drop_index(op.f("ix_unit_parent_id"), table_name="unit")
    op.drop_table("unit")
    op.drop_index("ix_inbox_pending", table_name="inbox", postgresql_where=sa.text("state = 'pending'"))
    op.drop_index("ix_inbox_dead", table_name="inbox", postgresql_where=sa.text("state = 'dead'"))
    op.drop_table("inbox")
    op.drop_table("company")
    op.drop_index("ix_card_subject", table_name="card", postgresql_where=sa.text("subject IS NOT NULL"))
    op.drop_index("ix_card_message", table_name="card")
    op.drop_table("card")
