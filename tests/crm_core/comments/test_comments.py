"""Comments (BY26): who may read a record may comment on it; a name behind @ tells one colleague, or nobody."""

import asyncio

import pytest

from crm_core import registry
from crm_core.audit import errors
from crm_core.audit.service import act_as
from crm_core.audit.undo import undo
from crm_core.comments import queries
from crm_core.comments.mentions import named_in
from crm_core.comments.models import Comment
from crm_core.comments.service import AddComment, Commented, add_comment
from crm_core.comments.subjects import commentables
from crm_core.kit.errors import NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.undo import ways
from crm_core.org import service as org
from crm_core.org.models import Employee, Role
from crm_core.visits.models import VisitKind
from crm_core.visits.service import LogVisit, log_visit
from screens.things import thing_of
from screens.wording import load as load_words
from tests.support.company import OFFICE, RELATIONS, SUPERIORS, Firm

registry.load()

READERS = SUPERIORS | OFFICE | {"owner", "stand-in", "finance"}


async def comment(firm: Firm, subject_id: int, text: str, by: str = "owner", about: str = "customer") -> Commented:
    async with firm.db.unit() as session:
        told = AddComment(subject_type=about, subject_id=subject_id, text=text)
        return await add_comment(session, await firm.actor(session, by), told)


def test_what_can_be_commented_on_can_be_opened_and_named():
    load_words()
    assert {"customer", "visit"} <= set(commentables())
    assert all(thing_of(table).opens for table in commentables())
    assert set(commentables()) <= set(ways())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@李娜 看一下", ["李娜"]),
        ("@李娜看一下", ["李娜"]),
        ("请\uff20李娜\uff0c@陈晓东\uff01", ["李娜", "陈晓东"]),
        ("@ 李娜 看一下", ["李娜"]),
        ("@李娜 @李娜 急", ["李娜"]),
        ("@wang fang please", ["wang fang"]),
        ("@Wang Fang, please", ["Wang Fang"]),
        ("@Wang Fangyuan please", []),
        ("@陈晓东方 来吗", ["陈晓东方"]),
        ("发到 lina@huaning.com 和 a@李娜", []),
        ("@", []),
        ("@@@ @! @\n", []),
        ("没有名字", []),
    ],
)
async def test_a_name_ends_where_a_colleague_s_name_ends(firm: Firm, text: str, names: list[str]):
    async with firm.db.unit() as session:
        unit = firm.people["owner"].unit_id
        boss = await firm.actor(session, "admin")
        for name in ("Wang Fang", "陈晓东方"):
            await org.hire(session, boss, name=name, unit_id=unit, roles=[Role.REP])
        found = await named_in(session, text)
    assert [one.name for one in found if one.ids] == names
    assert all(len(one.ids) <= 1 for one in found)


@pytest.mark.parametrize("by", sorted(RELATIONS))
async def test_who_may_read_the_record_may_comment_and_read_comments_and_nobody_else(firm: Firm, by: str):
    customer = await firm.customer()
    visit = await firm.visit(customer)
    first = await comment(firm, customer.id, "先问账期")
    for about, number in (("customer", customer.id), ("visit", visit.id), ("comment", first.comment.id)):
        if by in READERS:
            assert (await comment(firm, number, "收到", by, about)).subject.label == customer.name
            continue
        with pytest.raises(DomainError) as caught:
            await comment(firm, number, "收到", by, about)
        assert caught.value.code == NOT_FOUND
    async with firm.db.unit() as session:
        actor = await firm.actor(session, by)
        if by in READERS:
            page, _ = await queries.of_subject(session, actor, "customer", customer.id)
            assert [row.text for row in page.rows] == ["收到", "收到", "先问账期"]
            row, _ = await queries.find(session, actor, first.comment.id)
            assert row.author == "李娜"
            return
        for reading in (
            queries.of_subject(session, actor, "customer", customer.id),
            queries.find(session, actor, first.comment.id),
        ):
            with pytest.raises(DomainError) as caught:
                await reading
            assert caught.value.code == NOT_FOUND


