"""Help, and what is typed or sent outside any form."""

from typing import Final

from conversations import driver, oneline, plans
from conversations.amend import amend
from conversations.form import forms
from conversations.kinds.base import Sent, Typed
from conversations.kinds.media import is_here_and_now
from conversations.pressed import plain, pressed
from conversations.verbs import names_something
from conversations.visits import LOG_VISIT
from crm_core.customers import queries as customers
from crm_core.customers.nearby import note_place
from crm_core.drafts.models import Draft
from crm_core.kit.db import now
from crm_core.org.rights import may
from crm_core.outbox import service as outbox
from crm_core.visits.permissions import LOG
from handlers import approvals
from handlers.comments import replied
from handlers.contacts import shared
from handlers.customers import found, search
from handlers.exchange import is_sheet_of_customers, sheet_sent
from handlers.proposals import is_playbook, playbook_sent
from handlers.routing import button, command, menu_of, words
from handlers.smalltalk import chatted
from handlers.turn import Turn
from handlers.visits import customer_answer, into_open_visit
from screens.screen import N_, Button
from screens.system import MENU, help_screen, notice

_NOT_YET: Final = N_("I can't use this yet. Type a customer's name, log a visit with /visit, or see /help.")
_NOT_FOR_YOU: Final = N_("I can't use this yet. Type a customer's name, or see /help.")
_CAN_START_A_VISIT: Final = frozenset({"photo", "location", "voice", "document", "video", "audio"})


async def show_help(turn: Turn, unknown: str | None = None, *, name: str | None = None) -> None:
    await turn.show(help_screen(menu_of(turn.actor), unknown=unknown, name=name))


@command("help", N_("What I can do"), order=95, words=("帮助", "怎么用", "你能做什么", "help", "?", "？"))
async def help_(turn: Turn) -> None:
    await show_help(turn)


@command("cancel", N_("Cancel the open form"), order=96, words=("取消", "算了", "不记了", "cancel", "never mind"))
async def cancel(turn: Turn) -> None:
    """Cancel the open form, wherever its card has gone."""
    if turn.draft is None or turn.draft.form not in forms():
        way_on = ((Button(MENU, "menu"),),)
        await turn.show(notice(N_("No form is open. Type a customer's name, or /help."), way_on))
        return
    await driver.handle(turn.scene, turn.draft, driver.Do("cancel"))


async def unknown(turn: Turn, name: str) -> None:
    """A command that we do not have; /拜访 华宁 谈了年框 is the line behind the stroke."""
    line = await oneline.read(turn.scene, turn.text, turn.said_in) if turn.text != name else None
    if line is not None:
        await driver.begin(turn.scene, forms()[line.form.key], line.answers, Typed(line.words) if line.words else None)
    else:
        await show_help(turn, unknown=name)


async def typed(turn: Turn) -> None:
    """Any typed line: a decision's words or a comment, if it answers the card of a request or record; a command's or a
    button's own words; the answer to what an open form asks; a one-line entry; else words to look for.
    """
    draft = turn.draft if turn.draft is not None and turn.draft.form in forms() else None
    if await approvals.replied(turn) or await replied(turn) or await _pressed(turn, draft):
        return
    said = Typed(turn.text, turn.said_in)
    if draft is not None and await driver.asks(turn.scene, draft):
        await driver.handle(turn.scene, draft, said)
        return
    line = await plans.ahead(turn.scene, turn.text, turn.said_in)
    line = line or await oneline.read(turn.scene, turn.text, turn.said_in)
    glued = line is not None and draft is None and len(turn.text.split()) == 1
    if glued and names_something(turn.text) and (await search(turn, turn.text)).rows:
        await found(turn, turn.text)  # 拜访易 is somebody's name
    elif line is not None:
        await driver.begin(turn.scene, forms()[line.form.key], line.answers, Typed(line.words) if line.words else None)
    elif draft is not None and not (await search(turn, turn.text)).rows:
        await driver.handle(turn.scene, draft, said)
    elif draft is not None:
        await found(turn, turn.text)  # a look at somebody's archive, with the way back into the form
    elif not await chatted(turn) and not await into_open_visit(turn, said):
        await found(turn, turn.text, typed=True)


async def _pressed(turn: Turn, draft: Draft | None) -> bool:
    """Whether the words mean a command or a button of the open form; or there are none at all."""
    if not turn.text:
        return await chatted(turn)
    if (named := words().get(plain(turn.text) or turn.text)) is not None:
        turn.text = ""
        await named(turn)
        return True
    do = pressed(turn.text) if draft is not None else None
    if draft is None or do is None:
        return False
    await driver.handle(turn.scene, draft, do)
    return True


async def sent(turn: Turn, thing: Sent) -> None:
    """A photo or place: to the request whose card it answers, into the open form, else it begins a visit. Other things
    are politely declined.

    A contact card is somebody at a customer. Where one is, lists remember for some minutes.
    """
    if thing.what == "location" and is_here_and_now(thing):
        await note_place(turn.session, turn.actor, thing.data["latitude"], thing.data["longitude"], turn.happened_at)
    if await approvals.attached(turn, thing):
        return
    if is_playbook(turn, thing):
        await playbook_sent(turn, thing)
    elif turn.draft is not None and turn.draft.form in forms():
        await driver.handle(turn.scene, turn.draft, thing)
    elif is_sheet_of_customers(turn, thing):
        await sheet_sent(turn, thing)
    elif await into_open_visit(turn, thing):
        return
    elif thing.what in _CAN_START_A_VISIT and may(turn.actor, LOG):
        line = await oneline.read(turn.scene, str(thing.data.get("caption") or ""), thing.message_id)
        takes = line is not None and any(one.kind.takes(thing.what) for one in line.form.fields)
        form, answers = (
            (forms()[line.form.key], line.answers) if line is not None and takes else (LOG_VISIT, await _about(turn))
        )
        await driver.begin(turn.scene, form, answers, first=thing)
    elif thing.what == "contact":
        await shared(turn, thing)
    else:
        await turn.show(notice(_NOT_YET if may(turn.actor, LOG) else _NOT_FOR_YOU))


async def _about(turn: Turn) -> dict[str, object]:
    """The customer whose card a photo answers."""
    if turn.reply_to is None:
        return {}
    subject = await outbox.subject_at(
        turn.session, bot_id=turn.reader.bot_id, chat_id=turn.reader.chat_id, message_id=turn.reply_to
    )
    if subject is None or subject[0] != "customer":
        return {}
    customer = await customers.find(turn.session, turn.actor, subject[1])
    return customer_answer(customer.id, customer.name)


async def moved(turn: Turn, thing: Sent) -> None:
    """A live location has moved: lists know where one is. It moves all day, so nothing is said."""
    if is_here_and_now(thing):
        await note_place(turn.session, turn.actor, thing.data["latitude"], thing.data["longitude"], now(turn.session))


async def edited(turn: Turn) -> None:
    """An edited message corrects what it said (BY07); one that said nothing of a record changes nothing."""
    if turn.said_in is not None and turn.text and await amend(turn.scene, turn.said_in, turn.text):
        return
    await turn.show(
        notice(N_("You edited a message; what is saved stays as it was. To correct a record, open it and tap ✎."))
    )


@button("help")
async def help_by_button(turn: Turn) -> None:
    await show_help(turn)
