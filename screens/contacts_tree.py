"""The relation tree of a customer (CT03): as a picture, and as text where a picture is too much."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from crm_core.contacts.models import Attitude, DecisionRole
from crm_core.contacts.queries import MOST_IN_TREE
from crm_core.contacts.service import called
from crm_core.contacts.tree import A_CARD, A_PAGE, Node, page_of_tree
from crm_core.kit.languages import Language
from crm_core.kit.names import without_form
from crm_core.playbook.book import Playbook
from crm_core.visits.met import Times
from screens.catalogue import say
from screens.drawing import drawn, wide
from screens.screen import N_, Button, Msg, Row, Screen, Words, fit, in_rows
from screens.words.contacts import ATTITUDES, ROLES, SIGNS

KEY: Final = "tree"
TITLE: Final = N_("Decision tree")
_GONE: Final = N_("gone")
_EMPTY: Final = N_("Nobody known here yet. Who is it you talk to?")
_DEEPEST: Final = 5  # steps to the right; below that people stand under each other
_STEP, _CARD_WIDTH, _CARD_HEIGHT, _GAP = 40, 480, 60, 12
_TOP, _LEFT, _LEGEND_LINE = 84, 24, 24
_MOST_LEGEND: Final = 6
_FILLS: Final[dict[str, tuple[str, str, str]]] = {  # fill, edge, ink
    Attitude.SUPPORTER: ("#e6f4ea", "#1e7e34", "#14532d"),
    Attitude.FRIENDLY: ("#f0f9f1", "#66a86f", "#2f6b3a"),
    Attitude.NEUTRAL: ("#f6f7f9", "#8895a3", "#44515e"),
    Attitude.SCEPTIC: ("#fff4e5", "#d98a1f", "#8a5200"),
    Attitude.OPPONENT: ("#fdecea", "#c62828", "#8e1b1b"),
}
_UNKNOWN: Final = ("#ffffff", "#b4bec8", "#66727e")


@dataclass(frozen=True, slots=True)
class Tree:
    """A customer's people in order, their personal relations, and how often who decides was met."""

    customer_id: int
    customer: str
    nodes: Sequence[Node]
    relations: Sequence[Any]
    met: Times
    changeable: bool


def standing_words(person: Any, language: Language) -> str:
    """What is known of somebody's part: 决策人、使用者 · ▲▲ 支持者 · 影响 5/5."""
    between = "、" if language == "zh" else ", "
    roles = between.join(say(ROLES[DecisionRole(one)], language) for one in person.roles or () if one in ROLES)
    parts = [roles, _attitude(person, language)]
    if person.influence:
        parts.append(say(N_("influence %(influence)s/5")(influence=person.influence), language))
    return " · ".join(filter(None, parts))


def _attitude(person: Any, language: Language) -> str:
    if person.attitude not in ATTITUDES:
        return ""
    attitude = Attitude(person.attitude)
    return f"{SIGNS[attitude]} {say(ATTITUDES[attitude], language)}"


def tree_picture(tree: Tree, page: int, book: Playbook, language: Language) -> Screen:
    """A page of the tree as a picture; each person on it a button."""
    if not tree.nodes:
        return tree_text(tree, 0, language)
    nodes, at, pages = page_of_tree(tree.nodes, page, A_PAGE)
    name = without_form(tree.customer)
    facts = _drawing(tree, nodes, book, language, _page_words(at, pages, language))
    photo = drawn("contacts/tree.svg", facts, language, "tree")
    text = Button(N_("📄 As text"), KEY, tree.customer_id, arg="t0")
    shown = {"who": name, "title": TITLE, "lines": _summary(tree), "empty": _EMPTY, "more": None}
    rows = (*_people(nodes), *_arrows(tree, at, pages, "p"), (_back(tree), text))
    return Screen("contacts/lines.html", shown, rows, photo=photo)


