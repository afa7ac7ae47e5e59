"""More time with a customer is asked for by a request of its flow; the table keeps what was granted.

Requests of before come along: those that wait go on, with whoever was asked, and without a time limit; those that were
refused, or dropped with their ownership, have ended so. Only where a company has drawn flows without one for more time
there is nowhere to go: there they are not carried, and may be asked for anew once it has one.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

_SUBJECT = 'pool_extension'
_REASONS = {
    'talking': {'zh': '正在谈', 'en': 'In negotiation'},
    'budget': {'zh': '等客户预算', 'en': 'Waiting for budget'},
    'away': {'zh': '客户出差', 'en': 'Contact is away'},
}
_STATUS = {'waiting': 'running', 'refused': 'rejected', 'dropped': 'withdrawn'}
_WENT = {'waiting': 'active', 'refused': 'rejected', 'dropped': 'left'}
_SEAT = {'waiting': 'pending', 'refused': 'rejected', 'dropped': 'closed'}
_OLD = """
    SELECT e.*, c.name AS customer, p.language, p.chain
    FROM pool_extension e JOIN customer c ON c.id = e.customer_id JOIN employee p ON p.id = e.asked_by
    WHERE e.state <> 'granted' ORDER BY e.id
"""
_BOSS = """
    SELECT id FROM employee
    WHERE left_at IS NULL AND id <> :asker AND (id = ANY(:above) OR 'admin' = ANY(roles))
    ORDER BY id = ANY(:above) DESC, cardinality(chain) DESC, telegram_id IS NULL, id LIMIT 1
