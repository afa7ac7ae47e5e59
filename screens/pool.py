"""Screens of the customer pool."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook
from crm_core.playbook.pools import Pool
from crm_core.pool.extensions import MOST_TIMES
from crm_core.pool.permissions import ASSIGN, CLAIM, KEEP
from crm_core.pool.queries import Card, Keeping
from screens.catalogue import say
from screens.customers import DICTIONARIES, from_archive
from screens.lists import List, list_screen
from screens.screen import N_, WIDE, Button, Msg, Place, Row, Screen, Titled, Words, fit
from screens.words.pool import KEPT, KEPT_SOMEHOW, WHY, reason_words, rule_words

POOL: Final = List("po", title=N_("Customer pool"), empty=N_("Nobody waits here just now."), opens="pool.card")
FOUND: Final = List("pf", title=N_("Customer pool"), empty=N_("Nothing in the pool is called that."), opens="pool.card")
TILE: Final = Button(N_("🌊 Customer pool"), "po")
_BACK: Final = Button(N_("« Customer pool"), "po")
_LABEL: Final = 38
_EXTENSIONS: Final = (7, 14)  # days
_LOG: Final = N_("📝 Log visit")
_PLUS: Final = N_("⏳ %(days)s days more")

from_archive(N_("⏳ Pool deadline"), "pool.keep", KEEP, order=13)


def pool_screen(page: Page, pools: Sequence[Pool], shown: Pool, actor: Actor, today: date, place: Place) -> Screen:
    """What lies in a pool, what came last first; with several pools, the next one is a tap away."""
    at = pools.index(shown)
    following = pools[(at + 1) % len(pools)]
    turn = Button(fit(f"{say(Titled(following.title), actor.language)} ›", WIDE), POOL.key, arg=f"f {following.key}")
    back = Button(N_("« My customers"), "cl")
    return list_screen(
        POOL,
        page,
        [_label(row, actor, today) for row in page.rows],
        place=place,
        words=shown.key,
        about=say(Titled(shown.title), actor.language) if len(pools) > 1 else "",
        more=((back, turn) if len(pools) > 1 else (back,),),
    )


def found_screen(page: Page, actor: Actor, text: str, today: date, place: Place = Place.NEW) -> Screen:
    """What of the pools is called so."""
    labels = [_label(row, actor, today) for row in page.rows]
    return list_screen(FOUND, page, labels, place=place, words=carried(text), searched=text, more=((_BACK,),))


def carried(text: str) -> str:
    """As much of the words as a button can carry."""
    return " ".join(text.split()).encode()[:36].decode(errors="ignore")


def found_row(page: Page, text: str) -> tuple[Row, ...]:
    """The way from a search among one's own customers to those of the pool that are called so."""
    if not page.rows:
        return ()
    return ((Button(N_("🌊 %(count)s in the pool")(count=_many(page)), FOUND.key, arg=f"f {carried(text)}"),),)


def _many(page: Page) -> str:
    return f"{len(page.rows)}+" if page.more_after else str(len(page.rows))


def _label(row: object, actor: Actor, today: date) -> Words:
    """A row of the list: the name, where, and for how long it has been there."""
    name = getattr(row, "short_name", None) or without_form(row.name)  # pyright: ignore[reportAttributeAccessIssue]
    days = (today - actor.today(row.held_since)).days  # pyright: ignore[reportAttributeAccessIssue]
    city = fit(row.city, 10) if row.city else ""  # pyright: ignore[reportAttributeAccessIssue]
    where = f"{fit(name, _LABEL - 18)} · {city}" if city else fit(name, _LABEL - 8)
    return N_("%(name)s · %(days)s d")(name=where, days=days) if days else N_("%(name)s · new")(name=where)


def card_screen(card: Card, actor: Actor, book: Playbook, since: int | None) -> Screen:
    """The masked card of a pooled customer: enough to choose by, not enough to call."""
    customer = card.customer
    rows: list[Row] = []
    if may(actor, CLAIM):
        rows.append((Button(N_("✋ Claim"), "pool.claim", customer.id),))
    if may(actor, ASSIGN):
        rows.append((Button(N_("👉 Give to a colleague"), "pool.assign", customer.id),))
    rows.append((_BACK,))
    words = {field: book.title(name, getattr(customer, field), actor.language) for field, name in DICTIONARIES.items()}
    facts = {
        "c": customer,
        "words": words,
        "phones": card.phones,
        "people": card.people,
        "days": card.days,
        "former": card.former_owner,
        "reason": why(card.kind, card.reason),
        "since": since,
        "claims": card.claims_left if may(actor, CLAIM) else None,
    }
    return Screen("pool/card.html", facts, tuple(rows))


def why(kind: str | None, reason: str | None) -> Words | None:
    """Why a customer came into the pool, as the ownership log has it."""
    if not reason:
        return None
    return rule_words(reason) if kind == Kind.RECYCLE else reason_words(reason, WHY)


