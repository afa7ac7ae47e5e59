"""What the sandbox must be told on each start, for it forgets everything: who is there, and what went before."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo.company import NAME, PEOPLE, Person
from crm_core.inbox.models import Update
from crm_core.kit.db import now
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries
from crm_core.org.models import Employee
from crm_core.outbox.models import Card, Outgoing
from crm_core.visits.models import Visit
from handlers import routing
from sandbox.server import Sandbox
from screens import post
from screens.post import Reader

TOKEN: Final = "680100200:AA-rounds-demo-on-your-own-desk"  # noqa: S105 - of a bot that only the sandbox knows
BOT_ID: Final = int(TOKEN.partition(":")[0])
USERNAME: Final = "hengxun_rounds_bot"
BOT_NAME: Final = f"{NAME}随访"

_KNOWN: Final = {person.telegram_id: person for person in PEOPLE}
_LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}


class SandboxClock:
    """The sandbox's clock, so that whoever turns it there turns ours."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._clock = sandbox.clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)


async def latest(session: AsyncSession) -> datetime | None:
    """The moment of the latest thing that happened in this company."""
    moments = (Visit.created_at, Update.received_at, Outgoing.created_at, Occurrence.created_at)
    return await session.scalar(select(func.greatest(*(select(func.max(one)).scalar_subquery() for one in moments))))


async def introduce(session: AsyncSession, sandbox: Sandbox) -> None:
    """Tell the sandbox of the bot and of everybody who has access, as if all had pressed Start long ago.

    Messages are numbered on from the last ones: the company's old cards must not be taken for new messages.
    """
    sandbox.add_bot(TOKEN, USERNAME, BOT_NAME)
    last = await session.scalar(select(func.max(Card.message_id)).where(Card.bot_id == BOT_ID))
    sandbox.world.bot(TOKEN).message_counter = last or 0
    routing.load()
    for row in await _people(session):
        known = _KNOWN.get(row.telegram_id)
        details = _details(known) if known else {"first_name": row.employee_name}
        sandbox.add_user(user_id=row.telegram_id, **details)
        sandbox.start(TOKEN, row.telegram_id)
        actor = queries.actor_of(row)
        reader = Reader(BOT_ID, row.telegram_id, actor.language, actor.zone)
        await post.set_menu(session, reader, routing.menu_of(actor))


async def _people(session: AsyncSession) -> Sequence[Row[Any]]:
    reachable = (Employee.telegram_id.is_not(None), Employee.bot_id == BOT_ID)
    statement = queries.actors(now(session)).add_columns(Employee.telegram_id).where(*reachable)
    return (await session.execute(statement.order_by(Employee.telegram_id))).all()


def _details(person: Person) -> dict[str, str]:
    """What the phones' page shows of a person."""
    return {
        "first_name": person.given,
        "last_name": person.family,
        "username": person.key,
        "language_code": _LANGUAGES[person.language],
        "note": person.title,
    }
