"""THE RIGHTS MATRIX: every button and every command, pressed or typed by everybody, forged where they have none.

One row a key says who gets anywhere with it; a new button or command without a row fails. Whoever has no right to read
the customer must never read a word of it, whatever they press.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.visits import LOG_VISIT
from crm_core import registry
from crm_core.approvals import service as approvals
from crm_core.approvals import signing
from crm_core.approvals.authority import Say
from crm_core.approvals.case import Case
from crm_core.approvals.facts import Origin
from crm_core.approvals.models import Approval
from crm_core.approvals.service import Apply
from crm_core.attachments.models import Attachment, File
from crm_core.attachments.service import FileRef, attach
from crm_core.audit.models import AuditEntry
from crm_core.audit.service import act_as
from crm_core.budgets.service import MakeBudget, make_budget
from crm_core.comments.models import Comment
from crm_core.comments.service import AddComment, add_comment
from crm_core.contacts.commands import AddDay, AddGift
from crm_core.contacts.days import add_day, of_contact
from crm_core.contacts.gifts import add_gift
from crm_core.contacts.models import Contact
from crm_core.contacts.service import tell
from crm_core.customers.asking import ask
from crm_core.customers.models import Customer
from crm_core.customers.team import add_member
from crm_core.deals.service import RecordDeal, record_deal
from crm_core.drafts import memory
from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.exchange.service import offer
from crm_core.handover import plans
from crm_core.handover.shares import Rule as HandoverRule
from crm_core.inbox.models import Chat
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Base, Database
from crm_core.kit.words.yearly import Yearly
from crm_core.links.service import AddLink, add_link
from crm_core.needs.models import NeedState
from crm_core.needs.service import RecordNeed, end_need, record_need
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Employee, Role, StandIn
from crm_core.playbook import service as playbook
from crm_core.pool.service import give_back
from crm_core.proposals import service as proposals
from crm_core.trials.service import SendTrial, send_trial
from crm_core.visits.commands import StartVisit
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.service import start_visit
from handlers import routing
from handlers.visits import customer_answer
from tests.conftest import WEDNESDAY
from tests.handlers.scene import contact_of, customer_of, first_contact, last_card, pictures, visits
from tests.support.chat import TOKEN, House, Person, open_house
from tests.support.company import HERE, OFFICE, PEOPLE, RELATIONS, SUPERIORS, TIED, found_units, tie

pytestmark = pytest.mark.asyncio(loop_scope="module")

routing.load()

CUSTOMER = "深圳市凯旋光电有限公司"
SECRETS = ("凯旋", "王建国", "李建华", "8000", "机密年框", "八五折", "华腾", "机密连接器")
INSIDE = RELATIONS
OUTSIDE = frozenset({"stranger", "leaver"})
READERS = SUPERIORS | OFFICE | TIED | {"owner", "finance", "other finance"}
DOERS = SUPERIORS | TIED | {"owner", "operations", "admin"}
VISITORS = SUPERIORS | {"owner", "stand-in", "operations", "admin"}  # correct the owner's visits
SELLERS = INSIDE - {"finance", "other finance", "executive"}
HANDERS = SUPERIORS | {"operations", "admin"}  # hand over what the owner holds
ABSENTEES = SUPERIORS | {"owner", "admin"}  # name who stands in for the owner
TEAMERS = VISITORS | {"area lead"}
POOLERS = INSIDE - {"finance", "other finance"}
MANAGERS = SUPERIORS | {"other manager", "area lead", "helper's manager", "operations", "admin"}
GIVERS = SUPERIORS | {"owner", "stand-in", "area lead", "operations", "admin"}
FINANCE = frozenset({"finance", "other finance"})
SPENDING = SUPERIORS | OFFICE | FINANCE | {"owner", "stand-in"}  # read what the owner spends
PURSE = frozenset({"finance", "other finance", "executive", "admin"})  # make budgets, and let others overrun them
BUDGETERS = SUPERIORS | OFFICE | {"finance", "other finance"}  # see a budget of the owner's department
REPORTERS = BUDGETERS | {"other manager", "area lead", "helper's manager"}  # each of what they may see
ADMIN = frozenset({"admin"})
OWNER = frozenset({"owner"})
MANAGER = frozenset({"manager"})  # whose plan it is, and who signs
ON_REQUEST = frozenset({"owner", "manager", "operations", "admin"})  # who applied, who signs, who reads all


@dataclass
class Cast:
    """Everybody with a phone, and the things that buttons are about."""

    house: House
    people: dict[str, Person]
    customer: int = 0
    visit: int = 0
    draft: int = 0
    occurrence: int = 0
    contact: int = 0
    spare: int = 0  # a contact who goes
    doomed: int = 0  # a contact who is erased
    newcomer: int = 0
    head: int = 0
    comment: int = 0
    leaving: int = 0
    walking: int = 0
    robbed: int = 0  # of the phone
    plan: int = 0
    absence: int = 0
    under_way: int = 0
    starting: int = 0
    lost: int = 0
    need: int = 0
    need_revision: int = 0
    trial: int = 0
    deal: int = 0
    link: int = 0
    other: int = 0  # a customer that the first is linked to
    elsewhere: int = 0  # another branch's customer
    gift: int = 0
    day: int = 0
    away: int = 0  # a contact who went to the customer
    pooled: int = 0
    asked: int = 0
    twin: int = 0  # another archive of the first
    request: int = 0  # for the first, by somebody of another branch
    budget: int = 0
    over: int = 0  # a request that goes over it
    sheet: int = 0
    approval: int = 0
    seat: int = 0
    trip: int = 0
    claim: int = 0
    line: int = 0
    absent: int = 0
    proposal: int = 0
    planned: int = 0
    week: int = 0
    share: int = 0
    task: int = 0
    sales: int = 0
    notice: int = 0

    async def revision(self) -> int:
        async with self.house.db.unit() as session:
            return (await session.get_one(Customer, self.customer)).revision

    async def twin_revision(self) -> int:
        async with self.house.db.unit() as session:
            return (await session.get_one(Customer, self.twin)).revision if self.twin else 0

    async def visit_revision(self) -> int:
        async with self.house.db.unit() as session:
            return (await session.get_one(Visit, self.visit)).revision

    async def contact_revision(self) -> int:
        async with self.house.db.unit() as session:
            return (await session.get_one(Contact, self.contact)).revision

    async def mark(self) -> int:
        """What the manager would hand over."""
        async with self.house.db.unit() as session:
            boss = await queries.actor(session, self.people["manager"].employee_id)
            return (await plans.look(session, boss, await plans.find(session, boss, self.plan))).outlook.mark

    async def op(self) -> int:
        """The number of something that the owner has just done."""
        async with self.house.db.unit() as session:
            owner = await queries.actor(session, self.people["owner"].employee_id)
            number = await session.scalar(select(func.coalesce(func.max(AuditEntry.op), 0))) + 1_000_000
            act_as(session, owner.id, number)
            told = AddComment(subject_type="customer", subject_id=self.customer, text="内部价八五折，凯旋别外传")
            await add_comment(session, owner, told)
            return number


@dataclass(frozen=True)
class Row:
    """What is pressed or typed, who gets anywhere with it, and by what one sees that they did.

    `marker` are words that the answer then has; without any, something in the database changes.
    """

    says: str
    allowed: frozenset[str]
    marker: str | None = None
    opens_own: bool = False  # everybody may open a form of one's own here
    prepare: Callable[["Cast"], Awaitable[None]] | None = None  # what must be there each time


async def _undone_for_long(cast: Cast) -> None:
    """The owner's reminder is ten days old."""
    long_ago = {"created_at": cast.house.clock.now() - timedelta(days=10)}
    async with cast.house.db.unit() as session:
        await session.execute(update(Occurrence).values(long_ago))


async def _with_a_phone(cast: Cast) -> None:
    """Somebody's account that can still be lost."""
    async with cast.house.db.unit() as session:
        robbed = await session.get_one(Employee, cast.robbed)
        robbed.telegram_id, robbed.bot_id = 990_001, int(TOKEN.split(":", maxsplit=1)[0])


async def _who_wants_to_be_forgotten(cast: Cast) -> None:
    """A contact of whom nothing may be left; whoever was there before is gone altogether."""
    made = """
        INSERT INTO contact (customer_id, name, is_primary, created_by, created_at, revision)
        SELECT customer_id, '赵国庆', false, created_by, created_at, 1 FROM contact WHERE id = :spare RETURNING id
    """
    async with cast.house.db.unit() as session:
        await session.execute(text("DELETE FROM contact WHERE id = :doomed"), {"doomed": cast.doomed})
        cast.doomed = await session.scalar(text(made), {"spare": cast.spare}) or 0


async def _looks_at_bots(cast: Cast) -> None:
    await cast.people["admin"].say("/bots")


async def _under_way(cast: Cast) -> None:
    """The owner is at the customer's."""
    async with cast.house.db.unit() as session:
        actor = await queries.actor(session, cast.people["owner"].employee_id)
        act_as(session, actor.id)
        command = StartVisit(customer=cast.customer, kind=VisitKind.RETURN)
        cast.under_way = (await start_visit(session, actor, command)).id


async def _starting(cast: Cast) -> None:
    """The owner is about to check in there."""
    async with cast.house.db.unit() as session:
        answers = customer_answer(cast.customer, CUSTOMER)
        owner = cast.people["owner"].employee_id
        cast.starting = (await drafts.start(session, owner, form=LOG_VISIT.key, version=1, answers=answers)).id


