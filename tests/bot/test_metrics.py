"""What an operator watches: each figure follows what happens, costs next to nothing, and names nobody (BY31)."""

import asyncio
import re
import time
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from bot import doctor, metrics, worker
from bot.dispatch import Dispatch
from bot.metrics import MOST_COUNTED, Scrapes
from bot.roles import Role
from bot.settings import Listen, Settings
from bot.supervision import Loop, Nursery, Stage
from crm_core import migrations
from crm_core.inbox.lanes import MOST_ATTEMPTS
from crm_core.kit.db import Database
from tests.bot.fake_api import BOT_ID, fake_api
from tests.bot.test_app import made, serving, until
from tests.handlers.scene import HUANING, customer_of
from tests.support.chat import TOKEN, House

Figures = dict[str, float]


def read(told: str) -> Figures:
    """Each sample by its name and labels: `rounds_waiting{where="inbox"}`."""
    found: Figures = {}
    for family in text_string_to_metric_families(told):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


async def told_by(db: Database, *loops: Loop) -> str:
    answer = await Scrapes(db, Nursery(loops)).answer(None)  # type: ignore[arg-type]
    assert isinstance(answer.body, bytes)
    return answer.body.decode()


async def figures(db: Database, *loops: Loop) -> Figures:
    return read(await told_by(db, *loops))


def grown(before: Figures, after: Figures, name: str) -> float:
    return after.get(name, 0) - before.get(name, 0)


@pytest.mark.feature("BY31")
async def test_what_people_do_in_the_chat_is_counted_and_nobody_is_named(house: House):
    rep = await house.hire("李娜")
    await rep.say("/start")
    before = await figures(house.db)
    await customer_of(rep)
    assert "华宁" in await rep.say("华宁电子")
    house.sandbox.fault(TOKEN, "status", status=429, retry_after=1, method="sendMessage", times=1)
    await rep.say("/menu")
    told = await told_by(house.db)
    after = read(told)
    assert grown(before, after, "rounds_updates_stored_total") == 2
    assert grown(before, after, "rounds_updates_handled_seconds_count") == 2
    assert grown(before, after, 'rounds_messages_total{outcome="sent"}') >= 2
    assert grown(before, after, 'rounds_messages_total{outcome="too_fast"}') == 1
    assert grown(before, after, "rounds_updates_failed_total") == 0
    assert after['rounds_waiting{where="inbox"}'] == after['rounds_waiting{where="outbox"}'] == 0
    assert after['rounds_outbox_took_seconds{quantile="0.5"}'] >= 0
    for secret in ("李娜", HUANING, "华宁", str(rep.user_id), TOKEN, TOKEN.split(":")[1]):
        assert secret not in told


async def test_a_failing_update_is_counted_and_becomes_a_dead_letter(house: House, monkeypatch: pytest.MonkeyPatch):
    rep = await house.hire("李娜")
    house.forgives = True

    async def broken(*_: object) -> None:
        raise RuntimeError("broken")

    before = await figures(house.db)
    monkeypatch.setattr(Dispatch, "feed", broken)
    house.sandbox.say(TOKEN, rep.user_id, "华宁")

    async def dead() -> bool:
        house.clock.advance(timedelta(seconds=30))
        async with house.db.engine.connect() as connection:
            return bool(await connection.scalar(text("SELECT count(*) FROM inbox WHERE state = 'dead'")))

    await until(dead)
    after = await figures(house.db)
    assert grown(before, after, "rounds_updates_failed_total") >= MOST_ATTEMPTS
    assert after['rounds_dead_letters{box="inbox"}'] == 1


