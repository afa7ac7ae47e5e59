"""Needs can be taken back (BY08) and commented on (BY26)."""

from crm_core.matters.service import kept
from crm_core.needs.models import Need

kept(Need)
