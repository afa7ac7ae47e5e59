"""Drafts: one's own, for seven days, and never two turns at once."""

from datetime import timedelta

import pytest

from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.kit.errors import Conflict
from tests.support.company import Firm


async def begun(firm: Firm, by: str = "owner") -> Draft:
    async with firm.db.unit() as session:
        return await drafts.start(session, firm.people[by].id, form="visit.log", version=1, answers={"summary": "谈了"})


async def found(firm: Firm, draft: Draft, by: str = "owner") -> Draft | None:
    async with firm.db.unit() as session:
        return await drafts.find(session, firm.people[by].id, draft.id)


async def test_a_draft_is_found_by_its_person_alone(firm: Firm):
    draft = await begun(firm)
    assert (await found(firm, draft)).answers == {"summary": "谈了"}
    assert await found(firm, draft, "manager") is None


async def test_it_is_kept_for_seven_days_from_the_last_touch(firm: Firm):
    draft = await begun(firm)
    firm.clock.advance(timedelta(days=6))
    async with firm.db.unit() as session:
        await drafts.save(session, draft, answers={"summary": "谈了年框"}, asking="next_on", card_id=None)
    firm.clock.advance(timedelta(days=7) - timedelta(seconds=1))
    kept = await found(firm, draft)
    assert (kept.answers, kept.asking, kept.revision) == ({"summary": "谈了年框"}, "next_on", 2)
    firm.clock.advance(timedelta(seconds=1))
    assert await found(firm, draft) is None


async def test_sweeping_deletes_the_old_ones_only(firm: Firm):
    await begun(firm)
    firm.clock.advance(timedelta(days=7))
    young = await begun(firm)
    async with firm.db.unit() as session:
        assert await drafts.sweep(session) == 1
        assert await drafts.sweep(session) == 0
    assert await found(firm, young) is not None


async def test_of_two_turns_on_one_state_the_second_starts_over(firm: Firm):
    draft = await begun(firm)
    async with firm.db.unit() as session:
        assert await drafts.save(session, draft, answers={"a": 1}, asking=None, card_id=None) == 2
    with pytest.raises(Conflict):
        async with firm.db.unit() as session:
            await drafts.save(session, draft, answers={"b": 1}, asking=None, card_id=None)
    with pytest.raises(Conflict):
        async with firm.db.unit() as session:
            await drafts.end(session, draft)
    assert (await found(firm, draft)).answers == {"a": 1}


async def test_the_latest_is_the_one_touched_last(firm: Firm):
    first, second = await begun(firm), await begun(firm)
    async with firm.db.unit() as session:
        assert (await drafts.latest(session, firm.people["owner"].id)).id == second.id
    firm.clock.advance(timedelta(minutes=1))
    async with firm.db.unit() as session:
        await drafts.save(session, first, answers={}, asking=None, card_id=None)
        assert (await drafts.latest(session, firm.people["owner"].id)).id == first.id


async def test_a_card_that_is_merely_drawn_again_keeps_its_revision(firm: Firm):
    """A message may reach the phone twice, and each be pressed: drawing one must not outdate the other."""
    draft = await begun(firm)
    async with firm.db.unit() as session:
        assert await drafts.save(session, draft, answers={"summary": "谈了"}, asking=None, card_id=None) == 1
    assert (await found(firm, draft)).revision == 1
