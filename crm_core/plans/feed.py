"""The calendar feed of one's schedule (BY27): a secret address, revocable; what it holds, as an iCalendar file."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.calendars import at_local
from crm_core.kit.db import AnyRow, now
from crm_core.kit.events import subscribe
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.org.events import AccessEnded
from crm_core.org.rights import require
from crm_core.plans.models import LineState, Part, PlanFeed
from crm_core.plans.permissions import MAKE
from crm_core.plans.queries import lines_of
from crm_core.tasks.queries import due_between

BEHIND: Final = timedelta(days=31)
AHEAD: Final = timedelta(days=92)
_TOKEN_BYTES: Final = 24
_LONGEST_TOKEN: Final = 64
_HOURS: Final = {Part.MORNING: (time(9), time(12)), Part.AFTERNOON: (time(14), time(17))}
_FOLD: Final = 75  # bytes of a line (RFC 5545)


async def open_feed(session: AsyncSession, actor: Actor) -> str:
    """A new secret for one's own feed; the former one, if any, opens nothing any more. Only its hash is kept."""
    await require(session, actor, MAKE, on=actor.id)
    await close_feed(session, actor)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(PlanFeed(employee_id=actor.id, token_hash=_hash(token), created_at=now(session)))
    await session.flush()
    return token


async def close_feed(session: AsyncSession, actor: Actor) -> bool:
    """Whether there was one to close."""
    return await _close(session, actor.id)


async def _close(session: AsyncSession, employee_id: int) -> bool:
    there = select(PlanFeed).where(PlanFeed.employee_id == employee_id, PlanFeed.revoked_at.is_(None))
    feeds = (await session.scalars(there.with_for_update())).all()
    for one in feeds:
        one.revoked_at = now(session)
    await session.flush()
    return bool(feeds)


@subscribe(AccessEnded)
async def close_with_access(session: AsyncSession, ended: AccessEnded) -> None:
    """The address is on the phone that was lost."""
    await _close(session, ended.employee_id)


async def feed_of(session: AsyncSession, actor: Actor) -> PlanFeed | None:
    """The one that works now."""
    there = select(PlanFeed).where(PlanFeed.employee_id == actor.id, PlanFeed.revoked_at.is_(None))
    return await session.scalar(there)


async def read_feed(session: AsyncSession, token: str) -> str | None:
    """The file behind a secret; none for one that opens nothing, or whose person has left."""
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        return None
    mine = (PlanFeed.token_hash == _hash(token), PlanFeed.revoked_at.is_(None))
    employee_id = await session.scalar(select(PlanFeed.employee_id).where(*mine))
    who = await org.actor(session, employee_id) if employee_id is not None else None
    if who is None:
        return None
    moment = now(session)
    await session.execute(update(PlanFeed).where(*mine).values(read_at=moment), execution_options=_NO_TRUTH)
    first, last = who.today(moment) - BEHIND, who.today(moment) + AHEAD
    lines = await lines_of(session, who, who.id, first, last)
    tasks = await due_between(session, who, who.id, first, last)
    events = [_of_line(who, row) for row in lines if row.state != LineState.DROPPED]
    events += [Event(f"task-{row.id}", row.due_on, None, f"☐ {row.what}", row.customer or "") for row in tasks]
    return written(events, who.name, moment)


_NO_TRUTH: Final = {"unaudited": "when a calendar last looked"}


@dataclass(frozen=True, slots=True)
class Event:
    """One entry: on a whole day, or between two instants."""

    uid: str
    day: date
    hours: tuple[datetime, datetime] | None
    title: str
    note: str = ""


def _of_line(who: Actor, line: AnyRow) -> Event:
    sign = "✓ " if line.state == LineState.DONE else ""
    clock = _HOURS.get(Part(line.part))
    hours = (at_local(line.day, clock[0], who.zone), at_local(line.day, clock[1], who.zone)) if clock else None
    note = "\n".join(filter(None, (line.what if line.customer else None, line.feedback)))
    return Event(f"plan-{line.id}", line.day, hours, sign + (line.customer or line.what or ""), note)


def written(events: Iterable[Event], name: str, moment: datetime) -> str:
    """The events as an iCalendar file (RFC 5545), lines folded, text escaped."""
    stamp = _utc(moment)
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rounds//Plan//EN", "METHOD:PUBLISH", "CALSCALE:GREGORIAN"]
    lines = [*head, f"X-WR-CALNAME:{_text(name)}"]
    for one in events:
        if one.hours is None:
            day, after = one.day, one.day + timedelta(days=1)
            when = [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"]
        else:
            when = [f"DTSTART:{_utc(one.hours[0])}", f"DTEND:{_utc(one.hours[1])}"]
        lines += ["BEGIN:VEVENT", f"UID:{one.uid}@rounds", f"DTSTAMP:{stamp}", *when, f"SUMMARY:{_text(one.title)}"]
        lines += [f"DESCRIPTION:{_text(one.note)}"] if one.note else []
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    plain = "".join(sign for sign in words if sign == "\n" or sign.isprintable())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """No line is longer than 75 bytes, and no character is cut."""
    made, size = [""], 0
    for sign in line:
        wide = len(sign.encode())
        if size + wide > _FOLD:
            made.append(" ")
            size = 1
        made[-1] += sign
        size += wide
    return "\r\n".join(made)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
