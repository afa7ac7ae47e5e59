"""Requests in a firm: flows made for a test, people who apply and sign, and what must hold of every request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any, Final

import yaml
from sqlalchemy import select, text

from crm_core.approvals import service, signing
from crm_core.approvals.authority import Say
from crm_core.approvals.case import Case, facts_of
from crm_core.approvals.facts import Origin, Seat, Status
from crm_core.approvals.models import Approval, ApprovalSeat, ApprovalStep
from crm_core.approvals.service import Apply
from crm_core.approvals.state import Request, fold
from crm_core.playbook import service as playbook
from tests.support.company import Firm, found_firm
from tests.support.snapshots import emptied

WEDNESDAY: Final = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
REASON: Final = "超出标准"
_keys = count(1)


def flow(*steps: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """A flow with these steps; a step without an id is called s1, s2, …"""
    said = [{"id": f"s{at}", **one} for at, one in enumerate(steps, 1)]
    form = [
        {"key": "what", "kind": "text", "title": {"zh": "事由", "en": "What"}},
        {"key": "amount", "kind": "money", "title": {"zh": "金额", "en": "Amount"}},
        {"key": "to", "colleague": True, "title": {"zh": "谁", "en": "Who"}},
    ]
    known = {"key": "test", "title": {"zh": "测试", "en": "Test"}, "kind": "administration"}
    return known | {"customer": "no", "form": form, "amount": "amount", "steps": said} | given


@cache
def _rest() -> dict[str, Any]:
    """The least that a playbook says besides its flows: stories at random publish many."""
    body = yaml.safe_load(playbook.default_text())
    return {name: body[name] for name in ("categories", "industries", "sources", "customer_types")}


def users(*names: str) -> list[dict[str, Any]]:
    return [{"user": one} for one in names]


@dataclass
class Desk:
    """A firm with a playbook that knows the test's flows."""

    firm: Firm

    async def anew(self) -> None:
        """The firm as it was founded, for the next story."""
        self.firm.clock.set(WEDNESDAY)
        await emptied(self.firm.db)
        self.firm = await found_firm(self.firm.db, self.firm.clock)

    async def publish(self, *flows: Mapping[str, Any]) -> None:
        body = _rest() | {"flows": [dict(one) for one in flows]}
        async with self.firm.db.unit() as session:
            admin = self.firm.people["admin"].id
            await playbook.apply(session, admin, yaml.safe_dump(body, allow_unicode=True))

    async def apply(self, by: str = "owner", key: str | None = None, **given: Any) -> int:
        """A request of this flow; answers its id."""
        given = {"flow": "test", "title": "测试", "form": {"what": "年会", "amount": "800"}} | given
        async with self.firm.db.unit() as session:
            command = Apply(key=key or f"key {next(_keys)}", **given)
            return (await service.submit(session, await self.firm.actor(session, by), command)).id

    async def seat(self, approval_id: int, holder: str) -> int:
        """The latest seat of somebody, that waits if there is one."""
        async with self.firm.db.unit() as session:
            statement = (
                select(ApprovalSeat.id)
                .where(ApprovalSeat.approval_id == approval_id, ApprovalSeat.holder_id == self.id(holder))
                .order_by(ApprovalSeat.state != "pending", ApprovalSeat.id.desc())
            )
            found = await session.scalar(statement.limit(1))
            assert found is not None, f"{holder} has no seat"
            return found

    def id(self, relation: str) -> int:
        return self.firm.people[relation].id

    async def does(
        self, verb: str, approval_id: int, by: str, *args: Any, seat_of: str | None = None, **how: Any
    ) -> Case:
        """A verb on somebody's seat; with another's seat for a deputy, or one who tries."""
        seat = await self.seat(approval_id, seat_of or by)
        key = how.pop("key", None)
        words = how.pop("words", REASON)
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, by)
            return await getattr(signing, verb)(session, actor, Say(seat=seat, words=words, key=key), *args, **how)

    async def approve(self, approval_id: int, by: str, **how: Any) -> Case:
        return await self.does("approve", approval_id, by, **how)

    async def reject(self, approval_id: int, by: str, **how: Any) -> Case:
        return await self.does("reject", approval_id, by, **how)

    async def own(self, verb: str, approval_id: int, by: str = "owner", *args: Any, **how: Any) -> Case:
        """A verb of the applicant's."""
        async with self.firm.db.unit() as session:
            return await getattr(service, verb)(session, await self.firm.actor(session, by), approval_id, *args, **how)

    async def request(self, approval_id: int) -> Request:
        async with self.firm.db.unit() as session:
            return fold(await facts_of(session, approval_id))

    async def open(self, approval_id: int) -> list[str]:
        """Whose turn it is, by relation."""
        request = await self.request(approval_id)
        names = {person.id: relation for relation, person in self.firm.people.items()}
        return sorted(names[one.holder] for one in request.open_chairs())

    async def status(self, approval_id: int) -> Status:
        return (await self.request(approval_id)).status

    async def check(self) -> None:
        """The invariants that one can see at any time, of all requests."""
        async with self.firm.db.unit() as session:
            rows = list(await session.scalars(select(Approval)))
        for row in rows:
            await self._check(row)

    async def _check(self, row: Approval) -> None:
        async with self.firm.db.unit() as session:
            request = fold(await facts_of(session, row.id))
            known = select(ApprovalSeat).where(ApprovalSeat.approval_id == row.id).order_by(ApprovalSeat.no)
            seats = list(await session.scalars(known))
            kept = select(ApprovalStep).where(ApprovalStep.approval_id == row.id).order_by(ApprovalStep.seq)
            steps = list(await session.scalars(kept))
            numbers = text("SELECT array_agg(seq ORDER BY seq) FROM approval_fact WHERE approval_id = :id")
            seqs = await session.scalar(numbers, {"id": row.id})
            ends = text("SELECT count(*) FROM approval_effect WHERE approval_id = :id AND round = :round")
            effects = await session.scalar(ends, {"id": row.id, "round": request.round})
            timers = text(
                "SELECT count(*) FROM approval_timer t JOIN approval_step s ON s.approval_id = t.approval_id"
                " AND s.seq = t.step WHERE t.approval_id = :id AND t.done_at IS NULL AND s.went <> 'active'"
            )
            idle = await session.scalar(timers, {"id": row.id})
        assert seqs == list(range(1, len(seqs) + 1)), "11: gapless"
        assert row.facts == len(seqs)
        _folds_to(request, row, seats, steps)
        _stands(request)
        assert idle == 0, "16: no timer waits on a closed step"
        assert effects == {Status.RUNNING: 0, Status.RETURNED: 0, Status.REVOKED: 2}.get(request.status, 1), "13"


