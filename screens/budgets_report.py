"""The execution report of budgets: text, chart and spreadsheet, narrowed by buttons (EX11, EX15, EX16, EX18)."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from crm_core.budgets.report import By, Line, Report, Wanted
from crm_core.kit.languages import Language
from crm_core.kit.words.amounts import short_amount, write_amount
from crm_core.playbook.book import Playbook
from crm_core.playbook.flows import TaskKind
from screens.budgets import bar, percent
from screens.catalogue import say
from screens.drawing import drawn, wide
from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, fit, page_rows
from screens.sheets import sheet_of
from screens.words.budgets import BY, KINDS, NOT_SAID

REPORT: Final = "budget.report"
PICK: Final = "budget.pick"
TITLE: Final = N_("Budget report")
_EVERY: Final = N_("all")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,19}")
_MOST_LINES: Final = 5
_MOST_BARS: Final = 14
_PERIODS: Final = ("m0", "m1", "q0", "q1", "y0", "y1")
_PARTS: Final = ("by", "period", "content", "kind", "unit")
_KIND_OF: Final[dict[str, TaskKind]] = {one.value[0]: one for one in TaskKind if one is not TaskKind.SALES} | {
    "a": TaskKind.SALES
}
_LETTER: Final = {kind.value: letter for letter, kind in _KIND_OF.items()}
_TOP, _ROW, _NAME, _WIDTH, _SIDE = 110, 58, 24, 460, 24


@dataclass(frozen=True, slots=True)
class Sight:
    """What of the report is looked at, as a button carries it: `c.y0.travel.m`, the department as the button's object.

    Periods are this or the last month, quarter and year (`m0`, `m1`, …).
    """

    by: By = By.CONTENT
    period: str = "y0"
    content: str | None = None
    kind: str | None = None
    unit: int | None = None

    @property
    def arg(self) -> str:
        return f"{self.by.value}.{self.period}.{self.content or ''}.{_LETTER.get(self.kind or '', '')}"

    def wanted(self, today: date) -> Wanted:
        since, until = days_of(self.period, today)
        return Wanted(by=self.by, since=since, until=until, content=self.content, kind=self.kind, unit=self.unit)


def read_sight(arg: str, unit: int) -> Sight:
    """Anybody can forge a button: what makes no sense is left out."""
    by, period, content, kind = [*arg.split("."), "", "", "", ""][:4]
    return Sight(
        By(by) if by in set(By) else By.CONTENT,
        period if period in _PERIODS else "y0",
        content if _KEY.fullmatch(content) else None,
        _KIND_OF[kind].value if kind in _KIND_OF else None,
        unit or None,
    )


def days_of(period: str, today: date) -> tuple[date, date]:
    """The first and the last day of `m0` (this month), `q1` (the last quarter), `y0` (this year)."""
    length = {"m": 1, "q": 3, "y": 12}[period[0]]
    months = today.year * 12 + (today.month - 1) // length * length - int(period[1]) * length
    last = months + length - 1
    year, month = divmod(last, 12)
    return date(months // 12, months % 12 + 1, 1), date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def period_words(period: str, today: date) -> str:
    """2026-03, 2026 Q1, 2026."""
    since, _ = days_of(period, today)
    if period[0] == "m":
        return f"{since:%Y-%m}"
    return f"{since.year}" if period[0] == "y" else f"{since.year} Q{(since.month + 2) // 3}"


def called(line: Line, by: By, book: Playbook, language: Language) -> str:
    """What a row of the report is called."""
    if not line.key:
        return say(NOT_SAID.get(by, N_("not said")), language)
    if by is By.CONTENT:
        return book.title("budget_contents", line.key, language)
    if by is By.STAGE:
        return book.title("stages", line.key, language)
    if by is By.KIND:
        return say(KINDS[line.key], language)
    return line.name or line.key


def _share(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal('0.1'))}%"


def text_screen(
    made: Report,
    sight: Sight,
    book: Playbook,
    language: Language,
    today: date,
    *,
    sender: str | None = None,
    note: str | None = None,
    place: Place = Place.EDIT,
) -> Screen:
    """The report as text, with the buttons that narrow it; `sender` sent it, with a `note`."""
    most = _MOST_LINES if sender is None else _MOST_LINES - 1
    facts = {
        "head": _head(made, sight, book, language, today),
        "total": made.total,
        "won": made.wanted.by is By.REGION,
        "lines": [_row(one, made.wanted.by, book, language) for one in made.lines[:most]],
        "more": max(len(made.lines) - most, 0),
        "sender": sender,
        "note": note,
    }
    return Screen("budgets/report.html", facts, _buttons(sight, made, book, language, today), place)


def _head(made: Report, sight: Sight, book: Playbook, language: Language, today: date) -> str:
    parts = [
        say(N_("by %(what)s")(what=BY[sight.by]), language),
        period_words(sight.period, today),
        book.title("budget_contents", sight.content, language) if sight.content else None,
        say(KINDS[sight.kind], language) if sight.kind else None,
        made.unit,
    ]
    return " · ".join(fit(one, 24) for one in parts if one)


def _row(one: Line, by: By, book: Playbook, language: Language) -> dict[str, Any]:
    name = fit(called(one, by, book, language), 20)
    facts: dict[str, Any] = {
        "spent": short_amount(one.actual + one.held, language),
        "budget": short_amount(one.budget, language),
        "left": write_amount(one.left),
    }
    words: Words
    if by is By.REGION and one.cost is not None:
        sold = {"won": short_amount(one.won, language), "cost": _share(one.cost)}
        words = N_("spent %(spent)s for %(won)s sold: %(cost)s")(spent=short_amount(one.actual, language), **sold)
    elif one.used is None:
        words = N_("spent %(spent)s, no budget")(**facts)
    else:
        sign = f"{bar(one.used, 5)} {percent(one.used)}% "
        words = N_("%(sign)s%(spent)s of %(budget)s, left %(left)s")(**facts, sign=sign)
    about = ""
    if by is By.TASK and one.key:
        kind = say(KINDS[one.kind], language) if one.kind else ""
        state = say(_state_of(one), language)
        about = " · ".join(filter(None, (kind, fit(one.unit or "", 16), state)))
    return {"name": name, "words": words, "about": about}


def _state_of(one: Line) -> Msg:
    """Where a project's money stands (EX11)."""
    if one.used is not None and one.used > 1:
        return N_("over budget")
    if not one.budgets:
        return N_("no budget")
    return N_("still running") if one.open else N_("closed")


