"""Customers of a firm with short pool rules, a clock that strikes as days go by, and messages that arrive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import yaml
from sqlalchemy import select, text, update

from crm_core.approvals import signing
from crm_core.approvals.authority import Say
from crm_core.approvals.models import ApprovalSeat
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.ownership import log_of
from crm_core.outbox.models import Card, Outgoing
from crm_core.playbook import service as playbook
from crm_core.pool import service
from reminders.clock import Ticker
from tests.reminders.desk import SHANGHAI, give_phone
from tests.support.company import Firm

REASON = "没有需求"
MAIN = {
    "key": "main",
    "title": {"zh": "公海", "en": "Customer pool"},
    "rules": [
        {"days": 10, "event": "no_followup", "types": ["new"]},
        {"days": 40, "event": "not_won", "types": ["new"]},
        {"days": 20, "event": "no_followup", "types": ["c"]},
    ],
}


async def publish(firm: Firm, *pools: dict[str, Any]) -> None:
    """A playbook with these pools is in force."""
    body = yaml.safe_load(playbook.default_text()) | {"pools": list(pools)}
    async with firm.db.unit() as session:
        await playbook.apply(session, firm.people["admin"].id, yaml.safe_dump(body, allow_unicode=True))


async def pooled(firm: Firm, name: str = "佛山市顺德家电有限公司", by: str = "owner", **given: Any) -> Customer:
    """A customer that its owner has put into the pool."""
    customer = await firm.customer(name=name, by=by, **{"type": "new", **given})
    await give_back(firm, customer, by)
    return await firm.again(customer)


async def give_back(firm: Firm, customer: Customer, by: str = "owner") -> None:
    async with firm.db.unit() as session:
        await service.give_back(session, await firm.actor(session, by), customer.id, REASON)


async def claim(firm: Firm, customer: Customer, by: str = "peer") -> Customer:
    async with firm.db.unit() as session:
        return await service.claim(session, await firm.actor(session, by), customer.id)


async def kinds(firm: Firm, customer: Customer) -> list[str]:
    async with firm.db.unit() as session:
        return [entry.kind for entry in await log_of(session, customer.id)]


async def signed(firm: Firm, approval_id: int, by: str | None = None, *, granted: bool = True) -> None:
    """Whoever is asked to sign says yes or no; or somebody tries on that seat."""
    async with firm.db.unit() as session:
        seats = select(ApprovalSeat).where(ApprovalSeat.approval_id == approval_id).order_by(ApprovalSeat.id.desc())
        seat = (await session.scalars(seats.limit(1))).one()
        relation = by or next(name for name, one in firm.people.items() if one.id == seat.holder_id)
        act = signing.approve if granted else signing.reject
        await act(session, await firm.actor(session, relation), Say(seat=seat.id, words="先跟进一次再说"))


@dataclass
class Days:
    """Time goes by: the clock strikes at each hour that matters, and what goes out arrives, if it `arrives`."""

    firm: Firm
    arrives: bool = True
    delivered: list[tuple[datetime, str, int]] = field(default_factory=list)  # when, what, to which chat

    async def begin(self, *relations: str) -> "Days":
        """These have phones, and nobody is on leave."""
        async with self.firm.db.engine.begin() as connection:
            await connection.execute(text("DELETE FROM stand_in"))
        await give_phone(self.firm, *relations)
        return self

    async def until(self, day: date | str, at: time = time(12)) -> None:
        """Go on to this local day and hour."""
        end = datetime.combine(date.fromisoformat(day) if isinstance(day, str) else day, at, SHANGHAI)
        while (moment := self._next()) <= end:
            await self.strike(moment)
        self.firm.clock.set(end)

    async def by(self, days: int) -> None:
        """Go on for so many days, to noon."""
        await self.until(self.today() + timedelta(days=days))

    def today(self) -> date:
        return self.firm.clock.now().astimezone(SHANGHAI).date()

    def _next(self) -> datetime:
        local = self.firm.clock.now().astimezone(SHANGHAI)
        hours = [datetime.combine(local.date() + timedelta(days=d), at, SHANGHAI) for d in (0, 1) for at in _HOURS]
        return next(one for one in hours if one > local)

    async def strike(self, moment: datetime | None = None) -> None:
        if moment is not None:
            self.firm.clock.set(moment)
        await Ticker(self.firm.db).tick()
        if self.arrives:
            await self.deliver()

    async def deliver(self) -> None:
        """All that may go out now arrives."""
        moment = self.firm.clock.now()
        async with self.firm.db.unit() as session:
            due = Outgoing.state == "pending", Outgoing.not_before <= moment
            rows = (await session.scalars(select(Outgoing).where(*due).order_by(Outgoing.id))).all()
            ids = [row.id for row in rows]
            sent = update(Outgoing).where(Outgoing.id.in_(ids)).values(state="sent", ended_at=moment)
            await session.execute(sent)
            for row in rows:
                if row.method == "send_message":
                    self.delivered.append((moment, row.payload["text"], row.chat_id))
                if row.card_id is not None:
                    await session.execute(update(Card).where(Card.id == row.card_id).values(message_id=row.id))

    def heard(self, words: str) -> list[datetime]:
        """When messages arrived that have these words."""
        return [at for at, text, _ in self.delivered if words in text]


_HOURS = (time(0, 1), time(2, 1), time(8, 31))


async def moves(firm: Firm, customer_ids: Sequence[int]) -> list[Ownership]:
    async with firm.db.unit() as session:
        statement = select(Ownership).where(Ownership.customer_id.in_(customer_ids)).order_by(Ownership.id)
        return list(await session.scalars(statement))
