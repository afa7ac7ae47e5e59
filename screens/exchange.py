"""Screens of imports: one living card, from the file that was sent to what has become of it; and of who looked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crm_core.audit.access import Access
from crm_core.custom_fields.service import PREFIX
from crm_core.customers.service import DICTIONARIES
from crm_core.exchange.models import Fate, ImportBatch, State
from crm_core.kit.errors import DomainError
from crm_core.kit.pages import Page
from crm_core.kit.phones import write_phone
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from screens.catalogue import say
from screens.lists import List, list_screen
from screens.screen import CARD_ROWS, N_, Button, Msg, Place, Row, Screen, Titled, Words, fit, in_rows, pages
from screens.wording import words_of
from screens.words.exchange import LEFT_OUT, SAME, TARGETS

A_PAGE: Final = 8  # buttons of a choice
COLUMNS_A_PAGE: Final = 5  # a row each
ISSUES_A_PAGE: Final = 5
_CANCEL: Final = N_("✖ Cancel")
_BACK: Final = N_("« Back")
_TEMPLATE: Final = N_("📄 Template")
_MINE: Final = N_("My customers")
ACCESS: Final = List("al", title=N_("Who looked, who exported"), empty=N_("Nobody yet."), opens="al")
_DID: Final[dict[str, Msg]] = {
    Access.LOOK: N_("%(at)s %(who)s saw %(name)s"),
    Access.EXPORT: N_("%(at)s %(who)s exported %(count)s"),
    Access.IMPORT: N_("%(at)s %(who)s imported %(count)s"),
}


def offered_screen(batch: ImportBatch, *, visits: bool) -> Screen:
    """A spreadsheet was sent: what is it for?"""
    take = (Button(N_("⬆ Import customers"), "import.take", batch.id),)
    other = (Button(N_("📝 Log visit"), "import.visit", batch.id),) if visits else ()
    rows = ((*take, *other), (Button(_CANCEL, "import.cancel", batch.id),))
    return Screen("exchange/offered.html", {"name": batch.name}, rows, Place.NEW, subject=f"import_batch:{batch.id}")


def how_screen(limits: Mapping[str, int]) -> Screen:
    """How an import begins."""
    rows = ((Button(_TEMPLATE, "import.template"), Button(_MINE, "cl")),)
    return Screen("exchange/how.html", dict(limits), rows, Place.NEW)


def batch_screen(
    batch: ImportBatch, book: Playbook, language: str, *, owner: str | None, kept: Sequence[str] = ()
) -> Screen:
    """The card as the import stands. `owner` is whose the customers become, none for the pool's."""
    subject = f"import_batch:{batch.id}"
    if batch.state == State.READY:
        return Screen("exchange/ready.html", _ready(batch, book, language, owner), _choices(batch), subject=subject)
    if batch.state in (State.DONE, State.UNDONE):
        facts = {"name": batch.name, "undone": batch.state == State.UNDONE, "kept": kept, **_counts(batch)}
        return Screen("exchange/done.html", facts, _after(batch), subject=subject)
    if batch.state in (State.FAILED, State.CANCELLED):
        error = batch.error
        why = words_of(DomainError(error["code"], **error["facts"])) if error and "code" in error else None
        rows = ((Button(_TEMPLATE, "import.template"), Button(_MINE, "cl")),)
        return Screen("exchange/ended.html", {"name": batch.name, "why": why}, rows, subject=subject)
    return Screen("exchange/working.html", _progress(batch), _stoppable(batch), subject=subject)


_STEPS: Final[dict[str, Msg]] = {
    State.OFFERED: N_("Waiting."),
    State.READING: N_("Reading the sheet…"),
    State.CHECKING: N_("Looking through it…"),
    State.WRITING: N_("Coming in…"),
    State.UNDOING: N_("Taking it back…"),
}


