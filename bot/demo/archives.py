"""Three hundred customers of the demo's company: who they are, where they sit, and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from bot.demo import names
from bot.demo.company import PEOPLE, REP, Person
from bot.demo.dice import dice
from bot.demo.places import BUILDINGS, EAST, SOUTH, WEST, District
from crm_core.kit.calendars import is_working_day

COUNT: Final = 300
WINDOW_DAYS: Final = 182
"""How far back visits are told."""

_OF_REP: Final = ("a",) * 5 + ("b",) * 10 + ("c",) * 9 + ("new",) * 4
_OF_MANAGER: Final = ("a",) * 5
_FIELD_MANAGERS: Final = frozenset({"wang_haiyan", "liu_deming", "daniel_reed", "luo_jianjun"})

_NEGLECTED: Final = frozenset({1, 3, 7, 11, 17, 21, 24})
"""Which of a rep's customers nobody has looked after for too long; two people keep theirs better."""
_NEGLECTED_OF: Final = {"yang_xue": frozenset({12}), "feng_zhiqiang": frozenset({3, 24})}

_REGIONS: Final = {"销售一部": SOUTH, "销售二部": SOUTH, "上海销售部": EAST, "成都销售部": WEST}
_CITIES: Final = {
    "Suzhou": "苏州",
    "Kunshan": "昆山",
    "Ningbo": "宁波",
    "Wuxi": "无锡",
    "Jiaxing": "嘉兴",
    "Hangzhou": "杭州",
    "Nanjing": "南京",
}
_CATEGORIES: Final = {
    "a": ("key",),
    "b": ("regular", "regular", "key"),
    "c": ("regular", "regular", "dealer", "partner"),
    "new": ("prospect",),
}
_SOURCES: Final = (
    "referral",
    "referral",
    "cold_call",
    "cold_call",
    "exhibition",
    "website",
    "dealer",
    "company",
    "advert",
)
_WORTH: Final = {"a": (40, 400), "b": (8, 40), "c": (1, 8), "new": (2, 30)}
"""Tens of thousands of yuan a year (万)."""
_MOBILE: Final = (
    130,
    131,
    132,
    135,
    136,
    137,
    138,
    139,
    150,
    151,
    152,
    157,
    158,
    159,
    166,
    176,
    177,
    180,
    186,
    187,
    188,
    189,
)


@dataclass(frozen=True, slots=True)
class Archive:
    """A customer before it has visits. `who` is what reps call the contact; `phone` is E.164."""

    name: str
    short_name: str | None
    type: str
    category: str
    industry: str
    source: str
    city: str
    address: str
    contact_name: str
    contact_title: str | None
    phone: str
    note: str | None
    latitude: float
    longitude: float
    yearly_value: Decimal | None
    owner: Person
    created_on: date
    neglected: bool
    who: str


@dataclass(frozen=True, slots=True)
class _Company:
    """A name with what it tells of the company, and who is met there."""

    name: str
    short_name: str | None
    industry: str
    district: District
    contact_name: str
    contact_title: str | None
    who: str


HUANING: Final = _Company("深圳市华宁电子有限公司", "华宁电子", "electronics", SOUTH[0], "王建平", "总经理", "王总")
"""The customer that the printed hints and the bot's own help speak of, of the rep whose phone lies open."""


def archives(today: date) -> list[Archive]:
    """All of them, in the order they came to the company. Names do not depend on the day, dates do."""
    brands, foreign = iter(_brands()), iter(names.FOREIGN)
    made: list[Archive] = []
    for owner in PEOPLE:
        neglected = _NEGLECTED_OF.get(owner.key, _NEGLECTED) if owner.is_rep else frozenset[int]()
        for at, kind in enumerate(_types(owner)):
            rng = dice("archive", owner.key, at)
            if owner is REP and at == 0:
                company = HUANING
            elif owner.language == "en":
                company = _foreign(rng, *next(foreign))
            else:
                company = _chinese(rng, next(brands), _REGIONS[owner.unit])
            made.append(_archive(rng, company, kind, owner, today, neglected=at in neglected))
    return sorted(made, key=lambda one: one.created_on)


