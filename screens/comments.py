"""Screens of comments."""

from typing import Any, Final

from crm_core.comments.service import Commented
from crm_core.comments.subjects import Subject
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from screens.lists import List, list_screen
from screens.screen import N_, Button, Place, Row, Screen, fit
from screens.things import thing_of

COMMENTS: Final = List(
    "ml", title=N_("Comments"), empty=N_("No comment yet. Reply to the record's card to write one."), opens="comment"
)
SUBJECT: Final = "comment"
_OPEN: Final = N_("Open")
_MOST_WARNINGS: Final = 2


def comments_button(latest: Any | None) -> tuple[Button, ...]:
    """The way to a record's comments, where it has some."""
    if latest is None:
        return ()
    label = N_("Comments %(count)s")(count=latest.count)
    return (Button(label, COMMENTS.key, latest.subject_id, arg=f" {latest.subject_type}"),)


def commented_screen(done: Commented) -> Screen:
    """The comment is kept; who was told of it, and which names told nobody."""
    facts = {
        "label": done.subject.label,
        "text": done.comment.text,
        "told": [one.name for one in done.told],
        "unclear": done.unclear[:_MOST_WARNINGS],
        "unseen": done.unseen[:_MOST_WARNINGS],
    }
    return Screen("comments/commented.html", facts, (_ways(done.subject),), Place.NEW, _card(done.comment.id))


def comment_screen(
    comment: Any, subject: Subject, *, author: str, mentioned: bool = False, place: Place = Place.EDIT
) -> Screen:
    """One comment, whole; as a push it tells why it came."""
    facts = {
        "author": author,
        "at": comment.created_at,
        "text": comment.text,
        "thing": thing_of(subject.type).words,
        "label": subject.label,
        "mentioned": mentioned,
    }
    return Screen("comments/comment.html", facts, (_ways(subject),), place, _card(comment.id))


def comments_screen(page: Page, subject: Subject, actor: Actor) -> Screen:
    """A record's comments, newest first."""
    labels = [fit(f"{actor.local(row.created_at):%m-%d %H:%M} {row.author} · {row.text}", 42) for row in page.rows]
    back: Row = (Button(_OPEN, thing_of(subject.type).opens or "help", subject.id),)
    return list_screen(COMMENTS, page, labels, words=subject.type, parent=subject.id, more=(back,), about=subject.label)


def _ways(subject: Subject) -> Row:
    all_ = Button(N_("💬 All comments"), COMMENTS.key, subject.id, arg=f" {subject.type}")
    return (Button(_OPEN, thing_of(subject.type).opens or "help", subject.id), all_)


def _card(comment_id: int) -> str:
    return f"{SUBJECT}:{comment_id}"
