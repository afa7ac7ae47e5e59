"""Expected failures of needs."""

from crm_core.kit.errors import declare

NOT_FOR_THEM = declare("need.not_for_them", "name")
