"""Files of any kind: what a record may be given besides photos."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from conversations.kinds.base import Given, Sent
from conversations.kinds.media import Photos, refuse_large, refuse_program
from crm_core.attachments.models import FileKind
from crm_core.attachments.service import FileRef
from crm_core.kit.errors import DomainError, declare
from screens.screen import N_, Msg

if TYPE_CHECKING:
    from conversations.form import Facts

NEEDS_FILE = declare("form.needs_file")
TOO_MANY_FILES = declare("form.too_many_files", "max")

_KINDS: Final = frozenset(FileKind)


@dataclass(frozen=True)
class Files(Photos):
    """Photos, voices, documents, videos and recordings, sent one by one or as an album; each adds to the answer."""

    hint: ClassVar[Msg] = N_("Send one or several files.")

    def read(self, given: Given, facts: Facts, before: tuple[FileRef, ...] | None = None) -> tuple[FileRef, ...]:
        if not (isinstance(given, Sent) and given.what in _KINDS and "file_id" in given.data):
            raise DomainError(NEEDS_FILE)
        refuse_program(given.data)
        refuse_large(given.data)
        new = file_ref(given)
        held = before or ()
        if any(file.file_unique_id == new.file_unique_id for file in held):
            return held
        if len(held) >= self.at_most:
            raise DomainError(TOO_MANY_FILES, max=self.at_most)
        return (*held, new)

    def takes(self, what: str) -> bool:
        return what in _KINDS

    def write(self, value: tuple[FileRef, ...], facts: Facts) -> str:
        return f"📎 {len(value)}"

    def dump(self, value: tuple[FileRef, ...]) -> list[Any]:
        return [asdict(file) for file in value]

    def load(self, stored: Any) -> tuple[FileRef, ...]:
        return tuple(FileRef(**file) for file in stored)


def file_ref(sent: Sent) -> FileRef:
    """The handle of a photo, voice, document, video or recording that was sent, with what Telegram says of it."""
    data = sent.data
    return FileRef(
        bot_id=data["bot_id"],
        file_id=data["file_id"],
        file_unique_id=data["file_unique_id"],
        kind=sent.what,
        name=data.get("name"),
        mime=data.get("mime"),
        size=data.get("size"),
        duration=data.get("duration"),
    )
