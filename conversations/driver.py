"""Runs forms: asks the database what the pure engine needs to know, keeps the draft, and posts the living card."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import engine
from conversations.engine import DOUBTS, LAST, SAID, Do, Event, Outcome, State
from conversations.form import Facts, Field, Form, forms
from conversations.kinds.base import Sent, Tapped, Typed
from conversations.kinds.reference import Found, Picked, Ref
from conversations.known import form_of
from conversations.onwards import onwards, waiting
from conversations.sight import out_of_sight
from conversations.stories import is_story
from conversations.view import Handle, view
from conversations.whole import foreseen, prefilled, whole
from crm_core.drafts import memory
from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.inbox.lanes import open_draft
from crm_core.kit.behind import nested
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.org.workdays import work_table
from crm_core.outbox import service as outbox
from crm_core.playbook.service import in_force
from screens import post
from screens.post import Reader
from screens.screen import N_, Msg, Place, Screen
from screens.undo import with_undo

SEARCHED: Final = "?"  # the answer that holds what was last typed to find a record
ALBUM: Final = "@"  # the answer that holds the album whose photos came last
INTERRUPTED: Final = "&"  # the answer that holds the draft which was open when this one began
PARENT: Final = "^"  # the answer that holds the draft and field waiting for this form's result

LATE_WITHOUT_QUESTION: Final = timedelta(hours=24)

CANCELLED = N_("Cancelled. Nothing was saved.")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a form is filled: who, in which chat, and which message was tapped, if it was a tap.

    `said_at` is when a message was written that arrived late; words in it (昨天) are read as of then.
    """

    session: AsyncSession
    actor: Actor
    reader: Reader
    tapped: int | None = None
    said_at: datetime | None = None
    interrupts: int | None = None  # the draft that was open here: whatever ends offers the way back to it

    def stays(self) -> "Scene":
        """The same scene, with what comes next sent as a new message."""
        return replace(self, tapped=None)


async def begin(scene: Scene, form: Form, answers: dict[str, Any] | None = None, first: Event | None = None) -> None:
    """Open a form; `answers` (JSON by field name) are given already, `first` is typed, sent or done in it at once.

    Raises `not_allowed`.
    """
    await require(scene.session, scene.actor, form.permission)
    given = await prefilled(scene.session, scene.actor, form, await _started(scene, form, dict(answers or {})))
    outcome = await _doubted(scene, form, given)
    draft = await drafts.start(
        scene.session, scene.actor.id, form=form.key, version=form.version, answers=given.answers
    )
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, draft.id)
    if first is not None:
        await handle(scene, draft, first)
    else:
        await _show(scene, await whole(scene.session, scene.actor, form, given), draft, outcome, await _facts(scene))


async def _started(scene: Scene, form: Form, answers: dict[str, Any]) -> State:
    """What is known before the first question: the last record's values, and when a late message was written."""
    if repeated(form):
        answers[LAST] = await memory.last_time(scene.session, scene.actor.id, form.key)
    told = form.field(form.when_said) if form.when_said else None
    if told is not None and scene.said_at is not None and told.name not in answers:
        answers[told.name] = told.kind.dump(scene.said_at)
        if now(scene.session) - scene.said_at > LATE_WITHOUT_QUESTION:
            answers[DOUBTS] = [*answers.get(DOUBTS, ()), told.name]
    if scene.interrupts is not None and PARENT not in answers:
        answers[INTERRUPTED] = scene.interrupts
    return State(answers)


async def _doubted(scene: Scene, form: Form, given: State) -> Outcome:
    """The answers that a form begins with are checked like those that are typed into it."""
    for one in form.fields:
        if one.check is not None and one.name in given.answers:
            outcome = await _checked(scene, form, Outcome(given, answered=one.name))
            if outcome.error is not None:
                return outcome
    return Outcome(given)


def repeated(form: Form) -> list[str]:
    """The fields that "same as last time" may fill. A form of one field is the change of one: nothing repeats."""
    return [one.name for one in form.fields if one.kind.repeats] if len(form.fields) > 1 else []


