"""The worker: chats in order and side by side, each update once, whoever works and whatever breaks."""

import asyncio
import random
import re
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select, text

from bot import worker as worker_module
from bot.database import is_away
from bot.worker import Worker
from crm_core.audit.models import AuditEntry
from crm_core.drafts.models import Draft
from crm_core.inbox import deadletters
from crm_core.inbox.lanes import MOST_ATTEMPTS
from crm_core.inbox.models import Chat, Update
from crm_core.inbox.service import Incoming, store
from crm_core.kit.clock import FixedClock, SystemClock
from crm_core.kit.db import Database
from crm_core.kit.errors import Conflict
from crm_core.kit.signals import INBOX, Signals
from crm_core.outbox.models import Outgoing
from crm_core.visits.models import Visit
from handlers import routing
from handlers.turn import Turn
from screens.screen import N_
from screens.system import notice
from tests.support.chat import TOKEN as HOUSE_TOKEN
from tests.support.chat import House, Person
from tests.support.crowd import Crew, Member, Program, Talk, at_rest, running, until
from tests.support.texts import ROOT

BOT = 700001
TOKEN = f"{BOT}:AA-rounds-test-token-for-the-workers"
CHATS = 10
BURST = 50

Handler = Callable[[Turn], Awaitable[None]]
Probe = Callable[[Handler], None]


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    """Makes `/probe` do what the test wants."""
    routing.load()

    def put(handler: Handler) -> None:
        command = routing.Command("probe", handler, N_("Begin"), None, 50)
        monkeypatch.setitem(routing.commands(), "probe", command)  # pyright: ignore[reportArgumentType]

    return put


@pytest.fixture
async def crew(db: Database) -> Crew:
    return await Crew.found(db, BOT)


@pytest.fixture
def talk() -> Talk:
    return Talk(BOT)


@asynccontextmanager
async def copies(db: Database, count: int, *, at_once: int = 8) -> AsyncIterator[list[Worker]]:
    """Workers that share nothing but the database: each has an engine and ears of its own."""
    async with AsyncExitStack() as stack:
        stop = asyncio.Event()
        workers: list[Worker] = []
        tasks: list[asyncio.Task[None]] = []
        listening: list[asyncio.Task[None]] = []
        for _ in range(count):
            own = Database(db.url, db.clock)
            stack.push_async_callback(own.dispose)
            signals = Signals(own.url)
            workers.append(Worker(own, signals, at_once=at_once))
            listening.append(asyncio.create_task(signals.run()))
            tasks.append(asyncio.create_task(workers[-1].run(stop)))
        try:
            yield workers
        finally:
            stop.set()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            for ears in listening:
                ears.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            assert [one for one in ended if one] == []


async def _answers(db: Database) -> dict[int, list[str]]:
    """What was answered in each chat, in the order of the outbox."""
    said: dict[int, list[str]] = defaultdict(list)
    async with db.unit() as session:
        statement = select(Outgoing.chat_id, Outgoing.payload).where(Outgoing.method == "send_message")
        for chat_id, payload in await session.execute(statement.order_by(Outgoing.id)):
            said[chat_id].append(payload["text"])
    return said


async def _unwell(db: Database) -> list[Any]:
    """Updates that are not simply done."""
    async with db.unit() as session:
        statement = select(Update.id, Update.state, Update.attempts, Update.error)
        rows = await session.execute(statement.where((Update.state != "done") | (Update.attempts > 0)))
        return [tuple(row) for row in rows]


# --- two copies


async def _ten_reps(crew: Crew) -> list[Member]:
    return [await crew.hire(f"代表{n}") for n in range(CHATS)]


