"""Who signs: the flow's rules over the company's people. Pure, and total: it ends with somebody active who is not the
applicant, over holes and circles in the reporting lines, or says that there is nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crm_core.org.models import Role
from crm_core.playbook.flows import Policy, Signer


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as far as signing goes."""

    id: int
    name: str = ""
    unit_id: int = 0
    manager_id: int | None = None
    roles: frozenset[str] = frozenset()
    active: bool = True


@dataclass(frozen=True, slots=True)
class People:
    """The people that the rules of one request may come to, by id."""

    known: Mapping[int, Person]
    applicant: int

    def get(self, employee_id: int | None) -> Person | None:
        return self.known.get(employee_id) if employee_id is not None else None

    def superiors(self, of: int) -> Iterator[Person]:
        """Those above somebody, the nearest first, each once however the lines run."""
        seen, at = {of}, self.get(of)
        while at is not None and at.manager_id is not None and at.manager_id not in seen:
            seen.add(at.manager_id)
            at = self.get(at.manager_id)
            if at is not None:
                yield at

    def fit(self, employee_id: int | None) -> bool:
        """Whether this person may sign: here, and not the applicant."""
        person = self.get(employee_id)
        return person is not None and person.active and person.id != self.applicant

    def with_role(self, role: str) -> list[int]:
        return sorted(one.id for one in self.known.values() if role in one.roles and one.active)

    def named(self, name: str) -> int | None:
        """A colleague by number or by name; the one who is here, where several have had the name."""
        if name.isdigit():
            return int(name) if int(name) in self.known else None
        found = sorted(
            (one for one in self.known.values() if one.name == name), key=lambda one: (not one.active, one.id)
        )
        return found[0].id if found else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who signs, and why it is not whom the rule named: `empty`, `self`, `left`; `picked` by the applicant."""

    holder: int
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request the rules look at."""

    form: Mapping[str, object] = field(default_factory=dict[str, object])
    picks: Mapping[str, int] = field(default_factory=dict[str, int])
    """By step: whom the applicant chose."""


_LAST_RESORTS: Final = (Role.ADMIN, Role.EXECUTIVE, Role.OPERATIONS, Role.MANAGER)


def signers(people: People, step: str, rules: Sequence[Signer], policy: Policy, asked: Asked) -> list[Chosen]:
    """The seats of a step in their order, nobody twice; empty only if nobody here could sign at all."""
    seats: dict[int, Chosen] = {}
    for rule in rules:
        for one in _by(people, step, rule, policy, asked):
            seats.setdefault(one.holder, one)
    if not seats:
        for one in _nobody(people, policy):
            seats.setdefault(one.holder, one)
    return list(seats.values())


def _by(people: People, step: str, rule: Signer, policy: Policy, asked: Asked) -> Iterator[Chosen]:
    """Whom one rule comes to, those who cannot sign replaced."""
    for wanted in _named(people, step, rule, asked):
        if wanted == people.applicant:
            if rule.role is None:  # of a role, the others sign
                yield from _instead(people, policy)
        elif people.fit(wanted):
            yield Chosen(wanted, "picked" if rule.applicant_pick else None)
        elif rule.role is None:
            yield from _left(people, wanted)


def _named(people: People, step: str, rule: Signer, asked: Asked) -> list[int]:
    above = [one.id for one in people.superiors(people.applicant)]
    if rule.manager is not None:
        return above[rule.manager - 1 : rule.manager] or above[-1:]  # the highest there is
    if rule.managers_up_to is not None:
        return above[: rule.managers_up_to]
    if rule.dept_head:
        return [one for one in [dept_head(people)] if one is not None]
    if rule.role is not None:
        return people.with_role(rule.role.value)
    if rule.user is not None:
        found = people.named(rule.user)
    elif rule.form_user is not None:
        said = asked.form.get(rule.form_user)
        found = said if isinstance(said, int) else None
    else:
        found = asked.picks.get(step)
    return [found] if found is not None else []


def dept_head(people: People) -> int | None:
    """Who stands highest in the applicant's department, of those above the applicant; else the nearest superior."""
    mine = people.get(people.applicant)
    above = list(people.superiors(people.applicant))
    here = [one.id for one in above if mine is not None and one.unit_id == mine.unit_id and one.active]
    if here:
        return here[-1]
    leads = mine is not None and Role.MANAGER in mine.roles
    near = [one.id for one in above if one.active]
    return people.applicant if leads and not near else (near[0] if near else None)


def _left(people: People, gone: int) -> Iterator[Chosen]:
    """In the place of who has left: the nearest superior of theirs who may sign."""
    above = next((one.id for one in people.superiors(gone) if people.fit(one.id)), None)
    if above is not None:
        yield Chosen(above, "left")


def _instead(people: People, policy: Policy) -> Iterator[Chosen]:
    """In the applicant's own place, as the policy says."""
    above = next((one.id for one in people.superiors(people.applicant) if people.fit(one.id)), None)
    head = dept_head(people)
    chosen = {"next_manager": above, "dept_head": head if people.fit(head) else above, "admin": None}
    found = chosen[policy.self_approval]
    if found is not None:
        yield Chosen(found, "self")
    elif policy.self_approval == "admin":
        yield from (Chosen(one, "self") for one in people.with_role(Role.ADMIN) if people.fit(one))


def _nobody(people: People, policy: Policy) -> Iterator[Chosen]:
    """Where the rules come to nobody: as the policy says, and at last whoever stands highest."""
    if policy.empty_approver.startswith("user:"):
        named = people.named(policy.empty_approver.removeprefix("user:"))
        if named is not None and people.fit(named):
            yield Chosen(named, "empty")
            return
    for role in _LAST_RESORTS:
        fitting = [one for one in people.with_role(role) if people.fit(one)]
        if fitting:
            yield from (Chosen(one, "empty") for one in fitting)
            return
    anybody = sorted(one for one in people.known if people.fit(one))
    yield from (Chosen(one, "empty") for one in anybody[:1])
