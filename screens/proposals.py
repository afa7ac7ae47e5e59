"""Cards of a playbook on its way in: the document, what is wrong with it, what it changes and who would sign (AP02)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from crm_core.kit.errors import DomainError
from crm_core.kit.languages import Language
from crm_core.kit.words.amounts import write_amount
from crm_core.playbook.flows import Flow
from crm_core.proposals.changes import Change, Changed
from crm_core.proposals.looking import Look, Ways
from crm_core.proposals.models import PlaybookProposal, State
from screens.catalogue import say
from screens.flows import doubt_words, step_title, way_words
from screens.problems import in_words
from screens.screen import N_, Button, Place, Row, Screen, Titled, fit
from screens.wording import words_of
from screens.words.proposals import CHANGES, SECTIONS

SUBJECT: Final = "playbook_proposal"
PROBLEMS_A_CARD: Final = 3
_MOST_NAMED: Final = 3  # of flows, of sections, of what differs in a flow
_CANCEL: Final = N_("✖ Cancel")
_THE_ONE_IN_FORCE: Final = N_("📄 The one in force")


def _screen(
    name: str, row: PlaybookProposal, facts: Mapping[str, Any], *rows: Row, place: Place = Place.EDIT
) -> Screen:
    shown = tuple(one for one in rows if one)
    return Screen(f"proposals/{name}.html", {"name": row.name, **facts}, shown, place, f"{SUBJECT}:{row.id}")


def document_screen(version: int) -> Screen:
    """The words under the document that is to be changed."""
    return Screen("proposals/document.html", {"version": version}, place=Place.NEW)


def reading_screen(row: PlaybookProposal, *, anew: bool = True) -> Screen:
    cancel = (Button(_CANCEL, "proposal.cancel", row.id),)
    return _screen("reading", row, {}, cancel, place=Place.NEW if anew else Place.EDIT)


def ended_screen(row: PlaybookProposal) -> Screen:
    """Nothing comes of it: it was dropped, or cannot be read."""
    error = row.error
    why = words_of(DomainError(error["code"], **error["facts"])) if error else None
    if why is None and row.state == State.PUBLISHED:
        why = N_("It was published; newer versions may have followed.")
    return _screen("ended", row, {"why": why}, (Button(_THE_ONE_IN_FORCE, "playbook"),))


def refused_screen(row: PlaybookProposal, language: Language, page: int = 0) -> Screen:
    """What is wrong: by file and line, the field, what is the matter and what to write."""
    assert row.problems is not None
    shown, count = row.problems["shown"], row.problems["count"]
    pages = -(-len(shown) // PROBLEMS_A_CARD)
    page = page if 0 <= page < pages else 0
    here = shown[page * PROBLEMS_A_CARD : (page + 1) * PROBLEMS_A_CARD]
    lines = [_problem(one, row.name, language) for one in here]
    left = count - page * PROBLEMS_A_CARD - len(here)
    turn: Row = ()
    if pages > 1:
        turn = (Button(N_("Next ›"), "proposal.problems", row.id, arg=str((page + 1) % pages)),)
    return _screen(
        "refused", row, {"lines": lines, "count": count, "left": left}, turn, (Button(_THE_ONE_IN_FORCE, "playbook"),)
    )


def _problem(one: Mapping[str, Any], file: str, language: Language) -> dict[str, str]:
    at = f"{_short(file)}:{one['line']}" if one["line"] else _short(file)
    mend = in_words(one["mend"], language) if one["mend"] else ""
    return {"at": at, "where": one["where"], "what": in_words(one["what"], language), "mend": mend}


def _short(file: str) -> str:
    """A file's name whose ending stays."""
    return file if len(file) <= 20 else f"{file[:9]}…{file[-10:]}"


