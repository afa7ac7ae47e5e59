"""Coming in, inviting, leaving, languages."""

from conversations import driver
from conversations.org import HIRE
from crm_core.bots import service as bots
from crm_core.handover import queries as handover
from crm_core.inbox import lanes
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.languages import Language
from crm_core.kit.pages import Page
from crm_core.org import invites, queries, service
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import require
from handlers.routing import button, command, menu_of, said
from handlers.system import show_help
from handlers.turn import Turn
from screens import post
from screens.catalogue import language_of
from screens.lists import page_of
from screens.org import PEOPLE, cut_off_screen, invite_screen, leave_screen, people_screen, person_screen
from screens.screen import N_, Place
from screens.system import language_screen, notice, ways

_PEOPLE_A_PAGE = 6


@command("admin", N_("People: add, invite, remove access"), permission=MANAGE_PEOPLE, order=80)
async def admin(turn: Turn) -> None:
    await turn.show(await _people(turn, None, Place.NEW))


@button(PEOPLE.key)
async def turn_page(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    await turn.show(await _people(turn, at.after, Place.EDIT))


async def _people(turn: Turn, after: int | None, place: Place):
    await require(turn.session, turn.actor, MANAGE_PEOPLE)
    rows = await queries.people(turn.session, after=after, limit=_PEOPLE_A_PAGE + 1)
    page = Page(rows[:_PEOPLE_A_PAGE], more_after=len(rows) > _PEOPLE_A_PAGE)
    return people_screen(page, turn.reader.language, place)


@button("person")
async def person(turn: Turn) -> None:
    await turn.show(person_screen(await _row(turn)))


async def _row(turn: Turn):
    await require(turn.session, turn.actor, MANAGE_PEOPLE)
    row = await queries.person(turn.session, turn.id)
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


@button("hire")
async def hire(turn: Turn) -> None:
    await driver.begin(turn.scene, HIRE)


@button("invite")
async def invite(turn: Turn) -> None:
    """A fresh one-time link; an earlier unused one ends."""
    row = await _row(turn)
    token = await invites.invite(turn.session, turn.actor, row.id)
    served = await bots.of_employee(turn.session, row.id)
    link = f"https://t.me/{served.username if served else turn.username}?start={token}"
    await turn.show(invite_screen(row.name, link, row.id))


@button("leave.ask")
async def ask_leave(turn: Turn) -> None:
    row = await _row(turn)
    held = await handover.holdings(turn.session, turn.actor, row.id)
    boss = await handover.boss_of(turn.session, row.id)
    reports = await queries.count_reports(turn.session, row.id)
    name = boss.name if boss is not None else None
    await turn.show(leave_screen(row, customers=held.customers, reports=reports, boss=name))


@button("leave")
async def leave(turn: Turn) -> None:
    """Access ends with this tap."""
    employee = await service.leave(turn.session, turn.actor, turn.id)
    await turn.toast(N_("Access removed."))
    await turn.show(notice(N_("%(name)s has left. Access ended at once.")(name=employee.name), place=Place.EDIT))


@button("cutoff")
async def cut_off(turn: Turn) -> None:
    """A phone is lost or stolen: access ends with this tap, and everything else stays."""
    employee = await service.cut_off(turn.session, turn.actor, turn.id)
    await turn.toast(N_("Access removed."))
    await turn.show(cut_off_screen(employee))


@command("start", N_("Begin"), order=99)
async def start(turn: Turn) -> None:
    """Somebody who is in presses Start again."""
    if turn.text:
        known = N_("You are in already, as %(name)s. The link was not needed.")(name=turn.actor.name)
        await turn.show(notice(known, ways(menu_of(turn.actor))))
        return
    await post.set_menu(turn.session, turn.reader, menu_of(turn.actor))
    await show_help(turn, name=turn.actor.name)


@command("language", N_("中文 / English"), order=90)
async def language(turn: Turn) -> None:
    """Asks which; `/language en` needs no question."""
    if chosen := language_of(turn.text.strip().casefold()):
        await _speak(turn, chosen)
        return
    await turn.show(language_screen(turn.reader.language))


@said("中文", "说中文", "chinese")
async def speak_chinese(turn: Turn) -> None:
    await _speak(turn, "zh")


@said("英文", "英语", "english", "speak english")
async def speak_english(turn: Turn) -> None:
    await _speak(turn, "en")


@button("language")
async def ask_language(turn: Turn) -> None:
    await turn.show(language_screen(turn.reader.language))


@button("language.set")
async def set_language(turn: Turn) -> None:
    assert turn.tap is not None
    await _speak(turn, language_of(turn.tap.arg) or "zh")


async def _speak(turn: Turn, chosen: Language) -> None:
    await service.choose_language(turn.session, turn.actor, chosen)
    await lanes.choose_language(turn.session, turn.reader.bot_id, turn.reader.chat_id, chosen)
    turn.speak(chosen)
    await post.set_menu(turn.session, turn.reader, menu_of(turn.actor))
    await turn.show(notice(N_("I speak English with you from now on."), place=Place.EDIT))
