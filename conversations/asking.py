"""Asking for a colleague's customer (BY10): the reason for a no, and who hears of what."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Field, Form
from conversations.kinds.plain import Text
from crm_core.customers import asking
from crm_core.customers.asking import Asked
from crm_core.customers.models import HandoverRequest
from crm_core.customers.permissions import GIVE
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.outbox import service as outbox
from crm_core.outbox.models import Priority
from screens import asking as screens
from screens import post
from screens.post import Reader
from screens.screen import N_, Place, Screen


async def tell_givers(session: AsyncSession, actor: Actor, asked: Asked) -> None:
    """Each of them gets a card with the two answers."""
    for who in asked.readers:
        if (seat := await org.seat(session, who.id)) is not None:
            screen = screens.request_screen(asked.request, asked.customer.name, actor.name, Place.NEW)
            await post.send(session, Reader(*seat, who.language, who.zone), screen, priority=Priority.PUSH)


async def tell_decided(session: AsyncSession, actor: Actor, done: Asked) -> Screen:
    """Who asked hears of it; all other cards about it say how it stands. Answers the card of who decided."""
    for request in (done.request, *done.overtaken):
        asker = await session.get_one(Employee, request.asker_id)
        for screen, reader in await _others(session, actor, request, done.customer.name, asker):
            await post.edit(session, reader[1], screen, card_id=reader[0])
        if (seat := await org.seat(session, asker.id)) is None or (who := await org.actor(session, asker.id)) is None:
            continue
        customer = done.customer.name if request.state == "agreed" else request.known_as
        answer = screens.answer_screen(request, customer, actor.name)
        await post.send(session, Reader(*seat, who.language, who.zone), answer, priority=Priority.PUSH)
    asker = await session.get_one(Employee, done.request.asker_id)
    return screens.request_screen(done.request, done.customer.name, asker.name)


async def tell_withdrawn(session: AsyncSession, actor: Actor, request: HandoverRequest, customer: str) -> None:
    """Nobody has to decide any more."""
    asker = await session.get_one(Employee, request.asker_id)
    for screen, reader in await _others(session, actor, request, customer, asker):
        await post.edit(session, reader[1], screen, card_id=reader[0])


async def _others(
    session: AsyncSession, actor: Actor, request: HandoverRequest, customer: str, asker: Employee
) -> list[tuple[Screen, tuple[int, Reader]]]:
    """The cards of all who were asked to decide, but for the actor's own, as they are to be drawn."""
    found: list[tuple[Screen, tuple[int, Reader]]] = []
    for card in await outbox.cards_of(session, f"{screens.SUBJECT}:{request.id}"):
        reader = await org.in_chat(session, card.chat_id)
        if reader is None or reader.id in (actor.id, asker.id):
            continue
        screen = screens.request_screen(request, customer, asker.name)
        found.append((screen, (card.id, Reader(card.bot_id, card.chat_id, reader.language, reader.zone))))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """No, and why."""

    request: int
    reason: str


async def _decline(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Asked:
    command = Decline(**given)
    return await asking.decline(session, actor, command.request, command.reason)


DECLINE: Final = Form(
    "request.decline",
    title=N_("Not handed over"),
    fields=(
        Field("reason", Text(most=asking.LONGEST_REASON), N_("Reason"), N_("Why not? The asker reads your words.")),
    ),
    command=Decline,
    submit=_decline,
    done=tell_decided,
    permission=GIVE,
    hidden=("request",),
    at_once=True,
)
