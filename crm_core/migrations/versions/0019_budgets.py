"""Budgets and their ledger."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('budget',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('task', sa.Text(), nullable=True),
    sa.Column('task_kind', sa.Text(), nullable=True),
    sa.Column('stage', sa.Text(), nullable=True),
    sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('owner_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Text(), server_default='open', nullable=False),
    sa.Column('created_by', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('held', sa.Numeric(precision=14, scale=2), server_default='0', nullable=False),
    sa.Column('committed', sa.Numeric(precision=14, scale=2), server_default='0', nullable=False),
    sa.Column('over_allowed', sa.Numeric(precision=14, scale=2), server_default='0', nullable=False),
    sa.Column('look_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint("status IN ('open','closed')", name=op.f('ck_budget_status')),
    sa.CheckConstraint("task_kind IN ('market','sales','service','operations')", name=op.f('ck_budget_task_kind')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_budget_amount')),
    sa.CheckConstraint('held + committed <= amount + over_allowed', name=op.f('ck_budget_limit')),
    sa.CheckConstraint('held >= 0 AND committed >= 0 AND over_allowed >= 0', name=op.f('ck_budget_sums')),
    sa.CheckConstraint('since <= until', name=op.f('ck_budget_period')),
    sa.ForeignKeyConstraint(['created_by'], ['employee.id'], name=op.f('fk_budget_created_by')),
    sa.ForeignKeyConstraint(['owner_id'], ['employee.id'], name=op.f('fk_budget_owner_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_budget_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_budget'))
    )
    op.create_index('ix_budget_look_at', 'budget', ['look_at'], unique=False, postgresql_where=sa.text('look_at IS NOT NULL'))
    op.create_index(op.f('ix_budget_owner_id'), 'budget', ['owner_id'], unique=False)
    op.create_index('ix_budget_unit', 'budget', ['unit_id', 'content', 'since'], unique=False)
    op.create_table('budget_entry',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('approval_id', sa.BigInteger(), nullable=False),
    sa.Column('round', sa.SmallInteger(), nullable=False),
    sa.Column('line', sa.SmallInteger(), nullable=False),
    sa.Column('budget_id', sa.BigInteger(), nullable=True),
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('task', sa.Text(), nullable=True),
    sa.Column('task_kind', sa.Text(), nullable=True),
    sa.Column('stage', sa.Text(), nullable=True),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('covered', sa.Numeric(precision=14, scale=2), server_default='0', nullable=False),
    sa.Column('replaces_id', sa.BigInteger(), nullable=True),
    sa.Column('over', sa.Numeric(precision=14, scale=2), server_default='0', nullable=False),
    sa.Column('allowed_by', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state IN ('asked','held')) = (settled_at IS NULL)", name=op.f('ck_budget_entry_settled')),
    sa.CheckConstraint("over = 0 OR allowed_by IS NOT NULL OR state IN ('asked','released')", name=op.f('ck_budget_entry_allowed')),
    sa.CheckConstraint("state IN ('asked','held','committed','released','replaced')", name=op.f('ck_budget_entry_state')),
    sa.CheckConstraint("task_kind IN ('market','sales','service','operations')", name=op.f('ck_budget_entry_task_kind')),
    sa.CheckConstraint('amount > 0 AND covered BETWEEN 0 AND amount AND over BETWEEN 0 AND amount', name=op.f('ck_budget_entry_amounts')),
    sa.CheckConstraint('budget_id IS NOT NULL OR (over = 0 AND covered = 0)', name=op.f('ck_budget_entry_over')),
    sa.ForeignKeyConstraint(['allowed_by'], ['employee.id'], name=op.f('fk_budget_entry_allowed_by')),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_budget_entry_approval_id')),
    sa.ForeignKeyConstraint(['budget_id'], ['budget.id'], name=op.f('fk_budget_entry_budget_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_budget_entry_customer_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_budget_entry_employee_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['approval.id'], name=op.f('fk_budget_entry_replaces_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_budget_entry_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_budget_entry')),
    sa.UniqueConstraint('approval_id', 'round', 'line', name=op.f('uq_budget_entry_approval_id_round_line'))
    )
    op.create_index('ix_budget_entry_budget', 'budget_entry', ['budget_id', 'id'], unique=False, postgresql_where=sa.text('budget_id IS NOT NULL'))
    op.create_index('ix_budget_entry_day', 'budget_entry', ['day', 'unit_id'], unique=False)
    op.create_index('ix_budget_entry_employee', 'budget_entry', ['employee_id', 'day'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_budget_entry_employee', table_name='budget_entry')
    op.drop_index('ix_budget_entry_day', table_name='budget_entry')
    op.drop_index('ix_budget_entry_budget', table_name='budget_entry', postgresql_where=sa.text('budget_id IS NOT NULL'))
    op.drop_table('budget_entry')
    op.drop_index('ix_budget_unit', table_name='budget')
    op.drop_index(op.f('ix_budget_owner_id'), table_name='budget')
    op.drop_index('ix_budget_look_at', table_name='budget', postgresql_where=sa.text('look_at IS NOT NULL'))
    op.drop_table('budget')
