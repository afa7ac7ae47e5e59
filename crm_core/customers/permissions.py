"""Who may do what with customers: by the owner, by the team that helps, by who leads the territory."""

from typing import Final

from crm_core.customers.models import Customer
from crm_core.org.rights import Scope, Ties, permission

TIES: Final = Ties(Customer.owner_id, Customer.team, Customer.territory, there=Customer.merged_into_id.is_(None))

READ = permission(
    "customer.read",
    team=True,
    territory=True,
    reading=True,
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.BRANCH,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
TEAM = permission(
    "customer.team",
    territory=True,
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    admin=Scope.ALL,
)
CREATE = permission("customer.create", rep=Scope.OWN, manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
CHANGE = permission(
    "customer.change",
    team=True,
    territory=True,
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    admin=Scope.ALL,
)
GIVE = permission(
    "customer.give",
    territory=True,
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    admin=Scope.ALL,
)
"""Give a customer to a colleague who asks for it."""
MERGE = permission(
    "customer.merge",
    territory=True,
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    admin=Scope.ALL,
)
"""Let one archive go into another; who only helps with a customer does not."""
