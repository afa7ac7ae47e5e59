"""Ten thousand random updates of every kind, through the whole house: each is handled, people are answered, and
nothing is written or shown that the rights of the moment do not allow.

What an update did is known from the database itself: triggers note the transaction of every change.
"""

import os
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
import structlog
from aiogram.types import Message
from sqlalchemy import text

from crm_core import registry
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Base, Database
from crm_core.org import service as org
from crm_core.org.models import Employee, Role
from handlers import routing
from tests.support.chat import TOKEN, House, Person, open_house
from tests.support.crowd import Crew, Member, until
from tests.support.storm import IN_PRIVATE, KINDS, Aims, Json, Someone, Storm
from tests.support.witness import IN_THE_FIELD, MAY_REACH_ALL, Witness

PARTS: Final = 4
UPDATES: Final = int(os.environ.get("ROUNDS_STORM") or 10_000)
SEED: Final = int(os.environ.get("ROUNDS_STORM_SEED") or 20_260_311)
WAVE: Final = 60
"""So many come at once; before the next ones, people look at their phones and see what there is to press."""
BOT: Final = int(TOKEN.partition(":")[0])

MAY_READ_ALL: Final = MAY_REACH_ALL | {"executive", "finance"}  # finance: of the branch, which here is everybody


@dataclass
class Scene:
    """The house with everybody in it, and what the storm did."""

    house: House
    people: dict[str, Person]
    roles: dict[int, set[str]]  # by employee
    chain: dict[int, list[int]]
    injected: dict[int, Json] = field(default_factory=dict)  # by number

    def employee_of(self, user_id: int) -> int | None:
        return next((one.employee_id for one in self.people.values() if one.user_id == user_id), None) or None


@pytest.fixture
async def watched(db: Database) -> AsyncIterator[Database]:
    """The database, noting for each transaction which rows it wrote."""
    registry.load()
    business = [table.name for table in Base.metadata.sorted_tables if table.name not in _OWN_BOOKKEEPING]
    async with db.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE storm_effect (xact xid8, what text, id bigint, who bigint)"))
        await connection.execute(text(_NOTE))
        for name in business:
            await connection.execute(text(_trigger(name, "INSERT OR UPDATE OR DELETE")))
        for name in ("inbox", "outbox", "audit"):
            await connection.execute(text(_trigger(name, "UPDATE" if name == "inbox" else "INSERT")))
    yield db
    async with db.engine.begin() as connection:
        await connection.execute(text("DROP FUNCTION storm_note() CASCADE"))
        await connection.execute(text("DROP TABLE storm_effect"))


_OWN_BOOKKEEPING: Final = frozenset({"inbox", "outbox", "card", "chat", "audit"})
_NOTE: Final = """
CREATE FUNCTION storm_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unaudited text[] := ARRAY['unreachable_since', 'digest_due_at'];
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    old_row jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END;
BEGIN
    IF new_row - unaudited = old_row - unaudited THEN
        RETURN NULL;
    END IF;
    INSERT INTO storm_effect VALUES (pg_current_xact_id(), TG_TABLE_NAME,
        coalesce(new_row ->> 'id', new_row ->> 'approval_id')::bigint,
        coalesce(new_row ->> 'employee_id', new_row ->> 'actor_id', new_row ->> 'chat_id', '0')::bigint);
    RETURN NULL;
END $$
"""


def _trigger(table: str, events: str) -> str:
    return f'CREATE TRIGGER storm AFTER {events} ON "{table}" FOR EACH ROW EXECUTE FUNCTION storm_note()'


# --- who is there


async def _open(house: House) -> Scene:
    """Two teams, people of every role, strangers, and two who have left; customers with secrets in them."""
    chief = await house.hire("王海燕", Role.MANAGER)
    rival = await house.hire("赵敏", Role.MANAGER)
    people = [chief, rival]
    people += [await house.hire(f"代表{n}", manager=chief if n < 3 else rival) for n in range(5)]
    for name, role in (
        ("钱伟", Role.ADMIN),
        ("郑凯", Role.EXECUTIVE),
        ("孙雪", Role.OPERATIONS),
        ("周立", Role.FINANCE),
    ):
        people.append(await house.hire(name, role))
    crew = Crew(house.db, BOT, house.head)
    for at, person in enumerate(people):
        if not person.name.startswith(("郑", "周")):
            member = Member(person.name, person.employee_id, person.user_id)
            names = (f"锐驰{_TRADES[at]}有限公司", f"恒晟{_TRADES[at]}第{at}分公司", f"Acme {_TRADES[at]} Ltd")
            secret = f"机密{person.employee_id}号"
            await crew.give(member, *names, note=secret, contact_name=secret)
            await crew.give(member, f"{secret}商行")
    people += [await _gone(house, name, people[7]) for name in ("老陈", "老卫")]
    people += [house.stranger(f"路人{n}") for n in range(3)]
    async with house.db.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT id, roles, chain FROM employee"))).all()
    for person in people:
        house.sandbox.say(TOKEN, person.user_id, "/start")
    await house.settle()
    house.clock.advance(timedelta(days=80))
    await house.tick()
    by_name = {person.name: person for person in people}
    return Scene(house, by_name, {row.id: set(row.roles) for row in rows}, {row.id: row.chain for row in rows})


