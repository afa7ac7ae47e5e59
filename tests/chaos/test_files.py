"""The disk for files is full: visits are saved all the same, nobody waits, and the photo is kept when there is room."""

import asyncio
import errno
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.files import storage
from sandbox.files import Upload
from tests.bot.test_chaos import TOKEN, TRADES, said_after
from tests.sandbox.support import picture
from tests.support.crowd import until
from tests.support.endurance import LONG, Scene, made, serving
from tests.support.server import Server

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


class Disk:
    """A small disk that can be filled; where nobody may mount one, a disk that says that it is full."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.mounted = not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", root], check=False
        ).returncode
        self._hog = root / "hog"
        self._patch = patch

    def fill(self) -> None:
        if self.mounted:
            with self._hog.open("wb", buffering=0) as file:
                while _written(file):
                    pass
        else:
            self._patch.setattr(storage.os, "fsync", _no_room)

    def empty(self) -> None:
        if self.mounted:
            self._hog.unlink()
        else:
            self._patch.undo()


def _written(file: object) -> bool:
    try:
        return bool(file.write(bytes(4096)))  # pyright: ignore[reportAttributeAccessIssue]
    except OSError:
        return False


def _no_room(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    root = tmp_path / "files"
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        made = Disk(root, patch)
        try:
            yield made
        finally:
            if made.mounted:
                subprocess.run(["umount", root], check=True)


async def test_disk_full_on_attachments(
    server: Server, crew_at_work: Scene, disk: Disk, tell: Callable[[str], None]
) -> None:
    scene, photo = crew_at_work, picture()
    me = scene.watcher

    async def fill() -> None:
        disk.fill()
        customer = f"{me.brand}{TRADES[0]}"
        mine = me.say(f"/visit {customer}")
        await me.see(lambda one: said_after(one, mine, customer, ":cancel$"), "form")
        scene.sandbox.send(TOKEN, me.user_id, {"photo": [Upload("1.png", "image/png", photo)]})
        summary = f"与{customer}谈了年框，附照片"
        mine = me.say(summary)
        await me.see(lambda one: said_after(one, mine, summary, ":save$"), "card with what was said")
        me.accepted.add(summary)
        await me.press(summary, ":save$", lambda one: one.saved(summary), "✓ saved")
        await until(lambda: _waiting(scene), "the photo waiting", 60)
        await asyncio.sleep(20 if LONG else 1)
        disk.empty()
        await until(lambda: _kept(scene), "the photo kept", 120)

    async with serving(made(server.url(), scene.sandbox.url, files=str(disk.root))):
        await scene.endure(fill, back_s=45)
    assert scene.logged("files.not_kept") == 1
    assert scene.logged("files.kept_again") == 1
    assert not [m for m in me.shown() if "取不到" in m.get("text", "") or "没能" in m.get("text", "")]
    assert [path.read_bytes() for path in disk.root.glob("??/??/*")] == [photo]
    longest = max(player.longest_wait_s for player in scene.players)
    tell(f"nobody waited more than {longest:.1f} s; a real disk: {disk.mounted}")
    assert longest < 30
    assert scene.crashes() == []


async def _waiting(scene: Scene) -> bool:
    return await scene.count("file WHERE state = 'pending' AND error LIKE '%No space left%'") == 1


async def _kept(scene: Scene) -> bool:
    return await scene.count("file WHERE state = 'stored'") == 1