async def resume(scene: Scene, draft: Draft) -> None:
    """Show a draft's card as it stands, and make it the one that what is typed goes to."""
    await redraw(scene, draft, state_of(draft))


async def redraw(scene: Scene, draft: Draft, state: State) -> None:
    """Put another state into the draft, and show it."""
    form = await whole(scene.session, scene.actor, form_of(draft), state)
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, draft.id)
    await _show(scene, form, draft, Outcome(state), await _facts(scene))


async def asks(scene: Scene, draft: Draft) -> bool:
    """Whether the form waits for an answer, so that what is typed is one."""
    state = state_of(draft)
    if state.asking == engine.MENU:
        return False
    return engine.current(await whole(scene.session, scene.actor, form_of(draft), state), state) is not None


async def handle(scene: Scene, draft: Draft, event: Event, field: str | None = None) -> Msg | None:
    """What a person typed, tapped or sent into an open draft, or about one `field` of it.

    Answers a toast, if one is due.
    """
    state = state_of(draft)
    state = replace(state, asking=field) if field else state
    form = await whole(scene.session, scene.actor, form_of(draft), state)
    if isinstance(event, Do) and event.verb == "cancel":
        return await _cancel(scene, draft)
    if isinstance(event, Do) and event.verb == "new":
        await _begin_new(scene, form, state, draft)
        return None
    facts = await _facts(scene, form, state, event)
    outcome = _found(form, state, event, facts) or engine.step(form, state, event, facts)
    outcome = await _checked(scene, form, _kept(form, state, event, outcome))
    if outcome.submit:
        return await _submit(scene, form, draft, outcome.state, facts)
    if isinstance(event, Sent) and outcome.error is None:
        outcome = engine.captioned(form, outcome, event, facts)
    if outcome.answered:
        outcome = replace(outcome, state=engine.without_hanging(form, state, outcome.state))
        if not form.by or any(outcome.state.answers.get(name) != state.answers.get(name) for name in form.by):
            outcome = replace(outcome, state=await prefilled(scene.session, scene.actor, form, outcome.state))
        form = await whole(scene.session, scene.actor, form_of(draft), outcome.state)
        if form.at_once and outcome.error is None and not _in_album(event) and not engine.current(form, outcome.state):
            return await _submit(scene, form, draft, outcome.state, facts)
    album = isinstance(event, Sent) and _same_album(draft, event)
    if isinstance(event, Sent) and event.group:
        outcome = replace(outcome, state=replace(outcome.state, answers=outcome.state.answers | {ALBUM: event.group}))
    await _show(scene, form, draft, outcome, facts, album=album)
    return None


def state_of(draft: Draft) -> State:
    """The draft's state. Answers of another version of the form are kept where they still read."""
    return State(dict(draft.answers), draft.asking)


async def facts_of(scene: Scene) -> Facts:
    """What the engine may know of the world without asking for records."""
    book = await in_force(scene.session, scene.actor.playbook_version)
    table = await work_table(scene.session)
    return Facts(scene.said_at or now(scene.session), scene.actor.zone, scene.reader.language, book, table=table)


async def _facts(
    scene: Scene, form: Form | None = None, state: State | None = None, event: Event | None = None
) -> Facts:
    """With the options that a search or a tap on a reference brings."""
    facts = await facts_of(scene)
    if isinstance(event, Do) and event.verb == "page" and _is_number(event.arg):
        return replace(facts, page=int(event.arg))
    if isinstance(event, Do) and event.verb == "look":
        return replace(facts, look=event.arg)
    if isinstance(event, Tapped):
        facts = replace(facts, tapped=event.arg)
    asked = engine.innermost(form, state) if form and state else None
    if asked is None or not isinstance(asked.kind, Ref):
        return facts
    if isinstance(event, Typed):
        held = engine.values(form, state) if form and state else {}
        found = await asked.kind.find(scene.session, scene.actor, event.text, held)
        return replace(facts, options=found.options, more=found.more, searched=event.text)
    if isinstance(event, Tapped) and _is_number(event.arg):
        try:
            return replace(facts, options=(await asked.kind.get(scene.session, scene.actor, int(event.arg)),))
        except DomainError:
            return facts
    return facts


