"""Words of approvals: states, what happened, why something cannot be done."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from crm_core.approvals import errors
from crm_core.approvals.facts import Kind, Status
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor
from crm_core.playbook.flows import FlowKind
from screens.held import held
from screens.screen import N_, Msg
from screens.wording import explain

explain(errors.UNKNOWN_FLOW, N_("Your company no longer has this kind of request. /apply shows those there are."))
explain(errors.NOBODY_SIGNS, N_("There is nobody here who could sign this. Please ask your admin."))
explain(errors.LIVE_ALREADY, N_("A request about this is under way already. You find it in My requests."))
explain(errors.DECIDED, N_("%(name)s %(how)s at %(at)s already."))
explain(errors.NOT_YOUR_TURN, N_("It is not your turn yet: it waits for %(names)s."))
explain(errors.NOT_YOURS, N_("This signature is asked of somebody else now."))
explain(errors.OWN_REQUEST, N_("Nobody signs one's own request, nor that of whom one stands in for."))
explain(errors.ENDED, N_("This request is closed: %(status)s, %(at)s."))
explain(errors.NOT_RETURNED, N_("It is under way again already; there is nothing to send."))
explain(errors.NOT_ALLOWED_HERE, N_("This step of the flow does not allow that."))
explain(errors.WITHDRAW_TOO_LATE, N_("It has been signed already, and this flow cannot be withdrawn then."))
explain(errors.REVOKE_TOO_LATE, N_("An approval can be undone for %(days)s days; that is over. Start a new request."))
explain(errors.REVOKE_ASKED, N_("You have asked already: it waits for %(name)s."))
explain(errors.SIGNS_ALREADY, N_("%(name)s is asked to sign in this step already. Choose another colleague."))
explain(errors.NOT_ADDED, N_("Only a signer whom you added can be taken away."))
explain(errors.NUDGED_JUST_NOW, N_("You asked them just now. You may ask again from %(at)s."))
explain(errors.NO_SUCH_STEP, N_("It was not in that step in this round. Choose another one."))
explain(errors.PICK_SIGNER, N_("Please choose who is to sign."))

explain(errors.UNTIL_BEFORE_SINCE, N_("The last day lies before the first. Type a later one."))

held("signatures", N_("%(count)s to sign"))
held("requests", N_("%(count)s requests"))

KINDS: Final[dict[FlowKind, Msg]] = {
    FlowKind.PLANNING: N_("🗓 Planning"),
    FlowKind.MARKETING: N_("📣 Marketing and sales"),
    FlowKind.ADMINISTRATION: N_("🏢 Administration"),
}
STATES: Final[dict[Status, Msg]] = {
    Status.RUNNING: N_("being decided"),
    Status.RETURNED: N_("returned"),
    Status.APPROVED: N_("approved"),
    Status.REJECTED: N_("declined"),
    Status.WITHDRAWN: N_("withdrawn"),
    Status.REVOKED: N_("undone"),
}
SIGNS: Final[dict[Status, str]] = {
    Status.RUNNING: "📝",
    Status.RETURNED: "↩",
    Status.APPROVED: "✅",
    Status.REJECTED: "❌",
    Status.WITHDRAWN: "🚫",
    Status.REVOKED: "⤺",
}
HOW: Final[dict[str, Msg]] = {
    "approved": N_("approved it"),
    "rejected": N_("declined it"),
    "returned": N_("returned it"),
    "removed": N_("took the seat away"),
    "closed": N_("settled it"),
}
DID: Final[dict[Kind, Msg]] = {
    Kind.SUBMITTED: N_("sent it"),
    Kind.RESUBMITTED: N_("sent it again"),
    Kind.OPENED: N_("to %(step)s: %(names)s"),
    Kind.APPROVED: N_("approved it"),
    Kind.REJECTED: N_("declined it"),
    Kind.RETURNED: N_("returned it"),
    Kind.PASSED: N_("%(step)s is done"),
    Kind.ENDED: N_("closed: %(state)s"),
    Kind.WITHDRAWN: N_("withdrew it"),
    Kind.TRANSFERRED: N_("passed it on to %(names)s"),
    Kind.ADDED: N_("added %(names)s"),
    Kind.REMOVED: N_("took an added signer away"),
    Kind.ESCALATED: N_("overdue: %(names)s may sign as well"),
    Kind.REASSIGNED: N_("%(names)s signs instead"),
    Kind.REVOKE_ASKED: N_("asked to undo the approval"),
    Kind.REVOKE_REFUSED: N_("let the approval stand"),
    Kind.REVOKED: N_("undid the approval"),
    Kind.COMMENTED: N_("said"),
    Kind.ATTACHED: N_("added files"),
    Kind.NUDGED: N_("asked them to hurry"),
    Kind.REMINDED: N_("reminded %(names)s"),
    Kind.COPIED: N_("told %(names)s"),
}
SOMEBODY: Final = N_("Somebody else")


def local(error: DomainError, actor: Actor, now: datetime) -> DomainError:
    """The same error with its facts as this person reads them: times by the own clock, states in words."""
    facts: dict[str, Any] = dict(error.params)
    if "at" in facts:
        at = facts["at"] or now
        facts["at"] = clock(at, actor, now) if isinstance(at, datetime) else at
    if "how" in facts:
        facts["how"] = HOW.get(facts["how"], HOW["closed"])
        facts["name"] = facts["name"] or SOMEBODY
    if isinstance(facts.get("names"), tuple):
        facts["names"] = ("、" if actor.language == "zh" else ", ").join(facts["names"][:3])
    if error.code == errors.ENDED:
        facts["status"] = STATES[Status(facts["status"])]
    return DomainError(error.code, field=error.field, **facts)


def clock(at: datetime, actor: Actor, now: datetime) -> str:
    """10:32 of today; the day besides of another one."""
    there = actor.local(at)
    return f"{there:%H:%M}" if there.date() == actor.today(now) else f"{there:%m-%d %H:%M}"


class Why(StrEnum):
    """The usual reasons for a no."""

    TOO_MUCH = "too_much"
    NOT_CLEAR = "not_clear"
    NOT_NOW = "not_now"


REASONS: Final[dict[str, Msg]] = {
    Why.TOO_MUCH: N_("It costs too much"),
    Why.NOT_CLEAR: N_("The reasons are not clear"),
    Why.NOT_NOW: N_("Not at this time"),
}


class Answer(StrEnum):
    """What a signer says."""

    YES = "yes"
    NO = "no"


ANSWERS: Final[dict[Answer, Msg]] = {Answer.YES: N_("✅ Approve"), Answer.NO: N_("❌ Decline")}
