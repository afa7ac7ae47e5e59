"""Screens of notices: what was told one, one's own with who has read it, lists of both."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.kit.pages import Page
from crm_core.notices.models import Kind, State
from crm_core.notices.queries import Shelf, Tally, may_change, tells
from crm_core.org.actor import Actor
from screens.lists import List, list_screen
from screens.screen import CARD_LINES, N_, Button, Msg, Place, Row, Screen, Words, fit, in_rows
from screens.visits import carried
from screens.words.expenses import short
from screens.words.notices import KINDS

TOLD: Final = List("notices", N_("📬 Notices"), N_("Nothing was told you yet."), "notice")
POLICIES: Final = List("policies", N_("📜 Policies in force"), N_("No policy is in force for you yet."), "notice")
SENT: Final = List("notices.sent", N_("📤 What I told"), N_("You have told nobody anything yet."), "notice")
UNREAD: Final = List("notice.unread", N_("👀 Not read yet"), N_("Everybody has read it."), "vd")
ROWS: Final = 5
SUBJECT: Final = "notice"
COPY: Final = "notice_receipt"
_LABEL: Final = 44
_LINES, _CHARACTERS = 5, 360  # of the text on a card; the whole is a tap away
_NAMES: Final = 3
_WORK: Final = Button(N_("« Work view"), "menu", arg="work")
_BACK: Final = Button(N_("« Notices"), TOLD.key)


def told_screen(
    notice: Any,
    *,
    files: int = 0,
    read_at: Any = None,
    passes_on: bool = False,
    hurry: bool = False,
    whole: bool = False,
    newer: int | None = None,
    said: Msg | None = None,
    place: Place = Place.EDIT,
    subject: str | None = None,
) -> Screen:
    """A notice as who was told it sees it; what was withdrawn shows its text no more."""
    gone = notice.state == State.WITHDRAWN
    asks = notice.state == State.ACTIVE and read_at is None
    above = 1 + (said is not None) + (notice.since is not None) + (notice.state != State.ACTIVE) + (hurry or not asks)
    lines, cut = ([], False) if gone else _shown(notice.text, min(_LINES, CARD_LINES - above), whole=whole)
    ways = [Button(N_("✓ Read"), "notice.read", notice.id)] if asks else []
    if cut:
        ways.append(Button(N_("📄 Whole text"), "notice.whole", notice.id))
    if files and not gone:
        ways.append(Button(N_("📎 Files: %(count)s")(count=files), "notice.files", notice.id))
    if passes_on and notice.state == State.ACTIVE:
        ways.append(Button(N_("↪ Pass on"), "notice.pass", notice.id))
    if newer is not None:
        ways.append(Button(N_("📜 The new one"), "notice", newer))
    below: list[Words] = [N_("✓ You have read it.")] if read_at is not None and not gone else []
    facts = _facts(notice, lines, said) | {"hurry": hurry and asks, "below": below}
    return Screen("notices/notice.html", facts, (*in_rows(ways), (_BACK,)), place, subject=subject)


def _facts(notice: Any, lines: Sequence[str], said: Msg | None) -> dict[str, Any]:
    over = {
        State.WITHDRAWN: N_("✗ Withdrawn: nobody needs to do anything."),
        State.REPLACED: N_("✗ Replaced by a new one."),
    }
    return {
        "said": said,
        "kind": KINDS[notice.kind],
        "by": notice.by,
        "whom": None,
        "at": notice.created_at,
        "since": notice.since,
        "until": notice.until,
        "over": over.get(notice.state),
        "lines": lines,
        "hurry": False,
        "below": [],
    }


def _shown(text: str, most: int, *, whole: bool = False) -> tuple[list[str], bool]:
    """So many lines of the text, and whether that is not all."""
    lines = [line for line in text.splitlines() if line.strip()]
    if whole:
        return lines, False
    kept, left = list[str](), _CHARACTERS
    for line in lines[:most]:
        if left <= 0:
            break
        kept.append(line if len(line) <= left else line[: left - 1].rstrip() + "…")
        left -= len(line)
    return kept, len(kept) < len(lines) or left < 0


def whom_of(notice: Any) -> Words:
    """Whom it was told: a person, a unit, one's people, everybody."""
    if notice.person is not None:
        return notice.person
    if notice.unit is not None:
        return notice.unit
    return N_("the whole company") if notice.under is None else N_("all my people")


