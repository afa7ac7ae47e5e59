"""What every form keeps, whoever declared it: it asks, forgives, survives, and ends with one submit or none."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import MISSING, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from sqlalchemy import insert, select, text, update

from conversations import engine
from conversations.away import FromDay
from conversations.budgets import FirstDay, LastDay
from conversations.changes import VALUE
from conversations.contacts import Mail, Pasted
from conversations.contacts_more import FORMS as ABOUT_CONTACTS
from conversations.engine import Outcome, State
from conversations.form import Field, Form, forms
from conversations.kinds.base import Kind
from conversations.kinds.choices import Choice, Entry, OneOf, Several, YesNo
from conversations.kinds.files import Files
from conversations.kinds.lines import Lines
from conversations.kinds.media import Photos, Place, Voice
from conversations.kinds.numbers import Integer
from conversations.kinds.plain import Money, Text
from conversations.kinds.plain import Phone as PhoneNumber
from conversations.kinds.reference import NamedRef, Ref
from conversations.kinds.tags import Tags
from conversations.kinds.taken import Count, Until, Worth
from conversations.kinds.times import Day, Moment
from conversations.kinds.yearly import YearlyDay
from conversations.leave import LeaveDay, LeaveKinds
from conversations.links import LinkKinds
from conversations.pool import Usual
from conversations.view import Handle, view
from conversations.visits import Reason
from crm_core.approvals import service as approvals
from crm_core.approvals import signing
from crm_core.approvals.authority import Say
from crm_core.approvals.models import ApprovalSeat
from crm_core.approvals.service import Apply
from crm_core.attachments.models import Attachment, File
from crm_core.attachments.service import FileRef
from crm_core.audit.service import act_as
from crm_core.budgets.service import EDITABLE as BUDGET_FIELDS
from crm_core.budgets.service import MakeBudget, make_budget
from crm_core.contacts.commands import AddContact
from crm_core.contacts.queries import first_of
from crm_core.contacts.service import EDITABLE as CONTACT_FIELDS
from crm_core.contacts.service import add_contact
from crm_core.customers.asking import ask
from crm_core.customers.commands import ChangeCustomer, NewCustomer
from crm_core.customers.models import Customer, HandoverRequest
from crm_core.customers.service import EDITABLE, change_customer, create_customer
from crm_core.expenses.claims import ClaimExpenses, Item, claim_expenses
from crm_core.expenses.models import ExpenseClaim, Trip
from crm_core.handover.models import HandoverPlan
from crm_core.kit.clock import FixedClock
from crm_core.notices.models import Kind as Notice
from crm_core.notices.service import TellNotice, tell_notice
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Employee, Role, Unit
from crm_core.plans.service import AddLine, add_line
from crm_core.plans.weeks import opened as opened_week
from crm_core.playbook import service as playbook
from crm_core.pool.service import give_back
from crm_core.proposals import service as proposals
from crm_core.tasks.service import GiveTask, PlanSales, give_task, plan_sales
from crm_core.visits.commands import LogVisit, StartVisit
from crm_core.visits.models import VisitKind
from crm_core.visits.service import EDITABLE as VISIT_EDITABLE
from crm_core.visits.service import log_visit, start_visit
from handlers import routing
from reminders.clock import Ticker
from sandbox.entities import parse_html
from screens.catalogue import LANGUAGES, say
from screens.deals import DEAL
from screens.needs import NEED
from screens.render import render_text
from screens.trials import TRIAL
from tests.conversations.conftest import Office
from tests.conversations.phone import Phone, business
from tests.screens.previews import SHANGHAI, facts
from tests.support.company import WORDS

routing.load()
FORMS = sorted(forms())


@dataclass(frozen=True)
class Way:
    """How somebody comes to a form."""

    who: Callable[[Office], Phone]
    open: Callable[[Office, Phone], Awaitable[str]]
    before: Callable[[Office], Awaitable[None]] | None = None


async def _type_visit(_: Office, phone: Phone) -> str:
    return await phone.say("/visit")


async def _type_new(_: Office, phone: Phone) -> str:
    return await phone.say("/new")


async def _hire(_: Office, phone: Phone) -> str:
    await phone.say("/admin")
    return await phone.press("hire:0:0")


def _change(name: str) -> Callable[[Office, Phone], Awaitable[str]]:
    async def tap(office: Office, phone: Phone) -> str:
        await phone.say("华宁")
        async with office.db.unit() as session:
            customer = await session.get_one(Customer, office.customer_id)
        return await phone.press(f"customer.field:{customer.id}:{customer.revision}:{name}")

    return tap


async def _begun_yesterday(office: Office) -> None:
    """A check-in at half past nine, which nobody has ended yet."""
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.rep.employee_id)
        act_as(session, actor.id)
        visit = await start_visit(session, actor, StartVisit(customer=office.customer_id, kind=VisitKind.RETURN))
        visit.started_at = visit.happened_at = office.db.clock.now() - timedelta(hours=24, minutes=30)


def _correct(name: str) -> Callable[[Office, Phone], Awaitable[str]]:
    async def tap(office: Office, phone: Phone) -> str:
        async with office.db.unit() as session:
            actor = await queries.actor(session, phone.employee_id)
            act_as(session, actor.id)
            told = LogVisit(customer=office.customer_id, kind=VisitKind.RETURN, summary="谈了年框")
            visit = await log_visit(session, actor, told)
        await phone.say("/today")
        return await phone.press(f"visit.field:{visit.id}:{visit.revision}:{name}")

    return tap


async def _new_contact(_: Office, phone: Phone) -> str:
    return await phone.send(contact={"phone_number": "13612345678", "first_name": ""})


def _change_contact(name: str) -> Callable[[Office, Phone], Awaitable[str]]:
    async def tap(office: Office, phone: Phone) -> str:
        await phone.say("华宁")
        async with office.db.unit() as session:
            actor = await queries.actor(session, office.rep.employee_id)
            contact = (await first_of(session, actor, office.customer_id)).contact
        return await phone.press(f"contact.field:{contact.id}:{contact.revision}:{name}")

    return tap


async def _roles_are_asked(office: Office) -> None:
    """The company wants to know who decides."""
    role = {"key": "role", "kind": "text", "title": {"zh": "决策角色", "en": "Role"}}
    book = {**yaml.safe_load(playbook.default_text()), "fields": {"contact": [role]}}
    async with office.db.unit() as session:
        await playbook.apply(session, None, yaml.safe_dump(book, allow_unicode=True))


async def _a_lost_photo(office: Office) -> None:
    """A visit of the rep's has lost a photo."""
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.rep.employee_id)
        logged = LogVisit(
            customer=office.customer_id, kind=VisitKind.RETURN, summary="看了展厅", photos=(FileRef(7, "gone", "gone"),)
        )
        await log_visit(session, actor, logged)
        await session.execute(update(File).values(state="gone", error="expired"))


