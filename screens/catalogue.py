"""One gettext catalogue: msgids are the English texts, `locale/zh/rounds.po` holds the Chinese ones.

The .po file is read as it is when first needed: nothing has to be compiled, and nothing can be stale.
"""

from collections.abc import Callable
from functools import cache
from importlib import resources

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from crm_core.kit.languages import LANGUAGES, Language, language_of
from screens.screen import Msg, Titled, Words


def load(language: Language) -> Catalog:
    """The catalogue as it stands in the file."""
    path = resources.files("screens").joinpath("locale", language, "rounds.po")
    with path.open("rb") as file:
        return read_po(file, locale=language)


@cache
def _texts(language: str) -> dict[str, str]:
    if language != "zh":
        return {}
    return {str(message.id): str(message.string) for message in load("zh") if message.id and message.string}


def gettext(language: str, msgid: str) -> str:
    return _texts(language).get(msgid, msgid)


def in_both(make: Callable[[Language], str]) -> Titled:
    """A text that is put together otherwise in each language."""
    return Titled({language: make(language) for language in LANGUAGES})


def say(words: Words, language: str) -> str:
    """The words in a language. Facts are put in as plain text: escaping is the template's matter."""
    if isinstance(words, str):
        return words
    if isinstance(words, Titled):
        return words.text(language)
    facts = {
        key: say(value, language) if isinstance(value, Msg | Titled) else value for key, value in words.facts.items()
    }
    text = gettext(language, words.id)
    return text % facts if facts else text


__all__ = ["LANGUAGES", "Language", "gettext", "language_of", "load", "say"]
