"""Forms of reminders: another day, to a colleague, dropped with a reason; and one's own birthday."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import kinds, redraw
from conversations.form import Answers, Field, Form
from conversations.kinds.plain import Text
from conversations.kinds.reference import Found, NamedRef
from conversations.kinds.times import Day
from conversations.kinds.yearly import YearlyDay
from conversations.org import EMPLOYEE
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.kit.words.yearly import Yearly
from crm_core.occurrences import acts, errors
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.occurrences.permissions import OWN_REMINDERS
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.org.birthdays import set_birthday
from crm_core.org.models import EmployeeBirthday
from screens.screen import N_, Button, Screen
from screens.system import notice
from screens.words.yearly import yearly_words


async def _others(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Colleagues by a part of the name, but oneself."""
    found = await EMPLOYEE.find(session, actor, text, held)
    return Found(tuple(one for one in found.options if one.id != actor.id), found.more)


COLLEAGUE: Final = NamedRef(find=_others, get=EMPLOYEE.get)
_LIST: Final = ((Button(N_("« My list"), "due.list"),),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drop:
    occurrence_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    occurrence_id: int
    colleague: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Until:
    occurrence_id: int
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Born:
    day: Yearly


async def _settled(session: AsyncSession, row: Occurrence) -> Occurrence:
    if row.card_id is not None:
        await redraw(session, row.card_id)
    return row


async def _drop(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Occurrence:
    return await _settled(session, await acts.drop(session, actor, values["occurrence_id"], values["reason"]))


async def _dropped(_session: AsyncSession, _actor: Actor, _row: Occurrence) -> Screen:
    return notice(N_("✓ Dropped. Your reason is kept."), _LIST)


async def _pass(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Occurrence:
    """Only to who can see what it is about. Raises `reminder.not_theirs`."""
    row = await occurrences.find(session, actor, values["occurrence_id"])
    colleague, kind = await org.actor(session, values["colleague"]), kinds().get(row.rule)
    if colleague is not None and colleague.id != actor.id and row.state in occurrences.OPEN:
        seen = await kind.lines_of(session, colleague, [row]) if kind is not None else []
        if not seen:
            raise DomainError(errors.NOT_THEIRS, field="colleague", name=colleague.name)
    return await _settled(session, await acts.pass_on(session, actor, row.id, values["colleague"]))


async def _passed(_session: AsyncSession, _actor: Actor, _row: Occurrence) -> Screen:
    return notice(N_("✓ Passed on: your colleague hears of it."), _LIST)


async def _until(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Occurrence:
    return await _settled(session, await acts.snooze(session, actor, values["occurrence_id"], values["day"]))


async def _put_off(_session: AsyncSession, actor: Actor, row: Occurrence) -> Screen:
    return notice(N_("✓ Put off: it is back on %(day)s.")(day=actor.today(row.due_at).isoformat()), _LIST)


async def _born(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> EmployeeBirthday:
    return await set_birthday(session, actor, values["day"])


async def _known(session: AsyncSession, actor: Actor, row: EmployeeBirthday) -> Screen:
    day = Yearly(row.month, row.day, row.year, row.lunar, row.leap)
    said = yearly_words(day, actor.today(now(session)), actor.language)
    return notice(N_("✓ Saved: %(day)s. Your manager hears of the day.")(day=said), _LIST)


DROP: Final = Form(
    "reminder.drop",
    title=N_("Drop a reminder"),
    fields=(Field("reason", Text(most=acts.LONGEST_REASON), N_("Reason"), N_("Why is it not worth doing?")),),
    command=_Drop,
    submit=_drop,
    done=_dropped,
    permission=OWN_REMINDERS,
    hidden=("occurrence_id",),
    at_once=True,
)

PASS: Final = Form(
    "reminder.pass",
    title=N_("To a colleague"),
    fields=(Field("colleague", COLLEAGUE, N_("Colleague"), N_("Who shall do it?")),),
    command=_Pass,
    submit=_pass,
    done=_passed,
    permission=OWN_REMINDERS,
    hidden=("occurrence_id",),
    at_once=True,
)

UNTIL: Final = Form(
    "reminder.day",
    title=N_("Later"),
    fields=(Field("day", Day(future=True), N_("Day"), N_("On which day shall it come back?")),),
    command=_Until,
    submit=_until,
    done=_put_off,
    permission=OWN_REMINDERS,
    hidden=("occurrence_id",),
    at_once=True,
)

BORN: Final = Form(
    "employee.birthday",
    title=N_("My birthday"),
    fields=(Field("day", YearlyDay(), N_("Birthday"), N_("When is your birthday?")),),
    command=_Born,
    submit=_born,
    done=_known,
    permission=OWN_REMINDERS,
    at_once=True,
)
