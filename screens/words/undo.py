"""Words of taking back."""

from crm_core.audit import errors
from screens.screen import N_
from screens.wording import explain

explain(errors.NOTHING, N_("There is nothing of yours here that can be undone."))
explain(errors.TOO_LATE, N_("Undo works for %(minutes)s minutes, and they are over. Open the record to correct it."))
explain(errors.DONE, N_("This was undone already, at %(at)s."))
explain(
    errors.CHANGED_SINCE,
    N_("This can't be undone any more: %(who)s changed “%(label)s” at %(at)s. Undo that first, or correct the record."),
)
explain(
    errors.BUILT_ON,
    N_("“%(label)s” can't be undone: %(who)s has added to it at %(at)s (%(what)s). Correct the record instead."),
)
