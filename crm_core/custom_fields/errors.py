"""Expected failures of the company's own fields."""

from crm_core.kit.errors import declare

UNKNOWN = declare("custom.unknown", "key")
UNFIT = declare("custom.unfit", "title")  # the title by language
