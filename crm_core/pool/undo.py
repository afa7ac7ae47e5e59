"""Why nothing of the pool itself is taken back (BY08); a move is, as any move of a customer."""

from crm_core.kit.undo import stays
from crm_core.pool.models import PoolClaim, PoolExtension, PoolLock

stays(PoolClaim, "what was masked has been read: a claim counts for its day")
stays(PoolExtension, "what was approved is undone by a request of its own")
stays(PoolLock, "one tap unlocks it again")
