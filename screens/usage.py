"""The screen of what a company uses by the month."""

from datetime import date, timedelta

from crm_core.kit.languages import Language
from crm_core.kit.words.dates import month_name, write_month
from crm_core.usage.service import Usage, month_after
from screens.screen import N_, Button, Place, Row, Screen

_STEP = 1000


def usage_screen(used: Usage, language: Language, place: Place = Place.EDIT) -> Screen:
    """A month's seats, and what is stored now."""
    turns: list[Button] = []
    if used.month > used.since:
        turns.append(_turn("‹ %s", used.month - timedelta(days=1), language))
    if used.month < used.until:
        turns.append(_turn("%s ›", month_after(used.month), language))
    sizes = {"database": size(used.database), "files": size(used.file_bytes), "stored": size(used.stored)}
    facts = {"month": write_month(used.month, language), "used": used, "sizes": sizes}
    rows: tuple[Row, ...] = (tuple(turns),) if turns else ()
    return Screen("usage/usage.html", facts, (*rows, (Button(N_("« People"), "pl"),)), place)


def _turn(label: str, month: date, language: Language) -> Button:
    return Button(label % month_name(month.month, language), "usage", month.year * 100 + month.month)


def size(count: int) -> str:
    """Bytes as people read them: `15 MB`, `3.8 GB`; the units are powers of a thousand, as disks are sold."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < _STEP:
            break
        value, unit = value / _STEP, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