async def _feed_bursts(db: Database, talk: Talk, people: list[Member]) -> dict[int, list[str]]:
    """Fifty lines of each person, all mixed, in batches as an intake gets them. What each of them said, in order."""
    rng = random.Random(7)
    turns = [person for person in people for _ in range(BURST)]
    rng.shuffle(turns)
    said: dict[int, list[str]] = defaultdict(list)
    batch: list[Incoming] = []
    for person in turns:
        words = f"查无此人{person.user_id}x{len(said[person.user_id]):02}"
        said[person.user_id].append(words)
        batch.append(talk.say(person.user_id, words))
        if len(batch) == rng.choice((1, 20, 50, 100)) or len(batch) == 100:
            await talk.send(db, batch)
            batch = []
    if batch:
        await talk.send(db, batch)
    return said


async def _each_was_answered_once_and_in_order(db: Database, said: dict[int, list[str]]) -> None:
    assert await _unwell(db) == []
    answers = await _answers(db)
    for user_id, lines in said.items():
        heard = [found[0] for answer in answers[user_id] if (found := re.search(rf"查无此人{user_id}x\d\d", answer))]
        assert heard == lines


async def test_two_workers_on_one_database_keep_each_chats_order_and_do_nothing_twice(
    db: Database, crew: Crew, talk: Talk
) -> None:
    people = await _ten_reps(crew)
    async with copies(db, 2):
        said = await _feed_bursts(db, talk, people)
        await at_rest(db)
    await _each_was_answered_once_and_in_order(db, said)


@pytest.mark.timeout(240)
async def test_two_worker_processes_keep_each_chats_order_and_do_nothing_twice(
    db: Database, crew: Crew, talk: Talk, tmp_path: Path
) -> None:
    db.clock = SystemClock()
    people = await _ten_reps(crew)
    settings = {"ROUNDS_BOT_TOKENS": TOKEN, "DATABASE_URL": db.url, "ROUNDS_API_URL": "http://127.0.0.1:9"}
    programs = [Program(settings, tmp_path / name, ["worker"]) for name in ("one", "two")]
    async with running(*programs):
        await until(_started(programs), "both workers started")
        said = await _feed_bursts(db, talk, people)
        await _log_visits_in_one_breath(db, crew, talk, people)
        await at_rest(db, 150)
        codes = [await program.end(signal.SIGTERM) for program in programs]
    assert codes == [0, 0]
    await _each_was_answered_once_and_in_order(db, said)
    await _save_all_twice(db, talk, people, tmp_path, settings)


def _started(programs: list[Program]) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        assert all(program.alive() for program in programs), [program.log.read_text() for program in programs]
        return all(program.said("rounds.started") for program in programs)

    return condition


# --- forms, typed fast


async def _log_visits_in_one_breath(db: Database, crew: Crew, talk: Talk, people: list[Member]) -> None:
    """Everybody types form after form without waiting for any answer; the last one is left ready to be saved."""
    for at, person in enumerate(people):
        await crew.give(person, f"第{at}号甲方器材有限公司", f"第{at}号乙方餐饮有限公司")
    rounds: list[list[str]] = [[] for _ in people]
    for at, lines in enumerate(rounds):
        for turn in range(6):
            customer = f"第{at}号{'甲方器材' if turn % 2 else '乙方餐饮'}"
            lines += [f"/visit {customer}", f"草稿{at}-{turn}", "/cancel"]
        lines += [f"/visit 第{at}号甲方器材", f"定稿{at}"]
    batch = [
        talk.say(person.user_id, line)
        for lines in zip(*rounds, strict=True)
        for person, line in zip(people, lines, strict=True)
    ]
    for start in range(0, len(batch), 37):
        await talk.send(db, batch[start : start + 37])


async def _save_buttons(db: Database, people: list[Member]) -> dict[int, str]:
    """The data of each person's newest Save."""
    found: dict[int, str] = {}
    async with db.unit() as session:
        rows = await session.execute(select(Outgoing.chat_id, Outgoing.payload).order_by(Outgoing.id))
        for chat_id, payload in rows:
            for row in payload.get("reply_markup", {}).get("inline_keyboard", ()):
                for button in row:
                    if button.get("callback_data", "").endswith(":save"):
                        found[chat_id] = button["callback_data"]
    return {person.user_id: found[person.user_id] for person in people}