def _buttons(sight: Sight, made: Report, book: Playbook, language: Language, today: date) -> tuple[Row, ...]:
    content = book.title("budget_contents", sight.content, language) if sight.content else _EVERY
    kind: Words = KINDS[sight.kind] if sight.kind else _EVERY
    shown: dict[str, Words] = {
        "by": BY[sight.by],
        "period": period_words(sight.period, today),
        "content": content,
        "kind": kind,
        "unit": fit(made.unit, 10) if made.unit else _EVERY,
    }
    labels: dict[str, Msg] = {
        "by": N_("By: %(what)s"),
        "period": N_("When: %(what)s"),
        "content": N_("Content: %(what)s"),
        "kind": N_("Tasks: %(what)s"),
        "unit": N_("Where: %(what)s"),
    }
    picks = [Button(labels[one](what=shown[one]), PICK, sight.unit or 0, arg=_pick(one, sight)) for one in _PARTS]
    unit, arg = sight.unit or 0, sight.arg
    return (
        (picks[0], picks[1]),
        (picks[2], picks[3]),
        (picks[4], Button(N_("📊 Chart"), "budget.chart", unit, arg=arg)),
        (
            Button(N_("⬇ Spreadsheet"), "budget.sheet", unit, arg=arg),
            Button(N_("📤 To a colleague"), "budget.send", unit, arg=arg),
        ),
        (Button(N_("« Budgets"), "budgets"),),
    )


def _pick(part: str, sight: Sight) -> str:
    return f"{part[0]}.{sight.arg}"


def read_pick(arg: str, unit: int) -> tuple[str, int, Sight]:
    """Which part is to be chosen, the page of its options, and what is looked at just now."""
    what, _, rest = arg.partition(".")
    part = next((one for one in _PARTS if one[0] == what[:1]), "by")
    return (
        part,
        int(what[1:]) if what[1:].isascii() and what[1:].isdigit() and len(what) < 5 else 0,
        read_sight(rest, unit),
    )


def pick_screen(
    part: str, page: int, sight: Sight, book: Playbook, units: Sequence[Any], language: Language, today: date
) -> Screen:
    """The options of one part of the report."""
    back = Button(N_("« Back"), REPORT, sight.unit or 0, arg=sight.arg)
    buttons = [_option(label, changed) for label, changed in _options(part, sight, book, units, language, today)]
    more = Button(N_("More ›"), PICK, sight.unit or 0)
    rows = page_rows(buttons, page, back, more)
    rows = tuple(
        tuple(replace(one, arg=f"{part[0]}{one.arg}.{sight.arg}") if one.key == PICK else one for one in row)
        for row in rows
    )
    return Screen("budgets/pick.html", {"part": _ASKS[part]}, rows)


_ASKS: Final[dict[str, Msg]] = {
    "by": N_("What shall the rows be?"),
    "period": N_("Which time?"),
    "content": N_("Spent on what?"),
    "kind": N_("For which kind of tasks?"),
    "unit": N_("Which branch or department? Those below it count in."),
}


def _option(label: Words, changed: Sight) -> Button:
    return Button(label, REPORT, changed.unit or 0, arg=changed.arg)


