"""Buttons of reminders that belong to no feature: done, later, why, what one wants of each kind (BY19)."""

from dataclasses import replace
from datetime import time
from typing import Final

from conversations import driver
from conversations.contact_card import contact_card
from conversations.customers import archive_card
from conversations.due import Kind, kinds, list_of, open_item, standing
from conversations.reminders import BORN, DROP, PASS, UNTIL
from crm_core.contacts.models import ContactDay
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.occurrences import acts
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.acts import Choice, Later
from crm_core.org import attention
from crm_core.org.birthdays import birthday_of
from crm_core.org.models import Employee
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.reminders import WHY, Wanted, choose_screen, settings_screen, why_screen
from screens.screen import N_, Button, Msg, Place, page_number
from screens.words.yearly import yearly_words

_SETTLED: Final = N_("This is settled already.")
_TIMES: Final = (time(8, 30), time(9), time(9, 30), time(10), time(12), time(13, 30), time(17), time(18))
_ZONES: Final = (
    *("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Tokyo", "Asia/Dubai"),
    *("Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles"),
)


@command(
    "due",
    N_("What is due for me, and my reminders"),
    order=22,
    words=("提醒", "我的提醒", "到期", "到期事项", "due", "reminders"),
)
async def due(turn: Turn) -> None:
    await turn.show(replace(await list_of(turn.session, turn.actor), place=Place.NEW))


@button("due.list")
async def page(turn: Turn) -> None:
    assert turn.tap is not None
    await turn.show(await list_of(turn.session, turn.actor, page_number(turn.tap.arg)))


@button("snooze")
async def later(turn: Turn) -> None:
    """What can be done with it, and until when it may be put off. After the third time: do, pass on, or drop."""
    row = await occurrences.find(turn.session, turn.actor, turn.id)
    if row.state not in occurrences.OPEN:
        await turn.toast(_SETTLED)
    await turn.show(await open_item(turn.session, turn.actor, row))


@button("due.later")
async def put_off(turn: Turn) -> None:
    assert turn.tap is not None
    try:
        until = Later(turn.tap.arg)
    except ValueError:
        raise DomainError(NOT_FOUND) from None
    row = await acts.snooze(turn.session, turn.actor, turn.id, until)
    if row.state == "snoozed":
        when = turn.actor.local(row.due_at)
        await turn.toast(N_("Put off until %(when)s.")(when=f"{when:%m-%d %H:%M}" if row.push_at else f"{when:%m-%d}"))
    else:
        await turn.toast(_SETTLED)
    await turn.show(await standing(turn.session, turn.actor, row))


@button("due.done")
async def done(turn: Turn) -> None:
    row = await occurrences.find(turn.session, turn.actor, turn.id)
    already = row.state not in occurrences.OPEN
    await acts.finish(turn.session, turn.actor, turn.id)
    await turn.toast(_SETTLED if already else N_("✓ Done."))
    await turn.show(await standing(turn.session, turn.actor, row))


@button("due.back")
async def back(turn: Turn) -> None:
    row = await occurrences.find(turn.session, turn.actor, turn.id)
    await turn.show(await standing(turn.session, turn.actor, row))


@button("due.day")
async def another_day(turn: Turn) -> None:
    row = await occurrences.find(turn.session, turn.actor, turn.id)
    turn.message_id = None
    await driver.begin(turn.scene, UNTIL, {"occurrence_id": row.id})


@button("due.pass")
async def to_a_colleague(turn: Turn) -> None:
    row = await occurrences.find(turn.session, turn.actor, turn.id)
    turn.message_id = None
    await driver.begin(turn.scene, PASS, {"occurrence_id": row.id})


@button("due.drop")
async def with_a_reason(turn: Turn) -> None:
    row = await occurrences.find(turn.session, turn.actor, turn.id)
    turn.message_id = None
    await driver.begin(turn.scene, DROP, {"occurrence_id": row.id})


@button("due.customer")
async def customer(turn: Turn) -> None:
    """The archive comes below: the reminder stays."""
    turn.message_id = None
    await turn.show(await archive_card(turn.session, turn.actor, turn.id))


@button("due.contact")
async def contact(turn: Turn) -> None:
    """The contact whose day it is."""
    day = await turn.session.get(ContactDay, turn.id)
    if day is None:
        raise DomainError(NOT_FOUND)
    turn.message_id = None
    await turn.show(await contact_card(turn.session, turn.actor, day.contact_id))


