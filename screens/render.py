"""From a Screen to what the messenger takes: text in HTML, escaped, within its limits, and a keyboard."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from crm_core.kit.names import without_form
from crm_core.kit.words.amounts import short_amount, write_amount
from crm_core.kit.words.dates import write_day, write_moment
from crm_core.outbox.models import FORGET
from screens.catalogue import gettext, say
from screens.screen import Msg, Screen, Words, fit

MOST_TEXT: Final = 4096
MOST_CAPTION: Final = 1024
_LONG_FACT: Final = 300
_SIGNS: Final = {
    "zh": {"colon": "：", "comma": "，", "between": "、", "stop": "；"},
    "en": {"colon": ": ", "comma": ", ", "between": ", ", "stop": "; "},
}


def _clip(value: Any) -> Any:
    """No single fact may flood a card; a template says `|long` where a text is its matter."""
    if isinstance(value, str) and not isinstance(value, Markup) and len(value) > _LONG_FACT:
        return value[: _LONG_FACT - 1].rstrip() + "…"
    return value


def _cut(value: str, most: int) -> str:
    """The first `most` characters on one line."""
    value = " ".join(value.split())
    return value if len(value) <= most else value[: most - 1].rstrip() + "…"


def _long(value: str, most: int = 1500) -> Markup:
    return escape(value if len(value) <= most else value[: most - 1].rstrip() + "…")


@pass_context
def _say(context: Context, words: Words) -> str:
    return say(words, context["language"])


@pass_context
def _day(context: Context, value: date | datetime) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(context["zone"]).date()
    return write_day(value, context["language"])


@pass_context
def _iso(context: Context, value: datetime) -> str:
    """The day alone, for lists: 2026-03-11."""
    return value.astimezone(context["zone"]).date().isoformat()


@pass_context
def _moment(context: Context, value: datetime) -> str:
    return write_moment(value.astimezone(context["zone"]), context["language"])


@pass_context
def _clock(context: Context, value: datetime) -> str:
    return f"{value.astimezone(context['zone']):%H:%M}"


@pass_context
def _money(context: Context, value: Decimal) -> str:
    return write_amount(value, context["language"])


@pass_context
def _short_money(context: Context, value: Decimal) -> str:
    return short_amount(value, context["language"])


_FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "say": _say,
    "day": _day,
    "iso": _iso,
    "moment": _moment,
    "clock": _clock,
    "money": _money,
    "short_money": _short_money,
    "long": _long,
    "fit": fit,
    "clip": _cut,
    "called": without_form,
}


@cache
def environment(language: str) -> Environment:
    """The templates, speaking one language. Everything people wrote is escaped unless a template says otherwise."""
    made = Environment(
        loader=PackageLoader("screens", "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        auto_reload=False,  # it would look at the file's time for each screen
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_clip,
    )

    def one(msgid: str) -> str:
        return gettext(language, msgid)

    def counted(singular: str, plural: str, n: int) -> str:
        return gettext(language, singular if n == 1 or language == "zh" else plural)

    extended: Any = made  # the i18n extension adds the method
    extended.install_gettext_callables(one, counted, newstyle=True)
    made.filters.update(_FILTERS)
    return made


def render_text(screen: Screen, language: str, zone: ZoneInfo) -> str:
    """The screen's text as HTML, never longer than the messenger takes.

    Templates close every tag on the line that opens it (a test holds them to it), so whole lines can be left out.
    """
    template = environment(language).get_template(screen.template)
    signs = _SIGNS["zh" if language == "zh" else "en"]
    text = template.render({**screen.facts, **signs, "language": language, "zone": zone}).strip()
    lines = [line.rstrip() for line in text.splitlines()]
    most = MOST_CAPTION if screen.photo else MOST_TEXT
    while len("\n".join(lines)) > most:
        lines = [*lines[:-2], "…"]
    return "\n".join(lines)


def keyboard(screen: Screen, language: str) -> dict[str, Any] | None:
    """The inline keyboard; labels in the language, data checked."""
    if not screen.rows:
        return None
    rows = [
        [
            {"text": fit(say(button.label, language), 60)}
            | ({"url": button.url} if button.url else {"callback_data": button.data})
            for button in row
        ]
        for row in screen.rows
        if row
    ]
    return {"inline_keyboard": rows}


def payload(screen: Screen, language: str, zone: ZoneInfo) -> dict[str, Any]:
    """The arguments of a send_message or edit_message_text (send_photo with a picture)."""
    made: dict[str, Any] = {"parse_mode": "HTML"}
    text = render_text(screen, language, zone)
    if screen.photo:
        made |= {"photo": screen.photo, "caption": text}
    else:
        made |= {"text": text, "link_preview_options": {"is_disabled": True}}
    if screen.secret:
        made[FORGET] = True
    markup = keyboard(screen, language)
    return made | ({"reply_markup": markup} if markup else {})


__all__ = ["Msg", "environment", "keyboard", "payload", "render_text"]
