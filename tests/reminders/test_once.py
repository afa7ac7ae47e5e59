"""Whatever the clock and people do: each thing comes at most once, never at night, never when it is settled.

Days of a small team are played with dice: clocks that stop, jump back, break off in the middle and run two at once,
over the weeks in which summer time begins and ends, people who move, visit, put off, switch kinds off, a playbook that
is published anew. What is the same matter, and whether it still stands, is asked of the customers themselves and not
of what the rules say. ROUNDS_REMINDER_STORIES says how many of
them are played.
"""

import asyncio
import contextlib
import os
import random
from collections import Counter
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm_core.contacts.commands import AddContact, AddDay
from crm_core.contacts.days import add_day
from crm_core.contacts.service import add_contact
from crm_core.customers.models import Customer
from crm_core.kit.calendars import at_local
from crm_core.kit.errors import DomainError
from crm_core.kit.words.yearly import Yearly, falling_on
from crm_core.occurrences import acts
from crm_core.occurrences.acts import Choice, Later
from crm_core.occurrences.models import Occurrence
from crm_core.occurrences.service import OPEN
from crm_core.org import attention
from crm_core.org.attention import is_quiet
from crm_core.org.models import Employee
from crm_core.org.workdays import set_day, work_table
from crm_core.outbox.models import Card, Outgoing, Priority
from crm_core.plans import service as plans
from crm_core.plans.models import PlanLine, WeekPlan
from crm_core.plans.service import AddLine
from crm_core.plans.weeks import ReviewWeek, review
from crm_core.playbook import service as playbook
from crm_core.tasks.service import GiveTask, give_task
from reminders.clock import Ticker
from reminders.customers import STALE
from tests.reminders.desk import SHANGHAI, give_phone, local
from tests.support.company import Firm

ZONES = ("Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo")
BEGINNINGS = ("2026-03-05", "2026-10-22", "2026-03-26", "2026-12-29")
"""Within a few days clocks change in New York; in Europe and back in New York; in Europe; the year ends."""
STORIES = int(os.environ.get("ROUNDS_REMINDER_STORIES") or len(BEGINNINGS))
NAMES = ("华宁电子", "瑞金医疗", "长安汽车", "夏商集团", "同仁堂")
WHO = ("owner", "peer", "manager")


