"""What a request spends: its own lines where a feature knows them, else the sum of its form, as its flow says."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.models import Approval
from crm_core.approvals.service import amount_of
from crm_core.customers.models import Customer
from crm_core.org.queries import today_of
from crm_core.playbook.flows import Flow
from crm_core.playbook.service import in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlay:
    """Money for one content on a day. `replaces` is an approved request that holds it already: a claim's trip."""

    content: str
    amount: Decimal
    day: date
    task: str | None = None
    task_kind: str | None = None
    stage: str | None = None
    customer: int | None = None
    replaces: int | None = None


Lines = Callable[[AsyncSession, int], Awaitable[Sequence[Outlay]]]
"""Given the subject's id."""
_LINES: Final[dict[str, Lines]] = {}


def spends(subject_type: str) -> Callable[[Lines], Lines]:
    """The decorated function answers what a request about such a record spends."""

    def add(function: Lines) -> Lines:
        assert subject_type not in _LINES, f"what {subject_type} spends is declared twice"
        _LINES[subject_type] = function
        return function

    return add


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, sent or about to be."""

    flow: Flow
    form: Mapping[str, Any]
    applicant: int
    amount: Decimal | None = None
    about: int | None = None
    subject: tuple[str, int] | None = None


async def asked_by(session: AsyncSession, row: Approval, form: Mapping[str, Any]) -> Asked:
    """A request that was sent."""
    book = await in_force(session, row.playbook_version)
    subject = (row.subject_type, row.subject_id) if row.subject_type and row.subject_id else None
    return Asked(
        flow=book.flow(row.flow),
        form=form,
        applicant=row.applicant_id,
        amount=row.amount,
        about=row.about_id,
        subject=subject,
    )


async def outlays_of(session: AsyncSession, asked: Asked) -> list[Outlay]:
    """What it spends, line by line; nothing where it spends nothing."""
    if asked.subject is not None and asked.subject[0] in _LINES:
        return [one for one in await _LINES[asked.subject[0]](session, asked.subject[1]) if one.amount > 0]
    spec = asked.flow.budget
    amount = amount_of(asked.flow, asked.form, asked.amount)
    if spec is None or amount is None or amount <= 0:
        return []
    said = asked.form.get(spec.day) if spec.day else None
    day = date.fromisoformat(said) if isinstance(said, str) else said
    task = asked.form.get(spec.task) if spec.task else None
    stage = select(Customer.stage).where(Customer.id == asked.about)
    return [
        Outlay(
            content=spec.content,
            amount=amount,
            day=day if isinstance(day, date) else await today_of(session, asked.applicant),
            task=str(task) if task else None,
            task_kind=spec.task_kind.value if spec.task_kind else None,
            stage=await session.scalar(stage) if asked.about is not None else None,
            customer=asked.about,
        )
    ]