async def _promised(cast: Cast) -> None:
    """The owner said to come today."""
    async with cast.house.db.unit() as session:
        act_as(session, cast.people["owner"].employee_id)
        customer = await session.get_one(Customer, cast.customer)
        customer.next_step_on = cast.house.clock.now().date()


async def _long_ago(cast: Cast) -> None:
    """The customer has been a target for very long."""
    then = cast.house.clock.now() - timedelta(days=100)
    async with cast.house.db.unit() as session:
        await session.execute(update(Customer).values(stage_since=then), execution_options={"unaudited": "a test"})


async def _matters(cast: Cast) -> None:
    """A need, a sample, a deal and a link of the customer's, all as new."""
    async with cast.house.db.unit() as session:
        for table in ("need", "trial", "deal", "customer_link"):
            await session.execute(text(f"DELETE FROM {table}"))
        actor = await queries.actor(session, cast.people["owner"].employee_id)
        act_as(session, actor.id)
        about = {"customer": cast.customer, "what": "机密连接器"}
        need = (await record_need(session, actor, RecordNeed(**about))).need
        cast.need, cast.need_revision = need.id, need.revision
        cast.trial = (await send_trial(session, actor, SendTrial(**about))).id
        cast.deal = (await record_deal(session, actor, RecordDeal(**about, amount=Decimal(8)))).id
        linked = AddLink(customer=cast.customer, kind="dealer", other=cast.other)
        cast.link = (await add_link(session, actor, linked)).id


async def _a_lost_need(cast: Cast) -> None:
    await _matters(cast)
    async with cast.house.db.unit() as session:
        actor = await queries.actor(session, cast.people["owner"].employee_id)
        await end_need(session, actor, cast.need, NeedState.LOST, "嫌贵")


async def _a_plan(cast: Cast) -> None:
    """The manager is about to hand the owner's customers over."""
    async with cast.house.db.unit() as session:
        boss = await queries.actor(session, cast.people["manager"].employee_id)
        owner, other = cast.people["owner"].employee_id, cast.people["other branch"].employee_id
        plan = await plans.prepare(session, boss, owner, HandoverRule.ONE, None, leaves=False)
        cast.plan = (await plans.toggle(session, boss, plan.id, other)).id


async def _a_stand_in(cast: Cast) -> None:
    """Somebody is to stand in for the owner next year."""
    async with cast.house.db.unit() as session:
        await session.execute(text("DELETE FROM stand_in WHERE starts_at > '2027-01-01'"))
        act_as(session, cast.people["owner"].employee_id)
        then = cast.house.clock.now() + timedelta(days=365)
        row = StandIn(
            absent_id=cast.people["owner"].employee_id,
            deputy_id=cast.people["stand-in"].employee_id,
            starts_at=then,
            ends_at=then + timedelta(days=3),
            created_by=cast.people["owner"].employee_id,
        )
        session.add(row)
        await session.flush()
        cast.absence = row.id


async def _a_second_helper(cast: Cast) -> None:
    async with cast.house.db.unit() as session:
        boss = await queries.actor(session, cast.people["admin"].employee_id)
        act_as(session, boss.id)
        await add_member(session, boss, cast.customer, cast.people["other finance"].employee_id, "support")


async def _a_day(cast: Cast) -> None:
    """An anniversary of the contact's."""
    async with cast.house.db.unit() as session:
        owner = await queries.actor(session, cast.people["owner"].employee_id)
        act_as(session, owner.id)
        told = AddDay(contact_id=cast.contact, day=Yearly(5, 20), title="结婚纪念日")
        there = await of_contact(session, cast.contact)
        cast.day = there[-1].id if there else (await add_day(session, owner, told)).id


async def _went_there(cast: Cast) -> None:
    """Somebody of another branch's customer is said to have gone to this one."""
    async with cast.house.db.unit() as session:
        other = await queries.actor(session, cast.people["other branch"].employee_id)
        act_as(session, other.id)
        gone = {"left_at": cast.house.clock.now(), "went_to": CUSTOMER, "went_to_id": cast.customer}
        known = {"name": "周行", "is_primary": False, "created_by": other.id, "created_at": cast.house.clock.now()}
        person = Contact(customer_id=cast.elsewhere, **known, **gone)
        session.add(person)
        await session.flush()
        cast.away = person.id


async def _pooled(cast: Cast) -> None:
    """A customer lies in the pool, and nobody has claimed any today."""
    async with cast.house.db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM pool_claim"))
        back = "UPDATE customer SET owner_id = NULL, pool = 'main', pool_look_at = NULL WHERE id = :id"
        await connection.execute(text(back), {"id": cast.pooled})


def _held(*, locked: bool) -> Callable[[Cast], Awaitable[None]]:
    """The owner's customer is locked, or not."""

    async def prepare(cast: Cast) -> None:
        ids = {"customer": cast.customer, "owner": cast.people["owner"].employee_id, "at": cast.house.clock.now()}
        add = "INSERT INTO pool_lock (customer_id, employee_id, at) VALUES (:customer, :owner, :at)"
        async with cast.house.db.engine.begin() as connection:
            await connection.execute(text("DELETE FROM pool_lock"))
            if locked:
                await connection.execute(text(add), ids)

    return prepare


async def _a_twin(cast: Cast) -> None:
    """Another archive of the owner's, which is not merged."""
    if not cast.twin:
        cast.twin = await customer_of(cast.people["owner"], "深圳市启航精密仪器厂", city=HERE)


async def _nobody_asks(cast: Cast) -> None:
    async with cast.house.db.unit() as session:
        await session.execute(text("DELETE FROM handover_request"))


async def _somebody_asks(cast: Cast) -> None:
    """Somebody of another branch asks for the owner's customer."""
    await _nobody_asks(cast)
    async with cast.house.db.unit() as session:
        asker = await queries.actor(session, cast.people["other branch"].employee_id)
        act_as(session, asker.id)
        cast.request = (await ask(session, asker, cast.customer)).request.id


async def _a_request(cast: Cast) -> None:
    """The owner waits for the manager's signature."""
    async with cast.house.db.unit() as session:
        owner = await queries.actor(session, cast.people["owner"].employee_id)
        for live in await session.scalars(select(Approval.id).where(Approval.ended_at.is_(None))):
            await approvals.withdraw(session, owner, live)
        form = {"place": "东莞", "since": "2026-03-16", "until": "2026-03-18", "purpose": "谈机密年框"}
        command = Apply(flow="travel", title="东莞", form=form, key=secrets.token_hex(8))
        case = await approvals.submit(session, owner, command)
        cast.approval, cast.seat = case.id, case.seats[1]


async def _decided(cast: Cast, verb: Callable[..., Awaitable[Case]], *args: Any) -> Case:
    """The manager has done something with the seat."""
    async with cast.house.db.unit() as session:
        boss = await queries.actor(session, cast.people["manager"].employee_id)
        return await verb(session, boss, Say(seat=cast.seat, words="先缓一缓"), *args)


async def _an_added_signer(cast: Cast) -> None:
    await _a_request(cast)
    admin = cast.people["admin"].employee_id  # who reads all requests as it is
    cast.seat = (await _decided(cast, signing.add_signer, admin, Origin.BEFORE)).seats[2]


async def _a_returned_request(cast: Cast) -> None:
    await _a_request(cast)
    await _decided(cast, signing.send_back)


async def _an_approved_request(cast: Cast) -> None:
    await _a_request(cast)
    await _decided(cast, signing.approve)


async def _to_be_undone(cast: Cast) -> None:
    await _an_approved_request(cast)
    async with cast.house.db.unit() as session:
        owner = await queries.actor(session, cast.people["owner"].employee_id)
        await approvals.ask_revoke(session, owner, cast.approval, "不去了")


async def _a_ticked_request(cast: Cast) -> None:
    """Everybody has ticked it, as far as a tick takes."""
    await _a_request(cast)
    async with cast.house.db.unit() as session:
        for person in cast.people.values():
            if person.employee_id:
                await memory.remember(session, person.employee_id, "approvals.bulk", {"seats": [cast.seat]})


async def _sheet(cast: Cast, state: str = "ready") -> None:
    """The owner has sent a sheet, which has been looked through; no machine is there to go on with it."""
    async with cast.house.db.unit() as session:
        actor = await queries.actor(session, cast.people["owner"].employee_id)
        act_as(session, actor.id)
        await session.execute(text("UPDATE import_batch SET state = 'cancelled'"))
        file = FileRef(int(TOKEN.split(":", maxsplit=1)[0]), "sheet", "sheet", "document", "客户.xlsx", size=6000)
        batch = await offer(session, actor, file, cast.people["owner"].user_id)
        batch.state, batch.columns, batch.rows = state, ["name"], 1
        batch.summary = {"customers": 1, "contacts": 0, "told": [], "kinds": {}}
        batch.ended_at = cast.house.clock.now() if state == "done" else None
        cast.sheet = batch.id


async def _offered_sheet(cast: Cast) -> None:
    await _sheet(cast, "offered")


async def _done_sheet(cast: Cast) -> None:
    await _sheet(cast, "done")


def _spent(claim: str = "running") -> Callable[[Cast], Awaitable[None]]:
    """The owner is on a trip, has a claim with a receipt, and will be on leave."""

    async def prepare(cast: Cast) -> None:
        ids = {"owner": cast.people["owner"].employee_id, "at": cast.house.clock.now(), "claim": claim}
        async with cast.house.db.engine.begin() as connection:
            for table in ("expense_item", "expense_claim", "trip", "absence"):
                await connection.execute(text(f"DELETE FROM {table}"))
            await connection.execute(text("DELETE FROM attachment WHERE subject_type = 'expense_item'"))
            cast.trip = await connection.scalar(text(_A_TRIP), ids)
            cast.claim = await connection.scalar(text(_A_CLAIM), ids)
            cast.absent = await connection.scalar(text(_AN_ABSENCE), ids)
            ids["claim_id"] = cast.claim
            cast.line = await connection.scalar(text(_A_LINE), ids)
            await connection.execute(text(_A_RECEIPT), {**ids, "line": cast.line})

    return prepare


