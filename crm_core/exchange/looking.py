"""Looking through a sheet before anything is made of it: what would come in, what would not, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.exchange import doubles, errors, staging
from crm_core.exchange.doubles import Double
from crm_core.exchange.models import ImportBatch, Same
from crm_core.exchange.rows import Issue, Planned, Rules, plan
from crm_core.exchange.staging import Group

MOST_TOLD = 120  # issues that a chat can page through; the sheet of problems has them all
PREVIEWED = 5


@dataclass(slots=True)
class Look:
    """What a first pass over the sheet has found so far."""

    rows: int = 0
    customers: int = 0  # that would come in
    contacts: int = 0
    refused: int = 0
    same: int = 0
    near: int = 0
    joined: int = 0
    remarks: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    preview: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    names: doubles.Within = field(default_factory=doubles.Within)

    def summary(self) -> dict[str, Any]:
        counts = ("rows", "customers", "contacts", "refused", "same", "near", "joined", "remarks")
        return {one: getattr(self, one) for one in counts} | {
            "kinds": dict(self.kinds),
            "told": self.told,
            "preview": self.preview,
        }


def planned(rules: Rules, groups: Sequence[Group]) -> list[Planned]:
    return [plan(rules, group) for group in groups]


async def look_at(
    session: AsyncSession, rules: Rules, batch: ImportBatch, found: Sequence[Planned], look: Look
) -> None:
    """Count these customers, and keep which of them are nearly the same as others."""
    there = {one.number: one.name for one in found if not one.is_refused}
    same = await doubles.same(session, rules.actor, there)
    near = await doubles.near(session, rules.actor, {at: name for at, name in there.items() if at not in same})
    kept: list[dict[str, Any]] = []
    for one in found:
        rows = 1 + len(one.others)
        look.rows += rows
        look.joined += len(one.others)
        issue = None
        if not one.is_refused:
            nearly = look.names.earlier(one.number, one.name)
            if one.number in same:
                issue = same_issue(same[one.number])
            elif one.number in near:
                kept.append({"number": one.number, "near": _kept(near[one.number])})
                issue = near_issue(near[one.number])
            elif nearly is not None:
                kept.append({"number": one.number, "near": {"row": nearly[0], "name": nearly[1]}})
                issue = Issue(errors.NEAR_ROW, "name", {"name": nearly[1], "row": nearly[0]})
        _count(look, batch, one, issue, rows)
    if kept:
        await staging.note_near(session, batch.id, orjson.dumps(kept).decode())


def _count(look: Look, batch: ImportBatch, one: Planned, issue: Issue | None, rows: int) -> None:
    issues = [*one.issues, *([issue] if issue else [])]
    for found in issues:
        look.kinds[found.code] += 1
        look.remarks += found.is_remark
        if len(look.told) < MOST_TOLD:
            look.told.append({"row": one.number, "name": one.name[:40], **found.plain()})
    if one.is_refused:
        look.refused += rows
        return
    if issue is not None and issue.code in (errors.SAME, errors.SAME_HIDDEN):
        look.same += rows
        return
    if issue is not None and batch.on_near != Same.MAKE:
        look.near += rows
        return
    look.near += rows if issue is not None else 0
    look.customers += 1
    look.contacts += len(one.people)
    if len(look.preview) < PREVIEWED:
        look.preview.append(_previewed(one))


def _previewed(one: Planned) -> dict[str, Any]:
    person = one.people[0] if one.people else None
    return {
        "row": one.number,
        "name": one.name,
        "city": one.values.get("city"),
        "type": one.values.get("type"),
        "person": person.name if person else None,
        "phone": person.phone if person else None,
    }


def _kept(one: Double) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "owner": one.owner, "seen": one.seen}


def same_issue(one: Double) -> Issue:
    if one.seen:
        return Issue(errors.SAME, "name", {"name": one.name, "owner": one.owner})
    return Issue(errors.SAME_HIDDEN, "name")


def near_issue(one: Double) -> Issue:
    if one.seen:
        return Issue(errors.NEAR, "name", {"name": one.name, "owner": one.owner})
    return Issue(errors.NEAR_HIDDEN, "name")


def kept_issue(near: Mapping[str, Any]) -> Issue:
    """The issue of what was kept when the sheet was looked through."""
    if "row" in near:
        return Issue(errors.NEAR_ROW, "name", {"name": near["name"], "row": near["row"]})
    return near_issue(Double(near["id"], near["name"], near["owner"], bool(near["seen"]), changeable=False))
