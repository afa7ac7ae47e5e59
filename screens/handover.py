"""Screens of handing over: what somebody holds, to whom it goes, what goes where, and that it was done."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from crm_core.handover.models import HandoverPlan
from crm_core.handover.permissions import TRANSFER
from crm_core.handover.plans import Prepared
from crm_core.handover.queries import Holdings
from crm_core.handover.service import MOST_TAKEN_BACK, Outlook, Share
from crm_core.handover.shares import Rule
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook
from screens.catalogue import say
from screens.customers import from_archive
from screens.held import held_words
from screens.lists import List, arrows, list_screen
from screens.screen import N_, Button, Msg, Place, Row, Screen, Titled, Words, fit, in_rows
from screens.words.handover import RULES

PLANNED: Final = List(
    "handover.list", title=N_("Who gets whom"), empty=N_("Nothing to hand over."), opens="handover.one"
)
HANDED: Final = List("handed", title=N_("Handed over to me"), empty=N_("None of them is yours now."), opens="customer")
LEAVES: Final = "+"
"""In a button's argument: and then the person leaves."""
_MOST_SHARES: Final = 4
_MOST_PARTS: Final = 8
_LONGEST_CITY: Final = 15  # bytes, that a button carries
_NAME: Final = 14
_LABEL: Final = 40

from_archive(N_("➡ Transfer"), "transfer", TRANSFER, order=60)


def colleague_screen(held: Holdings, book: Playbook, actor: Actor, away: Sequence[Any] = (), *, named: bool) -> Screen:
    """Somebody of the team or the company: what the person holds, who stands in; the ways to hand over, to be stood in.

    `named` says whether the actor may name a stand-in for this person.
    """
    person = held.person
    facts = {
        "p": person,
        "count": held.customers,
        "types": " · ".join(
            f"{book.title('customer_types', key, actor.language)} {count}" for key, count in held.types
        ),
        "cities": " · ".join(f"{city} {count}" for city, count in held.cities[:5]),
        "others": " · ".join(say(held_words(key, count), actor.language) for key, count in held.others),
        "away": away[:2],
    }
    hand = (Button(N_("📦 Hand over"), "handover", person.id),) if held.customers else ()
    stand = (Button(N_("🧍 Stand-in"), "away", person.id),) if named else ()
    return Screen("handover/colleague.html", facts, (*in_rows([*hand, *stand]), (_home(actor, person.id),)))


def _home(actor: Actor, employee_id: int) -> Button:
    if may(actor, MANAGE_PEOPLE):
        return Button(N_("« Back"), "person", employee_id)
    return Button(N_("« Team"), "team", arg="f day")


def rules_screen(held: Holdings, boss: str | None, part: str | None, book: Playbook, *, leaves: bool) -> Screen:
    """To whom the customers go: the superior first."""
    person = held.person
    asks = f"{LEAVES if leaves else ''} {part or ''}".rstrip()

    def way(label: Words, rule: Rule) -> Button:
        return Button(label, "handover.rule", person.id, arg=f"{rule}{asks}")

    first = N_("All to %(name)s (superior)")(name=fit(boss, _NAME)) if boss else N_("All to me for now")
    ways = [way(first, Rule.MANAGER), *(way(label, rule) for rule, label in RULES.items())]
    some = (Button(N_("Only a part"), "handover.part", person.id, arg=LEAVES if leaves else ""),) if not part else ()
    facts = {
        "p": person,
        "count": _count_of(held, part),
        "part": None if part is None else part_words(part, book),
        "leaves": leaves,
    }
    back = (Button(N_("« Back"), "colleague", person.id),)
    return Screen("handover/rules.html", facts, (*in_rows([*ways, *some]), back))


def _count_of(held: Holdings, part: str | None) -> int:
    if part is None:
        return held.customers
    by, _, key = part.partition(".")
    return dict(held.cities if by == "city" else held.types).get(key, 0)


def part_words(part: str, book: Playbook) -> Words:
    """深圳; A类·战略."""
    by, _, key = part.partition(".")
    if by == "city":
        return key
    return next((Titled(one.title) for one in book.customer_types if one.key == key), key)


