"""The card of a request: all that is needed to decide in a minute, where it stands, and what one may do with it."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.approvals.facts import Chair, Kind, Origin, Status
from crm_core.approvals.lists import Past
from crm_core.approvals.outlook import turn_of
from crm_core.approvals.permissions import REASSIGN
from crm_core.kit.names import without_form
from crm_core.kit.words.amounts import write_amount
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.playbook.flows import Act, Flow, FlowField
from screens.approvals_route import Seen, route, step_words
from screens.catalogue import say
from screens.custom_fields import shown
from screens.screen import CARD_LINES, N_, Button, Msg, Place, Row, Screen, Titled, Words, fit, in_rows, paged, width
from screens.words.approvals import SIGNS, STATES

SUBJECT: Final = "approval"
OPEN: Final = "approval"
DETAILS: Final = "approval.details"
PENDING_KEY: Final = "approvals"
MINE_KEY: Final = "approvals.mine"
_LINE: Final = 58  # narrow characters
_LONGEST_FIELD: Final = 84
_OF_FORM = 2  # lines of the form stay, whatever is odd: what for is the first question
_ALWAYS, _AT_MOST = 2, 3  # lines of the features on a card; more than two only of what is odd
_SAID: Final = frozenset(
    {
        *(Kind.REJECTED, Kind.RETURNED, Kind.COMMENTED, Kind.REVOKE_ASKED, Kind.TRANSFERRED, Kind.ADDED),
        *(Kind.APPROVED, Kind.REVOKED),
    }
)


def card_screen(
    seen: Seen, actor: Actor, *, said: Words | None = None, opened: bool = False, place: Place = Place.EDIT
) -> Screen:
    """The card as the actor sees it. `opened` shows everything one may do; a copy that is only told of what stands has
    the decision, or the way to open it.
    """
    mine = turn_of(seen.request, actor)
    row = seen.whole.row
    if said is None and mine is not None and mine.holder != actor.id:
        said = N_("You decide in %(name)s's place")(name=fit(seen.name(mine.holder), 20))
    status = seen.request.status
    facts = {
        "said": said,
        "sign": SIGNS[status],
        "flow": Titled(seen.whole.flow.title),
        "who": seen.name(row.applicant_id),
        "amount": row.amount,
        "state": None if status is Status.RUNNING else STATES[status],
        "lines": _lines(seen, actor, CARD_LINES - 1 - (said is not None), say(said, actor.language) if said else ""),
    }
    rows = _opened(seen, actor, mine) if opened else _copy(seen, actor, mine)
    return Screen("approvals/card.html", facts, rows, place, subject=f"{SUBJECT}:{seen.id}")


def _lines(seen: Seen, actor: Actor, room: int, above: str) -> list[str]:
    """What it is about, the form, what helps to judge it, the route, and the last words that were said, unless the
    line above says them.
    """
    head = _about(seen, actor)
    tail = [*_about_applicant(seen, actor), route(seen, actor), *_last_words(seen, actor, above)]
    left = room - len(head) - len(tail) - _OF_FORM
    besides = seen.besides[: max(1, min(_weight(seen), left))]
    tail = [*(fit(say(one.words, actor.language), _LONGEST_FIELD) for one in besides), *tail]
    return [*head, *form_lines(seen.whole.flow, seen.request.form, actor, room - len(head) - len(tail), seen), *tail]


def _weight(seen: Seen) -> int:
    """How many lines of the features the card should have; the others are a tap away."""
    return min(max(_ALWAYS, sum(one.heavy for one in seen.besides)), _AT_MOST)


def _about(seen: Seen, actor: Actor) -> list[str]:
    """The customer it is about."""
    if seen.customer is None:
        return []
    name = fit(without_form(seen.customer), 44)
    return [say(N_("Customer: %(name)s")(name=name), actor.language)]


def form_lines(flow: Flow, form: Any, actor: Actor, room: int, seen: Seen | None = None) -> list[str]:
    """What the form says, short answers side by side, in so many lines. The sum stands in the title."""
    told = [_told(one, form[one.key], actor, seen) for one in flow.form if one.key in form and one.key != flow.amount]
    if "days" in form and all(one.key != "days" for one in flow.form):
        told.append(say(N_("%(days)s days")(days=form["days"]), actor.language))
    lines: list[str] = []
    for text in told:
        if lines and width(lines[-1]) + width(text) + 3 <= _LINE:
            lines[-1] = f"{lines[-1]} · {text}"
        else:
            lines.append(text)
    if len(lines) <= room:
        return lines
    kept = lines[: max(room, 1)]
    return [*kept[:-1], fit(f"{kept[-1]} …", _LONGEST_FIELD)]


def _told(one: FlowField, value: Any, actor: Actor, seen: Seen | None) -> str:
    colon = "：" if actor.language == "zh" else ": "
    text = seen.name(value) if one.colleague and seen is not None and isinstance(value, int) else None
    text = text or shown(one, value, actor)
    return fit(f"{say(Titled(one.title), actor.language)}{colon}{' '.join(text.split())}", _LONGEST_FIELD)


def _about_applicant(seen: Seen, actor: Actor) -> list[str]:
    """How many files, and what the applicant got this way before."""
    parts = [say(N_("📎 %(count)s files")(count=seen.files), actor.language)] if seen.files else []
    if actor.id != seen.request.applicant:
        parts.append(say(_past_words(seen.past), actor.language))
    return [" · ".join(parts)] if parts else []


def _past_words(past: Past) -> Msg:
    if not past.count:
        return N_("The first of this kind this year")
    if not past.total:
        return N_("%(count)s approved this year")(count=past.count)
    return N_("%(count)s approved this year, %(sum)s in all")(count=past.count, sum=write_amount(past.total))


def _last_words(seen: Seen, actor: Actor, above: str) -> list[str]:
    """What was last said about it, and by whom."""
    told = next((one for one in reversed(seen.whole.facts) if one.kind in _SAID and one.data.get("words")), None)
    if told is None:
        return []
    colon = "：" if actor.language == "zh" else ": "
    words = " ".join(str(told.data["words"]).split())
    if words[:20] in above:
        return []
    return [fit(f"💬 {fit(who_words(seen, told, actor), 24)}{colon}{words}", 100)]


def who_words(seen: Seen, fact: Any, actor: Actor) -> str:
    """王五 代 张三."""
    if fact.for_id is None:
        return seen.name(fact.actor)
    both = {"name": seen.name(fact.actor), "other": seen.name(fact.for_id)}
    return say(N_("%(name)s for %(other)s")(**both), actor.language)


# --- what one may do


def _copy(seen: Seen, actor: Actor, mine: Chair | None) -> tuple[Row, ...]:
    more = (Button(N_("More ›"), OPEN, seen.id),)
    if mine is not None:
        return (decision(seen, mine), more)
    if (row := _of_revocation(seen, actor)) or (row := _of_applicant(seen, actor)):
        return (row, more)
    return ((Button(N_("Open"), OPEN, seen.id),),)


def decision(seen: Seen, chair: Chair) -> Row:
    """✅ and ❌, the first row of whoever's turn it is."""
    seat = seen.whole.seats[chair.no]
    return Button(N_("✅ Approve"), "approval.yes", seat), Button(N_("❌ Decline"), "approval.no", seat)