"""


def upgrade() -> None:
    at = op.get_bind()
    flow = _flow(at)
    for row in at.execute(sa.text(_OLD)).mappings().all() if flow else ():
        _carry(at, flow, row)
    op.execute("DELETE FROM pool_extension WHERE state <> 'granted'")
    op.drop_index('uq_pool_extension', table_name='pool_extension')
    for check in ('state', 'granted'):
        op.drop_constraint(op.f(f'ck_pool_extension_{check}'), 'pool_extension', type_='check')
    op.add_column('pool_extension', sa.Column('approval_id', sa.BigInteger(), nullable=True))
    op.add_column('pool_extension', sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE pool_extension SET decided_by = coalesce(decided_by, asked_by), decided_at = coalesce(decided_at, asked_at)")
    for old, new in (('decided_by', 'granted_by'), ('decided_at', 'granted_at')):
        op.alter_column('pool_extension', old, new_column_name=new)
    op.drop_constraint(op.f('fk_pool_extension_decided_by'), 'pool_extension', type_='foreignkey')
    op.drop_constraint(op.f('fk_pool_extension_asked_by'), 'pool_extension', type_='foreignkey')
    for column in ('state', 'asked_by', 'asked_at'):
        op.drop_column('pool_extension', column)
    op.alter_column('pool_extension', 'until', nullable=False)
    op.alter_column('pool_extension', 'granted_at', nullable=False)
    op.create_foreign_key(op.f('fk_pool_extension_granted_by'), 'pool_extension', 'employee', ['granted_by'], ['id'])
    op.create_foreign_key(op.f('fk_pool_extension_approval_id'), 'pool_extension', 'approval', ['approval_id'], ['id'])
    op.create_unique_constraint(op.f('uq_pool_extension_approval_id'), 'pool_extension', ['approval_id'])
    op.create_check_constraint(
        op.f('ck_pool_extension_granted'), 'pool_extension', '(approval_id IS NULL) = (granted_by IS NOT NULL)'
    )


def _flow(at: Any) -> dict[str, Any] | None:
    """The flow by which more time is asked for, as the playbook in force has it; the standard one where it says none."""
    version = at.execute(sa.text('SELECT playbook_version FROM company WHERE id = 1')).scalar() or 0
    body = at.execute(sa.text('SELECT body FROM playbook_version WHERE version = :v'), {'v': version}).scalar() or {}
    standard = {'key': 'extension', 'kind': 'marketing', 'subject': _SUBJECT, 'steps': [{'id': 'manager'}]}
    flows = body.get('flows', [standard])
    found = next((one for one in flows if one.get('subject') == _SUBJECT and not one.get('withdrawn')), None)
    return found and {'key': found['key'], 'kind': found['kind'], 'node': found['steps'][0]['id'], 'version': version}


def _carry(at: Any, flow: dict[str, Any], row: Any) -> None:
    """The request with the facts that it comes from, its step and its seat."""
    state, asker, asked_at = row['state'], row['asked_by'], row['asked_at']
    signer = row['decided_by'] or at.execute(sa.text(_BOSS), {'asker': asker, 'above': row['chain'][:-1]}).scalar()
    if signer is None:  # nobody is left who could decide
        state = 'dropped'
    ended_at = None if state == 'waiting' else row['decided_at'] or asked_at
    reason = _REASONS.get(row['reason'], {}).get(row['language'] or 'zh', row['reason'])
    form = {'days': row['days'], 'reason': reason}
    seats = [{'holder': signer or asker}]
    opened = {'node': flow['node'], 'mode': 'any', 'seats': seats, 'due_at': None}
    facts = [
        {'kind': 'submitted', 'at': asked_at, 'actor': asker, 'seat': None, 'data': {'form': form}},
        {'kind': 'opened', 'at': asked_at, 'actor': None, 'seat': None, 'data': opened},
    ]
    if state == 'refused':
        facts.append({'kind': 'rejected', 'at': ended_at, 'actor': signer, 'seat': 1, 'data': {}})
    elif state == 'dropped':
        facts.append({'kind': 'withdrawn', 'at': ended_at, 'actor': None, 'seat': None, 'data': {}})
    if state != 'waiting':
        facts.append({'kind': 'ended', 'at': ended_at, 'actor': None, 'seat': None, 'data': {'as': _STATUS[state]}})
    count = at.execute(sa.text(_COUNT), {'subject': _SUBJECT, 'customer': row['customer_id']}).scalar()
    known = {
        'flow': flow['key'], 'kind': flow['kind'], 'version': flow['version'], 'subject': _SUBJECT,
        'customer': row['customer_id'], 'asker': asker, 'title': row['customer'][:200], 'form': json.dumps(form),
        'status': _STATUS[state], 'facts': len(facts), 'asked_at': asked_at, 'ended_at': ended_at,
        'changed_at': ended_at or asked_at, 'key': f"{_SUBJECT}:{row['customer_id']}:{count}",
    }
    approval = at.execute(sa.text(_APPROVAL), known).scalar_one()
    for seq, fact in enumerate(facts, 1):
        at.execute(sa.text(_FACT), {**fact, 'approval': approval, 'seq': seq, 'data': json.dumps(fact['data'])})
    step = {'approval': approval, 'node': flow['node'], 'went': _WENT[state], 'asked_at': asked_at, 'ended_at': ended_at}
    at.execute(sa.text(_STEP), step)
    seat = {
        'approval': approval, 'holder': signer or asker, 'state': _SEAT[state], 'open': state == 'waiting',
        'asked_at': asked_at, 'by': signer if state == 'refused' else None, 'ended_at': ended_at,
    }
    at.execute(sa.text(_SEATS), seat)
    if state != 'waiting':
        effect = {'approval': approval, 'name': f'ended {_STATUS[state]}', 'at': ended_at}
        at.execute(sa.text('INSERT INTO approval_effect (approval_id, round, name, at) VALUES (:approval, 1, :name, :at)'), effect)


_COUNT = "SELECT count(*) FROM approval WHERE subject_type = :subject AND subject_id = :customer"
_APPROVAL = """
    INSERT INTO approval (flow, kind, playbook_version, subject_type, subject_id, about_id, applicant_id, title, form,
                          picks, status, round, facts, submit_key, submitted_at, changed_at, ended_at)
    VALUES (:flow, :kind, :version, :subject, :customer, :customer, :asker, :title, cast(:form AS jsonb), '{}', :status, 1,
            :facts, :key, :asked_at, :changed_at, :ended_at)
    RETURNING id
"""
_FACT = """
    INSERT INTO approval_fact (approval_id, seq, kind, at, actor_id, seat, data)
    VALUES (:approval, :seq, :kind, :at, :actor, :seat, cast(:data AS jsonb))
"""
_STEP = """
    INSERT INTO approval_step (approval_id, seq, node, round, mode, went, opened_at, closed_at)
    VALUES (:approval, 1, :node, 1, 'any', :went, :asked_at, :ended_at)
