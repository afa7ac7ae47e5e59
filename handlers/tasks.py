"""Tasks: those that are open, giving them, doing them; sales plans and their parts."""

from conversations import driver
from conversations.tasks import (
    GIVE_ONE,
    GIVE_PART,
    GIVE_UNIT,
    NEW_SALES_PLAN,
    TELL_SHARE,
    TO_DO,
    share_card,
    task_card,
    tell_giver,
)
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_ALLOWED, DomainError
from crm_core.org.rights import Scope, require, scope_of
from crm_core.tasks import queries, service
from crm_core.tasks.permissions import GIVE, PLAN_SALES, READ
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import tasks as screens
from screens.lists import page_of
from screens.screen import N_, Button, Place


@command(
    "tasks",
    N_("My tasks, and those I gave"),
    permission=GIVE,
    order=34,
    words=("任务", "我的任务", "tasks", "my tasks"),
)
async def tasks(turn: Turn) -> None:
    await _open(turn, turn.actor.id, "", Place.NEW)


@button(screens.OPEN.key)
async def page(turn: Turn) -> None:
    """Somebody's open tasks: one's own, or from above (PL13)."""
    assert turn.tap is not None
    await _open(turn, turn.id or turn.actor.id, turn.tap.arg, Place.EDIT)


async def _open(turn: Turn, employee_id: int, arg: str, place: Place) -> None:
    await require(turn.session, turn.actor, READ, on=employee_id)
    at, _ = page_of(arg)
    found = await queries.open_of(turn.session, turn.actor, employee_id, at, limit=5)
    today = turn.actor.today(now(turn.session))
    gives = scope_of(turn.actor, GIVE) > Scope.OWN
    await turn.show(screens.open_screen(found, turn.actor, employee_id, today, gives=gives, place=place))


@button(screens.GIVEN.key)
async def given(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    await turn.show(screens.given_screen(await queries.given_by(turn.session, turn.actor, at)))


@button("task.new")
async def new(turn: Turn) -> None:
    """For oneself, for one person, for a unit."""
    assert turn.tap is not None
    await driver.begin(turn.scene, {"one": GIVE_ONE, "unit": GIVE_UNIT}.get(turn.tap.arg, TO_DO))


@button("share")
async def share(turn: Turn) -> None:
    await turn.show(await share_card(turn.session, turn.actor, turn.id))


@button("share.done")
async def done(turn: Turn) -> None:
    """One tap; how it went may be told behind it."""
    assert turn.tap is not None
    row = await queries.share(turn.session, turn.actor, turn.id)
    made = await service.finish_share(turn.session, turn.actor, turn.id)
    if row.state != made.state:
        await tell_giver(turn.session, turn.actor, made)
    if turn.tap.arg == "below":  # the reminder stays
        turn.message_id = None
    await turn.show(await share_card(turn.session, turn.actor, turn.id))


@button("share.tell")
async def tell(turn: Turn) -> None:
    row = await queries.share(turn.session, turn.actor, turn.id)
    if row.employee_id != turn.actor.id:
        raise DomainError(NOT_ALLOWED)
    await driver.begin(turn.scene, TELL_SHARE, {"share_id": turn.id})


@button("task")
async def task(turn: Turn) -> None:
    """How everybody got on with it (PL13)."""
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    row = await queries.task(turn.session, turn.actor, turn.id)
    shares = await queries.shares_of(turn.session, turn.actor, turn.id, at)
    await turn.show(screens.task_screen(row, shares, turn.actor))


@button("task.drop")
async def drop(turn: Turn) -> None:
    await service.drop_task(turn.session, turn.actor, turn.id)
    await turn.show(await task_card(turn.session, turn.actor, turn.id, N_("✓ Nobody has to do it any more.")))


@button(screens.SALES.key)
async def sales(turn: Turn) -> None:
    assert turn.tap is not None
    await require(turn.session, turn.actor, PLAN_SALES)
    at, _ = page_of(turn.tap.arg)
    await turn.show(screens.sales_screen(await queries.sales_plans(turn.session, turn.actor, at), turn.actor))


@button("sales.new")
async def new_sales_plan(turn: Turn) -> None:
    await driver.begin(turn.scene, NEW_SALES_PLAN)


@button("sales_plan")
async def sales_plan(turn: Turn) -> None:
    assert turn.tap is not None
    await require(turn.session, turn.actor, PLAN_SALES)
    at, _ = page_of(turn.tap.arg)
    row = await queries.sales_plan(turn.session, turn.actor, turn.id)
    parts = await queries.tasks_of_plan(turn.session, turn.actor, turn.id, at)
    await turn.show(screens.sales_plan_screen(row, parts, turn.actor))


@button("task.part")
async def part(turn: Turn) -> None:
    """A task of a sales plan (PL14)."""
    row = await queries.sales_plan(turn.session, turn.actor, turn.id)
    if row.owner_id != turn.actor.id:
        raise DomainError(NOT_ALLOWED)
    await driver.begin(turn.scene, GIVE_PART, {"plan": turn.id})


@tile(Module.WORK, permission=GIVE, order=22)
async def mine(turn: Turn) -> Part:
    todo = Button(screens.OPEN.title, screens.OPEN.key, turn.actor.id)
    plans = (Button(screens.SALES.title, screens.SALES.key),)
    return Part(rows=((todo, *(plans if scope_of(turn.actor, PLAN_SALES) > Scope.NONE else ())),))