_A_TRIP = (
    "INSERT INTO trip (employee_id, place, since, until, purpose, state, created_at)"
    " VALUES (:owner, '苏州', '2026-03-11', '2026-03-12', '拜访汇川', 'approved', :at) RETURNING id"
)
_A_CLAIM = (
    "INSERT INTO expense_claim (employee_id, unit_id, task, purpose, amount, state, claimed_on, created_at)"
    " SELECT id, unit_id, 'sales', '走访客户', 45, :claim, '2026-03-11', :at FROM employee WHERE id = :owner"
    " RETURNING id"
)
_AN_ABSENCE = (
    "INSERT INTO absence (employee_id, kind, since, until, days, state, created_at)"
    " VALUES (:owner, 'annual', '2026-11-02', '2026-11-03', 2, 'approved', :at) RETURNING id"
)
_A_LINE = (
    "INSERT INTO expense_item (claim_id, kind, amount, spent_on)"
    " VALUES (:claim_id, 'taxi', 45, '2026-03-10') RETURNING id"
)
_A_RECEIPT = (
    "INSERT INTO attachment (subject_type, subject_id, file_row_id, created_by, created_at)"
    " SELECT 'expense_item', :line, min(id), :owner, :at FROM file WHERE state = 'stored'"
)


async def _a_budget(cast: Cast) -> None:
    """Of the owner's department, and the owner asks for more than there is."""
    async with cast.house.db.unit() as session:
        for table in ("budget_entry", "budget"):
            await session.execute(text(f"DELETE FROM {table}"))
        finance = await queries.actor(session, cast.people["finance"].employee_id)
        owner = await queries.actor(session, cast.people["owner"].employee_id)
        days = {"since": date(2026, 1, 1), "until": date(2026, 12, 31)}
        told = MakeBudget(unit=owner.unit_id, content="marketing", amount=Decimal(1000), name="机密展会费", **days)
        act_as(session, finance.id)
        cast.budget = (await make_budget(session, finance, told)).id
        form = {"name": "机密展", "held_on": "2026-03-25", "plan": "两个展位", "amount": "1200", "over_budget": True}
        act_as(session, owner.id)
        command = Apply(flow="activity", title="机密展", form=form, key=f"over {cast.budget}")
        cast.over = (await approvals.submit(session, owner, command)).id


def _proposal(state: str = "ready") -> Callable[[Cast], Awaitable[None]]:
    """The admin has sent a playbook."""

    async def prepare(cast: Cast) -> None:
        async with cast.house.db.unit() as session:
            admin = await queries.actor(session, cast.people["admin"].employee_id)
            sent = FileRef(
                int(TOKEN.split(":", maxsplit=1)[0]), "playbook", "playbook", "document", "playbook.yaml", size=30_000
            )
            row = await proposals.offer(session, admin, sent, cast.people["admin"].user_id)
            row.base, row.text = await playbook.current(session)
            row.state = state
            wrong = {"line": 3, "where": "flows.travel.kind", "what": "Field required", "mend": "write kind: planning"}
            row.problems = {"shown": [wrong], "count": 1} if state == "refused" else None
            cast.proposal = row.id

    return prepare


PLANNERS = SUPERIORS | OFFICE | {"owner", "stand-in"}  # see what the owner plans
PLANNING = MANAGERS | {"executive"}  # make sales plans


def _planned(line: str = "open", week: str = "draft") -> Callable[[Cast], Awaitable[None]]:
    """The owner has planned to see the customer today, in a week that stands so; and promised to come."""

    async def prepare(cast: Cast) -> None:
        ids = {"owner": cast.people["owner"].employee_id, "boss": cast.people["manager"].employee_id}
        ids |= {"customer": cast.customer, "at": cast.house.clock.now(), "line": line, "week": week}
        async with cast.house.db.engine.begin() as connection:
            for table in ("plan_flow", "plan_line", "week_plan"):
                await connection.execute(text(f"DELETE FROM {table}"))
            if line != "none":
                cast.planned = await connection.scalar(text(_A_LINE_OF_A_PLAN), ids)
                cast.week = await connection.scalar(text(_A_WEEK), ids)

    return prepare


async def _promised_and_not_planned(cast: Cast) -> None:
    await _planned("none")(cast)
    await _promised(cast)


_A_LINE_OF_A_PLAN = (
    "INSERT INTO plan_line (employee_id, week, day, planned_on, routine, customer_id, state, done_on, created_at)"
    " VALUES (:owner, '2026-03-09', '2026-03-11', '2026-03-11', true, :customer, :line,"
    " CASE WHEN :line = 'done' THEN date '2026-03-11' END, :at) RETURNING id"
)
_A_WEEK = (
    "INSERT INTO week_plan (employee_id, week, state, ends_at, submitted_at, superior_id)"
    " VALUES (:owner, '2026-03-09', :week, '2026-03-16', CASE WHEN :week <> 'draft' THEN CAST(:at AS timestamptz) END,"
    " CASE WHEN :week <> 'draft' THEN CAST(:boss AS bigint) END) RETURNING id"
)


async def _nobody_nudged(cast: Cast) -> None:
    """Nobody has been asked for the plan yet."""
    async with cast.house.db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM occurrence WHERE rule = 'plan.nag'"))


async def _a_task(cast: Cast) -> None:
    """The manager has given the owner a task, and has a sales plan."""
    ids = {"owner": cast.people["owner"].employee_id, "boss": cast.people["manager"].employee_id}
    ids["at"] = cast.house.clock.now()
    async with cast.house.db.engine.begin() as connection:
        for table in ("task_share", "task", "sales_plan"):
            await connection.execute(text(f"DELETE FROM {table}"))
        plan = (
            "INSERT INTO sales_plan (title, amount, since, until, owner_id, created_at)"
            " VALUES ('机密华南', 1000000, '2026-04-01', '2026-06-30', :boss, :at) RETURNING id"
        )
        cast.sales = await connection.scalar(text(plan), ids)
        task = (
            "INSERT INTO task (what, by_id, due_on, created_at)"
            " VALUES ('收集机密年框的报价', :boss, '2026-12-20', :at) RETURNING id"
        )
        cast.task = await connection.scalar(text(task), ids)
        share = (
            "INSERT INTO task_share (task_id, employee_id, due_on) VALUES (:task, :owner, '2026-12-20') RETURNING id"
        )
        cast.share = await connection.scalar(text(share), {**ids, "task": cast.task})


def _a_notice(kind: str = "note") -> Callable[[Cast], Awaitable[None]]:
    """The manager has told the owner something, and nobody else."""

    async def prepare(cast: Cast) -> None:
        ids = {"owner": cast.people["owner"].employee_id, "boss": cast.people["manager"].employee_id, "kind": kind}
        notice = (
            "INSERT INTO notice (kind, text, by_id, employee_id, under, since, created_at, drawn_at)"
            " VALUES (:kind, '机密年框只给李娜', :boss, :owner, ARRAY[CAST(:boss AS bigint)],"
            " CASE WHEN :kind = 'policy' THEN date '2026-03-11' END, :at, :at) RETURNING id"
        )
        receipt = "INSERT INTO notice_receipt (notice_id, employee_id, told_at) VALUES (:notice, :owner, :at)"
        async with cast.house.db.engine.begin() as connection:
            for table in ("notice_receipt", "notice"):
                await connection.execute(text(f"DELETE FROM {table}"))
            ids["at"] = cast.house.clock.now()
            cast.notice = await connection.scalar(text(notice), ids)
            await connection.execute(text(receipt), {**ids, "notice": cast.notice})

    return prepare


async def _not_nudged(cast: Cast) -> None:
    async with cast.house.db.unit() as session:
        await session.execute(text("DELETE FROM occurrence WHERE rule = 'plan.nudge'"))


