"""An admin changes the playbook in the chat: gets it as a document, sends it back, sees what that changes and who would
sign before and after, publishes it (AP02).
"""

from conversations import driver
from conversations.kinds.base import Sent
from conversations.kinds.files import file_ref
from conversations.proposals import LOOK_AS
from crm_core.kit.behind import nested
from crm_core.kit.errors import DomainError
from crm_core.org.rights import may
from crm_core.playbook.errors import SUPERSEDED
from crm_core.playbook.permissions import PUBLISH
from crm_core.playbook.service import may_publish
from crm_core.proposals import looking, service
from crm_core.proposals.models import PlaybookProposal, State
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import post
from screens import proposals as screens
from screens.screen import N_, Button, page_number
from screens.wording import words_of


def is_playbook(turn: Turn, thing: Sent) -> bool:
    """Whether this is a playbook: by its name, and not as an answer to a form of somebody who may not change it."""
    named = thing.what == "document" and service.is_playbook(thing.data.get("name"))
    return named and (turn.draft is None or may(turn.actor, PUBLISH))


async def playbook_sent(turn: Turn, thing: Sent) -> None:
    """It is fetched and checked in the background; the card says what was found."""
    proposal = await service.offer(turn.session, turn.actor, file_ref(thing), turn.reader.chat_id)
    proposal.card_id = await turn.show(screens.reading_screen(proposal))


@command(
    "playbook", N_("The playbook: get it, change it"), permission=PUBLISH, order=81, words=("业务手册", "playbook")
)
async def playbook(turn: Turn) -> None:
    """The one in force, as a document to be changed and sent back."""
    version, text = await service.document(turn.session, turn.actor)
    file = {"text": text, "name": f"playbook-{version}.yaml"}
    await post.send_document(turn.session, turn.reader, file, screens.document_screen(version))


@button("playbook")
async def playbook_by_button(turn: Turn) -> None:
    await playbook(turn)


@tile(Module.KNOWLEDGE, permission=PUBLISH, order=90)
async def way(_turn: Turn) -> Part:
    return Part(rows=((Button(N_("⚙ Change the playbook"), "playbook"),),))


@button("proposal")
async def card(turn: Turn) -> None:
    """The card as it stands, with one of the changed flows."""
    assert turn.tap is not None
    await _show(turn, await service.find(turn.session, turn.actor, turn.id), page_number(turn.tap.arg))


async def _show(turn: Turn, row: PlaybookProposal, at: int = 0) -> None:
    if row.state == State.READY:
        seen = await looking.look(turn.session, row, at)
        await turn.show(screens.ready_screen(row, seen, turn.reader.language))
    elif row.state == State.READING:
        await turn.show(screens.reading_screen(row, anew=False))
    elif row.problems is not None:
        await turn.show(screens.refused_screen(row, turn.reader.language))
    else:
        await turn.show(screens.ended_screen(row))


@button("proposal.problems")
async def problems(turn: Turn) -> None:
    """The others of what is wrong, page by page."""
    assert turn.tap is not None
    row = await service.find(turn.session, turn.actor, turn.id, State.REFUSED)
    await turn.show(screens.refused_screen(row, turn.reader.language, page_number(turn.tap.arg)))


@button("proposal.as")
async def look_as(turn: Turn) -> None:
    """For which applicant one sees who would sign."""
    may_publish(turn.actor)
    row = await service.find(turn.session, turn.actor, turn.id, State.READY)
    assert turn.tap is not None
    await driver.begin(turn.scene, LOOK_AS, {"proposal_id": row.id, "at": page_number(turn.tap.arg)})


@button("proposal.publish")
async def publish(turn: Turn) -> None:
    """Put it into force: what runs keeps the version it began with."""
    try:
        async with nested(turn.session):
            row, version = await service.publish(turn.session, turn.actor, turn.id)
    except DomainError as error:
        if error.code != SUPERSEDED:
            raise
        await turn.toast(words_of(error), alert=True)
        row = await service.find(turn.session, turn.actor, turn.id)
        await turn.show(screens.superseded_screen(row, error.params["version"], error.params["name"]))
        return
    await turn.toast(N_("Published."))
    await turn.show(screens.published_screen(row, version))


@button("proposal.again")
async def look_again(turn: Turn) -> None:
    """Another version was published meanwhile: compared with that one."""
    row = await service.look_again(turn.session, turn.actor, turn.id)
    await turn.show(screens.reading_screen(row, anew=False))


@button("proposal.cancel")
async def cancel(turn: Turn) -> None:
    await turn.show(screens.ended_screen(await service.drop(turn.session, turn.actor, turn.id)))
