"""The morning digest: what is due for one person, in one message, each thing with its action on it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.events import Undone
from crm_core.kit.db import now
from crm_core.kit.events import subscribe
from crm_core.kit.names import without_form
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.outbox.models import Card, Priority
from reminders.rules import Line, Rule, rules
from screens import post
from screens.post import Reader
from screens.screen import N_, Button, Row, Screen, fit

SUBJECT: Final = "digest"
_MOST_LINES: Final = 5


async def send(session: AsyncSession, employee: Employee) -> bool:
    """Send the person's digest if anything is due; whether there was. Conditions are asked now, at sending."""
    actor = await queries.actor(session, employee.id)
    if actor is None or employee.telegram_id is None or employee.bot_id is None:
        return False
    lines: list[tuple[Rule, Line]] = []
    told: set[tuple[str, int]] = set()  # of one record, what is most urgent
    for rule in rules().values():
        due = (await session.scalars(occurrences.open_of(actor.id, rule.key, now(session)))).all()
        about = {row.id: (row.subject_type, row.subject_id) for row in due}
        new = [line for line in await rule.lines(session, actor, due) if about[line.occurrence_id] not in told]
        told |= {about[line.occurrence_id] for line in new}
        lines += [(rule, line) for line in new]
    if not lines:
        return False
    reader = Reader(employee.bot_id, employee.telegram_id, actor.language, actor.zone)
    screen = _screen(actor, lines[:_MOST_LINES], more=len(lines) - _MOST_LINES)
    card_id = await post.send(session, reader, screen, keep=True, priority=Priority.PUSH)
    await occurrences.mark_sent(session, [line.occurrence_id for _, line in lines[:_MOST_LINES]], card_id)
    return True


def _screen(actor: Actor, lines: Sequence[tuple[Rule, Line]], more: int = 0) -> Screen:
    """Each open line has its action and [later]; a line that is done shows ✓ and has none."""
    rows: list[Row] = [
        (
            Button(fit(f"📝 {without_form(line.label)}", 22), rule.action, line.subject_id, arg="below"),
            Button(N_("Later"), "snooze", line.occurrence_id),
        )
        for rule, line in lines
        if not line.done
    ]
    facts = {
        "name": actor.name,
        "lines": [{"label": line.label, "words": line.words, "done": line.done} for _, line in lines],
        "open": sum(not line.done for _, line in lines),
        "more": max(more, 0),
    }
    return Screen("reminders/digest.html", facts, tuple(rows), subject=f"{SUBJECT}:{actor.id}")


@subscribe(Undone)
async def open_again(session: AsyncSession, undone: Undone) -> None:
    """What a person settled and took back is open again wherever it stands (BY08)."""
    for card_id in await occurrences.reopen(session, undone.op):
        await redraw(session, card_id)


async def redraw(session: AsyncSession, card_id: int) -> None:
    """Draw a sent digest again as things stand: what is settled shows ✓."""
    card = await session.scalar(select(Card).where(Card.id == card_id))
    held = await occurrences.on_card(session, card_id)
    if card is None or not held:
        return
    actor = await queries.actor(session, held[0].recipient_id)
    if actor is None:
        return
    lines = await _lines_of(session, actor, held)
    reader = Reader(card.bot_id, card.chat_id, actor.language, actor.zone)
    await post.edit(session, reader, _screen(actor, lines), card_id=card_id)


async def _lines_of(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[tuple[Rule, Line]]:
    made: list[tuple[Rule, Line]] = []
    for key in dict.fromkeys(row.rule for row in held):
        rule = rules()[key]
        made += [(rule, line) for line in await rule.lines(session, actor, [row for row in held if row.rule == key])]
    return made
