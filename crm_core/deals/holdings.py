"""Deals that nobody has paid yet go along with their customers."""

from crm_core.deals.models import Deal
from crm_core.matters.holdings import held

held(Deal, Deal.paid_on.is_(None), order=40)