def parts_screen(held: Holdings, book: Playbook, actor: Actor, *, leaves: bool) -> Screen:
    """Which part of somebody's customers is to be handed over: of a type, of a city."""
    parts = [(f"type.{key}", count) for key, count in held.types]
    parts += [(f"city.{city}", count) for city, count in held.cities if len(city.encode()) <= _LONGEST_CITY]
    sign = LEAVES if leaves else ""

    def label(part: str, count: int) -> str:
        return fit(f"{say(part_words(part, book), actor.language)} {count}", 18)

    buttons = [Button(label(part, n), "handover", held.person.id, arg=f"{sign} {part}") for part, n in parts]
    back = (Button(N_("« Back"), "handover", held.person.id, arg=sign),)
    return Screen("handover/parts.html", {"p": held.person}, (*in_rows(buttons[:_MOST_PARTS]), back))


def who_screen(plan: HandoverPlan, name: str, chosen: Mapping[int, str], near: Sequence[Any]) -> Screen:
    """Who takes over: those chosen carry a ✓; who works closest comes first."""
    there = {**chosen, **{row.id: row.name for row in near}}
    people = [
        Button(fit(f"✓ {called}" if one in chosen else called, 18), "handover.who", plan.id, arg=str(one))
        for one, called in list(there.items())[: max(6, len(chosen))]
    ]
    look = (Button(N_("Look at it ›"), "handover.look", plan.id),) if chosen else ()
    ways = (Button(N_("Other colleague"), "handover.add", plan.id), *look)
    back = (Button(N_("« Back"), "handover", plan.from_id, arg=_asks(plan)),)
    facts = {"name": name, "several": plan.rule != Rule.ONE.value, "chosen": list(chosen.values())}
    return Screen("handover/who.html", facts, (*in_rows(people), ways, back))


def _asks(plan: HandoverPlan) -> str:
    return f"{LEAVES if plan.leaves else ''} {plan.part or ''}".rstrip()


def preview_screen(prepared: Prepared, book: Playbook) -> Screen:
    """What goes where, before it is done (HO04)."""
    plan, made = prepared.plan, prepared.outlook
    facts = {
        **_facts(made),
        "part": None if plan.part is None else part_words(plan.part, book),
        "leaves": plan.leaves,
        "most": MOST_TAKEN_BACK if made.count > MOST_TAKEN_BACK else None,
    }
    label = N_("✓ Hand over, end access") if plan.leaves else N_("✓ Hand over")
    do = ((Button(label, "handover.do", plan.id, made.mark),),) if made.count or plan.leaves else ()
    each = Button(N_("One by one"), PLANNED.key, plan.id)
    who = (Button(N_("Who takes over"), "handover.who", plan.id),) if plan.rule != Rule.MANAGER.value else ()
    back = (Button(N_("« Back"), "handover", plan.from_id, arg=_asks(plan)),)
    return Screen("handover/preview.html", facts, (*do, (each, *who), back))


def _facts(made: Outlook) -> dict[str, Any]:
    most = _MOST_SHARES if len(made.shares) <= _MOST_SHARES else _MOST_SHARES - 1
    rest = made.shares[most:]
    return {
        "name": made.name,
        "count": made.count,
        "stays": made.stays,
        "shares": [_share(one) for one in made.shares[:most]],
        "rest": len(rest),
        "rest_count": sum(one.count for one in rest),
    }


def _share(one: Share) -> dict[str, Any]:
    return {
        "name": one.name,
        "count": one.count,
        "first": [fit(without_form(called), _NAME) for called in one.first],
        "more": one.count > len(one.first),
    }


def planned_screen(page: Page, plan: HandoverPlan, made: Outlook, names: Mapping[int, str]) -> Screen:
    """Customer by customer, who gets it; a tap gives it to somebody else."""

    def label(row: Any) -> Words:
        called = fit(row.short_name or without_form(row.name), 20)
        if row.id not in made.goes:
            return N_("%(name)s · stays")(name=called)
        return f"{called} → {fit(names[made.goes[row.id]], _NAME)}"

    rows = tuple((Button(label(row), PLANNED.opens, plan.id, arg=str(row.id)),) for row in page.rows)
    back = (Button(N_("« Back"), "handover.look", plan.id),)
    made_list = list_screen(PLANNED, Page(()), (), about=made.name)
    facts = {**made_list.facts, "count": len(page.rows), "note": N_("Tap one to give it to somebody else.")}
    return Screen("list.html", facts, (*rows, *arrows(PLANNED.key, page, plan.id), back))


