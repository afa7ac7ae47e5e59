"""What is erased on request and how long the rest is kept; whom the database serves while it is upgraded."""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

serves_from = '0025'  # the first that says so: nothing older knows to ask


def upgrade() -> None:
    op.create_table('serving',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('since', sa.Text(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_serving_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_serving'))
    )
    op.create_table('swept',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('upto', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_swept'))
    )
    op.create_table('erasure',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.BigInteger(), nullable=False),
    sa.Column('by_id', sa.BigInteger(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('contact','employee')", name=op.f('ck_erasure_kind')),
    sa.ForeignKeyConstraint(['by_id'], ['employee.id'], name=op.f('fk_erasure_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    op.create_index('uq_erasure', 'erasure', ['kind', 'subject_id'], unique=True)
    op.create_table('loose_file',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_loose_file'))
    )
    op.create_index('ix_loose_file_due_at', 'loose_file', ['due_at'], unique=False)
    op.add_column('file', sa.Column('look_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE file SET look_at = created_at + interval '30 days'")
    op.create_index('ix_file_look_at', 'file', ['look_at'], unique=False, postgresql_where=sa.text('look_at IS NOT NULL'))
    op.create_index('ix_file_key', 'file', ['key'], unique=False, postgresql_where=sa.text('key IS NOT NULL'))
    op.add_column('contact', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('employee', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint('fk_outbox_card_id', 'outbox', type_='foreignkey')


def downgrade() -> None:
    op.execute("UPDATE outbox SET card_id = NULL WHERE NOT EXISTS (SELECT FROM card WHERE card.id = outbox.card_id)")
    op.create_foreign_key('fk_outbox_card_id', 'outbox', 'card', ['card_id'], ['id'], ondelete='SET NULL')
    op.drop_column('employee', 'erased_at')
    op.drop_column('contact', 'erased_at')
    op.drop_index('ix_file_key', table_name='file', postgresql_where=sa.text('key IS NOT NULL'))
    op.drop_index('ix_file_look_at', table_name='file', postgresql_where=sa.text('look_at IS NOT NULL'))
    op.drop_column('file', 'look_at')
    op.drop_index('ix_loose_file_due_at', table_name='loose_file')
    op.drop_table('loose_file')
    op.drop_index('uq_erasure', table_name='erasure')
    op.drop_table('erasure')
    op.drop_table('swept')
    op.drop_table('serving')
