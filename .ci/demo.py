"""Smoke of `make demo`: it comes up, the page and the bot answer, and one Ctrl-C ends all of it."""

# ruff: noqa: S310, S603, S607, T201

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

UP_WITHIN_S = 180  # on a cold machine
ANSWERS_WITHIN_S = 30
ENDS_WITHIN_S = 15

T = TypeVar("T")


def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job inherits that it is ignored
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="rounds-") as data, tempfile.TemporaryFile("w+") as said:
        began = time.monotonic()
        # A session of its own, so that nothing but our signal reaches it.
        make = subprocess.Popen(
            ["make", "--no-print-directory", "demo", f"ARGS=--port {port} --data {data} --fresh"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _try_out(f"http://127.0.0.1:{port}", make)
            print(f"the page and the bot answer after {time.monotonic() - began:.1f} s")
            _end(make, data)
        except BaseException:
            said.seek(0)
            print(said.read(), file=sys.stderr)
            raise
        finally:
            if make.poll() is None:
                os.killpg(make.pid, signal.SIGKILL)


def _try_out(url: str, make: "subprocess.Popen[bytes]") -> None:
    page = _until("the page", UP_WITHIN_S, lambda: _get(f"{url}/"), make)
    assert b"<html" in page.lower(), "that is no page"
    bots = _until("the bot", UP_WITHIN_S, lambda: json.loads(_get(f"{url}/sim/bots") or b"[]"), make)
    chat = f"{url}/sim/{bots[0]['token']}"
    person = json.loads(_get(f"{url}/sim/users", {"first_name": "路人"}) or b"")["id"]
    _get(f"{chat}/messages", {"user_id": person, "text": "/start"})

    def answer() -> Any:
        seen = json.loads(_get(f"{chat}/chats/{person}/messages") or b"{}")
        return next((one["text"] for one in seen["messages"] if one["from"]["is_bot"]), None)

    print("a stranger is told:", _until("an answer", ANSWERS_WITHIN_S, answer, make))


def _end(make: "subprocess.Popen[bytes]", data: str) -> None:
    """SIGINT to the demo itself: make then says whether it ended well."""
    (demo,) = [pid for pid, parent in _parents().items() if parent == make.pid]
    began = time.monotonic()
    os.kill(demo, signal.SIGINT)
    code = make.wait(ENDS_WITHIN_S)
    print(f"it ended with {code} after {time.monotonic() - began:.1f} s")
    assert code == 0, "the demo did not end cleanly"
    left = [pid for pid in _parents() if data in _command(pid)]
    assert not left, f"still running: {[_command(pid) for pid in left]}"


def _until(what: str, within_s: float, look: Callable[[], T | None], make: "subprocess.Popen[bytes]") -> T:
    give_up_at = time.monotonic() + within_s
    while time.monotonic() < give_up_at:
        assert make.poll() is None, f"make demo ended by itself with {make.returncode}"
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come within {within_s} s")


def _get(url: str, body: dict[str, Any] | None = None) -> bytes | None:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()
    except (urllib.error.URLError, OSError):
        return None


def _parents() -> dict[int, int]:
    """The parent of each process of this machine."""
    found: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    main()
