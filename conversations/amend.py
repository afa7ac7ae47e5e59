"""Editing a sent message corrects what it said: the open draft's answer, or for a day the saved record's."""

from dataclasses import replace
from typing import Any

from conversations import driver, oneline
from conversations.driver import Scene
from conversations.engine import SAID, State
from conversations.form import Amend, Form, forms
from conversations.kinds.base import Typed
from conversations.kinds.reference import Ref
from crm_core.drafts import memory
from crm_core.drafts.models import Draft, Said
from crm_core.kit.errors import DomainError, declare
from screens import post
from screens.screen import N_, Button, Screen, Words
from screens.undo import with_undo

NOT_UNDERSTOOD = declare("amend.not_understood")


async def amend(scene: Scene, message_id: int, text: str) -> bool:
    """Take an edited message; false when it said nothing of an open form or of a record that may be corrected.

    Raises the errors of the field's kind and of the operation that changes the record.
    """
    draft = await memory.draft_of(scene.session, scene.actor.id, message_id, SAID)
    if draft is not None and draft.form in forms():
        await _amend_draft(scene, draft, message_id, text)
        return True
    chat = memory.Chat(scene.reader.bot_id, scene.reader.chat_id)
    said = await memory.said_by(scene.session, chat, scene.actor.id, message_id)
    form = forms().get(said.form) if said else None
    if said is None or form is None or form.amend is None:
        return False
    await _amend_record(scene, form, form.amend, said, text)
    return True


async def _amend_draft(scene: Scene, draft: Draft, message_id: int, text: str) -> None:
    """The draft as if the message had always said this; what else was answered stays."""
    state = driver.state_of(draft)
    said = state.answers[SAID][str(message_id)]
    if oneline.LINE not in said:
        await driver.handle(scene, draft, Typed(text, message_id), field=next(iter(said)))
        return
    line = await oneline.read(scene, text, message_id, forms()[draft.form])
    if line is None or line.form.key != draft.form:
        raise DomainError(NOT_UNDERSTOOD)
    kept = {name: answer for name, answer in state.answers.items() if said.get(name, line) != answer}
    await driver.redraw(scene, draft, State(kept | line.answers, state.asking))


async def _amend_record(scene: Scene, form: Form, how: Amend, said: Said, text: str) -> None:
    """Change what the message says differently now, and show before and after."""
    form = await driver.whole(scene, form, State(said.read))
    facts = await driver.facts_of(scene)
    read = await _read(scene, form, said, text)
    told: list[dict[str, Words]] = []
    for one in form.fields:
        if one.name not in read or one.kind.dump(read[one.name]) == said.read.get(one.name):
            continue
        await how.change(scene.session, scene.actor, said.subject_id, one.name, one.kind.value(read[one.name]))
        before = one.kind.show(one.kind.load(said.read[one.name]), facts) if one.name in said.read else "-"
        told.append({"label": one.label, "before": before, "after": one.kind.show(read[one.name], facts)})
        said.read = said.read | {one.name: one.kind.dump(read[one.name])}
    rows = ((Button(N_("📂 Open"), how.subject, said.subject_id),),)
    screen = Screen("forms/amended.html", {"title": form.title, "lines": told}, rows)
    await post.send(scene.session, scene.reader, with_undo(scene.session, screen))


async def _read(scene: Scene, form: Form, said: Said, text: str) -> dict[str, Any]:
    """What the edited message says now: values by field name. Raises what the fields' kinds raise."""
    if oneline.LINE in said.read:
        line = await oneline.read(scene, text, form=form)
        if line is None or line.form.key != form.key:
            raise DomainError(NOT_UNDERSTOOD)
        return {one.name: one.kind.load(line.answers[one.name]) for one in form.fields if one.name in line.answers}
    one = next((one for one in form.fields if one.name in said.read), None)
    if one is None:
        raise DomainError(NOT_UNDERSTOOD)
    facts = await driver.facts_of(scene)
    if isinstance(one.kind, Ref):
        found = await one.kind.find(scene.session, scene.actor, text, {})
        facts = replace(facts, options=found.options, searched=text)
    return {one.name: one.kind.read(Typed(text), facts)}
