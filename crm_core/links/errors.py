"""Expected failures of links."""

from crm_core.kit.errors import declare

ITSELF = declare("link.itself")
THERE = declare("link.there", "name")
CIRCLE = declare("link.circle", "name")
UNKNOWN_KIND = declare("link.unknown_kind")
