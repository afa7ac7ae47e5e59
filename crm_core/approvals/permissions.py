"""Rights on requests. Who applied, who signs or signed, and who is told read a request without any of these."""

from crm_core.org.rights import Scope, for_oneself, permission

APPLY = for_oneself("approval.apply")
READ_ALL = permission("approval.read_all", operations=Scope.ALL, admin=Scope.ALL)
REASSIGN = permission("approval.reassign", admin=Scope.ALL)
"""Put somebody else on a seat: for who is ill, or away without a deputy."""
