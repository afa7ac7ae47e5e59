"""Files are fetched in the background: kept once, tried again, given up with a word to whoever sent them."""

import asyncio
import errno
import hashlib
import os
import sys
from pathlib import Path

import pytest

from bot.files import storage as storage_module
from bot.files.loop import DOUBTS
from bot.files.storage import Directory
from crm_core.attachments.queue import HELD_FOR
from tests.bot.files.conftest import BOT, TOKEN, Bench
from tests.support.desk import png

PHOTO = png(8, 6, (10, 90, 200))
OTHER = png(8, 6, (200, 90, 10))
PDF = b"%PDF-1.7\n" + b"x" * 4000
MB = 1024 * 1024


class TestKeeping:
    async def test_it_is_kept_with_its_hash(self, bench: Bench):
        await bench.attach(bench.sent("photo", PHOTO))
        await bench.run()
        (file,) = await bench.files()
        assert (file.state, file.mime, file.size) == ("stored", "image/png", len(PHOTO))
        assert file.sha256 == hashlib.sha256(PHOTO).hexdigest()
        (path,) = bench.kept()
        assert path.read_bytes() == PHOTO
        assert path == bench.root / file.key
        assert await bench.storage.get(file.key) == PHOTO
        assert await bench.told() == []

    async def test_every_kind_is_fetched(self, bench: Bench):
        opus = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(20)
        film = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2"
        await bench.attach(
            bench.sent("photo", PHOTO),
            bench.sent("voice", opus, mime="audio/ogg"),
            bench.sent("document", PDF, "年框合同 2026.pdf", "application/pdf"),
            bench.sent("video", film, "产线.mp4", "video/mp4"),
            bench.sent("audio", b"ID3\x04" + bytes(99), "会议.mp3", "audio/mpeg"),
        )
        await bench.run()
        assert await bench.states() == ["stored"] * 5
        assert len(bench.kept()) == 5

    async def test_equal_content_is_kept_once(self, bench: Bench):
        await bench.attach(bench.sent("photo", PHOTO), bench.sent("photo", PHOTO), bench.sent("photo", OTHER))
        await bench.run()
        assert await bench.states() == ["stored"] * 3
        assert len(bench.kept()) == 2

    async def test_what_is_kept_is_not_asked_for_again(self, bench: Bench):
        photo = bench.sent("photo", PHOTO)
        await bench.attach(photo)
        await bench.run()
        await bench.attach(photo)
        await bench.run()
        assert bench.calls().count("getFile") == 1

    async def test_two_fetchers_side_by_side_fetch_each_once(self, bench: Bench):
        await bench.attach(*(bench.sent("photo", png(8, 6, (at, 90, 200))) for at in range(12)))
        await asyncio.gather(bench.run(), bench.run())
        assert await bench.states() == ["stored"] * 12
        assert bench.calls().count("getFile") == 12

    async def test_a_new_file_wakes_it(self, bench: Bench):
        stop = asyncio.Event()
        task = asyncio.create_task(bench.fetcher(look_every_s=30).run(stop))
        await asyncio.sleep(0.3)
        await bench.attach(bench.sent("photo", PHOTO))
        async with asyncio.timeout(5):
            while await bench.states() != ["stored"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        stop.set()
        await task


class TestTryingAgain:
    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "status", "method": "getFile", "status": 502},
            {"kind": "disconnect", "method": "getFile"},
            {"kind": "status", "method": "download", "status": 500},
            {"kind": "disconnect", "method": "download", "times": 2},  # aiohttp tries a GET twice by itself
            {"kind": "cut", "method": "download"},
        ],
    )
    async def test_after_trouble_on_the_line(self, bench: Bench, fault: dict):
        bench.sandbox.fault(TOKEN, **fault)
        await bench.attach(bench.sent("document", PDF, "年框合同.pdf", "application/pdf"))
        await bench.run()
        (file,) = await bench.files()
        assert file.state == "pending"
        assert file.error
        assert TOKEN not in file.error
        assert bench.kept() == []
        await bench.run()  # not due yet
        assert await bench.states() == ["pending"]
        bench.wait(3)
        await bench.run()
        assert await bench.states() == ["stored"]
        assert await bench.told() == []

    async def test_each_time_later_than_before(self, bench: Bench):
        await bench.attach(bench.sent("photo", PHOTO))
        bench.sandbox.fault(TOKEN, "status", method="getFile", status=502, times=99)
        for wait_s in (2, 4, 8, 16):
            await bench.run()
            bench.wait(wait_s - 0.1)
            before = bench.calls().count("getFile")
            await bench.run()
            assert bench.calls().count("getFile") == before
            bench.wait(0.2)
        bench.sandbox.clear_faults(TOKEN)
        await bench.run()
        assert await bench.states() == ["stored"]

    async def test_when_told_to_slow_down_nothing_is_asked_for_that_long(self, bench: Bench):
        bench.sandbox.fault(TOKEN, "status", method="getFile", status=429, retry_after=600)
        await bench.attach(bench.sent("photo", PHOTO), bench.sent("photo", OTHER))
        fetcher = bench.fetcher(at_once=1)
        await fetcher._turn()
        await asyncio.gather(*fetcher._hands)
        await fetcher._turn()
        assert not fetcher._hands
        assert bench.calls().count("getFile") == 1
        fetcher._paused_until = 0
        bench.wait(601)
        await fetcher._downloads.close()
        await bench.run()
        assert await bench.states() == ["stored", "stored"]

    async def test_a_slow_line_holds_no_transaction(self, bench: Bench):
        bench.sandbox.fault(TOKEN, "slow", method="download", seconds=0.5)
        await bench.attach(bench.sent("document", PDF, "年框合同.pdf", "application/pdf"))
        stop = asyncio.Event()
        task = asyncio.create_task(bench.fetcher().run(stop))
        idle = 0
        async with asyncio.timeout(10):
            while await bench.states() != ["stored"]:
                idle += bench.firm.db.engine.pool.checkedout() == 0
                await asyncio.sleep(0.01)
        stop.set()
        await task
        assert idle > 10

    async def test_a_token_that_is_refused_loses_nothing(self, bench: Bench):
        bench.sandbox.fault(TOKEN, "status", method="getFile", status=401, description="Unauthorized")
        await bench.attach(bench.sent("photo", PHOTO))
        await bench.run()
        assert await bench.states() == ["pending"]
        bench.wait(61)
        await bench.run()
        assert await bench.states() == ["stored"]


