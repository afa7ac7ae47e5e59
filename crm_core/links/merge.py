"""Links of two archives that become one (BY11): none to itself, none twice, none in a circle."""

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.kit.merging import goes_along
from crm_core.links import errors
from crm_core.links.models import CustomerLink
from crm_core.links.service import in_a_circle
from crm_core.org.models import Company
from crm_core.playbook.service import in_force


async def _go(session: AsyncSession, was: int, becomes: int) -> None:
    """Raises `link.circle` where somebody would become the parent of their own parent."""
    mine = select(CustomerLink).where(
        or_(CustomerLink.from_id.in_((was, becomes)), CustomerLink.to_id.in_((was, becomes)))
    )
    rows = (await session.scalars(mine.order_by(CustomerLink.id).with_for_update())).all()
    known = {_ends(one) for one in rows if was not in (one.from_id, one.to_id)}
    moved: list[CustomerLink] = []
    for one in rows:
        if was not in (one.from_id, one.to_id):
            continue
        first, second = (becomes if end == was else end for end in (one.from_id, one.to_id))
        if first == second or (frozenset((first, second)), one.kind) in known:
            await session.delete(one)
            continue
        one.from_id, one.to_id = first, second
        known.add(_ends(one))
        moved.append(one)
    await session.flush()
    book = await in_force(session, await session.scalar(select(Company.playbook_version)) or 0)
    for kind in (one for one in book.link_kinds if one.tree):
        for one in moved:
            if one.kind == kind.key and await in_a_circle(session, kind, one):
                far = one.to_id if one.from_id == becomes else one.from_id
                raise DomainError(errors.CIRCLE, name=(await session.get_one(Customer, far)).name)


def _ends(link: CustomerLink) -> tuple[frozenset[int], str]:
    return frozenset((link.from_id, link.to_id)), link.kind


async def _done(_session: AsyncSession, _was: int, _becomes: int) -> None:
    """The other end has seen to it."""


goes_along(CustomerLink.from_id, _go)
goes_along(CustomerLink.to_id, _done, order=51)
