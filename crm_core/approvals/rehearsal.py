"""A request that is only played: who would sign it, step by step, by the same rules as a real one (AP02). Nothing is
written, and nothing is said in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.advance import UNFORESEEN, days_of
from crm_core.approvals.conditions import Facts, comes
from crm_core.approvals.directory import people_for, units_of
from crm_core.approvals.people import Asked, signers
from crm_core.approvals.service import amount_of
from crm_core.org.models import Employee
from crm_core.playbook.flows import Flow, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A request as one thinks of it: whose it is, and what stands in it."""

    applicant_id: int
    form: Mapping[str, Any] = field(default_factory=dict[str, Any])
    amount: Decimal | None = None
    days: Decimal | None = None
    picks: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Sits:
    """Somebody who would sign. `why` is `empty`, `self`, `left` or `picked`, as in `people.Chosen`; `again` is who
    signed the step before, and is not asked twice.
    """

    id: int
    name: str
    why: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """A step of the flow: whether it comes, and who signs. Nobody yet where the applicant is still to choose, or the
    form to name somebody. Without a `step`: none of the flow's was for this request, somebody signs all the same.
    """

    step: Step | None
    comes: bool
    seats: tuple[Sits, ...] = ()

    @property
    def key(self) -> str:
        return self.step.id if self.step is not None else UNFORESEEN

    @property
    def waits_for_pick(self) -> bool:
        return self.comes and not self.seats


async def rehearse(session: AsyncSession, flow: Flow, sample: Sample) -> list[Stop]:
    """Every step of the flow in its order, those too that do not come."""
    asked = Asked(sample.form, sample.picks)
    people = await people_for(session, flow, sample.applicant_id, sample.form, sample.picks.values())
    employee = await session.get_one(Employee, sample.applicant_id)
    amount = amount_of(flow, sample.form, sample.amount)
    days = sample.days if sample.days is not None else days_of(sample.form)
    units = await units_of(session, employee.unit_id)
    facts = Facts(sample.form, amount, days, frozenset(employee.roles), units)
    made: list[Stop] = []
    before: frozenset[int] = frozenset()
    steps: list[Step | None] = [*flow.steps]
    if not any(comes(one.when, facts) for one in flow.steps):
        steps.append(None)
    for step in steps:
        if step is not None and not comes(step.when, facts):
            made.append(Stop(step, False))
            continue
        waits = step is not None and _waits(step, sample)
        rules = step.approvers if step is not None else ()
        chosen = () if waits else signers(people, step.id if step else UNFORESEEN, rules, flow.policy, asked)
        merged = before if flow.policy.repeat_approver == "merge_consecutive" else frozenset[int]()
        made.append(
            Stop(step, True, tuple(_sits(people.known[one.holder].name, one, one.holder in merged) for one in chosen))
        )
        before = frozenset(one.holder for one in chosen)
    return made


def _waits(step: Step, sample: Sample) -> bool:
    """Whether a rule of the step needs a name that the sample does not say."""
    picked = step.id in sample.picks
    return any(
        (one.applicant_pick and not picked) or (one.form_user is not None and one.form_user not in sample.form)
        for one in step.approvers
    )


def _sits(name: str, one: Any, again: bool) -> Sits:
    return Sits(one.holder, name, one.why, again)
