"""Forms of budgets: a new one in a few taps, changing one, sending the report; and telling who may allow an overrun."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals import beside_request
from conversations.changes import Whose, as_it_is
from conversations.form import Answers, Field, Form, Option, Own
from conversations.kinds.base import Chip, Kind
from conversations.kinds.choices import Choice, Entry
from conversations.kinds.plain import Money, Text
from conversations.kinds.reference import Found, NamedRef
from conversations.kinds.times import Day
from conversations.org import EMPLOYEE, UNIT
from conversations.telling import tell
from crm_core.approvals.models import Approval
from crm_core.approvals.queries import Whole
from crm_core.budgets import queries, service
from crm_core.budgets.events import OverrunAsked
from crm_core.budgets.models import Budget
from crm_core.budgets.permissions import MANAGE, REPORT
from crm_core.budgets.report import report
from crm_core.budgets.service import LONGEST, ChangeBudget, MakeBudget
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.events import subscribe
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import may
from crm_core.playbook.flows import TaskKind
from crm_core.playbook.service import in_force
from screens.approvals_route import Line
from screens.budgets import asked_screen, card, standing_lines
from screens.budgets_report import days_of, period_words, read_sight, text_screen
from screens.screen import N_, Button, Msg, Place, Screen
from screens.system import notice
from screens.words.budgets import FIELDS, KINDS

if TYPE_CHECKING:
    from conversations.form import Facts

_PERIODS: Final = ("q0", "y0", "m0")


@dataclass(frozen=True)
class FirstDay(Day):
    """The first day of a budget: of this quarter, this year, this month, the next year."""

    def chips(self, facts: Facts, held: date | None = None) -> tuple[Chip, ...]:
        today = facts.local_now.date()
        return tuple(Chip(name, day.isoformat()) for name, (day, _) in _periods(today))


@dataclass(frozen=True)
class LastDay(Day):
    """The last day of one, included."""

    def chips(self, facts: Facts, held: date | None = None) -> tuple[Chip, ...]:
        today = facts.local_now.date()
        return tuple(Chip(name, day.isoformat()) for name, (_, day) in _periods(today))


def _periods(today: date) -> list[tuple[str, tuple[date, date]]]:
    """This quarter, year and month, the next year, by name."""
    named = [(period_words(one, today), days_of(one, today)) for one in _PERIODS]
    following = date(today.year + 1, 1, 1)
    return [*named, (period_words("y0", following), days_of("y0", following))]


async def _propose(session: AsyncSession, actor: Actor, answers: Answers) -> dict[str, Any]:
    """This quarter, unless other days are said; a year or month that begins where it was said, to its end."""
    first, last = days_of("q0", actor.today(now(session)))
    if "since" not in answers:
        return {"since": first.isoformat(), "until": last.isoformat()}
    if "until" not in answers:
        known = (days_of(one, answers["since"]) for one in ("y0", "q0", "m0"))
        ends = next((until for since, until in known if since == answers["since"]), None)
        return {"until": ends.isoformat()} if ends is not None else {}
    return {}


async def budget_card(session: AsyncSession, actor: Actor, budget_id: int, said: Msg | None = None) -> Screen:
    """A budget as it stands."""
    row = await queries.find(session, actor, budget_id)
    book = await in_force(session, actor.playbook_version)
    asking = await queries.asking(session, row.id)
    return card(row, actor, actor.today(now(session)), book, asking=asking, said=said)


async def _make(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Budget:
    return await service.make_budget(session, actor, MakeBudget(**values))


async def _made(session: AsyncSession, actor: Actor, budget: Budget) -> Screen:
    return await budget_card(session, actor, budget.id, N_("✓ Saved."))


_NAME: Final = Text(most=LONGEST)

NEW_BUDGET: Final = Form(
    "budget.new",
    title=N_("New budget"),
    fields=(
        Field("content", Entry("budget_contents"), N_("Content"), N_("What is the money for?")),
        Field("unit", UNIT, N_("Department"), N_("Whose budget is it? Those below it use it, too.")),
        Field("amount", Money(), N_("Sum"), N_("How much?")),
        Field("since", FirstDay(), N_("First day"), N_("From which day?")),
        Field("until", LastDay(), N_("Last day"), N_("Until which day? It is included.")),
        Field("name", _NAME, N_("Name"), N_("What do you call it?"), required=False),
        Field("task", _NAME, N_("Project"), N_("For which project or activity alone?"), required=False),
        Field(
            "task_kind",
            Choice(TaskKind, KINDS),
            N_("Kind of task"),
            N_("For which kind of tasks alone?"),
            required=False,
        ),
        Field("stage", Entry("stages"), N_("Stage"), N_("For customers in which stage alone?"), required=False),
        Field("owner", EMPLOYEE, N_("Responsible"), N_("Who answers for it?"), required=False),
    ),
    command=MakeBudget,
    submit=_make,
    done=_made,
    permission=MANAGE,
    prefill=_propose,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """The answer of a one-field form; which field it is, the form knows."""

    budget_id: int
    value: Any
    revision: int


_KINDS: Final[dict[str, tuple[Kind[Any], Msg]]] = {
    "name": (_NAME, N_("What do you call it?")),
    "amount": (Money(), N_("How much?")),
    "owner": (EMPLOYEE, N_("Who answers for it?")),
    "since": (FirstDay(), N_("From which day?")),
    "until": (LastDay(), N_("Until which day? It is included.")),
}


def _change_form(name: str, kind: Kind[Any], ask: Msg) -> Form:
    async def submit(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Budget:
        try:
            return await service.change_budget(session, actor, ChangeBudget(field=name, **given))
        except DomainError as error:
            field = "value" if error.field == name else error.field
            raise DomainError(error.code, field=field, **error.params) from error

    async def about(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
        row = await queries.find(session, actor, answers["budget_id"])
        return Own(brief=as_it_is(Whose(row.name, "", row), name, Field("value", kind, FIELDS[name], ask)))

    return Form(
        f"budget.change.{name}",
        title=N_("Change"),
        fields=(Field("value", kind, FIELDS[name], ask),),
        command=_Change,
        submit=submit,
        done=_made,
        permission=MANAGE,
        hidden=("budget_id", "revision"),
        more=about,
        at_once=True,
    )


CHANGES: Final = {name: _change_form(name, kind, ask) for name, (kind, ask) in _KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """A report to a colleague: what of it is looked at, as a button carries it."""

    report: str
    unit: int
    to: int
    note: str | None = None


async def _readers(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Colleagues who may see reports of budgets."""
    if not text:
        return Found(tuple(await _first_readers(session, actor)))
    found = await EMPLOYEE.find(session, actor, text, held)
    able = [one for one in found.options if one.id != actor.id and await _may_read(session, one.id)]
    return replace(found, options=tuple(able))


