"""Round the clock: two nights and a day, every two hours, with restarts and hours of silence between (RE11)."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from sandbox.server import Sandbox, run_sandbox
from tests.crm_core.plans.work import everybody_has_planned
from tests.handlers.scene import customer_of
from tests.handlers.test_reminders import pushes
from tests.support.chat import TOKEN, USERNAME, House, Person, open_house

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGINS = datetime(2026, 3, 24, 18, 0, tzinfo=SHANGHAI)
HOURS = range(0, 42, 2)
RESTARTS = {4, 12, 14, 26}
"""After these hours it is started again: at ten, at six and at eight in the morning, at eight in the evening."""


async def _in(house: House, rep: Person | None) -> Person:
    """The same person with the same phone, whatever program runs."""
    if rep is None:
        rep = await house.hire("李娜")
        await rep.say("/start")
        await everybody_has_planned(house.db)
        await customer_of(rep)  # on the 11th: its reminder falls due on the 25th
    rep.house = house
    house.people[rep.name] = rep
    return rep


async def _shift(
    db: Database, clock: FixedClock, phones: Sandbox, files: Path, hours: list[int], rep: Person | None
) -> tuple[Person, dict[int, int], int]:
    """One life of the program: the person, digests by the hour of the day, and how many lines were answered."""
    digests: dict[int, int] = {}
    answered = 0
    async with open_house(db, clock, sandbox=phones, files=files) as house:
        said = len(rep.answers()) if rep else -1
        rep = await _in(house, rep)
        await house.settle()
        assert len(rep.answers()) > said, "what was said in the silence is answered"
        for hour in hours:
            clock.set(BEGINS + timedelta(hours=hour))
            before = len(pushes(rep))
            await house.tick()
            if came := len(pushes(rep)) - before:
                digests[hour] = came
            answered += "华宁" in await rep.say("华宁电子")
    return rep, digests, answered


@pytest.mark.feature("RE11")
@pytest.mark.timeout(600)
async def test_it_answers_at_every_hour_and_reminds_in_the_morning_whatever_was_restarted(
    db: Database, clock: FixedClock, tmp_path: Path
):
    rep: Person | None = None
    digests: dict[int, int] = {}
    answered = 0
    shift: list[int] = []
    async with run_sandbox(tokens=[TOKEN]) as phones:
        phones.add_bot(TOKEN, username=USERNAME, first_name="华宁随访")
        for hour in HOURS:
            shift.append(hour)
            if hour not in RESTARTS and hour != HOURS[-1]:
                continue
            if rep is not None:  # nobody is there to hear it
                clock.set(BEGINS + timedelta(hours=shift[0]))
                phones.say(TOKEN, rep.user_id, "华宁电子")
            rep, came, heard = await _shift(db, clock, phones, tmp_path, shift, rep)
            digests |= came
            answered += heard
            shift = []
    assert answered == len(HOURS), "four in the morning is an hour like any other"
    at = [(BEGINS + timedelta(hours=hour)).astimezone(SHANGHAI) for hour in digests]
    assert {one.date().day for one in at} == {25, 26}, "the reminder came on the morning it fell due, and the next"
    assert all(8 <= one.hour <= 10 for one in at), "and nobody was woken"
    assert set(digests.values()) == {1}, "once a morning, however often the program began anew"
