"""What people might send or type to do harm, where no other test is about it; see docs/security.md."""

import ast
import hmac
import io
import json
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from bot import commands
from bot.files.storage import Directory, digest_of, key_of
from bot.intake.webhook import SECRET_HEADER, Receiver
from bot.pace import Pace
from bot.terminal import printable
from crm_core.attachments.content import Refused, accept
from crm_core.exchange.models import SheetKind
from crm_core.exchange.service import order
from crm_core.inbox.deadletters import DeadLetter
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded
from crm_core.org import queries, service
from crm_core.org.models import Employee, Role
from screens import sheets
from tests.handlers.scene import customer_of, everything, last_card
from tests.handlers.test_org import link_of
from tests.support.chat import TOKEN, House, Person, open_house
from tests.support.sheets import read, xlsx
from tests.support.texts import ROOT
from tests.test_structure import modules

EVIL = "李娜\x1b]0;rounds\x07\x1b[2J\r\n2026-03-11 [info] all is well\u202egpj.exe\u2028"


class TestTerminal:
    def test_what_people_wrote_is_shown_and_does_nothing(self):
        shown = printable(EVIL)
        assert shown.isprintable()
        assert shown.startswith("李娜\\x1b]0;rounds\\x07")
        assert "\\u202egpj.exe" in shown
        assert printable("深圳市华宁电子有限公司\u3000A-1 👍") == "深圳市华宁电子有限公司\u3000A-1 👍"

    @pytest.mark.parametrize("form", ["console", "json"])
    def test_a_log_line_is_one_line_and_paints_nothing(self, form: str):
        program = f"""
import logging, structlog
from bot import logs
logs.configure("info", {form!r})
structlog.get_logger().warning("intake.waiting", why={EVIL!r})
logging.getLogger("library").warning("GET %s", {EVIL!r})
"""
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
        assert len(ran.stderr.splitlines()) == 2
        assert "\x1b" not in ran.stderr
        assert "\u202e" not in ran.stderr
        assert "李娜" not in ran.stderr

    def test_a_dead_letter_is_one_line_and_paints_nothing(
        self, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        letter = DeadLetter("in-7", 1, 2, "message", 5, f"ValueError: {EVIL}", clock.now())
        monkeypatch.setattr(commands, "quiet", lambda: None)
        monkeypatch.setattr(commands, "unit", lambda *_: [letter])
        commands.list_deadletters()
        (line,) = capsys.readouterr().out.splitlines()
        assert line.isprintable()


def workbook(sheet: str, prologue: str = "") -> bytes:
    """A workbook whose only sheet is this XML."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx([["客户名称"], ["甲"]]))) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                body = f'<?xml version="1.0"?>{prologue}{sheet}'.encode()
            new.writestr(name, body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def cells(*texts: str) -> str:
    rows = "".join(
        f'<row r="{at}"><c r="A{at}" t="inlineStr"><is><t>{one}</t></is></c></row>' for at, one in enumerate(texts, 1)
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(12)
)
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"x" * 50_000}">'


class TestSheets:
    """Read in a process of its own, as imports are."""

    def reading(self, tmp_path: Path, content: bytes) -> tuple[dict[str, Any], str, float]:
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(content)
        began = time.monotonic()
        command = [sys.executable, "-m", "crm_core.exchange.unpack", str(source), str(target)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=100)
        told = target.read_text("utf-8") if target.exists() else ""
        return json.loads(ran.stdout), told, time.monotonic() - began

    @pytest.mark.parametrize(
        ("prologue", "said"),
        [
            (LAUGHS + "]>", "&m;"),
            (QUADRATIC + "]>", "&a;" * 5_000),
            ('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;"),
            ('<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1:9/x">]>', "&f;"),
            ('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', "华宁"),
        ],
        ids=["a billion laughs", "quadratic", "a file", "an address", "a foreign DTD"],
    )
    def test_xml_unfolds_nothing_and_fetches_nothing(self, tmp_path: Path, prologue: str, said: str):
        report, told, _ = self.reading(tmp_path, workbook(cells("客户名称", said), prologue))
        assert len(told) < 40_000
        assert "root:" not in told
        assert "refused" in report or report["rows"] <= 2

    def test_parts_with_paths_go_nowhere(self, tmp_path: Path):
        made = io.BytesIO(xlsx([["客户名称"], ["华宁"]]))
        with zipfile.ZipFile(made, "a") as archive:
            for name in ("../../evil.txt", "/tmp/evil-rounds.txt", "C:\\evil.txt", "con", "xl/../../../evil.txt"):
                archive.writestr(name, "x")
        report, _, _ = self.reading(tmp_path, made.getvalue())
        assert report.get("rows") == 2 or "refused" in report
        assert {one.name for one in tmp_path.rglob("*")} == {"source", "target"}
        assert not Path("/tmp/evil-rounds.txt").exists()

    def test_a_part_that_lies_about_its_size(self, tmp_path: Path):
        """The bytes count, not what the directory of the archive says."""
        made = io.BytesIO(xlsx([["客户名称"], ["华宁"]]))
        with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("xl/media/image1.bmp", bytes(60 << 20))
        body = made.getvalue().replace(struct.pack("<I", 60 << 20), struct.pack("<I", 60))
        report, told, _ = self.reading(tmp_path, body)
        assert "refused" in report
        assert told == ""

    @pytest.mark.parametrize(
        "word", ["=cmd|'/C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", '=DDE("a")', "http://evil.example/x"]
    )
    def test_no_word_becomes_a_formula_or_a_link(self, word: str):
        made = sheets.workbook(sheets.sheet_of("客户", [word], [[word]]))
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
            assert "<f>" not in sheet
            assert "hyperlink" not in sheet
            assert not any("externalLink" in name or "_rels/sheet" in name for name in archive.namelist())
        assert [str(cell).strip() for row in read(made) for cell in row] == [word.strip()] * 2


class TestFiles:
    @pytest.mark.parametrize("name", ["合同\u202efdp.exe", "a.pdf\x00.exe", "CON.exe", "..\\..\\run.bat", "x/../y.sh"])
    def test_a_name_does_not_hide_what_runs(self, name: str):
        with pytest.raises(Refused):
            accept("document", name, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def test_a_picture_of_a_terapixel_is_never_unfolded(self):
        """No picture that anybody sends is decoded here: what is in it is the phone's matter."""
        head = struct.pack(">IIBBBBB", 10**6, 10**6, 8, 6, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + bytes(4) + bytes(1 << 20)
        began = time.process_time()
        assert accept("photo", None, bomb) == "image/png"
        assert time.process_time() - began < 1
        readers = {"PIL", "cv2", "imageio", "pyvips", "wand", "skia"}
        assert not {str(path) for path in modules() if readers & set(_imported(path))}

    async def test_nobody_else_on_the_machine_reads_them(self, tmp_path: Path):
        storage = Directory(tmp_path / "files")
        key = key_of(digest_of(b"contract"))
        await storage.put(key, b"contract")
        (kept,) = [one for one in (tmp_path / "files").rglob("*") if one.is_file()]
        assert kept.stat().st_mode & 0o077 == 0


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


CALLS = {
    "bot/client.py",  # the Bot API
    "bot/delivery/transport.py",
    "bot/files/download.py",
    "bot/doctor.py",
    "bot/files/bucket.py",  # the bucket of the settings
}


def test_nothing_that_people_send_is_ever_called_up():
    """Whoever opens connections goes to an address of the settings; links that people type are text."""
    reach_out = {"ClientSession", "urlopen", "open_connection", "create_connection", "S3Store", "HTTPConnection"}
    found = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if path.is_relative_to(ROOT / "bot") or path.is_relative_to(ROOT / "crm_core") or "handlers" in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in reach_out
    }
    assert found <= CALLS, "a new module that calls somebody up: whose address is it?"


OF_A_DATE = ("warnings.py", "like")


def test_patterns_are_made_of_escaped_words_only():
    """`%` and `_` that people type are signs like others, and no template is ever made of what they wrote."""
    patterns = {"icontains", "istartswith", "iendswith", "ilike", "like", "not_like", "not_ilike", "regexp_match"}
    for path in (one for one in modules() if one.is_relative_to(ROOT / "crm_core")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            assert node.func.attr != "from_string", path
            if node.func.attr in patterns and (path.name, node.func.attr) != OF_A_DATE:
                assert any(one.arg == "autoescape" for one in node.keywords), f"{path}:{node.lineno}"


async def test_what_is_typed_to_find_somebody_is_no_pattern(db: Database, clock: FixedClock):
    async with open_house(db, clock) as house:
        admin = await house.hire("蒋涛", Role.ADMIN)
        await house.hire("李娜")
        async with db.unit() as session:
            actor = await queries.actor(session, admin.employee_id)
            assert actor is not None
            for words in ("%", "_", "李%", "' OR 1=1 --", "\\", "李_", "{{7*7}}"):
                assert await queries.people(session, text=words, after=None, limit=9) == [], words


async def _inviting(house: House) -> Person:
    """An admin before whom the link for 李娜 is."""
    admin = await house.hire("蒋涛", Role.ADMIN)
    await house.hire("李娜", joined=False)
    await admin.say("/admin")
    await admin.tap("李娜")
    await admin.tap("邀请链接")
    return admin


async def _tables_with(db: Database, words: str) -> list[str]:
    async with db.engine.connect() as connection:
        tables = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        said = {
            table: (await connection.scalars(text(f'SELECT t::text FROM "{table}" t'))).all() for table in tables.all()
        }
    return sorted(table for table, rows in said.items() if any(words in row for row in rows))


class TestSecrets:
    async def test_the_webhook_s_word_is_compared_in_constant_time(self, monkeypatch: pytest.MonkeyPatch):
        compared: list[tuple[bytes, bytes]] = []

        def noted(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return False

        monkeypatch.setattr(hmac, "compare_digest", noted)

        request = SimpleNamespace(match_info={"bot_id": "4242"}, headers={SECRET_HEADER: "guess"})
        with pytest.raises(Exception, match="Unauthorized"):
            await Receiver(None, [4242], "word", None).receive(request)  # pyright: ignore[reportArgumentType]
        assert compared == [(b"guess", b"word")]

    async def test_no_bot_token_is_in_the_database(self, db: Database, clock: FixedClock):
        async with open_house(db, clock) as house:
            await _inviting(house)
        assert await _tables_with(db, TOKEN.partition(":")[2]) == []

    async def test_no_link_that_opens_something_is_in_the_database_once_it_was_shown(
        self, db: Database, clock: FixedClock
    ):
        async with open_house(db, clock) as house:
            admin = await _inviting(house)
            link = link_of(admin)
            await admin.tap("« 返回")
            assert "不需要" in await admin.say(f"/start {link}")
            await admin.say("/plan")
            await admin.tap("📆 月")
            await admin.tap("日历")
            card = await admin.tap("新地址")
            address = card.partition("/calendar/")[2].partition(".ics")[0]
            await admin.tap("工作")
        assert await _tables_with(db, "蒋涛") != [], "the search finds what is there"
        assert [len(link), len(address)] == [32, 32]
        assert [await _tables_with(db, secret) for secret in (link, address)] == [[], []]

    def test_the_embedded_database_is_for_nobody_else(self, postgres: Embedded):
        def show(name: str) -> str:
            return postgres._run(f"SHOW {name}")

        assert show("listen_addresses") == ""
        home = Path(show("data_directory"))
        assert home.stat().st_mode & 0o077 == 0
        assert Path(show("unix_socket_directories")) == home, "the socket lies where nobody else gets"


class TestStrangers:
    async def test_a_few_answers_and_then_silence_but_a_valid_link_always_opens(self, db: Database, clock: FixedClock):
        async with open_house(db, clock, strangers=Pace(burst=5, per_s=1 / 600)) as house:
            admin = await _inviting(house)
            guest = house.stranger("路人")
            for at in range(3):
                assert "只为公司员工服务" in await guest.say(f"你好{at}")
            for at in range(40):
                await guest.say(f"/start {'x' * 20}{at:012}")
            assert len(guest.answers()) == 5
            await guest.tap_on(last_card(guest), data="customer:1:0")
            assert not guest.answered
            assert "欢迎，李娜" in await guest.say(f"/start {link_of(admin)}")
            assert "我的客户" in await guest.say("/customer"), "and from here on everything is answered"
            other = house.stranger("别人")
            assert "只为公司员工服务" in await other.say("你好"), "others have their own few"


class TestOnTheWay:
    async def test_an_export_that_was_asked_for_on_a_phone_that_is_lost_is_not_sent(
        self, db: Database, clock: FixedClock
    ):
        async with open_house(db, clock) as house:
            admin, rep = await house.hire("蒋涛", Role.ADMIN), await house.hire("李娜")
            await customer_of(rep)
            before = everything(rep)
            async with db.unit() as session:
                mine = await queries.actor(session, rep.employee_id)
                boss = await queries.actor(session, admin.employee_id)
                assert mine is not None
                bot = int(TOKEN.partition(":")[0])
                await order(session, mine, SheetKind.CUSTOMERS, bot, rep.user_id)
                await service.cut_off(session, boss, rep.employee_id)
            await house.exchanged()
            assert everything(rep) == before
            async with db.engine.connect() as connection:
                left = text("SELECT count(*) FROM sheet_order WHERE ended_at IS NULL")
                assert (await connection.execute(left)).scalar_one() == 0

    async def test_an_export_of_who_lost_the_right_is_not_made(self, db: Database, clock: FixedClock):
        async with open_house(db, clock) as house:
            rep = await house.hire("李娜")
            await customer_of(rep)
            before = everything(rep)
            async with db.unit() as session:
                mine = await queries.actor(session, rep.employee_id)
                assert mine is not None
                bot = int(TOKEN.partition(":")[0])
                await order(session, mine, SheetKind.CUSTOMERS, bot, rep.user_id)
                (await session.get_one(Employee, rep.employee_id)).roles = [Role.FINANCE.value]
            await house.exchanged()
            assert everything(rep) == before
