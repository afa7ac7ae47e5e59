"""Who would sign: the steps that come for a request as it stands, each with its people. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.conditions import Facts, comes
from crm_core.approvals.directory import people_for, units_of
from crm_core.approvals.facts import Chair
from crm_core.approvals.people import Asked, signers
from crm_core.approvals.queries import Whole
from crm_core.approvals.service import amount_of
from crm_core.approvals.state import Request
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.playbook.flows import Flow, Step


@dataclass(frozen=True, slots=True)
class Stop:
    """A step that comes, with the names of who signs in it; none where the applicant has still to choose."""

    step: Step
    names: tuple[str, ...]


async def outlook(
    session: AsyncSession,
    applicant: int,
    flow: Flow,
    form: Mapping[str, Any],
    picks: Mapping[str, int],
    *,
    amount: Decimal | None = None,
) -> list[Stop]:
    """The steps in their order, by the same rules as the request will run by."""
    asked = Asked(form, picks)
    people = await people_for(session, flow, applicant, form, picks.values())
    employee = await session.get_one(Employee, applicant)
    units = await units_of(session, employee.unit_id)
    said = amount_of(flow, form, amount)
    facts = Facts(form, said, form.get("days"), frozenset(employee.roles), units)
    made: list[Stop] = []
    for step in flow.steps:
        if comes(step.when, facts):
            waits = any(rule.applicant_pick for rule in step.approvers) and step.id not in picks
            chosen = [] if waits else signers(people, step.id, step.approvers, flow.policy, asked)
            made.append(Stop(step, tuple(people.known[one.holder].name for one in chosen)))
    return made


async def ahead(session: AsyncSession, whole: Whole) -> list[Stop]:
    """The steps that are still to come behind the active one; of a returned request, all of them again."""
    row, request = whole.row, whole.request
    if request.ended:
        return []
    stops = await outlook(session, request.applicant, whole.flow, request.form, row.picks, amount=row.amount)
    keys = [one.id for one in whole.flow.steps]
    here = keys.index(request.visit.node) if request.visit is not None and request.visit.node in keys else -1
    if request.visit is not None and here < 0:
        return []  # somebody signs though no step was for it: that is the last one
    return [one for one in stops if keys.index(one.step.id) > here]


def turn_of(request: Request, actor: Actor) -> Chair | None:
    """The open seat that the actor may sign on now: one's own before one somebody else is away from."""
    applicant = request.applicant
    if actor.id == applicant:
        return None
    absent = () if applicant in actor.stands_for else actor.stands_for
    fitting = [one for one in request.open_chairs() if one.holder == actor.id or one.holder in absent]
    return min(fitting, key=lambda one: (one.holder != actor.id, one.no), default=None)
