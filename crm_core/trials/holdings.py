"""Open trials go along with their customers."""

from crm_core.matters.holdings import held
from crm_core.trials.models import Trial
from crm_core.trials.queries import OPEN

held(Trial, OPEN, order=30)
