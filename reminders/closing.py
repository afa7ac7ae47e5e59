"""Reminders that close by themselves: what a rule says of its ends, carried out in the transaction of the event."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.kit.events import subscribe
from crm_core.occurrences import service as occurrences
from reminders.rules import Daily, Ends, Rule, Stored


def listen(rule: Rule) -> None:
    for end in rule.ends:
        _subscribe(rule, end)


def _subscribe(rule: Rule, end: Ends) -> None:
    assert isinstance(rule.due, Stored | Daily), f"rule {rule.key}: what ends by itself says what it is about"
    subject = rule.due.subject

    async def settle(session: AsyncSession, event: Any) -> None:
        whose = end.whose(event) if end.whose is not None else None
        ids = end.subjects(event)
        for card_id in await occurrences.settle(session, subject, ids, rule.key, whose, done=end.done):
            await redraw(session, card_id)

    subscribe(end.event)(settle)