def tree_text(tree: Tree, page: int, language: Language) -> Screen:
    """A page of the tree as text."""
    nodes, at, pages = page_of_tree(tree.nodes, page, A_CARD)
    lines: list[Words] = [_line(node, language) for node in nodes]
    new: Row = (Button(N_("➕ Contact"), "contact.new", tree.customer_id),) if tree.changeable else ()
    picture = Button(N_("🖼 As picture"), KEY, tree.customer_id, arg="p0")
    rows = (*_people(nodes), *_arrows(tree, at, pages, "t"), (_back(tree), *((picture,) if nodes else new)))
    title = f"{say(TITLE, language)} {at + 1}/{pages}" if pages > 1 else TITLE
    facts = {"who": without_form(tree.customer), "title": title, "lines": lines, "empty": _EMPTY, "more": None}
    return Screen("contacts/lines.html", facts, rows)


def _line(node: Node, language: Language) -> str:
    one = node.person
    where = f"└{'─' * min(node.depth - 1, _DEEPEST)} " if node.depth else ""
    state = say(_GONE, language) if one.left_at else standing_words(one, language)
    what = " ".join(filter(None, (called(one), one.title)))
    return f"{where}{fit(what, 30)}" + (f" · {state}" if state else "")


def _summary(tree: Tree) -> list[Words]:
    """What the picture's caption says: how many, who decides, how often they were met."""
    there = [node.person for node in tree.nodes if node.person.left_at is None]
    lines: list[Words] = [N_("%(count)s people")(count=len(there)) if len(there) != 1 else N_("1 person")]
    deciders = [called(one) for one in there if DecisionRole.DECIDER.value in (one.roles or ())]
    if deciders:
        lines.append(N_("Decides: %(names)s")(names=fit(" · ".join(deciders), 60)))
        lines.append(met_words(tree.met))
    else:
        lines.append(N_("Who decides is not known yet."))
    if len(tree.nodes) >= MOST_IN_TREE:
        lines.append(N_("Only the first %(count)s are shown.")(count=MOST_IN_TREE))
    return lines


def met_words(met: Times) -> Msg:
    """见到决策人 3 次."""
    if not met.visits:
        return N_("Who decides has not been met yet.")
    return N_("Decider met once") if met.visits == 1 else N_("Decider met %(count)s times")(count=met.visits)


def _people(nodes: Sequence[Node]) -> tuple[Row, ...]:
    return in_rows([Button(fit(called(node.person), 12), "contact", node.person.id) for node in nodes])


def _arrows(tree: Tree, at: int, pages: int, kind: str) -> tuple[Row, ...]:
    row = [Button(N_("‹ Previous"), KEY, tree.customer_id, arg=f"{kind}{at - 1}")] if at else []
    if at + 1 < pages:
        row.append(Button(N_("Next ›"), KEY, tree.customer_id, arg=f"{kind}{at + 1}"))
    return (tuple(row),) if row else ()


def _back(tree: Tree) -> Button:
    return Button(N_("« Archive"), "customer", tree.customer_id)


def _page_words(at: int, pages: int, language: Language) -> str:
    return say(N_("page %(page)s of %(pages)s")(page=at + 1, pages=pages), language) if pages > 1 else ""


def _drawing(tree: Tree, nodes: Sequence[Node], book: Playbook, language: Language, page: str) -> dict[str, Any]:
    """The facts of the SVG: cards under each other, each a step to the right of the superior's."""
    least = min(_DEEPEST, *(node.depth for node in nodes))
    marks, legend = _relations(tree, nodes, book, language)
    drawn_below = {node.person.id for node in nodes if node.depth < _DEEPEST}
    cards = [_card(node, at, least, marks, language) for at, node in enumerate(nodes)]
    for node, card in zip(nodes, cards, strict=True):
        if node.boss is not None and node.boss.id not in drawn_below:  # on another page, or too deep for a line
            card["under"] = fit(f"{card['under']} ↑ {called(node.boss)}".strip(), 34)
    legend_at = _TOP + len(cards) * (_CARD_HEIGHT + _GAP) + 20
    subtitle = " · ".join(filter(None, (say(TITLE, language), page)))
    return {
        "title": fit(without_form(tree.customer), 36),
        "subtitle": subtitle,
        "width": int(max(card["x"] + card["width"] for card in cards) + _LEFT),
        "height": int(legend_at + len(legend) * _LEGEND_LINE),
        "lines": _lines(nodes, cards),
        "cards": cards,
        "legend": legend,
        "legend_at": legend_at,
    }