async def _send_again(office: Office, phone: Phone) -> str:
    async with office.db.unit() as session:
        lost = await session.scalar(select(Attachment.id))
    return await phone.press(f"attachment.again:{lost}:0")


def _matter(verb: str) -> Callable[[Office, Phone], Awaitable[str]]:
    """The archive's list of such matters, and its ➕."""

    async def tap(office: Office, phone: Phone) -> str:
        await phone.say("华宁")
        return await phone.press(f"{verb}.new:{office.customer_id}:0")

    return tap


def _of_archive(key: str) -> Callable[[Office, Phone], Awaitable[str]]:
    """A button of the archive's; the same customer is here under another name."""

    async def tap(office: Office, phone: Phone) -> str:
        return await phone.press(f"{key}:{office.customer_id}:0")

    return tap


async def _a_reminder(office: Office) -> None:
    """The rep's customer is stale."""
    moment = office.db.clock.now()
    due = {
        "rule": "customer.stale",
        "subject_type": "customer",
        "subject_id": office.customer_id,
        "recipient_id": office.rep.employee_id,
        "occurrence_key": "a",
        "due_at": moment,
        "created_at": moment,
    }
    async with office.db.unit() as session:
        await session.execute(insert(Occurrence).values(due))


async def _somebody_asks(office: Office) -> None:
    """The admin would like to have the rep's customer."""
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.admin.employee_id)
        act_as(session, actor.id)
        await ask(session, actor, office.customer_id)


async def _declining(office: Office, phone: Phone) -> str:
    async with office.db.unit() as session:
        request = await session.scalar(select(HandoverRequest.id).where(HandoverRequest.state == "open"))
    return await phone.press(f"request.decline:{request}:0")


_LINES = {"need": "需求 华宁 5000套连接器", "trial": "送样 华宁 3个样品", "deal": "报价给 华宁 8万 传感器"}


def _of_matter(table: str, button: str) -> Callable[[Office, Phone], Awaitable[str]]:
    """A saved one's button; it is the first of its table."""

    async def tap(office: Office, phone: Phone) -> str:
        await phone.say(_LINES[table])
        await phone.tap("💾 保存")
        async with office.db.engine.begin() as connection:
            await connection.execute(text("UPDATE deal SET quoted_on = '2026-03-02'"))
            await connection.execute(text("UPDATE trial SET contact_id = NULL"))
        return await phone.press(button)

    return tap


