"""A request's life as a fold of its facts: what stands, whose turn it is, what must follow. Pure; no database here.

Seats of a step that must sign of themselves are *votes*: those of the flow's rule, and those an admin put there. A
seat that an escalation added counts as a second hand on its parent's vote; one that was added *before* blocks its
parent, one that was added *after* blocks the step.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from crm_core.approvals.facts import ENDED, Chair, Fact, Origin, Seat, Status, Visit, Went

_VOTES: Final = frozenset({Origin.RULE, Origin.ADMIN})


@dataclass(slots=True)
class Request:
    """The state of one request: the fold of its facts."""

    applicant: int = 0
    status: Status = Status.RUNNING
    round: int = 1
    form: dict[str, Any] = field(default_factory=dict[str, Any])
    visits: list[Visit] = field(default_factory=list[Visit])
    chairs: dict[int, Chair] = field(default_factory=dict[int, Chair])
    ended_at: datetime | None = None
    returned_from: str | None = None
    """The step that sent it back to the applicant."""
    revoke_asked: int | None = None
    """Whose consent to a revocation is awaited."""
    nudged_at: datetime | None = None
    facts: int = 0

    # --- what is asked of it

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def visit(self) -> Visit | None:
        """The active step."""
        return next((one for one in reversed(self.visits) if one.active), None)

    def of(self, visit: Visit) -> list[Chair]:
        return [one for one in self.chairs.values() if one.visit == visit.seq]

    def children(self, no: int) -> Iterator[Chair]:
        return (one for one in self.chairs.values() if one.parent == no)

    def below(self, no: int) -> Iterator[Chair]:
        for child in self.children(no):
            yield child
            yield from self.below(child.no)

    def hands(self, vote: Chair) -> list[Chair]:
        """The seats by which a vote may be given: its own, and those that escalations added."""
        found = [vote]
        for one in found:
            found += [child for child in self.children(one.no) if child.origin is Origin.ESCALATE]
        return found

    def votes(self, visit: Visit) -> list[Chair]:
        mine = (one for one in self.of(visit) if one.origin in _VOTES and one.state is not Seat.REMOVED)
        return sorted(mine, key=lambda one: (one.place, one.no))

    def agreed(self, vote: Chair) -> bool:
        return any(one.state is Seat.APPROVED for one in self.hands(vote))

    def enough(self, visit: Visit) -> bool:
        """Whether the votes given satisfy the step's mode."""
        votes = self.votes(visit)
        agreed = sum(self.agreed(one) for one in votes)
        if visit.mode == "any":
            return agreed > 0
        return agreed >= needed(visit.mode, len(votes))

    def refused(self, visit: Visit) -> bool:
        """Whether the rejections given end the step."""
        turned = [one for one in self.of(visit) if one.state is Seat.REJECTED]
        if not turned or not visit.mode.startswith("ratio:"):
            return bool(turned)
        if any(one.origin in {Origin.BEFORE, Origin.AFTER} for one in turned):
            return True
        votes = self.votes(visit)
        lost = sum(any(hand.state is Seat.REJECTED for hand in self.hands(one)) for one in votes)
        return len(votes) - lost < needed(visit.mode, len(votes))

    def outcome(self, visit: Visit) -> Went | None:
        """What the step's seats have come to, if to anything."""
        if self.refused(visit):
            return Went.REJECTED
        waits = any(one.pending and one.origin is Origin.AFTER for one in self.of(visit))
        return Went.PASSED if self.enough(visit) and not waits else None

    def is_open(self, chair: Chair) -> bool:
        """Whether it is this seat's turn."""
        visit = self.visits[chair.visit - 1]
        if not (chair.pending and visit.active and self.status is Status.RUNNING):
            return False
        if any(child.pending and child.origin is Origin.BEFORE for child in self.children(chair.no)):
            return False
        enough = self.enough(visit)
        if chair.origin is Origin.AFTER:
            return enough or self._signed(chair.parent)
        if enough:
            return False
        if chair.origin is Origin.BEFORE:
            return self._asked(chair)
        vote = self._vote_of(chair)
        return visit.mode != "in_order" or not any(
            other.place < vote.place and not self.agreed(other) for other in self.votes(visit)
        )

    def _signed(self, no: int | None) -> bool:
        return no is not None and self.chairs[no].state is Seat.APPROVED

    def _asked(self, chair: Chair) -> bool:
        """Whether the seat that waits for this one would be asked now."""
        assert chair.parent is not None
        above = self.chairs[chair.parent]
        visit = self.visits[chair.visit - 1]
        if above.origin is Origin.AFTER:
            return self._signed(above.parent)
        if above.origin is Origin.BEFORE:
            return self._asked(above)
        vote = self._vote_of(above)
        return visit.mode != "in_order" or not any(
            other.place < vote.place and not self.agreed(other) for other in self.votes(visit)
        )

    def _vote_of(self, chair: Chair) -> Chair:
        while chair.origin not in _VOTES and chair.parent is not None:
            chair = self.chairs[chair.parent]
        return chair

    def open_chairs(self) -> list[Chair]:
        return [one for one in self.chairs.values() if self.is_open(one)]

    def live_of(self, holder: int, visit: Visit) -> Chair | None:
        """The seat that somebody holds in a step and has not used."""
        return next((one for one in self.of(visit) if one.holder == holder and one.pending), None)

    def signers(self) -> set[int]:
        """Everybody who has or had a seat, or decided in one."""
        held = {one.holder for one in self.chairs.values()}
        return held | {one.by for one in self.chairs.values() if one.by is not None}

    def approvals(self) -> list[Chair]:
        """The seats that people approved with, the latest last."""
        given = [one for one in self.chairs.values() if one.state is Seat.APPROVED and one.decided_at is not None]
        return sorted(given, key=lambda one: (one.decided_at, one.no))

    # --- folding

    def apply(self, fact: Fact) -> None:
        """What the fact changes."""
        self.facts += 1
        getattr(self, f"_on_{fact.kind.value}", self._on_nothing)(fact)

    def _on_nothing(self, _fact: Fact) -> None:
        """Comments, attachments, reminders, copies: told, and nothing stands otherwise."""

    def _on_submitted(self, fact: Fact) -> None:
        assert fact.actor is not None
        self.applicant = fact.actor
        self.form = dict(fact.data["form"])

    def _on_resubmitted(self, fact: Fact) -> None:
        self.status, self.round = Status.RUNNING, self.round + 1
        self.form = dict(fact.data["form"])

    def _on_opened(self, fact: Fact) -> None:
        data = fact.data
        visit = Visit(len(self.visits) + 1, data["node"], self.round, data["mode"], fact.at)
        visit.due_at = datetime.fromisoformat(data["due_at"]) if data.get("due_at") else None
        self.visits.append(visit)
        for place, one in enumerate(data["seats"]):
            self._sit(Origin.RULE, visit.seq, one["holder"], None, place, fact.at).why = one.get("why")

    def _sit(self, origin: Origin, visit: int, holder: int, parent: int | None, place: int, at: datetime) -> Chair:
        made = Chair(len(self.chairs) + 1, visit, holder, origin, parent, place, since=at)
        self.chairs[made.no] = made
        return made

    def _decide(self, fact: Fact, state: Seat) -> None:
        assert fact.seat is not None
        chair = self.chairs[fact.seat]
        chair.state, chair.by, chair.decided_at = state, fact.actor, fact.at
        if state is Seat.APPROVED:
            for other in self.hands(self._vote_of(chair)) if chair.origin in {*_VOTES, Origin.ESCALATE} else ():
                self._close([other, *self._befores(other)], fact.at)

    def _befores(self, chair: Chair) -> Iterator[Chair]:
        """Who was to sign before a seat that signs no more, and whoever hangs on them."""
        for child in self.children(chair.no):
            if child.origin is Origin.BEFORE:
                yield child
                yield from self.below(child.no)

    def _close(self, chairs: Iterable[Chair], at: datetime, state: Seat = Seat.CLOSED) -> None:
        for one in chairs:
            if one.pending:
                one.state, one.decided_at = state, at

    def _on_approved(self, fact: Fact) -> None:
        self._decide(fact, Seat.APPROVED)

    def _on_rejected(self, fact: Fact) -> None:
        self._decide(fact, Seat.REJECTED)

    def _leave(self, went: Went, at: datetime) -> None:
        visit = self.visit
        if visit is not None:
            self._close(self.of(visit), at)
            visit.went, visit.closed_at = went, at

    def _on_passed(self, fact: Fact) -> None:
        self._leave(Went.PASSED, fact.at)

    def _on_returned(self, fact: Fact) -> None:
        visit = self.visit
        assert visit is not None
        self._decide(fact, Seat.RETURNED)
        self._leave(Went.RETURNED, fact.at)
        if fact.data.get("to") is None:
            self.status, self.returned_from = Status.RETURNED, visit.node

    def _on_ended(self, fact: Fact) -> None:
        self.status, self.ended_at = Status(fact.data["as"]), fact.at
        self._leave(Went.REJECTED if self.status is Status.REJECTED else Went.LEFT, fact.at)

    def _on_transferred(self, fact: Fact) -> None:
        assert fact.seat is not None
        chair = self.chairs[fact.seat]
        chair.holder, chair.since, chair.why = fact.data["to"], fact.at, None

    _on_reassigned = _on_transferred

    def _on_added(self, fact: Fact) -> None:
        assert fact.seat is not None
        parent = self.chairs[fact.seat]
        made = self._sit(Origin(fact.data["where"]), parent.visit, fact.data["to"], parent.no, 0, fact.at)
        made.added_by = fact.actor

    def _on_escalated(self, fact: Fact) -> None:
        assert fact.seat is not None
        parent = self.chairs[fact.seat]
        self._sit(Origin.ESCALATE, parent.visit, fact.data["to"], parent.no, parent.place, fact.at)

    def _on_removed(self, fact: Fact) -> None:
        assert fact.seat is not None
        chair = self.chairs[fact.seat]
        self._close([chair, *self.below(chair.no)], fact.at, Seat.REMOVED)

    def _on_nudged(self, fact: Fact) -> None:
        self.nudged_at = fact.at

    def _on_revoke_asked(self, fact: Fact) -> None:
        self.revoke_asked = fact.data["of"]

    def _on_revoke_refused(self, _fact: Fact) -> None:
        self.revoke_asked = None

    def _on_revoked(self, fact: Fact) -> None:
        self.revoke_asked = None
        self.status, self.ended_at = Status.REVOKED, fact.at


def needed(mode: str, votes: int) -> int:
    """How many votes must agree: all of them, or the part that a ratio says, rounded up."""
    if not mode.startswith("ratio:"):
        return votes
    part = Decimal(mode.removeprefix("ratio:")) * votes
    return max(1, int(part.to_integral_value(rounding="ROUND_CEILING")))


def fold(facts: Iterable[Fact]) -> Request:
    """The state that these facts come to."""
    request = Request()
    for fact in facts:
        request.apply(fact)
    return request
