"""Where the time of a stretch of this process goes: by cProfile, or by looking now and then, which distorts less.

`FILE.pstats` (or any other ending) is cProfile's, for `python -m pstats` and its viewers. `FILE.folded` is the stacks
that were seen each millisecond of our processor's time, a line each, for flame graphs and speedscope.
"""

import cProfile
import pstats
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from greenlet import getcurrent, greenlet

_EVERY_S: Final = 0.001
_SHOWN: Final = 45
_ROOT: Final = str(Path(__file__).parents[1])


class Profile:
    """Collects over several stretches; `save` writes the file and says what took most."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._exact = None if file.suffix == ".folded" else cProfile.Profile()
        self._seen: Counter[tuple[str, ...]] = Counter()

    @contextmanager
    def on(self) -> Iterator[None]:
        if self._exact is not None:
            self._exact.enable()
            try:
                yield
            finally:
                self._exact.disable()
            return
        before = signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def _look(self, _: int, frame: FrameType | None) -> None:
        stack: list[str] = []
        running: greenlet | None = getcurrent()
        while frame is not None:
            stack.append(_name(frame))
            frame = frame.f_back
            while frame is None and running is not None:  # SQLAlchemy's: the stack goes on where it was called
                running = running.parent
                frame = running.gr_frame if running is not None else None
        self._seen[tuple(reversed(stack))] += 1

    def save(self) -> None:
        if self._exact is not None:
            self._exact.dump_stats(self._file)
            told = pstats.Stats(self._exact, stream=sys.stdout)
            told.sort_stats("tottime").print_stats(_SHOWN)
            told.sort_stats("cumtime").print_stats("|".join(("conversations", "crm_core", "screens", "bot/")), _SHOWN)
            return
        lines = (f"{';'.join(stack)} {many}" for stack, many in self._seen.most_common())
        self._file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._show("own time", Counter(stack[-1] for stack in self._seen.elements()))
        self._show("with all below", Counter(one for stack in self._seen.elements() for one in set(stack)))

    def _show(self, what: str, found: Counter[str]) -> None:
        whole = self._seen.total() or 1
        sys.stdout.write(f"\n{what}, of {whole} looks\n")
        for name, many in found.most_common(_SHOWN):
            sys.stdout.write(f"{many / whole:7.1%}  {name}\n")


def _name(frame: FrameType) -> str:
    code = frame.f_code
    where = code.co_filename.removeprefix(_ROOT + "/").rpartition("site-packages/")[2]
    return f"{where}:{code.co_qualname}"