async def test_what_waits_is_told_with_its_age_and_counted_no_further_than_the_bound(db: Database, clock):
    since = clock.now()
    rows = MOST_COUNTED + 500
    async with db.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO inbox (bot_id, chat_id, number, payload, due_at, received_at)"
                " SELECT 1, n % 700, n, '{}', :at, :at FROM generate_series(1, :rows) n"
            ),
            {"at": since, "rows": rows},
        )
        for name, when in (("due", since), ("planned", since + timedelta(days=1))):
            await connection.execute(
                text(
                    "INSERT INTO outbox (bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at)"
                    " VALUES (1, 5, 1, :name, '{}', 'resend', :when, :at)"
                ),
                {"name": name, "when": when, "at": since},
            )
    clock.advance(timedelta(seconds=90))
    found = await figures(db)
    assert found['rounds_waiting{where="inbox"}'] == MOST_COUNTED + 1
    assert found['rounds_waiting_oldest_seconds{where="inbox"}'] == 90
    assert found['rounds_waiting{where="outbox"}'] == 1, "what is planned does not wait"
    assert found['rounds_waiting_oldest_seconds{where="outbox"}'] == 90


async def test_a_scrape_reads_no_big_table_from_end_to_end(db: Database, clock):
    """The plan, with a million rows claimed by the statistics of nobody: what is done is not looked at."""
    async with db.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO inbox (bot_id, chat_id, number, payload, due_at, received_at, state, ended_at)"
                " SELECT 1, n % 700, n, '{}', :at, :at, 'done', :at FROM generate_series(1, 60000) n"
            ),
            {"at": clock.now()},
        )
        await connection.execute(
            text(
                "INSERT INTO outbox (bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at,"
                " state, ended_at) SELECT 1, 5, 1, 'x', '{}', 'resend', :at, :at, 'sent', :at"
                " FROM generate_series(1, 60000) n"
            ),
            {"at": clock.now()},
        )
        await connection.execute(text("ANALYZE inbox, outbox"))
    async with db.engine.begin() as connection:
        asked = text("EXPLAIN (ANALYZE, FORMAT TEXT) " + metrics._ASK.text).bindparams(now=clock.now())
        plan = "\n".join(row[0] for row in await connection.execute(asked))
    assert not re.search(r"Seq Scan on (inbox|outbox)\b", plan), plan
    most = max(int(found) for found in re.findall(r"actual time=[\d.]+ rows=(\d+)", plan) or ["0"])
    most = most or max(int(float(found)) for found in re.findall(r"rows=([\d.]+) loops", plan))
    assert most <= metrics._RECENT, plan


async def test_many_who_scrape_ask_the_database_once(db: Database, monkeypatch: pytest.MonkeyPatch):
    scrapes, asked = Scrapes(db, Nursery(())), []
    ask = scrapes._ask

    async def counted() -> list:
        asked.append(1)
        return await ask()

    monkeypatch.setattr(scrapes, "_ask", counted)
    await asyncio.gather(*(scrapes.answer(None) for _ in range(20)))  # type: ignore[arg-type]
    assert len(asked) == 1


async def test_a_database_that_is_away_is_a_figure_and_no_failure(clock):
    found = await figures(Database("postgresql://nobody@127.0.0.1:9/none", clock))
    assert found["rounds_database_up"] == 0
    assert 'rounds_waiting{where="inbox"}' not in found


async def test_loops_that_crash_are_counted(db: Database):
    stop = asyncio.Event()

    async def crashing(_: asyncio.Event) -> None:
        raise RuntimeError("broken")

    async def good(stopping: asyncio.Event) -> None:
        await stopping.wait()

    loops = (Loop("worker", Stage.WORK, crashing), Loop("clock", Stage.INTAKE, good))
    nursery = Nursery(loops)
    running = asyncio.create_task(nursery.run(stop))
    while not loops[0].crashes:  # noqa: ASYNC110 - it watches from outside
        await asyncio.sleep(0.01)
    found = await figures(db, *loops)
    assert found['rounds_loop_restarts_total{loop="worker"}'] == 1
    assert (found['rounds_loop_running{loop="worker"}'], found['rounds_loop_running{loop="clock"}']) == (0, 1)
    stop.set()
    await running


