"""Screens of plans and tasks: 李娜's second week of March."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.plans.queries import Count, Sum
from crm_core.plans.scores import MonthScore, weeks_of_month
from crm_core.plans.suggestions import Suggestion, Why
from screens import plans, tasks, weeks
from screens.screen import N_, Screen

Writes = Callable[[str], str]
LONG_ID = 987_654_321_012
WEEK = date(2026, 3, 9)
TODAY = date(2026, 3, 13)


def previews_of_plans(w: Writes, me: Actor, now: datetime) -> Iterator[tuple[str, Screen, bool]]:
    """A name, the screen, and whether it shows what somebody wrote."""
    own = SimpleNamespace(id=me.id, name=w("李娜"))
    other = SimpleNamespace(id=3, name=w("陈晓东"))
    line = _line(w, me)
    many = [SimpleNamespace(**{**vars(line), "day": WEEK + timedelta(days=at % 7)}) for at in range(14)]
    week = _week(w)
    yield "a planned day", plans.day_screen(own, TODAY, many[:8], [SimpleNamespace(what=w("交月报"))], me), True
    yield "an empty day", plans.day_screen(own, TODAY, [], [], me), False
    yield "a colleague's day", plans.day_screen(other, TODAY, many[:2], [], me), True
    yield "a planned week", plans.week_screen(own, WEEK, many, week, me, today=TODAY), True
    yield "an empty week", plans.week_screen(own, WEEK, [], None, me, today=TODAY), False
    reviewed = _week(w, state="reviewed", score=4, reviewer=w("王海燕"), comment=w("重点客户再多跑"))
    yield "a colleague's week", plans.week_screen(other, WEEK, many, reviewed, me, today=TODAY), True
    mondays = weeks_of_month(WEEK)
    score = MonthScore(LONG_ID, date(2026, 3, 1), Decimal("3.5"), [reviewed])
    counts = {WEEK: Count(14, 9)}
    yield "a month of plans", plans.month_screen(own, WEEK, mondays, counts, score, me), False
    bare = MonthScore(LONG_ID, date(2026, 3, 1), None, [])
    yield "a month without scores", plans.month_screen(other, WEEK, mondays, {}, bare, me), True
    flow = SimpleNamespace(id=LONG_ID, title=w("华宁 报价"))
    yield "an open line", plans.line_screen(line, [], me, said=N_("✓ Planned.")), True
    facts = {"state": "done", "done_on": TODAY, "visit_id": LONG_ID, "feedback": w("王总要 8.5 折"), "routine": False}
    done = SimpleNamespace(**{**vars(line), **facts, "planned_on": WEEK})
    yield "a line that is done", plans.line_screen(done, [flow], me), True
    yield "a colleague's line", plans.line_screen(done, [flow], _other(me)), True
    found = [
        Suggestion(LONG_ID, w("深圳市华宁电子有限公司"), why, TODAY, w("王建国"), TODAY)
        for why in (*Why, Why.STALE, Why.STALE)
    ]
    yield "suggestions", plans.suggested_screen(WEEK, found, me, said=N_("✓ Planned.")), True
    yield "no suggestions", plans.suggested_screen(WEEK, [], me), False
    url = "https://crm.example.com/calendar/Zk3nB0oUq2x9vT7aYw1LrE5cHs8DfGjM.ics"
    yield "a new calendar feed", plans.feed_screen(url, on=True), False
    yield "a calendar feed in use", plans.feed_screen(None, on=True, said=N_("✓ Planned.")), False
    yield "no calendar feeds", plans.feed_screen(None, on=False, served=False), False
    yield from _of_weeks(w, me)
    yield from _of_tasks(w, me, now)


def _other(me: Actor) -> Any:
    return SimpleNamespace(id=2, language=me.language)


def _line(w: Writes, me: Actor) -> Any:
    return SimpleNamespace(
        id=LONG_ID,
        employee_id=me.id,
        week=WEEK,
        day=TODAY,
        planned_on=TODAY,
        part="morning",
        routine=True,
        customer_id=LONG_ID,
        customer=w("深圳市华宁电子有限公司"),
        what=w("谈年框"),
        state="open",
        done_on=None,
        visit_id=None,
        feedback=None,
        revision=99_999,
        employee=w("李娜"),
    )


def _week(w: Writes, **given: Any) -> Any:
    facts = {"id": LONG_ID, "employee_id": LONG_ID, "week": WEEK, "state": "submitted", "by_itself": True}
    facts |= {"score": None, "comment": None, "reviewed_by": None, "reviewer": None, "employee": w("李娜")}
    return SimpleNamespace(**{**facts, **given})


def _of_weeks(w: Writes, me: Actor) -> Iterator[tuple[str, Screen, bool]]:
    told = Sum(Count(14, 9), 2, 12, 3, 1)
    boss = _other(me)
    waits = _week(w)
    reviewed = _week(w, state="reviewed", score=4, reviewer=w("王海燕"), comment=w("重点客户再多跑"))
    kept = _week(w, state="reviewed", score=5, reviewer=w("王海燕"), comment="keep")
    yield "a week to score", weeks.review_screen(waits, told, boss, over=True), True
    yield "a week, its score picked", weeks.review_screen(waits, told, boss, over=True, picked=4), True
    scored = weeks.review_screen(reviewed, told, boss, over=True, said=N_("✓ Scored. It has been told."))
    yield "a week that is scored", scored, True
    yield "a week for who made it", weeks.review_screen(kept, told, me, over=False), True
    yield "one's week was scored", weeks.scored_screen(reviewed), True
    yield "weeks to score", weeks.waiting_screen(Page([waits] * 6, True, True)), True
    yield "no weeks to score", weeks.waiting_screen(Page(())), False
    row = {"id": LONG_ID, "name": w("李娜"), "plan_id": LONG_ID, "planned": 14, "done": 9}
    states = [("submitted", None), ("reviewed", 4), ("draft", None), (None, None)] * 2
    team = [SimpleNamespace(**row, state=state, score=score) for state, score in states[:6]]
    yield "the team's plans", weeks.team_screen(Page(team, True, True), WEEK, boss), True
    yield "no team's plans", weeks.team_screen(Page(()), WEEK, boss), False


def _of_tasks(w: Writes, me: Actor, now: datetime) -> Iterator[tuple[str, Screen, bool]]:
    share = SimpleNamespace(
        id=LONG_ID,
        task_id=LONG_ID,
        employee_id=me.id,
        state="open",
        seen_at=None,
        due_on=TODAY,
        done_on=None,
        feedback=None,
        what=w("收集三家对手的报价"),
        by_id=2,
        customer_id=LONG_ID,
        customer=w("深圳市华宁电子有限公司"),
        employee=w("李娜"),
        giver=w("王海燕"),
    )
    done = SimpleNamespace(
        **{**vars(share), "state": "done", "done_on": TODAY, "feedback": w("都拿到了"), "seen_at": now}
    )
    full = Page([share, done] * 3, True, True)
    late = TODAY + timedelta(days=3)
    yield "to do", tasks.open_screen(Page(full.rows[:5], True, True), me, me.id, late, gives=True), True
    yield "nothing to do", tasks.open_screen(Page(()), me, me.id, late, gives=False), False
    yield "a share of a task", tasks.share_screen(share, me), True
    yield "a share that is done", tasks.share_screen(done, me, said=N_("✓ Noted.")), True
    yield "a task is given", tasks.given_to_screen(share), True
    task = SimpleNamespace(
        id=LONG_ID,
        what=w("更新全部客户档案"),
        by_id=me.id,
        due_on=TODAY,
        unit=w("深圳分公司"),
        people=12,
        done=5,
        open=7,
    )
    task.amount = Decimal(600_000)
    yield "a task and its people", tasks.task_screen(task, full, me), True
    yield "tasks given", tasks.given_screen(Page([task] * 6, True, True)), True
    yield "no tasks given", tasks.given_screen(Page(())), False
    plan = SimpleNamespace(id=LONG_ID, title=w("二季度华南"), amount=Decimal(1_000_000), since=WEEK, until=TODAY)
    plan.owner_id, plan.parts, plan.tasks, plan.done = me.id, Decimal(600_000), 4, 1
    yield "a sales plan", tasks.sales_plan_screen(plan, Page([task] * 6, True, True), me), True
    yield "sales plans", tasks.sales_screen(Page([plan] * 6, True, True), me), True
    yield "no sales plans", tasks.sales_screen(Page(()), me), False
