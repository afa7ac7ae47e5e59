"""Screens of the playbook (业务手册): what people may look up in it."""

from typing import Any

from crm_core.kit.languages import Language
from crm_core.playbook.book import CustomerType, Playbook
from screens.screen import N_, Button, Msg, Row, Screen, Titled, in_rows

_MOST_TYPES = 6


def rhythm(book: Playbook, language: Language) -> tuple[tuple[Msg, ...], tuple[Row, ...]]:
    """Each customer type with its rhythm on a line, and the buttons that tell more about it."""
    types = book.customer_types[:_MOST_TYPES]
    lines = tuple(_line(one, language) for one in types)
    return lines, in_rows([Button(_title(one, language), "knowledge.type", arg=one.key) for one in types])


def _line(kind: CustomerType, language: Language) -> Msg:
    return N_("%(type)s: visit every %(every)s days, reminder after %(stale)s")(
        type=_title(kind, language), every=kind.visit_every_days, stale=kind.stale_after_days
    )


def _title(kind: CustomerType, language: Language) -> str:
    return kind.title["zh" if language == "zh" else "en"]


def _how(kind: CustomerType) -> tuple[tuple[Msg, Any], ...]:
    return (N_("Method"), kind.method), (N_("Resources"), kind.resources), (N_("Care"), kind.care)


def type_screen(kind: CustomerType, language: Language) -> Screen:
    """What makes a customer one of this type, how we sell to them and look after them, and their rhythm (CA14)."""
    definition = kind.definition.get("zh" if language == "zh" else "en")
    facts = {
        "title": _title(kind, language),
        "definition": definition,
        "how": [(words, Titled(text)) for words, text in _how(kind) if text],
        "visit_every": kind.visit_every_days,
        "stale_after": kind.stale_after_days,
    }
    rows = (
        (Button(N_("📖 Visit manual"), "knowledge.manual", arg=kind.key),),
        (Button(N_("« Back"), "menu", arg="knowledge"),),
    )
    return Screen("playbook/type.html", facts, rows)
