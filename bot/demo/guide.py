"""What the demo prints when it is ready: where to look, three things to try, who is who, how to end."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.demo.company import ENGLISH_MANAGER, ENGLISH_REP, MANAGER, PEOPLE, REP, ZONE, Person
from crm_core.kit.calendars import is_working_day
from crm_core.org.attention import DIGEST_AT

_OLD_DAYS = 3


def text(url: str, moment: datetime, folder: Path, idle_days: int) -> str:
    """The whole guide, in Chinese and English."""
    return "\n".join(
        ("", *_addresses(url), "", *_things_to_try(moment), "", *_who_is_who(), "", *_end(folder, idle_days))
    )


def address(url: str, *phones: Person, language: str) -> str:
    """The page with these people's phones side by side."""
    return f"{url}/?phones={','.join(str(one.telegram_id) for one in phones)}&lang={language}"


def presses_until_digest(moment: datetime) -> int:
    """How often "next 08:30" is to be pressed until it is a working morning: digests keep weekends and holidays."""
    local = moment.astimezone(ZoneInfo(ZONE))
    day = local.date() if local.time() < DIGEST_AT else local.date() + timedelta(days=1)
    presses = 1
    while not is_working_day(day):
        day += timedelta(days=1)
        presses += 1
    return presses


def _addresses(url: str) -> Iterator[str]:
    yield "随访演示可以用了，请打开： The demo is ready. Open:"
    yield ""
    yield f"    中文     {address(url, REP, MANAGER, language='zh')}"
    yield f"    English  {address(url, ENGLISH_REP, ENGLISH_MANAGER, language='en')}"


def _things_to_try(moment: datetime) -> Iterator[str]:
    presses = presses_until_digest(moment)
    zh = "" if presses == 1 else f"，按 {presses} 次（周末和节假日不打扰）"
    en = "" if presses == 1 else f" {presses} times (weekends and holidays are kept)"
    rep, manager, english, boss = REP.name, MANAGER.name, ENGLISH_REP.given, ENGLISH_MANAGER.given
    yield "试三件事 Three things to try"
    yield f"  1. {rep}发 /visit 华宁，写一句谈了什么，点“保存”；再让{manager}发 /today。"
    yield f"     {english} sends /visit Nordhaus, writes what it was about, taps Save; then {boss} sends /today."
    yield "  2. 随便打几个字找客户：华宁、hndz、王建平，或电话尾号。"
    yield "     Type anything to find a customer: cloverl, Weber, or a phone's last digits."
    yield f"  3. 点页面上方的“到下一个 08:30”{zh}：该跟进的客户会推送给每位销售。"
    yield f"     Press “Next 08:30” above the phones{en}: everybody gets the customers that wait for them."


def _who_is_who() -> Iterator[str]:
    yield "谁是谁 Who is who（页面左侧可换人 any of them can take a phone, see People on the page）"
    for person in PEOPLE:
        if person.manager is None:
            yield from _below(person, 1)


def _below(person: Person, depth: int) -> Iterator[str]:
    comma = "，" if person.language == "zh" else ", "
    yield f"{'  ' * depth}{person.name}{comma}{person.title}"
    for one in PEOPLE:
        if one.manager == person.key:
            yield from _below(one, depth + 1)


def _end(folder: Path, idle_days: int) -> Iterator[str]:
    if idle_days >= _OLD_DAYS:
        yield f"公司里已有 {idle_days} 天没有动静；想从今天重新开始，请加 --fresh。"
        yield f"Nothing has happened in the company for {idle_days} days; --fresh begins anew from today."
    yield f"结束按 Ctrl-C。数据留在 {folder}，下次接着用；加 --fresh 则从头开始。"
    yield f"Ctrl-C ends it. The data stays in {folder} for the next time; --fresh begins anew."
