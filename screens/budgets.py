"""Screens of budgets: the list with its bars, one budget with its pace, what was asked of it, what goes over."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from crm_core.budgets.matching import Prospect
from crm_core.budgets.pace import Pace, Verdict, pace_of
from crm_core.budgets.permissions import MANAGE, OVERRIDE, REPORT
from crm_core.budgets.queries import Standing
from crm_core.kit.languages import Language
from crm_core.kit.pages import Page
from crm_core.kit.words.amounts import short_amount, write_amount
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook
from screens.approvals_route import Line
from screens.catalogue import in_both, say
from screens.lists import List, arrows, list_screen
from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, fit, in_rows
from screens.words.budgets import FIELDS, KINDS, STATES, VERDICTS

BUDGETS: Final = List("budgets", title=N_("Budgets"), empty=N_("No budget that you may see yet."), opens="budget")
SPENT: Final = List("budget.spent", title=N_("Spending"), empty=N_("Nothing was asked of it yet."), opens="budget")
ALL: Final = "all"
_FULL, _EMPTY, _OVER = "▓", "░", "!"


def bar(share: Decimal, wide: int = 10) -> str:
    """▓▓▓░░: a share of 1 as signs; more than all of it ends with a mark."""
    full = min(int(share * wide), wide)
    return _FULL * full + _EMPTY * (wide - full) + (_OVER if share > 1 else "")


def percent(share: Decimal) -> int:
    return int((share * 100).to_integral_value())


def pace_row(row: Any, today: date) -> Pace:
    return pace_of(row.amount, row.held + row.committed, row.since, row.until, today)


def list_of(page: Page, actor: Actor, today: date, *, live: bool = True, place: Place = Place.EDIT) -> Screen:
    """The budgets, each with how much of it is used."""
    labels = [fit(_label(row, today), 40) for row in page.rows]
    first: Row = (Button(N_("➕ New budget"), "budget.new"),) if may(actor, MANAGE) else ()
    second: Row = (Button(N_("📊 Report"), "budget.report"),) if may(actor, REPORT) else ()
    other = (
        Button(N_("🗄 With closed ones"), BUDGETS.key, arg=f"f {ALL}") if live else Button(N_("Open ones"), "budgets")
    )
    note = N_("▓ spent or held, ░ left") if page.rows else None
    words = "" if live else ALL
    more = ((*first, *second),)
    return list_screen(BUDGETS, page, labels, place=place, more=more, words=words, note=note, beside=(other,))


def _label(row: Any, today: date) -> str:
    pace = pace_row(row, today)
    sign = {Verdict.FAST: "⚡", Verdict.OVER: "⛔", Verdict.SPENT: "⛔", Verdict.SLOW: "🐢"}.get(pace.verdict, "")
    closed = "🗄 " if row.status != "open" else ""
    return f"{closed}{bar(pace.money, 5)} {percent(pace.money)}%{sign} {row.name}"


def card(
    row: Any, actor: Actor, today: date, book: Playbook, *, asking: Sequence[Any] = (), said: Msg | None = None
) -> Screen:
    """One budget: what is left of it, and how the money goes against the time (EX09, EX13)."""
    pace = pace_row(row, today)
    facts = {
        "b": row,
        "narrow": _narrow(row, book, actor.language),
        "left": row.amount - row.held - row.committed,
        "money": bar(pace.money),
        "used": percent(pace.money),
        "time": bar(pace.time),
        "gone": percent(pace.time),
        "pace": VERDICTS[pace.verdict],
        "projected": pace.projected if pace.verdict is Verdict.FAST else None,
        "said": said,
    }
    rows: list[Row] = []
    if asking:
        label = N_("⚠ Over budget: %(count)s waiting")(count=len(asking))
        rows.append((Button(label, "budget.over", row.id),))
    rows.append((Button(N_("🧾 Spending"), SPENT.key, row.id),))
    if may(actor, MANAGE):
        status = Button(N_("🗄 Close"), "budget.status", row.id, arg="closed")
        if row.status != "open":
            status = Button(N_("Open again"), "budget.status", row.id, arg="open")
        rows.append((Button(N_("✎ Change"), "budget.edit", row.id), status))
    rows.append((Button(N_("« Budgets"), BUDGETS.key),))
    return Screen("budgets/budget.html", facts, tuple(rows), subject=f"budget:{row.id}")


def _narrow(row: Any, book: Playbook, language: Language) -> str:
    """Of which department, for what, and what it is narrowed to."""
    stage = book.title("stages", row.stage, language) if row.stage else None
    kind = say(KINDS[row.task_kind], language) if row.task_kind else None
    parts = [row.unit, book.title("budget_contents", row.content, language), row.task, kind, stage]
    return " · ".join(fit(one, 30) for one in parts if one)


def edit_screen(row: Any) -> Screen:
    """Which of its fields?"""
    buttons = [Button(words, "budget.field", row.id, row.revision, name) for name, words in FIELDS.items()]
    rows = (*in_rows(buttons), (Button(N_("« Back"), "budget", row.id),))
    return Screen("budgets/edit.html", {"b": row}, rows)


def spent_screen(row: Any, page: Page) -> Screen:
    """Who asked how much of it for what, and what became of that."""
    lines = [
        {
            "day": f"{one.day:%m-%d}",
            "who": one.applicant,
            "what": one.title,
            "amount": one.amount,
            "state": STATES[one.state],
            "allowed_by": one.allowed_by if one.over else None,
        }
        for one in page.rows
    ]
    rows = (*arrows(SPENT.key, page, row.id), (Button(N_("« Back"), "budget", row.id),))
    return Screen("budgets/spent.html", {"b": row, "lines": lines, "empty": SPENT.empty}, rows)


def over_screen(row: Any, asking: Sequence[Any], actor: Actor) -> Screen:
    """The requests that wait for somebody's leave to go over (EX12)."""
    left = row.amount - row.held - row.committed
    lines = [{"who": one.applicant, "what": one.title, "amount": one.amount} for one in asking[:4]]
    allows = [
        (
            Button(
                N_("✅ Allow %(what)s")(what=fit(f"{one.applicant} {one.title}", 24)), "budget.allow", one.approval_id
            ),
        )
        for one in asking[:4]
        if may(actor, OVERRIDE)
    ]
    rows = (*allows, (Button(N_("« Back"), "budget", row.id),))
    return Screen("budgets/over.html", {"b": row, "left": left, "lines": lines}, rows)


