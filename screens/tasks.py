"""Screens of tasks: what one has to do, one's share of a task, how everybody got on with it, and sales plans."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.kit.words.amounts import short_amount
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.tasks.models import ShareState
from crm_core.tasks.permissions import PLAN_SALES
from screens.catalogue import say
from screens.lists import List, arrows, list_screen
from screens.plans import CARD
from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, fit
from screens.words.expenses import short
from screens.words.tasks import SIGNS, STATES

OPEN: Final = List("tasks", N_("☑ Tasks"), N_("No open task."), "share")
GIVEN: Final = List("tasks.given", N_("📤 Tasks given"), N_("You have given no task to anybody yet."), "task")
SALES: Final = List(
    "sales", N_("🎯 Sales plans"), N_("No sales plan yet. Make one, then break it down into tasks."), "sales_plan"
)
_LABEL: Final = 44
_WORK: Final = Button(N_("« Work view"), "menu", arg="work")


def open_screen(
    page: Page, actor: Actor, employee_id: int, today: date, *, gives: bool, place: Place = Place.EDIT
) -> Screen:
    """What somebody still has to do, the most urgent first (PL11); ⚠ is overdue."""
    labels = [fit(f"{'⚠ ' if row.due_on < today else ''}{short(row.due_on)} {_what(row)}", _LABEL) for row in page.rows]
    give = (Button(N_("📤 Give a task"), "task.new", arg="one"),) if gives else ()
    rows: tuple[Row, ...] = ((_WORK,),)
    if employee_id == actor.id:
        given = (Button(GIVEN.title, GIVEN.key),) if gives else ()
        rows = ((Button(N_("➕ For me"), "task.new", arg="own"), *give), (_WORK, *given))
    return list_screen(OPEN, page, labels, parent=employee_id, more=rows, place=place)


def _what(row: Any) -> str:
    return f"{row.what} · {without_form(row.customer)}" if row.customer else row.what


def given_screen(page: Page, place: Place = Place.EDIT) -> Screen:
    labels = [fit(f"{row.done}/{row.people} · {short(row.due_on)} {row.what}", _LABEL) for row in page.rows]
    return list_screen(
        GIVEN,
        page,
        labels,
        more=((Button(N_("« Tasks"), OPEN.key), Button(N_("👥 To a unit"), "task.new", arg="unit")),),
        place=place,
    )


def share_screen(row: Any, actor: Actor, *, said: Msg | None = None, place: Place = Place.EDIT) -> Screen:
    """One person's share: planned and actual day (PL12), how it went."""
    told: list[Words] = [N_("Until %(day)s · %(state)s")(day=str(row.due_on), state=STATES[ShareState(row.state)])]
    if row.by_id != row.employee_id:
        told.append(N_("From %(giver)s to %(person)s")(giver=row.giver, person=row.employee))
    if row.customer:
        told.append(N_("Customer: %(name)s")(name=fit(without_form(row.customer), 40)))
    if row.done_on is not None:
        told.append(N_("Done on %(day)s")(day=str(row.done_on)))
    if row.feedback:
        told.append(N_("Feedback: %(words)s")(words=fit(row.feedback, 160)))
    rows: list[Row] = []
    if row.employee_id == actor.id and row.state == ShareState.OPEN:
        rows.append(
            (Button(N_("✓ Done"), "share.done", row.id), Button(N_("💬 Tell how it went"), "share.tell", row.id))
        )
    elif row.employee_id == actor.id and row.state == ShareState.DONE:
        rows.append((Button(N_("💬 Feedback"), "share.tell", row.id),))
    if row.customer_id is not None:
        rows.append((Button(N_("📇 Archive"), "customer", row.customer_id),))
    ways = (Button(N_("👥 Everybody's"), "task", row.task_id),) if row.by_id == actor.id != row.employee_id else ()
    rows.append((Button(N_("« Tasks"), OPEN.key), *ways))
    facts = {"said": said, "title": N_("☑ %(what)s")(what=fit(row.what, 160)), "about": "", "lines": told}
    return Screen(CARD, facts, tuple(rows), place, subject=f"task_share:{row.id}")