def _of_customer(key: str, arg: str = "") -> Callable[[Office, Phone], Awaitable[str]]:
    """A button behind the archive's More."""

    async def tap(office: Office, phone: Phone) -> str:
        await phone.say("华宁")
        return await phone.press(f"{key}:{office.customer_id}:0{arg}")

    return tap


async def _a_colleague(office: Office) -> None:
    """李芳 works there too."""
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.rep.employee_id)
        act_as(session, actor.id)
        await add_contact(session, actor, AddContact(customer=office.customer_id, name="李芳", title="采购经理"))


def _about_contact(form: str) -> Callable[[Office, Phone], Awaitable[str]]:
    async def tap(office: Office, phone: Phone) -> str:
        await phone.say("华宁")
        async with office.db.unit() as session:
            actor = await queries.actor(session, office.rep.employee_id)
            contact = (await first_of(session, actor, office.customer_id)).contact
        return await phone.press(f"contact.tell:{contact.id}:{contact.revision}:{form}")

    return tap


async def _take_over(office: Office, phone: Phone) -> str:
    await phone.say("/admin")
    await phone.press(f"handover.rule:{office.rep.employee_id}:0:evenly")
    async with office.db.unit() as session:
        plan = await session.scalar(select(HandoverPlan.id))
    return await phone.press(f"handover.add:{plan}:0")


async def _away(_: Office, phone: Phone) -> str:
    await phone.say("/away")
    return await phone.press(f"away.new:{phone.employee_id}:0")


async def _a_budget(office: Office) -> None:
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.admin.employee_id)
        act_as(session, actor.id)
        days = {"since": date(2026, 1, 1), "until": date(2026, 3, 31)}
        command = MakeBudget(unit=actor.unit_id, content="travel", amount=Decimal(9000), **days)
        await make_budget(session, actor, command)


async def _somebody_reads_reports(office: Office) -> None:
    async with office.db.unit() as session:
        unit = (await queries.actor(session, office.admin.employee_id)).unit_id
        await org.add_employee(session, name="赵敏", unit=await session.get_one(Unit, unit), roles=[Role.FINANCE])


def _of_budget(data: str) -> Callable[[Office, Phone], Awaitable[str]]:
    async def tap(_: Office, phone: Phone) -> str:
        await phone.say("/budget")
        return await phone.press(data)

    return tap


async def _has_a_deadline(office: Office) -> None:
    """The customer is one that may go to the pool."""
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.rep.employee_id)
        act_as(session, actor.id)
        command = ChangeCustomer(customer_id=office.customer_id, field="type", value="new")
        await change_customer(session, actor, command)


async def _in_the_pool(office: Office) -> None:
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.rep.employee_id)
        act_as(session, actor.id)
        await give_back(session, actor, office.customer_id, "没有需求")


def _of_pool(
    key: str, arg: str = "", first: Callable[[Office], Awaitable[None]] | None = None
) -> Callable[[Office, Phone], Awaitable[str]]:
    async def tap(office: Office, phone: Phone) -> str:
        if first is not None:
            await first(office)
        await phone.say("/pool")
        return await phone.press(f"{key}:{office.customer_id}:0{arg}")

    return tap


async def _two_parts(phone: Phone) -> str:
    await phone.say("使用者、决策人")
    return await phone.tap("✓ 完成")


async def _a_request(office: Office) -> None:
    """The rep waits for the admin's signature; 陈晓东 and 赵敏 work there too."""
    async with office.db.unit() as session:
        admin = await session.get_one(Employee, office.admin.employee_id)
        for name in ("陈晓东", "赵敏"):
            unit = await session.get_one(Unit, admin.unit_id)
            await org.add_employee(session, name=name, unit=unit, roles=[Role.REP], manager=admin)
        actor = await queries.actor(session, office.rep.employee_id)
        form = {"place": "东莞", "since": "2026-03-16", "until": "2026-03-18", "purpose": "调试"}
        await approvals.submit(session, actor, Apply(flow="travel", title="东莞", form=form, key="one"))


def _decided(verb: Callable[..., Awaitable[Any]]) -> Callable[[Office], Awaitable[None]]:
    async def before(office: Office) -> None:
        await _a_request(office)
        async with office.db.unit() as session:
            actor = await queries.actor(session, office.admin.employee_id)
            await verb(session, actor, Say(seat=1, words="写清楚"))

    return before


def _on_request(button: str) -> Callable[[Office, Phone], Awaitable[str]]:
    return lambda _, phone: phone.press(button)


async def _travel(_: Office, phone: Phone) -> str:
    return await phone.say("/apply 出差")


