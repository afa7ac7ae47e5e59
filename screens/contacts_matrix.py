"""Who of us knows whom of them (CT10, CT02): the matrix of a customer, and who decides met by month (CT11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from crm_core.contacts.models import DecisionRole
from crm_core.contacts.service import called
from crm_core.contacts.tree import A_PAGE, page_of_tree
from crm_core.kit.names import without_form
from crm_core.org.actor import Actor
from crm_core.visits.met import Met, Month, Times
from screens.catalogue import say
from screens.drawing import drawn
from screens.lists import List
from screens.screen import N_, Button, Place, Row, Screen, Words, fit
from screens.words.contacts import ROLES

KEY: Final = "matrix"
TITLE: Final = N_("Who knows whom")
MONTHS: Final = List("deciders", title=N_("Deciders met"), empty=N_("No rep here yet."), opens="deciders")
_A_CARD: Final = 6
_MOST_OF_US: Final = 5
_NAME_WIDTH, _CELL_WIDTH, _ROW_HEIGHT, _TOP = 230, 110, 52, 118
_HEAT: Final = ((1, "#e8f1fb"), (3, "#c5ddf5"), (6, "#9cc4ec"), (12, "#6fa8e0"))


@dataclass(frozen=True, slots=True)
class Matrix:
    """A customer's people (rows), our people (id and name, columns), their meetings, who looks after whom."""

    customer_id: int
    customer: str
    theirs: Sequence[Any]
    ours: Sequence[tuple[int, str]]
    met: Sequence[Met]
    minders: Mapping[int, int | None]  # by contact


def matrix_picture(matrix: Matrix, page: int, actor: Actor) -> Screen:
    """The matrix as a picture: the more meetings, the darker; ★ who looks after the person."""
    if not matrix.theirs:
        return matrix_text(matrix, 0, actor)
    people, at, pages = page_of_tree(matrix.theirs, page, A_PAGE)
    ours = matrix.ours[:_MOST_OF_US]
    centre = [24 + _NAME_WIDTH + _CELL_WIDTH * (column + 0.5) for column in range(len(ours))]
    facts = {
        "title": fit(without_form(matrix.customer), 36),
        "subtitle": say(N_("Who knows whom · ★ looks after · times met, last time"), actor.language),
        "width": 48 + _NAME_WIDTH + _CELL_WIDTH * max(len(ours), 1),
        "height": _TOP + _ROW_HEIGHT * len(people) + 24,
        "heads": [{"x": x, "text": fit(name, 10)} for x, (_, name) in zip(centre, ours, strict=True)],
        "rows": [
            {
                "y": _TOP + _ROW_HEIGHT * at_row,
                "height": _ROW_HEIGHT,
                "name": fit(called(one), 18),
                "under": fit(_part(one, actor), 26),
                "gone": one.left_at is not None,
                "cells": [_cell(matrix, one, us, x, actor) for x, (us, _) in zip(centre, ours, strict=True)],
            }
            for at_row, one in enumerate(people)
        ],
    }
    photo = drawn("contacts/matrix.svg", facts, actor.language, "matrix")
    rows = (
        *_arrows(matrix, at, pages, "p"),
        (_back(matrix), Button(N_("📄 As text"), KEY, matrix.customer_id, arg="t0")),
    )
    shown = {"who": without_form(matrix.customer), "title": TITLE, "lines": _unmet(matrix), "empty": "", "more": None}
    return Screen("contacts/lines.html", shown, rows, photo=photo)


def _unmet(matrix: Matrix) -> list[Words]:
    """Who is there and was never met: the gap that a matrix is looked at for."""
    known = {one.contact_id for one in matrix.met}
    never = [called(one) for one in matrix.theirs if one.id not in known and one.left_at is None]
    if not never:
        return [N_("Everybody there has been met.")]
    return [N_("Not met yet: %(names)s")(names=fit(" · ".join(never), 60))]


def _part(one: Any, actor: Actor) -> str:
    decides = say(ROLES[DecisionRole.DECIDER], actor.language) if DecisionRole.DECIDER.value in one.roles else ""
    return " · ".join(filter(None, (one.title, decides)))