def ready_screen(row: PlaybookProposal, seen: Look, language: Language) -> Screen:
    """What would change; of one flow who would sign before and after."""
    older = row.made_from if row.made_from is not None and row.made_from != row.base else None
    between = "、" if language == "zh" else ", "
    flows = [fit(say(Titled(one.flow.title), language), 20) for one in seen.changes.flows]
    sections = [say(SECTIONS[one], language) for one in seen.changes.sections]
    facts: dict[str, Any] = {
        "base": row.base,
        "older": older,
        "flows": between.join(flows[:_MOST_NAMED]),
        "flow_count": len(flows),
        "sections": between.join(sections[:_MOST_NAMED]),
        "section_count": len(sections),
        "most": _MOST_NAMED,
        "doubt": doubt_words(seen.doubts[0], language) if seen.doubts else None,
        "more_doubts": max(len(seen.doubts) - 1, 0),
        "one": _flow(seen, language) if seen.changed is not None else None,
    }
    return _screen("ready", row, facts, *_choices(row, seen))


def _flow(seen: Look, language: Language) -> dict[str, Any]:
    changed = seen.changed
    assert changed is not None
    told = [_change(one, language) for one in changed.changes]
    between = "；" if language == "zh" else "; "
    more = f" +{len(told) - _MOST_NAMED}" if len(told) > _MOST_NAMED else ""
    return {
        "title": Titled(changed.flow.title),
        "at": seen.at + 1,
        "of": len(seen.changes.flows),
        "changes": between.join(told[:_MOST_NAMED]) + more,
        "who": seen.sample[1] if seen.sample is not None else None,
        **(_signers(changed, seen.ways, language) if seen.ways is not None else {}),
    }


def _change(one: Change, language: Language) -> str:
    words = CHANGES[one.what]
    return say(words(step=fit(step_title(one.step, language), 16)) if one.step is not None else words, language)


def _signers(changed: Changed, ways: Ways, language: Language) -> dict[str, Any]:
    said = " · ".join(_said(changed.flow, name, value, language) for name, value in ways.said.items() if value != "…")
    before = way_words(ways.before, language) if ways.before is not None else None
    after = way_words(ways.after, language) if ways.after is not None else None
    return {"said": said, "before": before, "after": after, "differ": ways.differ}


def _said(flow: Flow, name: str, value: Any, language: Language) -> str:
    """What stands in the request that is played, in the words of its form."""
    if name == "amount" and isinstance(value, int | float):
        return write_amount(Decimal(str(value)))
    field = next((one for one in flow.form if one.key == name), None)
    if field is None:
        days = N_("%(days)s days")(days=value)
        return say(days, language) if name == "days" else str(value)
    option = next((say(Titled(one.title), language) for one in field.options if one.key == value), None)
    truth = {True: N_("yes"), False: N_("no"), None: N_("nothing")}
    shown = option or (say(truth[value], language) if value is None or isinstance(value, bool) else str(value))
    colon = "：" if language == "zh" else ": "
    return fit(f"{say(Titled(field.title), language)}{colon}{shown}", 30)


def _choices(row: PlaybookProposal, seen: Look) -> tuple[Row, ...]:
    """The flows one by one, whose request; publishing stands alone with the way out below it."""
    turn: Row = ()
    if len(seen.changes.flows) > 1:
        on = (seen.at + 1) % len(seen.changes.flows)
        turn = (Button(N_("Next flow ›"), "proposal", row.id, arg=str(on)),)
    as_ = (Button(N_("👤 Another applicant"), "proposal.as", row.id, arg=str(seen.at)),) if seen.changes.flows else ()
    publish: Row = (Button(N_("📢 Publish"), "proposal.publish", row.id),) if seen.changes else ()
    return ((*turn, *as_), publish, (Button(_CANCEL, "proposal.cancel", row.id),))


def superseded_screen(row: PlaybookProposal, version: int, name: str | None) -> Screen:
    """Somebody was quicker."""
    rows = (
        (Button(N_("🔄 Compare with it"), "proposal.again", row.id),),
        (Button(_CANCEL, "proposal.cancel", row.id),),
    )
    return _screen("superseded", row, {"version": version, "who": name}, *rows)


def published_screen(row: PlaybookProposal, version: int) -> Screen:
    return _screen("published", row, {"version": version}, (Button(_THE_ONE_IN_FORCE, "playbook"),))