def _of_revocation(seen: Seen, actor: Actor) -> Row:
    asked = seen.request.revoke_asked
    if asked is None or asked not in {actor.id, *actor.stands_for} or actor.id == seen.request.applicant:
        return ()
    return (
        Button(N_("✅ Undo it"), "approval.agree", seen.id),
        Button(N_("❌ Let it stand"), "approval.refuse", seen.id),
    )


def _of_applicant(seen: Seen, actor: Actor) -> Row:
    """What the applicant may do while it is under way."""
    if actor.id != seen.request.applicant or seen.request.ended:
        return ()
    back = Button(N_("🚫 Withdraw"), "approval.withdraw", seen.id)
    if seen.request.status is Status.RETURNED:
        return Button(N_("✎ Send again"), "approval.again", seen.id), back
    return Button(N_("⏰ Hurry up"), "approval.nudge", seen.id), back


_ACTS: Final[tuple[tuple[Act, Msg, str], ...]] = (
    (Act.RETURN, N_("↩ Return it"), "approval.return"),
    (Act.TRANSFER, N_("➡ Pass it on"), "approval.transfer"),
    (Act.ADD_BEFORE, N_("➕ Signer before"), "approval.before"),
    (Act.ADD_AFTER, N_("➕ Signer after"), "approval.after"),
)