async def _drafts(db: Database) -> dict[int, dict[str, Any]]:
    async with db.unit() as session:
        rows = await session.execute(select(Draft.employee_id, Draft.answers))
        answers = [tuple(row) for row in rows]
    assert len(answers) == len(dict(answers)), "a cancelled form is still there"
    return dict(answers)


async def _the_forms_hold_what_was_typed_last(db: Database, people: list[Member]) -> None:
    drafts = await _drafts(db)
    for at, person in enumerate(people):
        answers = drafts[person.id]
        assert (answers["customer"]["label"], answers["summary"]) == (f"第{at}号甲方器材有限公司", f"定稿{at}")
    answers = [line for lines in (await _answers(db)).values() for line in lines]
    lost = [line for line in answers if "没找到" in line and ("草稿" in line or "定稿" in line)]
    assert lost == [], "a line went past its form"


async def _each_visit_is_there_once(db: Database, people: list[Member]) -> None:
    async with db.unit() as session:
        visits = [tuple(row) for row in await session.execute(select(Visit.employee_id, Visit.summary))]
        made = select(func.count()).where(AuditEntry.subject_type == "visit", AuditEntry.verb == "create")
        created = await session.scalar(made)
    assert sorted(visits) == sorted((person.id, f"定稿{at}") for at, person in enumerate(people))
    assert created == len(people)


async def test_forms_filled_by_fast_typing_hold_what_was_typed_and_three_taps_on_save_save_once(
    db: Database, crew: Crew, talk: Talk
) -> None:
    people = await _ten_reps(crew)
    async with copies(db, 2):
        await _log_visits_in_one_breath(db, crew, talk, people)
        await at_rest(db)
        await _the_forms_hold_what_was_typed_last(db, people)
        saves = await _save_buttons(db, people)
        taps = [talk.tap(user_id, 4_000_000, data) for user_id, data in saves.items() for _ in range(3)]
        await talk.send(db, taps)
        await at_rest(db)
    assert await _unwell(db) == []
    await _each_visit_is_there_once(db, people)


async def _save_all_twice(
    db: Database, talk: Talk, people: list[Member], folder: Path, settings: dict[str, str]
) -> None:
    """The same over two processes, which begin with the taps already waiting."""
    await _the_forms_hold_what_was_typed_last(db, people)
    saves = await _save_buttons(db, people)
    taps = [talk.tap(user_id, 4_000_000, data) for user_id, data in saves.items() for _ in range(2)]
    await talk.send(db, taps)
    async with running(*(Program(settings, folder / name, ["worker"]) for name in ("three", "four"))):
        await at_rest(db)
    assert await _unwell(db) == []
    await _each_visit_is_there_once(db, people)


# --- one at a time in a chat


async def test_nobody_is_ever_two_times_in_one_chat_even_when_lower_numbers_commit_late(
    db: Database, crew: Crew, talk: Talk, probe: Probe
) -> None:
    """Four intakes whose commits come in any order; in the handler an advisory lock shows whether it is alone."""
    people = [await crew.hire(f"代表{n}") for n in range(4)]
    rng = random.Random(11)
    done: Counter[tuple[int, str]] = Counter()
    overlaps: list[int] = []

    async def alone(turn: Turn) -> None:
        lock = select(func.pg_try_advisory_xact_lock(turn.reader.chat_id))
        if not await turn.session.scalar(lock):
            overlaps.append(turn.reader.chat_id)
        await asyncio.sleep(rng.random() / 100)
        done[turn.reader.chat_id, turn.text] += 1
        await turn.show(notice(N_("All right.")))

    probe(alone)
    lines = {(person.user_id, str(n)) for person in people for n in range(40)}
    async with db.unit() as session:  # the lanes are there, or the intakes would wait for each other's new ones
        session.add_all(Chat(bot_id=BOT, chat_id=person.user_id) for person in people)

    async def intake(mine: list[tuple[int, str]]) -> None:
        for user_id, words in mine:
            async with db.unit() as session:
                await store(session, BOT, [talk.say(user_id, f"/probe {words}")])
                await asyncio.sleep(rng.random() / 50)

    shares = sorted(lines)
    rng.shuffle(shares)
    async with copies(db, 2, at_once=4):
        await asyncio.gather(*(intake(shares[share::4]) for share in range(4)))
        await at_rest(db)
    assert overlaps == []
    assert done == Counter(lines)
    assert await _unwell(db) == []


