"""Screens that belong to no feature: help, strangers, groups, troubles."""

from collections.abc import Sequence
from typing import Final

from screens.screen import N_, Button, Msg, Place, Row, Screen

MENU: Final = N_("☰ Menu")
Commands = Sequence[tuple[str, Msg]]
"""The commands that somebody's rights allow, by name."""


def ways(commands: Commands) -> tuple[Row, ...]:
    """Where one may begin."""
    log = (Button(N_("📝 Log visit"), "visit.log"),) if logs_visits(commands) else ()
    return (
        (*log, Button(N_("My customers"), "cl")),
        (Button(MENU, "menu"), Button(N_("中文 / English"), "language")),
    )


def logs_visits(commands: Commands) -> bool:
    return any(name == "visit" for name, _ in commands)


def help_screen(commands: Commands, *, unknown: str | None = None, name: str | None = None) -> Screen:
    """What one can do here; after an unknown command it says so first, and greets whom `name` says."""
    shown = {"commands": [one for one, _ in commands], "unknown": unknown, "name": name, "logs": logs_visits(commands)}
    return Screen("system/help.html", shown, ways(commands), Place.NEW)


def stranger_screen() -> Screen:
    """All that somebody without an invite ever sees."""
    return Screen("system/stranger.html", place=Place.NEW)


def group_screen(link: str) -> Screen:
    """Groups get no customer data, only the way to the private chat."""
    return Screen("system/group.html", rows=((Button(N_("Open our private chat"), "", url=link),),), place=Place.NEW)


def patience_screen() -> Screen:
    """To somebody who sends faster than we handle it: nothing is lost."""
    return Screen("system/patience.html", place=Place.NEW)


def notice(words: Msg, rows: tuple[Row, ...] = (), place: Place = Place.NEW) -> Screen:
    """A line of ours."""
    return Screen("system/notice.html", {"words": words}, rows, place)


def trouble_screen(code: str) -> Screen:
    """Something of ours went wrong; the code leads the admin to the log."""
    return Screen("system/trouble.html", {"code": code}, place=Place.NEW)


def newer_screen() -> Screen:
    """Rounds is being replaced by a newer version, and nobody of it was there to do this."""
    return Screen("system/newer.html", place=Place.NEW)


def language_screen(language: str) -> Screen:
    """Which language to speak."""
    rows = ((Button("中文", "language.set", arg="zh"), Button("English", "language.set", arg="en")),)
    return Screen("system/language.html", {"current": language}, rows)