async def _answered_card(_: Office, phone: Phone) -> str:
    await phone.say("/menu")
    await phone.press("approval:1:0")
    card = {"message_id": phone.last, "date": 0, "chat": {"id": 8002, "type": "private"}}
    return await phone.send(text="太贵", reply_to_message=card)


_BY_SIGNER = {"reassign": "reassign", "reject": "no", "transfer": "transfer", "before": "before", "after": "after"}


def _says(words: str) -> Callable[[Office, Phone], Awaitable[str]]:
    return lambda _, phone: phone.say(words)


async def _been_away(office: Office) -> None:
    """The rep's trip was approved."""
    async with office.db.unit() as session:
        act_as(session, office.rep.employee_id)
        days = {"since": date(2026, 3, 9), "until": date(2026, 3, 10), "created_at": office.db.clock.now()}
        session.add(
            Trip(employee_id=office.rep.employee_id, place="苏州", purpose="拜访汇川", state="approved", **days)
        )


async def _sent_back(office: Office) -> None:
    """A claim of the rep's was sent back."""
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.rep.employee_id)
        act_as(session, actor.id)
        item = Item(kind="taxi", amount=Decimal(45), on=date(2026, 3, 10))
        await claim_expenses(session, actor, ClaimExpenses(flow="expense", items=(item,), purpose="走访华宁"))
        seat = (await session.scalars(select(ApprovalSeat).where(ApprovalSeat.open))).first()
        signer = await queries.actor(session, seat.holder_id)
        await signing.send_back(session, signer, Say(seat=seat.id, words="票据不全"))


async def _correcting(office: Office, phone: Phone) -> str:
    async with office.db.unit() as session:
        claim = await session.scalar(select(ExpenseClaim.id))
    return await phone.press(f"claim.correct:{claim}:0")


async def _a_line(phone: Phone) -> str:
    """A customer is tapped, costs are typed in one go; then it is done."""
    there = [data for _, data in phone.buttons(phone.last) if re.search(r":v\.\d+$", data)]
    await (phone.press(there[-1]) if there else phone.say("打车 45 昨天"))
    return await phone.tap("✓ 完成")


async def _a_proposal(office: Office) -> None:
    """The admin has sent a playbook with another word in it; 陈晓东 and 赵敏 work there too."""
    await _a_request(office)
    async with office.db.unit() as session:
        admin = await queries.actor(session, office.admin.employee_id)
        row = await proposals.offer(session, admin, FileRef(700100200, "book", "book", "document", "book.yaml"), 1)
        row.base, text = await playbook.current(session)
        row.text, row.state = text.replace("zh: 出差申请", "zh: 出差报批"), "ready"


async def _planned(office: Office) -> None:
    """The rep's week: one line, done, that lies with the admin; a task of the admin's, who plans sales."""
    async with office.db.unit() as session:
        rep = await queries.actor(session, office.rep.employee_id)
        act_as(session, rep.id)
        await add_line(session, rep, AddLine(day=date(2026, 3, 12), what="整理样品间"))
        week = await opened_week(session, rep.id, date(2026, 3, 2))
        week.state, week.submitted_at, week.superior_id = "submitted", now_of(office), office.admin.employee_id
        admin = await queries.actor(session, office.admin.employee_id)
        act_as(session, admin.id)
        await create_customer(session, admin, NewCustomer(name="东莞市长盈精密有限公司", **WORDS))
        given = GiveTask(what="收集报价", due_on=date(2026, 3, 20), employee=rep.id)
        await give_task(session, admin, given)
        sells = PlanSales(title="二季度", amount=Decimal(100), since=date(2026, 4, 1), until=date(2099, 6, 30))
        await plan_sales(session, admin, sells)
        await tell_notice(session, admin, TellNotice(kind=Notice.POLICY, text="出差先申请", to=0))


def now_of(office: Office) -> Any:
    return office.db.clock.now()


def _at_menu(button: str) -> Callable[[Office, Phone], Awaitable[str]]:
    async def tap(_: Office, phone: Phone) -> str:
        await phone.say("/menu")
        return await phone.press(button)

    return tap


