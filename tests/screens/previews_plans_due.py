"""Previews of what is due of plans and tasks: the digest's lines, messages of their own, the lists behind them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

from conversations.due import Line, digest_of, item_of
from crm_core.org.actor import Actor
from reminders import plans, tasks, weeks
from screens.reminders import pushed_screen
from screens.reminders_plans import days_screen, late_list_screen, late_screen, reviews_screen, span, team_month_screen
from screens.screen import N_, Screen

Writes = Callable[[str], str]
LONG_ID = 10**15
_MORNING = datetime(2026, 3, 12, 0, 30, tzinfo=UTC)
WEEK = date(2026, 3, 16)
_NAMES = ("李娜", "陈晓东", "周立", "何小雨", "马超", "吴佳怡")


def previews_of_plans_due(w: Writes, actor: Actor) -> Iterator[tuple[str, Screen, bool]]:
    """A name, the screen, and whether it shows what somebody wrote."""
    person = replace(actor, name=w("李娜"))
    people = [SimpleNamespace(id=LONG_ID + at, name=w(name)) for at, name in enumerate(_NAMES)]
    names = "、".join(one.name for one in people[:3])
    shown = [
        (plans.VISIT, _line(w("深圳市华宁电子有限公司"), plans._TOMORROW)),
        (plans.VISIT, _line(w("上海瑞金医疗器械有限公司"), plans._MISSED(day="2026-03-12"))),
        (tasks.DUE, _line(w("交三家对手的报价"), tasks._OVERDUE(days=12))),
        (weeks.THIS_WEEK, _line(span(WEEK), weeks._THIS)),
        (weeks.MONTH_SCORE, _line("2026-03", weeks._OWN_SCORE(score=Decimal("4.5"), count=4))),
    ]
    yield "a digest of plans", digest_of(person, shown, _MORNING, more=3), True
    team = [
        (weeks.TEAM_SCORES, _line("2026-03", weeks._TEAM_SCORE(count=12))),
        (plans.REVIEW, _line(names, plans._WAITING(count=3))),
    ]
    yield "a digest of a team's plans", digest_of(person, team, _MORNING), True
    left = [SimpleNamespace(id=LONG_ID + at, name=w("深圳市华宁电子有限公司")) for at in range(5)]
    log = _line("、".join([w("深圳市华宁电子")] * 5), plans._UNLOGGED(count=5))
    yield "visits to log", _pushed(plans.LOG, log, days_screen(left)), True
    logged = replace(log, label="2026-03-12", words=N_("✓ all logged"), done=True)
    yield "visits that are logged", _pushed(plans.LOG, logged, None), False
    waiting = [SimpleNamespace(id=LONG_ID, employee=one.name, week=WEEK) for one in people]
    yield (
        "weeks wait for a score",
        _pushed(plans.REVIEW, _line(names, plans._WAITING(count=6)), reviews_screen(waiting)),
        True,
    )
    yield "next week is to be planned", _pushed(weeks.NEXT_WEEK, _line(span(WEEK), weeks._NEXT), None), False
    nagged = _pushed(weeks.THIS_WEEK, _line(span(WEEK), weeks._THIS), None, w("王海燕"))
    yield "a manager asks for the week's plan", nagged, True
    late = _line(names, weeks._WHO(count=6))
    yield "who has no plan yet", _pushed(weeks.LATE_LIST, late, late_screen(WEEK, people)), True
    yield "one has no plan yet", _pushed(weeks.LATE_LIST, late, late_screen(WEEK, people[:1])), True
    nudged = frozenset({people[1].id})
    yield "the list of who has no plan", late_list_screen(WEEK, people * 2, nudged, 0), True
    yield "all have a plan", late_list_screen(WEEK, [], frozenset(), 0), False
    scored = [(one.id, one.name, Decimal("4.5")) for one in people * 2]
    yield "the team's scores of a month", team_month_screen(WEEK, scored), True
    yield "a team's month without scores", team_month_screen(WEEK, []), False


def _line(label: str, words) -> Line:
    return Line(LONG_ID, LONG_ID, label, words)


def _pushed(rule, line: Line, own: Screen | None, nudged: str | None = None) -> Screen:
    return pushed_screen(item_of(rule, line), rule.why, rule.must, own, subject="due:1", nudged=nudged)
