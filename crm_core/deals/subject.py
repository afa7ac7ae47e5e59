"""Deals can be taken back (BY08) and commented on (BY26)."""

from crm_core.deals.models import Deal
from crm_core.matters.service import kept

kept(Deal)