_PLANS: dict[str, tuple[str, bool]] = {  # the button, and whether the admin presses it
    "plan.visit": ("plan.new:0:0:v", False),
    "plan.work": ("plan.new:0:0:w", False),
    "plan.move": ("plan.move:1:1", False),
    "plan.tell": ("plan.tell:1:1", False),
    "share.tell": ("share.tell:1:0", False),
    "task.own": ("task.new:0:0:own", False),
    "week.words": ("week.words:2:0:4", True),
    "task.one": ("task.new:0:0:one", True),
    "task.unit": ("task.new:0:0:unit", True),
    "task.part": ("task.part:1:0", True),
    "sales_plan.new": ("sales.new:0:0", True),
    "notice.one": ("notice.new:0:0:one", True),
    "notice.all": ("notice.new:0:0:all", True),
    "notice.instruction": ("notice.new:0:0:instruction", True),
    "notice.policy": ("notice.new:0:0:policy", True),
    "notice.replace": ("notice.replace:1:0", True),
    "notice.find": ("notice.find:0:0", False),
}


# A new form needs a way in here, and its kinds of fields an answer and a bad answer below.
WAYS: dict[str, Way] = {
    **{
        key: Way(
            (lambda office: office.admin) if by_admin else (lambda office: office.rep),
            _at_menu(button),
            before=_planned,
        )
        for key, (button, by_admin) in _PLANS.items()
    },
    "visit.log": Way(lambda office: office.rep, _type_visit),
    "visit.own": Way(lambda office: office.rep, _correct("x.decider_met")),
    "customer.own": Way(lambda office: office.rep, _change("x.terms")),
    "customer.new": Way(lambda office: office.rep, _type_new),
    "org.hire": Way(lambda office: office.admin, _hire),
    "visit.finish": Way(lambda office: office.rep, _type_visit, before=_begun_yesterday),
    **{f"visit.change.{name}": Way(lambda office: office.rep, _correct(name)) for name in VISIT_EDITABLE},
    "contact.new": Way(lambda office: office.rep, _new_contact),
    **{f"contact.change.{name}": Way(lambda office: office.rep, _change_contact(name)) for name in CONTACT_FIELDS},
    "contact.own": Way(lambda office: office.rep, _change_contact("x.role"), before=_roles_are_asked),
    **{f"{table}.new": Way(lambda office: office.rep, _matter(table)) for table in _LINES},
    **{
        f"{look.table}.change.{name}": Way(
            lambda office: office.rep, _of_matter(look.table, f"{look.table}.field:1:1:{name}")
        )
        for look in (NEED, TRIAL, DEAL)
        for name in look.fields
    },
    "need.lose": Way(lambda office: office.rep, _of_matter("need", "need.lose:1:1")),
    "need.tell": Way(lambda office: office.rep, _of_matter("need", "need.tell:1:1")),
    "trial.answer": Way(lambda office: office.rep, _of_matter("trial", "trial.answer:1:1:passed")),
    "merge.with": Way(lambda office: office.rep, _of_archive("merge.with")),
    "request.decline": Way(lambda office: office.rep, _declining, before=_somebody_asks),
    "link.new": Way(lambda office: office.rep, _matter("link")),
    "handover.to": Way(lambda office: office.admin, _take_over),
    "customer.transfer": Way(lambda office: office.rep, _of_customer("transfer")),
    "helper.add": Way(lambda office: office.rep, _of_customer("helper.add", ":technical")),
    "stand_in.new": Way(lambda office: office.rep, _away),
    **{
        f"contact.{name}": Way(lambda office: office.rep, _about_contact(name), before=_a_colleague)
        for name in ABOUT_CONTACTS
    },
    "contact.file": Way(lambda office: office.rep, _about_contact("x.style")),
    "pool.extend": Way(lambda office: office.rep, _of_pool("pool.extend", ":14", _has_a_deadline)),
    "pool.return": Way(lambda office: office.rep, _of_pool("pool.return")),
    "pool.assign": Way(lambda office: office.admin, _of_pool("pool.assign", first=_in_the_pool)),
    "approval.new": Way(lambda office: office.rep, _travel),
    "approval.again": Way(
        lambda office: office.rep, _on_request("approval.again:1:0"), before=_decided(signing.send_back)
    ),
    "approval.revoke": Way(
        lambda office: office.rep, _on_request("approval.revoke:1:0"), before=_decided(signing.approve)
    ),
    **{
        f"approval.{form}": Way(lambda office: office.admin, _on_request(f"approval.{key}:1:0"), before=_a_request)
        for form, key in _BY_SIGNER.items()
    },
    "approval.return": Way(lambda office: office.admin, _on_request("approval.return:1:0:-"), before=_a_request),
    "approval.comment": Way(lambda office: office.rep, _on_request("approval.comment:1:0"), before=_a_request),
    "approval.answer": Way(lambda office: office.admin, _answered_card, before=_a_request),
    "proposal.look_as": Way(lambda office: office.admin, _on_request("proposal.as:1:0:0"), before=_a_proposal),
    "trip.new": Way(lambda office: office.rep, _says("/travel")),
    "expense_claim.new": Way(lambda office: office.rep, _says("/claim"), before=_been_away),
    "expense_claim.correct": Way(lambda office: office.rep, _correcting, before=_sent_back),
    "absence.new": Way(lambda office: office.rep, _says("/leave")),
    "attachment.again": Way(lambda office: office.rep, _send_again, before=_a_lost_photo),
    **{f"customer.change.{name}": Way(lambda office: office.rep, _change(name)) for name in EDITABLE},
    "budget.new": Way(lambda office: office.admin, _of_budget("budget.new:0:0")),
    "budget.send": Way(
        lambda office: office.admin, _of_budget("budget.send:0:0:c.y0.."), before=_somebody_reads_reports
    ),
    **{
        f"budget.change.{name}": Way(
            lambda office: office.admin, _of_budget(f"budget.field:1:1:{name}"), before=_a_budget
        )
        for name in BUDGET_FIELDS
    },
    "employee.birthday": Way(lambda office: office.rep, _of_budget("due.born:0:0")),
    "reminder.drop": Way(lambda office: office.rep, _of_budget("due.drop:1:0"), before=_a_reminder),
    "reminder.pass": Way(lambda office: office.rep, _of_budget("due.pass:1:0"), before=_a_reminder),
    "reminder.day": Way(lambda office: office.rep, _of_budget("due.day:1:0"), before=_a_reminder),
}

