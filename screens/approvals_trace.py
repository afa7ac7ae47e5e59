"""A request told whole: every fact with who, when and in what words (AP06); its flow as a picture (AP04)."""

from collections.abc import Iterator
from typing import Any, Final

from crm_core.approvals.facts import Fact, Kind, Status, Visit, Went
from crm_core.approvals.queries import Whole
from crm_core.org.actor import Actor
from crm_core.playbook.flows import Step
from screens.approvals import OPEN, who_words
from screens.approvals_route import Seen, left_words, mode_words, step_words
from screens.catalogue import say
from screens.drawing import drawn
from screens.screen import N_, Button, Msg, Row, Screen, Titled, fit
from screens.things import thing_of
from screens.words.approvals import DID, STATES, clock

TRACE: Final = "approval.trace"
PICTURE: Final = "approval.flow"
_A_PAGE: Final = 6
_LINE: Final = 72
_WIDTH, _TOP, _CARD, _GAP = 560, 84, 84, 30
_MOST_NAMES: Final = 4


def trace_screen(seen: Seen, actor: Actor, page: int) -> Screen:
    """The newest page first is what one looks for; the facts in it stand in their order."""
    facts = [one for one in seen.whole.facts if one.kind is not Kind.PASSED]  # who signed last says so
    pages = max(1, -(-len(facts) // _A_PAGE))
    page = min(page, pages - 1)
    end = len(facts) - page * _A_PAGE
    lines = [fact_line(seen, one, actor) for one in facts[max(0, end - _A_PAGE) : end]]
    turns: list[Button] = []
    if page + 1 < pages:
        turns.append(Button(N_("‹ Earlier"), TRACE, seen.id, arg=str(page + 1)))
    if page:
        turns.append(Button(N_("Later ›"), TRACE, seen.id, arg=str(page - 1)))
    rows: tuple[Row, ...] = (tuple(turns),) if turns else ()
    picture = Button(N_("🖼 The flow"), PICTURE, seen.id)
    about = seen.whole.row.about_id
    customer = (Button(N_("👥 Customer"), "customer", about),) if about is not None else ()
    middle = (picture, *customer, *_record(seen, actor))
    facts_of = {
        "flow": Titled(seen.whole.flow.title),
        "who": seen.name(seen.request.applicant),
        "number": seen.id,
        "page": f"{pages - page}/{pages}" if pages > 1 else None,
        "lines": lines,
    }
    back = (Button(N_("« Back"), OPEN, seen.id),)
    return Screen("approvals/trace.html", facts_of, (*rows, middle, back))


def _record(seen: Seen, actor: Actor) -> Row:
    """The applicant's way to the trip, the claim, the leave that it is about."""
    row = seen.whole.row
    what = thing_of(row.subject_type) if row.subject_type else None
    if what is None or what.opens is None or row.subject_id is None or actor.id != row.applicant_id:
        return ()
    return (Button(N_("▸ %(what)s")(what=what.words), what.opens, row.subject_id),)


def fact_line(seen: Seen, fact: Fact, actor: Actor) -> str:
    """10:32 王海燕 退回：事由写清楚."""
    between = "、" if actor.language == "zh" else ", "
    colon = "：" if actor.language == "zh" else ": "
    told = {
        "names": between.join(fit(seen.name(one), 16) for one in _people(fact)[:_MOST_NAMES]),
        "step": _step(seen.whole, fact, actor),
        "state": STATES[Status(fact.data["as"])] if fact.kind is Kind.ENDED else "",
    }
    did = say(DID[fact.kind](**told), actor.language)
    who = fit(who_words(seen, fact, actor), 28) if fact.actor is not None else ""
    words = " ".join(str(fact.data.get("words") or "").split())
    line = " ".join(filter(None, (clock(fact.at, actor, seen.now), who, did)))
    return fit(f"{line}{colon}{words}" if words else line, _LINE)


def _people(fact: Fact) -> list[int]:
    if fact.kind is Kind.OPENED:
        return [one["holder"] for one in fact.data["seats"]]
    to = fact.data.get("to")
    return [one for one in (to if isinstance(to, list) else [to]) if isinstance(one, int)]


def _step(whole: Whole, fact: Fact, actor: Actor) -> str:
    node = fact.data.get("node")
    step = next((one for one in whole.flow.steps if one.id == node), None)
    return step_words(step, actor) if step is not None else say(N_("Signer"), actor.language)


# --- the flow as a picture

_FILLS: Final[dict[str, tuple[str, str]]] = {  # fill, edge
    "passed": ("#e6f4ea", "#1e7e34"),
    "active": ("#fff4e5", "#d98a1f"),
    "rejected": ("#fdecea", "#c62828"),
    "returned": ("#fff4e5", "#b45309"),
    "left": ("#f6f7f9", "#8895a3"),
    "ahead": ("#ffffff", "#8895a3"),
    "skipped": ("#fafafa", "#c8d0d8"),
}
_STATE: Final[dict[str, Msg]] = {
    "passed": N_("passed"),
    "active": N_("now"),
    "rejected": N_("declined"),
    "returned": N_("returned"),
    "left": N_("withdrawn"),
    "ahead": N_("to come"),
    "skipped": N_("not needed"),
}


def flow_screen(seen: Seen, actor: Actor, text: str) -> Screen:
    """The flow with its state in colour; `text` is the route line, for whom no picture reaches."""
    cards = list(_cards(seen, actor))
    facts = {
        "title": fit(say(Titled(seen.whole.flow.title), actor.language), 30),
        "subtitle": _subtitle(seen, actor),
        "cards": [card | {"y": _TOP + at * (_CARD + _GAP)} for at, card in enumerate(cards)],
        "width": _WIDTH,
        "height": _TOP + len(cards) * (_CARD + _GAP) + 4,
        "card_width": _WIDTH - 48,
        "card_height": _CARD,
        "gap": _GAP,
    }
    photo = drawn("approvals/flow.svg", facts, actor.language, "flow")
    shown = {"flow": Titled(seen.whole.flow.title), "who": seen.name(seen.request.applicant), "route": text}
    return Screen("approvals/flow.html", shown, ((Button(N_("« Back"), OPEN, seen.id),),), photo=photo)


def _subtitle(seen: Seen, actor: Actor) -> str:
    who = fit(seen.name(seen.request.applicant), 20)
    at = clock(seen.whole.row.submitted_at, actor, seen.now)
    return " · ".join((who, at, say(STATES[seen.request.status], actor.language)))


def _cards(seen: Seen, actor: Actor) -> Iterator[dict[str, Any]]:
    """Each step of the flow as it stands in this round."""
    request = seen.request
    here = {one.node: one for one in request.visits if one.round == request.round}
    coming = {stop.step.id: stop.names for stop in seen.ahead}
    for step in seen.whole.flow.steps:
        visit = here.get(step.id)
        if visit is not None:
            yield _card(step, actor, _WENT[visit.went], _signed(seen, visit, actor), _how(seen, visit, actor))
        elif step.id in coming:
            yield _card(step, actor, "ahead", _joined(coming[step.id], actor), "")
        else:
            yield _card(step, actor, "skipped", "", "")


_WENT: Final = {
    Went.ACTIVE: "active",
    Went.PASSED: "passed",
    Went.REJECTED: "rejected",
    Went.RETURNED: "returned",
    Went.LEFT: "left",
}


def _card(step: Step, actor: Actor, state: str, names: str, beside: str) -> dict[str, Any]:
    fill, edge = _FILLS[state]
    return {
        "name": fit(step_words(step, actor), 30),
        "names": fit(names, 56),
        "state": say(_STATE[state], actor.language),
        "beside": fit(beside, 30),
        "fill": fill,
        "edge": edge,
        "dashed": state in {"ahead", "skipped"},
    }


def _joined(names: Any, actor: Actor) -> str:
    between = "、" if actor.language == "zh" else ", "
    more = f" +{len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else ""
    return between.join(fit(one, 16) for one in list(names)[:_MOST_NAMES]) + more


def _signed(seen: Seen, visit: Visit, actor: Actor) -> str:
    """Whoever signed, with when; of the active step, whose turn it is."""
    chairs = seen.request.of(visit)
    done = [
        f"{fit(seen.name(one.by), 16)} {clock(one.decided_at, actor, seen.now)}"
        for one in chairs
        if one.by is not None and one.decided_at is not None
    ]
    waiting = [seen.name(one.holder) for one in chairs if one.pending]
    return _joined([*done, *waiting], actor)


def _how(seen: Seen, visit: Visit, actor: Actor) -> str:
    if not visit.active:
        return ""
    left = left_words(visit.due_at, seen.now)
    many = len(seen.request.open_chairs())
    parts = [say(mode_words(visit.mode, many), actor.language)] if many > 1 else []
    return " · ".join([*parts, *([say(left, actor.language)] if left else [])])
