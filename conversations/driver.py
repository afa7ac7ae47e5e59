"""Runs forms: asks the database what the pure engine needs to know, keeps the draft, and posts the living card."""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import engine
from conversations.engine import Do, Event, Outcome, State
from conversations.form import Facts, Field, Form, forms
from conversations.kinds.base import Given, Sent, Tapped, Typed
from conversations.kinds.reference import Found, Picked, Ref
from conversations.view import Handle, view
from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.inbox.lanes import open_draft
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.outbox import service as outbox
from crm_core.playbook.service import in_force
from screens import post
from screens.post import Reader
from screens.screen import N_, Msg, Place, Screen
from screens.undo import with_undo

SEARCHED: Final = "?"  # the answer that holds what was last typed to find a record
ALBUM: Final = "@"  # the answer that holds the album whose photos came last
PARENT: Final = "^"  # the answer that holds the draft and field waiting for this form's result

CANCELLED = N_("Cancelled. Nothing was saved.")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a form is filled: who, in which chat, and which message was tapped, if it was a tap."""

    session: AsyncSession
    actor: Actor
    reader: Reader
    tapped: int | None = None

    def stays(self) -> "Scene":
        """The same scene, with what comes next sent as a new message."""
        return replace(self, tapped=None)


async def begin(scene: Scene, form: Form, answers: dict[str, Any] | None = None, first: Given | None = None) -> None:
    """Open a form; `answers` (JSON by field name) are given already, `first` is typed or sent into it at once.

    Raises `not_allowed`.
    """
    await require(scene.session, scene.actor, form.permission)
    given = await _prefilled(scene, form, State(dict(answers or {})))
    draft = await drafts.start(
        scene.session, scene.actor.id, form=form.key, version=form.version, answers=given.answers
    )
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, draft.id)
    if first is not None:
        await handle(scene, draft, first)
    else:
        await _show(scene, form, draft, Outcome(given), await _facts(scene))


async def resume(scene: Scene, draft: Draft) -> None:
    """Show a draft's card as it stands, and make it the one that what is typed goes to."""
    form = forms()[draft.form]
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, draft.id)
    await _show(scene, form, draft, Outcome(state_of(form, draft)), await _facts(scene))


async def handle(scene: Scene, draft: Draft, event: Event) -> Msg | None:
    """What a person typed, tapped or sent into an open draft. Answers a toast, if one is due."""
    form = forms()[draft.form]
    state = state_of(form, draft)
    if isinstance(event, Do) and event.verb == "cancel":
        return await _cancel(scene, draft)
    if isinstance(event, Do) and event.verb == "new":
        await _begin_new(scene, form, state, draft)
        return None
    facts = await _facts(scene, form, state, event)
    outcome = _found(form, state, event, facts) or engine.step(form, state, event, facts)
    outcome = await _checked(scene, form, outcome)
    if outcome.submit:
        return await _submit(scene, form, draft, outcome.state, facts)
    if outcome.answered:
        outcome = replace(outcome, state=await _prefilled(scene, form, outcome.state))
    album = isinstance(event, Sent) and _same_album(draft, event)
    if isinstance(event, Sent) and event.group:
        outcome = replace(outcome, state=replace(outcome.state, answers=outcome.state.answers | {ALBUM: event.group}))
    await _show(scene, form, draft, outcome, facts, album=album)
    return None


def state_of(form: Form, draft: Draft) -> State:
    """The draft's state. Answers of another version of the form are kept where they still read."""
    return State(dict(draft.answers), draft.asking)


async def _facts(
    scene: Scene, form: Form | None = None, state: State | None = None, event: Event | None = None
) -> Facts:
    """What the engine may know, with the options that a search or a tap on a reference brings."""
    book = await in_force(scene.session, scene.actor.playbook_version)
    facts = Facts(now(scene.session), scene.actor.zone, scene.reader.language, book)
    if isinstance(event, Do) and event.verb == "page" and _is_number(event.arg):
        return replace(facts, page=int(event.arg))
    asked = engine.current(form, state) if form and state else None
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
    """A search with none or several hits answers nothing yet: its hits are shown, what was typed is kept."""
    if facts.searched is None or len(facts.options) == 1:
        return None
    return Outcome(replace(state, answers=state.answers | {SEARCHED: facts.searched}))


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


