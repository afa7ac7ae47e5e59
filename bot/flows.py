"""Flows from the command line: what a playbook's flows lack before they are published, and who would sign (AP02)."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import MisuseError, OperatorError
from crm_core.approvals.rehearsal import Sample, rehearse
from crm_core.approvals.soundness import doubts
from crm_core.custom_fields.service import fit
from crm_core.kit.errors import DomainError
from crm_core.org.models import Employee
from crm_core.playbook.book import Playbook
from crm_core.playbook.fields import FieldKind
from crm_core.playbook.flows import Flow, FlowField
from screens.flows import doubt_words, stop_words

_TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


async def warnings(session: AsyncSession, book: Playbook) -> list[str]:
    """What is to be told before it is published. Raises OperatorError for a flow that nobody could ever sign."""
    found = await doubts(session, book)
    if forbidding := [doubt_words(one, "en") for one in found if one.forbids]:
        raise OperatorError(*forbidding)
    return [f"warning: {doubt_words(one, 'en')}" for one in found]


async def tried(session: AsyncSession, book: Playbook, key: str, who: str, said: dict[str, Any]) -> list[str]:
    """Who would sign, a line for each step. `said` has the amount and the days if they are given, and the form's
    `values` as they were written, key=value.
    """
    flow = book.flow_or_none(key)
    if flow is None:
        known = ", ".join(one.key for one in book.flows)
        raise MisuseError(f"--flow: there is no flow {key!r}; there are {known}")
    applicant = await employee_named(session, who, "--as")
    form = {name: await _value(session, flow, name, value) for name, value in map(_split, said["values"])}
    amount, days = (_number(said[name], f"--{name}") for name in ("amount", "days"))
    sample = Sample(applicant_id=applicant, form=form, amount=amount, days=days)
    if amount is not None and flow.amount is not None:
        sample = Sample(applicant_id=applicant, form={flow.amount: str(amount), **form}, amount=amount, days=days)
    return stop_words(await rehearse(session, flow, sample), "en")


def _split(said: str) -> tuple[str, str]:
    name, equals, value = said.partition("=")
    if not equals:
        raise MisuseError(f"--set {said}: write it as key=value, for example --set place=厦门")
    return name.strip(), value.strip()


def _number(said: str | None, option: str) -> Decimal | None:
    try:
        found = Decimal(said) if said is not None else None
    except InvalidOperation:
        found = Decimal("NaN")
    if found is not None and not found.is_finite():
        raise MisuseError(f"{option} {said}: write a plain number, for example {option} 8000")
    return found


async def _value(session: AsyncSession, flow: Flow, name: str, said: str) -> Any:
    """A value as the form keeps it."""
    field = next((one for one in flow.form if one.key == name), None)
    if field is None:
        known = ", ".join(one.key for one in flow.form) or "none"
        raise MisuseError(f"--set {name}: the form of {flow.key} has no such field; there are {known}")
    if field.colleague:
        return await employee_named(session, said, f"--set {name}")
    value = _plain(field, said)
    try:
        return fit(field, value)
    except DomainError:
        options = f" of {', '.join(one.key for one in field.options)}" if field.options else ""
        raise MisuseError(f"--set {name}={said}: that is no {field.kind.value}{options}") from None


def _plain(field: FlowField, said: str) -> Any:
    if field.kind in {FieldKind.INTEGER, FieldKind.DURATION} and said.lstrip("-").isascii():
        return int(said) if said.lstrip("-").isdigit() else said
    if field.kind is FieldKind.YES_NO:
        return _TRUTH.get(said.casefold(), said)
    return [one.strip() for one in said.split(",")] if field.kind is FieldKind.SEVERAL else said


async def employee_named(session: AsyncSession, who: str, option: str) -> int:
    named = Employee.id == int(who) if who.isdigit() and len(who) < 16 else Employee.name == who
    found = (await session.scalars(select(Employee.id).where(named, Employee.left_at.is_(None)))).all()
    if len(found) != 1:
        told = "several people are" if found else "nobody is"
        raise OperatorError(f"{option}: {told} called {who!r}; give the name, or the id, of an employee.")
    return found[0]