_TRADES: Final = ("机械", "电子", "食品", "物流", "纺织", "化工", "医疗", "建材", "软件", "教育", "旅游")


async def _gone(house: House, name: str, admin: Person) -> Person:
    """Somebody who was in, and has left."""
    person = await house.hire(name)
    from crm_core.org import queries

    async with house.db.unit() as session:
        actor = await queries.actor(session, admin.employee_id)
        assert actor is not None
        await org.leave(session, actor, (await session.get_one(Employee, person.employee_id)).id)
    return person


# --- the storm itself


async def _blow(scene: Scene, storm: Storm, count: int) -> None:
    left = count
    while left > 0:
        storm.aims = await _aims(scene)
        for _ in range(min(WAVE, left)):
            update = storm.update()
            scene.injected[scene.house.sandbox.inject(TOKEN, update)] = update
        left -= WAVE
        await _calm(scene.house)


async def _aims(scene: Scene) -> Aims:
    """What the phones show, and what there is in the database to aim at."""
    buttons: dict[int, list[tuple[int, str]]] = {}
    for person in scene.people.values():
        chat = scene.house.sandbox.world.bot(TOKEN).chats.get(person.user_id)
        messages = [message.body for message in list(chat.changes.values())[-30:]] if chat else []
        rows = [
            (message["message_id"], button["callback_data"])
            for message in messages
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", ())
            for button in row
            if "callback_data" in button
        ]
        buttons[person.user_id] = rows
    statement = (
        "SELECT id FROM draft UNION SELECT id FROM visit UNION SELECT id FROM customer UNION SELECT id FROM employee"
    )
    async with scene.house.db.engine.connect() as connection:
        ids = sorted(await connection.scalars(text(statement)))
        names = sorted(await connection.scalars(text("SELECT name FROM customer WHERE name NOT LIKE '机密%'")))
    keys = tuple(sorted(routing.buttons()))
    return Aims(keys, ids or (0,), buttons, (*_SENSIBLE, *names[:60], *(name[:4] for name in names[:20])))


_SENSIBLE: Final = (
    "锐驰",
    "恒晟",
    "ruichi",
    "rc",
    "8000",
    "谈了年框，下周三送样",
    "机械设备",
    "老客户介绍",
    "明天",
    "1.28万",
    "李娜",
    "rep",
    "电子",
)


async def _calm(house: House) -> None:
    """Everything that came in was tried, everything that should go out has gone."""
    bot = house.sandbox.world.bot(TOKEN)
    statement = text(
        "SELECT (SELECT count(*) FROM inbox WHERE state = 'pending' AND attempts = 0),"
        " (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending'))"
    )

    async def at_rest() -> bool:
        if bot.updates.pending:
            return False
        async with house.db.engine.connect() as connection:
            return tuple((await connection.execute(statement)).one()) == (0, 0)

    try:
        await until(at_rest, "the storm worked off", 60)
    except AssertionError:
        pytest.fail(f"not worked off: {await _left(house.db)}")


async def _left(db: Database) -> list[Any]:
    """What still waits, to be told when it should not."""
    return await _rows(
        db,
        "SELECT 'in' AS way, number, state, attempts, error, received_at AS due_at FROM inbox WHERE state = 'pending'"
        " UNION ALL SELECT method, id, state, attempts, error, not_before FROM outbox"
        " WHERE state IN ('pending', 'sending') LIMIT 20",
    )


# --- what must be true afterwards


async def _rows(db: Database, statement: str) -> list[Any]:
    async with db.engine.connect() as connection:
        return list(await connection.execute(text(statement)))


