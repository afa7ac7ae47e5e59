"""18: every card converges. Whatever people press on whatever copy, in whatever order: no phone offers a decision that
is not its owner's to make, and once a request has ended every copy of its card says how.
"""

import os
from dataclasses import dataclass, field
from random import Random
from typing import Final

import pytest
from sqlalchemy import select

from crm_core.approvals.facts import ENDED
from crm_core.approvals.models import Approval, ApprovalSeat
from crm_core.org import queries
from crm_core.outbox import service as outbox
from screens.approvals import SUBJECT
from screens.catalogue import say
from screens.words.approvals import REASONS, STATES
from tests.handlers.requests import firm, requests, standing_in, travel
from tests.support.chat import House, Person

STORIES: Final = range(max(3, int(os.environ.get("ROUNDS_STORIES") or 0) // 5))
DEEDS: Final = 14
YES: Final = "approval.yes:"
_SAYS_WHY: Final = ("approval.no:", "approval.return:")
_SAYS_WHO: Final = ("approval.transfer:", "approval.before:", "approval.after:")
_PLAIN: Final = (YES, "approval:", "approval.more:", "approval.remove:", "approval.nudge:")
_LIKELY: Final = (*_PLAIN, YES, YES, *_SAYS_WHY, *_SAYS_WHO)


def pressable(person: Person) -> list[tuple[int, str]]:
    """Message and data of every button on somebody's phone."""
    return [
        (message["message_id"], one["callback_data"])
        for message in person.answers()
        for row in (message.get("reply_markup") or {}).get("inline_keyboard", ())
        for one in row
        if "callback_data" in one
    ]


@dataclass
class Story:
    house: House
    dice: Random
    seen: dict[str, list[tuple[int, str]]] = field(default_factory=dict[str, list[tuple[int, str]]])
    """What has been on each phone: buttons that are pressed late."""

    async def deed(self) -> None:
        person = self.dice.choice(list(self.house.people.values()))
        here = pressable(person)
        known = self.seen.setdefault(person.name, [])
        known += [one for one in here if one not in known]
        key = self.dice.choice(_LIKELY)
        choices = [one for one in (known if self.dice.random() < 0.2 else here) if one[1].startswith(key)]
        if not choices:
            return
        message_id, data = self.dice.choice(choices)
        await person.tap_on(message_id, data=data)
        assert person.answered, "a press is never met with silence"
        if key in _SAYS_WHY:
            await self._types(person, say(self.dice.choice(list(REASONS.values())), "zh"))
        elif key in _SAYS_WHO:
            await self._types(person, self.dice.choice([one.name for one in self.house.people.values()]))

    async def _types(self, person: Person, words: str) -> None:
        """An answer to what the press asked, if it asked; what is refused is given up."""
        if any(data.startswith("form:") for _, data in pressable(person)):
            await person.say(words)
            await person.say("/cancel")

    async def offers_only_what_is_theirs(self) -> None:
        async with self.house.db.unit() as session:
            open_seats = select(ApprovalSeat.id, ApprovalSeat.holder_id, Approval.applicant_id).join(
                Approval, Approval.id == ApprovalSeat.approval_id
            )
            rows = {row.id: row for row in await session.execute(open_seats.where(ApprovalSeat.open))}
            for person in self.house.people.values():
                actor = await queries.actor(session, person.employee_id)
                assert actor is not None
                for _, data in pressable(person):
                    if not data.startswith(YES):
                        continue
                    row = rows.get(int(data.split(":")[1]))
                    assert row is not None, f"{person.name} is offered what is decided"
                    assert row.holder_id in {actor.id, *actor.stands_for}, f"{person.name} is offered another's seat"
                    assert row.applicant_id not in {actor.id, *actor.stands_for}

    async def end_all(self, rep: Person) -> None:
        """The applicant takes back what still runs."""
        for row in await requests(self.house):
            if row.status not in ENDED:
                message_id = rep.answers()[-1]["message_id"]
                await rep.tap_on(message_id, data=f"approval.withdraw:{row.id}:0")
                await rep.tap("🚫 确认撤回")

    async def all_copies_say_how_it_ended(self) -> int:
        phones = {one.user_id: one for one in self.house.people.values()}
        copies = 0
        for row in await requests(self.house):
            end = say(STATES[row.status], "zh")
            async with self.house.db.unit() as session:
                cards = await outbox.cards_of(session, f"{SUBJECT}:{row.id}")
            for card in cards:
                shown = [one for one in phones[card.chat_id].answers() if one["message_id"] == card.message_id]
                for message in shown:
                    copies += 1
                    assert end in message["text"] or "由别人处理" in message["text"], message["text"]
                    assert "⏳" not in message["text"]
        for person in phones.values():
            left = [data for _, data in pressable(person) if data.startswith((YES, *_SAYS_WHY, *_SAYS_WHO))]
            assert left == [], f"{person.name} is still offered to decide"
        return copies


@pytest.mark.parametrize("seed", STORIES)
async def test_whatever_is_pressed_every_copy_comes_to_show_the_same_end(house: House, seed: int):
    rep, boss, director, _ = await firm(house)
    if seed % 2:
        await standing_in(house, boss, director)
    story = Story(house, Random(seed))
    await travel(rep, "8000")
    await travel(rep)
    for _ in range(DEEDS):
        await story.deed()
        await story.offers_only_what_is_theirs()
    await story.end_all(rep)
    await story.offers_only_what_is_theirs()
    assert await story.all_copies_say_how_it_ended() >= 2
