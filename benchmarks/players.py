"""The company that people play in: reps with a telephone and one customer each, among so many other customers."""

from datetime import UTC, datetime
from typing import Final

from benchmarks import field as fields
from benchmarks.field import FIRST_CHAT
from benchmarks.rig import Server

MANY: Final = 400
FIRST: Final = FIRST_CHAT
CUSTOMER: Final = "华宁"
_TEMPLATE: Final = "template_players"


async def company(on: Server, name: str) -> str:
    """A fresh database with players and 1,000 customers; it is filled once in a run."""
    if not on.has(_TEMPLATE):
        await settle(on.fresh(_TEMPLATE), 1_000)
    return on.fresh(name, _TEMPLATE)


async def settle(url: str, customers: int) -> None:
    """Fill an empty, migrated database: 10,000 reps, of whom the first are the players, reading Chinese. The rest, who
    had the customers, have left. It is night: nothing is pushed meanwhile, whatever day it is.
    """
    made = await fields.found(url, customers, idle=MANY, bare=True)
    plain = made.plain
    first = await plain.fetchval("SELECT min(id) FROM employee WHERE 'rep' = ANY(roles)")
    await plain.execute(
        "UPDATE employee SET zone = NULL, language = 'zh' WHERE id >= $1 AND id < $1 + $2::bigint", first, MANY
    )
    await plain.execute(
        """
        UPDATE employee SET left_at = now(), telegram_id = NULL, digest_due_at = NULL
        WHERE 'rep' = ANY(roles) AND NOT (id >= $1 AND id < $1 + $2::bigint)
        """,
        first,
        MANY,
    )
    await plain.execute("UPDATE company SET zone = $1", _where_it_is_night())
    await fields.sample(plain, (f"{CUSTOMER}{at}号电子" for at in range(MANY)))
    await plain.execute(
        f"""
        INSERT INTO customer (name, type, category, industry, source, stage, stage_since, status, owner_id, held_since,
            created_by, created_at, maintained_at, yearly_value, normal_name, brand, people, sort_key, keys, revision)
        SELECT name, 'b', 'regular', 'electronics', 'referral', 'formal', now(), 'normal', {first} + at, now(),
               {first} + at, now(), now(), 100000, normal_name, brand, '{{}}', sort_key, keys, 1
        FROM sample ORDER BY at
        """
    )
    await plain.execute("VACUUM ANALYZE customer")
    await plain.execute("CHECKPOINT")
    await plain.close()
    await made.db.dispose()


def _where_it_is_night() -> str:
    """A zone in which it is past two."""
    ahead = (2 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+}"  # these names count westwards
