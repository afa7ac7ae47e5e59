"""Merging archives (BY11): what goes along, who may, that two at once make one, that it comes apart again exactly."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from crm_core import registry
from crm_core.attachments.service import FileRef, attach
from crm_core.audit.models import AuditEntry
from crm_core.audit.service import act_as
from crm_core.audit.undo import undo
from crm_core.comments.models import Comment
from crm_core.comments.service import AddComment, add_comment
from crm_core.contacts.commands import AddContact
from crm_core.contacts.models import Contact
from crm_core.contacts.service import add_contact
from crm_core.customers import asking, queries
from crm_core.customers.commands import ChangeCustomer
from crm_core.customers.merge import merge, preview
from crm_core.customers.models import Customer, CustomerMerge
from crm_core.customers.ownership import Kind, log_of, move
from crm_core.customers.service import change_customer, locked
from crm_core.customers.team import add_member
from crm_core.deals.service import RecordDeal, record_deal
from crm_core.kit.db import Base
from crm_core.kit.errors import DomainError
from crm_core.kit.merging import ruled
from crm_core.links.models import CustomerLink
from crm_core.links.service import AddLink, add_link
from crm_core.needs.service import RecordNeed, record_need
from crm_core.trials.service import SendTrial, send_trial
from crm_core.visits.models import Visit
from tests.support.company import Firm

registry.load()
HUANING, KETE, RUIJIN = "深圳市华宁电子有限公司", "东莞市科特五金厂", "上海瑞金医疗器械有限公司"
OP = 900_001


def test_all_that_refers_to_a_customer_has_a_rule():
    """A new table with a foreign key to customers, or of subjects, must say what becomes of its rows."""
    wanted: set[str] = set()
    for mapper in Base.registry.mappers:
        for key in mapper.column_attrs:
            if any(one.column.table is Customer.__table__ for one in key.columns[0].foreign_keys):
                wanted.add(f"{mapper.class_.__tablename__}.{key.key}")
        if mapper.class_.audited and {"subject_type", "subject_id"} <= set(mapper.columns.keys()):
            wanted.add(f"{mapper.class_.__tablename__}.subject_id")
    assert set(ruled()) == wanted


async def two(firm: Firm, by: tuple[str, str] = ("owner", "owner")) -> tuple[Customer, Customer]:
    kept = await firm.customer(name=HUANING, by=by[0], city="深圳", contact_name="王建国", phone="13800138000")
    other = await firm.customer(name=KETE, by=by[1], city="东莞", note="老板姓陈", short_name="科特")
    return kept, other


async def merged(firm: Firm, kept: Customer, other: Customer, by: str = "manager", **given: Any) -> str:
    """The code of the refusal, or nothing."""
    try:
        async with firm.db.unit() as session:
            actor = await firm.actor(session, by)
            act_as(session, actor.id, given.pop("op", OP))
            await merge(session, actor, kept.id, other.id, **given)
    except DomainError as refused:
        return refused.code
    return ""


async def undone(firm: Firm, by: str = "manager", op: int = OP) -> str:
    try:
        async with firm.db.unit() as session:
            actor = await firm.actor(session, by)
            act_as(session, actor.id, op + 1_000)
            await undo(session, actor, op)
    except DomainError as refused:
        return refused.code
    return ""


async def content(firm: Firm) -> dict[str, list[Any]]:
    """Everything in the database but the audit; revisions only grow."""
    told: dict[str, list[Any]] = {}
    async with firm.db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in ("audit", "occurrence"):
                continue
            rows = await connection.execute(select(table).order_by(*table.primary_key.columns))
            told[table.name] = [dict(row, revision=0) for row in rows.mappings()]
    return told


async def furnish(  # noqa: C901 - a list of all there is
    firm: Firm, customer: Customer, other: Customer, by: str, what: frozenset[str], tag: str
) -> None:
    """Give the customer some of all that there is."""
    async with firm.db.unit() as session:
        actor = await firm.actor(session, by)
        contact = None
        if "contact" in what:
            command = AddContact(customer=customer.id, name=f"陈工{tag}", phone="13900139000", title="品质经理")
            contact = (await add_contact(session, actor, command)).id
        if "need" in what:
            await record_need(session, actor, RecordNeed(customer=customer.id, what="连接器", contact=contact))
        if "trial" in what:
            check = firm.clock.now().date() + timedelta(days=9)
            await send_trial(session, actor, SendTrial(customer=customer.id, what="样品", check_on=check))
        if "deal" in what:
            await record_deal(session, actor, RecordDeal(customer=customer.id, what="首单", amount=Decimal(12800)))
        if "comment" in what:
            told = AddComment(subject_type="customer", subject_id=customer.id, text="先问账期")
            await add_comment(session, actor, told)
        if "file" in what:
            await attach(session, actor, "customer", customer.id, [FileRef(7, f"f{tag}", f"u{tag}")])
        if "link" in what:
            await add_link(session, actor, AddLink(customer=customer.id, kind="partner", other=other.id))
        if "team" in what:
            await add_member(
                session, await firm.actor(session, "manager"), customer.id, firm.people["helper"].id, "support"
            )
    if "visit" in what:
        await firm.visit(customer, by=by, contact=contact)
    if "ask" in what:
        async with firm.db.unit() as session:
            await asking.ask(session, await firm.actor(session, "other branch"), customer.id)


THINGS = ("contact", "need", "trial", "deal", "comment", "file", "link", "team", "visit", "ask")
some = st.frozensets(st.sampled_from(THINGS))
choices = st.frozensets(st.sampled_from(("name", "city", "note", "short_name", "stage", "owner", "type")))


class TestApart:
    @given(some, some, choices, st.booleans(), st.booleans())
    @settings(
        max_examples=8,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    async def test_a_merge_that_is_taken_back_leaves_no_trace_but_in_the_audit(
        self, firm: Firm, mine: frozenset[str], yours: frozenset[str], taken: frozenset[str], turned: bool, pooled: bool
    ):
        async with firm.db.engine.begin() as connection:
            names = [one.name for one in Base.metadata.sorted_tables if one.name not in _PEOPLE]
            await connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
        kept, other = await two(firm, ("owner", "peer"))
        third = await firm.customer(name=RUIJIN, by="manager")
        await furnish(firm, kept, third, "manager", mine, "一")
        await furnish(firm, other, third, "manager", yours, "二")
        if pooled:
            async with firm.db.unit() as session:
                await firm.actor(session, "manager")
                await move(session, [await locked(session, other.id)], Kind.RETURN, by_id=None, to_pool="main")
        firm.clock.advance(timedelta(minutes=2))
        before = await content(firm)
        pair = (other, kept) if turned else (kept, other)
        by = "admin"
        assert await merged(firm, *pair, by=by, choices=taken) == ""
        assert await content(firm) != before
        assert await undone(firm, by) == ""
        after = await content(firm)
        for name, rows in after.items():
            assert len(rows) == len(before[name]), name
            for row, was in zip(rows, before[name], strict=True):
                assert {key: (was[key], row[key]) for key in row if row[key] != was[key]} == {}, name

    async def test_not_when_something_was_built_on_it(self, firm: Firm):
        kept, other = await two(firm)
        await merged(firm, kept, other)
        await firm.visit(kept)
        assert await undone(firm) in ("undo.changed_since", "merge.built_on")

    async def test_not_when_somebody_commented_since(self, firm: Firm):
        kept, other = await two(firm)
        await merged(firm, kept, other)
        await furnish(firm, kept, other, "owner", frozenset({"comment"}), "")
        assert await undone(firm) == "merge.built_on"

    async def test_not_after_ten_minutes_and_not_by_another(self, firm: Firm):
        kept, other = await two(firm)
        await merged(firm, kept, other)
        assert await undone(firm, "admin") == "undo.nothing"
        firm.clock.advance(timedelta(minutes=11))
        assert await undone(firm) == "undo.too_late"


_PEOPLE = frozenset({"company", "unit", "employee", "stand_in", "invite"})


class TestTogether:
    async def test_everything_comes_along_and_is_found(self, firm: Firm):
        kept, other = await two(firm, ("owner", "peer"))
        third = await firm.customer(name=RUIJIN)
        await furnish(firm, other, third, "manager", frozenset(THINGS), "二")
        async with firm.db.unit() as session:
            shown = await preview(session, await firm.actor(session, "manager"), kept.id, other.id)
            assert shown.goes["visit"] == 1
            assert {one.field for one in shown.differences} == {"name", "city", "owner"}
            assert shown.owners[other.owner_id] == "陈晓东"
        assert await merged(firm, kept, other, choices=frozenset({"city"})) == ""
        now, trace = await firm.again(kept), await firm.again(other)
        assert (now.name, now.city, now.note, now.short_name) == (HUANING, "东莞", "老板姓陈", "科特")
        assert now.former_names == [KETE]
        assert now.team == [firm.people["helper"].id]
        assert (trace.owner_id, trace.pool, trace.merged_into_id) == (None, None, kept.id)
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            for table in ("visit", "contact", "need", "trial", "deal"):
                left = await session.scalar(text(f"SELECT count(*) FROM {table} WHERE customer_id = {other.id}"))
                assert left == 0, table
            assert [row.id for row in (await queries.search(session, actor, "科特五金")).rows] == [kept.id]
            assert [row.id for row in (await queries.search(session, actor, "13900139000")).rows] == [kept.id]
            assert (await queries.find(session, actor, other.id)).id == kept.id
            assert (await session.scalar(select(Comment.subject_id))) == kept.id
            log = await log_of(session, other.id)
            assert [(one.kind, one.to_owner_id) for one in log] == [
                ("create", firm.people["peer"].id),
                ("merge", kept.owner_id),
            ]

    async def test_the_former_name_is_taken(self, firm: Firm):
        kept, other = await two(firm)
        await merged(firm, kept, other)
        with pytest.raises(DomainError) as refused:
            await firm.customer(name=KETE)
        assert (refused.value.code, refused.value.params["id"]) == ("customer.name_taken", kept.id)

    async def test_people_of_one_number_become_one_and_what_they_said_stays_theirs(self, firm: Firm):
        kept, other = await two(firm)
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            command = AddContact(customer=other.id, name="王总", phone="13800138000", email="wang@huaning.com")
            twice = (await add_contact(session, actor, command)).id
        visit = await firm.visit(other, contact=twice)
        await merged(firm, kept, other)
        async with firm.db.unit() as session:
            people = list(await session.scalars(select(Contact).order_by(Contact.id)))
            assert {one.customer_id for one in people} == {kept.id}
            there = [one for one in people if one.left_at is None]
            assert [(one.name, one.email, one.is_primary) for one in there] == [("王建国", "wang@huaning.com", True)]
            assert (await session.get_one(Visit, visit.id)).contact_id == there[0].id

    async def test_one_in_the_pool_goes_into_the_owned_one(self, firm: Firm):
        kept, other = await two(firm)
        async with firm.db.unit() as session:
            await firm.actor(session)
            await move(session, [await locked(session, kept.id)], Kind.RETURN, by_id=None, to_pool="main")
        assert await merged(firm, kept, other, by="admin") == ""
        assert (await firm.again(kept)).merged_into_id == other.id

    async def test_links_to_itself_and_twice_are_gone(self, firm: Firm):
        kept, other = await two(firm)
        third = await firm.customer(name=RUIJIN)
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            for one, to in ((kept, other), (kept, third), (other, third)):
                await add_link(session, actor, AddLink(customer=one.id, kind="partner", other=to.id))
        await merged(firm, kept, other)
        async with firm.db.unit() as session:
            links = list(await session.scalars(select(CustomerLink)))
        assert [(one.from_id, one.to_id) for one in links] == [(kept.id, third.id)]

    async def test_nobody_becomes_their_own_parent(self, firm: Firm):
        kept, other = await two(firm)
        third = await firm.customer(name=RUIJIN)
        fourth = await firm.customer(name="厦门夏商集团")
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            await add_link(session, actor, AddLink(customer=kept.id, kind="group", other=third.id))
            await add_link(session, actor, AddLink(customer=third.id, kind="group", other=fourth.id))
            await add_link(session, actor, AddLink(customer=fourth.id, kind="group", other=other.id))
        assert await merged(firm, kept, other) == "link.circle"
        assert (await firm.again(other)).merged_into_id is None

    async def test_a_chain_leads_to_its_end(self, firm: Firm):
        kept, other = await two(firm)
        third = await firm.customer(name=RUIJIN)
        await merged(firm, kept, other)
        await merged(firm, third, kept, op=OP + 1)
        assert (await firm.again(other)).merged_into_id == third.id
        visit = await firm.visit(other)
        assert visit.customer_id == third.id


class TestRefused:
    async def test_who_may_not_change_both(self, firm: Firm):
        kept, other = await two(firm, ("owner", "peer"))
        assert await merged(firm, kept, other, by="owner") == "not_found"
        assert await merged(firm, kept, other, by="finance") == "not_allowed"
        assert await merged(firm, kept, other, by="other manager") == "not_found"
        helped = await firm.tied(name="深圳市凯旋光电有限公司")
        assert await merged(firm, helped, helped, by="helper") == "merge.itself"

    async def test_itself_twice_and_out_of_date(self, firm: Firm):
        kept, other = await two(firm)
        assert await merged(firm, kept, kept) == "merge.itself"
        seen = ((await firm.again(kept)).revision, (await firm.again(other)).revision)
        async with firm.db.unit() as session:
            await change_customer(
                session, await firm.actor(session), ChangeCustomer(customer_id=other.id, field="note", value="换了老板")
            )
        assert await merged(firm, kept, other, revisions=seen) == "changed_meanwhile"
        assert await merged(firm, kept, other) == ""
        assert await merged(firm, kept, other) == "merge.gone_already"


class TestRaces:
    async def test_two_merges_of_one_pair_at_once_make_one(self, firm: Firm):
        kept, other = await two(firm)
        done = await asyncio.gather(merged(firm, kept, other, op=1), merged(firm, other, kept, by="admin", op=2))
        assert sorted(done) == ["", "merge.gone_already"]
        async with firm.db.unit() as session:
            assert await session.scalar(select(func.count()).select_from(CustomerMerge)) == 1

    async def test_a_visit_that_is_logged_meanwhile_is_never_lost(self, firm: Firm):
        for at in range(6):
            kept = await firm.customer(name=f"深圳市第{at}一电子有限公司", confirmed=_ANY)
            other = await firm.customer(name=f"东莞市第{at}二五金厂", confirmed=_ANY)
            merging, visiting = merged(firm, kept, other, op=10 + at), firm.visit(other)
            if at % 2:
                code, visit = await asyncio.gather(merging, visiting)
            else:
                visit, code = await asyncio.gather(visiting, merging)
            assert code == ""
            async with firm.db.unit() as session:
                assert (await session.get_one(Visit, visit.id)).customer_id == kept.id

    async def test_a_merge_and_its_taking_back_leave_entries_of_both(self, firm: Firm):
        kept, other = await two(firm)
        await merged(firm, kept, other)
        await undone(firm)
        async with firm.db.unit() as session:
            of_merges = select(AuditEntry.verb).where(AuditEntry.subject_type == "customer_merge")
            verbs = await session.scalars(of_merges.order_by(AuditEntry.id))
            assert list(verbs) == ["create", "delete"]


_ANY = frozenset({"customer.similar"})
