"""Whether a migration can run while the program before it is at work: what it sends, judged statement by statement.

It `breaks` what takes from that program something it may use, or refuses what it may write; it `locks` what keeps
others out of a table for as long as the table is large. What the migration itself makes is nobody's yet.
"""

import io
import re
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final

from alembic.migration import MigrationContext
from alembic.operations import Operations

_NAME = r'(?:IF (?:NOT )?EXISTS )?(?:ONLY )?"?(\w+)"?'
_MADE: Final = re.compile(rf"^CREATE TABLE {_NAME}", re.IGNORECASE)
_ON: Final = (
    re.compile(rf"^(?:ALTER|DROP|LOCK|TRUNCATE) (?:TABLE )?{_NAME}", re.IGNORECASE),
    re.compile(rf"^CREATE (?:UNIQUE )?INDEX .*? ON {_NAME}", re.IGNORECASE | re.DOTALL),
    re.compile(rf"^(?:UPDATE|DELETE FROM|INSERT INTO) {_NAME}", re.IGNORECASE),
)
BREAKS: Final = {
    r"^DROP TABLE": "a table goes",
    r"\bDROP COLUMN\b": "a column goes",
    r"\bRENAME\b": "a name goes",
    r"ALTER COLUMN \S+ (?:SET DATA )?TYPE\b": "a column is of another type",
    r"\bSET NOT NULL\b": "a column may not be empty any more",
    r"ADD COLUMN (?:(?!DEFAULT).)*NOT NULL(?!.*DEFAULT)": "a column must be filled that nobody fills",
    r"\bDROP DEFAULT\b": "a column is not filled by itself any more",
    r"^CREATE UNIQUE INDEX": "what is there twice is refused",
    r"\bADD CONSTRAINT\b": "what was allowed is refused",
    r"DROP CONSTRAINT (?:IF EXISTS )?\"?(?:uq|pk)_": "an ON CONFLICT has nothing to go by",
    r"^DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?\"?uq_": "an ON CONFLICT has nothing to go by",
}
LOCKS: Final = {
    r"^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)": "nobody writes while the index is made: carefully.create_index",
    r"\bADD CONSTRAINT\b(?!.*(?:NOT VALID|USING INDEX))": "the table is read through under a lock: carefully.add_check",
    r"\bSET NOT NULL\b": "the table is read through under a lock",
    r"ALTER COLUMN \S+ (?:SET DATA )?TYPE\b": "the table is written anew under a lock",
    r"DEFAULT (?:clock_timestamp|gen_random_uuid|random|nextval)": "the table is written anew under a lock",
    r"GENERATED ALWAYS AS \(": "the table is written anew under a lock",
    r"^(?:UPDATE|DELETE)\b": "rows stay locked until the end: let a sweep do it, some at a time",
    r"^LOCK\b|^TRUNCATE\b|^VACUUM FULL|^CLUSTER|^REINDEX (?!.*CONCURRENTLY)": "nobody else comes near",
}


@dataclass
class Judged:
    breaks: list[str] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)


def statements(module: ModuleType) -> list[str]:
    """What the migration sends on its way up."""
    sent = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": sent, "transactional_ddl": True}
    )
    with Operations.context(context):
        module.upgrade()
    return [" ".join(one.split()) for one in sent.getvalue().split(";\n") if one.strip()]


def judged(module: ModuleType) -> Judged:
    """Each statement with what is wrong with it."""
    found, made = Judged(), set[str]()
    for statement in statements(module):
        if (new := _MADE.search(statement)) is not None:
            made.add(new[1])
            continue
        on = next((said[1] for way in _ON if (said := way.search(statement)) is not None), None)
        if on in made:
            continue
        found.breaks += [
            f"{why}: {statement}" for what, why in BREAKS.items() if re.search(what, statement, re.IGNORECASE)
        ]
        found.locks += [
            f"{why}: {statement}" for what, why in LOCKS.items() if re.search(what, statement, re.IGNORECASE)
        ]
    return found


def faults(module: ModuleType, earlier: set[str]) -> list[str]:
    """What stands against releasing it: what is not said in `contracts` (with `serves_from`) or `locks`."""
    found = judged(module)
    since, why = getattr(module, "serves_from", None), getattr(module, "contracts", None)
    wrong = [] if why else found.breaks
    wrong += [] if getattr(module, "locks", None) else found.locks
    if why and since is None:
        wrong.append("contracts, and does not say from which revision on programs are served: serves_from")
    if since is not None and since not in earlier:
        wrong.append(f"serves_from {since} is no earlier revision: the program before this migration would stop")
    return wrong
