"""Plans by the week, tasks, sales plans, calendar feeds."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plan_feed',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_plan_feed_employee_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_feed')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_plan_feed_token_hash'))
    )
    op.create_index('uq_plan_feed', 'plan_feed', ['employee_id'], unique=True, postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('sales_plan',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('owner_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("title <> ''", name=op.f('ck_sales_plan_title')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_sales_plan_amount')),
    sa.CheckConstraint('since <= until', name=op.f('ck_sales_plan_period')),
    sa.ForeignKeyConstraint(['owner_id'], ['employee.id'], name=op.f('fk_sales_plan_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_plan'))
    )
    op.create_index('ix_sales_plan_owner', 'sales_plan', ['owner_id', 'until', 'id'], unique=False)
    op.create_table('week_plan',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('week', sa.Date(), nullable=False),
    sa.Column('state', sa.Text(), server_default='draft', nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('by_itself', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('superior_id', sa.BigInteger(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('score', sa.SmallInteger(), nullable=True),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_by', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("(state = 'draft') = (submitted_at IS NULL)", name=op.f('ck_week_plan_submitted')),
    sa.CheckConstraint("(state = 'reviewed') = (num_nulls(score, reviewed_at, reviewed_by) = 0)", name=op.f('ck_week_plan_reviewed')),
    sa.CheckConstraint("state IN ('draft','submitted','reviewed')", name=op.f('ck_week_plan_state')),
    sa.CheckConstraint('extract(isodow FROM week) = 1', name=op.f('ck_week_plan_monday')),
    sa.CheckConstraint('reviewed_by <> employee_id', name=op.f('ck_week_plan_not_one_s_own')),
    sa.CheckConstraint('score BETWEEN 1 AND 5', name=op.f('ck_week_plan_score')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_week_plan_employee_id')),
    sa.ForeignKeyConstraint(['reviewed_by'], ['employee.id'], name=op.f('fk_week_plan_reviewed_by')),
    sa.ForeignKeyConstraint(['superior_id'], ['employee.id'], name=op.f('fk_week_plan_superior_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_week_plan'))
    )
    op.create_index('ix_week_plan_ends', 'week_plan', ['ends_at'], unique=False, postgresql_where=sa.text("state = 'draft'"))
    op.create_index('ix_week_plan_waiting', 'week_plan', ['superior_id', 'id'], unique=False, postgresql_where=sa.text("state = 'submitted'"))
    op.create_index('uq_week_plan', 'week_plan', ['employee_id', 'week'], unique=True)
    op.create_table('task',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('by_id', sa.BigInteger(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('unit_id', sa.BigInteger(), nullable=True),
    sa.Column('plan_id', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("what <> ''", name=op.f('ck_task_told')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_task_amount')),
    sa.CheckConstraint('amount IS NULL OR plan_id IS NOT NULL', name=op.f('ck_task_part')),
    sa.ForeignKeyConstraint(['by_id'], ['employee.id'], name=op.f('fk_task_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_task_customer_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['sales_plan.id'], name=op.f('fk_task_plan_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_task_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task'))
    )
    op.create_index('ix_task_by', 'task', ['by_id', 'id'], unique=False)
    op.create_index('ix_task_customer', 'task', ['customer_id'], unique=False, postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.create_index('ix_task_plan', 'task', ['plan_id'], unique=False, postgresql_where=sa.text('plan_id IS NOT NULL'))
    op.create_table('task_share',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('task_id', sa.BigInteger(), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.Text(), server_default='open', nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('feedback', sa.Text(), nullable=True),
    sa.CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name=op.f('ck_task_share_done')),
    sa.CheckConstraint("state IN ('open','done','dropped')", name=op.f('ck_task_share_state')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_task_share_employee_id')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_share_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_share'))
    )
    op.create_index('ix_task_share_due', 'task_share', ['due_on'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index('ix_task_share_employee', 'task_share', ['employee_id', 'id'], unique=False)
    op.create_index('ix_task_share_open', 'task_share', ['employee_id', 'due_on', 'id'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index('uq_task_share', 'task_share', ['task_id', 'employee_id'], unique=True)
    op.create_table('plan_line',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('week', sa.Date(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=False),
    sa.Column('part', sa.Text(), server_default='day', nullable=False),
    sa.Column('routine', sa.Boolean(), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('what', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), server_default='open', nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('visit_id', sa.BigInteger(), nullable=True),
    sa.Column('feedback', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name=op.f('ck_plan_line_done')),
    sa.CheckConstraint("customer_id IS NOT NULL OR what <> ''", name=op.f('ck_plan_line_told')),
    sa.CheckConstraint("part IN ('day','morning','afternoon')", name=op.f('ck_plan_line_part')),
    sa.CheckConstraint("state IN ('open','done','dropped')", name=op.f('ck_plan_line_state')),
    sa.CheckConstraint("visit_id IS NULL OR state = 'done'", name=op.f('ck_plan_line_visited')),
    sa.CheckConstraint('extract(isodow FROM week) = 1 AND day BETWEEN week AND week + 6', name=op.f('ck_plan_line_week')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_plan_line_customer_id')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_plan_line_employee_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_plan_line_visit_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_line'))
    )
    op.create_index('ix_plan_line_customer', 'plan_line', ['customer_id'], unique=False, postgresql_where=sa.text("state = 'open' AND customer_id IS NOT NULL"))
    op.create_index('ix_plan_line_due', 'plan_line', ['day'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index('ix_plan_line_employee', 'plan_line', ['employee_id', 'day', 'id'], unique=False)
    op.create_index('ix_plan_line_visit', 'plan_line', ['visit_id'], unique=False, postgresql_where=sa.text('visit_id IS NOT NULL'))
    op.create_index('uq_plan_line_there', 'plan_line', ['employee_id', 'customer_id', 'day'], unique=True, postgresql_where=sa.text("state = 'open' AND customer_id IS NOT NULL"))
    op.create_table('plan_flow',
    sa.Column('approval_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_plan_flow_approval_id')),
    sa.ForeignKeyConstraint(['line_id'], ['plan_line.id'], name=op.f('fk_plan_flow_line_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('approval_id', name=op.f('pk_plan_flow'))
    )
    op.create_index(op.f('ix_plan_flow_line_id'), 'plan_flow', ['line_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_plan_flow_line_id'), table_name='plan_flow')
    op.drop_table('plan_flow')
    op.drop_index('uq_plan_line_there', table_name='plan_line', postgresql_where=sa.text("state = 'open' AND customer_id IS NOT NULL"))
    op.drop_index('ix_plan_line_visit', table_name='plan_line', postgresql_where=sa.text('visit_id IS NOT NULL'))
    op.drop_index('ix_plan_line_due', table_name='plan_line', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_plan_line_employee', table_name='plan_line')
    op.drop_index('ix_plan_line_customer', table_name='plan_line', postgresql_where=sa.text("state = 'open' AND customer_id IS NOT NULL"))
    op.drop_table('plan_line')
    op.drop_index('uq_task_share', table_name='task_share')
    op.drop_index('ix_task_share_open', table_name='task_share', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_task_share_due', table_name='task_share', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_task_share_employee', table_name='task_share')
    op.drop_table('task_share')
    op.drop_index('ix_task_plan', table_name='task', postgresql_where=sa.text('plan_id IS NOT NULL'))
    op.drop_index('ix_task_customer', table_name='task', postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.drop_index('ix_task_by', table_name='task')
    op.drop_table('task')
    op.drop_index('uq_week_plan', table_name='week_plan')
    op.drop_index('ix_week_plan_waiting', table_name='week_plan', postgresql_where=sa.text("state = 'submitted'"))
    op.drop_index('ix_week_plan_ends', table_name='week_plan', postgresql_where=sa.text("state = 'draft'"))
    op.drop_table('week_plan')
    op.drop_index('ix_sales_plan_owner', table_name='sales_plan')
    op.drop_table('sales_plan')
    op.drop_index('uq_plan_feed', table_name='plan_feed', postgresql_where=sa.text('revoked_at IS NULL'))
    op.drop_table('plan_feed')
