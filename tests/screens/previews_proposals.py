"""Cards of a playbook that an admin has sent."""

from collections.abc import Callable, Iterator
from datetime import datetime

from crm_core.approvals.rehearsal import Sits, Stop
from crm_core.approvals.soundness import Doubt
from crm_core.approvals.soundness import Kind as Doubtful
from crm_core.kit.languages import Language
from crm_core.playbook.book import Playbook, read
from crm_core.proposals import errors
from crm_core.proposals.changes import changes
from crm_core.proposals.looking import Look, Ways
from crm_core.proposals.models import PlaybookProposal
from screens import proposals
from screens.screen import Screen

Writes = Callable[[str], str]
LONG_ID = 999_999_999_999


def _other(book: Playbook) -> Playbook:
    """The playbook with other words, steps and rules in all its flows."""
    body = book.model_dump(mode="json")
    for flow in body["flows"]:
        flow["cc"] = [{"role": "operations"}]
        flow["steps"][0]["mode"], flow["steps"][0]["approvers"] = "all", [{"role": "finance"}]
        last = dict(flow["steps"][-1], id="last", approvers=[{"role": "executive"}], when=None)
        flow["steps"].append(last)
    body["check_in"]["radius_m"] = 800
    body["working_hours"]["end"] = "18:30"
    body["team_roles"] = body["team_roles"][:1]
    body["gift_kinds"] = body["gift_kinds"][:1]
    return read(body)


def previews_of_proposals(
    w: Writes, book: Playbook, language: Language, now: datetime
) -> Iterator[tuple[str, Screen, bool]]:
    """Names, screens, and whether people wrote what they show."""

    def row(state: str, **given: object) -> PlaybookProposal:
        known = {"id": LONG_ID, "name": w("playbook-12.yaml"), "state": state, "created_at": now, "base": 12}
        return PlaybookProposal(**known | given)

    yield "the playbook as a document", proposals.document_screen(12), False
    yield "a playbook is read", proposals.reading_screen(row("reading")), True
    yield "a playbook: dropped", proposals.ended_screen(row("dropped")), True
    large = {"code": errors.TOO_LARGE, "facts": {"size": 5120, "most": 256}}
    yield "a playbook: too large", proposals.ended_screen(row("refused", error=large)), True
    wrong = {
        "line": 1234,
        "where": f"flows.{w('business_trip')}.steps.finance_director.when.all.1.value",
        "what": f"'{w('amount')}' is compared with a number, not '{w('five thousand')}'",
        "mend": "write a number without quotes, unit or comma, for example 5000",
    }
    told = row("refused", problems={"shown": [wrong] * 7, "count": 140})
    yield "a playbook: what is wrong", proposals.refused_screen(told, language), True
    yield "a playbook: what else is wrong", proposals.refused_screen(told, language, 2), True
    made = changes(book, _other(book))
    doubts = (Doubt(Doubtful.NOBODY, "travel", "finance", (w("李娜"), w("陈晓东")), (w("蒋涛"),)),) * 3
    steps = next(one.flow for one in made.flows if len(one.flow.steps) > 2).steps
    way = [Stop(one, True, (Sits(1, w("王海燕")), Sits(2, w("赵立"), "empty"))) for one in steps]
    said = {"amount": 20_001, "days": 4}
    many = Look(made, doubts, 0, (1, w("李娜")), Ways(way[:-1], way, said))
    yield "a playbook: what changes", proposals.ready_screen(row("ready", made_from=3), many, language), True
    same = Look(made, (), 1, (1, w("李娜")), Ways(None, way, {}))
    yield "a playbook: a new way", proposals.ready_screen(row("ready", made_from=12), same, language), True
    none = Look(changes(book, book), (), 0, (1, w("李娜")), None)
    yield "a playbook: nothing changes", proposals.ready_screen(row("ready"), none, language), True
    yield "a playbook: superseded", proposals.superseded_screen(row("ready"), 13, w("沈岚")), True
    yield "a playbook: superseded by nobody", proposals.superseded_screen(row("ready"), 13, None), True
    yield "a playbook: published", proposals.published_screen(row("published"), 13), True
