"""Rounds as it runs, for measuring: python -m benchmarks.house [--role ROLE]… [--features N] [--profile FILE]

The same as `rounds run`, but that Telegram's thirty messages a second are no limit: else nothing above them could be
seen. SIGUSR1 begins and SIGUSR2 ends a stretch of the profile; the file is written at the end.
"""

import argparse
import asyncio
import signal
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from benchmarks import features
from benchmarks.profiled import Profile
from bot import app, logs, settings
from bot.delivery import loop as delivery
from bot.delivery.limits import UNLIMITED
from bot.roles import Role


async def run(given: argparse.Namespace) -> None:
    profile = Profile(given.profile) if given.profile else None
    if profile is not None:
        stretches: list[AbstractContextManager[None]] = []
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, lambda: _begin(profile, stretches))
        loop.add_signal_handler(signal.SIGUSR2, lambda: stretches.pop().__exit__(None, None, None))
    chosen = settings.load(with_bots=True)
    logs.configure(chosen.log_level, chosen.log_format)
    await app.run(chosen, given.role or list(Role))
    if profile is not None:
        profile.save()


def _begin(profile: Profile, stretches: list[AbstractContextManager[None]]) -> None:
    stretch = profile.on()
    stretch.__enter__()
    stretches.append(stretch)


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.house")
    parser.add_argument("--role", action="append", type=Role)
    parser.add_argument("--features", type=int, default=0)
    parser.add_argument("--profile", type=Path)
    given = parser.parse_args()
    delivery.Delivery = partial(delivery.Delivery, rates=UNLIMITED)
    features.declare(given.features)
    asyncio.run(run(given))


if __name__ == "__main__":
    main()