def _types(owner: Person) -> tuple[str, ...]:
    if owner.is_rep:
        return _OF_REP
    return _OF_MANAGER if owner.key in _FIELD_MANAGERS else ()


def _brands() -> list[str]:
    """As many as are wanted, well mixed; those in two places come again at the end, far from the first time."""
    rng, twice = dice("brands"), list(names.BRANDS_TWICE)
    rest = [brand for brand in names.BRANDS if brand not in twice]
    rng.shuffle(rest)
    first = rest[: COUNT - 1 - len(names.FOREIGN) - 2 * len(twice)] + twice
    rng.shuffle(first)
    return first + twice


def _chinese(rng: Random, brand: str, region: Sequence[District]) -> _Company:
    district = rng.choice(region)
    city = district.city
    industry = rng.choices(list(names.WEIGHTS), list(names.WEIGHTS.values()))[0]
    posts = names.POSTS + names.FACTORY_POSTS if industry in names.FACTORIES else names.POSTS
    surname, title, call = rng.choice(names.SURNAMES), *rng.choice(posts)
    contact, who = f"{surname}{rng.choice(names.GIVEN_NAMES)}", f"{surname}{call}"
    if rng.random() < 0.04:
        pattern, industry = rng.choice(names.INSTITUTIONS)
        return _Company(
            pattern.format(city=city, brand=brand), None, industry, district, contact, "主任", f"{surname}主任"
        )
    trade, form = rng.choice(names.TRADES[industry]), rng.choice(names.FORMS)
    style = rng.choice(("{city}市{brand}{trade}{form}", "{city}{brand}{trade}{form}", "{brand}{trade}（{city}）{form}"))
    name = style.format(city=city, brand=brand, trade=trade, form=form)
    short = f"{brand}{trade[:2]}" if rng.random() < 0.7 else None
    return _Company(name, short, industry, district, contact, title, who)


def _foreign(rng: Random, name: str, short: str, industry: str) -> _Company:
    city = next((chinese for latin, chinese in _CITIES.items() if latin in name), "上海")
    district = rng.choice([one for one in EAST if one.city == city])
    contact = rng.choice(names.FOREIGN_CONTACTS)
    return _Company(name, short, industry, district, contact, None, contact.partition(" ")[0])


def _archive(rng: Random, company: _Company, kind: str, owner: Person, today: date, *, neglected: bool) -> Archive:
    place = company.district
    return Archive(
        name=company.name,
        short_name=company.short_name,
        type=kind,
        category=rng.choice(_CATEGORIES[kind]),
        industry=company.industry,
        source=rng.choice(_SOURCES),
        city=place.city,
        address=f"{place.name}{rng.choice(place.roads)}{rng.randint(2, 288)}号{rng.choice(BUILDINGS)}",
        contact_name=company.contact_name,
        contact_title=company.contact_title,
        phone=f"+86{rng.choice(_MOBILE)}{rng.randint(0, 99_999_999):08}",
        note=rng.choice(names.NOTES) if rng.random() < 0.2 and owner.language == "zh" else None,
        latitude=round(place.latitude + rng.gauss(0, 0.006), 6),
        longitude=round(place.longitude + rng.gauss(0, 0.006), 6),
        yearly_value=_worth(rng, kind),
        owner=owner,
        created_on=_created(rng, kind, today, neglected=neglected),
        neglected=neglected,
        who=company.who,
    )


def _worth(rng: Random, kind: str) -> Decimal | None:
    """What a year with them is worth, in yuan; of new ones one often does not know."""
    least, most = _WORTH[kind]
    if kind == "new" and rng.random() < 0.3:
        return None
    return Decimal(round(least * (most / least) ** rng.random() * 10)) * 1_000


def _created(rng: Random, kind: str, today: date, *, neglected: bool) -> date:
    """Three in four were there before the visits that are told begin; a new one is a few weeks old."""
    if kind == "new":
        days = rng.randint(24, 40) if neglected else rng.randint(1, 36)
    elif neglected or rng.random() < 0.75:
        days = rng.randint(WINDOW_DAYS + 10, 900)
    else:
        days = rng.randint(40, WINDOW_DAYS - 5)
    day = today - timedelta(days=days)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day