def asked_screen(
    standings: Sequence[Standing], title: str, applicant: str, approval_id: int, actor: Actor, by: str | None = None
) -> Screen:
    """Told to finance and the budget's owner at once: somebody asks for more than is left. `by` has allowed it."""
    over = [one for one in standings if one.budget_id is not None and one.over]
    rows: list[Row] = []
    if by is None and may(actor, OVERRIDE):
        rows.append((Button(N_("✅ Allow it by my name"), "budget.allow", approval_id),))
    rows += [(Button(fit(f"💰 {one.name}", 30), "budget", one.budget_id or 0),) for one in over[:3]]
    facts = {"who": applicant, "what": title, "over": over[:3], "by": by}
    return Screen("budgets/asked.html", facts, tuple(rows), subject=f"overrun:{approval_id}")


def standing_lines(standings: Sequence[Standing], book: Playbook) -> list[Line]:
    """The budget lines of a request's card, for who decides: what is left beside it, what goes over, by whose leave."""
    return [Line(in_both(partial(_standing_in, one, book)), heavy=bool(one.over)) for one in standings]


def _standing_in(one: Standing, book: Playbook, language: Language) -> str:
    return say(_standing(one, book, language), language)


def _standing(one: Standing, book: Playbook, language: Language) -> Msg:
    if one.name is None:
        content = book.title("budget_contents", one.content, language)
        return N_("💰 No budget for %(content)s")(content=content)
    facts = {"name": one.name, "left": write_amount(one.left), "over": write_amount(one.over)}
    if one.waits:
        return N_("⚠ Over budget by %(over)s: %(name)s has %(left)s left")(**facts)
    if one.over:
        return N_("⚠ Over budget by %(over)s: %(name)s, allowed by %(by)s")(**facts, by=one.allowed_by or "")
    return N_("💰 %(name)s: %(left)s left of %(size)s")(**facts, size=short_amount(one.size, language))


def prospect_words(prospects: Sequence[Prospect]) -> list[Words]:
    """The same for the applicant, before the request is sent: what would be left (EX12)."""
    told: list[Words] = []
    for one in prospects:
        facts = {"name": one.name, "left": write_amount(one.left), "over": write_amount(one.over)}
        if one.name is None:
            continue
        if one.over:
            told.append(N_("⚠ %(name)s has %(left)s left: this goes %(over)s over")(**facts))
        else:
            told.append(N_("💰 %(name)s: %(after)s left after this")(**facts, after=write_amount(one.left_after)))
    return told
