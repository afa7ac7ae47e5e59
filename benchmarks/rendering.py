"""What it takes to draw what people see: a screen, a chart, a spreadsheet: python -m benchmarks.rendering [ROWS]

Floors, in turn: a bare jinja template of as many lines, a page of typst with one line on it, the same rows by
XlsxWriter alone. The spreadsheets are written in processes of their own, whose largest memory is told.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import typst
import xlsxwriter
from jinja2 import Environment
from sqlalchemy import select

from benchmarks import players
from benchmarks.imports import customer_rows
from benchmarks.report import Line, median, say, show
from benchmarks.rig import Server, server
from conversations.customers import archive_card
from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.org import queries as people
from handlers import routing
from screens.drawing import drawn, png
from screens.render import payload
from screens.screen import Screen
from screens.sheets import Sheets

ROWS: Final = 100_000
TURNS: Final = 3
A_TURN: Final = 200
_HEADINGS: Final = tuple(f"第 {at} 列" for at in range(1, 13))


def _ms(work: Callable[[], object], times: int) -> float:
    """CPU milliseconds of each."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) * 1000 / times


async def _card(url: str) -> tuple[Screen, Any]:
    """The archive of somebody's customer, and who looks at it."""
    db = Database(url, SystemClock())
    async with db.unit() as session:
        owner = await session.scalar(
            select(Customer.owner_id).where(Customer.name.startswith(players.CUSTOMER)).order_by(Customer.id)
        )
        assert owner is not None
        actor = await people.actor(session, owner)
        number = await session.scalar(select(Customer.id).where(Customer.owner_id == owner))
        assert actor is not None
        assert number is not None
        act_as(session, actor.id)
        screen = await archive_card(session, actor, number)
    await db.dispose()
    return screen, actor


def screens(screen: Screen, actor: Any) -> Line:
    text = payload(screen, actor.language, actor.zone)["text"]
    bare = Environment(autoescape=True).from_string("{% for one in lines %}{{ one }}\n{% endfor %}")
    ours, floors = list[float](), list[float]()
    for _ in range(TURNS):
        floors.append(_ms(lambda: bare.render(lines=text.splitlines()), A_TURN))
        ours.append(_ms(lambda: payload(screen, actor.language, actor.zone), A_TURN))
    return Line("an archive card drawn, CPU", median(ours), "ms", median(floors))


def charts() -> Line:
    names = (
        "华东一区",
        "华东二区",
        "华南区",
        "华北区",
        "西南区",
        "华中区",
        "东北区",
        "西北区",
        "展会",
        "样品",
        "差旅",
        "招待",
    )
    bars = [
        {
            "y": 110 + at * 62,
            "name": name,
            "told": f"{at * 3 + 4}.5万 / {at * 4 + 9}万",
            "spent": 40.0 + at * 30,
            "held": 24.0,
            "budget": 120.0 + at * 33,
            "won": 60.0,
            "over": at % 5 == 4,
        }
        for at, name in enumerate(names)
    ]
    legend = [{"x": 24.0 + at * 80, "text": "已用", "colour": "#1f6f8b", "outline": at == 2} for at in range(4)]
    facts = {"title": "预算", "subtitle": "2026 年 11 月", "width": 760, "height": 880, "bars": bars, "legend": legend}

    def ours() -> bytes:
        picture = drawn("budgets/chart.svg", facts | {"empty": None}, "zh", "budgets")
        assert isinstance(picture, dict)
        return png(picture["svg"])

    compiler = typst.Compiler()

    def bare() -> object:
        return compiler.compile(input=b"= Rounds\n", format="png", ppi=144.0)

    made, floors = list[float](), list[float]()
    for _ in range(TURNS + 1):
        floors.append(_ms(bare, 3))
        made.append(_ms(ours, 3))
    return Line("a chart of 12 bars as a PNG, CPU", median(made[1:]), "ms", median(floors[1:]))


# --- spreadsheets, each in a process of its own


def write(path: Path, rows: int, *, bare: bool) -> None:
    if not bare:
        with Sheets(path) as out:
            out.sheet("客户", _HEADINGS)
            for row in customer_rows(rows):
                out.add(row)
        return
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("客户")
    for at, row in enumerate(customer_rows(rows)):
        sheet.write_row(at, 0, row)
    book.close()


def sheets(rows: int) -> list[Line]:
    told: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
    for _ in range(TURNS - 1):
        for how, found in told.items():
            command = [sys.executable, "-m", "benchmarks.rendering", str(rows), "--write", how]
            found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))

    def line(name: str, key: str, unit: str) -> Line:
        ours, bare = (median([one[key] for one in told[how]]) for how in ("ours", "bare"))
        return Line(name, ours, unit, bare)

    return [
        line(f"a spreadsheet of {rows:,} rows, CPU", "cpu_s", "s"),
        line(f"a spreadsheet of {rows:,} rows, memory at most", "mb", "MB"),
    ]


def _written(rows: int, how: str) -> None:
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        began = time.process_time()
        write(Path(folder) / "customers.xlsx", rows, bare=how == "bare")
        cpu = time.process_time() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"cpu_s": cpu, "mb": most}))


async def lines(on: Server, rows: int = ROWS) -> list[Line]:
    routing.load()
    url = await players.company(on, "rendering")
    say("rendering: a screen, a chart, spreadsheets")
    screen, actor = await _card(url)
    made = [screens(screen, actor), charts()]
    return [*made, *await asyncio.to_thread(sheets, rows)]


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.rendering")
    parser.add_argument("rows", type=int, nargs="?", default=ROWS)
    parser.add_argument("--write", choices=("ours", "bare"), help="only write a sheet, and tell what it took")
    given = parser.parse_args()
    if given.write:
        _written(given.rows, given.write)
        return
    with server() as on:
        show(asyncio.run(lines(on, given.rows)))


if __name__ == "__main__":
    main()
