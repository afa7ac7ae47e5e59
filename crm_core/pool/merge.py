"""What becomes of a pool's rows when a customer goes into another archive (BY11)."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.events import PeopleMoved
from crm_core.kit.events import subscribe
from crm_core.kit.merging import stays_behind
from crm_core.pool.deadlines import reckon
from crm_core.pool.models import CountedFollowup, PoolClaim, PoolExtension, PoolLock, PoolView
from crm_core.visits.models import Visit

stays_behind(PoolClaim.customer_id, "a claim counts for the day and the archive it was made of")
stays_behind(PoolView.customer_id, "who looked at what is a log")
stays_behind(PoolLock.customer_id, "it ended when the archive went")
stays_behind(PoolExtension.customer_id, "it ended when the archive went")


@subscribe(PeopleMoved)
async def follow_the_visits(session: AsyncSession, moved: PeopleMoved) -> None:
    """What counts as care counts where the visit is now; the deadline follows."""
    where = (Visit.id == CountedFollowup.visit_id, Visit.customer_id.in_(moved.customer_ids))
    await session.execute(update(CountedFollowup).where(*where).values(customer_id=Visit.customer_id))
    await reckon(session, moved.customer_ids)
