"""Words of imports and exports: what a column may hold, and what may be wrong."""

from typing import Final

from crm_core.exchange import errors
from crm_core.exchange.models import Same
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.TOO_LARGE, N_("This file has %(size)s MB, at most %(most)s can come in. Please send it in parts."))
explain(errors.NOT_A_SHEET, N_("This is no spreadsheet, or a damaged one. Please send an .xlsx or .csv file."))
explain(errors.BROKEN, N_("This file cannot be read. Please open it, save it as .xlsx and send it again."))
explain(errors.PASSWORD, N_("This file has a password. Please save it without one and send it again."))
explain(errors.BOMB, N_("This file unpacks to more than %(most)s MB: not a sheet of customers. Nothing was read."))
explain(errors.EMPTY, N_("There is nothing in this sheet. Please send one with a row for each customer."))
explain(errors.TOO_MANY_ROWS, N_("More than %(most)s rows: too many at once. Please send them in parts."))
explain(
    errors.TOO_MANY_COLUMNS, N_("The sheet has %(count)s columns, at most %(most)s can be read. Take some away first.")
)
explain(errors.UNREADABLE_TEXT, N_("The text cannot be read. Please save the file as .xlsx, or as CSV in UTF-8."))
explain(errors.LOST, N_("Telegram no longer has this file. Please send it again."))
explain(errors.NO_NAME_COLUMN, N_("Which column has the customers' names? Tap Columns and say."))
explain(errors.NOT_NOW, N_("This import has gone on meanwhile. Look at its newest card."))
explain(errors.UNDO_TOO_LATE, N_("An import can be taken back for %(hours)s hours; that is over."))
explain(errors.TAKEN_AWAY, N_("You may no longer import customers. Ask your manager."))
explain(errors.STUCK, N_("Something went wrong on our side. Please send the file once more, or tell your admin."))

explain(errors.NO_NAME, N_("the name is missing"))
explain(errors.NAME_BARE, N_("“%(value)s” is no name"))
explain(errors.MISSING, N_("this has to be filled in"))
explain(errors.UNKNOWN_WORD, N_("“%(value)s” is not in the company's list"))
explain(errors.NEGATIVE, N_("“%(value)s” is below zero"))
explain(errors.NO_OWNER, N_("there is no colleague “%(value)s”"))
explain(errors.TWO_OWNERS, N_("there is more than one “%(value)s”; leave it empty and choose on the card"))
explain(errors.OWNER_NOT_YOURS, N_("you cannot give customers to “%(value)s”"))
explain(errors.CUT, N_("longer than %(most)s characters"))
explain(errors.UNFIT, N_("“%(value)s” does not fit this field"))
explain(errors.SAME, N_("is here already: “%(name)s” of %(owner)s"))
explain(errors.SAME_HIDDEN, N_("is taken by a colleague"))
explain(errors.NEAR, N_("sounds like “%(name)s” of %(owner)s"))
explain(errors.NEAR_HIDDEN, N_("sounds like a customer of a colleague"))
explain(errors.NEAR_ROW, N_("sounds like “%(name)s” in row %(row)s"))
explain(errors.NEAR_WORD, N_("“%(value)s” is taken as “%(taken)s”"))
explain(errors.PHONE, N_("“%(value)s” is no phone number; kept as a note"))
explain(errors.EMAIL, N_("“%(value)s” is no mail address; kept as a note"))
explain(errors.DATE, N_("“%(value)s” is no day; kept as a note"))
explain(errors.PAST, N_("“%(value)s” is past; left out"))
explain(errors.AMOUNT, N_("“%(value)s” is no amount; kept as a note"))
explain(errors.MANY_CONTACTS, N_("only the first %(most)s contacts come in"))

TARGETS: Final[dict[str, Msg]] = {
    "name": N_("Customer name"),
    "short_name": N_("Short name"),
    "type": N_("Customer type"),
    "category": N_("Category"),
    "industry": N_("Industry"),
    "source": N_("Source"),
    "stage": N_("Stage"),
    "status": N_("Status"),
    "city": N_("City"),
    "address": N_("Address"),
    "contact_name": N_("Contact name"),
    "contact_title": N_("Job title"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "yearly_value": N_("Yearly value"),
    "next_step_on": N_("Next step date"),
    "note": N_("Note"),
    "owner": N_("Owner"),
}
"""What a column may hold, as headings say it; the guessing of columns knows these words."""

LEFT_OUT: Final = N_("not used")
SAME: Final[dict[str, Msg]] = {Same.SKIP: N_("skip"), Same.FILL: N_("fill in what is empty"), Same.MAKE: N_("make")}

thing("import_batch", N_("import"))
