"""Words of budgets."""

from typing import Final

from crm_core.budgets import errors
from crm_core.budgets.models import EntryState
from crm_core.budgets.pace import Level, Verdict
from crm_core.budgets.report import By
from crm_core.playbook.flows import TaskKind
from screens.held import held
from screens.screen import N_, Button, Msg
from screens.things import thing
from screens.wording import explain

explain(
    errors.OVER,
    N_("%(name)s has %(left)s left: this goes %(over)s over. Ask for less, or go on: finance must allow it by name."),
)
explain(
    errors.NEEDS_OVERRIDE,
    N_("It goes %(over)s over “%(name)s”. Add somebody from finance as a signer first, or ask them to allow it."),
)
explain(errors.NOT_POSITIVE, N_("A budget is more than nothing. Type the sum, for example 50k."))
explain(errors.ENDS_BEFORE_IT_BEGINS, N_("The last day lies before the first. Type a later one."))
explain(errors.TOO_LONG_PERIOD, N_("A budget is for three years at most. Type an earlier last day."))
explain(errors.BELOW_SPENT, N_("%(spent)s of it are spent or held already. Type at least that much."))
explain(errors.OUTSIDE, N_("Something was spent on %(day)s already. Choose days that include it."))
explain(errors.CLOSED, N_("This budget is closed. Open it again first."))
explain(errors.NOTHING_TO_ALLOW, N_("Nothing waits here any more: it was allowed, returned or withdrawn already."))
explain(errors.TWICE, N_("“%(name)s” is there for the same on these days. Choose other days, or change that one."))

KINDS: Final[dict[str, Msg]] = {
    TaskKind.MARKET: N_("Market tasks"),
    TaskKind.SALES: N_("Sales tasks"),
    TaskKind.SERVICE: N_("Service tasks"),
    TaskKind.OPERATIONS: N_("Operations tasks"),
}
STATES: Final[dict[str, Msg]] = {
    EntryState.ASKED: N_("⚠ waits for leave"),
    EntryState.HELD: N_("held"),
    EntryState.COMMITTED: N_("spent"),
    EntryState.RELEASED: N_("free again"),
    EntryState.REPLACED: N_("settled by a claim"),
}
VERDICTS: Final[dict[Verdict, Msg]] = {
    Verdict.COMING: N_("It has not begun yet."),
    Verdict.EARLY: N_("Too early to tell the pace."),
    Verdict.EVEN: N_("On pace: money goes as the time does."),
    Verdict.FAST: N_("⚡ Too fast: loose now means tight later."),
    Verdict.SLOW: N_("🐢 Too slow: plan what is still to be done."),
    Verdict.SPENT: N_("⛔ All of it is spent or held."),
    Verdict.OVER: N_("⛔ Over budget."),
}
LEVELS: Final[dict[Level, Msg]] = {
    Level.PACE: N_("at this pace it is overrun: %(used)s%% of the money in %(time)s%% of the time"),
    Level.MOST: N_("%(used)s%% used, %(left)s left"),
    Level.ALL: N_("⛔ %(used)s%% used, nothing is left"),
}
BY: Final[dict[By, Msg]] = {
    By.CONTENT: N_("content"),
    By.DEPARTMENT: N_("department"),
    By.KIND: N_("kind of task"),
    By.REGION: N_("region"),
    By.TASK: N_("project"),
    By.STAGE: N_("stage"),
}
NOT_SAID: Final[dict[By, Msg]] = {
    By.KIND: N_("no kind"),
    By.TASK: N_("no project"),
    By.STAGE: N_("no stage"),
}
FIELDS: Final[dict[str, Msg]] = {
    "name": N_("Name"),
    "amount": N_("Sum"),
    "owner": N_("Responsible"),
    "since": N_("First day"),
    "until": N_("Last day"),
}
held("budget", N_("%(count)s budgets"))
thing("budget", N_("budget"), opens="budget", home=Button(N_("« Budgets"), "budgets"), fields=FIELDS)
thing("budget_entry", N_("spending"))
