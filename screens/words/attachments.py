"""Words of files."""

from typing import Final

from crm_core.attachments import content, errors
from crm_core.attachments.models import FileKind
from screens.screen import N_, Msg
from screens.wording import explain

explain(errors.NOTHING_LOST, N_("Nothing is missing there any more. Thank you."))

KINDS: Final[dict[str, Msg]] = {
    FileKind.PHOTO: N_("Photos"),
    FileKind.VOICE: N_("Voice notes"),
    FileKind.DOCUMENT: N_("Documents"),
    FileKind.VIDEO: N_("Videos"),
    FileKind.AUDIO: N_("Recordings"),
}

REASONS: Final[dict[str, Msg]] = {
    content.EXPIRED: N_("Telegram no longer has it."),
    content.TOO_LARGE: N_("It is larger than %(mb)s MB. Please send it smaller, or in parts."),
    content.EMPTY: N_("It is empty."),
    content.NOT_AS_CLAIMED: N_("Its content is not what its name says. Please send the original."),
    content.NOT_KEPT: N_("This kind of file is not kept. Photos, sound, video, PDF, Office and text are."),
}
"""Why a file is not with its record, and what helps."""

RECORDS: Final[dict[str, Msg]] = {
    "visit": N_("Visit"),
    "approval": N_("Request"),
    "expense_item": N_("Receipt"),
    "notice": N_("Notice"),
}
"""Records with files, by type; the button that opens one has the type as its key."""