class TestGone:
    async def test_an_expired_file_is_told_once_with_its_record(self, bench: Bench):
        photos = [bench.sent("photo", PHOTO), bench.sent("photo", OTHER)]
        for photo in photos:
            bench.sandbox.expire_file(TOKEN, photo.file_id)
        await bench.attach(*photos, bench.sent("document", PDF, "年框合同.pdf", "application/pdf"))
        for _ in range(DOUBTS):  # it might have been for the moment only
            await bench.run()
            bench.wait(60)
        assert await bench.states() == ["gone", "gone", "stored"]
        (told,) = await bench.told()
        assert "华宁电子" in told
        assert "2026-03-11" in told
        assert "照片 × 2" in told
        assert "已经取不到了" in told
        await bench.run()
        assert len(await bench.told()) == 1

    async def test_not_for_the_moment_is_not_gone(self, bench: Bench):
        words = "Bad Request: wrong file_id or the file is temporarily unavailable"
        bench.sandbox.fault(TOKEN, "status", method="getFile", status=400, description=words)
        await bench.attach(bench.sent("photo", PHOTO))
        await bench.run()
        assert await bench.states() == ["pending"]
        bench.wait(3)
        await bench.run()
        assert await bench.states() == ["stored"]

    @pytest.mark.parametrize("words", ["invalid file_id", "wrong remote file identifier specified"])
    async def test_a_handle_that_is_none_is_gone_at_once(self, bench: Bench, words: str):
        bench.sandbox.fault(TOKEN, "status", method="getFile", status=400, description=f"Bad Request: {words}")
        await bench.attach(bench.sent("photo", PHOTO))
        await bench.run()
        assert await bench.states() == ["gone"]
        assert len(await bench.told()) == 1

    async def test_one_who_has_left_is_told_nothing(self, bench: Bench):
        await bench.attach(bench.sent("photo", PHOTO))
        bench.sandbox.fault(TOKEN, "status", method="getFile", status=400, description="Bad Request: invalid file_id")
        async with bench.firm.db.unit() as session:
            person = await session.get_one(type(bench.firm.people["owner"]), bench.firm.people["owner"].id)
            person.telegram_id, person.left_at = None, bench.firm.clock.now()
        await bench.run()
        assert await bench.states() == ["gone"]
        assert await bench.told() == []