async def _may_read(session: AsyncSession, employee_id: int) -> bool:
    who = await org.actor(session, employee_id)
    return who is not None and may(who, REPORT)


async def _first_readers(session: AsyncSession, actor: Actor) -> list[Option]:
    roles = [role.value for role in REPORT.scopes]
    statement = select(Employee.id, Employee.name).where(
        Employee.roles.overlap(roles), Employee.left_at.is_(None), Employee.id != actor.id
    )
    above = Employee.id.in_(actor.chain)
    rows = await session.execute(statement.order_by(above.desc(), Employee.id).limit(5))
    return [Option(row.id, row.name) for row in rows]


async def _reader(session: AsyncSession, actor: Actor, employee_id: int) -> Option:
    if employee_id == actor.id or not await _may_read(session, employee_id):
        raise DomainError(NOT_FOUND)
    return await EMPLOYEE.get(session, actor, employee_id)


async def _send(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> SendReport:
    """The colleague reads what the own rights allow: it is drawn anew for who gets it (EX17)."""
    sent = SendReport(**values)
    if sent.to == actor.id or not await _may_read(session, sent.to):
        raise DomainError(NOT_FOUND, field="to")
    sight = read_sight(sent.report, sent.unit)

    async def draw(who: Actor) -> Screen:
        today = actor.today(now(session))
        made = await report(session, who, sight.wanted(today))
        book = await in_force(session, who.playbook_version)
        return text_screen(made, sight, book, who.language, today, sender=actor.name, note=sent.note, place=Place.NEW)

    await tell(session, sent.to, draw)
    return sent


async def _sent(session: AsyncSession, _actor: Actor, sent: SendReport) -> Screen:
    person = await session.get_one(Employee, sent.to)
    back = Button(N_("« Back"), "budget.report", sent.unit, arg=sent.report)
    return notice(N_("✓ Sent to %(name)s.")(name=person.name), ((back,),), Place.EDIT)


SEND: Final = Form(
    "budget.send",
    title=N_("Send the report"),
    fields=(
        Field("to", NamedRef(find=_readers, get=_reader), N_("To"), N_("To whom? Colleagues who may see budgets.")),
        Field("note", Text(), N_("A few words"), N_("What do you want to say with it?"), required=False),
    ),
    command=SendReport,
    submit=_send,
    done=_sent,
    permission=REPORT,
    hidden=("report", "unit"),
)


@subscribe(OverrunAsked)
async def tell_who_decides(session: AsyncSession, asked: OverrunAsked) -> None:
    """At once, before anything is spent (EX12): finance and the budgets' owners."""
    row = await session.get_one(Approval, asked.approval_id)
    applicant = await session.get_one(Employee, row.applicant_id)
    standings = await queries.of_request(session, row.id)
    people: dict[int, None] = {}
    for budget_id in asked.budget_ids:
        budget = await session.get_one(Budget, budget_id)
        people |= dict.fromkeys(await queries.recipients(session, budget.owner_id))
    for one in people:
        if one != row.applicant_id:

            async def draw(who: Actor) -> Screen:
                return asked_screen(standings, row.title, applicant.name, row.id, who)

            await tell(session, one, draw)


@beside_request()
async def _tell_budgets(session: AsyncSession, applicant: Actor, whole: Whole) -> list[Line]:
    """What is left of the budgets beside it, and what goes over (RE08)."""
    standings = await queries.of_request(session, whole.row.id)
    if not any(one.budget_id for one in standings) and not await queries.are_any(session):
        return []  # this company has none
    return standing_lines(standings, await in_force(session, applicant.playbook_version))
