"""The pool's deadlines: warnings days ahead in the digest and on the last day at once, then recycling (BY12)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.kit.behind import nested
from crm_core.kit.db import now
from crm_core.kit.events import subscribe
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import visible
from crm_core.outbox import service as outbox
from crm_core.outbox.models import Priority
from crm_core.pool import recycling, warnings
from crm_core.pool.deadlines import look_again
from crm_core.pool.events import DeadlinesMoved
from crm_core.pool.recycling import Look, Step
from reminders.rules import Line, Rule
from screens import post
from screens.pool import recycled_screen, settled_screen, unreachable_screen, warning_screen
from screens.post import Reader
from screens.screen import N_, Screen
from screens.words.pool import rule_words

log = structlog.get_logger()

MOST_A_TICK: Final = 200
"""Deadlines that one tick looks at: their rows are locked until it ends."""
_AFTER_TROUBLE: Final = timedelta(hours=1)
_LEFT: Final = N_("%(days)s days until the pool (%(rule)s)")
_TODAY: Final = N_("last day before the pool (%(rule)s)")
_DONE: Final = N_("✓ followed up")


async def notice(session: AsyncSession) -> int:
    """Look at every deadline whose time has come, row by row. One row's trouble is told, and stops no other."""
    looked = 0
    for customer in await recycling.due(session, MOST_A_TICK):
        customer_id = customer.id
        try:
            async with nested(session):
                seen = await recycling.look(session, customer)
                await _tell(session, seen)
        except Exception:
            log.exception("pool.look_failed", customer_id=customer_id)
            await look_again(session, customer_id, now(session) + _AFTER_TROUBLE)
        else:
            looked += seen.step != Step.NOTHING
    return looked


async def _tell(session: AsyncSession, seen: Look) -> None:
    """What cannot wait for the digest is put into the outbox."""
    if seen.step == Step.TODAY:
        await _push(session, seen, warning_screen(seen.customer))
    elif seen.step == Step.TO_MANAGER:
        owner = await session.get_one(Employee, seen.owner_id)
        await _push(session, seen, unreachable_screen(seen.customer, owner.name))
    elif seen.step == Step.RECYCLED:
        await _push(session, seen, recycled_screen(seen.customer, seen.rule))


async def _push(session: AsyncSession, seen: Look, screen: Screen) -> None:
    assert seen.recipient_id is not None
    who, at = await queries.actor(session, seen.recipient_id), await queries.seat(session, seen.recipient_id)
    if who is None or at is None:
        return
    reader = Reader(*at, who.language, who.zone)
    given = {"keep": True, "priority": Priority.PUSH, "not_before": seen.not_before}
    card_id = await post.send(session, reader, screen, **given)
    if seen.occurrence_id is not None:
        await warnings.sent_on(session, seen.occurrence_id, card_id)


async def lines(session: AsyncSession, actor: Actor, due: Sequence[Occurrence]) -> list[Line]:
    """The deadlines that still hold, the nearest first; those that were settled by caring as done."""
    wanted = {row.subject_id: row for row in due if row.state not in ("suppressed", "expired")}
    statement = visible(select(Customer).where(Customer.id.in_(wanted)), actor, READ, TIES)
    statement = statement.order_by(Customer.pool_due_on, Customer.yearly_value.desc().nulls_last(), Customer.id)
    today = actor.today(now(session))
    made: list[Line] = []
    for customer in await session.scalars(statement.execution_options(populate_existing=True)):
        row = wanted[customer.id]
        done = row.state not in occurrences.OPEN
        if not done and (customer.pool_due_on is None or not row.occurrence_key.startswith(str(customer.pool_due_on))):
            continue
        left = (customer.pool_due_on - today).days if customer.pool_due_on else 0
        words = (_LEFT(days=left) if left > 0 else _TODAY)(rule=rule_words(customer.pool_rule))
        made.append(Line(row.id, customer.id, customer.name, _DONE if done else words, done, customer.yearly_value))
    return made


DEADLINE: Final = Rule(
    warnings.AHEAD,
    title=N_("Customers about to go to the pool"),
    why=N_("this customer goes to the pool if nobody cares for it"),
    notice=notice,
    lines=lines,
    must=True,
    action="visit.log",
    action_label=N_("📝 Log visit"),
    order=10,
)


@subscribe(DeadlinesMoved)
async def settle(session: AsyncSession, moved: DeadlinesMoved) -> None:
    """Somebody cared, or there is more time: what was said of the former deadline is settled wherever it stands."""
    for customer_id in moved.customer_ids:
        for card_id in await occurrences.close(session, warnings.SUBJECT, customer_id, warnings.AHEAD):
            await redraw(session, card_id)
        await _settle_card(session, customer_id)


async def _settle_card(session: AsyncSession, customer_id: int) -> None:
    """The last day's card, if there is one: it asks for nothing any more."""
    cards = await outbox.cards_of(session, f"pool_deadline:{customer_id}")
    customer = await session.get(Customer, customer_id) if cards else None
    if customer is None or customer.owner_id is None:
        return
    who = await queries.actor(session, customer.owner_id)
    if who is None:
        return
    for card in cards:
        reader = Reader(card.bot_id, card.chat_id, who.language, who.zone)
        await post.edit(session, reader, settled_screen(customer), card_id=card.id)
    await outbox.release(session, [card.id for card in cards])
