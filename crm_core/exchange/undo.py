"""An import is taken back as a whole, for a day, by its own operation (`takeback.py`)."""

from crm_core.exchange.models import ImportBatch, ImportRow
from crm_core.kit.merging import stays_behind
from crm_core.kit.undo import stays

stays(ImportBatch, "an import is taken back row by row, and tells what stayed")

stays_behind(ImportRow.customer_id, "it tells what a row of a sheet has made")