async def test_chats_are_worked_on_side_by_side_as_many_as_the_worker_has_loops(
    db: Database, crew: Crew, talk: Talk, probe: Probe
) -> None:
    people = [await crew.hire(f"代表{n}") for n in range(8)]
    all_in = asyncio.Barrier(8)

    async def meet(turn: Turn) -> None:
        await all_in.wait()

    probe(meet)
    async with copies(db, 1, at_once=8):
        await talk.send(db, [talk.say(person.user_id, "/probe") for person in people])
        await at_rest(db, 25)
    assert await _unwell(db) == []


async def test_a_slow_chat_keeps_only_itself_waiting(db: Database, crew: Crew, talk: Talk, probe: Probe) -> None:
    slow, quick = await crew.hire("慢"), await crew.hire("快")
    released = asyncio.Event()

    async def wait(turn: Turn) -> None:
        if turn.actor.id == slow.id:
            await released.wait()
        await turn.show(notice(N_("All right.")))

    probe(wait)
    async with copies(db, 1, at_once=2):
        await talk.send(db, [talk.say(slow.user_id, "/probe"), *(talk.say(slow.user_id, f"慢{n}") for n in range(20))])
        await talk.send(db, [talk.say(quick.user_id, f"快{n}") for n in range(20)])

        async def quick_is_through() -> bool:
            return len((await _answers(db))[quick.user_id]) == 20

        await until(quick_is_through, "the quick chat answered")
        assert (await _answers(db))[slow.user_id] == []
        released.set()
        await at_rest(db)
    assert len((await _answers(db))[slow.user_id]) == 21


async def test_stopping_finishes_what_runs_and_takes_up_nothing_new(
    db: Database, crew: Crew, talk: Talk, probe: Probe
) -> None:
    person = await crew.hire("李娜")
    inside, released = asyncio.Event(), asyncio.Event()

    async def wait(turn: Turn) -> None:
        inside.set()
        await released.wait()
        await turn.show(notice(N_("All right.")))

    probe(wait)
    stop = asyncio.Event()
    worker = Worker(db, Signals(db.url), at_once=2)
    task = asyncio.create_task(worker.run(stop))
    await talk.send(db, [talk.say(person.user_id, "/probe"), talk.say(person.user_id, "下一句")])
    await asyncio.wait_for(inside.wait(), 30)
    stop.set()
    await asyncio.sleep(0)
    assert not task.done()
    released.set()
    await asyncio.wait_for(task, 30)
    async with db.unit() as session:
        states = list(await session.scalars(select(Update.state).order_by(Update.id)))
    assert states == ["done", "pending"]
    assert len((await _answers(db))[person.user_id]) == 1


# --- what goes wrong


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What was logged; and no traceback with everybody's locals is drawn, which takes seconds."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def forgiving(house: House, logged: list[Any]) -> House:
    house.forgives = True
    return house


async def _suffer(house: House, person: Person, words: str) -> Update:
    """Say something that fails each time; time passes until it is put aside."""
    house.sandbox.say(HOUSE_TOKEN, person.user_id, words)

    async def dead() -> Update | None:
        house.clock.advance(timedelta(seconds=30))
        house.signals.wake(INBOX)
        async with house.db.unit() as session:
            return await session.scalar(
                select(Update).where(Update.state == "dead").order_by(Update.id.desc()).limit(1)
            )

    found = await until(dead, "the poison put aside")
    assert found is not None
    await house.settle()
    return found