def _options(
    part: str, sight: Sight, book: Playbook, units: Sequence[Any], language: Language, today: date
) -> list[tuple[Words, Sight]]:
    if part == "by":
        return [(BY[one], replace(sight, by=one)) for one in By]
    if part == "period":
        return [(period_words(one, today), replace(sight, period=one)) for one in _PERIODS]
    if part == "content":
        titles = [(one.title["zh" if language == "zh" else "en"], one.key) for one in book.budget_contents]
        return [(_EVERY, replace(sight, content=None)), *((name, replace(sight, content=key)) for name, key in titles)]
    if part == "kind":
        return [
            (_EVERY, replace(sight, kind=None)),
            *((KINDS[one], replace(sight, kind=one.value)) for one in TaskKind),
        ]
    return [(_EVERY, replace(sight, unit=None)), *((fit(one.name, 18), replace(sight, unit=one.id)) for one in units)]


def chart_screen(made: Report, sight: Sight, book: Playbook, language: Language, today: date) -> Screen:
    """The report as bars: the budget an outline, what is spent filled, what is held lighter."""
    by, shown = made.wanted.by, made.lines[:_MOST_BARS]
    most = max([max(one.budget, one.actual + one.held, one.won) for one in shown], default=Decimal(0)) or Decimal(1)
    bars = [_bar(one, at, by, most, book, language) for at, one in enumerate(shown)]
    legend = [N_("spent"), N_("held"), N_("budget"), *((N_("sold"),) if by is By.REGION else ())]
    facts = {
        "title": say(TITLE, language),
        "subtitle": _head(made, sight, book, language, today),
        "width": _SIDE * 2 + _WIDTH + 120,
        "height": _TOP + max(len(bars), 1) * _ROW + 16,
        "bars": bars,
        "legend": _legend([say(one, language) for one in legend]),
        "empty": None if bars else say(N_("Nothing was planned or spent in this time."), language),
    }
    text = Button(N_("📄 As text"), REPORT, sight.unit or 0, arg=sight.arg)
    sheet = Button(N_("⬇ Spreadsheet"), "budget.sheet", sight.unit or 0, arg=sight.arg)
    shown_facts = {"head": facts["subtitle"], "total": made.total}
    photo = drawn("budgets/chart.svg", facts, language, "budgets")
    return Screen(
        "budgets/chart.html", shown_facts, ((text, sheet), (Button(N_("« Budgets"), "budgets"),)), photo=photo
    )


_COLOURS: Final = ("#1f6f8b", "#8fc1d4", "#33475b", "#3a8f4d")


def _legend(words: Sequence[str]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    x = float(_SIDE)
    for at, one in enumerate(words):
        made.append({"x": round(x, 1), "text": one, "colour": _COLOURS[at], "outline": at == 2})
        x += 18 + wide(one, 14) + 18
    return made


def _bar(one: Line, at: int, by: By, most: Decimal, book: Playbook, language: Language) -> dict[str, Any]:
    def long(value: Decimal) -> float:
        return round(float(max(value, Decimal(0)) / most) * _WIDTH, 1)

    told = short_amount(one.actual + one.held, language)
    if one.budget:
        told = f"{told} / {short_amount(one.budget, language)}"
    if by is By.REGION and one.cost is not None:
        told = f"{told} · {_share(one.cost)}"
    over = bool(one.budget) and one.left < 0
    return {
        "y": _TOP + at * _ROW,
        "name": fit(called(one, by, book, language), 34),
        "told": told,
        "spent": long(one.actual),
        "held": long(one.held),
        "budget": long(one.budget),
        "won": long(one.won) if by is By.REGION else 0,
        "over": over,
    }


def sheet_file(made: Report, sight: Sight, book: Playbook, language: Language, today: date) -> dict[str, str]:
    """The report as a spreadsheet: a row for each line, and the sum."""
    by = made.wanted.by
    heads = [BY[by], N_("budget"), N_("spent"), N_("held"), N_("left"), N_("used %")]
    if by is By.REGION:
        heads += [N_("sold"), N_("paid"), N_("cost %")]
    if by is By.TASK:
        heads += [N_("kind of task"), N_("department"), N_("state")]
    total = replace(made.total, key="=", name=say(N_("Total"), language))
    rows = [_cells(one, by, book, language) for one in (*made.lines, total)]
    name = f"{say(TITLE, language)} {period_words(sight.period, today)}.xlsx"
    headings = [say(one, language) for one in heads]
    return {"sheet": sheet_of(say(TITLE, language), headings, rows), "name": name}


def _cells(one: Line, by: By, book: Playbook, language: Language) -> list[Any]:
    name = one.name if one.key == "=" else called(one, by, book, language)
    cells: list[Any] = [name, one.budget, one.actual, one.held, one.left, percent(one.used) if one.used else None]
    if by is By.REGION:
        cells += [one.won, one.paid, float((one.cost * 100).quantize(Decimal("0.1"))) if one.cost is not None else None]
    if by is By.TASK and one.key != "=":
        kind = say(KINDS[one.kind], language) if one.kind else None
        cells += [kind, one.unit, say(_state_of(one), language)]
    return cells


def file_caption(made: Report, sight: Sight, book: Playbook, language: Language, today: date) -> Screen:
    """What stands under the spreadsheet."""
    facts = {"head": _head(made, sight, book, language, today), "total": made.total}
    return Screen("budgets/chart.html", facts, place=Place.NEW)