def _cell(matrix: Matrix, one: Any, us: int, x: float, actor: Actor) -> dict[str, Any]:
    met = next((each for each in matrix.met if (each.employee_id, each.contact_id) == (us, one.id)), None)
    star = "★" if matrix.minders.get(one.id) == us else ""
    if met is None:
        return {"x": x, "width": _CELL_WIDTH, "fill": "", "text": star or "–", "last": ""}
    fill = next(colour for least, colour in reversed(_HEAT) if met.count >= least)
    last = f"{actor.local(met.last):%Y-%m-%d}"
    return {"x": x, "width": _CELL_WIDTH, "fill": fill, "text": f"{star}{met.count}", "last": last}


def matrix_text(matrix: Matrix, page: int, actor: Actor) -> Screen:
    """The same as lines: each of theirs with those of ours who met them, the latest first."""
    people, at, pages = page_of_tree(matrix.theirs, page, _A_CARD)
    lines: list[Words] = [_line(matrix, one, actor) for one in people]
    picture = (Button(N_("🖼 As picture"), KEY, matrix.customer_id, arg="p0"),) if people else ()
    rows = (*_arrows(matrix, at, pages, "t"), (_back(matrix), *picture))
    empty = N_("Nobody known here yet. Who is it you talk to?")
    facts = {"who": without_form(matrix.customer), "title": TITLE, "lines": lines, "empty": empty, "more": None}
    return Screen("contacts/lines.html", facts, rows)


def _line(matrix: Matrix, one: Any, actor: Actor) -> Words:
    names = dict(matrix.ours)
    minder = matrix.minders.get(one.id)
    pairs = [met for met in matrix.met if met.contact_id == one.id]
    told = [
        say(
            N_("%(name)s %(count)s× (%(last)s)")(
                name=f"★{met.employee}" if met.employee_id == minder else met.employee,
                count=met.count,
                last=f"{actor.local(met.last):%m-%d}",
            ),
            actor.language,
        )
        for met in pairs[:3]
    ]
    if minder is not None and all(met.employee_id != minder for met in pairs):
        told.append(f"★{names.get(minder, '?')}")
    who = fit(" ".join(filter(None, (called(one), _part(one, actor)))), 34)
    if not pairs:
        told.insert(0, say(N_("not met yet"), actor.language))
    between = "；" if actor.language == "zh" else "; "
    return say(N_("%(field)s: %(value)s")(field=who, value=between.join(told)), actor.language)


def _arrows(matrix: Matrix, at: int, pages: int, kind: str) -> tuple[Row, ...]:
    row = [Button(N_("‹ Previous"), KEY, matrix.customer_id, arg=f"{kind}{at - 1}")] if at else []
    if at + 1 < pages:
        row.append(Button(N_("Next ›"), KEY, matrix.customer_id, arg=f"{kind}{at + 1}"))
    return (tuple(row),) if row else ()


def _back(matrix: Matrix) -> Button:
    return Button(N_("« Archive"), "customer", matrix.customer_id)


def month_screen(month: Month, first: date, today: date, place: Place = Place.EDIT) -> Screen:
    """How often each rep met who decides in a month (CT11), six a page."""
    lines: list[Words] = [_rep(row.name, month.times.get(row.id, Times())) for row in month.page.rows]
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    words = f"{first:%Y-%m}"
    arrows: list[Button] = []
    if month.page.more_before and month.page.rows:
        arrows.append(Button(N_("‹ Previous"), MONTHS.key, arg=f"b{month.page.rows[0].id} {words}"))
    if month.page.more_after and month.page.rows:
        arrows.append(Button(N_("Next ›"), MONTHS.key, arg=f"a{month.page.rows[-1].id} {words}"))
    months = [Button(N_("‹ Month before"), MONTHS.key, arg=f"f {before:%Y-%m}")]
    if after <= today:
        months.append(Button(N_("Month after ›"), MONTHS.key, arg=f"f {after:%Y-%m}"))
    rows = (*((tuple(arrows),) if arrows else ()), tuple(months), (Button(N_("« Work view"), "menu", arg="work"),))
    total = N_("All together: %(count)s")(count=month.total.visits)
    facts = {"who": words, "title": MONTHS.title, "lines": lines, "empty": MONTHS.empty, "more": total}
    return Screen("contacts/lines.html", facts, rows, place)


def _rep(name: str, times: Times) -> Words:
    if not times.visits:
        return N_("%(name)s: none yet")(name=name)
    return N_("%(name)s: %(count)s times, people met: %(people)s")(name=name, count=times.visits, people=times.people)
