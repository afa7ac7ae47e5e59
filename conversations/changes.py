"""Forms that change one field of a saved record: one for each of its own, and one for all of the company's."""

from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, fields, make_dataclass, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.company import own_field
from conversations.form import Answers, Done, Field, Form, Own
from crm_core.custom_fields import errors
from crm_core.custom_fields.service import PREFIX
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor
from crm_core.org.rights import Permission
from crm_core.playbook.fields import CompanyField
from crm_core.playbook.service import in_force
from screens.screen import N_, Msg, Words

VALUE: Final = "value"  # the only field of such a form
_REVISION, _KEY = "revision", "key"


@dataclass(frozen=True, slots=True)
class Whose:
    """The record that is changed: what people call it, the type of its customer, and its present values."""

    name: str
    customer_type: str
    record: Any


Find = Callable[[AsyncSession, Actor, int], Awaitable[Whose]]
"""Raises `not_found`."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The forms that change records of one kind."""

    subject: str
    by_field: Mapping[str, Form]
    own: Form
    find: Find

    async def opened(
        self, session: AsyncSession, actor: Actor, name: str, record_id: int, revision: int
    ) -> tuple[Form, dict[str, Any]] | None:
        """The form for the field that a button names, with what it must know at its start.

        None for a field that there is not, or no more: the company gave it up.
        """
        held: dict[str, Any] = {_id(self.subject): record_id, _REVISION: revision}
        if not name.startswith(PREFIX):
            form = self.by_field.get(name)
            return None if form is None else (form, held)
        key = name.removeprefix(PREFIX)
        asked = await _own(session, actor, self.subject, await self.find(session, actor, record_id), key)
        return None if asked is None else (self.own, held | {_KEY: key})


def changes(
    subject: str,
    title: Msg,
    questions: Mapping[str, Field],
    *,
    command: type[Any],
    operation: Callable[[AsyncSession, Actor, Any], Awaitable[Any]],
    find: Find,
    permission: Permission,
    done: Done,
    needs: Mapping[str, tuple[str, ...]] | None = None,
    at_once: Container[str] = (),
) -> Changes:
    """Declare the forms `<subject>.change.<field>` and `<subject>.own`.

    `operation` takes the `command`, which has `<subject>_id`, `field`, `value`, `revision`, and perhaps `confirmed`.
    `needs` are answers given at the start that only the question for a field hangs on. Those `at_once` are saved when
    they are answered.
    """
    warns = any(one.name == "confirmed" for one in fields(command))

    def form(name: str, question: Field) -> Form:
        beside = (needs or {}).get(name, ())

        async def submit(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Any:
            told = {one: value for one, value in given.items() if one not in beside}
            try:
                return await operation(session, actor, command(field=name, **told))
            except DomainError as error:
                raise _at_fault(error, name) from error

        async def about(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
            return Own(brief=as_it_is(await find(session, actor, answers[_id(subject)]), name, question))

        hidden = (_id(subject), _REVISION, *beside)
        return Form(
            f"{subject}.change.{name}",
            title=title,
            fields=(Field(VALUE, question.kind, question.label, question.ask),),
            command=_command(*hidden, VALUE, warns=warns),
            submit=submit,
            done=done,
            permission=permission,
            hidden=hidden,
            more=about,
            at_once=name in at_once,
        )

    async def more(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
        whose = await find(session, actor, answers[_id(subject)])
        one = await _own(session, actor, subject, whose, answers[_KEY])
        return Own(() if one is None else (replace(own_field(one), required=True),), brief=whose.name)

    async def submit_own(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Any:
        key = given.pop(_KEY)
        if "extra" not in given:  # given up by the company while the form was open
            raise DomainError(errors.UNKNOWN, key=key)
        return await operation(session, actor, command(field="extra", value=given.pop("extra"), **given))

    own = Form(
        f"{subject}.own",
        title=title,
        fields=(),
        command=_command(_id(subject), _REVISION, _KEY, "extra", warns=False),
        submit=submit_own,
        done=done,
        permission=permission,
        hidden=(_id(subject), _REVISION, _KEY),
        more=more,
        at_once=True,
    )
    return Changes(subject, {name: form(name, one) for name, one in questions.items()}, own, find)


def _id(subject: str) -> str:
    return f"{subject}_id"


def _command(*names: str, warns: bool) -> type[Any]:
    """What such a form gives."""
    warned = [("confirmed", frozenset[str], frozenset[str]())] if warns else []
    return make_dataclass("Change", [*((name, Any) for name in names), *warned], frozen=True, kw_only=True)


def _at_fault(error: DomainError, name: str) -> DomainError:
    """The core names the record's field; in its form that is the only one."""
    return DomainError(error.code, field=VALUE if error.field == name else error.field, **error.params)


def as_it_is(whose: Whose, name: str, question: Field) -> Words:
    """Whose field it is; and what was written there, for who wants to put a word of it right."""
    now = getattr(whose.record, name, None)
    if question.kind.prose and isinstance(now, str) and now:
        return N_("%(name)s, now: %(value)s")(name=whose.name, value=now)
    return whose.name


async def _own(session: AsyncSession, actor: Actor, subject: str, whose: Whose, key: str) -> CompanyField | None:
    book = await in_force(session, actor.playbook_version)
    return next((one for one in book.own_fields(subject, whose.customer_type) if one.key == key), None)