def _folds_to(request: Request, row: Approval, seats: Sequence[ApprovalSeat], steps: Sequence[ApprovalStep]) -> None:
    """11: the rows are what the facts come to."""
    assert (row.status, row.round) == (request.status.value, request.round)
    assert row.ended_at == request.ended_at
    assert row.form == request.form
    assert row.revoke_asked == request.revoke_asked
    assert [(one.seq, one.node, one.round, one.mode, one.went) for one in steps] == [
        (one.seq, one.node, one.round, one.mode, one.went.value) for one in request.visits
    ]
    assert [(one.no, one.holder_id, one.origin, one.parent, one.state, one.by_id, one.open) for one in seats] == [
        (one.no, one.holder, one.origin.value, one.parent, one.state.value, one.by, request.is_open(one))
        for one in request.chairs.values()
    ]


def _stands(request: Request) -> None:
    """What holds of every request, said once more and plainly."""
    chairs = request.chairs.values()
    pending = [one for one in chairs if one.state is Seat.PENDING]
    active = [one for one in request.visits if one.active]
    if request.ended or request.status is Status.RETURNED:
        assert not pending, "1: nothing lives on after the end"
        assert not active
        assert request.ended == (request.ended_at is not None)
    else:
        assert len(active) == 1, "2: exactly one active step"
        assert request.open_chairs(), "2: somebody can sign"
    for one in chairs:
        assert one.by != request.applicant, "6: never the applicant"
        assert not (one.pending and one.holder == request.applicant), "6: nor a seat for the applicant"
        before = [child for child in chairs if child.parent == one.no and child.origin is Origin.BEFORE]
        if one.state is Seat.APPROVED and one.decided_at is not None:
            for child in before:
                assert child.state is not Seat.PENDING, "14: an added signer before blocks its parent"
    holders = [one.holder for one in pending]
    assert len(holders) == len(set(holders)), "one live seat of a person in a step"
    for visit in request.visits:
        if visit.went.value == "passed":
            _passed_rightly(request, visit)
    if request.status in {Status.APPROVED, Status.REVOKED}:
        here = {one.seq for one in request.visits if one.round == request.round}
        signed = [one for one in chairs if one.visit in here and one.state is Seat.APPROVED and one.by is not None]
        assert signed, "7: at least one person approved"


def _passed_rightly(request: Request, visit: Any) -> None:
    """3: the closing rule of the step's mode holds."""
    of = [one for one in request.chairs.values() if one.visit == visit.seq]
    assert not any(one.state is Seat.PENDING for one in of)
    votes = [one for one in of if one.origin in {Origin.RULE, Origin.ADMIN}]
    agreed = [one for one in votes if _agreed(of, one)]
    part = len(agreed) / len(votes)
    if visit.mode == "any":
        assert agreed
    elif visit.mode.startswith("ratio:"):
        assert part >= float(visit.mode.removeprefix("ratio:")) - 1e-9
    else:
        assert part == 1
    if not visit.mode.startswith("ratio:"):
        assert not any(one.state is Seat.REJECTED for one in of)


def _agreed(of: Sequence[Any], vote: Any) -> bool:
    if vote.state is Seat.APPROVED:
        return True
    return any(_agreed(of, one) for one in of if one.parent == vote.no and one.origin is Origin.ESCALATE)