async def test_a_poison_update_is_tried_again_put_aside_with_its_code_and_the_person_is_told(
    forgiving: House, probe: Probe
) -> None:
    house = forgiving
    attempts = 0

    async def boom(turn: Turn) -> None:
        nonlocal attempts
        attempts += 1
        await turn.show(notice(N_("All right.")))
        raise RuntimeError("of no use")

    probe(boom)
    rep = await house.hire("李娜")
    letter = await _suffer(house, rep, "/probe 谈了年框，下周三送样")
    assert attempts >= MOST_ATTEMPTS == letter.attempts  # a second loop may be at it before the first has told
    assert letter.payload["message"]["text"] == "/probe 谈了年框，下周三送样"
    assert letter.error is not None
    code, _, why = letter.error.partition(" ")
    assert re.fullmatch(r"[0-9A-F]{6}", code)
    assert why == "RuntimeError: of no use"
    assert len(rep.answers()) == 1, "what a failed attempt wanted to say was sent"
    assert "您写的内容已留存" in rep.screen()
    assert code in rep.screen()
    assert "RuntimeError" not in rep.screen()


async def test_the_lane_goes_on_behind_a_poison_update_in_order(forgiving: House, probe: Probe) -> None:
    house = forgiving

    async def boom(turn: Turn) -> None:
        raise RuntimeError("of no use")

    probe(boom)
    rep = await house.hire("李娜")
    house.sandbox.say(HOUSE_TOKEN, rep.user_id, "/probe")
    house.sandbox.say(HOUSE_TOKEN, rep.user_id, "查无此人甲")
    house.sandbox.say(HOUSE_TOKEN, rep.user_id, "查无此人乙")
    other = await house.hire("王强")
    house.sandbox.say(HOUSE_TOKEN, other.user_id, "查无此人丙")

    async def other_is_answered() -> bool:
        return "查无此人丙" in other.screen()

    await until(other_is_answered, "the other chat answered while the poison waits")
    assert rep.answers() == []
    await _suffer(house, rep, "查无此人丁")
    said = [message["text"] for message in rep.answers()]
    assert len(said) == 4
    assert "已留存" in said[0]
    assert [word in line for word, line in zip("甲乙丁", said[1:], strict=True)] == [True] * 3


async def test_what_was_put_aside_can_be_tried_again_when_it_is_mended(forgiving: House, probe: Probe) -> None:
    house = forgiving

    async def boom(turn: Turn) -> None:
        raise RuntimeError("of no use")

    async def mended(turn: Turn) -> None:
        await turn.show(notice(N_("Nobody found for “%(searched)s”.")(searched=turn.text)))

    probe(boom)
    rep = await house.hire("李娜")
    await _suffer(house, rep, "/probe 谈了年框")
    async with house.db.unit() as session:
        (letter,) = await deadletters.list_dead(session)
    assert (letter.id.split("-")[0], letter.what, letter.attempts) == ("in", "message", MOST_ATTEMPTS)
    probe(mended)
    async with house.db.unit() as session:
        assert await deadletters.retry(session, [letter.id]) == 1
    await house.settle()
    assert "谈了年框" in rep.screen()


async def test_somebody_being_faster_each_time_does_not_go_round_for_ever(forgiving: House, probe: Probe) -> None:
    attempts = 0

    async def never(turn: Turn) -> None:
        nonlocal attempts
        attempts += 1
        raise Conflict

    probe(never)
    rep = await forgiving.hire("李娜")
    letter = await _suffer(forgiving, rep, "/probe")
    assert attempts >= MOST_ATTEMPTS == letter.attempts
    assert letter.error is not None
    assert letter.error.split()[0] in rep.screen()


async def test_one_conflict_is_simply_tried_again(forgiving: House, probe: Probe) -> None:
    attempts = 0

    async def once(turn: Turn) -> None:
        nonlocal attempts
        attempts += 1
        await turn.show(notice(N_("All right.")))
        if attempts == 1:
            raise Conflict

    probe(once)
    rep = await forgiving.hire("李娜")
    forgiving.sandbox.say(HOUSE_TOKEN, rep.user_id, "/probe")

    async def answered() -> bool:
        forgiving.clock.advance(timedelta(seconds=1))
        forgiving.signals.wake(INBOX)
        return bool(rep.answers())

    await until(answered, "the second attempt answered")
    await forgiving.settle()
    assert (attempts, len(rep.answers())) == (2, 1)


