"""A pasted signature, or a shared contact card, taken apart: name, position, phone, mail, and what is left over."""

import re
from dataclasses import dataclass
from typing import Final

from crm_core.contacts.lookup import TITLES
from crm_core.kit.phones import read_phone
from crm_core.kit.words.folding import fold
from crm_core.kit.words.yearly import Yearly, read_yearly

_LONGEST: Final = 2000
_PARTS: Final = re.compile(r"[\n\r\t|｜;；]+|\s{3,}")
_EMAIL: Final = re.compile(r"[^\s@<>,;:：，；|｜]+@[^\s@<>,;:：，；|｜]+\.[A-Za-z]{2,}")
_LABEL: Final = re.compile(
    r"^(?:姓名|联系人|名字|name|职务|职位|岗位|title|position|手机号?|电话|座机|联系电话|tel(?:ephone)?|phone|mobile|mob|cell|m|t|"
    r"邮箱|电子邮箱|电邮|邮件|e-?mail|e)\s*[:：.]\s*",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\+?\(?\d[\d\s()（）\-–.+]{5,}\d(?:\s*(?:转|ext\.?|x)\s*\d{1,6})?", re.IGNORECASE)
_FAX: Final = re.compile(r"^(?:传真|fax|f)\s*[:：.]", re.IGNORECASE)
_COMPANY: Final = re.compile(
    r"公司|集团|工厂|大学|医院|银行|\b(?:ltd|limited|inc|corp|gmbh|llc|co)\b\.?", re.IGNORECASE
)
_PLACE: Final = re.compile(
    r"地址|address|[省市区县路街道号楼栋室]\s*\d|\d+\s*(?:号|楼|室|栋)|https?://|www\.", re.IGNORECASE
)
_POSITION: Final = re.compile(
    r"manager|director|officer|engineer|president|buyer|purchas|sales|head of|chief|assistant|secretary|specialist|"
    r"supervisor|founder|owner|partner|consultant|\b(?:ceo|cto|cfo|coo|vp|gm)\b|专员|工程师|代表|负责人|"
    + "|".join(one for one in TITLES if len(one) > 1),
    re.IGNORECASE,
)
_BIRTHDAY: Final = re.compile(r"^(?:生日|出生日期|出生年月日|birthday|born|bday)\s*[:：]\s*(?P<day>.+)$", re.IGNORECASE)
_MOBILE: Final = re.compile(r"\+861[3-9]\d{9}$")
_CHINESE_NAME: Final = re.compile(r"^([㐀-鿿·]{2,4})\s+(.+)$")
_ENGLISH_NAME: Final = re.compile(r"^([A-Z][\w'.-]+ [A-Z][\w'.-]+)\s+(.+)$")
_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature tells. `note` holds every line that found no place of its own: nothing pasted is lost."""

    name: str
    title: str | None = None
    phone: str | None = None  # E.164
    email: str | None = None
    note: str | None = None
    birthday: Yearly | None = None

    @property
    def called(self) -> str:
        """The name; where none is to be seen, the position or whatever words come first. Empty for no words at all."""
        first = (self.note or "").partition("\n")[0]
        return self.name or self.title or (first if re.search(r"[^\W\d_]", first) else "")


def read_signature(text: str) -> Signature:
    """Take a signature apart; a plain name is one without anything else. The name is empty if there is none."""
    rest: list[str] = []
    phones: list[str] = []
    email: str | None = None
    birthday: Yearly | None = None
    for part in _parts(text):
        if birthday is None and (said := _BIRTHDAY.match(part)) and (birthday := read_yearly(said["day"])):
            continue
        left, mail = _without_mail(part)
        left, numbers = (left, []) if _FAX.match(left) else _without_numbers(left)
        email = email or mail
        phones += numbers
        if left:
            rest.append(left)
    name, title, left = _who(rest)
    phone = next((one for one in phones if _MOBILE.match(one)), phones[0] if phones else None)
    left += [one for one in dict.fromkeys(phones) if one != phone]
    return Signature(name, title, phone, email, "\n".join(left) or None, birthday)


def of_card(name: str, phone: str, vcard: str = "") -> Signature:
    """A contact card as messengers share it; a vCard may know the position, the mail and the company."""
    known = {key.partition(";")[0].rpartition(".")[2].strip().upper(): value for key, _, value in _vcard_lines(vcard)}
    title = known.get("TITLE") or None
    email = known.get("EMAIL") or None
    company = known.get("ORG", "").replace(";", " ").strip() or None
    born = read_yearly(re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", known.get("BDAY", "").partition("T")[0]))
    return Signature(" ".join(name.split()), title, read_phone(phone), email, company, born)


def _vcard_lines(vcard: str) -> list[tuple[str, str, str]]:
    unfolded = re.sub(r"\r?\n[ \t]", "", vcard[:_LONGEST])
    parted = (line.strip().partition(":") for line in unfolded.splitlines())
    return [(key, sign, value.replace("\\,", ",").strip()) for key, sign, value in parted if value.strip()]


def _parts(text: str) -> list[str]:
    return [part.strip(" ,，、") for part in _PARTS.split(text[:_LONGEST]) if part.strip(" ,，、")]


def _without_mail(part: str) -> tuple[str, str | None]:
    found = _EMAIL.search(part)
    if found is None:
        return part, None
    return _bare(part[: found.start()] + " " + part[found.end() :]), found.group()


def _without_numbers(part: str) -> tuple[str, list[str]]:
    numbers: list[str] = []

    def taken(found: re.Match[str]) -> str:
        number = read_phone(found.group())
        if number is None:
            return found.group()
        numbers.append(number)
        return " "

    rest = _NUMBER.sub(taken, part) if not _PLACE.search(fold(part)) else part
    return (_bare(rest), numbers) if numbers else (part, numbers)


def _bare(part: str) -> str:
    """What is left of a part whose matter was taken out: its label and signs go too."""
    part = " ".join(part.split()).strip(" ,，、:：/()（）<>-")
    return "" if _LABEL.fullmatch(f"{part}:") else part


def _who(parts: list[str]) -> tuple[str, str | None, list[str]]:
    """The name, the position, and the parts that are neither."""
    name, title, left = "", None, list[str]()
    for part in parts:
        bare = _LABEL.sub("", part)
        if not name and (split := _split(bare)) is not None:
            name, second = split
            title = title or second
        elif not name and _may_be_name(bare):
            name = bare
        elif title is None and _POSITION.search(bare) and not _COMPANY.search(bare) and len(bare) <= _LONGEST_NAME:
            title = bare
        else:
            left.append(part)
    return name, title, left


def _split(part: str) -> tuple[str, str] | None:
    """王建国 采购经理, John Smith buyer, or John Smith, Purchasing Manager: a name and a position in one part."""
    first, _, second = part.partition(",") if "," in part else part.partition("，")
    found = (first.strip(), second.strip()) if second else None
    if found is None and (chinese := _CHINESE_NAME.match(part)):
        found = chinese[1], chinese[2]
    if found is None and (english := _ENGLISH_NAME.match(part)) and not _POSITION.search(english[1]):
        found = english[1], english[2]
    if found is None or _COMPANY.search(part) or not _may_be_name(found[0]):
        return None
    return found if _POSITION.search(found[1]) and len(found[1]) <= _LONGEST_NAME else None


def _may_be_name(part: str) -> bool:
    if len(part) > _LONGEST_NAME or not re.search(r"[^\W\d_]", part):
        return False
    return not (re.search(r"\d{3}", part) or _COMPANY.search(part) or _PLACE.search(part) or _FAX.match(part)) and not (
        _POSITION.search(part) and len(part) > 3
    )