async def test_the_clock_says_when_each_rule_looked(house: House):
    before = await figures(house.db)
    began = time.time()
    await house.ticker._safely()
    after = await figures(house.db)
    assert grown(before, after, "rounds_clock_tick_seconds_count") == 1
    looked = {name: at for name, at in after.items() if name.startswith("rounds_clock_rule_last")}
    assert len(looked) > 5
    assert all(at >= began - 1 for at in looked.values())


@pytest.mark.feature("BY31")
async def test_every_role_serves_healthz_and_metrics_and_says_which_leases_it_holds(
    db: Database, database_url: str, unused_tcp_port: int, environment: pytest.MonkeyPatch
):
    async with fake_api() as api:
        settings = made(api, database_url, health_listen=Listen("127.0.0.1", unused_tcp_port))
        async with serving(settings, frozenset(Role)):
            url = f"http://127.0.0.1:{unused_tcp_port}"

            async def held() -> str | None:
                try:
                    async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as answer:
                        told = await answer.text()
                except aiohttp.ClientConnectionError:
                    return None
                leases = (f"polling.{BOT_ID}", f"delivery.{BOT_ID}", "clock")
                return told if all(f'rounds_lease_held{{lease="{one}"}} 1.0' in told for one in leases) else None

            found = read(await until(held))
            assert found["rounds_database_up"] == 1
            assert found['rounds_loop_running{loop="worker"}'] == 1
            assert any(name.startswith("rounds_build_info") and migrations.head() in name for name in found)
            async with aiohttp.ClientSession() as http, http.get(f"{url}/healthz") as answer:
                assert (answer.status, (await answer.json())["status"]) == (200, "ok")
            said = await doctor._health(settings)
            assert said.well
            assert "says ok" in said.what
        assert "nobody answers" in (await doctor._health(settings)).what


async def test_the_doctor_tells_of_a_loop_that_is_down(unused_tcp_port: int, database_url: str):
    async def ill(_: web.Request) -> web.Response:
        told = {"status": "failing", "database": True, "loops": {"worker": "restarting", "clock": "running"}}
        return web.json_response(told, status=503)

    runner = web.AppRunner(web.Application())
    runner.app.add_routes([web.get("/healthz", ill)])
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    chosen = Settings(_env_file=None, database_url=database_url, health_listen=Listen("0.0.0.0", unused_tcp_port))  # type: ignore[call-arg]
    try:
        found = await doctor._health(chosen)
    finally:
        await runner.cleanup()
    assert not found.well
    assert "worker restarting" in found.what


def test_counting_costs_an_update_next_to_nothing():
    """All that one update and its answer count: three counters and a histogram."""
    from bot.delivery import sender
    from bot.intake import STORED

    report = sender.Report(outcome=type("Outcome", (), {"state": sender.State.SENT})())  # type: ignore[arg-type]
    took = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(2000):
            STORED.inc(1)
            worker._HANDLED.observe(0.012)
            sender._CALLS[sender._outcome(report)].inc()
        took.append((time.perf_counter() - began) / 2000)
    assert min(took) < 100e-6, f"{min(took) * 1e6:.1f} µs"


# --- what is written about them


async def test_the_table_and_the_alarms_name_the_figures_that_there_are(house: House):
    """Each of them, and no other: an alarm on a figure that is not there never rings."""
    rep = await house.hire("李娜")
    await rep.say("/start")
    await house.ticker._safely()
    told = await told_by(house.db, Loop("worker", Stage.WORK, house.ticker.run))
    there = set(re.findall(r"^# TYPE (rounds_\w+) ", told, re.MULTILINE))
    there = {name for name in there if not name.endswith("_created")}
    docs = Path(metrics.__file__).parents[1] / "docs"
    described = set(re.findall(r"`(rounds_\w+)", docs.joinpath("operations.md").read_text(encoding="utf-8")))
    assert there <= described, there - described
    alarms = set(re.findall(r"\brounds_\w+", docs.joinpath("alerts.yml").read_text(encoding="utf-8")))
    assert {name.removesuffix("_count") for name in alarms} <= there, alarms - there
