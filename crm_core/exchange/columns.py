"""What each column of a sheet holds: guessed from its heading, in Chinese or English, or from what stands in it."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from crm_core.custom_fields.service import PREFIX
from crm_core.kit.names import is_person, is_place
from crm_core.kit.phones import read_phone
from crm_core.playbook.book import Playbook

_HEADINGS: Final = {
    "name": "客户名称 客户 公司 公司名称 单位 单位名称 企业 企业名称 客户全称 公司全称 名称 客户名 终端名称 customer "
    "customer_name company company_name account account_name organisation organization name",
    "short_name": "简称 客户简称 公司简称 short_name short alias",
    "type": "客户类型 类型 客户级别 级别 等级 客户等级 type customer_type grade tier",
    "category": "客户分类 分类 类别 客户类别 category class",
    "industry": "行业 所属行业 客户行业 industry sector trade",
    "source": "来源 客户来源 线索来源 渠道 source lead_source channel",
    "stage": "客户阶段 阶段 生命周期 客户生命周期 销售阶段 跟进阶段 stage customer_stage lifecycle life_cycle",
    "status": "客户状态 状态 合作状态 往来状态 status customer_status",
    "city": "城市 所在城市 所在地 地市 市 city town",
    "address": "地址 详细地址 公司地址 联系地址 address street",
    "contact_name": "联系人 联系人姓名 姓名 主要联系人 对接人 首要联系人 contact contact_name contact_person person",
    "contact_title": "职位 职务 岗位 title position job_title job",
    "phone": "电话 手机 手机号 手机号码 联系电话 联系方式 电话号码 座机 固话 固定电话 phone mobile tel telephone cell "
    "phone_number mobile_phone 电话1 电话2 手机1 手机2",
    "email": "邮箱 电子邮箱 邮件 email e-mail mail",
    "yearly_value": "年采购额 年价值 年度价值 年金额 年销售额 预计金额 年合作额 年采购金额 yearly_value annual_value "
    "value amount",
    "next_step_on": "下次跟进 下次跟进日期 下次联系 下次联系日期 下次拜访 下一步日期 下次跟进时间 next_step "
    "next_step_date next_contact next_follow-up next_followup follow_up_date",
    "note": "备注 说明 客户备注 note notes remark remarks comment comments",
    "owner": "负责人 业务员 销售 销售员 归属人 客户经理 所属销售 跟进人 owner sales sales_rep rep account_manager",
}
TARGETS: Final = tuple(_HEADINGS)
"""What a column may hold, besides the company's own fields (`x.key`)."""
SEVERAL: Final = frozenset({"phone"})
"""Of these a sheet may have more than one column."""
_LOOKED_AT: Final = 10  # rows, for the headings
_SAMPLE: Final = 40
_MOST: Final = 0.6  # of the cells have to look like it
_NEAR: Final = 86
_NOISE: Final = re.compile(r"[\s*＊:：_\-./]+|[(（\[【].*?[)）\]】]|(?:必填|选填|required|optional)")
_COMPANY: Final = re.compile(r"公司|集团|有限|厂$|医院|大学|学院|\b(?:ltd|inc|llc|gmbh|corp|co)\b", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_ADDRESS: Final = re.compile(r".{2,}(?:路|街|大道|巷|号|栋|工业园|园区|\broad\b|\bstreet\b|\bst\b)", re.IGNORECASE)


def _plain(heading: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading)).casefold()


_KNOWN: Final = {_plain(word): target for target, words in _HEADINGS.items() for word in words.split()}


def targets(book: Playbook) -> tuple[str, ...]:
    """All that a column may hold in this company."""
    return (*TARGETS, *(PREFIX + one.key for one in book.fields.customer))


def _own(book: Playbook) -> dict[str, str]:
    return {_plain(word): PREFIX + one.key for one in book.fields.customer for word in (one.key, *one.title.values())}


def headings_at(rows: Sequence[Sequence[str]], book: Playbook) -> int | None:
    """Which of the first rows has the headings (from 0); none when the sheet begins with its data."""
    known = _KNOWN | _own(book)
    counts = [sum(_plain(cell) in known for cell in row if cell) for row in rows[:_LOOKED_AT]]
    best = max(counts, default=0)
    if best == 0:
        return 0 if _unlike(rows) else None
    at = counts.index(best)
    filled = sum(map(bool, rows[at]))
    return at if best > 1 or filled <= 2 or _named(rows[at], known) > 1 else None


def _unlike(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has nothing of what stands below it: headings in words that nobody knows."""
    if not rows or not all(rows[0]):
        return False
    below = [
        _by_content([row[at] for row in rows[1:_SAMPLE] if at < len(row) and row[at]]) for at in range(len(rows[0]))
    ]
    told = [at for at, what in enumerate(below) if what]
    return bool(told) and all(_by_content([rows[0][at]]) != below[at] for at in told)


def _named(row: Sequence[str], known: Mapping[str, str]) -> int:
    return sum(_by_heading(cell, known) is not None for cell in row)


def guess(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int, book: Playbook) -> list[str]:
    """For each column what it holds, '' for what nobody can tell. `rows` are the first ones with data."""
    known = _KNOWN | _own(book)
    found = [""] * width
    taken: set[str] = set()

    def take(at: int, target: str | None) -> None:
        if target and not found[at] and (target not in taken or target in SEVERAL):
            found[at] = target
            taken.add(target)

    names = [headings[at] if at < len(headings) else "" for at in range(width)]
    for at, heading in enumerate(names):
        take(at, known.get(_plain(heading)))
    for at, heading in enumerate(names):
        take(at, _by_heading(heading, known))
    told = bool(taken)  # headings of which nobody knows a word say nothing
    for at, heading in enumerate(names):
        if not heading or not told:
            take(at, _by_content([row[at] for row in rows[:_SAMPLE] if at < len(row) and row[at]]))
    if "name" not in taken:
        for at in range(width):
            sample = [row[at] for row in rows[:_SAMPLE] if at < len(row) and row[at]]
            if not found[at] and _share(sample, lambda one: _COMPANY.search(one) is not None):
                take(at, "name")
    return found


def _by_heading(heading: str, known: Mapping[str, str]) -> str | None:
    """The target whose word stands in the heading, the longest such; else one that is spelt nearly so."""
    plain = _plain(heading)
    if not plain:
        return None
    if plain in known:
        return known[plain]
    within = [word for word in known if len(word) > 1 and (plain.startswith(word) or plain.endswith(word))]
    if within:
        return known[max(within, key=len)]
    from rapidfuzz import fuzz  # noqa: PLC0415 - as in `kit.names`

    near = max(known, key=lambda word: fuzz.ratio(word, plain))
    return known[near] if len(plain) > 3 and fuzz.ratio(near, plain) >= _NEAR else None


def _by_content(sample: list[str]) -> str | None:
    looks: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("phone", lambda one: read_phone(one.split("/")[0]) is not None),
        ("email", lambda one: _EMAIL.fullmatch(one) is not None),
        ("name", lambda one: _COMPANY.search(one) is not None),
        ("city", is_place),
        ("contact_name", is_person),
        ("address", lambda one: _ADDRESS.search(one) is not None),
    )
    return next((target for target, like in looks if _share(sample, like)), None)


def _share(sample: list[str], like: Callable[[str], bool]) -> bool:
    return bool(sample) and sum(map(like, sample)) >= len(sample) * _MOST