SAID = {
    "proposal.look_as": "有变化的流程",
    "request.decline": "✗ 不同意：",
    "merge.with": "<b>合并</b> ›",
    "notice.find": "<b>📬 公告</b>",
    "reminder.drop": "已放弃",
    "reminder.pass": "已转给同事",
    "reminder.day": "推迟到",
    "plan.move": "✓ 已改天",
    "plan.tell": "✓ 已记下",
    "share.tell": "✓ 已完成",
    "week.words": "✓ 已评分",
}
"""How forms end that say something better than that it is saved."""
TELLS = {"budget.send"}
"""Forms that tell somebody something, and change no record."""
LEADS_ON = {"notice.find", "merge.with", "proposal.look_as", "reminder.drop", "reminder.pass", "reminder.day"}
"""Forms that change no record: they show what would come of it, or what was found, or are about a reminder."""
Step = Callable[[Phone], Awaitable[str]]


def said(words: str) -> Step:
    return lambda phone: phone.say(words)


def _chip(phone: Phone) -> Awaitable[str]:
    return phone.press([data for _, data in phone.buttons(phone.last) if ":v." in data][-1])


ANSWERS: dict[type[Kind[Any]], Step] = {
    Text: said("苏州汇川传感器"),
    Reason: said("约在他们新厂房"),
    Usual: said("客户出差到月底"),
    Money: said("1.28万"),
    Pasted: said("单小芳"),
    Mail: said("shan@huaning.com"),
    PhoneNumber: said("138 0013 8000"),
    Choice: _chip,
    Entry: _chip,
    OneOf: _chip,
    YesNo: _chip,
    Integer: said("三百二十"),
    Several: _two_parts,
    YearlyDay: said("农历八月十五"),
    Tags: said("钓鱼、喝茶"),
    Ref: _chip,
    NamedRef: _chip,
    Day: said("下周三"),
    Until: said("下周三"),
    FromDay: said("下周三"),
    FirstDay: said("2026-03-02"),
    LastDay: said("2026-12-31"),
    Count: said("三百二十"),
    Worth: said("1.28万"),
    LinkKinds: _chip,
    LeaveDay: said("下周三"),
    LeaveKinds: _chip,
    Lines: _a_line,
    Moment: said("昨天上午10点"),
    Photos: lambda phone: phone.send_photo("展厅"),
    Files: lambda phone: phone.send(document=DOCUMENT),
    Voice: lambda phone: phone.send(**VOICE),
    Place: lambda phone: phone.send(location={"latitude": 22.5405, "longitude": 113.9346}),
}

DOCUMENT = {"file_id": "d", "file_unique_id": "d", "file_name": "年框合同.pdf", "mime_type": "application/pdf"}
STICKER = {
    "sticker": {
        "file_id": "s",
        "file_unique_id": "s",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    }
}
VOICE = {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}
GARBAGE = "🤷 ??? <b>&{{7*7}}"


def answer_to(kind: Kind[Any]) -> Step:
    """What one may answer; to when it was, yesterday."""
    return said("昨天") if getattr(kind, "past", False) and isinstance(kind, Day) else ANSWERS[type(kind)]


