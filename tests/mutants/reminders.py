"""Faults to plant into reminders: which promise of the clock each breaks, and the text that is changed."""

from typing import Final

from tests.mutants.seeds import Edit, Mutant

NOTICING: Final = "reminders/noticing.py"
DIGEST: Final = "reminders/digest.py"
PUSHING: Final = "reminders/pushing.py"
CLOSING: Final = "reminders/closing.py"
ATTENTION: Final = "crm_core/org/attention.py"
ONCE: Final = ("tests/reminders/test_once.py",)
_LOCK: Final = ".with_for_update(skip_locked=True)"


def _one(name: str, breaks: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(name, breaks, (Edit(file, old, new),), ONCE)


MUTANTS: Final = (
    Mutant(
        "a stale archive is noted at every tick",
        "once",
        (
            Edit(NOTICING, "        .values({due.at.key: None})\n", "        .values({due.at.key: due.at})\n"),
            Edit(NOTICING, "cast(due.key, Text).label", "literal(str(moment)).label"),
        ),
        ONCE,
    ),
    _one(
        "a birthday is noted anew on each day",
        "once",
        NOTICING,
        "found.c.recipient_id, found.c.occurrence_key, now(session), ends",
        "found.c.recipient_id, literal(f'solar {day.year} {day}'), now(session), ends",
    ),
    _one("two clocks send the same digest", "once", DIGEST, f"            {_LOCK}\n", ""),
    _one("two clocks send the same message", "once", PUSHING, f"        {_LOCK}\n", ""),
    _one("a second digest on the day of a move", "once", DIGEST, "not (told or early or", "not (early or"),
    _one(
        "digests come at night",
        "quiet",
        DIGEST,
        "not (told or early or is_quiet(moment, zone, table))",
        "not told",
    ),
    _one("messages come at night", "quiet", PUSHING, "if is_quiet(now(session), actor.zone, table):", "if False:"),
    _one("days off are none", "quiet", ATTENTION, "not is_working_day(local.date(), table) or not QUIET", "not QUIET"),
    _one(
        "nights are those of London",
        "quiet",
        ATTENTION,
        "QUIET_UNTIL <= local.time() < QUIET_FROM\n\n",
        "QUIET_UNTIL <= moment.time() < QUIET_FROM\n\n",
    ),
    _one("nothing closes by itself", "settled", CLOSING, "for end in rule.ends:", "for end in ():"),
    _one(
        "what is switched off or settled is pushed",
        "settled",
        PUSHING,
        "if line is None or line.done:",
        "if line is None:",
    ),
    _one("there is no end of a day's messages", "two a day", PUSHING, "[: max(MOST_A_DAY - person.pushes, 0)]", "[:9]"),
)
