"""Why rows of an import stay out: as it was noted when they did, or as it looks before anything has come in."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.exchange import doubles, exporting, looking, staging, steps
from crm_core.exchange.models import ImportBatch, State
from crm_core.exchange.rows import Issue
from crm_core.kit.db import Database
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from screens.exchange import issue_words

Reason = tuple[int, list[str], str]


async def reasons(
    db: Database, session: AsyncSession, batch: ImportBatch, actor: Actor, book: Playbook
) -> AsyncIterator[Reason]:
    """Rows with their reasons in words: number, cells, what is wrong."""
    found = _before(db, session, batch) if batch.state == State.READY else _after(session, batch)
    async for number, cells, issues in found:
        yield number, cells, "\uff1b".join(issue_words(one, book, actor.language) for one in issues)


async def _after(session: AsyncSession, batch: ImportBatch) -> AsyncIterator[tuple[int, list[str], list[dict]]]:
    async for part in exporting.problems(session, batch.id):
        for row in part:
            yield row


async def _before(
    db: Database, session: AsyncSession, batch: ImportBatch
) -> AsyncIterator[tuple[int, list[str], list[dict]]]:
    """Looked at once more: what was kept of the first look are only the first of them."""
    rules = await steps.rules(session, batch)
    async with db.unit() as reading:
        async for groups, near in staging.chunks(reading, batch):
            found = looking.planned(rules, groups)
            there = {one.number: one.name for one in found if not one.is_refused}
            same = await doubles.same(session, rules.actor, there)
            for one, group in zip(found, groups, strict=True):
                issues: list[Issue] = list(one.issues)
                if one.number in same:
                    issues.append(looking.same_issue(same[one.number]))
                elif one.number in near:
                    issues.append(looking.kept_issue(near[one.number]))
                for number, cells in group if issues else ():
                    yield number, list(cells), [issue.plain() for issue in issues]
