"""Screens of customers in groups: stages and the other dictionaries, who is stuck, key accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from crm_core.customers.groups import BY, Group
from crm_core.customers.key_accounts import Overview, late_days
from crm_core.customers.permissions import CHANGE
from crm_core.customers.queries import days_between
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.kit.words.amounts import short_amount
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook, Stage
from screens.catalogue import say
from screens.customers import from_archive
from screens.lists import List, list_screen
from screens.screen import N_, Button, Msg, Place, Row, Screen, Titled, Words, fit, in_rows
from screens.words.customers import FIELDS

GROUPS: Final = "groups"
MEMBERS: Final = List("gl", title=N_("Customers"), empty=N_("Nobody here."), opens="customer")
STUCK: Final = List(
    "stuck", title=N_("Stuck customers"), empty=N_("All your customers are moving. 👍"), opens="customer"
)
KEY_ACCOUNTS: Final = List(
    "keys",
    title=N_("Key accounts"),
    empty=N_("No key account yet: they are chosen by category and type."),
    opens="customer",
)
_A_PAGE: Final = 6  # groups: a line and a button each
_BACK: Final = N_("« Back")

from_archive(N_("Stage ›"), "stage", CHANGE, order=10)


def groups_screen(
    by: str, groups: Sequence[Group], actor: Actor, book: Playbook, start: int = 0, place: Place = Place.EDIT
) -> Screen:
    """How many customers are in each group (CA11), with buttons that lead to them."""
    there = [one for one in groups if one.key is not None and (one.count or by == "stage")]
    shown = there[start : start + _A_PAGE]
    titles = [fit(book.title(BY[by][1], one.key or "", actor.language), 20) for one in shown]
    buttons = [Button(title, MEMBERS.key, arg=f"f {by}.{one.key}") for title, one in zip(titles, shown, strict=True)]
    rows = list(in_rows(buttons))
    turn: list[Button] = []
    if start:
        turn.append(Button(N_("‹ Previous"), GROUPS, arg=f"{by}.{max(0, start - _A_PAGE)}"))
    if start + _A_PAGE < len(there):
        turn.append(Button(N_("Next ›"), GROUPS, arg=f"{by}.{start + _A_PAGE}"))
    rows += [tuple(turn)] if turn else []
    rows.append((Button(_BACK, "menu", arg="work"), Button(N_("Group by ›"), "groups.by")))
    facts = {
        "by": FIELDS[by],
        "groups": [(title, one.count, one.stuck) for title, one in zip(titles, shown, strict=True)],
        "total": sum(one.count for one in groups),
        "stuck": sum(one.stuck for one in groups),
        "none": sum(one.count for one in groups if one.key is None),
    }
    return Screen("groups/groups.html", facts, tuple(rows), place)


def by_screen() -> Screen:
    """What customers may be grouped by."""
    buttons = [Button(FIELDS[by], GROUPS, arg=f"{by}.0") for by in BY]
    return Screen("groups/by.html", {}, (*in_rows(buttons), (Button(_BACK, "menu", arg="work"),)))


def members_screen(by: str, key: str, page: Page, actor: Actor, book: Playbook, moment: datetime) -> Screen:
    """Who is in a group. For a stage also what to do there next (CA10), and how long each has been in it."""
    stage = book.stage(key) if by == "stage" else None
    labels = [_member(row, actor, moment if stage else None) for row in page.rows]
    title = book.title(BY[by][1], key, actor.language)
    back = (Button(_BACK, GROUPS, arg=f"{by}.0"),)
    note = _next(stage) if stage is not None and stage.next else None
    return list_screen(MEMBERS, page, labels, words=f"{by}.{key}", more=(back,), about=title, note=note)


def _next(stage: Stage) -> Msg:
    return N_("Next: %(what)s")(what=Titled(stage.next))


def _member(row: Any, actor: Actor, moment: datetime | None) -> str:
    name = without_form(row.name)
    hint = row.owner if row.owner_id != actor.id else row.city
    days = _days(row, actor, moment) if moment else None
    return fit(" · ".join(filter(None, (fit(name, 22), days, hint))), 40)


def stuck_screen(page: Page, actor: Actor, book: Playbook, moment: datetime, place: Place = Place.EDIT) -> Screen:
    """Those that do not move (CA22), each with its stage and for how long; and what the company does about it."""
    labels = [_stuck(row, actor, book, moment) for row in page.rows]
    stalled = next((one for one in book.stages if one.progress == "stalled" and one.next), None)
    note = N_("What we do: %(what)s")(what=Titled(stalled.next)) if stalled is not None else None
    back = (Button(_BACK, "menu", arg="work"),)
    return list_screen(STUCK, page, labels, place=place, more=(back,), note=note)


def _stuck(row: Any, actor: Actor, book: Playbook, moment: datetime) -> str:
    stage = book.title("stages", row.stage, actor.language)
    return fit(f"{fit(without_form(row.name), 20)} · {stage} · {_days(row, actor, moment)}", 42)


def _days(row: Any, actor: Actor, moment: datetime) -> str:
    return say(N_("%(days)s d")(days=days_between(actor, row.stage_since, moment)), actor.language)


def keys_screen(
    page: Page, seen: Overview, actor: Actor, book: Playbook, moment: datetime, place: Place = Place.EDIT
) -> Screen:
    """Key accounts from above (CA15): what they are worth, and which are not visited as their type wants."""
    labels = [_key_account(row, actor, book, moment) for row in page.rows]
    note = N_("%(count)s key accounts · ¥%(value)s a year · %(late)s visited too rarely")(
        count=seen.count, value=short_amount(seen.value, actor.language), late=seen.late
    )
    back = (Button(_BACK, "menu", arg="work"),)
    return list_screen(KEY_ACCOUNTS, page, labels, place=place, more=(back,), note=note if seen.count else None)


def _key_account(row: Any, actor: Actor, book: Playbook, moment: datetime) -> str:
    worth = f"¥{short_amount(row.yearly_value, actor.language)}" if row.yearly_value is not None else None
    late = late_days(actor, book, row, moment)
    told = say(N_("⚠ %(days)s d late")(days=late), actor.language) if late > 0 else None
    owner = row.owner if row.owner_id != actor.id else None
    return fit(" · ".join(filter(None, (fit(without_form(row.name), 16), worth, told, owner))), 42)


def stage_line(stage: Stage, days: int) -> Words:
    """The stage on an archive's card; of one that is stuck, what to do."""
    title = Titled(stage.title)
    if stage.stuck_after_days is not None and days > stage.stuck_after_days and stage.next:
        return N_("⚠ %(stage)s for %(days)s days: %(what)s")(stage=title, days=days, what=Titled(stage.next))
    return N_("Stage: %(stage)s, for %(days)s days")(stage=title, days=days)


def work_rows() -> tuple[Row, ...]:
    """What the work view offers of customers in groups."""
    return in_rows(
        [
            Button(N_("📊 Stages"), GROUPS, arg="stage.0"),
            Button(N_("🐢 Stuck customers"), STUCK.key),
            Button(N_("⭐ Key accounts"), KEY_ACCOUNTS.key),
        ]
    )