def _progress(batch: ImportBatch) -> dict[str, Any]:
    total = batch.rows if batch.state != State.READING else 0
    percent = min(99, batch.done * 100 // total) if total else None
    return {"name": batch.name, "step": _STEPS[batch.state], "done": batch.done, "total": total, "percent": percent}


def _stoppable(batch: ImportBatch) -> tuple[Row, ...]:
    if batch.state in (State.READING, State.CHECKING):
        return ((Button(_CANCEL, "import.cancel", batch.id),),)
    return ()


def _ready(batch: ImportBatch, book: Playbook, language: str, owner: str | None) -> dict[str, Any]:
    used = [title(one, book) for one in batch.columns if one]
    unused = [heading(batch, at) for at, one in enumerate(batch.columns) if not one]
    missing = [DICTIONARIES[field] for field in DICTIONARIES]
    defaults = [
        book.title(name, batch.defaults[field], language) for field, name in zip(DICTIONARIES, missing, strict=True)
    ]
    return {
        "name": batch.name,
        "sheet": batch.sheet,
        "s": {"customers": 0, "contacts": 0, "refused": 0, "same": 0, "near": 0, **batch.summary},
        "stale": bool(batch.summary.get("stale")),
        "named": "name" in batch.columns,
        "used": [say(one, language) for one in used][:6],
        "used_count": len(used),
        "unused": [fit(one, 12) for one in unused][:3],
        "unused_count": len(unused),
        "defaults": [fit(one, 14) for one in defaults],
        "owner": owner,
        "on_same": SAME[batch.on_same],
        "on_near": SAME[batch.on_near],
    }


def _choices(batch: ImportBatch) -> tuple[Row, ...]:
    told = len(batch.summary.get("told", ()))
    issues = sum(batch.summary.get("kinds", {}).values())
    go: Row = (Button(N_("✓ Import %(count)s")(count=batch.summary.get("customers", 0)), "import.go", batch.id),)
    if batch.summary.get("stale"):
        go = (Button(N_("↻ Look again"), "import.look", batch.id),)
    elif "name" not in batch.columns or not (batch.summary.get("customers") or batch.summary.get("same")):
        go = ()
    look = [Button(N_("👁 First rows"), "import.preview", batch.id)]
    if told:
        look.append(Button(N_("⚠ Problems (%(count)s)")(count=issues), "import.problems", batch.id))
    rows: list[Row] = [
        go,
        tuple(look),
        (Button(N_("Columns"), "import.columns", batch.id), Button(N_("Defaults"), "import.defaults", batch.id)),
        (Button(N_("Owner"), "import.owner", batch.id), Button(N_("Doubles"), "import.doubles", batch.id)),
        (Button(_CANCEL, "import.cancel", batch.id),),
    ]
    return tuple(row for row in rows if row)


def _counts(batch: ImportBatch) -> dict[str, Any]:
    result = batch.result
    out = sum(result.get(one, 0) for one in (Fate.REFUSED, Fate.SAME, Fate.NEAR))
    return {
        "made": result.get(Fate.MADE, 0),
        "filled": result.get(Fate.FILLED, 0),
        "joined": result.get(Fate.JOINED, 0),
        "left_out": out,
        "same": result.get(Fate.SAME, 0),
        "near": result.get(Fate.NEAR, 0),
        "refused": result.get(Fate.REFUSED, 0),
        "undone_count": result.get(Fate.UNDONE, 0),
        "kept_count": result.get(Fate.KEPT, 0),
    }


def _after(batch: ImportBatch) -> tuple[Row, ...]:
    facts = _counts(batch)
    rows: list[Row] = []
    if batch.state == State.DONE:
        if facts["left_out"] or batch.summary.get("remarks"):
            rows.append((Button(N_("📄 Rows left out, and why"), "import.sheet", batch.id),))
        if facts["made"] or facts["filled"]:
            rows.append((Button(N_("↩ Take back the import"), "import.undo", batch.id),))
    rows.append((Button(_MINE, "cl"),))
    return tuple(rows)


def heading(batch: ImportBatch, at: int) -> str:
    """What a column is called: its heading, else its letter."""
    letter = chr(ord("A") + at) if at < 26 else "A" + chr(ord("A") + at - 26)
    name = batch.headers[at] if at < len(batch.headers) else ""
    return " ".join(name.split()) or letter


def title(target: str, book: Playbook) -> Words:
    """What a column holds, in words."""
    if target.startswith(PREFIX):
        own = next((one for one in book.fields.customer if PREFIX + one.key == target), None)
        return Titled(own.title) if own else target
    return TARGETS.get(target, LEFT_OUT)


def columns_screen(batch: ImportBatch, book: Playbook, language: str, page: int = 0) -> Screen:
    """Which column holds what; a tap on one changes it."""
    shown = range(len(batch.columns))[page * COLUMNS_A_PAGE : (page + 1) * COLUMNS_A_PAGE]
    buttons = [
        Button(
            f"{fit(heading(batch, at), 20)} → {fit(say(title(batch.columns[at], book), language), 14)}",
            "import.column",
            batch.id,
            arg=f"{at}.0",
        )
        for at in shown
    ]
    rows = tuple((one,) for one in buttons)
    arrows = _arrows("import.columns", batch, page, len(batch.columns), str, COLUMNS_A_PAGE)
    return _chooser(N_("Columns"), N_("Tap a column to say what it holds."), batch, (*rows, (_back(batch), *arrows)))


def column_screen(batch: ImportBatch, book: Playbook, at: int, targets: Sequence[str], page: int = 0) -> Screen:
    """What one column holds."""
    options = ["", *targets]
    buttons = [
        Button(title(one, book) if one else LEFT_OUT, "import.set", batch.id, arg=f"c.{at}.{one}") for one in options
    ]
    hint = N_("What is in the column “%(name)s”?")(name=fit(heading(batch, at), 30))
    turned = pages(buttons, CARD_ROWS - 1)
    page = page if page < len(turned) else 0
    arrows = _arrows("import.column", batch, page, len(turned), lambda to: f"{at}.{to}", 1)
    back = Button(_BACK, "import.columns", batch.id, arg=str(at // COLUMNS_A_PAGE))
    return _chooser(N_("Columns"), hint, batch, (*turned[page], (back, *arrows)))


def defaults_screen(batch: ImportBatch, book: Playbook, language: str, page: int = 0) -> Screen:
    """What customers get whose row says nothing of it."""
    buttons = [
        Button(
            f"{say(TARGETS[field], language)} → {fit(book.title(name, batch.defaults[field], language), 20)}",
            "import.default",
            batch.id,
            arg=f"{field}.0",
        )
        for field, name in DICTIONARIES.items()
    ]
    turned = pages(buttons, CARD_ROWS - 1)
    page = page if page < len(turned) else 0
    arrows = _arrows("import.defaults", batch, page, len(turned), str, 1)
    hint = N_("For rows that say nothing of it.")
    return _chooser(N_("Defaults"), hint, batch, (*turned[page], (_back(batch), *arrows)))


def default_screen(batch: ImportBatch, book: Playbook, field: str, page: int = 0) -> Screen:
    entries = book.entries(DICTIONARIES[field])
    buttons = [
        Button(Titled(one.title), "import.set", batch.id, arg=f"d.{field}.{one.key}")
        for one in entries[page * A_PAGE : (page + 1) * A_PAGE]
    ]
    arrows = _arrows("import.default", batch, page, len(entries), lambda to: f"{field}.{to}")
    back = Button(_BACK, "import.defaults", batch.id)
    return _chooser(N_("Defaults"), TARGETS[field], batch, (*in_rows(buttons), (back, *arrows)))


def owner_screen(batch: ImportBatch, people: Sequence[Any], *, pool: bool, page: int = 0) -> Screen:
    """Whose they become where the row names nobody."""
    shown = people[page * A_PAGE : (page + 1) * A_PAGE]
    buttons = [Button(fit(one.name, 18), "import.set", batch.id, arg=f"o.{one.id}") for one in shown]
    into = ((Button(N_("Into the customer pool"), "import.set", batch.id, arg="o.pool"),),) if pool else ()
    arrows = _arrows("import.owner", batch, page, len(people), str)
    hint = N_("Whose customers do they become, where the row names nobody?")
    return _chooser(N_("Owner"), hint, batch, (*in_rows(buttons), *into, (_back(batch), *arrows)))


def doubles_screen(batch: ImportBatch) -> Screen:
    """What becomes of customers that are here already, and of those that sound nearly the same."""
    same = N_("Here already: %(how)s")(how=SAME[batch.on_same])
    near = N_("Nearly the same: %(how)s")(how=SAME[batch.on_near])
    rows = (
        (Button(same, "import.set", batch.id, arg="x.same"),),
        (Button(near, "import.set", batch.id, arg="x.near"),),
        (_back(batch),),
    )
    return _chooser(N_("Doubles"), N_("A tap changes what becomes of them."), batch, rows)


def _chooser(about: Msg, hint: Words, batch: ImportBatch, rows: tuple[Row, ...]) -> Screen:
    return Screen("exchange/choose.html", {"about": about, "hint": hint, "name": batch.name}, rows)


def _back(batch: ImportBatch) -> Button:
    return Button(_BACK, "import", batch.id)


def _arrows(key: str, batch: ImportBatch, page: int, count: int, arg: Any, a_page: int = A_PAGE) -> tuple[Button, ...]:
    before = (Button(N_("‹ Previous"), key, batch.id, arg=arg(page - 1)),) if page > 0 else ()
    after = (Button(N_("Next ›"), key, batch.id, arg=arg(page + 1)),) if (page + 1) * a_page < count else ()
    return (*before, *after)


def preview_screen(batch: ImportBatch, book: Playbook, language: str) -> Screen:
    """The first customers as they would come in."""
    lines = [
        {
            "row": one["row"],
            "what": " · ".join(
                filter(
                    None,
                    (
                        fit(one["name"], 34),
                        one["city"],
                        book.title(DICTIONARIES["type"], one["type"], language) if one["type"] else None,
                        fit(one["person"], 12) if one["person"] else None,
                        write_phone(one["phone"]) if one["phone"] else None,
                    ),
                )
            ),
        }
        for one in batch.summary.get("preview", ())
    ]
    return Screen("exchange/preview.html", {"name": batch.name, "lines": lines}, ((_back(batch),),))


def issue_words(issue: Mapping[str, Any], book: Playbook, language: str) -> str:
    """One problem in words, with the column it is about."""
    facts = {key: value if value is not None else "–" for key, value in issue["facts"].items()}
    said = say(words_of(DomainError(issue["code"], **facts)), language)
    if not issue["field"] or issue["field"] == "name":
        return said
    colon = "\uff1a" if language == "zh" else ": "
    return f"{say(title(issue['field'], book), language)}{colon}{said}"


def problems_screen(batch: ImportBatch, book: Playbook, language: str, page: int = 0) -> Screen:
    """All that is wrong or worth knowing, row by row."""
    told = batch.summary.get("told", ())
    lines = [
        {"row": one["row"], "name": fit(one["name"], 20), "what": fit(issue_words(one, book, language), 60)}
        for one in told[page * ISSUES_A_PAGE : (page + 1) * ISSUES_A_PAGE]
    ]
    total = sum(batch.summary.get("kinds", {}).values())
    arrows = _arrows("import.problems", batch, page, len(told), str, ISSUES_A_PAGE)
    rows: list[Row] = [(Button(N_("📄 All as a sheet"), "import.sheet", batch.id),), (_back(batch), *arrows)]
    facts = {"name": batch.name, "lines": lines, "total": total}
    return Screen("exchange/problems.html", facts, tuple(rows))


def asked_screen() -> Screen:
    """A sheet was asked for; it comes below."""
    return Screen("exchange/asked.html", {}, (), Place.NEW)


def sheet_screen(kind: str, count: int) -> Screen:
    """The words under a sheet that was asked for."""
    return Screen("exchange/sheet.html", {"kind": kind, "count": count})


def access_screen(page: Page, actor: Actor, place: Place = Place.EDIT) -> Screen:
    """Who looked at what, who took what away; for admins."""
    labels = [
        _DID[row.what](
            at=f"{actor.local(row.at):%m-%d %H:%M}",
            who=fit(row.who or "Rounds", 10),
            **({"name": fit(row.facts.get("name", ""), 20)} if row.what == Access.LOOK else {"count": row.count}),
        )
        for row in page.rows
    ]
    return list_screen(ACCESS, page, labels, place=place, more=((Button(N_("☰ Menu"), "menu"),),))
