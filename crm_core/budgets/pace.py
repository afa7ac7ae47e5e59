"""Pace (EX09): how much of the time has gone against how much of the money. Pure.

A company that spends freely at first has to save at the end (先松后紧): the pace tells while there is time to do
something about it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

TOO_EARLY: Final = Decimal("0.1")
"""Before this share of the time has gone, one large invoice says nothing of the year."""
_AHEAD: Final = Decimal("0.15")
_BEHIND: Final = Decimal("0.25")
_HALF: Final = Decimal("0.5")
_MOSTLY: Final = Decimal("0.8")
_CENT: Final = Decimal("0.01")


class Verdict(StrEnum):
    COMING = "coming"  # the period has not begun
    EARLY = "early"
    EVEN = "even"
    FAST = "fast"
    SLOW = "slow"
    SPENT = "spent"  # nothing is left
    OVER = "over"


class Level(StrEnum):
    """What people are warned of (EX12, RE08), the gravest last."""

    PACE = "pace"  # at this pace it is overrun before its end
    MOST = "80"
    ALL = "100"


@dataclass(frozen=True, slots=True)
class Pace:
    """Shares of 1. `projected` is what will have been spent at the end at this pace; none before one can tell."""

    time: Decimal
    money: Decimal
    projected: Decimal | None
    verdict: Verdict
    level: Level | None


def pace_of(amount: Decimal, spent: Decimal, since: date, until: date, today: date) -> Pace:
    """How it goes; `spent` is what is held and committed, days are counted whole, today with them."""
    days = (until - since).days + 1
    gone = min(max((today - since).days + 1, 0), days)
    time, money = Decimal(gone) / days, spent / amount
    projected = (spent / time).quantize(_CENT) if time >= TOO_EARLY else None
    return Pace(time, money, projected, _verdict(time, money), _level(money, projected, amount))


def _verdict(time: Decimal, money: Decimal) -> Verdict:
    if money >= 1:
        return Verdict.OVER if money > 1 else Verdict.SPENT
    if time == 0:
        return Verdict.COMING
    if time < TOO_EARLY:
        return Verdict.EARLY
    if money - time > _AHEAD:
        return Verdict.FAST
    return Verdict.SLOW if time >= _HALF and time - money > _BEHIND else Verdict.EVEN


def _level(money: Decimal, projected: Decimal | None, amount: Decimal) -> Level | None:
    if money >= 1:
        return Level.ALL
    if money >= _MOSTLY:
        return Level.MOST
    return Level.PACE if projected is not None and projected > amount else None


def tells_from(since: date, until: date) -> date:
    """The first day on which the pace says something."""
    days = (until - since).days + 1
    return since + timedelta(days=max(-(-days // 10) - 1, 0))
