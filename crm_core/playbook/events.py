"""What the playbook tells others."""

from dataclasses import dataclass

from crm_core.playbook.book import Playbook


@dataclass(frozen=True, slots=True)
class PlaybookPublished:
    """Another version is in force from this transaction on."""

    version: int
    book: Playbook