@button("due.off")
async def no_more(turn: Turn) -> None:
    """No more of this kind; what may not be missed only moves into the digest."""
    row = await occurrences.find(turn.session, turn.actor, turn.id)
    kind = kinds().get(row.rule)
    if kind is None:
        raise DomainError(NOT_FOUND)
    await acts.choose(turn.session, turn.actor, Choice(kind.key, "digest" if kind.must else "off"))
    await _settings(turn, said=_OFF[kind.must])


_OFF: Final[dict[bool, Msg]] = {
    False: N_("🔕 No more of this kind. What is open stays in the list; tap it below to have it back."),
    True: N_("📰 From now on only in the digest: this kind cannot be switched off."),
}


@button("due.rules")
async def rules(turn: Turn) -> None:
    """What one wants of each kind; or why one gets them."""
    assert turn.tap is not None
    if turn.tap.arg.startswith(WHY):
        wanted = [one for one in await _wanted(turn) if one.how != "off"]
        turn.message_id = turn.message_id if await _is_list(turn) else None
        await turn.show(why_screen(wanted, page_number(turn.tap.arg.removeprefix(WHY))))
        return
    await _settings(turn, page_number(turn.tap.arg))


async def _is_list(turn: Turn) -> bool:
    """Whether the tapped message is no digest that is to stay."""
    rows = turn.keyboard or []
    return not any(one.get("callback_data", "").startswith("snooze:") for row in rows for one in row)


@button("due.rule")
async def toggle(turn: Turn) -> None:
    """On, off, on again; what may not be switched off: as usual, or in the digest."""
    assert turn.tap is not None
    known = _known()
    if not 0 <= turn.id < len(known):
        raise DomainError(NOT_FOUND)
    kind = known[turn.id]
    held = (await occurrences.choices(turn.session, turn.actor.id)).get(kind.key)
    ways: tuple[str | None, ...] = (
        None,
        *(("digest",) if kind.must or kind.pushes else ()),
        *(() if kind.must else ("off",)),
    )
    chosen = ways[(ways.index(held) + 1) % len(ways)] if held in ways else None
    await acts.choose(turn.session, turn.actor, Choice(kind.key, chosen))
    await _settings(turn, page_number(turn.tap.arg))


@button("due.at")
async def digest_at(turn: Turn) -> None:
    assert turn.tap is not None
    if turn.tap.arg == "set" and turn.id < len(_TIMES):
        await attention.choose_digest_at(turn.session, turn.actor, _TIMES[turn.id])
        await _settings(turn, said=N_("✓ Saved."))
        return
    await turn.show(choose_screen("at", "due.at", [(f"{at:%H:%M}", number) for number, at in enumerate(_TIMES)]))


@button("due.zone")
async def zone(turn: Turn) -> None:
    assert turn.tap is not None
    if turn.tap.arg == "set" and turn.id < len(_ZONES):
        await attention.choose_zone(turn.session, turn.actor, _ZONES[turn.id])
        await _settings(turn, said=N_("✓ Saved."))
        return
    named = [(one.rpartition("/")[2].replace("_", " "), number) for number, one in enumerate(_ZONES)]
    await turn.show(choose_screen("zone", "due.zone", named))


@button("due.born")
async def born(turn: Turn) -> None:
    await driver.begin(turn.scene, BORN)


def _known() -> list[Kind]:
    """The kinds in the order of their keys: a button's number stays what it was."""
    return [kinds()[key] for key in sorted(kinds())]


async def _wanted(turn: Turn) -> list[Wanted]:
    held = await occurrences.choices(turn.session, turn.actor.id)
    return [
        Wanted(number, one.title, one.why, held.get(one.key), one.must, one.pushes)
        for number, one in enumerate(_known())
    ]


async def _settings(turn: Turn, page: int = 0, said: Msg | None = None) -> None:
    employee = await turn.session.get_one(Employee, turn.actor.id, populate_existing=True)
    day = await birthday_of(turn.session, turn.actor.id)
    today = turn.actor.today(now(turn.session))
    told = yearly_words(day, today, turn.actor.language) if day is not None else None
    zone = employee.zone or str(turn.actor.zone)
    await turn.show(settings_screen(await _wanted(turn), employee.digest_at, zone, told, page, said))


@tile(Module.WORK, order=15)
async def _tile(turn: Turn) -> Part:
    """How much is due, and the way there."""
    count = await occurrences.count_open(turn.session, turn.actor.id)
    label = N_("⏰ Due for me (%(count)s)")(count=count) if count else N_("⏰ Due for me")
    return Part(rows=((Button(label, "due.list"),),))
