"""Words of comments and files."""

from screens.screen import N_
from screens.things import thing

thing("comment", N_("comment"), opens="comment")
thing("attachment", N_("files"))
