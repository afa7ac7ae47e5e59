"""The brief before a visit (CA17): a few statements gather what the features know of a customer."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.queries import whom
from crm_core.customers import queries as customers
from crm_core.deals.queries import worth
from crm_core.kit.db import now
from crm_core.needs.queries import first_open as first_need
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from crm_core.trials.queries import first_open as first_trial
from crm_core.visits.permissions import LOG
from crm_core.visits.queries import of_customer
from screens.brief import Brief, brief_screen
from screens.screen import Screen

_LOOKED_AT = 6  # visits, for what was seen of rivals


async def brief_card(session: AsyncSession, actor: Actor, customer_id: int) -> Screen:
    """The brief, for who may read the customer. Raises `not_found`."""
    archive = await customers.archive(session, actor, customer_id, (LOG,))
    customer, today = archive.customer, actor.today(now(session))
    book = await in_force(session, actor.playbook_version)
    brief = Brief(
        customer=customer,
        talks=(await of_customer(session, actor, customer.id, limit=_LOOKED_AT)).rows,
        people=await whom(session, actor, customer.id),
        need=await first_need(session, customer.id),
        trial=await first_trial(session, customer.id),
        worth=await worth(session, customer.id, today),
        template=book.visit_template(customer.type),
    )
    return brief_screen(brief, actor, today, log=archive.may(LOG))