"""
_SEATS = """
    INSERT INTO approval_seat (approval_id, no, step, holder_id, origin, place, state, open, since, by_id, decided_at)
    VALUES (:approval, 1, 1, :holder, 'rule', 0, :state, :open, :asked_at, :by, :ended_at)
"""
_BACK = """
    INSERT INTO pool_extension (customer_id, held_since, asked_by, asked_at, days, reason, state, decided_by, decided_at)
    SELECT a.subject_id, c.held_since, a.applicant_id, a.submitted_at,
           least(greatest(coalesce((a.form ->> 'days')::int, 1), 1), 14), coalesce(a.form ->> 'reason', ''),
           CASE WHEN a.ended_at IS NULL THEN 'waiting' WHEN a.status = 'rejected' THEN 'refused' ELSE 'dropped' END,
           (SELECT f.actor_id FROM approval_fact f WHERE f.approval_id = a.id AND f.kind = 'rejected' LIMIT 1), a.ended_at
    FROM approval a JOIN customer c ON c.id = a.subject_id
    WHERE a.subject_type = 'pool_extension' AND a.status <> 'approved'
      AND a.id NOT IN (SELECT approval_id FROM pool_extension WHERE approval_id IS NOT NULL)
"""
_GONE = "SELECT id FROM approval WHERE subject_type = 'pool_extension'"


def downgrade() -> None:
    op.drop_constraint(op.f('ck_pool_extension_granted'), 'pool_extension', type_='check')
    for column, kind in (('asked_by', sa.BigInteger()), ('asked_at', sa.DateTime(timezone=True)), ('state', sa.Text())):
        op.add_column('pool_extension', sa.Column(column, kind, nullable=True))
    op.alter_column('pool_extension', 'until', nullable=True)
    op.alter_column('pool_extension', 'granted_at', nullable=True)
    op.execute("""
        UPDATE pool_extension SET
            asked_by = coalesce((SELECT applicant_id FROM approval WHERE id = approval_id), granted_by),
            asked_at = coalesce((SELECT submitted_at FROM approval WHERE id = approval_id), granted_at),
            granted_by = coalesce(granted_by, (SELECT by_id FROM approval_seat s WHERE s.approval_id = pool_extension.approval_id
                                               AND state = 'approved' ORDER BY decided_at DESC LIMIT 1)),
            state = CASE WHEN revoked_at IS NULL THEN 'granted' ELSE 'dropped' END,
            until = CASE WHEN revoked_at IS NULL THEN until END
    """)
    for old, new in (('granted_by', 'decided_by'), ('granted_at', 'decided_at')):
        op.alter_column('pool_extension', old, new_column_name=new)
    op.execute(_BACK)
    op.drop_constraint(op.f('fk_pool_extension_granted_by'), 'pool_extension', type_='foreignkey')
    op.drop_column('pool_extension', 'approval_id')
    op.drop_column('pool_extension', 'revoked_at')
    for column in ('asked_by', 'asked_at', 'state'):
        op.alter_column('pool_extension', column, nullable=False)
    for column in ('asked_by', 'decided_by'):
        op.create_foreign_key(op.f(f'fk_pool_extension_{column}'), 'pool_extension', 'employee', [column], ['id'])
    op.create_check_constraint(
        op.f('ck_pool_extension_state'), 'pool_extension', "state IN ('waiting','granted','refused','dropped')"
    )
    op.create_check_constraint(
        op.f('ck_pool_extension_granted'), 'pool_extension', "(state = 'granted') = (until IS NOT NULL)"
    )
    op.create_index(
        'uq_pool_extension', 'pool_extension', ['customer_id'], unique=True, postgresql_where=sa.text("state = 'waiting'")
    )
    _without_requests()


def _without_requests() -> None:
    op.execute('ALTER TABLE approval_fact DISABLE TRIGGER stays')
    for table in ('approval_timer', 'approval_step', 'approval_seat', 'approval_fact', 'approval_effect', 'approval_copy'):
        op.execute(f'DELETE FROM {table} WHERE approval_id IN ({_GONE})')
    op.execute(f"DELETE FROM attachment WHERE subject_type = 'approval' AND subject_id IN ({_GONE})")
    op.execute("DELETE FROM approval WHERE subject_type = 'pool_extension'")
    op.execute('ALTER TABLE approval_fact ENABLE TRIGGER stays')
