"""Screens of files: which could not be kept, and that they are here again."""

from collections import Counter

from crm_core.attachments.content import ending
from crm_core.attachments.lost import Lost, Record
from crm_core.attachments.service import Attached
from screens.screen import N_, Button, Picture, Place, Row, Screen
from screens.words.attachments import KINDS, REASONS, RECORDS

_MOST_NAMES = 3


def picture_of(file: Attached, bot_id: int) -> Picture | None:
    """A photo as this bot can show it; None while it is still to be fetched.

    A handle is of use to the bot that received it alone: another one uploads what we keep.
    """
    if file.bot_id == bot_id:
        return file.file_id
    if file.key is None:
        return None
    return {"stored": file.key, "name": f"{file.id}{ending(file.mime)}"}


def lost_screen(lost: Lost, record: Record, most_bytes: int) -> Screen:
    """What is missing from which record, why, and the way to send it again."""
    facts = {
        "type": RECORDS[record.type],
        "about": record.about,
        "at": record.at,
        "missing": [{"kind": KINDS[kind], "count": count} for kind, count in Counter(lost.kinds).items()],
        "names": lost.names[:_MOST_NAMES],
        "reasons": [REASONS[reason](mb=most_bytes // (1024 * 1024)) for reason in lost.reasons],
    }
    rows: tuple[Row, ...] = (
        (Button(N_("📎 Send again"), "attachment.again", lost.attachment_id),),
        (Button(N_("Open the record"), record.type, record.id),),
    )
    return Screen("attachments/lost.html", facts, rows, Place.NEW)


def sent_again_screen(record: Record) -> Screen:
    """They are with the record again."""
    facts = {"type": RECORDS[record.type], "about": record.about, "at": record.at}
    rows: tuple[Row, ...] = ((Button(N_("Open the record"), record.type, record.id),),)
    return Screen("attachments/sent_again.html", facts, rows)
