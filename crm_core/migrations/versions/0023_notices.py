"""Notices down the line, and what people did at customers found by who did it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('notice',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('by_id', sa.BigInteger(), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=True),
    sa.Column('unit_id', sa.BigInteger(), nullable=True),
    sa.Column('under', postgresql.ARRAY(sa.BigInteger()), nullable=True),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('state', sa.Text(), server_default='active', nullable=False),
    sa.Column('replaces_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('nudged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('keys', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('redraw_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(kind = 'policy') = (since IS NOT NULL)", name=op.f('ck_notice_in_force')),
    sa.CheckConstraint("(state = 'active') = (ended_at IS NULL)", name=op.f('ck_notice_ended')),
    sa.CheckConstraint("kind IN ('note','instruction','policy')", name=op.f('ck_notice_kind')),
    sa.CheckConstraint("state IN ('active','withdrawn','replaced')", name=op.f('ck_notice_state')),
    sa.CheckConstraint("text <> ''", name=op.f('ck_notice_told')),
    sa.CheckConstraint("until IS NULL OR state <> 'active'", name=op.f('ck_notice_until')),
    sa.ForeignKeyConstraint(['by_id'], ['employee.id'], name=op.f('fk_notice_by_id')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_notice_employee_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['notice.id'], name=op.f('fk_notice_replaces_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_notice_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice'))
    )
    op.create_index('ix_notice_by', 'notice', ['by_id', 'id'], unique=False)
    op.create_index('ix_notice_keys', 'notice', ['keys'], unique=False, postgresql_using='gin')
    op.create_index('ix_notice_policy', 'notice', ['id'], unique=False, postgresql_where=sa.text("kind = 'policy' AND state <> 'withdrawn'"))
    op.create_index('ix_notice_redraw_at', 'notice', ['redraw_at'], unique=False, postgresql_where=sa.text('redraw_at IS NOT NULL'))
    op.create_index('uq_notice_replaces', 'notice', ['replaces_id'], unique=True, postgresql_where=sa.text('replaces_id IS NOT NULL'))
    op.create_table('notice_receipt',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('notice_id', sa.BigInteger(), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('draw_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('remind_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_notice_receipt_employee_id')),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], name=op.f('fk_notice_receipt_notice_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_receipt'))
    )
    op.create_index('ix_notice_receipt_draw_at', 'notice_receipt', ['draw_at', 'id'], unique=False, postgresql_where=sa.text('draw_at IS NOT NULL'))
    op.create_index('ix_notice_receipt_employee', 'notice_receipt', ['employee_id', 'notice_id'], unique=False)
    op.create_index('ix_notice_receipt_remind_at', 'notice_receipt', ['remind_at'], unique=False, postgresql_where=sa.text('remind_at IS NOT NULL'))
    op.create_index('ix_notice_receipt_unread', 'notice_receipt', ['employee_id'], unique=False, postgresql_where=sa.text('read_at IS NULL'))
    op.create_index('uq_notice_receipt', 'notice_receipt', ['notice_id', 'employee_id'], unique=True)
    op.create_index('ix_audit_customers', 'audit', ['actor_id', 'at'], unique=False, postgresql_where=sa.text("subject_type IN ('customer','contact','deal','need')"))


def downgrade() -> None:
    op.drop_index('ix_audit_customers', table_name='audit', postgresql_where=sa.text("subject_type IN ('customer','contact','deal','need')"))
    op.drop_index('uq_notice_receipt', table_name='notice_receipt')
    op.drop_index('ix_notice_receipt_unread', table_name='notice_receipt', postgresql_where=sa.text('read_at IS NULL'))
    op.drop_index('ix_notice_receipt_remind_at', table_name='notice_receipt', postgresql_where=sa.text('remind_at IS NOT NULL'))
    op.drop_index('ix_notice_receipt_employee', table_name='notice_receipt')
    op.drop_index('ix_notice_receipt_draw_at', table_name='notice_receipt', postgresql_where=sa.text('draw_at IS NOT NULL'))
    op.drop_table('notice_receipt')
    op.drop_index('uq_notice_replaces', table_name='notice', postgresql_where=sa.text('replaces_id IS NOT NULL'))
    op.drop_index('ix_notice_redraw_at', table_name='notice', postgresql_where=sa.text('redraw_at IS NOT NULL'))
    op.drop_index('ix_notice_policy', table_name='notice', postgresql_where=sa.text("kind = 'policy' AND state <> 'withdrawn'"))
    op.drop_index('ix_notice_keys', table_name='notice', postgresql_using='gin')
    op.drop_index('ix_notice_by', table_name='notice')
    op.drop_table('notice')