def bad_answers(form: Form, kind: Kind[Any]) -> list[Step]:
    """What no field of the form takes, or not this one."""
    words = "太长" * 2000 if isinstance(kind, Text | Pasted) else GARBAGE
    bad = [said(words), lambda phone: phone.send(**STICKER)]
    if not any(one.kind.takes("voice") for one in form.fields):  # else it finds its field, whatever is asked
        bad.append(lambda phone: phone.send(**VOICE))
    if not isinstance(kind, Pasted):  # it takes a contact card
        bad.append(lambda phone: phone.send(contact={"phone_number": "+8613800138000", "first_name": "王"}))
    return bad


async def standing(office: Office, phone: Phone) -> tuple[Form, State]:
    """The form as it stands, with the company's own fields in it."""
    form, state = await phone.standing()
    if form.more is None:
        return form, state
    async with office.db.unit() as session:
        actor = await queries.actor(session, phone.employee_id)
        return form.with_own(await form.more(session, actor, engine.values(form, state))), state


async def asked(office: Office, phone: Phone) -> Field | None:
    return engine.current(*await standing(office, phone))


async def answers(office: Office, phone: Phone) -> dict[str, Any]:
    """What the draft holds of the form's fields, the company's own too."""
    form, state = await standing(office, phone)
    return {one.name: state.answers[one.name] for one in form.fields if one.name in state.answers}


async def fill(
    office: Office, form: Form, phone: Phone, each: Callable[[Field], Awaitable[None]] | None = None
) -> None:
    """Open a form and answer all that is required, then each optional field; stop at the card."""
    await WAYS[form.key].open(office, phone)
    done = set[str]()
    while True:
        now = await asked(office, phone)
        if now is None:
            whole, _ = await standing(office, phone)
            now = next((one for one in whole.fields if not one.required and one.name not in done), None)
            if now is None:
                return
            done.add(now.name)
            draft = await phone.draft()
            await phone.press(f"form:{draft.id}:{draft.revision}:open.{now.name}")
        if each is not None:
            await each(now)
        await answer_to(now.kind)(phone)
        assert now.name in await answers(office, phone), f"{now.name} did not take its answer: {phone.text}"


@pytest.fixture(params=FORMS)
def declared(request: pytest.FixtureRequest) -> Form:
    assert request.param in WAYS, f"a new form: tell in WAYS how people come to {request.param}"
    return forms()[request.param]


PREPARES = frozenset({"handover.to"})  # it writes into a plan that is carried out, or not, afterwards


@pytest.fixture(params=[key for key in FORMS if not forms()[key].at_once])
def form(request: pytest.FixtureRequest) -> Form:
    """One that is saved by its button."""
    return forms()[request.param]


@pytest.fixture(params=[key for key in FORMS if forms()[key].at_once])
def at_once(request: pytest.FixtureRequest) -> Form:
    """One that is saved by its answer."""
    return forms()[request.param]


@pytest.fixture
async def phone(form: Form, office: Office) -> Phone:
    way = WAYS[form.key]
    if way.before is not None:
        await way.before(office)
    return way.who(office)


class TestDeclaration:
    def test_matches_its_command(self, declared: Form):
        given_to = {one.name: one for one in fields(declared.command)}
        changes_one = [one.name for one in declared.fields] == [VALUE]  # what it adds is whose field it is
        foresees = declared.key.startswith("notice.")  # what it adds is how many will read it
        own = {"extra"} if declared.more and not changes_one and not foresees else set()
        given = {one.name for one in declared.fields} | set(declared.hidden) | own
        assert given == set(given_to) - {"confirmed"}
        for one in declared.fields:
            has_default = given_to[one.name].default is not MISSING or given_to[one.name].default_factory is not MISSING
            always = one.required and one.unless is None
            assert always != has_default, f"{one.name}: required in the form, and in the command?"
        for name in declared.hidden:
            assert given_to[name].default is MISSING

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_asks_each_question_in_both_languages(self, declared: Form, language: str):
        for one in declared.fields:
            screen = view(declared, Outcome(State(asking=one.name)), facts(language), Handle(1, 1))
            text, _ = parse_html(render_text(screen, language, SHANGHAI))
            inner = one.kind.inner(None) or one  # of lines, the first line's first
            for words in (declared.title, inner.ask, one.kind.hint_now(None)):
                assert say(words, language) in text

    def test_its_button_data_has_room_for_large_ids(self, declared: Form):
        for one in declared.fields:
            handle = Handle(999_999_999_999, 99_999)
            screen = view(declared, Outcome(State(asking=one.name)), facts("zh"), handle)
            assert all(len(button.data.encode()) <= 64 for row in screen.rows for button in row)


