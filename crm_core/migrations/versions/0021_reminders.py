"""Reminders: what wants a message of its own, what one wants of each kind, working days, our own birthdays."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

WAS = "state IN ('due','sent','snoozed')"
OPEN = "state IN ('due','queued','sent','seen','snoozed')"
STATES = "state IN ('due','sent','snoozed','done','expired','suppressed')"
ALL_STATES = "state IN ('due','queued','sent','seen','snoozed','done','expired','suppressed')"


def _open_indexes(condition: str) -> None:
    op.create_index('ix_occurrence_open', 'occurrence', ['recipient_id', 'due_at'], postgresql_where=sa.text(condition))
    op.create_index(
        'ix_occurrence_open_subject', 'occurrence', ['subject_type', 'subject_id'], postgresql_where=sa.text(condition)
    )


def _without_open_indexes() -> None:
    op.drop_index('ix_occurrence_open_subject', table_name='occurrence')
    op.drop_index('ix_occurrence_open', table_name='occurrence')


def upgrade() -> None:
    _without_open_indexes()
    op.drop_constraint(op.f('ck_occurrence_state'), 'occurrence', type_='check')
    op.create_check_constraint(op.f('ck_occurrence_state'), 'occurrence', ALL_STATES)
    op.add_column('occurrence', sa.Column('push_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('occurrence', sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('occurrence', sa.Column('reason', sa.Text(), nullable=True))
    op.add_column('occurrence', sa.Column('nudged_by', sa.BigInteger(), nullable=True))
    op.add_column('occurrence', sa.Column('nudged_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('occurrence', sa.Column('ignored', sa.Boolean(), server_default='false', nullable=False))
    op.create_foreign_key(op.f('fk_occurrence_nudged_by'), 'occurrence', 'employee', ['nudged_by'], ['id'])
    _open_indexes(OPEN)
    op.create_index('ix_occurrence_push_at', 'occurrence', ['push_at'], postgresql_where=sa.text(f"push_at IS NOT NULL AND {OPEN}"))
    op.create_index('ix_occurrence_queued', 'occurrence', ['card_id'], postgresql_where=sa.text("state = 'queued'"))
    op.create_index('ix_occurrence_expires_at', 'occurrence', ['expires_at'], postgresql_where=sa.text(f"expires_at IS NOT NULL AND {OPEN}"))
    op.create_table('reminder_choice',
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('chosen_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("how IN ('off','digest')", name=op.f('ck_reminder_choice_how')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_reminder_choice_employee_id')),
    sa.PrimaryKeyConstraint('employee_id', 'rule', name=op.f('pk_reminder_choice'))
    )
    op.create_table('rule_day',
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('rule', 'zone', name=op.f('pk_rule_day'))
    )
    op.create_table('work_day',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('works', sa.Boolean(), nullable=False),
    sa.Column('set_by', sa.BigInteger(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['set_by'], ['employee.id'], name=op.f('fk_work_day_set_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_day')),
    sa.UniqueConstraint('day', name=op.f('uq_work_day_day'))
    )
    op.create_table('employee_birthday',
    sa.Column('employee_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('lunar', sa.Boolean(), nullable=False),
    sa.Column('month', sa.BigInteger(), nullable=False),
    sa.Column('day', sa.BigInteger(), nullable=False),
    sa.Column('leap', sa.Boolean(), nullable=False),
    sa.Column('year', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('lunar OR NOT leap', name=op.f('ck_employee_birthday_leap')),
    sa.CheckConstraint('month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31', name=op.f('ck_employee_birthday_exists')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_employee_birthday_employee_id')),
    sa.PrimaryKeyConstraint('employee_id', name=op.f('pk_employee_birthday'))
    )
    op.create_index('ix_employee_birthday_due', 'employee_birthday', ['lunar', 'month', 'day'])
    op.add_column('employee', sa.Column('digested_on', sa.Date(), nullable=True))
    op.add_column('employee', sa.Column('listed_on', sa.Date(), nullable=True))
    op.add_column('employee', sa.Column('pushed_on', sa.Date(), nullable=True))
    op.add_column('employee', sa.Column('pushes', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('employee', sa.Column('unreachable_due_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_employee_unreachable_due_at', 'employee', ['unreachable_due_at'], postgresql_where=sa.text('unreachable_due_at IS NOT NULL'))
    op.create_index('ix_customer_next_step_on', 'customer', ['next_step_on'], postgresql_where=sa.text('next_step_on IS NOT NULL'))
    op.create_index('ix_customer_alone', 'customer', ['created_at'], postgresql_where=sa.text("people = '{}'::text[] AND owner_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index('ix_customer_alone', table_name='customer')
    op.drop_index('ix_customer_next_step_on', table_name='customer')
    op.drop_index('ix_employee_unreachable_due_at', table_name='employee')
    for column in ('unreachable_due_at', 'pushes', 'pushed_on', 'listed_on', 'digested_on'):
        op.drop_column('employee', column)
    op.drop_table('employee_birthday')
    op.drop_table('work_day')
    op.drop_table('rule_day')
    op.drop_table('reminder_choice')
    op.drop_index('ix_occurrence_expires_at', table_name='occurrence')
    op.drop_index('ix_occurrence_queued', table_name='occurrence')
    op.drop_index('ix_occurrence_push_at', table_name='occurrence')
    _without_open_indexes()
    op.drop_constraint(op.f('fk_occurrence_nudged_by'), 'occurrence', type_='foreignkey')
    for column in ('ignored', 'nudged_at', 'nudged_by', 'reason', 'expires_at', 'push_at'):
        op.drop_column('occurrence', column)
    op.execute("UPDATE occurrence SET state = 'sent' WHERE state IN ('queued','seen')")
    op.drop_constraint(op.f('ck_occurrence_state'), 'occurrence', type_='check')
    op.create_check_constraint(op.f('ck_occurrence_state'), 'occurrence', STATES)
    _open_indexes(WAS)
