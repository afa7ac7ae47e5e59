"""Handing over: from a person's card through the rule and a look to the deed; one customer from its archive."""

from conversations import driver
from conversations.handover import (
    HAND_ON,
    TAKE_OVER,
    plan_card,
    planned_card,
    tell_everybody,
    theirs,
    who_card,
)
from crm_core.customers import queries as customers
from crm_core.handover import plans, queries
from crm_core.handover.permissions import TRANSFER
from crm_core.handover.shares import Rule
from crm_core.kit.behind import nested
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_FOUND, DomainError
from crm_core.org import away
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from handlers.routing import button
from handlers.turn import Turn
from screens.away import lines
from screens.handover import (
    HANDED,
    LEAVES,
    PLANNED,
    colleague_screen,
    done_screen,
    handed_screen,
    one_screen,
    parts_screen,
    rules_screen,
)
from screens.lists import page_of
from screens.screen import N_


@button("colleague")
async def colleague(turn: Turn) -> None:
    """What somebody holds, and who stands in."""
    held = await queries.holdings(turn.session, turn.actor, turn.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    there = lines(await away.stand_ins_of(turn.session, turn.id))
    named = await away.may_name(turn.session, turn.actor, turn.id)
    await turn.show(colleague_screen(held, book, turn.actor, there, named=named))


def _asked(arg: str) -> tuple[bool, str | None]:
    """Whether the person leaves with it, and the part of the customers that it is about."""
    sign, _, part = arg.partition(" ")
    return sign == LEAVES, part or None


@button("handover")
async def begin(turn: Turn) -> None:
    """To whom?"""
    assert turn.tap is not None
    leaves, part = _asked(turn.tap.arg)
    queries.of_part(part)
    held = await queries.holdings(turn.session, turn.actor, turn.id)
    boss = await queries.boss_of(turn.session, turn.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    name = boss.name if boss is not None else None
    await turn.show(rules_screen(held, name, part, book, leaves=leaves))


@button("handover.part")
async def parts(turn: Turn) -> None:
    """Which of them?"""
    assert turn.tap is not None
    held = await queries.holdings(turn.session, turn.actor, turn.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(parts_screen(held, book, turn.actor, leaves=turn.tap.arg == LEAVES))


@button("handover.rule")
async def rule(turn: Turn) -> None:
    """The superior's is looked at next, else who takes over is asked."""
    assert turn.tap is not None
    words, _, part = turn.tap.arg.partition(" ")
    wanted = words.removesuffix(LEAVES)
    if wanted not in set(Rule):
        raise DomainError(NOT_FOUND)
    plan = await plans.prepare(
        turn.session, turn.actor, turn.id, Rule(wanted), part or None, leaves=words.endswith(LEAVES)
    )
    await turn.show(await plan_card(turn.session, turn.actor, plan))


@button("handover.who")
async def who(turn: Turn) -> None:
    """A colleague takes over, or does not; a single one is looked at next."""
    assert turn.tap is not None
    if not turn.tap.arg:
        plan = await plans.find(turn.session, turn.actor, turn.id)
        await turn.show(await who_card(turn.session, turn.actor, plan))
        return
    plan = await plans.toggle(turn.session, turn.actor, turn.id, _number(turn.tap.arg))
    draw = plan_card if plan.rule == Rule.ONE.value else who_card
    await turn.show(await draw(turn.session, turn.actor, plan))


def _number(text: str) -> int:
    """Anybody can forge a button."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise DomainError(NOT_FOUND)
    return int(text)


@button("handover.add")
async def add(turn: Turn) -> None:
    """Somebody who does not work close by."""
    assert turn.tap is not None
    plan = await plans.find(turn.session, turn.actor, turn.id)
    known = {"plan": plan.id, "customer": 0}
    if turn.tap.arg:
        known["customer"] = (await theirs(turn.session, turn.actor, plan, _number(turn.tap.arg))).id
    await driver.begin(turn.scene, TAKE_OVER, known)


@button("handover.look")
async def look(turn: Turn) -> None:
    """What goes where."""
    plan = await plans.find(turn.session, turn.actor, turn.id)
    await turn.show(await plan_card(turn.session, turn.actor, plan))


@button(PLANNED.key)
async def one_by_one(turn: Turn) -> None:
    assert turn.tap is not None
    plan = await plans.find(turn.session, turn.actor, turn.id)
    at, _ = page_of(turn.tap.arg)
    await turn.show(await planned_card(turn.session, turn.actor, plan, at))


@button(PLANNED.opens)
async def one(turn: Turn) -> None:
    """Who gets this one?"""
    assert turn.tap is not None
    plan = await plans.find(turn.session, turn.actor, turn.id)
    customer = await theirs(turn.session, turn.actor, plan, _number(turn.tap.arg))
    made = (await plans.look(turn.session, turn.actor, plan)).outlook
    names = {share.employee_id: share.name for share in made.shares}
    near = await queries.receivers(turn.session, plan.from_id)
    people = {**names, **{row.id: row.name for row in near}}
    with_ = names.get(made.goes.get(customer.id, 0))
    await turn.show(one_screen(plan, customer, people, with_))


@button("handover.give")
async def give(turn: Turn) -> None:
    assert turn.tap is not None
    customer, _, employee = turn.tap.arg.partition(".")
    plan = await plans.give_by_hand(turn.session, turn.actor, turn.id, _number(customer), _number(employee))
    await turn.show(await planned_card(turn.session, turn.actor, plan))


@button("handover.do")
async def carry_out(turn: Turn) -> None:
    """Done as it was seen; when that is not how it stands any more, it is shown anew."""
    assert turn.tap is not None
    try:
        async with nested(turn.session):
            made = await plans.carry_out(turn.session, turn.actor, turn.id, turn.tap.revision)
    except DomainError as error:
        if error.code != CHANGED_MEANWHILE:
            raise
        await turn.toast(N_("Something has changed meanwhile. Look at it once more."))
        plan = await plans.find(turn.session, turn.actor, turn.id)
        await turn.show(await plan_card(turn.session, turn.actor, plan))
        return
    await tell_everybody(turn.session, turn.actor, made)
    await turn.toast(N_("Handed over."))
    await turn.show(done_screen(made, turn.actor))


@button("leave.now")
async def leave_now(turn: Turn) -> None:
    """Access ends with this tap; the customers go to the superior first, who hands them on in peace (BY23)."""
    plan = await plans.prepare(turn.session, turn.actor, turn.id, Rule.MANAGER, None, leaves=True)
    made = await plans.carry_out(turn.session, turn.actor, plan.id)
    await tell_everybody(turn.session, turn.actor, made)
    await turn.toast(N_("Access removed."))
    await turn.show(done_screen(made, turn.actor))


@button(HANDED.key)
async def handed(turn: Turn) -> None:
    """What came from a colleague, with how far each one is (HO03)."""
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    page = await queries.received(turn.session, turn.actor, turn.id, at)
    names = await queries.names(turn.session, [turn.id]) if page.rows else {}
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(handed_screen(page, turn.id, names.get(turn.id, ""), book, turn.actor))


@button("transfer")
async def transfer(turn: Turn) -> None:
    customer = await customers.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, TRANSFER, on=customer)
    await driver.begin(turn.scene, HAND_ON, {"customer": customer.id})
