"""A colleague goes over to another bot of ours: presses Start there (BY30).

The messenger says who somebody is whichever bot they talk to, so no new invite is needed. What was open goes along.
What was sent stays where it is, in the other chat, and is still drawn anew there, by the bot that sent it.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.bots.models import Bot
from crm_core.bots.service import of_unit
from crm_core.drafts.models import Draft
from crm_core.inbox import lanes
from crm_core.inbox.models import Chat
from crm_core.org.models import Employee

# What waits to be sent goes by the new bot, and the cards that it is to become with it. A card that the old bot has
# sent already, or is sending, stays the old one's, with all that is still to be drawn on it; so do files, for a
# handle is of use to the bot that received it alone.
_FOLLOW = text("""
    WITH unsent AS (
        SELECT c.id FROM card c WHERE c.bot_id = :old AND c.chat_id = :chat AND c.message_id IS NULL
          AND EXISTS (SELECT FROM outbox o WHERE o.card_id = c.id AND o.state = 'pending')
          AND NOT EXISTS (SELECT FROM outbox o WHERE o.card_id = c.id AND o.bot_id = :old
            AND (o.state = 'sending' OR (o.state = 'pending' AND o.method NOT IN
              ('send_message', 'edit_message_text', 'edit_message_reply_markup'))))
    ), cards AS (
        UPDATE card SET bot_id = :new FROM unsent WHERE card.id = unsent.id
    )
    UPDATE outbox SET bot_id = :new
    WHERE bot_id = :old AND chat_id = :chat AND state = 'pending'
      AND (card_id IN (SELECT id FROM unsent) OR (card_id IS NULL AND method = 'send_message'))
""").bindparams(*(bindparam(name, type_=BigInteger) for name in ("old", "new", "chat")))


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody who writes to one of our bots belongs.

    `bot` is whom they talk to now, `wanted` whom their unit talks to; None where the messenger has not told its name
    yet, or the unit may talk to any.
    """

    employee: Employee
    bot: Bot | None
    wanted: Bot | None

    def may_come(self, bot_id: int) -> bool:
        """Whether this bot takes them in: the unit's own, any where the unit has none."""
        return self.wanted is None or self.wanted.id == bot_id


async def home(session: AsyncSession, telegram_id: int) -> Home | None:
    """Where a colleague belongs; None for a stranger."""
    mine = (Employee.telegram_id == telegram_id, Employee.left_at.is_(None))
    employee = await session.scalar(select(Employee).where(*mine).with_for_update())
    if employee is None:
        return None
    bot = await session.get(Bot, employee.bot_id) if employee.bot_id is not None else None
    return Home(employee, bot, await of_unit(session, employee.unit_id))


async def move(session: AsyncSession, employee: Employee, bot_id: int) -> list[int]:
    """Belong to this bot from now on, whose chat with the person there is already.

    The open form, the language and what waits to be sent come along. Answers the cards of forms that are left behind
    in the old chat: their buttons are of no use there.
    """
    old, chat = employee.bot_id, employee.telegram_id
    assert old is not None
    assert chat is not None
    employee.bot_id = bot_id
    employee.unreachable_since = employee.unreachable_due_at = None
    await session.flush()
    left = await session.get(Chat, (old, chat))
    if left is not None:
        draft_id, language = left.draft_id, left.language
        await lanes.open_draft(session, old, chat, None)
        await lanes.open_draft(session, bot_id, chat, draft_id)
        if language is not None:
            await lanes.choose_language(session, bot_id, chat, language)
    cards = select(Draft.card_id).where(Draft.employee_id == employee.id, Draft.card_id.is_not(None))
    stripped = [card_id for card_id in await session.scalars(cards) if card_id is not None]
    await session.execute(update(Draft).where(Draft.employee_id == employee.id).values(card_id=None))
    await session.execute(_FOLLOW, {"old": old, "new": bot_id, "chat": chat})
    return stripped