class TestInTheChat:
    async def test_recovers_from_a_bad_answer_at_every_step(self, form: Form, phone: Phone, office: Office):
        async def err(now: Field) -> None:
            before = await answers(office, phone)
            for bad in bad_answers(form, now.kind):
                shown = await bad(phone)
                assert (await asked(office, phone)).name == now.name, f"{now.name} is no longer asked: {shown}"
                assert before.items() <= (await answers(office, phone)).items(), "what was typed before is gone"
                assert "⚠" in shown or "没找到" in shown, f"silence about a bad answer: {shown}"
                assert "✖ 取消" in phone.labels

        await fill(office, form, phone, err)
        assert await asked(office, phone) is None

    async def test_survives_a_restart_at_every_step(self, form: Form, phone: Phone, office: Office):
        await fill(office, form, phone)  # the phone starts a new worker at every step
        done = await business(office.db)
        await phone.tap(say(form.save, "zh"))
        assert await phone.draft() is None
        assert form.key in TELLS or await business(office.db) > done

    async def test_every_older_button_is_answered_and_redraws(self, form: Form, phone: Phone, office: Office):
        old: dict[str, int] = {}

        async def remember(_: Field) -> None:
            draft = await phone.draft()
            here = {data: message for message, data in phone.all_buttons() if data.startswith(f"form:{draft.id}:")}
            old.update(here)

        await fill(office, form, phone, remember)
        draft, text, held = await phone.draft(), phone.text, await answers(office, phone)
        stale = {data: message for data, message in old.items() if int(data.split(":")[2]) < draft.revision}
        assert stale
        for data in list(stale)[:12]:
            await phone.press(data)
            assert phone.toast == "那是旧卡片，这是现在的内容。", data
            assert phone.text == text
            assert await answers(office, phone) == held

    async def test_ends_with_one_submit_though_save_is_pressed_twice(self, form: Form, phone: Phone, office: Office):
        await fill(office, form, phone)
        save = next(data for label, data in phone.buttons(phone.last) if label == say(form.save, "zh"))
        message = phone.last
        await phone.press(save, message)
        done, shown = await business(office.db), phone.shown[message]["text"]
        await phone.press(save, message)
        assert await business(office.db) == done
        assert phone.answered
        assert phone.toast
        assert phone.shown[message]["text"] == shown, "the second press hides what the first one did"

    async def test_cancelling_deletes_it_and_saves_nothing(self, form: Form, phone: Phone, office: Office):
        done = await business(office.db)
        await fill(office, form, phone)
        await phone.tap("✖ 取消")
        assert "没有保存" in phone.text
        assert not any(data.startswith("form:") for _, data in phone.buttons(phone.last))
        assert await phone.draft() is None
        assert await business(office.db) == done

    async def test_is_kept_for_seven_days_and_then_swept(
        self, form: Form, phone: Phone, office: Office, clock: FixedClock
    ):
        await WAYS[form.key].open(office, phone)
        opened = await phone.draft()
        clock.advance(timedelta(days=6, hours=23))
        await Ticker(office.db).tick()
        await phone.press(f"resume:{opened.id}:0")
        assert (await phone.draft()).id == opened.id
        clock.advance(timedelta(days=7))
        await phone.press(f"resume:{opened.id}:0")
        assert "已经填完或取消" in (phone.toast or "")
        await Ticker(office.db).tick()
        assert await phone.draft() is None


async def opened(office: Office, form: Form) -> Phone:
    way = WAYS[form.key]
    if way.before is not None:
        await way.before(office)
    phone = way.who(office)
    await way.open(office, phone)
    return phone


class TestAtOnce:
    async def test_recovers_from_a_bad_answer_and_saves_with_a_good_one(self, at_once: Form, office: Office):
        phone = await opened(office, at_once)
        done, (only,) = await business(office.db), (await standing(office, phone))[0].fields
        for bad in bad_answers(at_once, only.kind):
            shown = await bad(phone)
            assert "⚠" in shown or "没找到" in shown, f"silence about a bad answer: {shown}"
            assert (await asked(office, phone)).name == only.name
            assert "✖ 取消" in phone.labels
        assert await business(office.db) == done
        await answer_to(only.kind)(phone)
        assert await phone.draft() is None
        if at_once.key in PREPARES:
            return
        assert at_once.key in LEADS_ON or await business(office.db) > done
        assert SAID.get(at_once.key, "✓ 已保存") in phone.text

    async def test_cancelling_saves_nothing(self, at_once: Form, office: Office):
        phone = await opened(office, at_once)
        done = await business(office.db)
        await phone.tap("✖ 取消")
        assert await phone.draft() is None
        assert await business(office.db) == done