class TestRefused:
    async def test_more_than_twenty_megabytes_are_not_even_asked_for(self, bench: Bench):
        await bench.attach(bench.sent("document", b"%PDF-1.7\n" + bytes(21 * MB), "展厅高清.pdf", "application/pdf"))
        await bench.run()
        (file,) = await bench.files()
        assert (file.state, file.error) == ("refused", "too_large")
        (told,) = await bench.told()
        assert "超过 20 MB" in told
        assert "展厅高清.pdf" in told
        assert bench.kept() == []
        assert bench.calls().count("getFile") <= 1

    async def test_the_limit_is_a_setting(self, bench: Bench):
        await bench.attach(bench.sent("document", PDF, "年框合同.pdf", "application/pdf"))
        await bench.run(most_bytes=1000)
        assert await bench.states() == ["refused"]

    async def test_what_is_not_what_it_says_is_not_kept(self, bench: Bench):
        await bench.attach(
            bench.sent("document", b"MZ\x90\x00" + bytes(400), "报价单.pdf", "application/pdf"),
            bench.sent("document", PHOTO, "合同.pdf", "application/pdf"),
            bench.sent("document", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.svg", "image/svg+xml"),
        )
        await bench.run()
        assert [file.error for file in await bench.files()] == ["not_kept", "not_as_claimed", "not_kept"]
        assert bench.kept() == []
        (told,) = await bench.told()
        assert "文件 × 3" in told
        assert "内容和文件名对不上" in told


class TestDisk:
    async def test_a_full_disk_loses_nothing_and_is_told_to_the_operator_once(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        full = True
        honest = os.fsync

        def fsync(number: int) -> None:
            if full:
                raise OSError(errno.ENOSPC, "No space left on device")
            honest(number)

        monkeypatch.setattr(storage_module.os, "fsync", fsync)
        await bench.attach(bench.sent("photo", PHOTO), bench.sent("photo", OTHER))
        await bench.run()
        files = await bench.files()
        assert [file.state for file in files] == ["pending", "pending"]
        assert all("No space left on device" in file.error for file in files)
        assert bench.kept() == []
        assert capsys.readouterr().out.count("files.not_kept") <= 1
        full = False
        bench.wait(3)
        await bench.run()
        assert await bench.states() == ["stored", "stored"]
        assert await bench.told() == []

    async def test_a_directory_that_is_none_loses_nothing(self, bench: Bench, tmp_path: Path):
        (tmp_path / "file").write_text("x")
        await bench.attach(bench.sent("photo", PHOTO))
        await bench.run(storage=Directory(tmp_path / "file" / "files"))
        assert await bench.states() == ["pending"]
        bench.wait(3)
        await bench.run()
        assert await bench.states() == ["stored"]


class TestStopping:
    async def test_what_is_in_hand_is_given_back(self, bench: Bench):
        bench.sandbox.fault(TOKEN, "timeout", method="download")
        await bench.attach(bench.sent("photo", PHOTO))
        stop = asyncio.Event()
        task = asyncio.create_task(bench.fetcher().run(stop))
        async with asyncio.timeout(5):
            while "getFile" not in bench.calls():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.wait_for(task, 2)
        await bench.run()
        assert await bench.states() == ["stored"]
        assert (await bench.files())[0].error is None

    async def test_cancelled_in_the_middle_nothing_is_broken(self, bench: Bench):
        bench.sandbox.fault(TOKEN, "slow", method="download", seconds=30)
        await bench.attach(bench.sent("document", PDF, "年框合同.pdf", "application/pdf"))
        fetcher = bench.fetcher()
        await fetcher._turn()
        await asyncio.sleep(0.2)
        for task in list(fetcher._hands):
            task.cancel()
        await fetcher._downloads.close()
        assert await bench.states() == ["pending"]
        bench.wait(301)
        await bench.run()
        assert await bench.states() == ["stored"]

    async def test_kill_9_in_the_middle_of_a_download_leaves_nothing_broken(self, bench: Bench):
        bench.sandbox.fault(TOKEN, "slow", method="download", seconds=30)
        await bench.attach(bench.sent("document", PDF, "年框合同.pdf", "application/pdf"))
        program = (
            "import asyncio, pathlib, sys\n"
            "from datetime import datetime\n"
            "from bot.files.loop import Fetcher\n"
            "from bot.files.storage import Directory\n"
            "from crm_core import registry\n"
            "from crm_core.kit.clock import FixedClock\n"
            "from crm_core.kit.db import Database\n"
            "from crm_core.kit.signals import Signals\n"
            "url, bot, token, api, root, at = sys.argv[1:]\n"
            "registry.load()\n"
            "async def main():\n"
            "    db = Database(url, FixedClock(datetime.fromisoformat(at)))\n"
            "    fetcher = Fetcher(db, int(bot), token, api, Signals(url), Directory(pathlib.Path(root)))\n"
            "    await fetcher.run(asyncio.Event())\n"
            "asyncio.run(main())\n"
        )
        at = bench.firm.clock.now().isoformat()
        facts = [bench.firm.db.url, str(BOT), TOKEN, bench.url, str(bench.root), at]
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, *facts)
        async with asyncio.timeout(60):
            while "getFile" not in bench.calls():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        process.kill()
        await process.wait()
        assert await bench.states() == ["pending"]
        assert bench.kept() == []
        bench.wait(HELD_FOR.total_seconds() + 1)
        await bench.run()
        assert await bench.states() == ["stored"]
        (path,) = bench.kept()
        assert path.read_bytes() == PDF
        assert await bench.told() == []