def sent_screen(
    notice: Any,
    tally: Tally,
    unread: Sequence[Any],
    actor: Actor,
    *,
    files: int = 0,
    whole: bool = False,
    said: Msg | None = None,
    place: Place = Place.EDIT,
) -> Screen:
    """One's own notice: 12/15 have read it, who has not, and what can be done about it."""
    lines, cut = _shown(notice.text, 3 - (said is not None), whole=whole)
    active, left = notice.state == State.ACTIVE, tally.people - tally.read
    below: list[Words] = [N_("👁 %(read)s/%(people)s have read it")(read=tally.read, people=tally.people)]
    if left and active:
        names = ("、" if actor.language == "zh" else ", ").join(fit(row.name, 20) for row in unread[:_NAMES])
        more = left - len(unread[:_NAMES])
        words = N_("Not yet: %(names)s") if more <= 0 else N_("Not yet: %(names)s and %(more)s more")
        below.append(words(names=names, more=more) if more > 0 else words(names=names))
    ways: list[Button] = []
    if left and active:
        ways += [Button(N_("👋 Nudge the rest"), "notice.nudge", notice.id)]
        ways += [Button(N_("👀 Who has not"), UNREAD.key, notice.id)]
    if cut:
        ways.append(Button(N_("📄 Whole text"), "notice.whole", notice.id))
    if files:
        ways.append(Button(N_("📎 Files: %(count)s")(count=files), "notice.files", notice.id))
    if active and may_change(actor, notice):
        if notice.kind == Kind.POLICY:
            ways.append(Button(N_("🔁 Replace"), "notice.replace", notice.id))
        ways.append(Button(N_("↩ Withdraw"), "notice.withdraw", notice.id))
    facts = _facts(notice, lines, said) | {"whom": whom_of(notice), "below": below}
    last = (Button(N_("« What I told"), SENT.key),)
    return Screen("notices/notice.html", facts, (*in_rows(ways), last), place, subject=f"{SUBJECT}:{notice.id}")


def withdraw_screen(notice: Any, tally: Tally) -> Screen:
    """Asked once more."""
    asks = N_("Withdraw it? %(read)s of %(people)s have read it; all copies will say that it is withdrawn.")
    facts = _facts(notice, _shown(notice.text, 2)[0], None)
    facts |= {"whom": whom_of(notice), "below": [asks(read=tally.read, people=tally.people)]}
    rows = ((Button(N_("↩ Yes, withdraw"), "notice.withdraw", notice.id, arg="yes"),),)
    return Screen("notices/notice.html", facts, (*rows, (Button(N_("« Back"), "notice", notice.id),)))


def notices_screen(
    page: Page, shelf: Shelf, unread: int, actor: Actor, *, searched: str = "", place: Place = Place.EDIT
) -> Screen:
    """What was told one, unread first: ● is not read yet."""
    of = POLICIES if shelf is Shelf.POLICIES else TOLD
    other = TOLD if shelf is Shelf.POLICIES else POLICIES
    labels = [fit(f"{_sign(row)} {short(actor.today(row.created_at))} {_line(row)}", _LABEL) for row in page.rows]
    writes = (Button(N_("✍ Tell others"), "notice.new"),) if tells(actor) else ()
    more: tuple[Row, ...] = ((Button(N_("🔍 Find"), "notice.find"), Button(other.title, other.key)), (_WORK, *writes))
    note = N_("%(count)s not read yet (●)")(count=unread) if unread and not searched else None
    carries = carried(searched)
    return list_screen(of, page, labels, words=carries, searched=searched or None, more=more, note=note, place=place)


def _sign(row: Any) -> str:
    if row.state != State.ACTIVE:
        return "✗"
    return "●" if row.read_at is None else "✓"


def _line(row: Any) -> str:
    """📌 王海燕：明早九点前…"""
    sign = {Kind.INSTRUCTION: "📌 ", Kind.POLICY: "📜 "}.get(Kind(row.kind), "")
    return f"{sign}{fit(row.by, 12)} · {' '.join(row.text.split())}"


def sent_list_screen(page: Page, actor: Actor, place: Place = Place.EDIT) -> Screen:
    labels = [
        fit(f"{row.read}/{row.people} · {short(actor.today(row.created_at))} {' '.join(row.text.split())}", _LABEL)
        for row in page.rows
    ]
    return list_screen(SENT, page, labels, more=((_BACK, Button(N_("✍ Tell others"), "notice.new")),), place=place)


def unread_screen(page: Page, notice: Any) -> Screen:
    """Who has not read it; ○ marks whom nothing reaches now."""
    labels = [fit(row.name if row.reachable else f"○ {row.name}", _LABEL) for row in page.rows]
    more: tuple[Row, ...] = (
        (Button(N_("« Back"), "notice", notice.id), Button(N_("👋 Nudge the rest"), "notice.nudge", notice.id)),
    )
    note = N_("○ cannot be reached now: has no access yet, or has stopped the bot.")
    note = note if any(not row.reachable for row in page.rows) else None
    return list_screen(
        UNREAD, page, labels, parent=notice.id, about=fit(" ".join(notice.text.split()), 24), more=more, note=note
    )


def write_screen() -> Screen:
    """What one may tell others, and whom."""
    ways = [
        Button(N_("✉ One person"), "notice.new", arg="one"),
        Button(N_("📢 Several"), "notice.new", arg="all"),
        Button(N_("📌 Instruction"), "notice.new", arg="instruction"),
        Button(N_("📜 Policy"), "notice.new", arg="policy"),
        Button(SENT.title, SENT.key),
    ]
    told: list[Words] = [
        N_("Everybody gets it with [✓ Read]; you see who has read it."),
        N_("A policy stays in force, for those too who come later."),
    ]
    facts = {"said": None, "title": N_("✍ Tell others"), "about": "", "lines": told}
    return Screen("plans/card.html", facts, (*in_rows(ways), (_BACK,)))
