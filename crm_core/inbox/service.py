"""Writing to the inbox: what came in is stored exactly as often as the messenger means it, once."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import ask, now, placed

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON may say and PostgreSQL's text cannot hold: NUL, and halves of surrogate pairs."""

# One statement for the lanes and the rows. Both are written in one order everywhere, so that two intakes that
# store the same chats at the same time wait for each other instead of deadlocking.
_STORE: Final = placed(
    """
    WITH fresh AS MATERIALIZED (
        SELECT number, chat_id, payload, due_at
        FROM unnest(:numbers::bigint[], :chats::bigint[], :payloads::text[], :dues::timestamptz[])
            AS f (number, chat_id, payload, due_at)
    ), lanes AS (
        INSERT INTO chat (bot_id, chat_id)
        SELECT DISTINCT :bot_id::bigint, chat_id FROM fresh ORDER BY chat_id
        ON CONFLICT DO NOTHING
    ), stored AS (
        INSERT INTO inbox (bot_id, chat_id, number, payload, due_at, received_at)
        SELECT :bot_id, chat_id, number, payload::jsonb, coalesce(due_at, :at), :at::timestamptz
        FROM fresh ORDER BY number
        ON CONFLICT (bot_id, number) DO NOTHING
        RETURNING 1
    )
    SELECT count(*) FROM stored
    """,
    "bot_id",
    "numbers",
    "chats",
    "payloads",
    "dues",
    "at",
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update as it came, the messenger's number of it, and the chat whose order it must keep.

    `due_at` is when it is its turn, if that is later than now.
    """

    number: int
    chat_id: int
    payload: Mapping[str, Any]
    due_at: datetime | None = None


async def store(session: AsyncSession, bot_id: int, updates: Sequence[Incoming]) -> int:
    """Store what is not stored yet, and give how many that were. The commit wakes the workers.

    Whatever a person typed can be stored: what PostgreSQL's text cannot hold becomes U+FFFD.
    """
    if not updates:
        return 0
    ((stored,),) = await ask(
        session,
        _STORE,
        bot_id,
        [update.number for update in updates],
        [update.chat_id for update in updates],
        [_json(update.payload) for update in updates],
        [update.due_at for update in updates],
        now(session),
    )
    return stored


def _json(payload: Mapping[str, Any]) -> str:
    try:
        plain = orjson.dumps(payload)
    except TypeError:  # half a surrogate pair, or a number past 64 bits
        return _cleaned(payload)
    return _cleaned(payload) if b"\\u0000" in plain else plain.decode()


def _cleaned(payload: Mapping[str, Any]) -> str:
    return json.dumps(_clean(payload), ensure_ascii=False, allow_nan=False)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_clean(str(key)): _clean(one) for key, one in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list):
        return [_clean(one) for one in cast("list[object]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