def _faults(logged: list[Any]) -> list[str]:
    """What went wrong in handlers, and where."""
    failed = [line["exc_info"] for line in logged if line["event"] == "update.failed"]
    return ["".join(traceback.format_exception(error)[-3:]) for error in failed]


async def _all_was_handled(scene: Scene, faults: list[str]) -> None:
    """Nothing failed on the way in, nothing was refused on the way out."""
    assert faults == [], "\n".join(faults[:5])
    db = scene.house.db
    failed = await _rows(db, "SELECT number, state, error FROM inbox WHERE state <> 'done' OR error IS NOT NULL")
    assert [(row.error, str(scene.injected.get(row.number))[:600]) for row in failed] == []
    assert {row.number for row in await _rows(db, "SELECT number FROM inbox")} >= scene.injected.keys()
    plain = "SELECT id, method, state, error, payload FROM outbox WHERE state = 'dead' OR error LIKE 'sent plain%'"
    assert [(row.method, row.error, str(row.payload)[:600]) for row in await _rows(db, plain)] == []
    # an edit of a message that never was; and whatever still waited for an account that was shut out, a lost phone's
    ended = await _rows(db, _ACCESS_ENDED)
    dropped = await _rows(db, "SELECT method, chat_id, error FROM outbox WHERE state = 'dropped'")
    for row in dropped:
        shut_out = row.error == SHUT_OUT and (row.chat_id,) in ended
        assert shut_out or row.method == "edit_message_reply_markup", row
    calls = Counter((call["method"].lower(), call["status"]) for call in scene.house.sandbox.log(TOKEN))
    assert {status for _, status in calls} <= {200, 400, None}, calls
    refused = {method for method, status in calls if status == 400}
    assert refused <= {"editmessagetext", "editmessagemedia", "editmessagereplymarkup", "getfile"}, calls
    # their handles are made up: each is asked for once, and once more when it is sent again; not over and over
    sent = await _rows(db, "SELECT id FROM audit WHERE subject_type = 'attachment' AND verb = 'create'")
    assert calls["getfile", 400] <= 2 * len(sent), calls


SHUT_OUT: Final = "the person's access ended"
_ACCESS_ENDED: Final = """
    SELECT DISTINCT (before ->> 'telegram_id')::bigint FROM audit
    WHERE subject_type = 'employee' AND after ->> 'telegram_id' IS NULL AND before ->> 'telegram_id' IS NOT NULL
"""


async def _effects(db: Database) -> dict[int, list[Any]]:
    """By the update's number: what its transaction wrote."""
    statement = """
        SELECT i.number, e.what, e.id, e.who FROM storm_effect e
        JOIN storm_effect mine ON mine.xact = e.xact AND mine.what = 'inbox'
        JOIN inbox i ON i.id = mine.id WHERE e.what <> 'inbox'
    """
    found: dict[int, list[Any]] = defaultdict(list)
    for row in await _rows(db, statement):
        found[row.number].append(row)
    return found


async def _witness(scene: Scene) -> Witness:
    """One who knows what every row is about, before telling the audit again."""
    witness = Witness(scene.roles, scene.chain)
    for mapper in Base.registry.mappers:
        if mapper.class_.audited and "id" in mapper.class_.__table__.columns:
            table = mapper.class_.__tablename__
            witness.know(table, [row._asdict() for row in await _rows(scene.house.db, f'SELECT * FROM "{table}"')])
    return witness


async def _each_person_was_answered(scene: Scene, effects: dict[int, list[Any]], witness: Witness) -> Counter[str]:
    """Whoever writes, edits or taps in private gets something to see, others only if it is about them. What they got,
    by kind."""
    audit = {row.id: row for row in await _rows(scene.house.db, "SELECT * FROM audit")}
    outbox = {
        row.id: row
        for row in await _rows(scene.house.db, "SELECT id, chat_id, method, payload, state, error FROM outbox")
    }
    parties = await _parties(scene.house.db)
    answered: Counter[str] = Counter()
    for number, update in scene.injected.items():
        kind = next(iter(update), "")
        body = update.get(kind)
        if kind not in IN_PRIVATE or not isinstance(body, dict) or not body.get("from"):
            continue
        if kind == "edited_message" and "location" in body:
            continue  # a live location moves all day
        place = body["message"].get("chat", {}) if isinstance(body.get("message"), dict) else body.get("chat", {})
        if kind != "callback_query" and (place.get("type") != "private" or place.get("id") != body["from"]["id"]):
            continue
        said = [outbox[row.id] for row in effects[number] if row.what == "outbox"]
        assert any(_shows(row) for row in said), f"{update} {[(row.method, row.payload) for row in said]}"
        if kind == "callback_query":
            assert sum(row.method == "answer_callback_query" for row in said) == 1, (update, said)
        copies = [
            row for row in said if row.method == "edit_message_text" and row.payload.get("text", "").startswith("↩")
        ]
        told = {row.chat_id for row in said if row not in copies}  # all who saw what is undone see that it is
        near = witness.near(audit[row.id] for row in effects[number] if row.what == "audit")
        near = near.union(*(parties[row.id] for row in effects[number] if row.what == "approval_fact"))
        others = {scene.employee_of(one) for one in told - {body["from"]["id"], place.get("id")}}
        assert others <= near, f"{update} {[tuple(row) for row in said]}"
        answered[kind] += 1
    return answered


