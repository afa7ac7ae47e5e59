"""Previews of reminders: the digest, one thing alone, what one wants, the weekly list, working days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from conversations.due import Line, digest_of
from crm_core.occurrences.acts import Later
from reminders import contacts, customers, org
from reminders.rules import rules
from screens.reminders import (
    OVER,
    Item,
    Wanted,
    choose_screen,
    digest_screen,
    item_screen,
    pushed_screen,
    settings_screen,
    why_screen,
)
from screens.reminders_team import Late, late_screen, list_screen
from screens.screen import N_, Place, Screen
from screens.workdays import month_screen

LONG_ID = 10**15
_MORNING = datetime(2026, 3, 12, 0, 30, tzinfo=UTC)
OURS_ALONE = frozenset(
    {f"why these reminders, page {page}" for page in range(6)}
    | {"when the digest comes", "where the clock is", "an empty weekly list", "working days"}
)
"""They show nothing that somebody typed."""
STALE = N_("not updated for %(days)s days")


def of_reminders(w: Any, actor: Any, language: Any) -> Iterator[tuple[str, Screen]]:
    person = replace(actor, name=w("李娜"))
    stale = rules()[customers.KEY]
    open_ = [(stale, Line(LONG_ID, LONG_ID, w("深圳市华宁电子有限公司"), STALE(days=45)))] * 3
    done = [(stale, replace(line, done=True)) for _, line in open_[:2]]
    yield "morning digest", digest_of(person, [*open_, *done], _MORNING)
    yield (
        "digest, one put off",
        digest_of(person, open_, _MORNING + timedelta(hours=9), more=7, off={LONG_ID: "03-30 08:30"}),
    )
    yield "digest, all done", digest_of(person, done, _MORNING)
    over = [(stale, replace(line, words=OVER, done=True)) for _, line in open_[:1]]
    yield "digest, one over", digest_of(person, [*done, *over], _MORNING)
    item = _item(w)
    yield "all that is due", digest_screen(person, [item] * 5, 0, of_all=12, page=1)
    yield "nothing is due", digest_screen(person, [], 0)
    yield "what can be done with a reminder", item_screen(item, stale.why, must=False, later=tuple(Later), snoozes=1)
    yield "a reminder put off three times", item_screen(item, stale.why, must=False, later=(), snoozes=3)
    yield (
        "a pool warning opened",
        item_screen(item, rules()["pool.deadline"].why, must=True, later=tuple(Later), snoozes=0),
    )
    yield "a reminder of its own", pushed_screen(item, stale.why, False, None, subject="due:1", nudged=w("王海燕"))
    yield (
        "a reminder put off",
        pushed_screen(replace(item, put_off="03-30 08:30"), stale.why, False, None, subject="due:1"),
    )
    greeting = contacts._GREETING(name=w("王建国"), me=w("李娜"))
    birthday = rules()["contact.birthday"]
    words = contacts._BIRTHDAY_AGE(
        when=contacts.when_words(date(2026, 9, 25), date(2026, 9, 22)), day="农历1968年八月十五", age=58
    )
    own = Screen("reminders/birthday.html", {"greeting": greeting})
    cake = replace(
        item,
        label=w("王建国 · 深圳市华宁电子有限公司"),
        words=words,
        sign="🎂",
        done_label=birthday.done_label,
        action="due.contact",
        action_label=birthday.action_label,
    )
    yield "a birthday", pushed_screen(cake, birthday.why, False, own, subject="due:1")
    yield (
        "a birthday, wished",
        pushed_screen(replace(cake, done=True, words=N_("✓ wished")), birthday.why, False, None, subject="due:1"),
    )
    for kind in (org.UNREACHABLE, org.COLLEAGUES, org.HOLIDAYS_UNKNOWN):
        line = Line(LONG_ID, LONG_ID, w("李娜"), org._SILENT(since="2026-03-25"))
        yield f"a digest of {kind.key}", digest_of(person, [(kind, line)], _MORNING)
    wanted = [
        Wanted(number, one.title, one.why, how, one.must, one.pushes)
        for number, (one, how) in enumerate(zip(rules().values(), (None, "off", "digest") * 9, strict=False))
    ]
    for page in range(5):
        yield (
            f"reminder settings, page {page}",
            settings_screen(wanted, time(8, 30), "Asia/Shanghai", w("农历八月十五"), page, said=N_("✓ Saved.")),
        )
    for page in range(6):
        yield f"why these reminders, page {page}", why_screen(wanted, page)
    yield "when the digest comes", choose_screen("at", "due.at", [("08:30", 0), ("09:00", 1)])
    yield "where the clock is", choose_screen("zone", "due.zone", [("Shanghai", 0), ("New York", 1)])
    late = Late(
        id=LONG_ID,
        person=w("李娜"),
        label=w("深圳市华宁电子有限公司"),
        words=STALE(days=45),
        since=date(2026, 3, 25),
        snoozes=3,
        customer_id=LONG_ID,
        silent=True,
        nudged=False,
    )
    yield "the weekly list", list_screen([late] * 7, 0)
    yield "an empty weekly list", list_screen([], 0)
    yield "something undone of a report", late_screen(late)
    first = date(2027, 1, 1)
    days = {first + timedelta(days=at): at % 5 != 0 for at in range(31)}
    yield (
        "working days",
        month_screen(days, first, first, language, N_("✓ %(day)s is off.")(day="2027-01-01"), Place.NEW),
    )


def _item(w: Any) -> Item:
    return Item(
        id=LONG_ID,
        subject_id=LONG_ID,
        label=w("深圳市华宁电子有限公司"),
        words=STALE(days=45),
        action="visit.log",
        action_label=N_("📝 Log visit"),
        done_label=N_("✓ Done"),
    )
