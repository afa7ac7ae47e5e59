"""One contact, behind the card: standing, ties, personal file, days, gifts, posts, who looks after; and a customer's
decision tree, the matrix of who knows whom, and who decides met by month.
"""

from datetime import date

from conversations import driver
from conversations.contact_card import (
    beside,
    contact_card,
    matrix_of_customer,
    successor,
    tree_of_customer,
)
from conversations.contacts_more import FILE, FORMS
from crm_core.contacts import days, gifts, moves, queries, standing, ties
from crm_core.contacts.models import Attitude, DecisionRole
from crm_core.custom_fields.service import PREFIX
from crm_core.customers.permissions import READ
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, DomainError
from crm_core.playbook.service import in_force
from crm_core.visits import met
from crm_core.visits.permissions import READ as READ_VISITS
from handlers.forms import STALE
from handlers.routing import button
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import contacts_matrix, contacts_tree
from screens.contacts_matrix import MONTHS, matrix_picture, matrix_text, month_screen
from screens.contacts_person import (
    GIFTS,
    days_screen,
    file_screen,
    gift_screen,
    gifts_screen,
    minder_screen,
    more_screen,
    posts_screen,
    standing_screen,
    ties_screen,
)
from screens.contacts_tree import tree_picture, tree_text
from screens.customers import from_archive
from screens.lists import page_of
from screens.screen import N_, Button, page_number

from_archive(contacts_tree.TITLE, contacts_tree.KEY, READ, order=20)
from_archive(contacts_matrix.TITLE, contacts_matrix.KEY, READ, order=41)


async def _row(turn: Turn) -> AnyRow:
    return await queries.find(turn.session, turn.actor, turn.id)


def _page(arg: str) -> tuple[str, int]:
    """Picture or text, and which page; anybody can forge a button."""
    kind, number = arg[:1], arg[1:]
    return kind, int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0


@button(contacts_tree.KEY)
async def tree(turn: Turn) -> None:
    """Who reports to whom, who decides, who is for us (CT03, CT04)."""
    assert turn.tap is not None
    kind, page = _page(turn.tap.arg)
    made = await tree_of_customer(turn.session, turn.actor, turn.id)
    if kind == "t":
        await turn.show(tree_text(made, page, turn.actor.language))
        return
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(tree_picture(made, page, book, turn.actor.language))


@button(contacts_matrix.KEY)
async def matrix(turn: Turn) -> None:
    """Who of us knows whom of them (CT10)."""
    assert turn.tap is not None
    kind, page = _page(turn.tap.arg)
    made = await matrix_of_customer(turn.session, turn.actor, turn.id)
    await turn.show((matrix_text if kind == "t" else matrix_picture)(made, page, turn.actor))


@button("contact.more")
async def more(turn: Turn) -> None:
    row = await _row(turn)
    known = await beside(turn.session, turn.actor, row)
    await turn.show(more_screen(row, known, turn.actor.today(now(turn.session)), turn.actor))


@button("contact.standing")
async def show_standing(turn: Turn) -> None:
    """The decision roles, or the page with attitude and influence."""
    assert turn.tap is not None
    await turn.show(standing_screen(await _row(turn), turn.actor, "a" if turn.tap.arg[:1] in ("a", "i") else "r"))


@button("contact.stand")
async def stand(turn: Turn) -> None:
    """One tap sets a role, the attitude, the influence, or takes the superior away; the same tap twice is one."""
    assert turn.tap is not None
    what, _, rest = turn.tap.arg.partition(".")
    if what == "b":
        await ties.report_to(turn.session, turn.actor, turn.id, None)
        await show_ties(turn)
        return
    value, _, has = rest.partition(".")
    if what == "r" and value in set(DecisionRole):
        await standing.set_role(turn.session, turn.actor, turn.id, DecisionRole(value), has=has == "1")
    elif what == "a" and value in {*Attitude, ""}:
        await standing.set_attitude(turn.session, turn.actor, turn.id, Attitude(value) if value else None)
    elif what == "i" and value in {"", *"12345"}:
        await standing.set_influence(turn.session, turn.actor, turn.id, int(value) if value else None)
    await show_standing(turn)


@button("contact.mind")
async def mind(turn: Turn) -> None:
    """Who of us looks after this person; with a colleague's id, from now on that one."""
    assert turn.tap is not None
    chosen = turn.tap.arg
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        await standing.set_minder(turn.session, turn.actor, turn.id, int(chosen))
    row = await _row(turn)
    await turn.show(minder_screen(row, await standing.minders(turn.session, row.customer_id)))


