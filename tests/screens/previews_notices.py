"""Screens of notices, of somebody's day, and of what changed at customers."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from crm_core.changes.queries import Change, Changes, What
from crm_core.kit.pages import Page
from crm_core.notices.queries import Shelf, Tally
from crm_core.org.actor import Actor
from crm_core.plans.rep_day import Plan, RepDay, Tasks
from screens import changes, notices
from screens.screen import N_, Screen
from screens.team import day_screen

Writes = Callable[[str], str]
LONG_ID = 987_654_321_012
TODAY = date(2026, 3, 11)
RULES = "\n".join(
    f"{at}. 一线城市住宿每晚不超过 600 元，其他城市 400 元，高铁二等座，飞机要先申请。" for at in range(1, 12)
)


def previews_of_notices(w: Writes, me: Actor, now: datetime) -> Iterator[tuple[str, Screen, bool]]:
    """A name, the screen, and whether it shows what somebody wrote."""
    note = _notice(w, now, by_id=2, by=w("王海燕"))
    rules = _notice(w, now, kind="policy", text=w(RULES), since=date(2026, 4, 1), by_id=2, by=w("孙雪"))
    mine = _notice(w, now, kind="policy", text=w(RULES), since=date(2026, 4, 1), by_id=me.id, unit=w("深圳分公司"))
    over = {"state": "replaced", "until": date(2026, 5, 1)}
    yield "a notice told to me", notices.told_screen(note), True
    yield "a notice that is waited for", notices.told_screen(rules, files=3, hurry=True, passes_on=True), True
    yield "a notice that was read", notices.told_screen(note, read_at=now, said=N_("✓ Noted.")), True
    yield "a whole policy", notices.told_screen(_notice(w, now, text=w("一行\n又一行")), whole=True), True
    yield "a notice that was withdrawn", notices.told_screen(_notice(w, now, state="withdrawn")), True
    replaced = _notice(w, now, **{**vars(rules), **over})
    yield "a policy that was replaced", notices.told_screen(replaced, read_at=now, newer=LONG_ID), True
    rest = [
        SimpleNamespace(id=at, name=w(name), reachable=at != 1) for at, name in enumerate(("李娜", "陈晓东", "周立"))
    ]
    counts = Tally(12_345, 12_300)
    yield (
        "my notice and who has read it",
        notices.sent_screen(mine, counts, rest, me, files=2, said=N_("✓ Noted.")),
        True,
    )
    done = _notice(w, now, by_id=me.id, person=w("李娜"))
    yield "my notice, read by all", notices.sent_screen(done, Tally(1, 1), [], me), True
    yield "withdrawing a notice", notices.withdraw_screen(mine, counts), True
    five = Page([note, rules, _notice(w, now, read_at=now), replaced, note], True, True)
    yield "notices told to me", notices.notices_screen(five, Shelf.ALL, 4, me), True
    yield "policies in force", notices.notices_screen(five, Shelf.POLICIES, 0, me, searched=w("住宿")), True
    yield "no notices", notices.notices_screen(Page(()), Shelf.ALL, 0, me), False
    yield "no policies", notices.notices_screen(Page(()), Shelf.POLICIES, 0, me), False
    told = [SimpleNamespace(**{**vars(mine), "read": 12_300, "people": 12_345})] * 6
    yield "what I told", notices.sent_list_screen(Page(told, True, True), me), True
    yield "nothing told", notices.sent_list_screen(Page(()), me), False
    yield "who has not read it", notices.unread_screen(Page(rest * 2, True, True), mine), True
    yield "everybody has read it", notices.unread_screen(Page(()), mine), True
    yield "what one may tell", notices.write_screen(), False


def _notice(w: Writes, now: datetime, **given: Any) -> Any:
    facts = {
        "id": LONG_ID,
        "kind": "note",
        "text": w("明早九点在公司开晨会，带上本周的计划"),
        "by_id": 3,
        "by": w("王海燕"),
        "employee_id": None,
        "unit_id": None,
        "under": [1],
        "person": None,
        "unit": None,
        "since": None,
        "until": None,
        "state": "active",
        "created_at": now,
        "writer_left_at": None,
        "read_at": None,
    }
    return SimpleNamespace(**{**facts, **given})


def previews_of_days(
    w: Writes, me: Actor, boss: Actor, visit: Callable[..., Any], now: datetime
) -> Iterator[tuple[str, Screen, bool]]:
    """Somebody's day, and what changed since yesterday."""
    other = SimpleNamespace(id=3, name=w("李娜"))
    ended = {"started_at": now, "ended_at": now + timedelta(minutes=45)}
    made = [
        visit(w, id=1, **ended),
        visit(w, id=2, outside=True, distance_m=1830, happened_at=now + timedelta(hours=4)),
        *(visit(w, id=at, happened_at=now + timedelta(hours=5, minutes=at)) for at in range(3, 9)),
    ]
    names = tuple(w(name) for name in ("深圳市华宁电子有限公司", "上海瑞金医疗器械有限公司"))
    gap = (now + timedelta(minutes=45), now + timedelta(hours=4))
    beside = {"before": SimpleNamespace(id=5, name=w("陈晓东")), "after": SimpleNamespace(id=6, name=w("周立"))}
    full = RepDay(other, TODAY, made, frozenset({2}), gap, Plan(5, 3, 1, names, True), Tasks(2, 1), 2, **beside)
    yield "a day of a report", day_screen(full, TODAY, boss), True
    alone = {"before": None, "after": None}
    short = RepDay(other, TODAY, made[:1], frozenset(), None, None, None, 0, **alone)
    yield "a day of somebody, without the plan", day_screen(short, TODAY, boss), True
    mine = SimpleNamespace(id=me.id, name=w("李娜"))
    bare = RepDay(mine, TODAY, [], frozenset(), None, Plan(0, 0, 0, (), False), Tasks(0, 0), 0, **alone)
    yield "my day, empty", day_screen(bare, TODAY + timedelta(days=1), me), True
    told = [
        Change(what, at % 7, w(f"李娜{at % 7}"), at, w("深圳市华宁电子有限公司"), now)
        for at, what in enumerate([*What, *What])
    ]
    found = Changes(date(2026, 3, 10), told)
    yield "customer changes", changes.changes_screen(found, boss), True
    yield "no customer changes", changes.changes_screen(Changes(date(2026, 3, 10), []), boss), False
    yield "customer changes of one", changes.changes_of_screen(found, boss, LONG_ID), True