BUTTONS: dict[str, Row] = {
    # notices: who told it, and who was told
    "notices": Row("notices:0:0", OWNER, "机密年框", prepare=_a_notice()),
    "policies": Row("policies:0:0", OWNER, "机密年框", prepare=_a_notice("policy")),
    "notice": Row("notice:{notice}:0", OWNER | MANAGER, "机密年框", prepare=_a_notice()),
    "notice.whole": Row("notice.whole:{notice}:0", OWNER | MANAGER, "机密年框", prepare=_a_notice()),
    "notice.read": Row("notice.read:{notice}:0", OWNER, "您已阅", prepare=_a_notice()),
    "notice.files": Row("notice.files:{notice}:0", OWNER | MANAGER, "王海燕", prepare=_a_notice()),
    "notice.new": Row("notice.new:0:0", PLANNING, "发公告"),
    "notice.pass": Row("notice.pass:{notice}:0", MANAGER, prepare=_a_notice()),
    "notices.sent": Row("notices.sent:0:0", MANAGER, "机密年框", prepare=_a_notice()),
    "notice.unread": Row("notice.unread:{notice}:0", MANAGER, "李娜", prepare=_a_notice()),
    "notice.nudge": Row("notice.nudge:{notice}:0", MANAGER, prepare=_a_notice()),
    "notice.replace": Row("notice.replace:{notice}:0", MANAGER, prepare=_a_notice("policy")),
    "notice.withdraw": Row("notice.withdraw:{notice}:0:yes", MANAGER, prepare=_a_notice()),
    "notice.find": Row("notice.find:0:0", INSIDE),
    # somebody's day, and what changed at their customers
    "vd.visits": Row("vd.visits:{owner}:0:f 2026-03-11", PLANNERS, "凯旋"),
    "vd.nudge": Row("vd.nudge:{owner}:0:f 2026-03-10", SUPERIORS | OFFICE, prepare=_not_nudged),
    "changes": Row("changes:0:0", SUPERIORS, "李娜"),
    "changes.of": Row("changes.of:{owner}:0", SUPERIORS, "凯旋"),
    # the playbook is an admin's
    "playbook": Row("playbook:0:0", ADMIN, "现行业务手册"),
    "proposal": Row("proposal:{proposal}:0", ADMIN, "对比第", prepare=_proposal()),
    "proposal.problems": Row("proposal.problems:{proposal}:0:0", ADMIN, "1 处要改", prepare=_proposal("refused")),
    "proposal.as": Row("proposal.as:{proposal}:0:0", ADMIN, prepare=_proposal()),
    "proposal.again": Row("proposal.again:{proposal}:0", ADMIN, "正在检查", prepare=_proposal()),
    "proposal.publish": Row("proposal.publish:{proposal}:0", ADMIN, "已生效", prepare=_proposal()),
    "proposal.cancel": Row("proposal.cancel:{proposal}:0", ADMIN, "现行业务手册不变", prepare=_proposal()),
    # plans and tasks
    "plan": Row("plan:{owner}:0:d.2026-03-11", PLANNERS, "凯旋", prepare=_planned()),
    "plan.line": Row("plan.line:{planned}:0", PLANNERS, "凯旋", prepare=_planned()),
    "plan.new": Row("plan.new:0:0:v.2026-03-12", INSIDE),
    "plan.set": Row("plan.set:{planned}:1:done", OWNER, prepare=_planned()),
    "plan.move": Row("plan.move:{planned}:1", OWNER, prepare=_planned()),
    "plan.tell": Row("plan.tell:{planned}:1", OWNER, prepare=_planned()),
    "plan.suggest": Row("plan.suggest:0:0:2026-03-16", INSIDE, "💡 建议"),
    "plan.take": Row("plan.take:0:0:2026-03-09", OWNER, prepare=_promised_and_not_planned),
    "plan.day": Row(f"plan.day:{date(2026, 3, 11).toordinal()}:0", INSIDE, "03-11"),
    "plan.due": Row(f"plan.due:{date(2026, 3, 16).toordinal()}:0", INSIDE, "💡 建议"),
    "plan.late": Row(f"plan.late:{date(2026, 3, 16).toordinal()}:0", MANAGER, "李娜"),
    "plan.nudge": Row("plan.nudge:{owner}:0:2026-03-16", MANAGER, prepare=_nobody_nudged),
    "plan.month": Row(f"plan.month:{date(2026, 3, 1).toordinal()}:0", INSIDE, "2026-03"),
    "plan.scores": Row(f"plan.scores:{date(2026, 3, 1).toordinal()}:0", INSIDE - FINANCE, "2026-03 得分"),
    "plan.submit": Row("plan.submit:0:0:2026-03-09", OWNER, prepare=_planned("done")),
    "plan.feed": Row("plan.feed:0:0:new", INSIDE, "/calendar/"),
    "week": Row("week:{week}:0", PLANNERS, "计划 1 项", prepare=_planned("done", "submitted")),
    "week.score": Row("week.score:{week}:0:4.keep", SUPERIORS, "已评分", prepare=_planned("done", "submitted")),
    "week.words": Row("week.words:{week}:0:4", SUPERIORS, prepare=_planned("done", "submitted")),
    "weeks": Row("weeks:0:0", MANAGER, "李娜", prepare=_planned("done", "submitted")),
    "weeks.team": Row("weeks.team:0:0", SUPERIORS, "李娜 · ", prepare=_planned()),
    "tasks": Row("tasks:{owner}:0", PLANNERS, "机密年框", prepare=_a_task),
    "tasks.given": Row("tasks.given:0:0", MANAGER, "机密年框", prepare=_a_task),
    "task": Row("task:{task}:0", PLANNERS, "机密年框", prepare=_a_task),
    "task.new": Row("task.new:0:0:own", INSIDE),
    "task.drop": Row("task.drop:{task}:0", MANAGER, prepare=_a_task),
    "task.part": Row("task.part:{sales}:0", MANAGER, prepare=_a_task),
    "share": Row("share:{share}:0", PLANNERS, "机密年框", prepare=_a_task),
    "share.done": Row("share.done:{share}:0", OWNER, prepare=_a_task),
    "share.tell": Row("share.tell:{share}:0", OWNER, prepare=_a_task),
    "sales": Row("sales:0:0", SUPERIORS | OFFICE, "机密华南", prepare=_a_task),
    "sales.new": Row("sales.new:0:0", PLANNING),
    "sales_plan": Row("sales_plan:{sales}:0", SUPERIORS | OFFICE, "机密华南", prepare=_a_task),
    # trips, expense claims, leave
    "trips": Row("trips:{owner}:0", SPENDING, "苏州", prepare=_spent()),
    "trip": Row("trip:{trip}:0", SPENDING, "拜访汇川", prepare=_spent()),
    "trip.new": Row("trip.new:0:0", INSIDE),
    "trip.begin": Row("trip.begin:{trip}:0", OWNER, "一路顺利", prepare=_spent()),
    "trip.claim": Row("trip.claim:{trip}:0", OWNER, prepare=_spent()),
    "claims": Row("claims:{owner}:0", SPENDING, "走访客户", prepare=_spent()),
    "expense_claim": Row("expense_claim:{claim}:0", SPENDING, "走访客户", prepare=_spent()),
    "expense_item": Row("expense_item:{line}:0", SPENDING, "走访客户", prepare=_spent()),
    "claim.new": Row("claim.new:0:0", INSIDE),
    "claim.lines": Row("claim.lines:{claim}:0", SPENDING, "打车公交", prepare=_spent()),
    "claim.receipts": Row("claim.receipts:{claim}:0", SPENDING, "走访客户", prepare=_spent()),
    "claim.correct": Row("claim.correct:{claim}:0", OWNER, prepare=_spent("returned")),
    "claim.paid": Row("claim.paid:{claim}:0", FINANCE, "已标记付款", prepare=_spent("approved")),
    "claim.history": Row("claim.history:{owner}:0", SPENDING, "历史费用", prepare=_spent()),
    "claims.pay": Row("claims.pay:0:0", FINANCE, "走访客户", prepare=_spent("approved")),
    "claims.all": Row("claims.all:0:0", FINANCE | {"operations", "executive"}, "走访客户", prepare=_spent()),
    "leaves": Row("leaves:{owner}:0", SUPERIORS | OFFICE | {"owner", "stand-in"}, "11-02", prepare=_spent()),
    "absence": Row("absence:{absent}:0", SUPERIORS | OFFICE | {"owner", "stand-in"}, "2026-11-02", prepare=_spent()),
    "leave.new": Row("leave.new:0:0", INSIDE),
    "leave.stand_in": Row("leave.stand_in:{absent}:0", OWNER, prepare=_spent()),
    # budgets
    "budgets": Row("budgets:0:0", BUDGETERS, "机密展会费", prepare=_a_budget),
    "budget": Row("budget:{budget}:0", BUDGETERS, "机密展会费", prepare=_a_budget),
    "budget.warned": Row("budget.warned:{budget}:0", BUDGETERS, "机密展会费", prepare=_a_budget),
    "budget.spent": Row("budget.spent:{budget}:0", BUDGETERS, "¥1,200", prepare=_a_budget),
    "budget.over": Row("budget.over:{budget}:0", BUDGETERS, "¥1,200", prepare=_a_budget),
    "budget.new": Row("budget.new:0:0", PURSE),
    "budget.edit": Row("budget.edit:{budget}:0", PURSE, "要改哪一项", prepare=_a_budget),
    "budget.field": Row("budget.field:{budget}:1:name", PURSE, prepare=_a_budget),
    "budget.status": Row("budget.status:{budget}:0:closed", PURSE, "新申请不再占用它", prepare=_a_budget),
    "budget.allow": Row("budget.allow:{over}:0", PURSE, "已批准超支", prepare=_a_budget),
    "budget.report": Row("budget.report:0:0:d.y0..", REPORTERS, "预算执行", prepare=_a_budget),
    "budget.pick": Row("budget.pick:0:0:b.d.y0..", REPORTERS, "按什么分组"),
    "budget.chart": Row("budget.chart:0:0:d.y0..", REPORTERS, "预算执行"),
    "budget.sheet": Row("budget.sheet:0:0:d.y0..", REPORTERS, "表格正在生成"),
    "budget.send": Row("budget.send:0:0:d.y0..", REPORTERS),
    # the customer pool, and how long one's own customers are kept
    "po": Row("po:0:0", POOLERS, "长盈", prepare=_pooled),
    "pf": Row("pf:0:0:f 长盈", POOLERS, "长盈精密", prepare=_pooled),
    "pool.card": Row("pool.card:{pooled}:0", POOLERS, "进的公海", prepare=_pooled),
    "pool.claim": Row("pool.claim:{pooled}:0", SELLERS, prepare=_pooled),
    "pool.assign": Row("pool.assign:{pooled}:0", MANAGERS, prepare=_pooled),
    "pool.keep": Row("pool.keep:{customer}:0", VISITORS, "› 公海期限"),
    "pool.extend": Row("pool.extend:{customer}:0:7", VISITORS),
    "pool.return": Row("pool.return:{customer}:0", VISITORS),
    "pool.lock": Row("pool.lock:{customer}:0", VISITORS, prepare=_held(locked=False)),
    "pool.unlock": Row("pool.unlock:{customer}:0", VISITORS, prepare=_held(locked=True)),
    # reading customers and visits
    "customer": Row("customer:{customer}:0", READERS, "凯旋"),
    "customer.more": Row("customer.more:{customer}:0", READERS, "八五折"),
    "contacts": Row("contacts:{customer}:0", READERS, "王建国"),
    "contact": Row("contact:{contact}:0", READERS, "8000"),
    "contact.more": Row("contact.more:{contact}:0", READERS, "王建国"),
    "contact.own": Row("contact.own:{contact}:0", READERS, "王建国"),
    "contact.standing": Row("contact.standing:{contact}:0", READERS, "› 决策角色"),
    "contact.ties": Row("contact.ties:{contact}:0", READERS, "› 上下级与关系"),
    "contact.file": Row("contact.file:{contact}:0", READERS, "› 个人档案"),
    "contact.days": Row("contact.days:{contact}:0", READERS, "› 重要日子"),
    "contact.gifts": Row("contact.gifts:{contact}:0", READERS, "礼品与费用 ›"),
    "contact.gift": Row("contact.gift:{gift}:0", READERS, "八五折"),
    "contact.posts": Row("contact.posts:{contact}:0", READERS, "› 任职经历"),
    "tree": Row("tree:{customer}:0:t0", READERS, "王建国"),
    "matrix": Row("matrix:{customer}:0:t0", READERS, "王建国"),
    "deciders": Row("deciders:0:0:f 2026-03", SUPERIORS | OFFICE | OWNER | {"stand-in"}, "李娜"),
    "customer.history": Row("customer.history:{customer}:0", READERS, "› 变更记录"),
    "cl": Row("cl:0:0", READERS, "凯旋"),
    "cf": Row("cf:0:0:b1 凯旋", READERS, "凯旋光电"),
    "vl": Row("vl:{customer}:0", READERS, "拜访记录"),
    "visit": Row("visit:{visit}:0", READERS, "机密年框"),
    "attachment.again": Row("attachment.again:{lost}:0", OWNER, "请把缺的发过来"),
    "visit.photos": Row("visit.photos:{visit}:0", READERS, "📷 1"),
    "visit.edit": Row("visit.edit:{visit}:0", VISITORS, "要改哪一项"),
    "visit.field": Row("visit.field:{visit}:{visit_revision}:cost", VISITORS),
    "visit.history": Row("visit.history:{visit}:0", READERS, "记了拜访"),
    "visit.reason": Row("visit.reason:{visit}:{visit_revision}:elsewhere", VISITORS),
    "visit.point": Row("visit.point:{visit}:0", DOERS),
    "visit.manual": Row("visit.manual:{customer}:0", READERS, "重点客户拜访"),
    "visit.finish": Row("visit.finish:{under_way}:0", OWNER, "谈了什么", prepare=_under_way),
    "visit.drop": Row("visit.drop:{under_way}:0", OWNER, prepare=_under_way),
    "visit.start": Row("visit.start:{starting}:1", OWNER, "拜访中", prepare=_starting),
    "visit.new_here": Row("visit.new_here:{starting}:1", OWNER, prepare=_starting),
    "vf": Row("vf:0:0:f 机密年框", READERS, "谈了机密"),
    "vd": Row("vd:{owner}:0:f 2026-03-11", SUPERIORS | OFFICE | OWNER | {"stand-in"}, "凯旋"),
    "team": Row("team:0:0:f day", SUPERIORS, "李娜"),
    "today": Row("today:0:0", SUPERIORS | OWNER, "凯旋"),
    "route": Row("route:0:0", OWNER, "凯旋", prepare=_promised),
    "ml": Row("ml:{customer}:0: customer", READERS, "先问账期"),
    "comment": Row("comment:{comment}:0", READERS, "先问账期"),
    "groups": Row("groups:0:0:stage.0", READERS, "目标客户 1"),
    "groups.by": Row("groups.by:0:0", INSIDE, "按什么分"),
    "gl": Row("gl:0:0:f stage.target", READERS, "凯旋光电"),
    "stuck": Row("stuck:0:0", READERS, "凯旋光电", prepare=_long_ago),
    "keys": Row("keys:0:0", READERS, "凯旋光电"),
    # changing them
    "stage": Row("stage:{customer}:0", DOERS),
    "customer.edit": Row("customer.edit:{customer}:0", DOERS, "要改哪一项"),
    "customer.field": Row("customer.field:{customer}:{revision}:city", DOERS),
    "customer.confirm": Row("customer.confirm:{customer}:0", DOERS),
    "contact.new": Row("contact.new:{customer}:0", DOERS),
    "contact.field": Row("contact.field:{contact}:{contact_revision}:title", DOERS),
    "contact.primary": Row("contact.primary:{contact}:0", DOERS, "以后先联系王建国"),
    "contact.ask": Row("contact.ask:{contact}:0", DOERS, "已经不在这家"),
    "contact.remove": Row("contact.remove:{spare}:0", DOERS, "标记为不在了"),
    "contact.stand": Row("contact.stand:{contact}:0:a.friendly", DOERS),
    "contact.mind": Row("contact.mind:{contact}:0:{owner}", DOERS),
    "contact.tell": Row("contact.tell:{contact}:0:birthday", DOERS),
    "contact.drop": Row("contact.drop:{day}:0:day", DOERS, prepare=_a_day),
    "contact.take": Row("contact.take:{away}:0", DOERS, prepare=_went_there),
    "contact.erase": Row("contact.erase:{contact}:0", ADMIN, "个人信息"),
    "contact.named": Row("contact.named:{contact}:0", ADMIN, "王建国"),
    "contact.erase.sure": Row("contact.erase.sure:{doomed}:1", ADMIN, "已删除", prepare=_who_wants_to_be_forgotten),
    "customer.new": Row("customer.new:0:0:苏州汇川传感器", SELLERS),
    "visit.log": Row("visit.log:{customer}:0", DOERS),
    "undo": Row("undo:{op}:0", OWNER),
    # what hangs on an archive
    "brief": Row("brief:{customer}:0", READERS, "机密年框"),
    **{f"{table}s": Row(f"{table}s:{{customer}}:0", READERS, "机密") for table in ("need", "trial", "deal")},
    **{
        f"{table}s.open": Row(f"{table}s.open:0:0", READERS, "机密", prepare=_matters)
        for table in ("need", "trial", "deal")
    },
    **{table: Row(f"{table}:{{{table}}}:0", READERS, "机密") for table in ("need", "trial", "deal")},
    **{f"{table}.new": Row(f"{table}.new:{{customer}}:0", DOERS) for table in ("need", "trial", "deal", "link")},
    **{f"{table}.edit": Row(f"{table}.edit:{{{table}}}:0", DOERS, "要改哪一项") for table in ("need", "trial", "deal")},
    "need.field": Row("need.field:{need}:{need_revision}:what", DOERS, prepare=_matters),
    "trial.field": Row("trial.field:{trial}:1:what", DOERS, prepare=_matters),
    "deal.field": Row("deal.field:{deal}:1:what", DOERS, prepare=_matters),
    **{
        f"{table}.history": Row(f"{table}.history:{{{table}}}:0", READERS, "记下了")
        for table in ("need", "trial", "deal")
    },
    "need.met": Row("need.met:{need}:0", DOERS, "需求满足了", prepare=_matters),
    "need.lose": Row("need.lose:{need}:0", DOERS, prepare=_matters),
    "need.again": Row("need.again:{need}:0", DOERS, "已保存", prepare=_a_lost_need),
    "need.tell": Row("need.tell:{need}:0", DOERS, prepare=_matters),
    "trial.answer": Row("trial.answer:{trial}:0:testing", DOERS, "测试中", prepare=_matters),
    "deal.step": Row("deal.step:{deal}:1:paid", DOERS, "已收款", prepare=_matters),
    "links": Row("links:{customer}:0", READERS, "› 深圳市凯旋光电"),
    "links.cut": Row("links.cut:{customer}:0", DOERS, "解除"),
    "link.remove": Row("link.remove:{link}:0", DOERS, "关联已解除", prepare=_matters),
    # handing over, stand-ins, teams
    "colleague": Row("colleague:{owner}:0", HANDERS, "家客户："),
    "handover": Row("handover:{owner}:0", HANDERS, "交给谁"),
    "handover.part": Row("handover.part:{owner}:0", HANDERS, "要交接哪一部分"),
    "handover.rule": Row("handover.rule:{owner}:0:one", HANDERS, "由谁接手"),
    "handover.who": Row("handover.who:{plan}:0", MANAGER, "由谁接手", prepare=_a_plan),
    "handover.add": Row("handover.add:{plan}:0", MANAGER, prepare=_a_plan),
    "handover.look": Row("handover.look:{plan}:0", MANAGER, "→ 吴佳怡", prepare=_a_plan),
    "handover.list": Row("handover.list:{plan}:0", MANAGER, "逐家分配", prepare=_a_plan),
    "handover.one": Row("handover.one:{plan}:0:{customer}", MANAGER, "现在给吴佳怡", prepare=_a_plan),
    "handover.give": Row("handover.give:{plan}:0:{customer}.0", MANAGER, "不交接", prepare=_a_plan),
    "handover.do": Row("handover.do:{plan}:{mark}", MANAGER, "家客户已交接", prepare=_a_plan),
    "handed": Row("handed:{owner}:0", INSIDE, "交接给我的客户"),
    "transfer": Row("transfer:{customer}:0", VISITORS),
    "away": Row("away:{owner}:0", ABSENTEES, "安排替班"),
    "away.new": Row("away.new:{owner}:0", ABSENTEES),
    "away.end": Row("away.end:{absence}:0", ABSENTEES | {"stand-in"}, "替班已结束", prepare=_a_stand_in),
    "helpers": Row("helpers:{customer}:0", READERS, "› 团队"),
    "helper": Row("helper:{customer}:0:{helper}", TEAMERS, "现在负责"),
    "helper.add": Row("helper.add:{customer}:0:technical", TEAMERS),
    "helper.role": Row("helper.role:{customer}:0:{helper}.technical", TEAMERS, "已通知同事"),
    "helper.drop": Row(
        "helper.drop:{customer}:0:{other_finance}", TEAMERS | {"other finance"}, prepare=_a_second_helper
    ),
    # doubles, and asking for a colleague's customer
    "doubles": Row("doubles:0:0", SELLERS, "疑似重复的客户"),
    "merge": Row("merge:{customer}:0:{twin}.0.0.0", GIVERS, "并进来", prepare=_a_twin),
    "merge.do": Row("merge.do:{customer}:{revision}:{twin}.{twin_revision}.0.0", GIVERS, "已合并", prepare=_a_twin),
    "merge.not": Row("merge.not:{customer}:0:{twin}.0.0.0", GIVERS, prepare=_a_twin),
    "merge.with": Row("merge.with:{customer}:0", GIVERS),
    "request.ask": Row("request.ask:{customer}:0", SELLERS - {"owner"}, "已申请移交", prepare=_nobody_asks),
    "request": Row("request:{request}:0", GIVERS | {"other branch"}, "申请", prepare=_somebody_asks),
    "request.agree": Row("request.agree:{request}:0", GIVERS, "现在由吴佳怡负责", prepare=_somebody_asks),
    "request.decline": Row("request.decline:{request}:0", GIVERS, prepare=_somebody_asks),
    "request.withdraw": Row(
        "request.withdraw:{request}:0", frozenset({"other branch"}), "申请已撤回", prepare=_somebody_asks
    ),
    "requests": Row("requests:0:0", GIVERS, "凯旋", prepare=_somebody_asks),
    # requests
    "approval": Row("approval:{approval}:0", ON_REQUEST, "机密年框", prepare=_a_request),
    "approval.trace": Row("approval.trace:{approval}:0", ON_REQUEST, "到 直接主管", prepare=_a_request),
    "approval.details": Row("approval.details:{approval}:0", ON_REQUEST, "🔎", prepare=_a_request),
    "approval.flow": Row("approval.flow:{approval}:0", ON_REQUEST, "⏳ 王海燕", prepare=_a_request),
    "approval.files": Row("approval.files:{approval}:0", ON_REQUEST, "📎", prepare=_a_request),
    "approval.comment": Row("approval.comment:{approval}:0", ON_REQUEST, prepare=_a_request),
    **{
        f"approval.{what}": Row(f"approval.{what}:{{seat}}:0{arg}", MANAGER, prepare=_a_request)
        for what, arg in {"yes": "", "no": "", "return": ":-", "transfer": "", "before": "", "after": ""}.items()
    },
    "approval.remove": Row("approval.remove:{seat}:0", MANAGER, prepare=_an_added_signer),
    "approval.reassign": Row("approval.reassign:{seat}:0", ADMIN, prepare=_a_request),
    "approval.nudge": Row("approval.nudge:{approval}:0", OWNER, prepare=_a_request),
    "approval.withdraw": Row("approval.withdraw:{approval}:0:yes", OWNER, prepare=_a_request),
    "approval.again": Row("approval.again:{approval}:0", OWNER, prepare=_a_returned_request),
    "approval.revoke": Row("approval.revoke:{approval}:0", OWNER, prepare=_an_approved_request),
    "approval.agree": Row("approval.agree:{approval}:0", MANAGER, prepare=_to_be_undone),
    "approval.refuse": Row("approval.refuse:{approval}:0", MANAGER, prepare=_to_be_undone),
    "approvals": Row("approvals:0:0", INSIDE, "待我审批"),
    "approvals.mine": Row("approvals.mine:0:0", INSIDE, "我的申请"),
    "approvals.all": Row("approvals.all:0:0", ON_REQUEST, "李娜 · 出差", prepare=_a_request),
    "approvals.about": Row("approvals.about:{customer}:0", READERS, "凯旋"),
    "approvals.bulk": Row("approvals.bulk:0:0", MANAGER, "李娜 · 出差", prepare=_a_request),
    "approvals.tick": Row("approvals.tick:{seat}:0:f", MANAGER, "☑ 李娜 · 出差", prepare=_a_request),
    "approvals.page": Row("approvals.page:0:0:f all", MANAGER, "☑ 李娜 · 出差", prepare=_a_request),
    "approvals.do": Row("approvals.do:0:1", MANAGER, "已同意 1 件", prepare=_a_ticked_request),
    "apply": Row("apply:{customer}:0", READERS, "凯旋"),
    "apply.flow": Row("apply.flow:{customer}:0:resource", READERS),
    # one's own forms and reminders
    "form": Row("form:{draft}:1:edit", OWNER, "凯旋"),
    "resume": Row("resume:{draft}:0", OWNER, "凯旋"),
    "draft.drop": Row("draft.drop:{draft}:0", OWNER, "已放弃"),
    "snooze": Row("snooze:{occurrence}:0", OWNER, "凯旋"),
    "due.list": Row("due.list:0:0", INSIDE, "该办"),
    "due.later": Row("due.later:{occurrence}:0:hour", OWNER),
    "due.done": Row("due.done:{occurrence}:0", OWNER),
    "due.back": Row("due.back:{occurrence}:0", OWNER, "凯旋"),
    "due.day": Row("due.day:{occurrence}:0", OWNER),
    "due.pass": Row("due.pass:{occurrence}:0", OWNER),
    "due.drop": Row("due.drop:{occurrence}:0", OWNER),
    "due.off": Row("due.off:{occurrence}:0", OWNER, "不再提醒此类"),
    "due.customer": Row("due.customer:{customer}:0", READERS, "凯旋"),
    "due.contact": Row("due.contact:{day}:0", READERS, "王建国", prepare=_a_day),
    "due.rules": Row("due.rules:0:0", INSIDE, "提醒设置"),
    "due.rule": Row("due.rule:0:0:0", INSIDE, "提醒设置"),
    "due.at": Row("due.at:0:0", INSIDE, "早报几点发"),
    "due.zone": Row("due.zone:0:0", INSIDE, "时区"),
    "due.born": Row("due.born:0:0", INSIDE, "生日"),
    # the manager's weekly list
    "weekly": Row("weekly:0:0", MANAGER, "李娜", prepare=_undone_for_long),
    "weekly.item": Row("weekly.item:{occurrence}:0", MANAGER, "凯旋"),
    "weekly.nudge": Row("weekly.nudge:{occurrence}:0", MANAGER, "凯旋"),
    "weekly.ignore": Row("weekly.ignore:{occurrence}:0", MANAGER, "每周清单"),
    # the company's working days
    "workdays": Row("workdays:0:0", ADMIN, "工作日"),
    "workdays.year": Row("workdays.year:2027:0", ADMIN, "2027"),
    "workdays.set": Row("workdays.set:20261226:0:work", ADMIN, "改为上班"),
    # people
    "pl": Row("pl:0:0", ADMIN, "新同事"),
    "person": Row("person:{newcomer}:0", ADMIN, "还没开通"),
    "hire": Row("hire:0:0", ADMIN),
    "invite": Row("invite:{newcomer}:0", ADMIN, "?start="),
    "leave.ask": Row("leave.ask:{newcomer}:0", ADMIN, "离职了吗"),
    "leave": Row("leave:{leaving}:0", ADMIN),
    "cutoff": Row("cutoff:{robbed}:0", ADMIN, prepare=_with_a_phone),
    "leave.now": Row("leave.now:{walking}:0", ADMIN),
    # bots
    "ub": Row("ub:0:0", ADMIN, "点一家分公司"),
    "bots.unit": Row("bots.unit:{head}:0", ADMIN, "随上级单位", prepare=_looks_at_bots),
    "bots.assign": Row("bots.assign:{head}:0:0", ADMIN, "随上级单位", prepare=_looks_at_bots),
    # what hosting is reckoned by
    "usage": Row("usage:202603:0", ADMIN, "2026年3月"),
    # everybody's
    "menu": Row("menu:0:0", INSIDE, "我的客户"),
    "knowledge.manual": Row("knowledge.manual:0:0:new", INSIDE, "新客户拜访"),
    "knowledge.type": Row("knowledge.type:0:0:a", INSIDE, "A类·战略"),
    "customer.find": Row("customer.find:0:0", INSIDE, "找客户"),
    # customers out of spreadsheets and into them: everybody their own
    "import": Row("import:{sheet}:0", OWNER, "客户.xlsx", prepare=_sheet),
    "import.preview": Row("import.preview:{sheet}:0", OWNER, "前几行", prepare=_sheet),
    "import.problems": Row("import.problems:{sheet}:0", OWNER, "处问题", prepare=_sheet),
    "import.columns": Row("import.columns:{sheet}:0", OWNER, "A → 客户名称", prepare=_sheet),
    "import.column": Row("import.column:{sheet}:0:0.0", OWNER, "这一列是什么", prepare=_sheet),
    "import.defaults": Row("import.defaults:{sheet}:0", OWNER, "表格里没写的行", prepare=_sheet),
    "import.default": Row("import.default:{sheet}:0:type.0", OWNER, "A类·战略", prepare=_sheet),
    "import.owner": Row("import.owner:{sheet}:0", OWNER, "的客户归谁", prepare=_sheet),
    "import.doubles": Row("import.doubles:{sheet}:0", OWNER, "已有的：跳过", prepare=_sheet),
    "import.set": Row("import.set:{sheet}:0:x.same", OWNER, "补上空缺", prepare=_sheet),
    "import.look": Row("import.look:{sheet}:0", OWNER, prepare=_sheet),
    "import.go": Row("import.go:{sheet}:0", OWNER, prepare=_sheet),
    "import.cancel": Row("import.cancel:{sheet}:0", OWNER, "什么也没有导入", prepare=_sheet),
    "import.sheet": Row("import.sheet:{sheet}:0", OWNER, "表格正在生成", prepare=_sheet),
    "import.take": Row("import.take:{sheet}:0", OWNER, prepare=_offered_sheet),
    "import.visit": Row("import.visit:{sheet}:0", OWNER, "拜访了哪家", prepare=_offered_sheet),
    "import.undo": Row("import.undo:{sheet}:0", OWNER, prepare=_done_sheet),
    "import.how": Row("import.how:0:0", SELLERS, "导入客户"),
    "import.template": Row("import.template:0:0", SELLERS, "表格正在生成"),
    "export": Row("export:0:0", SELLERS | {"executive"}, "表格正在生成"),
    "al": Row("al:0:0", ADMIN, "谁看过"),
    "help": Row("help:0:0", INSIDE, "我能做什么"),
    "dismiss": Row("dismiss:0:0", INSIDE, "收起来了"),
    "language": Row("language:0:0", INSIDE, "中文 / English"),
    "language.set": Row("language.set:0:0:zh", INSIDE, "以后和您说中文"),
}