def task_screen(row: Any, page: Page, actor: Actor, *, said: Msg | None = None, place: Place = Place.EDIT) -> Screen:
    """A task with everybody's share (PL13): who has seen it, who has done it, when."""
    note = N_("Until %(day)s · %(done)s of %(people)s done")(day=str(row.due_on), done=row.done, people=row.people)
    opens = [(Button(_share_label(one, actor), "share", one.id),) for one in page.rows]
    drop = (Button(N_("✗ Drop the rest"), "task.drop", row.id),) if row.by_id == actor.id and row.open else ()
    back = Button(N_("« Tasks given"), GIVEN.key) if row.by_id == actor.id else Button(N_("« Tasks"), OPEN.key)
    title = N_("📤 Task: %(what)s")(what=fit(row.what, 120))
    facts = {
        "title": title,
        "empty": OPEN.empty,
        "count": len(page.rows),
        "searched": None,
        "about": row.unit or "",
        "note": said or note,
    }
    return Screen("list.html", facts, (*opens, *arrows("task", page, row.id), (back, *drop)), place)


def _share_label(one: Any, actor: Actor) -> str:
    if one.done_on is not None:
        state = short(one.done_on)
    else:
        seen = N_("seen") if one.seen_at is not None else N_("not seen yet")
        state = say(seen if one.state == ShareState.OPEN else STATES[ShareState(one.state)], actor.language)
    return fit(f"{SIGNS[one.state]} {one.employee} · {state}{' · ' + one.feedback if one.feedback else ''}", _LABEL)


def given_to_screen(row: Any) -> Screen:
    """What a person is told who has been given a task."""
    told: list[Words] = [N_("%(giver)s gives you a task, until %(day)s")(giver=row.giver, day=str(row.due_on))]
    if row.customer:
        told.append(N_("Customer: %(name)s")(name=fit(without_form(row.customer), 40)))
    rows = ((Button(N_("✓ Done"), "share.done", row.id), Button(N_("👁 Open"), "share", row.id)),)
    facts = {"said": None, "title": N_("☑ %(what)s")(what=fit(row.what, 160)), "about": "", "lines": told}
    return Screen(CARD, facts, rows, Place.NEW, subject=f"task_share:{row.id}")


def sales_plan_screen(
    row: Any, page: Page, actor: Actor, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """A sales plan and what it is broken down into (PL14): given out, left to give, done."""
    left = row.amount - row.parts

    def money(amount: Any) -> str:
        return short_amount(amount, actor.language)

    given = N_("%(amount)s until %(until)s · given out %(parts)s, left %(left)s · %(done)s of %(tasks)s tasks done")
    note = given(
        amount=money(row.amount),
        until=str(row.until),
        parts=money(row.parts),
        left=money(max(left, 0 * left)),
        done=row.done,
        tasks=row.tasks,
    )
    opens = [(Button(_part_label(one, money(one.amount) if one.amount else "–"), "task", one.id),) for one in page.rows]
    add = (Button(N_("➕ Task"), "task.part", row.id),) if row.owner_id == actor.id else ()
    facts = {
        "title": N_("🎯 Sales plan: %(title)s")(title=row.title),
        "empty": SALES.empty,
        "count": len(page.rows),
        "searched": None,
        "about": "",
        "note": said or note,
    }
    return Screen(
        "list.html",
        facts,
        (*opens, *arrows("sales_plan", page, row.id), (Button(N_("« Sales plans"), SALES.key), *add)),
        place,
    )


def _part_label(one: Any, amount: str) -> str:
    return fit(f"{'○' if one.open else '✓'} {amount} · {short(one.due_on)} {one.what}", _LABEL)


def sales_screen(page: Page, actor: Actor, place: Place = Place.EDIT) -> Screen:
    labels: Sequence[str] = [
        fit(f"{short_amount(row.amount, actor.language)} · {row.title} · {row.done}/{row.tasks}", _LABEL)
        for row in page.rows
    ]
    new = (Button(N_("➕ Sales plan"), "sales.new"),) if may(actor, PLAN_SALES) else ()
    return list_screen(SALES, page, list(labels), more=((_WORK, *new),), place=place)
