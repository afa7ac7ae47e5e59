"""What holds whatever people press, in whatever order: stories at random over the real services on PostgreSQL.

After every deed the invariants are read from the tables. What is refused changes nothing; what is said twice with one
key counts once.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import signing, timers
from crm_core.approvals.authority import Say
from crm_core.approvals.case import facts_of
from crm_core.approvals.facts import ENDED, Chair, Fact, Kind, Origin, Visit
from crm_core.approvals.models import ApprovalSeat
from crm_core.approvals.state import Request, fold
from crm_core.kit.errors import DomainError
from crm_core.org import away
from crm_core.org import service as org
from crm_core.org.errors import HAS_LEFT
from crm_core.org.models import Employee
from tests.crm_core.approvals.desk import Desk, flow, users

STORIES = int(os.environ.get("ROUNDS_STORIES") or 40)
PEOPLE = ("owner", "peer", "manager", "director", "finance", "executive", "operations", "admin", "stand-in")
NAMES = ("李娜", "陈晓东", "王海燕", "赵立", "赵敏", "钱伟", "孙雪")
WHERE = (Origin.BEFORE, Origin.AFTER)

who = st.sampled_from(PEOPLE)
chosen = st.integers(0, 40)
steps = st.fixed_dictionaries(
    {
        "approvers": st.one_of(
            st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(lambda names: users(*names)),
            st.sampled_from(
                [
                    [{"manager": 1}],
                    [{"managers_up_to": 3}],
                    [{"dept_head": True}],
                    [{"role": "finance"}],
                    [{"manager": 2}],
                ]
            ),
            st.just([{"user": "查无此人"}]),
        ),
        "mode": st.sampled_from(["any", "all", "in_order", "ratio:0.5", "ratio:0.67"]),
    },
    optional={
        "when": st.sampled_from(
            [
                {"all": [{"field": "amount", "op": ">", "value": 500}]},
                {"any": [{"field": "dept", "op": "in_tree", "value": "深圳分公司"}]},
            ]
        ),
        "sla": st.sampled_from([{"hours": 4}, {"hours": 9, "calendar": "clock"}, {"hours": 2, "then": "remind"}]),
    },
)
policies = st.fixed_dictionaries(
    {
        "self_approval": st.sampled_from(["next_manager", "dept_head", "admin"]),
        "repeat_approver": st.sampled_from(["merge_consecutive", "ask_again"]),
        "withdraw": st.sampled_from(["until_first_decision", "until_final", "never"]),
        "resubmit": st.sampled_from(["from_start", "from_rejecter"]),
        "revoke": st.sampled_from([{"days": 7}, {"days": 1, "consent": "nobody"}, {"days": 0}]),
    }
)
flows = st.lists(steps, min_size=1, max_size=3).flatmap(
    lambda made: policies.map(lambda policy: flow(*made, policy=policy))
)
deeds = st.one_of(
    st.tuples(st.just("approve"), chosen, st.booleans()),
    st.tuples(st.just("approve"), chosen, st.booleans()),
    st.tuples(st.just("approve"), chosen, st.booleans()),
    st.tuples(st.just("reject"), chosen),
    st.tuples(st.just("send_back"), chosen, st.booleans()),
    st.tuples(st.just("transfer"), chosen, who),
    st.tuples(st.just("add"), chosen, who, st.sampled_from(WHERE)),
    st.tuples(st.just("remove"), chosen),
    st.tuples(st.just("anybody"), who, chosen),
    st.tuples(st.just("resubmit"), st.sampled_from(["300", "800"])),
    st.tuples(st.just("withdraw"), who),
    st.tuples(st.just("revoke"), st.booleans()),
    st.tuples(st.just("nudge")),
    st.tuples(st.just("pass"), st.integers(1, 30)),
    st.tuples(st.just("away"), who, who),
    st.tuples(st.just("leaves"), st.sampled_from(("peer", "finance", "operations", "executive"))),
    st.tuples(st.just("publish")),
)


def _earlier(request: Request, before: int) -> tuple[list[Visit], list[Chair]]:
    """The steps and seats of the rounds before this one."""
    visits = [one for one in request.visits if one.round < before]
    return visits, [one for visit in visits for one in request.of(visit)]


@dataclass
class Story:
    """One request and what is done with it."""

    desk: Desk
    approval_id: int
    numbers: int = 0

    async def act(self, deed: tuple[Any, ...]) -> None:
        before = await self._facts()
        refused = False
        try:
            await getattr(self, f"_{deed[0]}")(*deed[1:])
        except DomainError as error:
            refused = True
            event(f"{deed[0]}: {error.code}")
        else:
            event(deed[0])
        after = await self._facts()
        assert after[: len(before)] == before, "11: the audit is only added to"
        if refused:
            assert after == before, "what is refused changes nothing"
        was, stands = fold(before), fold(after)
        assert _earlier(was, stands.round) == _earlier(stands, stands.round), "9: earlier rounds stay as they are"
        await self.desk.check()

    async def _facts(self) -> list[Fact]:
        async with self.desk.firm.db.unit() as session:
            return await facts_of(session, self.approval_id)

    async def _a_seat(self, at: int, *, open_only: bool = True) -> tuple[int, str]:
        """One of the seats, and who holds it."""
        async with self.desk.firm.db.unit() as session:
            statement = select(ApprovalSeat.id, ApprovalSeat.holder_id).where(
                ApprovalSeat.approval_id == self.approval_id
            )
            if open_only:
                statement = statement.where(ApprovalSeat.open)
            seats = (await session.execute(statement.order_by(ApprovalSeat.id))).all()
        if not seats:
            return 0, "owner"
        seat = seats[at % len(seats)]
        names = {person.id: relation for relation, person in self.desk.firm.people.items()}
        return seat.id, names[seat.holder_id]

    async def _on(self, verb: str, seat: int, by: str, *args: Any, key: str | None = None, **how: Any) -> None:
        async with self.desk.firm.db.unit() as session:
            await self._has_a_phone(session, by)
            actor = await self.desk.firm.actor(session, by)
            command = Say(seat=seat, words="看过了", key=key)
            await getattr(signing, verb)(session, actor, command, *args, **how)

    async def _has_a_phone(self, session: AsyncSession, by: str) -> None:
        if (await session.get_one(Employee, self.desk.id(by))).left_at is not None:
            raise DomainError(HAS_LEFT, name=by)

    async def _approve(self, at: int, twice: bool) -> None:
        seat, by = await self._a_seat(at)
        self.numbers += 1
        key = f"press {self.approval_id} {self.numbers}"
        await self._on("approve", seat, by, key=key)
        if twice:
            once = await self._facts()
            await self._on("approve", seat, by, key=key)
            assert await self._facts() == once, "4: a command that comes again changes nothing"

    async def _reject(self, at: int) -> None:
        await self._on("reject", *await self._a_seat(at))

    async def _send_back(self, at: int, earlier: bool) -> None:
        seat, by = await self._a_seat(at)
        await self._on("send_back", seat, by, "s1" if earlier else None)

    async def _transfer(self, at: int, to: str) -> None:
        await self._on("transfer", *await self._a_seat(at), self.desk.id(to))

    async def _add(self, at: int, to: str, where: Origin) -> None:
        await self._on("add_signer", *await self._a_seat(at), self.desk.id(to), where)

    async def _remove(self, at: int) -> None:
        seat, _ = await self._a_seat(at, open_only=False)
        request = fold(await self._facts())
        async with self.desk.firm.db.unit() as session:
            row = await session.get(ApprovalSeat, seat)
        chair = request.chairs[row.no] if row is not None else None
        names = {person.id: relation for relation, person in self.desk.firm.people.items()}
        await self._on("remove_added", seat, names[chair.added_by] if chair and chair.added_by else "peer")

    async def _anybody(self, by: str, at: int) -> None:
        """Somebody presses whatever there is, with the right to it or not."""
        seat, holder = await self._a_seat(at, open_only=False)
        request = fold(await self._facts())
        before = sum(one.by is not None for one in request.chairs.values())
        await self._on("approve", seat, by)
        after = fold(await self._facts())
        assert by != "owner", "6: never the applicant"
        assert sum(one.by is not None for one in after.chairs.values()) > before
        fact = next(one for one in (await self._facts())[request.facts :] if one.kind is Kind.APPROVED)
        if by != holder:
            assert fact.for_id == self.desk.id(holder), "6: only in the place of who is away"
            assert await self._stands_in(by, holder)

    async def _stands_in(self, by: str, holder: str) -> bool:
        async with self.desk.firm.db.unit() as session:
            return self.desk.id(holder) in (await self.desk.firm.actor(session, by)).stands_for

    async def _resubmit(self, amount: str) -> None:
        before = fold(await self._facts())
        await self.desk.own("resubmit", self.approval_id, "owner", {"what": "年会", "amount": amount})
        after = fold(await self._facts())
        assert after.round == before.round + 1
        assert after.visits[: len(before.visits)] == before.visits, "9: earlier rounds stay as they are"

    async def _withdraw(self, by: str) -> None:
        request = fold(await self._facts())
        async with self.desk.firm.db.unit() as session:
            await self._has_a_phone(session, by)
        await self.desk.own("withdraw", self.approval_id, by)
        assert by == "owner", "10: by the right party"
        assert request.status not in ENDED

    async def _revoke(self, agreed: bool) -> None:
        request = fold(await self._facts())
        if request.revoke_asked is None:
            await self.desk.own("ask_revoke", self.approval_id, "owner", "不去了")
            return
        names = {person.id: relation for relation, person in self.desk.firm.people.items()}
        await self.desk.own("answer_revoke", self.approval_id, names[request.revoke_asked], agreed=agreed)

    async def _nudge(self) -> None:
        await self.desk.own("nudge", self.approval_id)

    async def _pass(self, hours: int) -> None:
        self.desk.firm.clock.advance(timedelta(hours=hours))
        statuses = fold(await self._facts()).status
        async with self.desk.firm.db.unit() as session:
            due = await timers.due(session)
        for _ in range(2):  # two clocks
            for timer_id, approval_id in due:
                async with self.desk.firm.db.unit() as session:
                    await timers.fire(session, timer_id, approval_id)
        assert fold(await self._facts()).status is statuses, "nothing is decided by waiting"
        async with self.desk.firm.db.unit() as session:
            fired = await session.scalar(
                text("SELECT count(*) FROM approval_timer WHERE approval_id = :id AND fired"), {"id": self.approval_id}
            )
        assert fired == sum(one.kind is Kind.REMINDED for one in await self._facts()), "16: each fires once"

    async def _away(self, absent: str, deputy: str) -> None:
        async with self.desk.firm.db.unit() as session:
            today = self.desk.firm.clock.now().date() + timedelta(days=1)
            command = away.NameStandIn(
                absent=self.desk.id(absent), deputy=self.desk.id(deputy), since=today, until=today + timedelta(days=3)
            )
            await away.name_stand_in(session, await self.desk.firm.actor(session, "admin"), command)

    async def _leaves(self, relation: str) -> None:
        async with self.desk.firm.db.unit() as session:
            await org.leave(session, await self.desk.firm.actor(session, "admin"), self.desk.id(relation))

    async def _publish(self) -> None:
        before = fold(await self._facts())
        await self.desk.publish(flow({"approvers": users("孙雪")}))
        assert fold(await self._facts()) == before, "8: what runs goes on by its own rules"


@given(flows, st.lists(deeds, min_size=3, max_size=14))
@settings(
    max_examples=STORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_whatever_is_pressed_the_request_stands(desk: Desk, made: dict[str, Any], story: list[tuple[Any, ...]]):
    await desk.anew()
    await desk.publish(made)
    played = Story(desk, await desk.apply())
    await desk.check()
    for deed in story:
        await played.act(deed)