COMMANDS: dict[str, Row] = {
    "notices": Row("/notices", OWNER, "机密年框", prepare=_a_notice()),
    "playbook": Row("/playbook", ADMIN, "现行业务手册"),
    "plan": Row("/plan", INSIDE, "周计划"),
    "next": Row("/next", INSIDE, "💡 建议"),
    "tasks": Row("/tasks", INSIDE, "☑ 任务"),
    "travel": Row("/travel", INSIDE),
    "claim": Row("/claim", INSIDE),
    "leave": Row("/leave", INSIDE),
    "expenses": Row("/expenses", FINANCE | {"operations", "executive"}, "走访客户", prepare=_spent()),
    "budget": Row("/budget", BUDGETERS, "机密展会费", prepare=_a_budget),
    "pool": Row("/pool", POOLERS, "长盈", prepare=_pooled),
    "customer": Row("/customer 凯旋", READERS, "王建国"),
    "find": Row("/find 0013800", frozenset()),  # no tail of the phone: nobody finds anything
    "visit": Row("/visit kxgd", SELLERS),
    "new": Row("/new", SELLERS),
    "menu": Row("/menu", INSIDE, "我的客户"),
    "apply": Row("/apply", INSIDE, "哪一类申请"),
    "approvals": Row("/approvals", MANAGER, "李娜 · 出差", prepare=_a_request),
    "requests": Row("/requests", OWNER, "⏳ 王海燕", prepare=_a_request),
    "duplicates": Row("/duplicates", SELLERS, "疑似重复的客户"),
    "today": Row("/today", SUPERIORS | OWNER, "凯旋"),
    "route": Row("/route", OWNER, "凯旋", prepare=_promised),
    "team": Row("/team", SUPERIORS, "李娜"),
    "week": Row("/week", MANAGER, "李娜", prepare=_undone_for_long),
    "due": Row("/due", INSIDE, "该办"),
    "workdays": Row("/workdays", ADMIN, "工作日"),
    "away": Row("/away", INSIDE, "安排替班"),
    "admin": Row("/admin", ADMIN, "新同事"),
    "bots": Row("/bots", ADMIN, "点一家分公司"),
    "usage": Row("/usage", ADMIN, "2026年3月"),
    "import": Row("/import", SELLERS, "导入客户"),
    "export": Row("/export", SELLERS | {"executive"}, "表格正在生成"),
    "access": Row("/access", ADMIN, "谁看过"),
    "help": Row("/help", INSIDE, "我能做什么"),
    "start": Row("/start", INSIDE, "我能做这些"),
    "language": Row("/language", INSIDE, "中文 / English"),
    "cancel": Row("/cancel", INSIDE, "没有在填的表"),
}

