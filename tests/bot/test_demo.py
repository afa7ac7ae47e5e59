"""The demo: its company holds together on any day, it goes on where it was left, and it ends without a trace."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.demo import guide, run, story
from bot.demo.archives import COUNT, Archive, archives
from bot.demo.company import ENGLISH_REP, OPEN_PHONES, PEOPLE, REP, ZONE
from bot.demo.fill import fill
from bot.demo.run import playing
from bot.demo.stage import BOT_ID, TOKEN
from bot.errors import OperatorError
from crm_core.audit.models import AuditEntry
from crm_core.customers.models import Customer, StaleTimer
from crm_core.customers.service import DICTIONARIES, derive
from crm_core.customers.staleness import stale_from
from crm_core.kit.calendars import is_working_day
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database, now
from crm_core.kit.embedded import Embedded
from crm_core.kit.phones import read_phone
from crm_core.occurrences.models import Occurrence
from crm_core.org import service as org
from crm_core.org.models import Employee, Role
from crm_core.playbook.service import default
from crm_core.usage.service import usage
from crm_core.visits.models import Visit
from sandbox.server import Sandbox

SHANGHAI = ZoneInfo(ZONE)
MOMENTS = [
    datetime(2026, 3, 11, 10, 0, tzinfo=SHANGHAI),
    datetime(2026, 10, 5, 23, 59, tzinfo=SHANGHAI),  # in the National Day week
    datetime(2026, 11, 22, 7, 35, tzinfo=SHANGHAI),  # a Sunday
    datetime(2027, 2, 1, 0, 5, tzinfo=SHANGHAI),
    datetime(2028, 2, 29, 17, 0, tzinfo=SHANGHAI),  # no notice of holidays reaches so far
]


def told(now: datetime) -> tuple[list[Archive], list[story.Told]]:
    customers = archives(now.date())
    return customers, story.visits(customers, now)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_the_story_is_the_same_whenever_it_is_told(now: datetime) -> None:
    customers, visits = told(now)
    assert (customers, visits) == told(now)
    assert {one.name for one in customers} == {one.name for one in archives(MOMENTS[0].date())}
    assert len({one.name for one in customers}) == len(customers) == COUNT
    assert 2700 <= len(visits) <= 3700
    assert len({one.summary for one in visits}) > len(visits) / 2


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_visits_are_made_in_working_hours_after_the_customer_came_and_before_now(now: datetime) -> None:
    customers, visits = told(now)
    days = defaultdict(set)
    for visit in visits:
        local = visit.happened_at.astimezone(SHANGHAI)
        assert is_working_day(local.date())
        assert 9 <= local.hour <= 17
        assert story.created_at(customers[visit.customer]) < visit.happened_at <= visit.created_at <= now
        assert visit.next_on is None or visit.next_on > local.date()
        assert visit.owner is customers[visit.customer].owner
        days[visit.owner.key].add(local.date())
    assert all(len(days[one.key]) > 90 for one in PEOPLE if one.is_rep)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_most_reps_find_five_customers_in_their_next_digest(now: datetime) -> None:
    customers, visits = told(now)
    latest = {one.customer: one.happened_at for one in visits}
    waiting = Counter[str]()
    for at, customer in enumerate(customers):
        since = latest.get(at, story.created_at(customer)).astimezone(SHANGHAI).date()
        patience = timedelta(days=default().customer_type(customer.type).stale_after_days)
        if since + patience <= now.date() + timedelta(days=1):
            waiting[customer.owner.key] += 1
    assert sum(waiting[one.key] >= 5 for one in PEOPLE if one.is_rep) >= 8
    assert waiting[REP.key] >= 5
    assert waiting[ENGLISH_REP.key] >= 5


def test_archives_are_such_as_the_core_would_take() -> None:
    for one in archives(MOMENTS[0].date()):
        assert read_phone(one.phone) == one.phone
        for field, dictionary in DICTIONARIES.items():
            if field in ("stage", "status"):  # what the visits make of it
                continue
            assert getattr(one, field) in {entry.key for entry in default().entries(dictionary)}
        assert len(one.name) <= 80
        assert 22 < one.latitude < 33
        assert 103 < one.longitude < 123


def test_the_hints_name_customers_of_those_whose_phones_lie_open() -> None:
    owners = {one.owner.key for one in archives(MOMENTS[0].date()) if "华宁" in one.name}
    assert owners == {REP.key}
    for name in ("Nordhaus", "Cloverl"):
        owners = {one.owner.key for one in archives(MOMENTS[0].date()) if name in one.name}
        assert owners == {ENGLISH_REP.key}, name
        assert name.lower() in guide.text("http://127.0.0.1:8090", MOMENTS[0], Path("data/demo"), 0).lower()


def test_the_guide_says_how_often_to_press_until_a_morning_is_worked() -> None:
    friday_noon = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
    assert guide.presses_until_digest(friday_noon) == 3
    assert guide.presses_until_digest(friday_noon.replace(hour=8)) == 1
    text = guide.text("http://127.0.0.1:8090", friday_noon, Path("data/demo"), 9)
    assert "http://127.0.0.1:8090/?phones=1004,1003&lang=zh" in text
    assert "按 3 次" in text
    assert "9 天" in text
    assert all(person.name in text for person in PEOPLE)


async def test_the_columns_are_what_the_services_would_have_derived(db: Database) -> None:
    async with db.unit() as session:
        await fill(session, BOT_ID)
    async with db.unit() as session:
        customers = (await session.scalars(select(Customer))).all()
        visits = (await session.scalars(select(Visit).order_by(Visit.happened_at, Visit.id))).all()
        here = {one.id: one for one in await session.scalars(select(Employee).where(Employee.left_at.is_(None)))}
        latest = {one.customer_id: one for one in visits}
        told = set(await session.scalars(select(Occurrence.subject_id).where(Occurrence.rule == "customer.stale")))
        assert 5 < len(told) < COUNT / 4
        timers = {one.customer_id: one.due_at for one in await session.scalars(select(StaleTimer))}
        assert len(customers) == len(timers) == COUNT
        for one in customers:
            last = latest.get(one.id)
            assert one.owner_id in here
            assert one.created_at > here[one.owner_id].created_at
            assert one.last_followup_at == (last.happened_at if last else None)
            assert one.next_step_on == (last.next_on if last else None)
            assert one.maintained_at == (last.happened_at if last else one.created_at)
            due = stale_from(default(), one.type, one.maintained_at, SHANGHAI)
            assert timers[one.id] == due or (timers[one.id] is None and one.id in told and due < now(session))
            stored = (one.keys, one.sort_key, one.normal_name)
            derive(one)
            assert (one.keys, one.sort_key, one.normal_name) == stored


async def test_the_company_is_a_tree_of_people_with_phones(db: Database, clock: FixedClock) -> None:
    async with db.unit() as session:
        await fill(session, BOT_ID)
    async with db.unit() as session:
        people = {one.id: one for one in await session.scalars(select(Employee))}
        assert {one.name for one in people.values()} == {one.name for one in PEOPLE}
        assert {role for one in people.values() for role in one.roles} == {role.value for role in Role}
        rep = next(one for one in people.values() if one.telegram_id == REP.telegram_id)
        above = [people[number].roles[0] for number in rep.chain]
        assert above == ["executive", "manager", "manager", "rep"]
        assert {one.language for one in people.values()} == {None, "en"}
        assert all(one.digest_due_at and one.digest_due_at > clock.now() for one in people.values())
        audited = select(AuditEntry.subject_type).distinct()
        assert set(await session.scalars(audited)) == {"company", "unit", "employee", "invite"}
        await org.cut_off(session, None, rep.id)
        assert (await usage(session, None)).seats == len(PEOPLE), "who came in by an invite keeps the seat"


@pytest.fixture
def url(postgres: Embedded) -> str:
    """A database that the demo has to make whole by itself."""
    name = f"rounds_demo_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgres.drop(name)
    return postgres.url(name)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - it watches from outside
            await asyncio.sleep(0.05)


def sees(sandbox: Sandbox, words: str, times: int = 1) -> Callable[[], Awaitable[bool]]:
    """Whether the rep has so many messages with these words."""

    async def looked() -> bool:
        seen = [one.get("text", "") for one in sandbox.messages(TOKEN, REP.telegram_id)]
        return sum(words in one for one in seen) >= times

    return looked


async def test_a_second_start_goes_on_where_the_first_was_left(url: str, db: Database) -> None:
    morning = datetime(2026, 3, 12, 8, 30, tzinfo=SHANGHAI)
    async with playing(url, at=morning - timedelta(hours=16)) as first:
        first.sandbox.clock.set(morning.timestamp())
        await until(sees(first.sandbox, "早上好"))
        last = max(one["message_id"] for one in first.sandbox.messages(TOKEN, REP.telegram_id))
        assert first.idle_days == 0

    async with playing(url, at=morning - timedelta(hours=16)) as second:
        now = datetime.fromtimestamp(second.sandbox.clock.now(), SHANGHAI)
        assert now >= morning, "time ran backwards"
        seen = second.sandbox.messages(TOKEN, REP.telegram_id)
        assert all(one["message_id"] > last for one in seen), "a message number was given twice"
        assert [user["id"] for user in (one.card for one in second.sandbox.world.users.values())] == [
            one.telegram_id for one in PEOPLE
        ]
        assert not await sees(second.sandbox, "早上好")(), "the digest came twice"

    async with playing(url, at=morning + timedelta(days=9)) as third:
        assert third.idle_days == 8


async def test_a_morning_that_is_lived_again_brings_its_digest_again(url: str) -> None:
    morning = datetime(2026, 3, 12, 8, 30, tzinfo=SHANGHAI)
    async with playing(url, at=morning - timedelta(hours=16)) as demo:
        for times in (1, 2):
            demo.sandbox.clock.set(morning.timestamp())
            await until(sees(demo.sandbox, "早上好", times))
            demo.sandbox.clock.set((morning - timedelta(hours=16)).timestamp())
            await asyncio.sleep(0.5)


async def test_everybody_may_be_written_to_although_only_four_have_pressed_start(url: str) -> None:
    async with playing(url, at=MOMENTS[0]) as demo:
        bot = demo.sandbox.world.bot(TOKEN)
        assert all(bot.chats[one.telegram_id].started for one in PEOPLE)
        assert {one.telegram_id for one in PEOPLE if bot.chats[one.telegram_id].messages} == {
            one.telegram_id for one in OPEN_PHONES
        }
        assert "note" not in bot.chats[REP.telegram_id].body


async def test_two_demos_do_not_share_their_data(url: str) -> None:
    async with run._alone(url, Path("data/demo")):
        with pytest.raises(OperatorError, match="already runs"):
            async with run._alone(url, Path("data/demo")):
                pass


async def test_a_port_that_is_taken_is_said_in_words(url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError, match=f"--port {port + 1}"):
            async with playing(url, port):
                pass


@pytest.fixture
def folder() -> Iterator[Path]:
    """Right under the temp directory, which the user that PostgreSQL runs as may enter."""
    path = Path(tempfile.mkdtemp(prefix="rounds-demo-"))
    yield path
    shutil.rmtree(path)


@pytest.mark.timeout(240)
def test_ctrl_c_ends_the_demo_and_leaves_nothing_running(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bot.cli", "demo", "--port", str(port), "--data", str(folder / "demo")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
        try:
            assert demo.stdout
            printed = next(line for line in demo.stdout if "phones=" in line)
            assert f"http://127.0.0.1:{port}/?phones=" in printed
            assert (folder / "demo" / "postgres" / "postmaster.pid").exists()
            began = time.monotonic()
            os.killpg(demo.pid, signal.SIGINT)
            rest, _ = demo.communicate(timeout=60)
            assert demo.returncode == 0, rest
            assert time.monotonic() - began < 10
        finally:
            if demo.poll() is None:
                demo.kill()
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)
    assert not (folder / "demo" / "postgres" / "postmaster.pid").exists()


def test_ctrl_c_while_it_starts_ends_it_too(folder: Path) -> None:
    command = [sys.executable, "-m", "bot.cli", "demo", "--port", "1", "--data", str(folder / "demo")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
        assert demo.stdout
        assert "Starting" in demo.stdout.readline()
        os.killpg(demo.pid, signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
        assert demo.returncode == 0, rest
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)
