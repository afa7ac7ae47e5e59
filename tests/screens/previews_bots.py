"""Previews of several bots."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from crm_core.kit.pages import Page
from screens import bots
from screens.screen import Screen
from screens.system import Commands

Writes = Callable[[str], str]
NOON = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
LONG_ID = 987_654_321_012


def previews_of_bots(w: Writes, menu: Commands) -> Iterator[tuple[str, Screen, bool]]:
    """A name, the screen, and whether it shows what somebody wrote."""
    head, shenzhen = _bot("huaning_rounds_bot"), _bot("huaning_shenzhen_bot", people=312)
    shanghai = _bot("huaning_shanghai_bot", refused_at=NOON)
    chengdu = _bot("huaning_chengdu_bot", seen_at=NOON - timedelta(days=2))
    branches = [
        SimpleNamespace(id=LONG_ID + at, name=w(name), username=bot)
        for at, (name, bot) in enumerate(
            (("华宁科技", head.username), ("深圳分公司", shenzhen.username), ("上海分公司", None), ("成都分公司", None))
        )
    ]
    page = Page(branches, more_after=True)
    yield "bots", bots.bots_screen([head, shenzhen, shanghai, chengdu, head], page, NOON), True
    yield "no bots yet", bots.bots_screen([], Page(()), NOON), False
    unit = SimpleNamespace(id=LONG_ID, name=w("深圳分公司"))
    yield "a branch's bot", bots.unit_screen(unit, shenzhen.username, [head, shenzhen, shanghai, chengdu]), True
    yield "a branch without a bot", bots.unit_screen(unit, "", [head, shenzhen]), True
    yield "asked to come over", bots.invited_screen(shenzhen.username), False
    yield "come over", bots.arrived_screen(w("李娜"), head.username, menu), True
    yield "come over from one without a name", bots.arrived_screen(w("李娜"), "", menu), True
    yield "gone over", bots.gone_over_screen(shenzhen.username), False
    yield "gone over to one without a name", bots.gone_over_screen(""), False
    yield "at another bot", bots.elsewhere_screen(head.username), False
    yield "at another one without a name", bots.elsewhere_screen(""), False
    yield "here, once started", bots.elsewhere_screen(head.username, start_here=True), False


def _bot(username: str, **given: object) -> SimpleNamespace:
    well = {"id": 1, "username": username, "people": 48, "seen_at": NOON, "refused_at": None}
    return SimpleNamespace(**{**well, **given})
