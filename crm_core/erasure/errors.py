"""What may go wrong when a person's data is to be erased."""

from crm_core.kit.errors import declare

STILL_HERE = declare("erasure.still_here", "name")
