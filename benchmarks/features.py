"""Features that do nothing but be there: a command with words of its own, a button, a form with a verb, a rule each."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Field, Form
from conversations.kinds.plain import Text
from crm_core.org.actor import Actor
from crm_core.org.rights import for_oneself
from handlers import routing
from handlers.turn import Turn
from reminders.rules import Rule
from screens.screen import Msg, Screen
from screens.system import notice


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    what: str


async def _keep(_: AsyncSession, __: Actor, given: dict[str, Any]) -> str:
    return given["what"]


async def _done(_: AsyncSession, __: Actor, saved: Any) -> Screen:
    return notice(Msg(str(saved)))


async def _answer(turn: Turn) -> None:
    await turn.show(notice(Msg("There.")))


async def _nothing_due(_: AsyncSession) -> int:
    return 0


async def _no_lines(_: AsyncSession, __: Actor, ___: Any) -> list[Any]:
    return []


def declare(many: int) -> None:
    """So many features more than Rounds has."""
    for at in range(many):
        name, title = f"bench{at}", Msg(f"Bench {at}")
        routing.command(name, title, order=90, words=(f"第{at}号功能",))(_answer)
        routing.button(f"{name}.open")(_answer)
        field = Field("what", Text(), label=title, ask=title, from_line=True)
        verbs = {f"试做{at}号": {}, f"bench{at} with": {}}
        Form(
            name,
            title=title,
            fields=(field,),
            command=_Note,
            submit=_keep,
            done=_done,
            permission=for_oneself(f"{name}.use"),
            verbs=verbs,
        )
        Rule(f"{name}.due", title, notice=_nothing_due, lines=_no_lines, why=Msg("because"))