def _is_number(text: str) -> bool:
    """Whether a button's argument is an id; anybody can forge it."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _found(form: Form, state: State, event: Event, facts: Facts) -> Outcome | None:
    """A search with none or several hits answers nothing yet: its hits are shown, what was typed is kept.

    A tale that names nobody is the text that the form will ask for.
    """
    if facts.searched is None or len(facts.options) == 1:
        return None
    if not facts.options and isinstance(event, Typed) and is_story(event.text):
        told = engine.in_prose(form, state, event, facts)
        if told is not None:
            return told
    return Outcome(replace(state, answers=state.answers | {SEARCHED: facts.searched}))


def _kept(form: Form, state: State, event: Event, outcome: Outcome) -> Outcome:
    """An answer that is kept as it was is checked again: what was wrong with it is not forgotten."""
    asked = form.field(state.asking) if state.asking else None
    if event != Do("card") or asked is None or asked.check is None or form.at_once or asked.name not in state.answers:
        return outcome
    return replace(outcome, answered=asked.name)


async def _checked(scene: Scene, form: Form, outcome: Outcome) -> Outcome:
    """Ask the field's own check as soon as it has an answer."""
    asked = form.field(outcome.answered) if outcome.answered else None
    value = engine.values(form, outcome.state).get(asked.name) if asked else None
    if asked is None or asked.check is None or value is None:
        return outcome
    try:
        await asked.check(scene.session, scene.actor, value, engine.confirmed(outcome.state))
    except DomainError as error:
        return replace(engine.reopened(form, outcome.state, error), state=replace(outcome.state, asking=asked.name))
    return outcome


async def _show(scene: Scene, form: Form, draft: Draft, outcome: Outcome, facts: Facts, *, album: bool = False) -> None:
    """Save the draft and post its card: in the tapped message's place, else below with the old keyboard gone."""
    facts = await _with_recent(scene, form, outcome, facts)
    card_id = draft.card_id
    if scene.tapped is not None:
        card_id = await outbox.adopt_card(
            scene.session,
            bot_id=scene.reader.bot_id,
            chat_id=scene.reader.chat_id,
            message_id=scene.tapped,
            likely=draft.card_id,
        )
    elif not (album and card_id):
        card_id = await outbox.new_card(scene.session, bot_id=scene.reader.bot_id, chat_id=scene.reader.chat_id)
    saved = await drafts.save(
        scene.session, draft, form.version, answers=outcome.state.answers, asking=outcome.state.asking, card_id=card_id
    )
    screen = view(await foreseen(form, outcome), outcome, facts, Handle(draft.id, saved))
    if scene.tapped is not None:
        await post.edit(scene.session, scene.reader, screen, card_id=card_id)
    elif album and draft.card_id:
        await post.edit(scene.session, scene.reader, screen, card_id=draft.card_id)
    else:
        await post.send(scene.session, scene.reader, screen, card_id=card_id)
    if draft.card_id and draft.card_id != card_id and not await _is_tapped(scene, draft.card_id):
        await post.strip(scene.session, scene.reader, draft.card_id)


async def _is_tapped(scene: Scene, card_id: int) -> bool:
    """Whether this card is the tapped message too: one that was tapped before we had noted its number has two."""
    return scene.tapped is not None and await outbox.message_of(scene.session, card_id) == scene.tapped


async def _with_recent(scene: Scene, form: Form, outcome: Outcome, facts: Facts) -> Facts:
    """A reference that comes up offers the recent records, unless a search for it is being shown."""
    state = outcome.state
    asked = engine.innermost(form, state)
    if asked is None or not isinstance(asked.kind, Ref):
        return replace(facts, options=(), searched=None)
    if facts.searched is not None and outcome.answered is None:
        return facts
    found: Found = await asked.kind.find(scene.session, scene.actor, "", engine.values(form, state))
    return replace(facts, options=found.options, more=found.more, searched=None)


def _in_album(event: Event) -> bool:
    return isinstance(event, Sent) and event.group is not None


