"""Expected failures of deals."""

from crm_core.kit.errors import declare

OUT_OF_ORDER = declare("deal.out_of_order")
