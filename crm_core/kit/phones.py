"""Telephone numbers: read as people write them, kept as E.164, shown nationally or masked.

Extensions (转803, 分机12, ext 5, a trailing -8012) are dropped: what is kept is what can be dialled and compared.
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from crm_core.kit.words.folding import fold

_LONGEST = 80
_LONGEST_TEXT = 2_000
_LABEL = re.compile(r"^(?:电话|手机|手机号|号码|座机|固话|联系电话|tel|phone|mobile|cell|mob|t|m)?[\s:.]*(?=[+(\d])")
_EXTENSION = re.compile(r"[\s,;]*(?:转|轉|分机|分機|内线|ext\.?|extn\.?|extension|x|#)[\s:.]*\d{1,6}$")
_SHORT_TAIL = re.compile(r"[-\s]+\d{1,5}$")
_BRACKETED_COUNTRY = re.compile(r"^(?:\(\s*(?:\+|00)|00)(\d{1,3})\)?")
_DIALLED = re.compile(r"^\(?\+?[\d\s().\-/·]{5,40}$")


def read_phone(text: str, region: str = "CN") -> str | None:
    """The number in E.164, or None for what is no valid number of `region` (or of its own +country)."""
    if len(text) > _LONGEST:
        return None
    typed = fold(text).strip().rstrip(".;,")
    typed = _LABEL.sub("", typed, count=1)
    typed = _EXTENSION.sub("", typed, count=1)
    for candidate in (typed, _SHORT_TAIL.sub("", typed, count=1)):
        number = _parsed(candidate, region)
        if number is not None:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def find_phone(text: str, region: str = "CN") -> tuple[str, tuple[int, int]] | None:
    """The first valid number in a text, in E.164, and where it stands."""
    found = next(iter(phonenumbers.PhoneNumberMatcher(text[:_LONGEST_TEXT], region)), None)
    if found is None:
        return None
    return phonenumbers.format_number(found.number, PhoneNumberFormat.E164), (found.start, found.end)


def _parsed(typed: str, region: str | None) -> PhoneNumber | None:
    if not _DIALLED.match(typed):
        return None
    typed = _BRACKETED_COUNTRY.sub(r"+\1", typed, count=1)
    try:
        number = phonenumbers.parse(typed, region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def write_phone(e164: str, region: str = "CN") -> str:
    """The number as people of `region` write it: `138 0013 8000`, `0755 8888 1234`, abroad `+852 9123 4567`.

    A text that is no number comes back as it is.
    """
    number = _parsed(e164, None)
    if number is None:
        return e164
    at_home = phonenumbers.region_code_for_number(number) == region
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def mask_phone(e164: str) -> str:
    """The number with its middle hidden, for whoever may know of it but not call: `138****8000`, `0755****1234`.

    The stars are always four, so the length gives nothing away; of a text that is no number only the stars are shown.
    """
    number = _parsed(e164, None)
    if number is None:
        return "****"
    digits = phonenumbers.national_significant_number(number)
    if number.country_code != 86:
        return f"+{number.country_code}****{digits[-4:] if len(digits) >= 8 else digits[-2:]}"
    area = phonenumbers.length_of_geographical_area_code(number)
    head = f"0{digits[:area]}" if area else digits[:3]
    return f"{head}****{digits[-4:]}"


def national_digits(e164: str) -> str:
    """The national digits, trunk zero and country code gone: what a search by the last digits looks at."""
    number = _parsed(e164, None)
    if number is None:
        return "".join(character for character in e164 if character.isascii() and character.isdigit())
    return phonenumbers.national_significant_number(number)
