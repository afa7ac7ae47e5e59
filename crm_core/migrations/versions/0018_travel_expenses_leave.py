"""Trips, expense claims, leave."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('absence',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('employee_id', sa.BigInteger(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('until', sa.Date(), nullable=False),
        sa.Column('days', sa.SmallInteger(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('state', sa.Text(), server_default='running', nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('running','returned','approved','rejected','withdrawn','revoked')", name=op.f('ck_absence_state')),
        sa.CheckConstraint('days > 0', name=op.f('ck_absence_days')),
        sa.CheckConstraint('since <= until', name=op.f('ck_absence_order')),
        sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_absence_employee_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_absence'))
    )
    op.create_index('ix_absence_employee', 'absence', ['employee_id', 'since', 'id'], unique=False)
    op.create_index('ix_absence_granted', 'absence', ['employee_id', 'until'], unique=False, postgresql_where=sa.text("state = 'approved'"))
    op.create_table('trip',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('employee_id', sa.BigInteger(), nullable=False),
        sa.Column('place', sa.Text(), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('until', sa.Date(), nullable=False),
        sa.Column('purpose', sa.Text(), nullable=False),
        sa.Column('cost', sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column('state', sa.Text(), server_default='running', nullable=False),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("began_at IS NULL OR state IN ('approved','revoked')", name=op.f('ck_trip_began')),
        sa.CheckConstraint("state IN ('running','returned','approved','rejected','withdrawn','revoked')", name=op.f('ck_trip_state')),
        sa.CheckConstraint('cost >= 0', name=op.f('ck_trip_cost')),
        sa.CheckConstraint('since <= until', name=op.f('ck_trip_days')),
        sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_trip_employee_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_trip'))
    )
    op.create_index('ix_trip_employee', 'trip', ['employee_id', 'since', 'id'], unique=False)
    op.create_table('expense_claim',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('employee_id', sa.BigInteger(), nullable=False),
        sa.Column('unit_id', sa.BigInteger(), nullable=False),
        sa.Column('trip_id', sa.BigInteger(), nullable=True),
        sa.Column('task', sa.Text(), nullable=False),
        sa.Column('stage', sa.Text(), nullable=True),
        sa.Column('purpose', sa.Text(), nullable=False),
        sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column('state', sa.Text(), server_default='running', nullable=False),
        sa.Column('claimed_on', sa.Date(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('paid_by', sa.BigInteger(), nullable=True),
        sa.Column('flags', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint("paid_at IS NULL OR state = 'approved'", name=op.f('ck_expense_claim_paid_once_approved')),
        sa.CheckConstraint("state IN ('running','returned','approved','rejected','withdrawn','revoked')", name=op.f('ck_expense_claim_state')),
        sa.CheckConstraint("task IN ('market','sales','service','operations')", name=op.f('ck_expense_claim_task')),
        sa.CheckConstraint('(paid_at IS NULL) = (paid_by IS NULL)', name=op.f('ck_expense_claim_paid')),
        sa.CheckConstraint('amount > 0', name=op.f('ck_expense_claim_amount')),
        sa.CheckConstraint('paid_by <> employee_id', name=op.f('ck_expense_claim_paid_by_another')),
        sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_expense_claim_employee_id')),
        sa.ForeignKeyConstraint(['paid_by'], ['employee.id'], name=op.f('fk_expense_claim_paid_by')),
        sa.ForeignKeyConstraint(['trip_id'], ['trip.id'], name=op.f('fk_expense_claim_trip_id')),
        sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_expense_claim_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_expense_claim'))
    )
    op.create_index('ix_expense_claim_employee', 'expense_claim', ['employee_id', 'id'], unique=False)
    op.create_index('ix_expense_claim_flagged', 'expense_claim', ['id'], unique=False, postgresql_where=sa.text("flags <> '{}'"))
    op.create_index('ix_expense_claim_to_pay', 'expense_claim', ['id'], unique=False, postgresql_where=sa.text("state = 'approved' AND paid_at IS NULL"))
    op.create_index(op.f('ix_expense_claim_trip_id'), 'expense_claim', ['trip_id'], unique=False)
    op.create_index(op.f('ix_expense_claim_unit_id'), 'expense_claim', ['unit_id'], unique=False)
    op.create_table('trip_customer',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('trip_id', sa.BigInteger(), nullable=False),
        sa.Column('customer_id', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_trip_customer_customer_id')),
        sa.ForeignKeyConstraint(['trip_id'], ['trip.id'], name=op.f('fk_trip_customer_trip_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_trip_customer'))
    )
    op.create_index(op.f('ix_trip_customer_customer_id'), 'trip_customer', ['customer_id'], unique=False)
    op.create_index('uq_trip_customer', 'trip_customer', ['trip_id', 'customer_id'], unique=True)
    op.create_table('claim_customer',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('claim_id', sa.BigInteger(), nullable=False),
        sa.Column('customer_id', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['claim_id'], ['expense_claim.id'], name=op.f('fk_claim_customer_claim_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_claim_customer_customer_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_customer'))
    )
    op.create_index(op.f('ix_claim_customer_customer_id'), 'claim_customer', ['customer_id'], unique=False)
    op.create_index('uq_claim_customer', 'claim_customer', ['claim_id', 'customer_id'], unique=True)
    op.create_table('expense_item',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('claim_id', sa.BigInteger(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column('spent_on', sa.Date(), nullable=False),
        sa.Column('days', sa.SmallInteger(), server_default=sa.text('1'), nullable=False),
        sa.Column('city', sa.Text(), nullable=True),
        sa.Column('city_class', sa.Text(), nullable=True),
        sa.Column('note', sa.Text(), nullable=True),
        sa.CheckConstraint('amount > 0', name=op.f('ck_expense_item_amount')),
        sa.CheckConstraint('days > 0', name=op.f('ck_expense_item_days')),
        sa.ForeignKeyConstraint(['claim_id'], ['expense_claim.id'], name=op.f('fk_expense_item_claim_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_expense_item'))
    )
    op.create_index(op.f('ix_expense_item_claim_id'), 'expense_item', ['claim_id'], unique=False)
    op.create_index('ix_expense_item_day', 'expense_item', ['spent_on', 'amount'], unique=False)
    op.create_index('ix_expense_item_kind', 'expense_item', ['kind', 'city_class', 'spent_on'], unique=False)


def downgrade() -> None:
    for table in ('expense_item', 'claim_customer', 'trip_customer', 'expense_claim', 'trip', 'absence'):
        op.drop_table(table)
    op.execute("DELETE FROM attachment WHERE subject_type = 'expense_item'")