async def _parties(db: Database) -> dict[int, set[int]]:
    """By the request's id: who applied, who has been to sign, who signed, who is told."""
    statement = """
        SELECT id, applicant_id AS who FROM approval
        UNION SELECT approval_id, holder_id FROM approval_seat
        UNION SELECT approval_id, by_id FROM approval_seat WHERE by_id IS NOT NULL
        UNION SELECT approval_id, employee_id FROM approval_copy
    """
    found: dict[int, set[int]] = defaultdict(set)
    for row in await _rows(db, statement):
        found[row.id].add(row.who)
    return found


def _shows(row: Any) -> bool:
    """A message, a change of one, or a tap's answer in words."""
    shown = row.state == "sent" or row.error == SHUT_OUT  # the answer was there; its phone is nobody's any more
    return shown and (row.method != "answer_callback_query" or bool(row.payload.get("text")))


def _sender(update: Json) -> int | None:
    body = next(iter(update.values()), None)
    source = body.get("from") if isinstance(body, dict) else None
    return source.get("id") if isinstance(source, dict) else None


async def _nobody_did_what_is_not_theirs(scene: Scene, effects: dict[int, list[Any]], witness: Witness) -> Counter[str]:
    """Every change has its entry in the audit, by the one who sent the update, whose rights allow it. What was done."""
    audit = await _rows(scene.house.db, "SELECT * FROM audit ORDER BY id")
    by_id = {entry.id: entry for entry in audit}
    doers = {entry.op: entry.actor_id for entry in audit if entry.undoes is None}
    of_update: dict[int, list[Any]] = {}
    senders: dict[int, int | None] = {}
    for number, rows in effects.items():
        entries = [by_id[row.id] for row in rows if row.what == "audit"]
        if number in scene.injected:
            _all_of_it_is_audited(scene.injected[number], rows, entries, witness)
            sender = scene.employee_of(_sender(scene.injected[number]) or 0)
            for row in rows:
                assert row.what != "draft" or row.who == sender, (scene.injected[number], "somebody else's draft")
            senders |= {entry.id: sender for entry in entries}
            of_update |= dict.fromkeys((entry.id for entry in entries), sorted(entries, key=lambda one: one.id))
    done: Counter[str] = Counter()
    for entry in audit:  # in the order in which it happened
        entries = of_update.get(entry.id)
        if entries is None:
            witness.follow(entry)  # the scene's own, the clock's
            continue
        if entry is not entries[0]:
            continue
        for one in entries:
            assert one.actor_id == senders[one.id], one
            assert one.undoes is None or doers[one.undoes] == one.actor_id, (one, "took back what others did")
            done[f"{one.subject_type} {one.verb}"] += 1
        witness.allowed(entry.actor_id, entries)
    return done


def _all_of_it_is_audited(update: Json, rows: list[Any], entries: list[Any], witness: Witness) -> None:
    """What the update changed has its entries, all by who sent it."""
    told = {(entry.subject_type, entry.subject_id) for entry in entries}
    changed = {(row.what, row.id) for row in rows if _is_audited(row.what)}
    if "my_chat_member" in update:  # whether somebody can be reached just now is no business truth
        changed = {one for one in changed if one[0] != "employee"}
    if any(kind == "plan_line" for kind, _ in told):  # a week begins, as a draft, with the first line in it
        changed = {one for one in changed if one[0] != "week_plan" or one in told}
    derived = {
        one
        for entry in entries
        for one in witness.owners(entry.subject_type, witness.row(entry))
        if entry.subject_type in _STANDS_ABOVE_TOO
    }
    assert changed - derived == told - derived, (update, "changed behind the audit's back", changed ^ told)


