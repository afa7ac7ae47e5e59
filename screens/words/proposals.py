"""Words of a playbook on its way in: why it cannot come in, what it changes."""

from typing import Final

from crm_core.playbook import errors as publishing
from crm_core.proposals import errors
from crm_core.proposals.changes import What
from screens.screen import N_, Msg
from screens.wording import explain

explain(publishing.NOT_ADMIN, N_("Only an admin changes the playbook. Nothing was changed; ask your admin."))
explain(
    publishing.SUPERSEDED,
    N_("Version %(version)s was published meanwhile. Compare with it first, then publish."),
)
explain(errors.TOO_LARGE, N_("This file has %(size)s KB; a playbook has %(most)s KB at most. Nothing was read."))
explain(errors.NOT_TEXT, N_("This is no UTF-8 text. Save the file as UTF-8 and send it again."))
explain(errors.EMPTY, N_("There is nothing in this file. /playbook sends you the one in force."))
explain(errors.LOST, N_("Telegram no longer has this file. Please send it again."))
explain(errors.STUCK, N_("Something went wrong on our side. Please send the file once more, or tell your admin."))
explain(errors.NOT_NOW, N_("This file has gone on meanwhile. Send it again, or get the one in force with /playbook."))
explain(errors.UNSOUND, N_("The flow %(flow)s could be signed by nobody by now. Mend the file and send it again."))

CHANGES: Final[dict[What, Msg]] = {
    What.FLOW_NEW: N_("new flow"),
    What.FLOW_GONE: N_("no longer there"),
    What.WITHDRAWN: N_("no longer offered"),
    What.OFFERED_AGAIN: N_("offered again"),
    What.STEP_NEW: N_("new step %(step)s"),
    What.STEP_GONE: N_("without step %(step)s"),
    What.SIGNERS: N_("%(step)s: other signers"),
    What.WHEN: N_("%(step)s: comes for other requests"),
    What.MODE: N_("%(step)s: how many must sign"),
    What.TIME: N_("%(step)s: other deadline"),
    What.ACTS: N_("%(step)s: what signers may do"),
    What.ORDER: N_("another order of steps"),
    What.FORM: N_("the form"),
    What.RULES: N_("the rules"),
    What.COPIES: N_("who is told"),
    What.BUDGET: N_("the budget"),
    What.WORDS: N_("its words"),
}
SECTIONS: Final[dict[str, Msg]] = {
    "categories": N_("categories"),
    "industries": N_("industries"),
    "sources": N_("sources"),
    "customer_types": N_("customer types"),
    "stages": N_("stages"),
    "statuses": N_("statuses"),
    "key_accounts": N_("key accounts"),
    "team_roles": N_("team roles"),
    "territories": N_("territories"),
    "link_kinds": N_("kinds of links"),
    "working_hours": N_("working hours"),
    "fields": N_("own fields"),
    "visit_templates": N_("visit manual"),
    "check_in": N_("check-in"),
    "approvals": N_("rules of approvals"),
    "reminders": N_("reminders"),
    "data_rights": N_("data rights"),
    "relation_kinds": N_("relations"),
    "gift_kinds": N_("kinds of gifts"),
    "personal_file": N_("personal file"),
    "pools": N_("customer pools"),
    "expense_kinds": N_("kinds of expenses"),
    "expense_rules": N_("rules of expenses"),
    "leave": N_("leave"),
    "budget_contents": N_("budget contents"),
    "keeping": N_("how long things are kept"),
}