async def test_what_hangs_is_given_up_and_the_lane_is_free(
    forgiving: House, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "PATIENCE_S", 0.2)

    async def hang(turn: Turn) -> None:
        await turn.session.execute(text("SELECT pg_sleep(600)"))

    probe(hang)
    rep = await forgiving.hire("李娜")
    letter = await _suffer(forgiving, rep, "/probe")
    assert letter.error is not None
    assert "TimeoutError" in letter.error
    monkeypatch.setattr(worker_module, "PATIENCE_S", 30.0)
    assert "查无此人甲" in await rep.say("查无此人甲")


async def test_a_connection_that_dies_in_the_middle_costs_an_attempt_and_no_effect(
    forgiving: House, probe: Probe
) -> None:
    attempts = 0

    async def cut_off(turn: Turn) -> None:
        nonlocal attempts
        attempts += 1
        await turn.show(notice(N_("All right.")))
        if attempts == 1:
            await turn.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    probe(cut_off)
    rep = await forgiving.hire("李娜")
    forgiving.sandbox.say(HOUSE_TOKEN, rep.user_id, "/probe")

    async def answered() -> bool:
        forgiving.clock.advance(timedelta(seconds=1))
        forgiving.signals.wake(INBOX)
        return bool(rep.answers())

    await until(answered, "answered after the connection broke")
    await forgiving.settle()
    assert (attempts, len(rep.answers())) == (2, 1)


async def test_troubles_of_a_group_are_not_told_to_the_group(
    db: Database, crew: Crew, talk: Talk, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    worker = Worker(db, Signals(db.url))

    async def boom(*_: Any) -> None:
        raise RuntimeError("of no use")

    monkeypatch.setattr(worker._dispatch, "feed", boom)
    update = talk.say(-1_000_500, "/start")
    await talk.send(db, [update])
    for _ in range(MOST_ATTEMPTS):
        await worker.drain()
        clock.advance(timedelta(minutes=1))
    assert [state for _, state, _, _ in await _unwell(db)] == ["dead"]
    assert await _answers(db) == {}


async def test_when_one_loop_fails_all_end_also_one_that_missed_that_it_was_cancelled(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the worker would wait for that one for ever, and serve nobody."""
    deaf = asyncio.Event()

    async def once(worker: Worker) -> None:
        if deaf.is_set():
            raise ConnectionError("connection was closed in the middle of operation")
        deaf.set()
        worker._call_one()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return

    monkeypatch.setattr(Worker, "once", once)
    worker = Worker(db, Signals(db.url), at_once=3)
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(worker.run(asyncio.Event()), 10)


async def test_a_database_that_is_away_is_told_as_such() -> None:
    """Whoever runs the worker tells a missing database from a bug of ours by the error itself."""
    db = Database("postgresql://nobody@127.0.0.1:9/nothing", SystemClock())
    worker = Worker(db, Signals(db.url), at_once=3)
    (said,) = await asyncio.gather(asyncio.wait_for(worker.run(asyncio.Event()), 30), return_exceptions=True)
    assert isinstance(said, BaseException)
    assert is_away(said), repr(said)
    await db.dispose()


def test_a_worker_that_runs_alone_lets_the_rules_hear_what_a_turn_settles():
    """In a fleet the clock runs elsewhere, but reminders close in the transaction of the visit."""
    script = (
        "from unittest.mock import MagicMock\n"
        "from bot.worker import Worker\n"
        "from crm_core.audit.events import Undone\n"
        "from crm_core.customers.events import CustomerMaintained\n"
        "from crm_core.kit.events import _subscribers\n"
        "Worker(MagicMock(), MagicMock())\n"
        "assert _subscribers[CustomerMaintained] and _subscribers[Undone]\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
