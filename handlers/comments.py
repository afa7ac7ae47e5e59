"""Comments: a line typed as the reply to a record's card, and reading them (BY26)."""

from crm_core.comments import queries, service
from crm_core.comments.service import AddComment, Commented
from crm_core.comments.subjects import commentables
from crm_core.org.queries import seat
from crm_core.outbox import service as outbox
from crm_core.outbox.models import Priority
from handlers.routing import button
from handlers.turn import Turn
from screens import post
from screens.comments import COMMENTS, SUBJECT, comment_screen, commented_screen, comments_screen
from screens.lists import page_of
from screens.post import Reader
from screens.screen import Place


async def replied(turn: Turn) -> bool:
    """Whether the line answered the card of a record, and so has become a comment on it.

    The living card of a form is about no record: an answer to it is the form's.
    """
    if turn.reply_to is None:
        return False
    subject = await outbox.subject_at(
        turn.session, bot_id=turn.reader.bot_id, chat_id=turn.reader.chat_id, message_id=turn.reply_to
    )
    if subject is None or subject[0] not in {*commentables(), SUBJECT}:
        return False
    command = AddComment(subject_type=subject[0], subject_id=subject[1], text=turn.text)
    done = await service.add_comment(turn.session, turn.actor, command)
    await turn.show(commented_screen(done))
    await _tell(turn, done)
    return True


async def _tell(turn: Turn, done: Commented) -> None:
    """Each in the own language, with the way to answer."""
    for who in done.told:
        at = await seat(turn.session, who.id)
        if at is None:
            continue
        named = who.id in done.comment.mentioned
        screen = comment_screen(done.comment, done.subject, author=turn.actor.name, mentioned=named, place=Place.NEW)
        reader = Reader(*at, who.language, who.zone)
        await post.send(turn.session, reader, screen, priority=Priority.PUSH)


@button(COMMENTS.key)
async def comments(turn: Turn) -> None:
    """A record's comments, newest first; which kind of record it is travels along."""
    assert turn.tap is not None
    at, kind = page_of(turn.tap.arg)
    page, subject = await queries.of_subject(turn.session, turn.actor, kind, turn.id, at)
    await turn.show(comments_screen(page, subject, turn.actor))


@button("comment")
async def comment(turn: Turn) -> None:
    row, subject = await queries.find(turn.session, turn.actor, turn.id)
    await turn.show(comment_screen(row, subject, author=row.author))