def _opened(seen: Seen, actor: Actor, mine: Chair | None) -> tuple[Row, ...]:
    """Everything one may do: the decision first, the way back last."""
    first = decision(seen, mine) if mine is not None else _of_revocation(seen, actor) or _of_applicant(seen, actor)
    middle: list[Button] = []
    if mine is not None:
        seat, allowed = seen.whole.seats[mine.no], acts_of(seen, mine)
        middle += [Button(label, key, seat) for act, label, key in _ACTS if act in allowed]
    middle += [
        Button(N_("➖ %(name)s")(name=fit(seen.name(one.holder), 12)), "approval.remove", seen.whole.seats[one.no])
        for one in removable(seen, actor)[:2]
    ]
    if mine is None and may(actor, REASSIGN):
        middle += [
            Button(N_("⇄ %(name)s")(name=fit(seen.name(one.holder), 10)), "approval.reassign", seen.whole.seats[one.no])
            for one in seen.request.open_chairs()[:2]
        ]
    if len(seen.besides) > _ALWAYS:
        middle.append(Button(N_("🔎 Details (%(count)s)")(count=len(seen.besides)), DETAILS, seen.id))
    middle.append(Button(N_("💬 Comment"), "approval.comment", seen.id))
    middle.append(Button(N_("🧾 What happened"), "approval.trace", seen.id))
    if may_ask_back(seen, actor):
        middle.append(Button(N_("⤺ Undo approval"), "approval.revoke", seen.id))
    last: list[Button] = [_back(seen, actor, mine)]
    if seen.files:
        last.append(Button(N_("📎 Files (%(count)s)")(count=seen.files), "approval.files", seen.id))
    return (*((first,) if first else ()), *in_rows(middle), tuple(last))


def _back(seen: Seen, actor: Actor, mine: Chair | None) -> Button:
    if mine is not None:
        return Button(N_("« Waiting for me"), PENDING_KEY)
    if actor.id == seen.request.applicant:
        return Button(N_("« My requests"), MINE_KEY)
    return Button(N_("« My flows"), "menu", arg="flows")


def acts_of(seen: Seen, chair: Chair) -> frozenset[Act]:
    """What the step lets a signer do besides deciding."""
    node = seen.request.visits[chair.visit - 1].node
    step = next((one for one in seen.whole.flow.steps if one.id == node), None)
    return frozenset(step.allow if step else Act)


def removable(seen: Seen, actor: Actor) -> list[Chair]:
    """The signers whom the actor added, or who were added to the actor's seat, and who have not signed."""
    request = seen.request
    added = [one for one in request.chairs.values() if one.pending and one.origin in {Origin.BEFORE, Origin.AFTER}]
    return [
        one
        for one in added
        if actor.id in {one.added_by, request.chairs[one.parent or one.no].holder}
        and Act.REMOVE_ADDED in acts_of(seen, one)
    ]


def may_ask_back(seen: Seen, actor: Actor) -> bool:
    """Whether the applicant may ask to have the approval undone, still."""
    request, policy = seen.request, seen.whole.flow.policy.revoke
    if actor.id != request.applicant or request.status is not Status.APPROVED or request.revoke_asked is not None:
        return False
    assert request.ended_at is not None
    return (seen.now - request.ended_at).total_seconds() <= policy.days * 86400


def elsewhere_screen(seen: Seen) -> Screen:
    """What becomes of a copy when its reader has no part in the request any more."""
    return Screen("approvals/elsewhere.html", {"flow": Titled(seen.whole.flow.title)})


def details_screen(seen: Seen, actor: Actor, page: int) -> Screen:
    """Everything the features say of it: each line of a claim, what was checked, the budgets."""
    lines = [fit(say(one.words, actor.language), _LONGEST_FIELD) for one in seen.besides]
    turned = paged(lines, lambda there: len(there) <= CARD_LINES - 2) or [[]]
    at = page % len(turned)
    facts = {
        "flow": Titled(seen.whole.flow.title),
        "who": seen.name(seen.request.applicant),
        "page": f"{at + 1}/{len(turned)}" if len(turned) > 1 else None,
        "lines": turned[at],
    }
    more = (Button(N_("More ›"), DETAILS, seen.id, arg=str(at + 1)),) if len(turned) > 1 else ()
    return Screen("approvals/details.html", facts, ((Button(N_("« Back"), OPEN, seen.id), *more),))


def withdraw_screen(seen: Seen) -> Screen:
    """Asked once more: it would have to be written again."""
    rows = (
        (Button(N_("🚫 Yes, withdraw it"), "approval.withdraw", seen.id, arg="yes"),),
        (Button(N_("« Back"), OPEN, seen.id),),
    )
    facts = {"flow": Titled(seen.whole.flow.title), "amount": seen.whole.row.amount}
    return Screen("approvals/withdraw.html", facts, rows)


def return_screen(seen: Seen, seat: int, earlier: Sequence[str], actor: Actor) -> Screen:
    """To whom it goes back: to the applicant, or to an earlier step."""
    steps = [one for one in seen.whole.flow.steps if one.id in earlier]
    buttons = [Button(N_("✎ The applicant"), "approval.return", seat, arg="-")]
    buttons += [Button(fit(step_words(one, actor), 18), "approval.return", seat, arg=one.id) for one in steps]
    facts = {"flow": Titled(seen.whole.flow.title), "who": seen.name(seen.request.applicant)}
    return Screen("approvals/return.html", facts, (*in_rows(buttons[:8]), (Button(N_("« Back"), OPEN, seen.id),)))