def _card(node: Node, at: int, least: int, marks: dict[int, str], language: Language) -> dict[str, Any]:
    one = node.person
    fill, edge, ink = _FILLS.get(one.attitude or "", _UNKNOWN)
    gone = one.left_at is not None
    x = _LEFT + (min(node.depth, _DEEPEST) - least) * _STEP
    under = [one.title]
    if gone:
        fill, edge, ink = "#f1f1f1", "#999999", "#777777"
        under.append(f"× {say(_GONE, language)}")
    name = " ".join(filter(None, ("★" if one.is_primary else "", fit(called(one), 16), marks.get(one.id))))
    return {
        "x": x,
        "y": _TOP + at * (_CARD_HEIGHT + _GAP),
        "width": _CARD_WIDTH,
        "height": _CARD_HEIGHT,
        "fill": fill,
        "edge": edge,
        "ink": ink,
        "gone": gone,
        "name": name,
        "under": fit(" · ".join(filter(None, under)), 34),
        "chips": _chips(one, x + _CARD_WIDTH - 12, language),
        "standing": " ".join(filter(None, (_dots(one), _attitude(one, language)))),
    }


def _dots(person: Any) -> str:
    return "●" * person.influence + "○" * (5 - person.influence) if person.influence else ""


def _chips(person: Any, right: float, language: Language) -> list[dict[str, Any]]:
    """The decision roles, from the right edge to the left; who decides stands out by dark ground."""
    chips: list[dict[str, Any]] = []
    for role in reversed([one for one in DecisionRole if one.value in (person.roles or ())]):
        text = say(ROLES[role], language)
        width = wide(text, 13) + 14
        right -= width
        dark = role is DecisionRole.DECIDER
        fill, ink = ("#33475b", "#ffffff") if dark else ("#ffffff", "#33475b")
        chips.append({"x": round(right, 1), "width": round(width, 1), "text": text, "fill": fill, "ink": ink})
        right -= 6
    return chips


def _lines(nodes: Sequence[Node], cards: Sequence[dict[str, Any]]) -> list[str]:
    """An elbow from each superior on the page down to who reports there."""
    place = {node.person.id: card for node, card in zip(nodes, cards, strict=True)}
    made: list[str] = []
    for node, card in zip(nodes, cards, strict=True):
        boss = place.get(node.boss.id) if node.boss is not None else None
        if boss is not None and boss["y"] < card["y"] and boss["x"] < card["x"]:
            down, across = card["y"] + _CARD_HEIGHT / 2, boss["x"] + _STEP / 2
            made.append(f"M{across} {boss['y'] + _CARD_HEIGHT} V{down} H{card['x']}")
    return made


_NUMBERS: Final = "①②③④⑤⑥⑦⑧⑨⑩"


def _relations(
    tree: Tree, nodes: Sequence[Node], book: Playbook, language: Language
) -> tuple[dict[int, str], list[str]]:
    """A number at each of two people who know each other from elsewhere, and what the numbers mean."""
    here = {node.person.id: called(node.person) for node in nodes}
    marks: dict[int, str] = {}
    legend: list[str] = []
    told: set[int] = set()
    for one in tree.relations:
        mine = one.one_id if one.person_id == one.other_id else one.other_id
        if one.id in told or mine not in here or len(legend) == _MOST_LEGEND:
            continue
        told.add(one.id)
        number = _NUMBERS[len(legend)]
        for person in (one.one_id, one.other_id):
            marks[person] = marks.get(person, "") + number
        other = called(one) if one.customer_id == tree.customer_id else f"{called(one)}（{without_form(one.customer)}）"
        kind = book.title("relation_kinds", one.kind, language)
        told_as = N_("%(field)s: %(value)s")(field=f"{number} {here[mine]} – {other}", value=kind)
        legend.append(fit(say(told_as, language), 66))
    return marks, legend