class Story:
    """The days of 李娜, 陈晓东 and 王海燕, and what they got."""

    def __init__(self, firm: Firm, seed: int) -> None:
        self.firm, self.dice = firm, random.Random(seed)
        self.customers: list[Customer] = []
        self.asked: Counter[int] = Counter()
        self.zone = dict.fromkeys(WHO, "Asia/Shanghai")
        self.digests: set[tuple[str, date]] = set()
        self.own: Counter[int] = Counter()
        self.own_days: Counter[tuple[str, date]] = Counter()
        self.seen = 0
        self.known: set[int] = set()
        self.matters: set[tuple[object, ...]] = set()

    async def begin(self) -> None:
        today = self.firm.clock.now().astimezone(SHANGHAI).date()
        await give_phone(self.firm, *WHO)
        for number, name in enumerate(NAMES):
            by = WHO[number % 2]
            kind = self.dice.choice(("a", "new", "c"))
            customer = await self.firm.customer(name=name, by=by, type=kind)
            self.customers.append(customer)
            async with self.firm.db.unit() as session:
                actor = await self.firm.actor(session, by)
                contact = await add_contact(session, actor, AddContact(customer=customer.id, name=f"王{name[0]}"))
                born = self.dice.choice(falling_on(today + timedelta(days=self.dice.randint(1, 14))))
                day = Yearly(born.month, born.day, lunar=born.lunar)
                await add_day(session, actor, AddDay(contact_id=contact.id, day=day))

    async def step(self) -> None:
        people = (self.move, self.visit, self.put_off, self.off, self.rules)
        planning = (self.plan, self.plan, self.change, self.task, self.score)
        await self.dice.choice((self.on, self.on, self.on, self.on, self.on, self.back, *people, *planning))()
        await self.tick()

    async def on(self) -> None:
        if self.dice.random() < 0.4:  # to somebody's next morning
            here = self.firm.clock.now().astimezone(ZoneInfo(self.zone[self.dice.choice(WHO)]))
            day = here.date() + timedelta(days=here.time() >= time(9))
            self.firm.clock.set(at_local(day, time(9), ZoneInfo(str(here.tzinfo))))
            return
        self.firm.clock.advance(timedelta(minutes=self.dice.choice((7, 45, 180, 600, 1440, 4000))))

    async def back(self) -> None:
        self.firm.clock.advance(-timedelta(minutes=self.dice.choice((1, 30, 90))))

    async def move(self) -> None:
        who = self.dice.choice(WHO)
        self.zone[who] = self.dice.choice(ZONES)
        async with self.firm.db.unit() as session:
            await attention.choose_zone(session, await self.firm.actor(session, who), self.zone[who])

    async def visit(self) -> None:
        waiting = {row.subject_id for row in await self._occurrences() if row.state in OPEN and row.rule == STALE.key}
        left = [at for at, one in enumerate(self.customers) if one.id in waiting]
        number = self.dice.choice(left or range(len(self.customers)))
        soon = self.firm.clock.now().astimezone(SHANGHAI).date() + timedelta(days=self.dice.randint(1, 4))
        await self.firm.visit(self.customers[number], by=WHO[number % 2], next_on=soon)

    async def plan(self) -> None:
        """A visit in the next days, or next week's."""
        number = self.dice.randrange(len(self.customers))
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, WHO[number % 2])
            day = actor.today(self.firm.clock.now()) + timedelta(days=self.dice.randint(0, 8))
            with suppress(DomainError):
                await plans.add_line(session, actor, AddLine(day=day, customer=self.customers[number].id))

    async def change(self) -> None:
        """A line is done, dropped, or moved to another day."""
        async with self.firm.db.unit() as session:
            lines = (await session.scalars(select(PlanLine).where(PlanLine.state == "open"))).all()
            if not lines:
                return
            line = self.dice.choice(lines)
            who = next(one for one in WHO if self.firm.people[one].id == line.employee_id)
            actor, verb = await self.firm.actor(session, who), self.dice.randrange(3)
            with suppress(DomainError):
                if verb == 0:
                    await plans.finish_line(session, actor, line.id)
                elif verb == 1:
                    await plans.drop_line(session, actor, line.id)
                else:
                    later = actor.today(self.firm.clock.now()) + timedelta(days=self.dice.randint(0, 5))
                    await plans.move_line(session, actor, line.id, later)

    async def task(self) -> None:
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, "manager")
            due_on = actor.today(self.firm.clock.now()) + timedelta(days=self.dice.randint(0, 3))
            to = self.firm.people[self.dice.choice(WHO[:2])].id
            await give_task(session, actor, GiveTask(what="交月报", due_on=due_on, employee=to))

    async def score(self) -> None:
        async with self.firm.db.unit() as session:
            plan = await session.scalar(select(WeekPlan).where(WeekPlan.state == "submitted").limit(1))
            if plan is not None and plan.employee_id != self.firm.people["manager"].id:
                actor = await self.firm.actor(session, "manager")
                await review(session, actor, ReviewWeek(plan_id=plan.id, score=self.dice.randint(1, 5)))

    async def put_off(self) -> None:
        async with self.firm.db.unit() as session:
            row = await session.scalar(select(Occurrence).where(Occurrence.state.in_(OPEN), Occurrence.snoozes < 3))
            who = next((one for one in WHO if row and self.firm.people[one].id == row.recipient_id), None)
            if row is None or who is None:
                return
            was = row.snoozes
            row = await acts.snooze(session, await self.firm.actor(session, who), row.id, self.dice.choice(list(Later)))
            self.asked[row.id] += row.snoozes - was

    async def off(self) -> None:
        async with self.firm.db.unit() as session:
            if self.dice.random() < 0.5:
                how = self.dice.choice((None, "off"))
                actor = await self.firm.actor(session, self.dice.choice(WHO))
                await acts.choose(session, actor, Choice("customer.stale", how))
                return
            admin = await self.firm.actor(session, "admin")
            day = admin.today(self.firm.clock.now()) + timedelta(days=self.dice.randint(0, 9))
            await set_day(session, admin, day, works=self.dice.random() < 0.5)

    async def rules(self) -> None:
        days = self.dice.choice((3, 9, 14))
        text = playbook.default_text().replace("stale_after_days: 14", f"stale_after_days: {days}")
        prompt = f'{{day: {self.dice.randint(1, 7)}, at: "{self.dice.choice(("09:00", "16:00", "20:30"))}"}}'
        text = text.replace('{day: 5, at: "16:00"}', prompt)
        async with self.firm.db.unit() as session:
            await playbook.apply(session, self.firm.people["admin"].id, text)

    async def tick(self) -> None:
        before = {row.id: row for row in await self._occurrences()}
        if self.dice.random() < 0.3:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(Ticker(self.firm.db).tick(), self.dice.uniform(0, 0.2))
        await asyncio.gather(*(Ticker(self.firm.db).tick() for _ in range(self.dice.choice((1, 1, 2)))))
        await self._look(before)
        async with self.firm.db.unit() as session:
            table = await work_table(session)
            people = {one.telegram_id: one for one in await session.scalars(select(Employee))}
            sent = await session.execute(
                select(Outgoing, Card.subject)
                .outerjoin(Card, Card.id == Outgoing.card_id)
                .where(Outgoing.id > self.seen, Outgoing.method == "send_message", Outgoing.priority == Priority.PUSH)
                .order_by(Outgoing.id)
            )
            for row, subject in sent:
                self.seen = row.id
                who = next(one for one in WHO if self.firm.people[one].id == people[row.chat_id].id)
                self._came(who, row.not_before, subject or "", table)

    async def _look(self, before: dict[int, Occurrence]) -> None:
        """What was noted is another matter than all before; what was sent stands."""
        for row in await self._occurrences():
            fact = await self._fact(row)
            if row.id not in self.known:
                self.known.add(row.id)
                matter = (row.rule, row.subject_id, row.recipient_id, fact)
                assert matter not in self.matters, f"{matter} is noted twice"
                self.matters.add(matter)
            was = before.get(row.id)
            if row.card_id is not None and (was is None or was.card_id != row.card_id):
                assert was is None or was.state in OPEN, "nothing comes that is settled"
                told = row.occurrence_key.partition(":")[2] or row.occurrence_key
                if row.rule == "customer.stale":
                    assert datetime.fromisoformat(told) == fact, "somebody was there meanwhile"
                elif row.rule == "customer.step":
                    assert told == str(fact), "another day was said meanwhile"

    async def _fact(self, row: Occurrence) -> object:
        """What it is about: when the customer was last looked after, the day that was promised; of a birthday there is
        one in the weeks of a story.
        """
        if row.subject_type == "contact_day":
            return None
        if row.rule not in ("customer.stale", "customer.step"):
            return row.occurrence_key
        async with self.firm.db.unit() as session:
            customer = await session.get_one(Customer, row.subject_id)
            return customer.maintained_at if row.rule == "customer.stale" else customer.next_step_on

    def _came(self, who: str, at: datetime, subject: str, table) -> None:
        zone = ZoneInfo(self.zone[who])
        assert not is_quiet(at, zone, table), f"{who} is written to at {at.astimezone(zone)}"
        day = at.astimezone(zone).date()
        what, _, number = subject.partition(":")
        if what == "digest":
            assert (who, day) not in self.digests, "one digest a day"
            self.digests.add((who, day))
        elif what == "due":
            self.own[int(number)] += 1
            assert self.own[int(number)] <= 1 + self.asked[int(number)], "once, and again only when it was put off"
            if not self.asked[int(number)]:
                self.own_days[who, day] += 1
                assert self.own_days[who, day] <= 2

    async def _occurrences(self) -> list[Occurrence]:
        async with self.firm.db.unit() as session:
            return list(await session.scalars(select(Occurrence)))


@pytest.mark.parametrize("seed", range(STORIES))
async def test_each_thing_comes_at_most_once_never_at_night_never_when_it_is_settled(firm: Firm, seed: int):
    firm.clock.set(local(BEGINNINGS[seed % len(BEGINNINGS)], "10:00"))
    story = Story(firm, seed)
    await story.begin()
    for _ in range(30):
        await story.step()
    assert story.digests or story.own, "something came at all"
