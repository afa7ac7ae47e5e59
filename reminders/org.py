"""What superiors and admins hear of their own people: birthdays (BY21), who cannot be reached (BY22).

And admins: that nobody has said yet which days of a year are worked (BY20).
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, null, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.kit.calendars import local_date
from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.kit.events import subscribe
from crm_core.kit.words.yearly import Yearly, write_yearly
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.events import ReachableAgain, WorkDaysSet
from crm_core.org.models import Company, Employee, EmployeeBirthday, Role
from crm_core.org.workdays import unknown_years, work_table
from crm_core.playbook.book import Playbook
from reminders.contacts import days_before, falling, falls_on, when_words
from reminders.rules import Daily, Ends, Line, Rule, Stored, Told
from screens.screen import N_, Msg

PERSON: Final = "employee"
YEAR: Final = "work_year"
HOLIDAYS: Final = "org.holidays"
_SILENT: Final = N_("has blocked the bot since %(since)s: nothing reaches this person")
_BIRTHDAY: Final = N_("birthday %(when)s: %(day)s")
_UNKNOWN: Final = N_("the holidays of this year are not known yet: Monday to Friday count as worked")


def _reports(actor: Actor, ids: Collection[int]) -> AnySelect:
    facts = (Employee.id, Employee.name.label("label"), null().label("value"), Employee.unreachable_since)
    mine = (Employee.id.in_(ids), Employee.chain.contains([actor.id]), Employee.left_at.is_(None))
    return select(*facts).where(*mine).order_by(Employee.id)


def _silent(row: AnyRow, _occurrence: Occurrence, actor: Actor, _today: date) -> Msg | None:
    if row.unreachable_since is None:
        return None
    return _SILENT(since=actor.today(row.unreachable_since).isoformat())


UNREACHABLE: Final = Rule(
    "team.unreachable",
    title=N_("People whom nothing reaches"),
    why=N_("you lead this person, who has blocked the bot for more than a working day"),
    due=Stored(PERSON, at=Employee.unreachable_due_at, to=Employee.manager_id, key=Employee.unreachable_since),
    told=Told(_reports, _silent, N_("✓ back again")),
    ends=(Ends(ReachableAgain, lambda back: (back.employee_id,)),),
    sign="🔇",
    order=35,
)


def _born(_book: Playbook, since: date, day: date) -> AnySelect:
    """From some days before on: once, in the digest."""
    told = falling(since + timedelta(days=1), day)
    same = and_(
        EmployeeBirthday.lunar == told.c.lunar,
        EmployeeBirthday.month == told.c.month,
        EmployeeBirthday.day == told.c.day,
    )
    return (
        select(
            EmployeeBirthday.employee_id.label("subject_id"),
            Employee.manager_id.label("recipient_id"),
            told.c.key.label("occurrence_key"),
            told.c.falls_on.label("on"),
        )
        .select_from(told)
        .join(EmployeeBirthday, same)
        .join(Employee, Employee.id == EmployeeBirthday.employee_id)
        .where(Employee.left_at.is_(None), Employee.manager_id.is_not(None))
    )


def _people(actor: Actor, ids: Collection[int]) -> AnySelect:
    days = [getattr(EmployeeBirthday, name) for name in ("lunar", "month", "day", "leap", "year")]
    return _reports(actor, ids).join(EmployeeBirthday, EmployeeBirthday.employee_id == Employee.id).add_columns(*days)


def _birthday(row: AnyRow, occurrence: Occurrence, actor: Actor, today: date) -> Msg | None:
    """How old, stays with the person."""
    day = falls_on(row, occurrence.occurrence_key, today)
    if day is None:
        return None
    said = Yearly(row.month, row.day, None, row.lunar, row.leap)
    return _BIRTHDAY(when=when_words(day, today), day=write_yearly(said, actor.language))


COLLEAGUES: Final = Rule(
    "team.birthday",
    title=N_("Birthdays in my team"),
    why=N_("you lead this person"),
    due=Daily(PERSON, _born, days_before),
    told=Told(_people, _birthday),
    sign="🎂",
    order=62,
)


async def notice_holidays(session: AsyncSession) -> int:
    """From 1 December on, admins hear that next year's holidays are not known; of the present year at any time."""
    company = await session.get(Company, 1)
    if company is None:
        return 0
    moment = now(session)
    years = unknown_years(local_date(moment, ZoneInfo(company.zone)), await work_table(session))
    if not years:
        return 0
    rows = [
        {
            "rule": HOLIDAYS,
            "subject_type": YEAR,
            "subject_id": year,
            "recipient_id": admin,
            "occurrence_key": str(year),
            "due_at": moment,
            "created_at": moment,
        }
        for admin in await session.scalars(_admins())
        for year in years
    ]
    if not rows:
        return 0
    made = upsert(Occurrence).values(rows).on_conflict_do_nothing().returning(Occurrence.id)
    return len((await session.execute(made)).all())


def _admins() -> AnySelect:
    return select(Employee.id).where(Employee.roles.contains([Role.ADMIN.value]), Employee.left_at.is_(None))


async def _years(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    unknown = unknown_years(actor.today(now(session)), await work_table(session))
    made: list[Line] = []
    for row in held:
        done = row.state == "done"
        if done or (row.subject_id in unknown and Role.ADMIN in actor.roles):
            words = N_("✓ told") if done else _UNKNOWN
            made.append(Line(row.id, row.subject_id, str(row.subject_id), words, done))
    return made


HOLIDAYS_UNKNOWN: Final = Rule(
    HOLIDAYS,
    title=N_("Holidays that are not known yet"),
    why=N_("you are an admin: say which days are worked, or the bot writes on holidays"),
    notice=notice_holidays,
    lines=_years,
    action="workdays.year",
    action_label=N_("Set the days"),
    sign="📅",
    order=45,
)


@subscribe(WorkDaysSet)
async def holidays_are_told(session: AsyncSession, told: WorkDaysSet) -> None:
    for card_id in await occurrences.close(session, YEAR, told.year, HOLIDAYS):
        await redraw(session, card_id)