def one_screen(plan: HandoverPlan, customer: Any, people: Mapping[int, str], now_with: str | None) -> Screen:
    """Who gets this one customer."""

    def way(label: Words, employee_id: int) -> Button:
        return Button(label, "handover.give", plan.id, arg=f"{customer.id}.{employee_id}")

    ways = [way(fit(called, 18), one) for one, called in list(people.items())[:6]]
    rest = (
        way(N_("Nobody: it stays"), 0),
        Button(N_("Other colleague"), "handover.add", plan.id, arg=str(customer.id)),
    )
    back = (Button(N_("« Back"), PLANNED.key, plan.id),)
    facts = {"c": customer, "with": now_with}
    return Screen("handover/one.html", facts, (*in_rows(ways), *in_rows(rest), back))


def done_screen(made: Outlook, actor: Actor) -> Screen:
    """It is done; the card that says so can take it back."""
    home = Button(N_("« People"), "pl") if may(actor, MANAGE_PEOPLE) else Button(N_("« Team"), "team", arg="f day")
    return Screen("handover/done.html", {**_facts(made), "left": made.left}, ((home,),))


def received_screen(made: Outlook, share: Share, by: str, move_id: int | None) -> Screen:
    """Whoever gets customers is told once: how many, from whom, the first few, and the way to them."""
    rows = ((Button(N_("See these customers"), HANDED.key, made.from_id),),)
    facts = {"from": made.name, "by": by, "share": _share(share), "left": made.left}
    subject = None if move_id is None else f"ownership:{move_id}"
    return Screen("handover/received.html", facts, rows, Place.NEW, subject=subject)


def given_screen(made: Outlook, by: str) -> Screen:
    """Whose they were is told, too."""
    return Screen("handover/given.html", {**_facts(made), "by": by}, (), Place.NEW)


def handed_screen(page: Page, from_id: int, name: str, book: Playbook, actor: Actor) -> Screen:
    """The customers that came from somebody, each with its stage and next step (HO03)."""
    labels = [_progress(row, book, actor) for row in page.rows]
    back = (Button(N_("« My customers"), "cl"),)
    return list_screen(HANDED, page, labels, parent=from_id, about=name, more=(back,))


def _progress(row: Any, book: Playbook, actor: Actor) -> str:
    step: date | None = row.next_step_on
    stage = book.title("stages", row.stage, actor.language)
    told = [fit(row.short_name or without_form(row.name), 18), stage]
    told += [f"📅 {step:%m-%d}"] if step else []
    return fit(" · ".join(told), _LABEL)


def transferred_screen(name: str, taker: str, reason: str | None) -> Screen:
    """One customer has gone to a colleague."""
    rows: tuple[Row, ...] = ((Button(N_("« My customers"), "cl"),),)
    return Screen("handover/transferred.html", {"name": name, "taker": taker, "reason": reason}, rows)


def lost_screen(name: str, taker: str, by: str, reason: str | None) -> Screen:
    """Whose customer it was is told when a superior gave it away."""
    facts = {"name": name, "taker": taker, "by": by, "reason": reason}
    return Screen("handover/lost.html", facts, (), Place.NEW)


def move_words(move: Any) -> list[Words]:
    """A move from colleague to colleague, in an archive's history (HO03)."""
    told: list[Words] = [N_("handed over from %(giver)s to %(taker)s")(giver=move.giver, taker=move.taker)]
    return [*told, fit(move.reason, 40)] if move.reason else told


def came_words(giver: str, reason: str | None) -> Msg:
    """Over the archive that a colleague gets."""
    if reason:
        return N_("📦 %(giver)s hands this customer over to you: %(reason)s")(giver=giver, reason=fit(reason, 60))
    return N_("📦 %(giver)s hands this customer over to you.")(giver=giver)
