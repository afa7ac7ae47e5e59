"""Customers out of spreadsheets and into them: imports and their rows, sheets asked for, who looked at what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('access_log',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=True),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('subject_type', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.BigInteger(), nullable=True),
    sa.Column('count', sa.BigInteger(), server_default='1', nullable=False),
    sa.Column('facts', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_access_log_employee_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_log'))
    )
    op.create_index('ix_access_log_at', 'access_log', ['at', 'id'], unique=False)
    op.create_index('ix_access_log_employee', 'access_log', ['employee_id', 'id'], unique=False)
    op.create_index('ix_access_log_subject', 'access_log', ['subject_type', 'subject_id', 'id'], unique=False)
    op.create_table('import_batch',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('file_row_id', sa.BigInteger(), nullable=True),
    sa.Column('bot_id', sa.BigInteger(), nullable=True),
    sa.Column('chat_id', sa.BigInteger(), nullable=True),
    sa.Column('card_id', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('sheet', sa.Text(), nullable=True),
    sa.Column('headers', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('columns', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('defaults', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('owner_id', sa.BigInteger(), nullable=True),
    sa.Column('pool', sa.Text(), nullable=True),
    sa.Column('on_same', sa.Text(), server_default='skip', nullable=False),
    sa.Column('on_near', sa.Text(), server_default='skip', nullable=False),
    sa.Column('rows', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('done', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('summary', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('result', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('error', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('offered','reading','checking','ready','writing','done','undoing','undone','cancelled','failed')", name=op.f('ck_import_batch_state')),
    sa.ForeignKeyConstraint(['card_id'], ['card.id'], name=op.f('fk_import_batch_card_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_import_batch_employee_id')),
    sa.ForeignKeyConstraint(['file_row_id'], ['file.id'], name=op.f('fk_import_batch_file_row_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['employee.id'], name=op.f('fk_import_batch_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_batch'))
    )
    op.create_index('ix_import_batch_due', 'import_batch', ['due_at'], unique=False, postgresql_where=sa.text("state IN ('reading','checking','writing','undoing')"))
    op.create_index('ix_import_batch_employee', 'import_batch', ['employee_id', 'id'], unique=False)
    op.create_table('import_row',
    sa.Column('batch_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('cells', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('fate', sa.Text(), nullable=True),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('contact_ids', postgresql.ARRAY(sa.BigInteger()), nullable=True),
    sa.Column('filled', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('near', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('issues', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_row_batch_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_import_row_customer_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('batch_id', 'number', name=op.f('pk_import_row'))
    )
    op.create_index('ix_import_row_customer', 'import_row', ['customer_id'], unique=False, postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.create_table('sheet_order',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('employee_id', sa.BigInteger(), nullable=False),
    sa.Column('bot_id', sa.BigInteger(), nullable=False),
    sa.Column('chat_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('batch_id', sa.BigInteger(), nullable=True),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('customers','template','problems')", name=op.f('ck_sheet_order_kind')),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_sheet_order_batch_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_sheet_order_employee_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sheet_order'))
    )
    op.create_index('ix_sheet_order_due', 'sheet_order', ['due_at'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))


def downgrade() -> None:
    op.drop_index('ix_sheet_order_due', table_name='sheet_order', postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_table('sheet_order')
    op.drop_index('ix_import_row_customer', table_name='import_row', postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.drop_table('import_row')
    op.drop_index('ix_import_batch_employee', table_name='import_batch')
    op.drop_index('ix_import_batch_due', table_name='import_batch', postgresql_where=sa.text("state IN ('reading','checking','writing','undoing')"))
    op.drop_table('import_batch')
    op.drop_index('ix_access_log_subject', table_name='access_log')
    op.drop_index('ix_access_log_employee', table_name='access_log')
    op.drop_index('ix_access_log_at', table_name='access_log')
    op.drop_table('access_log')
