"""Where a form leads when it ends: to the record it was about, to the form it interrupted, to the menu."""

from typing import Any, Final, TypeGuard

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Form, forms
from conversations.kinds.reference import Ref
from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.kit.names import without_form
from crm_core.org.actor import Actor
from screens.screen import N_, Button, Row, fit
from screens.system import MENU

_ID: Final = "_id"


def onwards(form: Form, answers: dict[str, Any]) -> Row:
    """Where to go when a form is given up: to the record it was about, and to the menu."""
    ids = ((name.removesuffix(_ID), answers.get(name)) for name in form.hidden if name.endswith(_ID))
    picked = (
        (one.kind.new.partition(".")[0], answers[one.name]["id"])
        for one in form.fields
        if isinstance(one.kind, Ref) and one.kind.new and _has_label(answers.get(one.name))
    )
    about = next(((key, row_id) for key, row_id in (*ids, *picked) if isinstance(row_id, int)), None)
    there = (Button(N_("Open"), *about),) if about else ()
    return (*there, Button(MENU, "menu"))


async def waiting(session: AsyncSession, actor: Actor, draft_id: int | None) -> Row | None:
    """The button back into an interrupted form, if that is still there."""
    older = await drafts.find(session, actor.id, draft_id) if draft_id else None
    return (way_back(older),) if older is not None and older.form in forms() else None


def way_back(draft: Draft) -> Button:
    """The button that goes on with a draft: 回到：拜访 华宁 ▸"""
    title, whom = forms()[draft.form].title, about(draft)
    if not whom:
        return Button(N_("Back to: %(form)s ▸")(form=title), "resume", draft.id)
    return Button(N_("Back to: %(form)s %(about)s ▸")(form=title, about=whom), "resume", draft.id)


def about(draft: Draft) -> str:
    """Whom a draft is about, short enough for a button; empty when that is not said yet."""
    form, held = forms()[draft.form], draft.answers
    asked = (held.get(name) for name in (*form.hidden, *(one.name for one in form.fields)))
    label = next((answer["label"] for answer in asked if _has_label(answer)), "")
    return fit(without_form(label), 20)


def _has_label(answer: Any) -> TypeGuard[dict[str, str]]:
    return isinstance(answer, dict) and "label" in answer
