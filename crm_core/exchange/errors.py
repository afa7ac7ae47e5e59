"""Expected failures of imports: of a whole file, and what may be wrong with one row."""

from typing import Final

from crm_core.kit.errors import declare

# of the file
TOO_LARGE = declare("import.too_large", "size", "most")  # MB
NOT_A_SHEET = declare("import.not_a_sheet")
BROKEN = declare("import.broken")
PASSWORD = declare("import.password")
BOMB = declare("import.bomb", "most")  # MB
EMPTY = declare("import.empty")
TOO_MANY_ROWS = declare("import.too_many_rows", "most")
TOO_MANY_COLUMNS = declare("import.too_many_columns", "count", "most")
UNREADABLE_TEXT = declare("import.unreadable_text")
LOST = declare("import.lost")

# of the import
NO_NAME_COLUMN = declare("import.no_name_column")
NOT_NOW = declare("import.not_now")  # it is no longer at the step that was tapped
UNDO_TOO_LATE = declare("import.undo_too_late", "hours")
TAKEN_AWAY = declare("import.taken_away")  # the right to import, meanwhile
STUCK = declare("import.stuck")

# of a row: nothing is made of it
NO_NAME = declare("import.no_name")
UNKNOWN_WORD = declare("import.unknown_word", "value")
NEGATIVE = declare("import.negative", "value")
NO_OWNER = declare("import.no_owner", "value")
TWO_OWNERS = declare("import.two_owners", "value")
OWNER_NOT_YOURS = declare("import.owner_not_yours", "value")
CUT = declare("import.too_long", "most")
UNFIT = declare("import.unfit", "value")
MISSING = declare("import.missing")
SAME = declare("import.same", "name", "owner")
SAME_HIDDEN = declare("import.same_hidden")
NEAR = declare("import.near", "name", "owner")
NEAR_HIDDEN = declare("import.near_hidden")
NEAR_ROW = declare("import.near_row", "name", "row")
NAME_BARE = declare("import.name_bare", "value")

# of a row: told, and no hindrance
NEAR_WORD = declare("import.near_word", "value", "taken")
PHONE = declare("import.phone", "value")
EMAIL = declare("import.email", "value")
DATE = declare("import.date", "value")
PAST = declare("import.past", "value")
AMOUNT = declare("import.amount", "value")
MANY_CONTACTS = declare("import.many_contacts", "most")

REMARKS: Final = frozenset({NEAR_WORD, PHONE, EMAIL, DATE, PAST, AMOUNT, MANY_CONTACTS})
"""What is told of a row that comes in all the same."""