def left_words(keeping: Keeping) -> Words | None:
    """How long the customer is kept: 还剩 6 天（90 天未跟进）."""
    if keeping.days_left is None:
        return None
    rule = rule_words(keeping.rule)
    if keeping.days_left > 0:
        return N_("⏳ %(days)s days left (%(rule)s)")(days=keeping.days_left, rule=rule)
    if keeping.days_left == 0:
        return N_("⏳ Today is the last day (%(rule)s)")(rule=rule)
    return N_("⏳ Overdue, about to go to the pool (%(rule)s)")(rule=rule)


def kept_words(keeping: Keeping) -> Words | None:
    return KEPT.get(keeping.kept, KEPT_SOMEHOW) if keeping.kept else None


def keep_screen(keeping: Keeping, *, said: Words | None = None) -> Screen:
    """How long a customer is kept, and what one can do about it."""
    customer = keeping.customer
    facts = {
        "said": said,
        "c": customer,
        "due": keeping.due_on,
        "line": left_words(keeping),
        "kept": kept_words(keeping),
        "extensions": keeping.extensions,
        "most": MOST_TIMES,
    }
    rows: list[Row] = [(Button(_LOG, "visit.log", customer.id),)]
    if keeping.request is not None:
        rows.append((Button(N_("🗒 The request"), "approval", keeping.request),))
    elif keeping.due_on is not None and not keeping.waiting and keeping.extensions < MOST_TIMES:
        rows.append(tuple(extend_button(customer.id, days) for days in _EXTENSIONS))
    lock = (N_("🔓 Unlock"), "pool.unlock") if keeping.locked else (N_("🔒 Lock"), "pool.lock")
    give_back = Button(N_("🌊 Put into the pool"), "pool.return", customer.id)
    rows.append((Button(*lock, customer.id), give_back) if keeping.due_on or keeping.locked else (give_back,))
    rows.append((Button(N_("« Back"), "customer", customer.id),))
    return Screen("pool/keep.html", facts, tuple(rows))


def extend_button(customer_id: int, days: int) -> Button:
    return Button(_PLUS(days=days), "pool.extend", customer_id, arg=str(days))


def _notice(head: Words, name: str, *lines: Words, rows: tuple[Row, ...] = (), subject: str | None = None) -> Screen:
    said = [one for one in lines if one]
    return Screen("pool/notice.html", {"head": head, "name": name, "lines": said}, rows, Place.NEW, subject)


def warning_screen(customer: Customer) -> Screen:
    """Pushed on the last day."""
    head = N_("⏰ Tonight this customer goes to the pool (%(rule)s):")(rule=rule_words(customer.pool_rule))
    rows = (
        (Button(_LOG, "visit.log", customer.id, arg="below"),),
        tuple(extend_button(customer.id, days) for days in _EXTENSIONS),
    )
    how = N_("A visit or call with a few words about it keeps it.")
    return _notice(head, customer.name, how, rows=rows, subject=f"pool_deadline:{customer.id}")


def settled_screen(customer: Customer) -> Screen:
    """A warning that is settled."""
    return _notice(N_("✓ It stays with you."), customer.name)


def unreachable_screen(customer: Customer, owner: str) -> Screen:
    """Pushed to the manager of somebody whom nothing reaches."""
    head = N_("⏰ %(owner)s cannot be reached here, and a customer is about to go to the pool:")(owner=owner)
    until = N_("There is time until %(day)s. Call, or log a visit yourself.")(day=f"{customer.pool_due_on:%m-%d}")
    rows = ((Button(N_("Open archive"), "customer", customer.id),),)
    return _notice(head, customer.name, rule_words(customer.pool_rule), until, rows=rows)


def recycled_screen(customer: Customer, rule: str) -> Screen:
    """Pushed to whose it was."""
    head = N_("🌊 Gone to the customer pool (%(rule)s):")(rule=rule_words(rule))
    return _notice(head, customer.name, rows=((TILE,),))


def assigned_screen(customer: Customer, by: str) -> Screen:
    """Pushed to whom a pooled customer was given."""
    rows = ((Button(N_("Open archive"), "customer", customer.id),),)
    return _notice(N_("👉 %(by)s has given you a customer from the pool:")(by=by), customer.name, rows=rows)


def given_back_screen(customer: Customer) -> Screen:
    """The customer lies in the pool now."""
    return _notice(
        N_("✓ Saved. In the customer pool now:"), customer.name, rows=((Button(N_("« My customers"), "cl"),),)
    )


def given_screen(customer: Customer, name: str) -> Screen:
    """The pooled customer is a colleague's now."""
    return _notice(N_("✓ Saved. %(name)s has it now:")(name=name), customer.name, rows=((_BACK,),))


CLAIMED: Final[Msg] = N_("✓ Claimed. It is yours: say hello today.")
ASKED: Final[Msg] = N_("✓ Saved. %(name)s decides, and you will hear of it.")
GRANTED: Final[Msg] = N_("✓ Saved. It has more time now.")
KEPT_UNTIL: Final[Msg] = N_("Kept until %(day)s")
DUE_NOW: Final[Msg] = N_("Last day now: %(day)s (%(rule)s)")
