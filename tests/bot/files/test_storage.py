"""Both storages keep the same promises: whole or not at all, once, by no key but ours; a bucket by a signed request."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.files import bucket as bucket_module
from bot.files.bucket import Bucket
from bot.files.opened import storage_of
from bot.files.storage import Directory, MissingError, Storage, StorageError, digest_of, key_of
from bot.settings import Settings
from tests.bot.files.conftest import Bench
from tests.bot.files.s3 import BUCKET, KEY_ID, SECRET, FakeS3, fake_s3
from tests.support.desk import png

CONTENT = "华宁电子 年框合同".encode() * 100
KEY = key_of(digest_of(CONTENT))
MB = 1024 * 1024


@pytest.fixture
async def s3() -> AsyncIterator[FakeS3]:
    async with fake_s3() as running:
        yield running


def bucket_at(s3: FakeS3, **options: str) -> Bucket:
    named = {"bucket": BUCKET, "endpoint": s3.url, "key_id": KEY_ID, "secret": SECRET, **options}
    return Bucket(named.pop("bucket"), **named)


@pytest.fixture(params=["directory", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, s3: FakeS3) -> Storage:
    return Directory(tmp_path / "files") if request.param == "directory" else bucket_at(s3, prefix="shenzhen")


def kept_in(folder: Path, besides: str = "nothing") -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(besides)]


class TestPromises:
    async def test_what_is_put_is_got(self, storage: Storage):
        await storage.put(KEY, CONTENT)
        await storage.put(KEY, CONTENT)
        assert await storage.get(KEY) == CONTENT

    async def test_twenty_megabytes_too(self, storage: Storage):
        content = os.urandom(20 * MB)
        await storage.put(key_of(digest_of(content)), content)
        assert digest_of(await storage.get(key_of(digest_of(content)))) == digest_of(content)

    async def test_what_is_not_there_is_missing(self, storage: Storage):
        with pytest.raises(MissingError):
            await storage.get(KEY)

    @pytest.mark.parametrize(
        "key",
        ["../../etc/passwd", "/etc/passwd", "ab/cd/../../../x", "", "ab/cd/short", KEY.upper(), KEY + "\n", "ab\0"],
    )
    async def test_no_key_but_ours_leads_anywhere(self, storage: Storage, key: str):
        with pytest.raises(MissingError):
            await storage.get(key)
        with pytest.raises(MissingError):
            await storage.put(key, CONTENT)

    async def test_a_check_leaves_nothing_behind(self, storage: Storage, tmp_path: Path, s3: FakeS3):
        await storage.check()
        assert s3.objects == {}
        assert kept_in(tmp_path) == []


class TestDirectory:
    async def test_it_is_there_whole_or_not_at_all(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        def cut_off(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", cut_off)
        with pytest.raises(StorageError, match="No space left"):
            await Directory(tmp_path).put(KEY, CONTENT)
        assert kept_in(tmp_path) == []

    async def test_a_broken_copy_is_mended(self, tmp_path: Path):
        (tmp_path / KEY).parent.mkdir(parents=True)
        (tmp_path / KEY).write_bytes(CONTENT[:10])
        await Directory(tmp_path).put(KEY, CONTENT)
        assert await Directory(tmp_path).get(KEY) == CONTENT

    async def test_what_a_killed_process_left_is_swept_later(self, tmp_path: Path):
        storage = Directory(tmp_path)
        await storage.put(KEY, CONTENT)
        left = (tmp_path / KEY).parent / ".part-x"
        left.write_bytes(b"half")
        assert storage.sweep() == 0  # somebody may be writing it
        os.utime(left, (time.time() - 7200,) * 2)
        assert storage.sweep() == 1
        assert await storage.get(KEY) == CONTENT

    async def test_kill_9_while_writing_breaks_nothing(self, tmp_path: Path):
        """Whatever stands under a key after a kill is whole."""
        program = (
            "import asyncio, os, sys, pathlib\n"
            "from bot.files.storage import Directory, digest_of, key_of\n"
            "async def main():\n"
            "    storage = Directory(pathlib.Path(sys.argv[1]))\n"
            "    print('ready', flush=True)\n"
            "    while True:\n"
            "        content = os.urandom(3_000_000)\n"
            "        await storage.put(key_of(digest_of(content)), content)\n"
            "asyncio.run(main())\n"
        )
        for pause_s in (0.05, 0.11, 0.23):
            command = [sys.executable, "-c", program, str(tmp_path)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: ASYNC220
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == b"ready\n"
            await asyncio.sleep(pause_s)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        for path in kept_in(tmp_path, besides=".part-"):
            assert digest_of(path.read_bytes()) == path.name


class TestBucket:
    async def test_the_folder_in_the_bucket_is_kept_to(self, s3: FakeS3):
        await bucket_at(s3, prefix="shenzhen").put(KEY, CONTENT)
        assert s3.objects == {f"shenzhen/{KEY}": CONTENT}

    @pytest.mark.parametrize(
        ("wrong", "why"),
        [({"secret": "another"}, "may not"), ({"key_id": "nobody"}, "may not"), ({"bucket": "not-there"}, "bucket")],
    )
    async def test_what_is_wrong_is_said_without_a_secret(self, s3: FakeS3, wrong: dict, why: str):
        with pytest.raises(StorageError) as failed:
            await bucket_at(s3, **wrong).check()
        assert SECRET not in str(failed.value)
        assert why in str(failed.value)

    async def test_one_that_is_away_is_tried_again_later(self, unused_tcp_port: int):
        away = Bucket(BUCKET, endpoint=f"http://127.0.0.1:{unused_tcp_port}", key_id=KEY_ID, secret=SECRET)
        with pytest.raises(StorageError):
            await away.put(KEY, CONTENT)

    async def test_a_fetcher_keeps_its_files_there(self, s3: FakeS3, bench: Bench):
        photo = png(8, 6, (10, 90, 200))
        await bench.attach(bench.sent("photo", photo))
        s3.fail_with = 403
        await bench.run(storage=bucket_at(s3))
        assert await bench.states() == ["pending"]
        s3.fail_with = None
        bench.wait(3)
        await bench.run(storage=bucket_at(s3))
        assert await bench.states() == ["stored"]
        assert list(s3.objects.values()) == [photo]

    def test_without_its_library_one_line_says_so(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, "obstore", None)
        monkeypatch.setitem(sys.modules, "obstore.store", None)
        with pytest.raises(OperatorError, match=r"rounds-crm\[s3\]"):
            bucket_module.Bucket(BUCKET, key_id=KEY_ID, secret=SECRET)

    def test_nobody_else_loads_it(self):
        program = "import sys, bot.app, bot.files.loop, bot.files.opened; sys.exit('obstore' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def made(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # pyright: ignore[reportCallIssue]


class TestSettings:
    def test_by_default_files_are_with_the_data(self, tmp_path: Path):
        assert storage_of(made(data_dir=tmp_path)).where == str(tmp_path / "files")

    def test_a_folder_of_one_s_own(self, tmp_path: Path):
        assert storage_of(made(files=str(tmp_path / "附件"))).where == str(tmp_path / "附件")

    def test_a_bucket(self):
        found = storage_of(made(files="s3://rounds-files/shenzhen/", s3_key="k", s3_secret="s"))
        assert found.where == "s3://rounds-files/shenzhen"

    @pytest.mark.parametrize(
        "given",
        [
            {"files": "s3://"},
            {"files": "s3://Rounds Files"},
            {"files": "s3://rounds-files/../other", "s3_key": "k", "s3_secret": "s"},
            {"files": "ftp://files"},
            {"files": "s3://rounds-files"},
            {"files": "s3://rounds-files", "s3_key": "k"},
            {"files_most_mb": 51},
            {"files_most_mb": 0},
        ],
    )
    def test_nonsense_is_refused(self, given: dict):
        with pytest.raises(ValueError):
            made(**given)