def _same_album(draft: Draft, event: Sent) -> bool:
    """The further photos of an album redraw the card that the first one brought."""
    return event.group is not None and draft.answers.get(ALBUM) == event.group


async def _submit(scene: Scene, form: Form, draft: Draft, state: State, facts: Facts) -> None:
    """Run the operation; the draft ends with it in one transaction. A refusal keeps everything typed."""
    try:
        async with nested(scene.session):
            result = await form.submit(scene.session, scene.actor, engine.command(form, state))
    except DomainError as error:
        fault = await out_of_sight(scene.session, scene.actor, form, state, error) or error
        await _show(scene, form, draft, engine.reopened(form, state, fault), facts)
        return
    await drafts.end(scene.session, draft)
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, None)
    await _remember(scene, form, state, result)
    if not await _return_to_parent(scene, state, result):
        await _close(scene, draft, await form.done(scene.session, scene.actor, result))


async def _remember(scene: Scene, form: Form, state: State, result: Any) -> None:
    """Keep what repeats for the next time, and which message said what while it may still be corrected."""
    last = {name: state.answers[name] for name in repeated(form) if name in state.answers}
    if last and last != state.answers.get(LAST):
        await memory.remember(scene.session, scene.actor.id, form.key, last)
    if form.amend is not None and (said := state.answers.get(SAID)):
        chat = memory.Chat(scene.reader.bot_id, scene.reader.chat_id)
        await memory.note_said(scene.session, chat, scene.actor.id, form.key, result.id, said)


async def _cancel(scene: Scene, draft: Draft) -> Msg:
    await drafts.end(scene.session, draft)
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, None)
    form = form_of(draft)
    await _close(scene, draft, Screen("forms/cancelled.html", {"title": form.title}, (onwards(form, draft.answers),)))
    return CANCELLED


async def _close(scene: Scene, draft: Draft, screen: Screen) -> None:
    """The last word of a form goes into its living card, with the ways to take it back and to what it interrupted."""
    screen = with_undo(scene.session, screen)
    if (row := await waiting(scene.session, scene.actor, draft.answers.get(INTERRUPTED))) is not None:
        screen = replace(screen, rows=(*screen.rows, row))
    if scene.tapped is not None:
        await post.edit_message(scene.session, scene.reader, screen, scene.tapped)
        return
    await post.send(scene.session, scene.reader, screen)
    if draft.card_id:
        await post.strip(scene.session, scene.reader, draft.card_id)


async def _begin_new(scene: Scene, form: Form, state: State, draft: Draft) -> None:
    """Nobody was found: make the record with what was typed, then come back here."""
    asked: Field | None = engine.current(form, state)
    if asked is None or not isinstance(asked.kind, Ref) or asked.kind.new is None:
        await _show(scene, form, draft, Outcome(state), await _facts(scene))
        return
    searched = state.answers.get(SEARCHED)
    first = Typed(searched) if searched else None
    given = {name: state.answers[name] for name in asked.kind.hands_on if name in state.answers}
    await begin(scene, forms()[asked.kind.new], {**given, PARENT: [draft.id, asked.name]}, first=first)


async def _return_to_parent(scene: Scene, state: State, result: Any) -> bool:
    """Go on with the form that waited for this one's result; false when none waits."""
    if PARENT not in state.answers:
        return False
    parent_id, name = state.answers[PARENT]
    parent = await drafts.find(scene.session, scene.actor.id, parent_id)
    form = forms().get(parent.form) if parent else None
    asked = form.field(name) if form else None
    if parent is None or form is None or asked is None or not isinstance(asked.kind, Ref):
        return False
    option = await asked.kind.get(scene.session, scene.actor, result.id)
    outcome = engine.accept(state_of(parent), asked, Picked(option.id, option.label))
    outcome = replace(outcome, state=await prefilled(scene.session, scene.actor, form, outcome.state))
    form = await whole(scene.session, scene.actor, form, outcome.state)
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, parent.id)
    await _show(scene, form, parent, outcome, await _facts(scene))
    return True


__all__ = ["Do", "Place", "Scene", "begin", "handle", "resume"]