async def _prefilled(scene: Scene, form: Form, state: State) -> State:
    """The state with proposals for what has no answer yet."""
    proposed = await form.prefill(scene.session, scene.actor, engine.values(form, state))
    new = {name: value for name, value in proposed.items() if name not in state.answers and value is not None}
    return replace(state, answers=state.answers | new) if new else state


async def _show(scene: Scene, form: Form, draft: Draft, outcome: Outcome, facts: Facts, *, album: bool = False) -> None:
    """Save the draft and post its card: in the tapped message's place, else below with the old keyboard gone."""
    facts = await _with_recent(scene, form, outcome.state, facts)
    card_id = draft.card_id
    if scene.tapped is not None:
        card_id = await outbox.adopt_card(
            scene.session, bot_id=scene.reader.bot_id, chat_id=scene.reader.chat_id, message_id=scene.tapped
        )
    elif not (album and card_id):
        card_id = await outbox.new_card(scene.session, bot_id=scene.reader.bot_id, chat_id=scene.reader.chat_id)
    saved = await drafts.save(
        scene.session, draft, answers=outcome.state.answers, asking=outcome.state.asking, card_id=card_id
    )
    screen = view(form, outcome, facts, Handle(draft.id, saved))
    if scene.tapped is not None:
        await post.edit(scene.session, scene.reader, screen, card_id=card_id)
    elif album and draft.card_id:
        await post.edit(scene.session, scene.reader, screen, card_id=draft.card_id)
    else:
        await post.send(scene.session, scene.reader, screen, card_id=card_id)
    if draft.card_id and draft.card_id != card_id:
        await post.strip(scene.session, scene.reader, draft.card_id)


async def _with_recent(scene: Scene, form: Form, state: State, facts: Facts) -> Facts:
    """A reference that comes up offers the recent records, unless a search is being shown."""
    asked = engine.current(form, state)
    if asked is None or not isinstance(asked.kind, Ref):
        return replace(facts, options=(), searched=None)
    if facts.searched is not None and asked.name not in engine.values(form, state):
        return facts
    found: Found = await asked.kind.find(scene.session, scene.actor, "", engine.values(form, state))
    return replace(facts, options=found.options, more=found.more, searched=None)


def _same_album(draft: Draft, event: Sent) -> bool:
    """The further photos of an album redraw the card that the first one brought."""
    return event.group is not None and draft.answers.get(ALBUM) == event.group


async def _submit(scene: Scene, form: Form, draft: Draft, state: State, facts: Facts) -> None:
    """Run the operation; the draft ends with it in one transaction. A refusal keeps everything typed."""
    try:
        async with scene.session.begin_nested():
            result = await form.submit(scene.session, scene.actor, engine.command(form, state))
    except DomainError as error:
        await _show(scene, form, draft, engine.reopened(form, state, error), facts)
        return
    await drafts.end(scene.session, draft)
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, None)
    if not await _return_to_parent(scene, state, result):
        await _close(scene, draft, await form.done(scene.session, scene.actor, result))


async def _cancel(scene: Scene, draft: Draft) -> Msg:
    await drafts.end(scene.session, draft)
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, None)
    await _close(scene, draft, Screen("forms/cancelled.html", {"title": forms()[draft.form].title}))
    return CANCELLED


async def _close(scene: Scene, draft: Draft, screen: Screen) -> None:
    """The last word of a form goes into its living card, with the way to take back what it did."""
    screen = with_undo(scene.session, screen)
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
    await begin(scene, forms()[asked.kind.new], {PARENT: [draft.id, asked.name]}, first=first)


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
    outcome = engine.accept(state_of(form, parent), asked, Picked(option.id, option.label))
    outcome = replace(outcome, state=await _prefilled(scene, form, outcome.state))
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, parent.id)
    await _show(scene, form, parent, outcome, await _facts(scene))
    return True


__all__ = ["Do", "Place", "Scene", "begin", "handle", "resume"]
