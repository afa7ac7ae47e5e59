"""Approvals: requests, their steps and seats, the facts that they come from, copies, timers, effects."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

_ONLY_ADDED = """
CREATE FUNCTION approval_fact_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts of approvals are only added';
END $$
"""


def upgrade() -> None:
    op.create_table('approval',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('flow', sa.Text(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('playbook_version', sa.BigInteger(), nullable=False),
        sa.Column('subject_type', sa.Text(), nullable=True),
        sa.Column('subject_id', sa.BigInteger(), nullable=True),
        sa.Column('about_id', sa.BigInteger(), nullable=True),
        sa.Column('applicant_id', sa.BigInteger(), nullable=False),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column('form', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column('picks', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column('status', sa.Text(), nullable=False),
        sa.Column('round', sa.SmallInteger(), nullable=False),
        sa.Column('facts', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('submit_key', sa.Text(), nullable=False),
        sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('revoke_asked', sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(status IN ('running','returned')) = (ended_at IS NULL)", name=op.f('ck_approval_ended')),
        sa.CheckConstraint("revoke_asked IS NULL OR status = 'approved'", name=op.f('ck_approval_revoke_asked')),
        sa.CheckConstraint("status IN ('running','returned','approved','rejected','withdrawn','revoked')", name=op.f('ck_approval_status')),
        sa.CheckConstraint('(subject_type IS NULL) = (subject_id IS NULL)', name=op.f('ck_approval_subject')),
        sa.ForeignKeyConstraint(['applicant_id'], ['employee.id'], name=op.f('fk_approval_applicant_id')),
        sa.ForeignKeyConstraint(['revoke_asked'], ['employee.id'], name=op.f('fk_approval_revoke_asked')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_approval')),
        sa.UniqueConstraint('submit_key', name=op.f('uq_approval_submit_key'))
    )
    op.create_index('ix_approval_about', 'approval', ['about_id', 'id'], unique=False, postgresql_where=sa.text('about_id IS NOT NULL'))
    op.create_index('ix_approval_applicant', 'approval', ['applicant_id', 'id'], unique=False)
    op.create_index('ix_approval_flow', 'approval', ['flow', 'id'], unique=False)
    op.create_index('ix_approval_live_of', 'approval', ['applicant_id', 'id'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('ix_approval_revoke_asked', 'approval', ['revoke_asked'], unique=False, postgresql_where=sa.text('revoke_asked IS NOT NULL'))
    op.create_index('uq_approval_live', 'approval', ['subject_type', 'subject_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL AND subject_id IS NOT NULL'))
    op.create_table('approval_copy',
        sa.Column('approval_id', sa.BigInteger(), nullable=False),
        sa.Column('employee_id', sa.BigInteger(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_copy_approval_id')),
        sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_approval_copy_employee_id')),
        sa.PrimaryKeyConstraint('approval_id', 'employee_id', name=op.f('pk_approval_copy'))
    )
    op.create_index(op.f('ix_approval_copy_employee_id'), 'approval_copy', ['employee_id'], unique=False)
    op.create_table('approval_effect',
        sa.Column('approval_id', sa.BigInteger(), nullable=False),
        sa.Column('round', sa.SmallInteger(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_effect_approval_id')),
        sa.PrimaryKeyConstraint('approval_id', 'round', 'name', name=op.f('pk_approval_effect'))
    )
    op.create_table('approval_fact',
        sa.Column('approval_id', sa.BigInteger(), nullable=False),
        sa.Column('seq', sa.BigInteger(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_id', sa.BigInteger(), nullable=True),
        sa.Column('for_id', sa.BigInteger(), nullable=True),
        sa.Column('seat', sa.SmallInteger(), nullable=True),
        sa.Column('words', sa.Text(), nullable=True),
        sa.Column('data', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column('key', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(['actor_id'], ['employee.id'], name=op.f('fk_approval_fact_actor_id')),
        sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_fact_approval_id')),
        sa.ForeignKeyConstraint(['for_id'], ['employee.id'], name=op.f('fk_approval_fact_for_id')),
        sa.PrimaryKeyConstraint('approval_id', 'seq', name=op.f('pk_approval_fact')),
        sa.UniqueConstraint('key', name=op.f('uq_approval_fact_key'))
    )
    op.create_table('approval_seat',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('approval_id', sa.BigInteger(), nullable=False),
        sa.Column('no', sa.SmallInteger(), nullable=False),
        sa.Column('step', sa.SmallInteger(), nullable=False),
        sa.Column('holder_id', sa.BigInteger(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False),
        sa.Column('parent', sa.SmallInteger(), nullable=True),
        sa.Column('place', sa.SmallInteger(), nullable=False),
        sa.Column('why', sa.Text(), nullable=True),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('open', sa.Boolean(), nullable=False),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by_id', sa.BigInteger(), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name=op.f('ck_approval_seat_decided')),
        sa.CheckConstraint("NOT open OR state = 'pending'", name=op.f('ck_approval_seat_open')),
        sa.CheckConstraint("origin IN ('rule','admin','escalate','before','after')", name=op.f('ck_approval_seat_origin')),
        sa.CheckConstraint("state IN ('pending','approved','rejected','returned','closed','removed')", name=op.f('ck_approval_seat_state')),
        sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_seat_approval_id')),
        sa.ForeignKeyConstraint(['by_id'], ['employee.id'], name=op.f('fk_approval_seat_by_id')),
        sa.ForeignKeyConstraint(['holder_id'], ['employee.id'], name=op.f('fk_approval_seat_holder_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_seat')),
        sa.UniqueConstraint('approval_id', 'no', name=op.f('uq_approval_seat_approval_id_no'))
    )
    op.create_index('ix_approval_seat_by', 'approval_seat', ['by_id', 'approval_id'], unique=False, postgresql_where=sa.text('by_id IS NOT NULL'))
    op.create_index('ix_approval_seat_holder', 'approval_seat', ['holder_id', 'approval_id'], unique=False)
    op.create_index('ix_approval_seat_open', 'approval_seat', ['holder_id', 'id'], unique=False, postgresql_where=sa.text('open'))
    op.create_index('uq_approval_seat_live', 'approval_seat', ['approval_id', 'step', 'holder_id'], unique=True, postgresql_where=sa.text("state = 'pending'"))
    op.create_table('approval_step',
        sa.Column('approval_id', sa.BigInteger(), nullable=False),
        sa.Column('seq', sa.SmallInteger(), nullable=False),
        sa.Column('node', sa.Text(), nullable=False),
        sa.Column('round', sa.SmallInteger(), nullable=False),
        sa.Column('mode', sa.Text(), nullable=False),
        sa.Column('went', sa.Text(), nullable=False),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(went = 'active') = (closed_at IS NULL)", name=op.f('ck_approval_step_closed')),
        sa.CheckConstraint("went IN ('active','passed','rejected','returned','left')", name=op.f('ck_approval_step_went')),
        sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_step_approval_id')),
        sa.PrimaryKeyConstraint('approval_id', 'seq', name=op.f('pk_approval_step'))
    )
    op.create_index('uq_approval_step_active', 'approval_step', ['approval_id'], unique=True, postgresql_where=sa.text("went = 'active'"))
    op.create_table('approval_timer',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('approval_id', sa.BigInteger(), nullable=False),
        sa.Column('step', sa.SmallInteger(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('fired', sa.Boolean(), nullable=True),
        sa.CheckConstraint("kind IN ('half','due')", name=op.f('ck_approval_timer_kind')),
        sa.CheckConstraint('(done_at IS NULL) = (fired IS NULL)', name=op.f('ck_approval_timer_done')),
        sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_timer_approval_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_timer')),
        sa.UniqueConstraint('approval_id', 'step', 'kind', name=op.f('uq_approval_timer_approval_id_step_kind'))
    )
    op.create_index('ix_approval_timer_due', 'approval_timer', ['due_at'], unique=False, postgresql_where=sa.text('done_at IS NULL'))
    op.add_column('playbook_version', sa.Column('text', sa.Text(), nullable=True))
    op.create_table('playbook_proposal',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('employee_id', sa.BigInteger(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('file_row_id', sa.BigInteger(), nullable=False),
        sa.Column('bot_id', sa.BigInteger(), nullable=False),
        sa.Column('chat_id', sa.BigInteger(), nullable=False),
        sa.Column('card_id', sa.BigInteger(), nullable=True),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('text', sa.Text(), nullable=True),
        sa.Column('base', sa.BigInteger(), nullable=True),
        sa.Column('made_from', sa.BigInteger(), nullable=True),
        sa.Column('problems', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column('error', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column('sample_id', sa.BigInteger(), nullable=True),
        sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'ready' OR (text IS NOT NULL AND base IS NOT NULL)", name=op.f('ck_playbook_proposal_ready')),
        sa.CheckConstraint("state IN ('reading','refused','ready','published','dropped')", name=op.f('ck_playbook_proposal_state')),
        sa.ForeignKeyConstraint(['card_id'], ['card.id'], name=op.f('fk_playbook_proposal_card_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_playbook_proposal_employee_id')),
        sa.ForeignKeyConstraint(['file_row_id'], ['file.id'], name=op.f('fk_playbook_proposal_file_row_id')),
        sa.ForeignKeyConstraint(['sample_id'], ['employee.id'], name=op.f('fk_playbook_proposal_sample_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_playbook_proposal'))
    )
    op.create_index('ix_playbook_proposal_due', 'playbook_proposal', ['due_at'], unique=False, postgresql_where=sa.text("state = 'reading'"))
    op.execute(_ONLY_ADDED)
    op.execute(
        "CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON approval_fact"
        " FOR EACH ROW EXECUTE FUNCTION approval_fact_stays()"
    )


def downgrade() -> None:
    for table in ['approval_timer', 'approval_step', 'approval_seat', 'approval_fact', 'approval_effect', 'approval_copy', 'approval']:
        op.drop_table(table)
    op.execute("DROP FUNCTION approval_fact_stays()")
    op.drop_table('playbook_proposal')
    op.drop_column('playbook_version', 'text')
