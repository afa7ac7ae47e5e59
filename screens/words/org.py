"""Words of the organisation."""

from typing import Final

from crm_core.org import errors
from crm_core.org.models import Role
from screens.screen import N_, Button, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.INVITE_UNKNOWN, N_("This invite link is not valid. Please ask your admin for a new one."))
explain(errors.INVITE_USED, N_("This invite link has been used already. Please ask your admin for a new one."))
explain(errors.INVITE_EXPIRED, N_("This invite link has expired. Please ask your admin for a new one."))
explain(errors.ALREADY_MEMBER, N_("You are in already, as %(name)s. The link was not needed."))
explain(errors.HAS_ACCESS, N_("%(name)s has access already."))
explain(errors.NO_ACCESS, N_("%(name)s has no access. Send an invite link."))
explain(errors.HAS_LEFT, N_("%(name)s has left the company."))
explain(errors.NOT_YOURSELF, N_("You cannot do this to yourself. Ask another admin."))
explain(errors.OWNS_CUSTOMERS, N_("%(name)s still looks after %(count)s customers. Hand them over first."))
explain(errors.HAS_REPORTS, N_("%(count)s people still report to %(name)s. Give them another manager first."))
explain(errors.LAST_ADMIN, N_("This is the only admin. Make somebody else an admin first."))
explain(errors.CYCLE, N_("Nobody can report to somebody below. Choose another manager."))
explain(errors.COMPANY_EXISTS, N_("This database already holds a company."))
explain(errors.ZONE_UNKNOWN, N_("“%(zone)s” is no time zone. Write for example Asia/Shanghai."))

ROLES: Final[dict[Role, Msg]] = {
    Role.REP: N_("Sales rep"),
    Role.MANAGER: N_("Manager"),
    Role.FINANCE: N_("Finance"),
    Role.OPERATIONS: N_("Operations"),
    Role.EXECUTIVE: N_("Executive"),
    Role.ADMIN: N_("Admin"),
}

thing("employee", N_("colleague"), opens="person", home=Button(N_("« People"), "pl"))
thing("invite", N_("invite link"))


def roles_of(values: list[str]) -> list[Msg]:
    return [ROLES[Role(value)] for value in values]
