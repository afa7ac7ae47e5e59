"""How long 100,000 rows take to come in, and how much memory: python -m benchmarks.imports [ROWS]

The whole way: a workbook unpacked in a process of its own, put down, looked through, written with contacts and audit,
into a database of its own. Wall seconds, processor seconds of us and of PostgreSQL, and the largest memory of each.
"""

import asyncio
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.names import FAMILY, HAN
from benchmarks.rig import server
from bot.exchange import work
from crm_core import registry
from crm_core.audit.service import act_as
from crm_core.exchange import service
from crm_core.exchange.models import ImportBatch, State
from crm_core.exchange.steps import Claim
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Company, Role, UnitKind
from screens.sheets import Sheets

_CITIES = ("深圳", "上海", "苏州", "广州", "成都", "武汉", "杭州", "青岛")
_TRADE = ("电子", "科技", "机械", "贸易", "食品", "医疗器械", "建材", "物流", "化工", "软件")
_HEADINGS = (
    "客户名称",
    "客户类型",
    "行业",
    "城市",
    "地址",
    "联系人",
    "职务",
    "电话",
    "年采购额",
    "下次跟进",
    "备注",
    "来源",
)


def customer_rows(rows: int) -> Iterator[tuple[str | int, ...]]:
    """Believable customers, as `_HEADINGS`."""
    dice = random.Random(7)
    for at in range(rows):
        city = dice.choice(_CITIES)
        brand = "".join(dice.sample(HAN, 3))
        yield (
            f"{city}{brand}{dice.choice(_TRADE)}有限公司",
            dice.choice(("A类·战略", "B类·成长", "C类·常规")),
            dice.choice(("电子制造", "机械设备", "食品饮料", "医疗健康")),
            city,
            f"{city}市高新区科技路{at % 900 + 1}号",
            dice.choice(FAMILY) + "".join(dice.sample(HAN, 2)),
            "采购经理",
            f"138{at:08d}",
            dice.randrange(10, 900) * 1000,
            "2027-03-18",
            "展会认识，已寄样品",
            "展会活动",
        )


def sheet(path: Path, rows: int) -> None:
    with Sheets(path) as out:
        out.sheet("客户", _HEADINGS)
        for row in customer_rows(rows):
            out.add(row)


async def _quiet(_: ImportBatch) -> None:
    pass


def _server_cpu(root: psutil.Process) -> float:
    total = 0.0
    for one in (root, *root.children(recursive=True)):
        try:
            total += sum(one.cpu_times()[:4])
        except psutil.Error:
            continue
    return total


async def measure(url: str, content: bytes, postgres: psutil.Process | None = None) -> dict[str, float]:
    """Seconds of each step, wall and our processor's."""
    database = Database(url, SystemClock())
    async with database.unit() as session:
        session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
        head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
        chief = await org.add_employee(session, name="孙雪", unit=head, roles=(Role.OPERATIONS,))
    async with database.unit() as session:
        actor = await queries.actor(session, chief.id)
        assert actor is not None
        act_as(session, actor.id)
        batch = await service.bring(session, actor, "客户.xlsx")
    told: dict[str, float] = {}
    began, theirs = time.perf_counter(), _server_cpu(postgres) if postgres else 0.0
    steps = (
        ("read", State.READING, lambda claimed: work.read_in(database, claimed, content, _quiet)),
        ("look", State.CHECKING, lambda claimed: work.look_through(database, claimed, _quiet)),
        ("write", State.WRITING, lambda claimed: work.write_out(database, claimed, _quiet)),
    )
    for name, state, step in steps:
        if state is State.WRITING:
            async with database.unit() as session:
                act_as(session, actor.id)
                await service.let_in(session, actor, batch.id)
        wall, ours = time.perf_counter(), time.process_time()
        await step(Claim(batch.id, state, 0))
        told[f"{name} s"], told[f"{name} cpu s"] = time.perf_counter() - wall, time.process_time() - ours
    told["all s"] = time.perf_counter() - began
    if postgres is not None:
        told["postgres cpu s"] = _server_cpu(postgres) - theirs
    told["reader cpu s"] = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    told["our MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told["reader MB"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    async with database.unit() as session:
        told["customers"] = (await session.get_one(ImportBatch, batch.id)).result.get("made", 0)
    await database.dispose()
    return told


def main(rows: int = 100_000) -> None:
    registry.load()
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        path = Path(folder) / "customers.xlsx"
        made = os.fork() if hasattr(os, "fork") else 0  # the writing of it is none of the memory that is measured
        if made == 0:
            sheet(path, rows)
            os._exit(0)
        os.waitpid(made, 0)
        with server(lax=True) as on:
            told = asyncio.run(measure(on.fresh("bench"), path.read_bytes(), psutil.Process(on.pid)))
    for name, value in told.items():
        print(f"{name:>16} {value:10.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