@pytest.mark.parametrize(
    ("text", "code"), [("", REQUIRED), (" \n ", REQUIRED), ("长" * 1001, TOO_LONG)], ids=["empty", "blank", "too long"]
)
async def test_a_comment_has_up_to_a_thousand_characters(firm: Firm, text: str, code: str):
    customer = await firm.customer()
    with pytest.raises(DomainError) as caught:
        await comment(firm, customer.id, text)
    assert caught.value.code == code
    assert len((await comment(firm, customer.id, "长" * 1000)).comment.text) == 1000


@pytest.mark.parametrize("about", ["digest", "employee", "", "comment"])
async def test_nothing_else_is_commented_on(firm: Firm, about: str):
    with pytest.raises(DomainError) as caught:
        await comment(firm, 1, "收到", "admin", about)
    assert caught.value.code == NOT_FOUND


class TestTold:
    async def test_the_owner_is_told_unless_it_is_the_owner_who_writes(self, firm: Firm):
        customer = await firm.customer()
        assert [one.name for one in (await comment(firm, customer.id, "先问账期", "manager")).told] == ["李娜"]
        assert (await comment(firm, customer.id, "问过了")).told == ()

    async def test_each_is_told_once_and_nobody_oneself(self, firm: Firm):
        customer = await firm.customer()
        done = await comment(firm, customer.id, "@李娜 @王海燕 @李娜 看一下", "manager")
        assert [one.name for one in done.told] == ["李娜"]
        assert done.comment.mentioned == [firm.people["owner"].id]
        assert (done.unclear, done.unseen) == ((), ())

    async def test_of_two_of_one_name_the_one_who_may_read_is_meant(self, firm: Firm):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "admin")
            for unit, role in (("other branch", Role.REP), ("finance", Role.FINANCE)):
                await org.hire(session, boss, name="王伟", unit_id=firm.people[unit].unit_id, roles=[role])
        done = await comment(firm, customer.id, "@王伟 看一下")
        assert [(one.name, Role.FINANCE in one.roles) for one in done.told] == [("王伟", True)]

    async def test_who_has_left_is_nobody(self, firm: Firm):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            await org.leave(session, await firm.actor(session, "admin"), firm.people["finance"].id)
        assert (await comment(firm, customer.id, "@赵敏 看一下")).unseen == ("赵敏",)


async def test_commenting_and_taking_the_record_back_at_once_make_one_story(firm: Firm):
    customer = await firm.customer()
    for turn in range(6):
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            act_as(session, actor.id, 10 + turn)
            visit = await log_visit(
                session, actor, LogVisit(customer=customer.id, kind=VisitKind.RETURN, summary="谈了年框")
            )

        async def back(op: int = 10 + turn) -> None:
            async with firm.db.unit() as session:
                actor = await firm.actor(session)
                act_as(session, actor.id, 900 + op)
                await undo(session, actor, op)

        done, said = await asyncio.gather(
            back(), comment(firm, visit.id, "样品呢", "manager", "visit"), return_exceptions=True
        )
        async with firm.db.unit() as session:
            there = await session.get(Comment, said.comment.id) if isinstance(said, Commented) else None
        if done is None:
            assert isinstance(said, DomainError)
            assert said.code == NOT_FOUND
        else:
            assert isinstance(done, DomainError)
            assert done.code == errors.BUILT_ON
            assert there is not None


async def test_who_moved_out_of_reach_is_told_no_more(firm: Firm):
    customer = await firm.customer()
    async with firm.db.unit() as session:
        person = await session.get_one(Employee, firm.people["owner"].id)
        await org.set_manager(session, person, await session.get_one(Employee, firm.people["other manager"].id))
    done = await comment(firm, customer.id, "@王海燕 @郑凯 看一下")
    assert [one.name for one in done.told] == ["郑凯"]
    assert done.unseen == ("王海燕",)
