"""Where a request stands, in a line: ✅ 王海燕 10:32 → ⏳ 财务（2人任一） 剩 6 小时 → ○ 总经理."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from crm_core.approvals.facts import Status, Visit, Went
from crm_core.approvals.lists import Past
from crm_core.approvals.outlook import Stop
from crm_core.approvals.queries import Whole
from crm_core.approvals.state import Request
from crm_core.org.actor import Actor
from crm_core.playbook.flows import Step
from screens.catalogue import say
from screens.screen import N_, Msg, Titled, Words, fit
from screens.words.approvals import clock
from screens.words.org import ROLES

_LONGEST_ROUTE: Final = 120
_MOST_PASSED: Final = 3
_MOST_NAMES: Final = 2


@dataclass(frozen=True, slots=True)
class Line:
    """What a feature has to say of a request. Heavy ones, what is odd or goes over, stand on its card first."""

    words: Words
    heavy: bool = False


def told(label: Words, value: Words, *, heavy: bool = False) -> Line:
    return Line(N_("%(label)s: %(value)s")(label=label, value=value), heavy)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request and what stands around it, the same for everybody who looks: `besides` are lines of the feature that
    the request is about (the budget that is left, what was checked).
    """

    whole: Whole
    ahead: Sequence[Stop]
    past: Past
    files: int
    now: datetime
    besides: tuple[Line, ...] = ()
    customer: str | None = None

    @property
    def id(self) -> int:
        return self.whole.row.id

    @property
    def request(self) -> Request:
        return self.whole.request

    def name(self, employee_id: int | None) -> str:
        return self.whole.names.get(employee_id or 0, "Rounds")


def route(seen: Seen, actor: Actor) -> str:
    """✅ 王海燕 10:32 → ⏳ 财务（2人任一） 剩 6 小时 → ○ 总经理."""
    request = seen.request
    here = [one for one in request.visits if one.round == request.round]
    items = [_item(seen, one, actor) for one in here][-_MOST_PASSED - 1 :]
    if request.status is Status.RETURNED:
        items.append(f"✎ {fit(seen.name(request.applicant), 16)}")
    elif not request.ended:
        items += [f"○ {fit(step_words(stop.step, actor), 16)}" for stop in seen.ahead]
    return fit(" → ".join(items), _LONGEST_ROUTE)


def _item(seen: Seen, visit: Visit, actor: Actor) -> str:
    if visit.active:
        return _now(seen, visit, actor)
    signed = [one for one in seen.request.of(visit) if one.by is not None]
    signed.sort(key=lambda one: one.decided_at or visit.opened_at)
    names = _names([seen.name(one.by) for one in signed], actor)
    at = clock(visit.closed_at, actor, seen.now) if visit.closed_at else ""
    return " ".join(filter(None, (_WENT[visit.went], names or _step_of(seen, visit, actor), at)))


_WENT: Final = {Went.ACTIVE: "⏳", Went.PASSED: "✅", Went.REJECTED: "❌", Went.RETURNED: "↩", Went.LEFT: "▫"}


def _now(seen: Seen, visit: Visit, actor: Actor) -> str:
    """Whose turn it is, and how long there is."""
    waiting = [seen.name(one.holder) for one in seen.request.open_chairs()]
    left = left_words(visit.due_at, seen.now)
    if len(waiting) == 1:
        who = fit(waiting[0], 16)
    else:
        how = mode_words(visit.mode, len(waiting))
        inside = say(how, actor.language)
        who = (
            f"{_step_of(seen, visit, actor)}（{inside}）"
            if actor.language == "zh"
            else (f"{_step_of(seen, visit, actor)} ({inside})")
        )
    return " ".join(filter(None, ("⏳", who, say(left, actor.language) if left else "")))


def mode_words(mode: str, count: int) -> Msg:
    """How many of so many must sign."""
    if mode == "any":
        return N_("any of %(count)s")(count=count)
    if mode.startswith("ratio:"):
        return N_("%(percent)s%% of them")(percent=int(Decimal(mode.removeprefix("ratio:")) * 100))
    return N_("one after another") if mode == "in_order" else N_("all %(count)s")(count=count)


def left_words(due_at: datetime | None, now: datetime) -> Msg | None:
    """剩 6 小时; late since."""
    if due_at is None:
        return None
    hours = (due_at - now).total_seconds() / 3600
    days = abs(int(hours)) // 24
    if hours < 0:
        return N_("%(days)s days late")(days=days) if days >= 1 else N_("%(hours)s h late")(hours=max(1, -int(hours)))
    return N_("%(days)s days left")(days=days) if days > 1 else N_("%(hours)s h left")(hours=max(1, int(hours)))


def since_words(since: datetime, now: datetime) -> Msg:
    """How long it has been somebody's turn."""
    hours = int((now - since).total_seconds() // 3600)
    if hours < 1:
        return N_("just now")
    return N_("for %(hours)s h")(hours=hours) if hours < 48 else N_("for %(days)s days")(days=hours // 24)


def _names(names: Iterable[str], actor: Actor) -> str:
    said = list(dict.fromkeys(names))
    between = "、" if actor.language == "zh" else ", "
    more = f" +{len(said) - _MOST_NAMES}" if len(said) > _MOST_NAMES else ""
    return between.join(fit(one, 16) for one in said[:_MOST_NAMES]) + more


def _step_of(seen: Seen, visit: Visit, actor: Actor) -> str:
    step = next((one for one in seen.whole.flow.steps if one.id == visit.node), None)
    return fit(step_words(step, actor) if step else say(N_("Signer"), actor.language), 20)


def step_words(step: Step, actor: Actor) -> str:
    """What a step is called: by its title, else by who signs."""
    if step.title is not None:
        return say(Titled(step.title), actor.language)
    rule = step.approvers[0]
    if rule.user is not None:
        return rule.user
    return say(ROLES[rule.role] if rule.role is not None else N_("Superior"), actor.language)