@button("contact.ties")
async def show_ties(turn: Turn) -> None:
    row = await _row(turn)
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(ties_screen(row, await ties.ties_of(turn.session, turn.actor, row), book, turn.actor))


@button("contact.file")
async def show_file(turn: Turn) -> None:
    assert turn.tap is not None
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(file_screen(await _row(turn), book, turn.actor, page_number(turn.tap.arg)))


@button("contact.days")
async def show_days(turn: Turn) -> None:
    row = await _row(turn)
    known = await days.of_contact(turn.session, row.id)
    await turn.show(days_screen(row, known, turn.actor.today(now(turn.session)), turn.actor))


@button(GIFTS.key)
async def show_gifts(turn: Turn) -> None:
    assert turn.tap is not None
    row = await _row(turn)
    at, _ = page_of(turn.tap.arg)
    page = await gifts.of_contact(turn.session, row.id, at)
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(gifts_screen(row, page, await gifts.spent(turn.session, row.id), book, turn.actor))


@button(GIFTS.opens)
async def show_gift(turn: Turn) -> None:
    gift = await gifts.find(turn.session, turn.id)
    row = await queries.find(turn.session, turn.actor, gift.contact_id)
    await turn.show(gift_screen(row, gift, await in_force(turn.session, turn.actor.playbook_version), turn.actor))


@button("contact.posts")
async def show_posts(turn: Turn) -> None:
    row = await _row(turn)
    posts = await moves.posts_of(turn.session, turn.actor, row.id)
    await turn.show(posts_screen(row, posts, await successor(turn.session, turn.actor, row.id)))


@button("contact.tell")
async def tell(turn: Turn) -> None:
    """Open one of the small forms about this contact."""
    assert turn.tap is not None
    row = await _row(turn)
    if not row.changeable:
        raise DomainError(NOT_ALLOWED)
    own = turn.tap.arg.removeprefix(PREFIX) if turn.tap.arg.startswith(PREFIX) else None
    form = FILE if own else FORMS.get(turn.tap.arg)
    if form is None or row.left_at is not None:
        await turn.toast(STALE)
        await turn.show(await contact_card(turn.session, turn.actor, row.id))
        return
    which = {"key": own, "revision": row.revision} if own else {}
    await driver.begin(turn.scene, form, {"contact_id": row.id, **which})


@button("contact.drop")
async def drop(turn: Turn) -> None:
    """Take out a day, a gift or a relation that was a mistake; what is shown then is what it was taken from."""
    assert turn.tap is not None
    what, _, person = turn.tap.arg.partition(".")
    if what == "day":
        contact_id = (await days.drop_day(turn.session, turn.actor, turn.id)).contact_id
        after = show_days
    elif what == "gift":
        contact_id = (await gifts.drop_gift(turn.session, turn.actor, turn.id)).contact_id
        after = show_gifts
    elif what == "relation" and person.isascii() and person.isdigit() and len(person) < 19:
        await ties.unrelate(turn.session, turn.actor, turn.id)
        contact_id, after = int(person), show_ties
    else:
        raise DomainError(NOT_FOUND)
    await turn.toast(N_("Taken out."))
    turn.tap = type(turn.tap)(turn.tap.key, contact_id, 0, "")
    await after(turn)


@button("contact.take")
async def take(turn: Turn) -> None:
    """Continue the card of somebody who came to a customer of one's own."""
    new = await moves.take_over(turn.session, turn.actor, turn.id)
    await turn.show(await contact_card(turn.session, turn.actor, new.id, saved=True))


@tile(Module.WORK, permission=READ_VISITS, order=60)
async def deciders_tile(turn: Turn) -> Part:
    """How often who decides was met this month (CT11)."""
    today = turn.actor.today(now(turn.session))
    times = await met.own_month(turn.session, turn.actor, today.replace(day=1), today)
    line = N_("Deciders met this month: %(count)s")(count=times.visits)
    return Part((line,), ((Button(N_("🎯 Deciders met"), MONTHS.key),),))


@button(MONTHS.key)
async def months(turn: Turn) -> None:
    """By rep and month; the months that are to come are none."""
    assert turn.tap is not None
    at, words = page_of(turn.tap.arg)
    today = turn.actor.today(now(turn.session))
    first = min(_month(words) or today.replace(day=1), today.replace(day=1))
    last = date(first.year + first.month // 12, first.month % 12 + 1, 1).toordinal() - 1
    month = await met.month_of_team(turn.session, turn.actor, first, date.fromordinal(last), at)
    await turn.show(month_screen(month, first, today))


def _month(words: str) -> date | None:
    """Anybody can forge a button."""
    try:
        first = date.fromisoformat(f"{words}-01")
    except ValueError:
        return None
    return first if first.year > 1900 else None
