"""Open needs go along with their customers."""

from crm_core.matters.holdings import held
from crm_core.needs.models import Need
from crm_core.needs.queries import OPEN

held(Need, OPEN, order=20)
