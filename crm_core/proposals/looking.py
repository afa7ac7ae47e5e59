"""Who would sign before and after, for one of ours: by a request in which the two differ, where there is one (AP02)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice, product
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.rehearsal import Sample, Stop, rehearse
from crm_core.approvals.soundness import Doubt, doubts
from crm_core.org.models import Employee, Role
from crm_core.playbook.flows import Flow, Op, Test
from crm_core.playbook.service import in_force
from crm_core.proposals.changes import Changed, Changes, changes
from crm_core.proposals.models import PlaybookProposal
from crm_core.proposals.reading import parsed

MOST_TRIED: Final = 24
"""So many requests are played; what conditions compare with gives them."""
_ANY_AMOUNT: Final = 3000


@dataclass(frozen=True, slots=True)
class Ways:
    """The way of one request by the flow as it was and as it will be; none where there is no such flow. `said` is what
    stands in the request, by field.
    """

    before: Sequence[Stop] | None
    after: Sequence[Stop] | None
    said: Mapping[str, Any]

    @property
    def differ(self) -> bool:
        return _signs(self.before) != _signs(self.after)


@dataclass(frozen=True, slots=True)
class Look:
    """What a proposal would change, and one of the flows closely. Doubts are those that the old one did not raise."""

    changes: Changes
    doubts: tuple[Doubt, ...]
    at: int
    sample: tuple[int, str] | None
    ways: Ways | None

    @property
    def changed(self) -> Changed | None:
        return self.changes.flows[self.at] if self.changes.flows else None


async def look(session: AsyncSession, proposal: PlaybookProposal, at: int = 0) -> Look:
    """The proposal against the version that it was compared with, and the changed flow number `at` (from 0)."""
    assert proposal.text is not None
    book = parsed(proposal.text)
    old = await in_force(session, proposal.base or 0)
    made, known = changes(old, book), await doubts(session, old)
    told = tuple(one for one in await doubts(session, book) if one not in known)
    at = min(max(at, 0), max(len(made.flows) - 1, 0))
    person = await _sample(session, proposal.sample_id)
    ways = None
    if made.flows and person is not None:
        ways = await _ways(session, made.flows[at], person[0])
    return Look(made, told, at, person, ways)


async def _sample(session: AsyncSession, chosen: int | None) -> tuple[int, str] | None:
    """Who was chosen; else a rep with a superior, else anybody with one."""
    here = select(Employee.id, Employee.name).where(Employee.left_at.is_(None))
    if chosen is not None:
        here = here.where(Employee.id == chosen)
    is_rep = Employee.roles.contains([Role.REP.value])
    row = (await session.execute(here.order_by(Employee.manager_id.is_(None), ~is_rep, Employee.id).limit(1))).first()
    return (row.id, row.name) if row is not None else None


async def _ways(session: AsyncSession, changed: Changed, applicant: int) -> Ways:
    """By the first request that goes two ways; else by the last one, which has the most steps as a rule."""
    made: Ways | None = None
    for said in islice(_requests(changed), MOST_TRIED):
        before = await _way(session, changed.old, applicant, said)
        made = Ways(before, await _way(session, changed.new, applicant, said), said)
        if made.differ:
            return made
    assert made is not None
    return made


async def _way(session: AsyncSession, flow: Flow | None, applicant: int, said: Mapping[str, Any]) -> list[Stop] | None:
    if flow is None or flow.withdrawn:
        return None
    amount, days = (Decimal(str(said[name])) if said.get(name) is not None else None for name in ("amount", "days"))
    form = {name: value for name, value in said.items() if name not in {"amount", "days"} and value is not None}
    if flow.amount is not None and amount is not None:
        form[flow.amount] = str(amount)
    return await rehearse(session, flow, Sample(applicant_id=applicant, form=form, amount=amount, days=days))


def _requests(changed: Changed) -> Iterator[dict[str, Any]]:
    """Every combination of what conditions tell apart, small values first."""
    fields: dict[str, list[Any]] = {}
    for flow in (changed.old, changed.new):
        if flow is None:
            continue
        if flow.amount is not None:
            fields.setdefault("amount", [])
        for test in _tests(flow):
            name = "amount" if test.field == flow.amount else test.field
            if name not in {"dept", "role"}:
                known = fields.setdefault(name, [])
                known += [one for one in _around(test) if one not in known]
    for name, known in fields.items():
        if name == "amount" and not known:
            known.append(_ANY_AMOUNT)
        known.sort(key=lambda one: (one is not None, isinstance(one, str), one if isinstance(one, int | float) else 0))
    for values in product(*fields.values()):
        yield dict(zip(fields, values, strict=True))


def _tests(flow: Flow) -> Iterator[Test]:
    for step in flow.steps:
        if step.when is not None:
            yield from (*step.when.all, *step.when.any)


def _around(test: Test) -> list[Any]:
    """Values on either side of what the test compares with."""
    value = test.value
    if test.op is Op.THERE:
        return [None, "…"]
    if isinstance(value, bool):
        return [False, True]
    if isinstance(value, int | float):
        return [max(value - 1, 0), value, value + 1]
    return [None, *(value if isinstance(value, tuple) else (value,))]


def _signs(way: Sequence[Stop] | None) -> Any:
    """Who signs, and in which way, step by step."""
    if way is None:
        return None
    return [
        (stop.key, stop.waits_for_pick, stop.step.mode if stop.step else None, [one.id for one in stop.seats])
        for stop in way
        if stop.comes
    ]
