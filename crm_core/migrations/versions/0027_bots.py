"""Several bots over one core: which there are, and which branch each serves."""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bot',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('username', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('refused_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bot'))
    )
    op.create_table('unit_bot',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('bot_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['bot_id'], ['bot.id'], name=op.f('fk_unit_bot_bot_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_unit_bot_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_bot')),
    sa.UniqueConstraint('unit_id', name=op.f('uq_unit_bot_unit_id'))
    )
    op.create_index(op.f('ix_unit_bot_bot_id'), 'unit_bot', ['bot_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_unit_bot_bot_id'), table_name='unit_bot')
    op.drop_table('unit_bot')
    op.drop_table('bot')