WORDS: dict[str, Row] = {
    "a name": Row("凯旋光电", READERS, "王建国"),
    "initials": Row("kxgd", READERS, "王建国"),
    "a phone's tail": Row("138000", READERS, "王建国"),
    "a talk": Row("机密年框", READERS, "谈了机密"),
    "a contact": Row("wangjianguo", READERS, "王建国"),
    "another contact": Row("lijianhua", READERS, "王建国"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(database_url: str) -> AsyncIterator[Cast]:
    registry.load()
    database = Database(database_url, FixedClock(WEDNESDAY))
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    async with database.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    async with open_house(database, database.clock) as house:
        yield await _assembled(house)
    await database.dispose()


async def _assembled(house: House) -> Cast:
    async with house.db.unit() as session:
        units = await found_units(session, house.head)
    people: dict[str, Person] = {}
    for relation, place in PEOPLE.items():
        boss = people[place.manager] if place.manager else None
        people[relation] = await house.hire(place.name, place.role, unit=units[place.unit], manager=boss)
    people["leaver"] = await house.hire("冯程", Role.REP, unit=units["销售一部"], manager=people["manager"])
    people["stranger"] = house.stranger("路人")
    async with house.db.unit() as session:
        await tie(session, {relation: people[relation].employee_id for relation in PEOPLE})
    for person in people.values():
        await person.say("/start")
    cast = Cast(house, people)
    owner = people["owner"]
    known = {"contact_name": "王建国", "phone": "13800138000", "note": "内部价八五折", "city": HERE}
    cast.customer = await customer_of(owner, CUSTOMER, **known)
    async with house.db.unit() as session:
        boss = await queries.actor(session, people["admin"].employee_id)
        await add_member(session, boss, cast.customer, people["helper"].employee_id, "support")
    cast.contact = await first_contact(house, cast.customer)
    cast.spare = await contact_of(owner, cast.customer, "李建华", note="内部价八五折")
    cast.elsewhere = await customer_of(people["other branch"], "苏州明志机械有限公司", stage="repeat")
    async with house.db.unit() as session:
        giver = await queries.actor(session, owner.employee_id)
        act_as(session, giver.id)
        told = AddGift(contact_id=cast.contact, kind="meal", amount=Decimal(1280), note="八五折谈成后聚餐")
        cast.gift = (await add_gift(session, giver, told)).id
    await owner.say("/visit 凯旋")
    await owner.send_photo(*pictures(1))
    await owner.share_location(22.5405, 113.9346)
    await owner.say("谈了机密年框")
    await owner.tap("保存")
    cast.visit = (await visits(house))[0].id
    await owner.say("凯旋光电")
    await owner.reply(last_card(owner), "先问账期，内部价八五折")
    async with house.db.unit() as session:
        cast.comment = await session.scalar(select(Comment.id))
    cast.lost = await _lost_photo(cast)
    cast.other = await customer_of(owner, "东莞市华腾五金厂", city="东莞", stage="repeat")
    await _matters(cast)
    former = people["leaver"]
    cast.pooled = await customer_of(former, "东莞市长盈精密有限公司", type="new", stage="repeat")
    async with house.db.unit() as session:
        actor = await queries.actor(session, former.employee_id)
        act_as(session, actor.id)
        await give_back(session, actor, cast.pooled, "没有需求")
    cast.head = house.head.id
    cast.newcomer = (await house.hire("吴新人", joined=False)).employee_id
    cast.leaving = (await house.hire("郑将走", joined=False)).employee_id
    cast.robbed = (await house.hire("孙丢机", joined=False)).employee_id
    cast.walking = (await house.hire("钱要走", joined=False)).employee_id
    async with house.db.unit() as session:
        admin = await queries.actor(session, people["admin"].employee_id)
        await org.leave(session, admin, people["leaver"].employee_id)
        cast.draft = await _waiting_form(session, cast)
        due = {
            "rule": "customer.stale",
            "subject_type": "customer",
            "subject_id": cast.customer,
            "recipient_id": owner.employee_id,
            "occurrence_key": "a",
            "state": "sent",
            "due_at": house.clock.now(),
            "created_at": house.clock.now(),
        }
        cast.occurrence = (await session.execute(insert(Occurrence).values(due).returning(Occurrence.id))).scalar_one()
    return cast


async def _waiting_form(session: AsyncSession, cast: Cast) -> int:
    """The owner's half-filled visit."""
    answers = {**customer_answer(cast.customer, CUSTOMER), "summary": "谈了机密年框"}
    owner = cast.people["owner"].employee_id
    return (await drafts.start(session, owner, form=LOG_VISIT.key, version=1, answers=answers)).id


async def _lost_photo(cast: Cast) -> int:
    """A second photo of the visit, which Telegram no longer had."""
    await cast.house.fetched()
    gone = FileRef(int(TOKEN.split(":", maxsplit=1)[0]), "gone", "gone")
    async with cast.house.db.unit() as session:
        owner = await queries.actor(session, cast.people["owner"].employee_id)
        await attach(session, owner, "visit", cast.visit, [gone])
        await session.execute(update(File).where(File.file_id == "gone").values(state="gone", error="expired"))
        return await session.scalar(select(func.max(Attachment.id)))


async def _fingerprint(cast: Cast) -> list[Any]:
    """The state of everything that somebody might change."""
    async with cast.house.db.engine.connect() as connection:
        changes = (await connection.execute(text("SELECT count(*) FROM audit"))).scalar_one()
        forms = (await connection.execute(select(Draft.id, Draft.revision).order_by(Draft.id))).all()
        due = (await connection.execute(select(Occurrence.state, Occurrence.snoozes))).all()
        facts = (await connection.execute(text("SELECT count(*) FROM approval_fact"))).scalar_one()
    return [changes, forms, due, facts]


async def _tidy(cast: Cast) -> None:
    """Forms that somebody opened are put away, but for the owner's own; the reminder waits; a second goes by."""
    cast.house.clock.advance(timedelta(seconds=1))
    kept = {"left_at": None, "is_primary": False}
    waiting = {"state": "sent", "snoozes": 0, "ended_at": None, "due_at": cast.house.clock.now(), "reason": None}
    waiting |= {"ignored": False, "nudged_by": None, "nudged_at": None, "push_at": None}
    async with cast.house.db.unit() as session:
        await session.execute(delete(Draft).where(Draft.id != cast.draft))
        await session.execute(update(Occurrence).values(waiting))
        await session.execute(text("DELETE FROM reminder_choice"))
        await session.execute(text("DELETE FROM visit WHERE summary = ''"))
        await _as_they_were(session, cast)
        await session.execute(text("UPDATE visit SET place_reason = NULL"))
        home = text("UPDATE customer SET owner_id = :owner WHERE id IN (:one, :two)")
        ids = {"owner": cast.people["owner"].employee_id, "one": cast.customer, "two": cast.other}
        await session.execute(home, ids)
        there = update(Contact).where(Contact.id == cast.spare).values(kept)
        await session.execute(there, execution_options={"unaudited": "a test"})
        await tell(session, await session.get_one(Customer, cast.customer))  # it is found by who is there again
        if await session.get(Draft, cast.draft) is None:
            cast.draft = await _waiting_form(session, cast)
        await session.execute(update(Chat).values(draft_id=None))


async def _as_they_were(session: AsyncSession, cast: Cast) -> None:
    """The owner's customers are the owner's, and none has gone into another one."""
    for table in ("not_the_same", "customer_merge", "ownership WHERE kind IN ('merge', 'transfer')"):
        await session.execute(text(f"DELETE FROM {table}"))
    owner = cast.people["owner"].employee_id
    moved = or_(Customer.merged_into_id.is_not(None), Customer.owner_id != owner)
    back = {"merged_into_id": None, "owner_id": owner, "revision": Customer.revision + 1}
    mine = update(Customer).where(Customer.id.in_((cast.customer, cast.twin)), moved).values(back)
    await session.execute(mine, execution_options={"unaudited": "a test"})


async def _reads(person: Person, act: Callable[[], Any]) -> str:
    """All that the person gets to read by doing this: new and redrawn messages, toasts."""
    sandbox = person.house.sandbox
    before = sandbox.view(TOKEN, person.user_id)["seq"]
    person.toast = None
    await act()
    changed = [one for one in sandbox.view(TOKEN, person.user_id, before)["messages"] if "from" in one]
    bot = [one for one in changed if one["from"]["is_bot"]]
    read = [str(one.get("text") or one.get("caption") or "") for one in bot]
    keyboards = [one["reply_markup"]["inline_keyboard"] for one in bot if one.get("reply_markup")]
    read += [button["text"] for rows in keyboards for row in rows for button in row]
    return "\n".join([*read, person.toast or ""])


async def _who_gets_anywhere(cast: Cast, row: Row, act: Callable[[Person, str], Any]) -> set[str]:
    """Everybody tries; the outcome by relation. Nobody reads what they have no right to."""
    there: set[str] = set()
    await cast.house.exchanged()  # what the test before has set going is over
    await _tidy(cast)
    for relation in sorted(cast.people, key=lambda one: (one in row.allowed, one)):  # who may changes things last
        person = cast.people[relation]
        if row.prepare is not None:
            await row.prepare(cast)
        ids = {**vars(cast), "revision": await cast.revision(), "visit_revision": await cast.visit_revision()}
        ids["contact_revision"] = await cast.contact_revision()
        ids["twin_revision"] = await cast.twin_revision()
        ids["owner"] = cast.people["owner"].employee_id
        ids["helper"] = cast.people["helper"].employee_id
        ids["other_finance"] = cast.people["other finance"].employee_id
        ids["mark"] = await cast.mark() if "{mark}" in row.says else 0
        ids["op"] = await cast.op() if "{op}" in row.says else 0
        said = row.says.format(**ids)
        before = await _fingerprint(cast)
        read = await _reads(person, lambda person=person, said=said: act(person, said))
        assert read.strip(), f"{relation} gets silence"
        if relation not in READERS:
            leaked = [secret for secret in SECRETS if secret in read.replace(said.partition(" ")[2] or said, "")]
            assert not leaked, f"{relation} reads {leaked}: {read}"
        changed = await _fingerprint(cast) != before
        if (row.marker in read) if row.marker else changed:
            there.add(relation)
        elif relation in OUTSIDE or not row.opens_own:
            assert not changed or relation in row.allowed, f"{relation} changed something"
        await _tidy(cast)
    return there


async def _press(person: Person, data: str) -> None:
    await person.tap_on(last_card(person), data=data)
    assert person.answered, "a tap without an answer"


@pytest.mark.parametrize("key", sorted(routing.buttons()))
async def test_each_button_takes_only_those_who_may_anywhere(cast: Cast, key: str):
    assert key in BUTTONS, f"a new button: say in BUTTONS who gets anywhere with {key}"
    assert BUTTONS[key].says.split(":")[0] == key
    assert await _who_gets_anywhere(cast, BUTTONS[key], _press) == BUTTONS[key].allowed


@pytest.mark.parametrize("name", sorted(routing.commands()))
async def test_each_command_takes_only_those_who_may_anywhere(cast: Cast, name: str):
    assert name in COMMANDS, f"a new command: say in COMMANDS who gets anywhere with /{name}"
    assert await _who_gets_anywhere(cast, COMMANDS[name], Person.say) == COMMANDS[name].allowed


@pytest.mark.parametrize("what", sorted(WORDS))
async def test_typed_words_find_only_what_one_may_read(cast: Cast, what: str):
    assert await _who_gets_anywhere(cast, WORDS[what], Person.say) == WORDS[what].allowed


@pytest.mark.parametrize("typed", ["凯旋", "kxgd", "138000"])
async def test_words_typed_into_a_form_find_only_what_one_may_read(cast: Cast, typed: str):
    async def into_the_form(person: Person, said: str) -> None:
        await person.say("/visit")
        await person.say(said)

    row = Row(typed, DOERS, "谈了什么", opens_own=True)
    found = await _who_gets_anywhere(cast, row, into_the_form)
    assert found == DOERS


@pytest.mark.parametrize("asks", ["v.{customer}", "save", "cancel", "open.summary"])
async def test_nobody_moves_somebody_else_s_form(cast: Cast, asks: str):
    async with cast.house.db.unit() as session:
        at = (await session.get_one(Draft, cast.draft)).revision
    said = f"form:{cast.draft}:{at}:{asks.format(customer=cast.customer)}"
    for relation in sorted(set(cast.people) - {"owner"}):
        before = await _fingerprint(cast)
        await _press(cast.people[relation], said)
        assert await _fingerprint(cast) == before, relation


async def test_a_customer_cannot_be_slipped_into_one_s_own_form(cast: Cast):
    for relation in sorted(SELLERS - READERS):
        person = cast.people[relation]
        await person.say("/visit")
        async with cast.house.db.unit() as session:
            mine = select(Draft).where(Draft.employee_id == person.employee_id)
            draft = await session.scalar(mine)
        await _press(person, f"form:{draft.id}:{draft.revision}:v.{cast.customer}")
        assert "凯旋" not in person.screen()
        assert "拜访了哪家客户" in person.screen()
        await _tidy(cast)


async def test_who_moves_to_another_manager_is_out_of_the_old_one_s_reach_at_once(cast: Cast):
    boss, owner = cast.people["manager"], cast.people["owner"]
    assert "王建国" in await boss.say("凯旋光电")
    async with cast.house.db.unit() as session:
        person = await session.get_one(Employee, owner.employee_id)
        other = await session.get_one(Employee, cast.people["other manager"].employee_id)
        await org.set_manager(session, person, other)
    try:
        await _press(boss, f"customer:{cast.customer}:0")
        assert "没有这条记录" in boss.toast
        assert "王建国" not in await boss.say("凯旋光电")
        assert "王建国" in await cast.people["other manager"].say("凯旋光电")
    finally:
        async with cast.house.db.unit() as session:
            person = await session.get_one(Employee, owner.employee_id)
            await org.set_manager(session, person, await session.get_one(Employee, boss.employee_id))


async def test_no_row_is_about_what_is_gone():
    assert set(BUTTONS) == set(routing.buttons())
    assert set(COMMANDS) == set(routing.commands())
