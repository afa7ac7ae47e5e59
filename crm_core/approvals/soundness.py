"""What a playbook's flows ask of the company that is not there: told before it is published (AP02).

Whether the definitions are right in themselves is the playbook's own check; this one knows people and units.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.conditions import Facts, comes
from crm_core.approvals.people import Asked, People, Person, signers
from crm_core.org.models import Employee, Unit
from crm_core.playbook.book import Playbook
from crm_core.playbook.flows import Flow, Op, Signer, Step, Test, When

MOST_SAMPLES: Final = 100
"""Applicants that are tried: one for each unit and role, of many evenly some."""


class Kind(StrEnum):
    NO_SUCH_PERSON = "no_such_person"
    HAS_LEFT = "has_left"
    NO_SUCH_UNIT = "no_such_unit"
    NOBODY = "nobody"
    """The rules of a step come to nobody for these applicants, the flow's exception signs."""
    NEVER = "never"
    """No step of the flow could ever be signed by whom it names: the flow is not to be published."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a flow names and the company does not have. `names` are the people or units it is about, `instead`
    who signs in their place.
    """

    kind: Kind
    flow: str
    step: str | None = None
    names: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    @property
    def forbids(self) -> bool:
        return self.kind is Kind.NEVER


@dataclass(frozen=True, slots=True)
class _Company:
    """Everybody's place, the names of the units from the root down by unit, and whom to try as applicants."""

    people: dict[int, Person]
    units: dict[int, tuple[str, ...]]
    samples: tuple[int, ...]

    @property
    def unit_names(self) -> set[str]:
        return {one for path in self.units.values() for one in path}


async def doubts(session: AsyncSession, book: Playbook) -> list[Doubt]:
    """All that is to be told of this playbook's flows, in their order; those that are withdrawn are left alone."""
    company = await _company(session, book)
    return [one for flow in book.flows if not flow.withdrawn for one in _of_flow(company, flow)]


def _of_flow(company: _Company, flow: Flow) -> Iterator[Doubt]:
    anybody = People(company.people, 0)
    yield from _people_named(anybody, flow)
    for step in flow.steps:
        missing = sorted({str(one.value) for one in _units_asked(step.when)} - company.unit_names)
        if missing:
            yield Doubt(Kind.NO_SUCH_UNIT, flow.key, step.id, tuple(missing))
    if not any(_could_be_signed(anybody, company.unit_names, step) for step in flow.steps):
        yield Doubt(Kind.NEVER, flow.key)
    else:
        yield from (found for step in flow.steps for found in _tried(company, flow, step))


def _people_named(people: People, flow: Flow) -> Iterator[Doubt]:
    rules = [(step.id, rule) for step in flow.steps for rule in step.approvers]
    named: list[tuple[str | None, str]] = [
        (step, rule.user) for step, rule in [*rules, *((None, one) for one in flow.cc)] if rule.user is not None
    ]
    if flow.policy.empty_approver.startswith("user:"):
        named.append((None, flow.policy.empty_approver.removeprefix("user:")))
    for step, name in named:
        person = people.get(people.named(name))
        if person is None:
            yield Doubt(Kind.NO_SUCH_PERSON, flow.key, step, (name,))
        elif not person.active:
            yield Doubt(Kind.HAS_LEFT, flow.key, step, (name,))


def _units_asked(when: When | None) -> Iterator[Test]:
    tests = (*when.all, *when.any) if when is not None else ()
    return (one for one in tests if one.field == "dept")


def _could_be_signed(people: People, units: set[str], step: Step) -> bool:
    """Whether the step may come, and one of its rules names anybody."""
    must = step.when.all if step.when is not None else ()
    if any(one.field == "dept" and one.op is not Op.IS_NOT and one.value not in units for one in must):
        return False
    return any(rule.user is None or people.named(rule.user) is not None for rule in step.approvers)


def _tried(company: _Company, flow: Flow, step: Step) -> Iterator[Doubt]:
    """The applicants for whom the step's rules come to nobody."""
    if any(rule.applicant_pick or rule.form_user for rule in step.approvers):
        return
    lost: list[str] = []
    instead: dict[str, None] = {}
    for applicant in company.samples:
        person = company.people[applicant]
        if not _for_such(step, person, company.units[person.unit_id]):
            continue
        seats = signers(People(company.people, applicant), step.id, step.approvers, flow.policy, Asked())
        if any(one.why == "empty" for one in seats) or not seats:
            lost.append(person.name)
            instead |= dict.fromkeys(company.people[one.holder].name for one in seats)
    if lost:
        yield Doubt(Kind.NOBODY, flow.key, step.id, tuple(lost), tuple(instead))


def _for_such(step: Step, person: Person, units: tuple[str, ...]) -> bool:
    """Whether the step may come for somebody of that unit and those roles, whatever stands in the form."""
    must = tuple(one for one in step.when.all if one.field in {"dept", "role"}) if step.when is not None else ()
    return not must or comes(When(all=must), Facts({}, roles=person.roles, units=units))


async def _company(session: AsyncSession, book: Playbook) -> _Company:
    """Those who may come into it, not all: the samples and their superiors, roles that sign, people that are named."""
    units = {row.id: row for row in await session.execute(select(Unit.id, Unit.name, Unit.path))}
    paths = {key: tuple(units[one].name for one in row.path if one in units) for key, row in units.items()}
    columns = (Employee.id, Employee.name, Employee.unit_id, Employee.manager_id, Employee.roles, Employee.left_at)
    here = Employee.left_at.is_(None)
    first = select(func.min(Employee.id)).where(here).group_by(Employee.unit_id, Employee.roles)
    samples = _some(sorted(await session.scalars(first)))
    rules = [rule for flow in book.flows for rule in _rules(flow)]
    names = {rule.user for rule in rules if rule.user} | {
        flow.policy.empty_approver.removeprefix("user:")
        for flow in book.flows
        if flow.policy.empty_approver.startswith("user:")
    }
    ids = {int(one) for one in names if one.isdigit()}
    roles = {rule.role.value for rule in rules if rule.role} | {"admin", "executive", "operations", "manager"}
    statement = select(*columns, Employee.chain).where(
        Employee.id.in_([*samples, *ids]) | Employee.name.in_(names) | (here & Employee.roles.overlap(sorted(roles)))
    )
    rows = list(await session.execute(statement))
    above = {one for row in rows for one in row.chain} - {row.id for row in rows}
    rows += list(await session.execute(select(*columns, Employee.chain).where(Employee.id.in_(above))))
    people = {
        row.id: Person(row.id, row.name, row.unit_id, row.manager_id, frozenset(row.roles), row.left_at is None)
        for row in rows
    }
    alone = len(samples) < 2  # only who founds the company is in: nobody could sign anything yet
    return _Company(people, paths, () if alone else tuple(samples))


def _rules(flow: Flow) -> Sequence[Signer]:
    return [*flow.cc, *(rule for step in flow.steps for rule in step.approvers)]


def _some(ids: list[int]) -> list[int]:
    if len(ids) <= MOST_SAMPLES:
        return ids
    return [ids[at * len(ids) // MOST_SAMPLES] for at in range(MOST_SAMPLES)]
