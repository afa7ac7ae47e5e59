"""Editing a sent message corrects what it said: the open draft's answer, or for a day the saved record's."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from conversations import driver, engine, oneline
from conversations.driver import Scene
from conversations.engine import DOUBTS, SAID, State
from conversations.form import Amend, Facts, Field, Form, forms
from conversations.kinds.base import Typed
from conversations.kinds.reference import Ref
from crm_core.custom_fields.service import PREFIX
from crm_core.drafts import memory
from crm_core.drafts.models import Draft, Said
from crm_core.kit.errors import DomainError, declare
from screens import post
from screens.screen import N_, Button, Screen, Words
from screens.undo import with_undo

_NOTHING: Final = N_("none")
_STAYS: Final = N_("stays, it was changed since")

NOT_UNDERSTOOD = declare("amend.not_understood")
OTHER_RECORD = declare("amend.other_record")


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
    if line is None or line.form.key != draft.form or _loses(line.form, said, line.answers):
        raise DomainError(NOT_UNDERSTOOD)
    kept = {name: answer for name, answer in state.answers.items() if said.get(name, line) != answer}
    together = {
        SAID: state.answers[SAID] | line.answers[SAID],
        DOUBTS: [name for name in state.answers.get(DOUBTS, ()) if name not in said] + line.answers.get(DOUBTS, []),
    }
    await driver.redraw(scene, draft, State(kept | line.answers | together, state.asking))


def _loses(form: Form, said: Mapping[str, Any], now_said: Iterable[str]) -> bool:
    """Whether something required was said before and is not any more: then the edited words are no such line."""
    held = set(now_said)
    return any(one.required and one.name in said and one.name not in held for one in form.fields)


async def _amend_record(scene: Scene, form: Form, how: Amend, said: Said, text: str) -> None:
    """Change what the message says differently now, take back what it no longer says, and show before and after.

    Whose record it is does not change: a message that names somebody else now is refused.
    """
    held = await how.held(scene.session, scene.actor, said.subject_id)
    if form.more is not None:
        with suppress(DomainError):  # the customer is out of sight by now: the visit is still one's own to correct
            form = form.with_own(await form.more(scene.session, scene.actor, held))
    facts = await driver.facts_of(scene)
    read = await _read(scene, form, said, text)
    before = engine.values(form, State(said.read))
    for one in form.fields:
        twice = one.name in before and one.name in read
        if one.required and isinstance(one.kind, Ref) and twice and read[one.name].id != before[one.name].id:
            raise DomainError(OTHER_RECORD)
    differing = _differing(form, how, before, read)
    told = [await _correct(scene, form, said.subject_id, one, held.get(one.field.name), facts) for one in differing]
    left = {name: stored for name, stored in said.read.items() if form.field(name) is None}
    said.read = left | {one.name: one.kind.dump(read[one.name]) for one in form.fields if one.name in read}
    rows = ((Button(N_("📂 Open"), how.subject, said.subject_id),),)
    screen = Screen("forms/amended.html", {"title": form.title, "lines": told}, rows)
    await post.send(scene.session, scene.reader, with_undo(scene.session, screen))


@dataclass(frozen=True, slots=True)
class _Difference:
    """A field of which the message says something else now. One that is not `said` itself follows from another."""

    field: Field
    before: Any
    after: Any
    said: bool


def _differing(form: Form, how: Amend, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[_Difference]:
    """None stands for what is not said."""
    all_before, all_after = _with_besides(form, how, before), _with_besides(form, how, after)
    differing: list[_Difference] = []
    for one in form.fields:
        was, is_now = all_before.get(one.name), all_after.get(one.name)
        if _value(one, was) != _value(one, is_now):
            differing.append(_Difference(one, was, is_now, one.name in after))
    return differing


def _with_besides(form: Form, how: Amend, said: Mapping[str, Any]) -> dict[str, Any]:
    besides = State(dict(how.besides(said)))
    return {**engine.values(form, besides), **said}


def _value(one: Field, answer: Any) -> Any:
    return None if answer is None else one.kind.value(answer)


async def _correct(
    scene: Scene, form: Form, subject_id: int, one: _Difference, held: Any, facts: Facts
) -> dict[str, Words]:
    """Put one field right; answers a line that tells of it.

    What is only taken back, or follows from something else, stays where a button or another message had the last word.
    """
    assert form.amend is not None
    field, after = one.field, one.after
    if not one.said and _value(field, held) != _value(field, one.before):
        return {"label": field.label, "stays": _STAYS}
    if after is None and field.name == form.when_said:  # nothing said: when the message was written
        after = facts.now
    name, value = field.name, _value(field, after)
    if field.extra:
        name, value = "extra", {field.name.removeprefix(PREFIX): field.kind.dump(after)}
    await form.amend.change(scene.session, scene.actor, subject_id, name, value)
    shown = [_NOTHING if answer is None else field.kind.show(answer, facts) for answer in (one.before, after)]
    return {"label": field.label, "before": shown[0], "after": shown[1]}


async def _read(scene: Scene, form: Form, said: Said, text: str) -> dict[str, Any]:
    """What the edited message says now: values by field name. Raises what the fields' kinds raise."""
    if oneline.LINE in said.read:
        line = await oneline.read(scene, text, form=form)
        if line is None or line.form.key != form.key or _loses(form, said.read, line.answers):
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
