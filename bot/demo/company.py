"""The demo's company 衡讯科技: it sells bar-code terminals, label printers and RFID, from Shenzhen, Shanghai, Chengdu.

Everybody here is invented. Two levels of managers stand between the reps and the general manager.
"""

from dataclasses import dataclass
from typing import Final

from crm_core.org.models import Role

NAME: Final = "衡讯科技"
ZONE: Final = "Asia/Shanghai"
LANGUAGE: Final = "zh"

HEAD, SHANGHAI, CHENGDU = "深圳总部", "上海分公司", "成都分公司"

BRANCHES: Final = (HEAD, SHANGHAI, CHENGDU)
"""The first is the root; the others hang below it."""

DEPARTMENTS: Final = {
    "销售一部": HEAD,
    "销售二部": HEAD,
    "财务部": HEAD,
    "运营部": HEAD,
    "上海销售部": SHANGHAI,
    "上海客户服务部": SHANGHAI,
    "成都销售部": CHENGDU,
}
"""Each department with its branch."""


@dataclass(frozen=True, slots=True)
class Person:
    """An employee with a phone. `key` is the Telegram name; `family` and `given` are what the phone shows."""

    key: str
    telegram_id: int
    family: str
    given: str
    title: str
    unit: str
    roles: tuple[Role, ...]
    manager: str | None
    language: str = "zh"

    @property
    def name(self) -> str:
        return f"{self.family}{self.given}" if self.language == "zh" else f"{self.given} {self.family}"

    @property
    def is_rep(self) -> bool:
        return Role.REP in self.roles


def _rep(key: str, telegram_id: int, family: str, given: str, unit: str, manager: str, language: str = "zh") -> Person:
    title = "销售代表" if language == "zh" else "Sales rep"
    return Person(key, telegram_id, family, given, title, unit, (Role.REP,), manager, language)


_MANAGER, _EXECUTIVE = (Role.MANAGER,), (Role.EXECUTIVE,)

PEOPLE: Final = (
    Person("zhou_qiming", 1001, "周", "启明", "总经理", HEAD, _EXECUTIVE, None),
    Person("chen_guodong", 1002, "陈", "国栋", "销售总监", HEAD, _MANAGER, "zhou_qiming"),
    Person("wang_haiyan", 1003, "王", "海燕", "销售一部经理", "销售一部", _MANAGER, "chen_guodong"),
    _rep("li_wenbo", 1004, "李", "文博", "销售一部", "wang_haiyan"),
    _rep("huang_xiaomin", 1005, "黄", "晓敏", "销售一部", "wang_haiyan"),
    _rep("he_junjie", 1006, "何", "俊杰", "销售一部", "wang_haiyan"),
    Person("liu_deming", 1007, "刘", "德明", "销售二部经理", "销售二部", _MANAGER, "chen_guodong"),
    _rep("wu_ting", 1008, "吴", "婷", "销售二部", "liu_deming"),
    _rep("zheng_kai", 1009, "郑", "凯", "销售二部", "liu_deming"),
    Person("daniel_reed", 1010, "Reed", "Daniel", "Manager, Shanghai", "上海销售部", _MANAGER, "chen_guodong", "en"),
    _rep("emma_clarke", 1011, "Clarke", "Emma", "上海销售部", "daniel_reed", "en"),
    _rep("xu_ruolan", 1012, "许", "若兰", "上海销售部", "daniel_reed"),
    _rep("zhang_yi", 1013, "张", "毅", "上海销售部", "daniel_reed"),
    Person("luo_jianjun", 1014, "罗", "建军", "成都分公司经理", "成都销售部", _MANAGER, "chen_guodong"),
    _rep("yang_xue", 1015, "杨", "雪", "成都销售部", "luo_jianjun"),
    _rep("feng_zhiqiang", 1016, "冯", "志强", "成都销售部", "luo_jianjun"),
    Person("zhao_lihua", 1017, "赵", "丽华", "财务主管", "财务部", (Role.FINANCE,), "zhou_qiming"),
    Person(
        "lin_xiaotong", 1018, "林", "晓彤", "运营、系统管理员", "运营部", (Role.OPERATIONS, Role.ADMIN), "zhou_qiming"
    ),
    Person("sun_jie", 1019, "孙", "洁", "客户服务", "上海客户服务部", (Role.OPERATIONS,), "daniel_reed"),
)
"""Superiors come before those who report to them."""

BY_KEY: Final = {person.key: person for person in PEOPLE}

REP, MANAGER = BY_KEY["li_wenbo"], BY_KEY["wang_haiyan"]
"""Whose phones lie open in Chinese."""

ENGLISH_REP, ENGLISH_MANAGER = BY_KEY["emma_clarke"], BY_KEY["daniel_reed"]
"""Whose phones lie open in English."""

OPEN_PHONES: Final = (REP, MANAGER, ENGLISH_REP, ENGLISH_MANAGER)
