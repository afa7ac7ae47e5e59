"""Whatever is asked, signed, allowed, changed and closed in whatever order: the ledger is the sum of what is live, and
nothing goes over a limit without a name (invariant 12)."""

import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from crm_core.budgets import spending
from crm_core.budgets.pace import Level, Verdict, pace_of
from crm_core.budgets.spending import Outlay
from crm_core.kit.errors import DomainError
from tests.crm_core.approvals.desk import users
from tests.crm_core.budgets.purse import Purse

STORIES = int(os.environ.get("ROUNDS_STORIES") or 30)

which = st.integers(0, 20)
money = st.sampled_from(["0.01", "150", "400", "999.99", "1000", "1500"])
whom = st.sampled_from(["manager", "finance", "executive", "operations", "owner"])
deeds = st.one_of(
    st.tuples(st.just("ask"), money, st.booleans()),
    st.tuples(st.just("ask"), money, st.booleans()),
    st.tuples(st.just("claim"), which, st.lists(money, min_size=1, max_size=3), st.booleans()),
    st.tuples(st.just("approve"), which, whom),
    st.tuples(st.just("approve"), which, whom),
    st.tuples(st.just("reject"), which, whom),
    st.tuples(st.just("send_back"), which, whom),
    st.tuples(st.just("resubmit"), which, money, st.booleans()),
    st.tuples(st.just("withdraw"), which),
    st.tuples(st.just("revoke"), which),
    st.tuples(st.just("allow"), which, whom),
    st.tuples(st.just("change"), money, whom),
    st.tuples(st.just("close"), st.booleans()),
)


@dataclass
class Story:
    purse: Purse
    budgets: list[int]
    lines: dict[int, list[Outlay]]
    asked: list[int] = field(default_factory=list[int])
    over: dict[int, bool] = field(default_factory=dict[int, bool])

    async def act(self, deed: tuple[Any, ...]) -> None:
        try:
            await getattr(self, f"_{deed[0]}")(*deed[1:])
        except (DomainError, AssertionError) as error:
            if isinstance(error, AssertionError) and "has no seat" not in str(error):
                raise
            event(f"{deed[0]}: {getattr(error, 'code', 'no seat')}")
        else:
            event(deed[0])
        await self.purse.check_ledger()

    def _one(self, at: int) -> int:
        return self.asked[at % len(self.asked)] if self.asked else 0

    async def _ask(self, amount: str, knows: bool) -> None:
        self.asked.append(await self.purse.ask(amount, knows=knows))

    async def _claim(self, at: int, amounts: list[str], knows: bool) -> None:
        number, day = len(self.lines) + 1, date(2026, 3, 10)
        replaces = self._one(at) or None
        contents = ("marketing", "travel", "service")
        self.lines[number] = [
            Outlay(content=contents[place], amount=Decimal(one), day=day, replaces=replaces)
            for place, one in enumerate(amounts)
        ]
        form = {"what": "报销"} | ({"over_budget": True} if knows else {})
        self.asked.append(await self.purse.apply(subject=("claim", number), form=form))

    async def _approve(self, at: int, by: str) -> None:
        await self.purse.approve(self._one(at), by)

    async def _reject(self, at: int, by: str) -> None:
        await self.purse.reject(self._one(at), by)

    async def _send_back(self, at: int, by: str) -> None:
        await self.purse.does("send_back", self._one(at), by)

    async def _resubmit(self, at: int, amount: str, knows: bool) -> None:
        form = {"what": "展会", "amount": amount} | ({"over_budget": True} if knows else {})
        await self.purse.own("resubmit", self._one(at), "owner", form)

    async def _withdraw(self, at: int) -> None:
        await self.purse.own("withdraw", self._one(at))

    async def _revoke(self, at: int) -> None:
        await self.purse.own("ask_revoke", self._one(at), "owner", "取消")

    async def _allow(self, at: int, by: str) -> None:
        await self.purse.allow(self._one(at), by)

    async def _change(self, amount: str, by: str) -> None:
        await self.purse.change(self.budgets[0], "amount", Decimal(amount), by)

    async def _close(self, closed: bool) -> None:
        await self.purse.close(self.budgets[0], closed=closed)


@given(st.lists(deeds, min_size=4, max_size=16), st.sampled_from([("王海燕",), ("王海燕", "赵敏")]))
@settings(
    max_examples=STORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_whatever_is_done_the_ledger_stands(purse: Purse, story: list[tuple[Any, ...]], signers: tuple[str, ...]):
    await purse.anew()
    await purse.flows(
        *({"approvers": users(one)} for one in signers), policy={"revoke": {"days": 7, "consent": "nobody"}}
    )
    budgets = [await purse.budget(1000), await purse.budget(500, content="travel")]
    lines: dict[int, list[Outlay]] = {}

    async def lines_of(_session: object, number: int) -> list[Outlay]:
        return lines[number]

    spending._LINES["claim"] = lines_of
    try:
        played = Story(purse, budgets, lines)
        for deed in story:
            await played.act(deed)
    finally:
        del spending._LINES["claim"]


amounts = st.decimals("0.01", "9999999", places=2)
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@given(amounts, st.decimals("0", "9999999", places=2), days, st.integers(0, 1000), days)
def test_the_pace_is_always_told(amount: Decimal, spent: Decimal, since: date, length: int, today: date):
    pace = pace_of(amount, spent, since, since + timedelta(days=length), today)
    assert 0 <= pace.time <= 1
    assert (pace.verdict is Verdict.OVER) == (spent > amount)
    assert (pace.level is Level.ALL) == (spent >= amount)
    if pace.projected is not None:
        assert pace.projected >= spent.quantize(Decimal("0.01"))
