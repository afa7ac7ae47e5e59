"""What is kept how long, and why: the table that the sweep goes by, and `docs/operations.md` prints."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from crm_core.playbook.keeping import Keeping

_DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365.25)


@dataclass(frozen=True, slots=True)
class Period:
    """Rows of a table, in the order of their ids, which is that of their times `at`.

    Those older than `keeps` that are `over` are let go of: by `then`, a statement for the ids in `:ids`, else deleted.
    What is not over then is left to a longer period of the same table.
    """

    key: str
    table: str
    at: str
    what: str
    why: str
    keeps: Callable[[Keeping], timedelta]
    over: str = "true"
    then: tuple[str, ...] = ()
    chosen: str | None = None  # by which word of the playbook the company chooses


def _fixed(days: int) -> Callable[[Keeping], timedelta]:
    return lambda _: days * _DAY


_WARNED: Final = "(card_id IS NOT NULL AND EXISTS (SELECT FROM occurrence o WHERE o.card_id = outbox.card_id))"
"""A reminder stands on it: that it came is what the pool goes by, and the digest."""

PERIODS: Final = (
    Period(
        "inbox",
        "inbox",
        "received_at",
        "what people wrote and tapped, once it has taken effect",
        "for looking into complaints; its number must be known for a day, while Telegram may send it again",
        lambda keeping: keeping.messages_days * _DAY,
        over="state = 'done'",
        chosen="messages_days",
    ),
    Period(
        "outbox",
        "outbox",
        "created_at",
        "what was sent, or was not worth sending any more",
        "for looking into complaints; of reminders that it was sent stays, without the words, as long as the reminder",
        lambda keeping: keeping.messages_days * _DAY,
        over="state IN ('sent','dropped')",
        then=(
            "UPDATE outbox SET payload = '{}' WHERE id = ANY(:ids) AND " + _WARNED,  # noqa: S608
            "DELETE FROM outbox WHERE id = ANY(:ids) AND NOT " + _WARNED,  # noqa: S608
        ),
        chosen="messages_days",
    ),
    Period(
        "inbox.dead",
        "inbox",
        "received_at",
        "what could not be handled: `rounds deadletters`",
        "somebody may still decide to try again",
        lambda keeping: keeping.failures_days * _DAY,
        over="state IN ('done','dead')",
        chosen="failures_days",
    ),
    Period(
        "outbox.dead",
        "outbox",
        "created_at",
        "what could not be sent: `rounds deadletters`",
        "somebody may still decide to try again",
        lambda keeping: keeping.failures_days * _DAY,
        over="state IN ('sent','dropped','dead')",
        then=(
            "UPDATE outbox SET payload = '{}' WHERE id = ANY(:ids) AND state <> 'dead' AND " + _WARNED,  # noqa: S608
            "DELETE FROM outbox WHERE id = ANY(:ids) AND (state = 'dead' OR NOT " + _WARNED + ")",  # noqa: S608
        ),
        chosen="failures_days",
    ),
    Period(
        "occurrence",
        "occurrence",
        "created_at",
        "reminders that are done with",
        "more than a year, so that nothing that comes every year is told twice",
        lambda keeping: keeping.reminders_days * _DAY,
        over="state IN ('done','expired','suppressed')",
        chosen="reminders_days",
    ),
    Period(
        "outbox.reminders",
        "outbox",
        "created_at",
        "that reminders were sent",
        "as long as the reminder",
        lambda keeping: (keeping.reminders_days + 1) * _DAY,
        over="state IN ('sent','dropped')",
        chosen="reminders_days",
    ),
    Period(
        "card",
        "card",
        "created_at",
        "which message in which chat shows what",
        "so that every copy can be edited when its matter closes; older ones stay as they are",
        lambda keeping: keeping.reminders_days * _DAY,
        chosen="reminders_days",
    ),
    Period(
        "import",
        "import_batch",
        "created_at",
        "sheets that came in, with their rows",
        "an import can be taken back for so long",
        _fixed(30),
        over="ended_at IS NOT NULL AND file_row_id IS NOT NULL",
        then=(
            "UPDATE file SET look_at = now() WHERE id IN (SELECT file_row_id FROM import_batch WHERE id = ANY(:ids))",
            "UPDATE import_batch SET file_row_id = NULL WHERE id = ANY(:ids)",
            "DELETE FROM import_row WHERE batch_id = ANY(:ids)",
        ),
    ),
    Period(
        "sheet_order",
        "sheet_order",
        "created_at",
        "that a sheet was asked for; who took what away is in the access log",
        "for looking into complaints",
        _fixed(30),
        over="ended_at IS NOT NULL",
    ),
    Period(
        "pool_view",
        "pool_view",
        "at",
        "who looked at which customer in a pool",
        "to see who collects without claiming",
        lambda keeping: keeping.access_years * _YEAR,
        chosen="access_years",
    ),
    Period(
        "access_log",
        "access_log",
        "at",
        "who looked at what, and who took it away",
        "to find out where a list went",
        lambda keeping: keeping.access_years * _YEAR,
        chosen="access_years",
    ),
    Period(
        "audit",
        "audit",
        "at",
        "who changed what, with the values before and after",
        "the history of each record, and proof; a company that keeps books keeps them for ten years",
        lambda keeping: keeping.history_years * _YEAR,
        chosen="history_years",
    ),
)

ELSEWHERE: Final = (
    ("drafts", "7 days after the last touch", "half-filled forms can be gone on with"),
    ("which message said what of a record", "24 hours", "editing the message corrects the record"),
    ("where somebody said to be", "a day", "the nearest customers came first"),
    ("files that no record has", "30 days", "they may belong to a form that is not yet saved"),
    ("sheets that were exported", "a day", "they were sent; the phone has them"),
    ("customers, contacts, visits, requests, money", "until somebody erases or merges them", "the company's records"),
)
"""What goes by a clock of its own, and what stays: for the same table in the docs."""
