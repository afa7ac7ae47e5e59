"""Screens of reminders: the digest, one thing alone, what a person wants of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any, Final

from crm_core.kit.names import without_form
from crm_core.occurrences.acts import Later
from crm_core.org.actor import Actor
from screens.screen import N_, Button, Msg, Row, Screen, Words, fit, in_rows, page_rows
from screens.words.reminders import LATER

OVER: Final = N_("its time is over")
_LATER: Final = N_("Later ▾")
_WHYS_A_PAGE: Final = 4
WHY: Final = "why"
_FULL: Final = 5  # lines: there may be more in the list
_BACK: Final = N_("« Back")
_OFF: Final = N_("🔕 No more of this kind")
_ONLY_DIGEST: Final = N_("🔕 Only in the digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that is due: its occurrence, what it is about, the button that does it at once."""

    id: int
    subject_id: int
    label: str
    words: Msg
    action: str
    action_label: Msg
    done: bool = False
    sign: str = "📝"
    done_label: Msg
    put_off: Words | None = None

    @property
    def act(self) -> Row:
        """Does it: the card stays where it is, what opens comes below. Nothing for what one can only take note of."""
        return (Button(self.action_label, self.action, self.subject_id, arg="below"),) if self.action else ()


def digest_screen(
    actor: Actor,
    items: Sequence[Item],
    more: int,
    *,
    subject: str | None = None,
    early: bool = True,
    of_all: int = 0,
    page: int = 0,
) -> Screen:
    """Good morning, while it is `early`. Each open line has its action and [later]; one that is done only shows ✓."""
    rows: list[Row] = []
    for item in items:
        if item.done:
            continue
        label = fit(f"{item.sign} {without_form(item.label)}", 22)
        act = tuple(replace(one, label=label) for one in item.act) or (Button(label, "snooze", item.id),)
        rows.append((*act, Button(_LATER, "snooze", item.id)) if item.put_off is None and item.act else act)
    if rows:
        on = (Button(N_("All due"), "due.list"),) if more > 0 or (subject is not None and len(items) >= _FULL) else ()
        if of_all > len(items):
            on = (Button(N_("More ›"), "due.list", arg=str((page + 1) if (page + 1) * 5 < of_all else 0)),)
        rows.append((*on, Button(N_("❓ Why, settings"), "due.rules", arg=WHY)))
    if subject is None and len(rows) <= _FULL:
        rows.append((Button(N_("☑ Tasks"), "tasks"), Button(N_("🗓 My plan"), "plan")))
    facts = {
        "name": actor.name,
        "lines": [_line(one) for one in items],
        "open": of_all or sum(not one.done for one in items),
        "more": max(more, 0),
        "listed": subject is None,
        "early": early,
        "missed": any(one.words is OVER for one in items),
    }
    return Screen("reminders/digest.html", facts, tuple(rows), subject=subject)


def _line(item: Item) -> dict[str, Any]:
    return {"label": item.label, "words": item.words, "done": item.done, "put_off": item.put_off}


def item_screen(item: Item, why: Msg, must: bool, later: Sequence[Later], snoozes: int) -> Screen:
    """All that can be done with it: at once, later, never. After the third time: do, hand on, or drop with a reason."""
    rows: list[Row] = [item.act] if item.act else []
    if later:
        rows += in_rows(Button(LATER[one], "due.later", item.id, arg=one.value) for one in later)
        rows.append((Button(N_("📅 Another day"), "due.day", item.id), Button(item.done_label, "due.done", item.id)))
    else:
        rows.append((Button(item.done_label, "due.done", item.id), Button(N_("To a colleague"), "due.pass", item.id)))
        rows.append((Button(N_("Drop, with a reason"), "due.drop", item.id),))
    rows.append((Button(_ONLY_DIGEST if must else _OFF, "due.off", item.id),))
    rows.append((Button(_BACK, "due.back", item.id),))
    facts = {"line": _line(item), "why": why, "snoozes": snoozes, "enough": not later, "nudged": None}
    return Screen("reminders/item.html", facts, tuple(rows))


def pushed_screen(
    item: Item,
    why: Msg,
    must: bool,
    own: Screen | None,
    *,
    subject: str,
    nudged: str | None = None,
) -> Screen:
    """A message about one thing: why it came, the action, done, later, no more of this kind."""
    rows: list[Row] = []
    if not item.done:
        rows = [item.act] if item.act else []
        later = (Button(_LATER, "snooze", item.id),) if item.put_off is None else ()
        rows.append((Button(item.done_label, "due.done", item.id), *later))
        rows.append((Button(_ONLY_DIGEST if must else _OFF, "due.off", item.id),))
    facts = {"line": _line(item), "why": why, "snoozes": 0, "enough": False, "nudged": nudged}
    if own is None or item.done:
        return Screen("reminders/item.html", facts, tuple(rows), subject=subject)
    return replace(own, facts={**own.facts, **facts}, rows=(*own.rows, *rows)[:6], subject=subject)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind of reminder, and what the person wants of it (`off`, `digest`, or none: as usual)."""

    number: int
    title: Msg
    why: Msg
    how: str | None
    must: bool
    pushes: bool


def settings_screen(
    wanted: Sequence[Wanted], digest_at: time, zone: str, birthday: Words | None, page: int = 0, said: Msg | None = None
) -> Screen:
    """What one wants of each kind, when the digest comes, where one's clock is, the own birthday."""
    own = [
        Button(f"⏰ {digest_at:%H:%M}", "due.at"),
        Button(f"🌐 {zone.rpartition('/')[2].replace('_', ' ')}", "due.zone"),
        Button(N_("🎂 My birthday"), "due.born"),
        Button(N_("❓ Why do I get these?"), "due.rules", arg=WHY),
    ]
    toggles = [Button(_label(one), "due.rule", one.number, arg=str(page)) for one in wanted]
    rows = page_rows([*own, *toggles], page, Button(N_("« My list"), "due.list"), Button(N_("More ›"), "due.rules"))
    facts = {"said": said, "at": f"{digest_at:%H:%M}", "zone": zone, "born": birthday}
    return Screen("reminders/settings.html", facts, rows)


_HOW: Final = {None: N_("✓ %(kind)s: on"), "off": N_("🔕 %(kind)s: off"), "digest": N_("📰 %(kind)s: digest")}


def _label(one: Wanted) -> Msg:
    return _HOW[one.how](kind=one.title)


def why_screen(wanted: Sequence[Wanted], page: int = 0) -> Screen:
    """Why one gets what (RE11), four kinds a page."""
    pages = [wanted[at : at + _WHYS_A_PAGE] for at in range(0, len(wanted), _WHYS_A_PAGE)] or [[]]
    page = page if page < len(pages) else 0
    on = (Button(N_("More ›"), "due.rules", arg=f"{WHY}{(page + 1) % len(pages)}"),) if len(pages) > 1 else ()
    rows: tuple[Row, ...] = ((Button(N_("⚙ Settings"), "due.rules"), *on), (Button(N_("« My list"), "due.list"),))
    facts = {"kinds": [{"title": one.title, "why": one.why} for one in pages[page]]}
    return Screen("reminders/why.html", facts, rows)


def choose_screen(template: str, key: str, choices: Sequence[tuple[Words, int]]) -> Screen:
    """One of a few: a time for the digest, a zone."""
    buttons = (Button(label, key, number, arg="set") for label, number in choices)
    return Screen(f"reminders/{template}.html", {}, (*in_rows(buttons), (Button(_BACK, "due.rules"),)))
