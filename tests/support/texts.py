"""Finds every text of ours: for the test that the catalogue is complete, and for `make texts`, which adds new ones."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "handlers", "conversations", "reminders", "screens", "crm_core")
CATALOGUE = ROOT / "screens" / "locale" / "zh" / "rounds.po"


def msgids() -> dict[str, list[tuple[str, int]]]:
    """Each text with the places it stands at."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path, line, msgid in _all():
        found.setdefault(msgid, []).append((path, line))
    return found


def _all() -> Iterator[tuple[str, int, str]]:
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    options = {"**.html": {"trimmed": "false", "newstyle_gettext": "true"}}
    for floor in FLOORS:
        found = extract_from_dir(
            ROOT / floor, methods, options, keywords={"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
        )
        for name, line, msgid, _, _ in found:
            yield f"{floor}/{name}", line, msgid if isinstance(msgid, str) else msgid[0]


def main() -> None:
    """Add new texts to the catalogue (to be translated), take away those that are gone."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    known = msgids()
    for message in [one for one in catalogue if one.id and one.id not in known]:
        catalogue.delete(message.id)
    for msgid in known:
        if msgid not in catalogue:
            catalogue.add(msgid, "")
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, omit_header=False)
    print(sum(not one.string for one in catalogue if one.id), "texts wait for their Chinese")  # noqa: T201


if __name__ == "__main__":
    main()
