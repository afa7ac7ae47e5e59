"""Forms of tasks: to oneself, to one person, to a unit, as a part of a sales plan; and how it went."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.away import FromDay
from conversations.customers import CUSTOMER
from conversations.form import Answers, Field, Form, Option
from conversations.kinds.plain import Money, Text
from conversations.kinds.reference import Found, NamedRef
from conversations.telling import tell
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.tasks import queries, service
from crm_core.tasks.models import SalesPlan, Task, TaskShare
from crm_core.tasks.permissions import GIVE, PLAN_SALES
from crm_core.tasks.service import LONGEST_FEEDBACK, LONGEST_TITLE, LONGEST_WHAT, GiveTask, PlanSales, TellShare
from screens.screen import N_, Msg, Place, Screen
from screens.tasks import given_to_screen, sales_plan_screen, share_screen, task_screen

_MOST_OPTIONS: Final = 5
_GIVEN: Final = N_("✓ Given. Everybody has been told.")
_ADDED: Final = N_("✓ On your list.")
_DONE: Final = N_("✓ Done. Who gave it sees how it went.")


async def share_card(
    session: AsyncSession, actor: Actor, share_id: int, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """A share as it stands; its person has seen it now."""
    row = await queries.share(session, actor, share_id)
    if row.employee_id == actor.id and row.seen_at is None:
        await service.see(session, actor, share_id)
    return share_screen(row, actor, said=said, place=place)


async def task_card(session: AsyncSession, actor: Actor, task_id: int, said: Msg | None = None) -> Screen:
    row = await queries.task(session, actor, task_id)
    return task_screen(row, await queries.shares_of(session, actor, task_id), actor, said=said)


async def sales_card(session: AsyncSession, actor: Actor, plan_id: int, said: Msg | None = None) -> Screen:
    row = await queries.sales_plan(session, actor, plan_id)
    return sales_plan_screen(row, await queries.tasks_of_plan(session, actor, plan_id), actor, said=said)


def _found(rows: list[Option]) -> Found:
    return Found(tuple(rows[:_MOST_OPTIONS]), len(rows) > _MOST_OPTIONS)


async def _reports(session: AsyncSession, actor: Actor, text: str, _held: Answers) -> Found:
    rows = await queries.receivers(session, actor, text, _MOST_OPTIONS + 1)
    return _found([Option(row.id, row.name, row.unit) for row in rows])


async def _report(session: AsyncSession, actor: Actor, employee_id: int) -> Option:
    row = await queries.receiver(session, actor, employee_id)
    return Option(row.id, row.name, row.unit)


async def _units(session: AsyncSession, actor: Actor, text: str, _held: Answers) -> Found:
    rows = await queries.receiving_units(session, actor, text, _MOST_OPTIONS + 1)
    return _found([Option(row.id, row.name, row.parent or "") for row in rows])


async def _unit(session: AsyncSession, actor: Actor, unit_id: int) -> Option:
    rows = await queries.receiving_units(session, actor, "", _MOST_OPTIONS, unit_id)
    if not rows:
        raise DomainError(NOT_FOUND)
    return Option(rows[0].id, rows[0].name, rows[0].parent or "")


_WHAT: Final = Field("what", Text(most=LONGEST_WHAT), N_("Work to do"), N_("What is to be done?"))
_DUE: Final = Field("due_on", FromDay(), N_("Until"), N_("Until which day?"))
_WHO: Final = Field("employee", NamedRef(find=_reports, get=_report), N_("For"), N_("Who is to do it?"))
_ABOUT: Final = Field("customer", CUSTOMER, N_("Customer"), N_("Which customer is it about?"), required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """Something for oneself."""

    what: str
    due_on: date
    customer: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveOne:
    """A task for one person."""

    employee: int
    what: str
    due_on: date
    customer: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUnit:
    """A task for everybody of a unit."""

    unit: int
    what: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GivePart:
    """A part of a sales plan for one person."""

    plan: int
    employee: int
    amount: Decimal
    what: str
    due_on: date


async def _give(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Task:
    """Everybody who gets it is told at once, but for oneself."""
    task = await service.give_task(session, actor, GiveTask(**values))
    for row in (await queries.shares_of(session, actor, task.id, limit=_EVERYBODY)).rows:
        if row.employee_id != actor.id:
            await tell(session, row.employee_id, given_to_screen(row))
    return task


_EVERYBODY: Final = 2_000


async def _given(session: AsyncSession, actor: Actor, task: Task) -> Screen:
    return await task_card(session, actor, task.id, _GIVEN)


async def _added(session: AsyncSession, actor: Actor, task: Task) -> Screen:
    shares = await queries.shares_of(session, actor, task.id)
    return await share_card(session, actor, shares.rows[0].id, said=_ADDED)


async def _part_given(session: AsyncSession, actor: Actor, task: Task) -> Screen:
    return await sales_card(session, actor, task.plan_id or 0, _GIVEN)


TO_DO: Final = Form(
    "task.own",
    title=N_("New task"),
    fields=(_WHAT, _DUE, _ABOUT),
    command=ToDo,
    submit=_give,
    done=_added,
    permission=GIVE,
)

GIVE_ONE: Final = Form(
    "task.one",
    title=N_("Give a task"),
    fields=(_WHO, _WHAT, _DUE, _ABOUT),
    command=GiveOne,
    submit=_give,
    done=_given,
    permission=GIVE,
    save=N_("📤 Give"),
)

GIVE_UNIT: Final = Form(
    "task.unit",
    title=N_("Task for a unit"),
    fields=(Field("unit", NamedRef(find=_units, get=_unit), N_("Unit"), N_("Which unit is to do it?")), _WHAT, _DUE),
    command=GiveUnit,
    submit=_give,
    done=_given,
    permission=GIVE,
    save=N_("📤 Give"),
)

GIVE_PART: Final = Form(
    "task.part",
    title=N_("Task of a sales plan"),
    fields=(_WHO, Field("amount", Money(), N_("Amount"), N_("Which amount of the plan?")), _WHAT, _DUE),
    command=GivePart,
    submit=_give,
    done=_part_given,
    permission=PLAN_SALES,
    hidden=("plan",),
    save=N_("📤 Give"),
)


async def _tell(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> TaskShare:
    return await service.tell_share(session, actor, TellShare(**values))


async def _told(session: AsyncSession, actor: Actor, share: TaskShare) -> Screen:
    await tell_giver(session, actor, share)
    return await share_card(session, actor, share.id, said=_DONE)


async def tell_giver(session: AsyncSession, actor: Actor, share: TaskShare) -> None:
    """Who gave one person a task hears that it is done; of a unit's task the list tells."""
    task = await queries.task(session, actor, share.task_id)
    if task.by_id == actor.id or task.people > 1:
        return

    async def draw(who: Actor) -> Screen:
        row = await queries.share(session, who, share.id)
        return share_screen(row, who, said=N_("✓ A task you gave is done."), place=Place.NEW)

    await tell(session, task.by_id, draw)


TELL_SHARE: Final = Form(
    "share.tell",
    title=N_("Feedback"),
    fields=(Field("feedback", Text(most=LONGEST_FEEDBACK), N_("Feedback"), N_("How did it go? A few words.")),),
    command=TellShare,
    submit=_tell,
    done=_told,
    permission=GIVE,
    hidden=("share_id",),
    at_once=True,
)


async def _plan(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> SalesPlan:
    return await service.plan_sales(session, actor, PlanSales(**values))


async def _planned(session: AsyncSession, actor: Actor, plan: SalesPlan) -> Screen:
    return await sales_card(session, actor, plan.id)


NEW_SALES_PLAN: Final = Form(
    "sales_plan.new",
    title=N_("Sales plan"),
    fields=(
        Field("title", Text(most=LONGEST_TITLE), N_("Name"), N_("What is the plan called?")),
        Field("amount", Money(), N_("Amount"), N_("How much is to be sold?")),
        Field("since", FromDay(), N_("First day"), N_("From which day?")),
        Field("until", FromDay(), N_("Last day"), N_("Until which day? It is included."), after="since"),
    ),
    command=PlanSales,
    submit=_plan,
    done=_planned,
    permission=PLAN_SALES,
)
