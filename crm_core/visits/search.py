"""Old visits, found again (VI08): by words of the summary, the customer, and when it was."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers import queries as customers
from crm_core.kit import textkeys
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.kit.textkeys import Query
from crm_core.kit.words.stretches import read_stretch
from crm_core.org.actor import Actor
from crm_core.visits.models import Visit
from crm_core.visits.queries import bounds, rows_for

_BATCH = 60
_BATCHES = 5
_MOST_CUSTOMERS = 20
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed: days (上个月), and words that the summary holds or that name the customer."""

    words: tuple[str, ...]
    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return bool(self.words) or self.first is not None


def wanted(text: str, local_now: datetime) -> Wanted:
    """Take the time words out of what was typed: 上个月 年框, last week samples."""
    stretch = read_stretch(text, local_now)
    rest = text if stretch is None else f"{text[: stretch.span[0]]} {text[stretch.span[1] :]}"
    words = tuple(word for word in rest.split() if textkeys.query(word))[:_MOST_WORDS]
    return Wanted(words, stretch.first, stretch.last) if stretch else Wanted(words)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to take the words: these are in the summary, and the visit is to one of these customers."""

    prose: Query
    customers: frozenset[int] | None = None

    def condition(self) -> ColumnElement[bool]:
        parts: list[ColumnElement[bool]] = []
        if self.prose:
            parts.append(Visit.keys.contains(list(self.prose.all_of)))
        if self.customers is not None:
            parts.append(Visit.customer_id.in_(self.customers))
        return and_(*parts) if parts else true()

    def fits(self, row: AnyRow) -> bool:
        named = self.customers is None or row.customer_id in self.customers
        return named and (not self.prose or self.prose.within(row.summary))


async def _ways(session: AsyncSession, actor: Actor, words: tuple[str, ...], *, days: bool) -> list[_Way]:
    """All words in the summary; or one of them names the customer and the others are in the summary.

    A word alone that names a customer is a search for the customer, unless days are told with it.
    """
    ways = [_Way(textkeys.query(" ".join(words)))]
    if len(words) == 1 and not days:
        return ways
    for at, word in enumerate(words):
        page = await customers.search(session, actor, word, limit=_MOST_CUSTOMERS)
        if page.rows and not page.more_after:
            rest = " ".join((*words[:at], *words[at + 1 :]))
            ways.append(_Way(textkeys.query(rest), frozenset(row.id for row in page.rows)))
    return ways


def candidates(actor: Actor, what: Wanted, conditions: list[ColumnElement[bool]]) -> AnySelect:
    """Ids of the visits that may be meant. Found first, whatever else is asked of them: the planner knows little of
    words, and would rather walk through all visits by their time until it has met enough that fit.
    """
    hits = select(Visit.id).where(or_(*conditions), Visit.summary != "")
    if what.first is not None and what.last is not None:
        start, end = bounds(actor, what.first, what.last)
        hits = hits.where(Visit.happened_at >= start, Visit.happened_at < end)
    return select(hits.cte("hits").prefix_with("MATERIALIZED", dialect="postgresql").c.id) if what.words else hits


async def search(
    session: AsyncSession, actor: Actor, text: str, local_now: datetime, at: At = FIRST, limit: int = 6
) -> Page:
    """A page of the visits that the actor may read and that were meant, newest first. Goes forward only."""
    what = wanted(text, local_now)
    if not what:
        return Page(())
    ways = await _ways(session, actor, what.words, days=what.first is not None)
    statement = rows_for(actor).where(Visit.id.in_(candidates(actor, what, [way.condition() for way in ways])))
    found: list[AnyRow] = []
    place = At(after=at.after)
    for _ in range(_BATCHES):
        batch = await paged(session, statement, (Visit.happened_at, Visit.id), place, _BATCH, descending=True)
        found += [row for row in batch.rows if any(way.fits(row) for way in ways)]
        if len(found) > limit or not batch.more_after:
            break
        place = At(after=batch.rows[-1].id)
    return Page(found[:limit], more_before=False, more_after=len(found) > limit)
