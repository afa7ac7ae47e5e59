"""Faults to plant into approvals, one at a time: which promise each breaks, and the text that is changed."""

from dataclasses import dataclass
from typing import Final

STATE: Final = "crm_core/approvals/state.py"
SERVICE: Final = "crm_core/approvals/service.py"
SIGNING: Final = "crm_core/approvals/signing.py"
AUTHORITY: Final = "crm_core/approvals/authority.py"
ADVANCE: Final = "crm_core/approvals/advance.py"
CASE: Final = "crm_core/approvals/case.py"
TIMERS: Final = "crm_core/approvals/timers.py"
QUERIES: Final = "crm_core/approvals/queries.py"
PEOPLE: Final = "crm_core/approvals/people.py"
CONDITIONS: Final = "crm_core/approvals/conditions.py"
ORG: Final = "crm_core/org/queries.py"


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` stands in the file exactly once."""

    file: str
    old: str
    new: str


# what fails soonest comes first
APPROVALS: Final = tuple(
    f"tests/crm_core/approvals/test_{part}.py"
    for part in ("guards", "semantics", "races", "people", "conditions", "properties")
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`breaks` names the invariants of the specification, or the rule, that it breaks; `tests` are to find it."""

    name: str
    breaks: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...] = APPROVALS


def _one(name: str, breaks: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(name, breaks, (Edit(file, old, new),))


MUTANTS: Final = (
    _one(
        "self-approval through delegation",
        "6",
        AUTHORITY,
        "if holder in actor.stands_for and applicant not in actor.stands_for:",
        "if holder in actor.stands_for:",
    ),
    _one("one's own request is signed", "6", AUTHORITY, "    if actor.id == applicant:\n", "    if False:\n"),
    _one("anybody signs", "6", AUTHORITY, "    if actor.id == holder:\n", "    if True:\n"),
    Mutant(
        "a delegate's delegate signs",
        "6, delegation does not chain",
        (
            Edit(ORG, "_report = aliased(Employee)\n", "_report = aliased(Employee)\n_second = aliased(StandIn)\n"),
            Edit(
                ORG,
                "StandIn.deputy_id == Employee.id, StandIn.starts_at",
                "(StandIn.deputy_id == Employee.id) | exists().where("
                "_second.absent_id == StandIn.deputy_id, _second.deputy_id == Employee.id), StandIn.starts_at",
            ),
        ),
    ),
    _one(
        "a transfer forgets the added signers",
        "14",
        STATE,
        '        chair.holder, chair.since, chair.why = fact.data["to"], fact.at, None\n',
        '        chair.holder, chair.since, chair.why = fact.data["to"], fact.at, None\n'
        "        self._close(self.below(chair.no), fact.at)\n",
    ),
    _one("any needs all", "3", STATE, "            return agreed > 0\n", "            return agreed >= len(votes)\n"),
    _one("all needs one", "3", STATE, "        return votes\n    part", "        return 1\n    part"),
    _one("a ratio is rounded down", "3", STATE, "ROUND_CEILING", "ROUND_FLOOR"),
    _one(
        "a rejection of all is one vote of many",
        "3",
        STATE,
        "            return bool(turned)\n",
        '            return len(turned) > (visit.mode == "all")\n',
    ),
    _one(
        "a ratio that cannot be reached waits on",
        "3",
        STATE,
        "        return len(votes) - lost < needed(visit.mode, len(votes))\n",
        "        return False\n",
    ),
    _one(
        "in order ignores the order",
        "3",
        STATE,
        "        vote = self._vote_of(chair)\n        return visit.mode",
        "        vote = self._vote_of(chair)\n        return True or visit.mode",
    ),
    _one(
        "who was added before does not block",
        "14",
        STATE,
        "        if any(child.pending and child.origin is Origin.BEFORE for child in self.children(chair.no)):\n",
        "        if False:\n",
    ),
    _one("who was added after does not block", "14", STATE, "self.enough(visit) and not waits", "self.enough(visit)"),
    _one(
        "an escalation takes the seat away",
        "SLA: adds a seat, removes none",
        STATE,
        "        self._sit(Origin.ESCALATE, parent.visit",
        "        self._close([parent], fact.at)\n        self._sit(Origin.ESCALATE, parent.visit",
    ),
    _one(
        "resubmitting opens no new round",
        "9",
        STATE,
        "self.status, self.round = Status.RUNNING, self.round + 1",
        "self.status, self.round = Status.RUNNING, self.round",
    ),
    _one(
        "seats live on after the end",
        "1",
        STATE,
        "            self._close(self.of(visit), at)\n            visit.went",
        "            visit.went",
    ),
    _one(
        "an empty step passes silently",
        "7",
        ADVANCE,
        "if step is None and _signed_in_this_round(case):",
        "if step is None:",
    ),
    _one(
        "an approval of an earlier round counts",
        "7, 9",
        ADVANCE,
        "if one.round == case.request.round}\n    return any",
        "}\n    return any",
    ),
    _one(
        "merging counts other people's approval",
        "3, 6",
        ADVANCE,
        "if one.holder in given and one.by is None), None)\n    if chair is not None:\n"
        "        before = given[chair.holder]\n",
        "if given and one.by is None), None)\n    if chair is not None:\n        before = next(iter(given.values()))\n",
    ),
    _one(
        "merging counts approvals of steps long ago",
        "3, repeated approver",
        ADVANCE,
        "    if before.went is not Went.PASSED or before.round != visit.round:\n        return {}\n",
        "",
    ),
    _one(
        "merging although the flow asks again",
        "repeat_approver",
        ADVANCE,
        ' or case.flow.policy.repeat_approver != "merge_consecutive"',
        "",
    ),
    _one(
        "the features are told twice",
        "13",
        ADVANCE,
        "    await publish(session, told)\n",
        "    await publish(session, told)\n    await publish(session, told)\n",
    ),
    _one(
        "who is told reads before the decision",
        "19, cc at the end",
        SERVICE,
        "    await opening(session, case, flow.steps[0].id)\n    await settle",
        "    await opening(session, case, flow.steps[0].id)\n"
        "    from crm_core.approvals.advance import _copy\n\n    await _copy(session, case)\n    await settle",
    ),
    _one(
        "who leaves meanwhile keeps the seat",
        "2, 15",
        ADVANCE,
        "    await _keep(session, [one.holder for one in chosen])\n",
        "",
    ),
    _one(
        "a command that comes again is done again",
        "4",
        CASE,
        "        case.again = await session.scalar(seen) is not None\n",
        "        case.again = False\n",
    ),
    _one("a command leaves no key", "4", CASE, '        "key": case.key,\n', '        "key": None,\n'),
    _one(
        "the row is not locked",
        "5",
        CASE,
        "approval_id, with_for_update=True, populate_existing",
        "approval_id, populate_existing",
    ),
    _one(
        "publishing changes what runs",
        "8",
        CASE,
        "    book = await in_force(session, row.playbook_version)\n",
        "    from crm_core.org.models import Company\n\n"
        "    book = await in_force(session, await session.scalar(select(Company.playbook_version)) or 0)\n",
    ),
    Mutant(
        "timers fire on closed steps",
        "16",
        (
            Edit(CASE, "    await _still_timers(session, case)\n", ""),
            Edit(
                TIMERS,
                "visit.seq == timer.step and case.request.status is Status.RUNNING",
                "True",
            ),
        ),
    ),
    _one("timers of closed steps wait on", "16", CASE, "    await _still_timers(session, case)\n", ""),
    _one("a timer fires twice", "16", TIMERS, "timer is None or timer.done_at is not None or", "timer is None or"),
    _one("who left keeps the seat", "2, departed approver", TIMERS, "@subscribe(EmployeeLeft)\n", ""),
    _one(
        "who left is still awaited to consent",
        "10, departed approver",
        TIMERS,
        "        if case.request.revoke_asked == left:\n",
        "        if False:\n",
    ),
    _one(
        "submitting has no unique key",
        "4",
        SERVICE,
        '        "submit_key": command.key,\n',
        '        "submit_key": f"{command.key} {id(session)}",\n',
    ),
    _one(
        "two live requests of one record",
        "one live instance per subject",
        SERVICE,
        '        "subject_id": command.subject[1] if command.subject else None,\n',
        '        "subject_id": command.subject[1] + hash(command.key) % 1000 if command.subject else None,\n',
    ),
    _one(
        "anybody withdraws",
        "10",
        AUTHORITY,
        "    if case.request.applicant != actor.id:\n        raise DomainError(NOT_ALLOWED",
        "    if False:\n        raise DomainError(NOT_ALLOWED",
    ),
    _one(
        "withdrawn after a decision although the flow forbids it",
        "10",
        SERVICE,
        '(policy == "until_first_decision" and decided)',
        "False",
    ),
    _one(
        "revoked after the window",
        "10",
        SERVICE,
        "    if now(session) > request.ended_at + timedelta(days=policy.days):\n",
        "    if False:\n",
    ),
    _one(
        "anybody consents to a revocation",
        "10",
        SERVICE,
        "    for_id = in_place_of(case, actor, asked)\n",
        "    for_id = None\n",
    ),
    _one(
        "an added signer is taken away by anybody",
        "14",
        SIGNING,
        "    if actor.id not in {chair.added_by, parent.holder}:\n",
        "    if False:\n",
    ),
    _one(
        "the applicant gets a seat by transfer",
        "6",
        AUTHORITY,
        "    if to == case.request.applicant:\n",
        "    if False:\n",
    ),
    _one(
        "a seat is handed to who has left", "15", AUTHORITY, "    if person.left_at is not None:\n", "    if False:\n"
    ),
    _one(
        "signed out of turn",
        "3, 14",
        AUTHORITY,
        "    if not case.request.is_open(chair):\n",
        "    if False:\n",
    ),
    _one(
        "what the step does not allow is done",
        "the step's verbs",
        AUTHORITY,
        "    if known is not None and act not in known.allow:\n",
        "    if False:\n",
    ),
    _one(
        "rejected without a reason",
        "a rejection needs a reason",
        SIGNING,
        "        words = said(command.words, required=True)\n        await note(session, case, Kind.REJECTED",
        "        words = said(command.words)\n        await note(session, case, Kind.REJECTED",
    ),
    _one("nudged at any time", "once in four hours", SERVICE, "timedelta(hours=4)", "timedelta(hours=0)"),
    _one(
        "strangers read a request",
        "19",
        QUERIES,
        "    return statement if may(actor, READ_ALL) else statement.where(_readable(actor))\n",
        "    return statement\n",
    ),
    _one(
        "what waits for others is listed",
        "19",
        QUERIES,
        "    return whose, ApprovalSeat.open",
        "    return ApprovalSeat.id > 0, ApprovalSeat.open.is_(True)",
    ),
    _one(
        "one's own request is in one's pending list",
        "6",
        QUERIES,
        "ApprovalSeat.open, Approval.applicant_id != actor.id",
        "ApprovalSeat.open.is_(True)",
    ),
    _one("a step that is for others comes", "routing", CONDITIONS, "    if when is None:\n", "    if True:\n"),
    _one(
        "a field that is not said compares", "routing", CONDITIONS, "    if said is None:\n        return False\n", ""
    ),
    _one(
        "the applicant signs where the rule names them",
        "6, 15",
        PEOPLE,
        "        if wanted == people.applicant:\n",
        "        if False:\n",
    ),
    _one(
        "nobody signs where the rules come to nobody",
        "15",
        PEOPLE,
        "    if not seats:\n        for one",
        "    if False:\n        for one",
    ),
    _one("who has left signs", "15", PEOPLE, "person is not None and person.active and", "person is not None and"),
    _one(
        "superiors run in circles", "15", PEOPLE, "seen, at = {of}, self.get(of)", "seen, at = set[int](), self.get(of)"
    ),
)