_STANDS_ABOVE_TOO: Final = frozenset({"contact", "contact_role", "customer_member", "pool_extension", "visit"})
"""A customer is found by its people, read by its team, due when it was allowed, and again after each visit, also one of
the same moment; a contact is known by its roles.
"""


def _is_audited(table: str) -> bool:
    return any(m.class_.__tablename__ == table and m.class_.audited for m in Base.registry.mappers)


async def _outsiders_heard_one_line(scene: Scene) -> None:
    """Strangers and those who have left are told where to turn, groups where to talk, whatever they try."""
    heard: dict[str, set[str]] = defaultdict(set)
    insiders = {one.user_id for one in scene.people.values() if scene.employee_of(one.user_id)}
    for row in await _rows(
        scene.house.db, "SELECT chat_id, payload FROM outbox WHERE method <> 'answer_callback_query'"
    ):
        if row.chat_id not in insiders:
            heard["private" if row.chat_id > 0 else "group"].add(row.payload["text"])
    assert len(heard["private"]) <= 2, heard  # the polite line; that an invite link is of no use
    assert len(heard["group"]) <= 2, heard  # the same in both languages: a group hears the language of who speaks


def _it_was_a_storm(scene: Scene) -> None:
    """Every kind of update was there, and every field that a message can have."""
    kinds = Counter(next(iter(update), "") for update in scene.injected.values())
    assert set(KINDS) <= kinds.keys()
    fields = {name for update in scene.injected.values() for name in (update.get("message") or {})}
    known = {info.alias or name for name, info in Message.model_fields.items()}
    assert len(known - fields) <= len(known) // 10, known - fields


async def _nobody_saw_what_is_not_theirs(scene: Scene, witness: Witness) -> int:
    """Secrets stand in the archives, in some names even, and nobody types them: they reach only chats of those who may
    read that archive, or might once. How many did."""
    readers: dict[int, set[int]] = {}
    all_of = {one for one, roles in scene.roles.items() if roles & MAY_READ_ALL}
    for owner in scene.roles:
        its = [one for one, words in witness.words.items() if any(f"机密{owner}号" in word for word in words)]
        held = {owner, *(one for customer in its for one in witness.held[customer] if one)}
        near = {one for one in scene.roles if any(witness.leads(one, other) for other in held)}
        if any(None in witness.held[customer] for customer in its):
            near |= {one for one, roles in scene.roles.items() if roles & IN_THE_FIELD}  # it was in the pool
        readers[owner] = near | all_of
    seen = 0
    for row in await _rows(scene.house.db, "SELECT chat_id, payload::text AS words FROM outbox"):
        for owner in scene.roles:
            if f"机密{owner}号" in row.words:
                seen += 1
                assert scene.employee_of(row.chat_id) in readers[owner], (row.chat_id, owner, row.words)
    return seen


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_update_is_handled_people_are_answered_and_rights_hold(
    part: int, watched: Database, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as logged:
        async with open_house(watched, clock) as house:
            house.forgives = True  # failures are counted in the end, all of them
            scene = await _open(house)
            people = [
                Someone(one.user_id, one.name, bool(one.employee_id), "admin" in scene.roles.get(one.employee_id, ()))
                for one in scene.people.values()
            ]
            storm = Storm(SEED + part, people, BOT)
            before = await _rows(watched, "SELECT id, name, roles, left_at FROM employee ORDER BY id")
            await _blow(scene, storm, UPDATES // PARTS)
            await _all_was_handled(scene, _faults(logged))
            effects = await _effects(watched)
            witness = await _witness(scene)
            done = await _nobody_did_what_is_not_theirs(scene, effects, witness)
            answered = await _each_person_was_answered(scene, effects, witness)
            seen = await _nobody_saw_what_is_not_theirs(scene, witness)
            await _outsiders_heard_one_line(scene)
            _it_was_a_storm(scene)
            after = await _rows(watched, "SELECT id, name, roles FROM employee ORDER BY id")
            assert [tuple(row)[:3] for row in before] == [tuple(row) for row in after][: len(before)]
    assert {"visit create", "customer create", "customer change", "employee change"} <= done.keys(), done
    with capsys.disabled():
        told = f"{dict(answered)} answered; {dict(done)}; {seen} secrets shown to those who may see them"
        sys.stdout.write(f"\nstorm {SEED + part}: {told}\n")
