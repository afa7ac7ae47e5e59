"""Whom somebody means: 王总, 李经理, 老张, Mr Wang, a name, pinyin, the end of a number."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from crm_core.kit import textkeys
from crm_core.kit.phones import write_phone
from crm_core.kit.words.folding import fold

_TWO_CHARACTERS = (
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 公孙 公孫 慕容 长孙 長孫 司徒 令狐 夏侯 "
    "端木 独孤 南宫 申屠 宇文"
)
_DOUBLE_SURNAMES: Final = frozenset(_TWO_CHARACTERS.split())
_SPOKEN = (
    "董事长 总经理 副总经理 执行董事 总监 总裁 总工 副总 总 董 采购经理 经理 主管 主任 部长 处长 科长 局长 厅长 院长 "
    "校长 行长 店长 厂长 所长 站长 队长 组长 会长 秘书长 秘书 助理 会计 出纳 采购 工程师 工 老板 老师 教授 博士 医生 "
    "大夫 律师 师傅 先生 女士 小姐 太太 哥 姐 姨 叔"
)
TITLES: Final = tuple(_SPOKEN.split())
"""What follows a surname when one speaks of somebody."""
_ANY_TITLE: Final = "|".join(sorted(TITLES, key=len, reverse=True))
_CHINESE: Final = re.compile(rf"(?P<family>[㐀-鿿]{{1,2}}?)(?P<title>{_ANY_TITLE})")
_FAMILIAR: Final = re.compile(r"[老小阿](?P<family>[㐀-鿿])")
_ENGLISH: Final = re.compile(r"(?:mr|mrs|ms|miss|mx|dr|prof|sir|madam)\b\.?\s*(?P<family>[^\W\d_][\w'’-]*)")


@dataclass(frozen=True, slots=True)
class Called:
    """A person as one speaks of them: the family name, lower case, and what they are, if that was said."""

    family: str
    title: str | None = None


def called(text: str) -> Called | None:
    """王总 → 王 and 总; Mr Wang → wang. None for what is no surname with a title."""
    plain = fold(text).strip().casefold()
    if found := _CHINESE.fullmatch(plain):
        return Called(found["family"], found["title"])
    if found := _FAMILIAR.fullmatch(plain) or _ENGLISH.fullmatch(plain):
        return Called(found["family"])
    return None


def families(name: str) -> frozenset[str]:
    """What may be the family name, as written and in pinyin: 王建国 → 王, wang; Maria Lopez → maria, lopez."""
    plain = fold(name).strip().casefold()
    if re.match(r"[㐀-鿿]", plain):
        family = plain[:2] if plain[:2] in _DOUBLE_SURNAMES else plain[:1]
        return frozenset({family, textkeys.sort_key(family)})
    words = re.findall(r"[^\W\d_][\w'’-]*", plain)
    return frozenset({words[0], words[-1]}) if words else frozenset()


def meant(text: str, people: Iterable[Any]) -> list[Any]:
    """Those of `people` (rows with name, title, phone) whom the words may mean.

    The very name goes before surname and title, and that before a part of a name, pinyin, or the end of a number. Of
    several of one surname the title chooses, if it is known of any.
    """
    people = list(people)
    wanted = _plain(text)
    if exact := [one for one in people if one.name and _plain(one.name) == wanted]:
        return exact
    spoken = called(text)
    if spoken is not None:
        kin = [one for one in people if one.name and spoken.family in families(one.name)]
        by_title = [one for one in kin if spoken.title and spoken.title in (one.title or one.name)]
        if kin:
            return by_title or kin
    query = textkeys.query(text)
    return [one for one in people if query.matches(*_names(one), phones=_phones(one))] if query else []


def _plain(text: str) -> str:
    return "".join(fold(text).split()).casefold()


def _names(one: Any) -> list[str]:
    return [text for text in (one.name, one.title) if text]


def _phones(one: Any) -> list[str]:
    return [one.phone, write_phone(one.phone)] if one.phone else []
