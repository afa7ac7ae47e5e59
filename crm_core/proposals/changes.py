"""What one playbook has otherwise than another: flow by flow, and which of its other sections."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crm_core.playbook.book import Playbook
from crm_core.playbook.flows import Flow, Step


class What(StrEnum):
    """How a flow or one of its steps differs."""

    FLOW_NEW = "flow_new"
    FLOW_GONE = "flow_gone"
    WITHDRAWN = "withdrawn"
    OFFERED_AGAIN = "offered_again"
    STEP_NEW = "step_new"
    STEP_GONE = "step_gone"
    SIGNERS = "signers"
    WHEN = "when"
    MODE = "mode"
    TIME = "time"
    ACTS = "acts"
    ORDER = "order"
    FORM = "form"
    RULES = "rules"
    COPIES = "copies"
    BUDGET = "budget"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Change:
    what: What
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A flow that differs, as it was and as it will be: one of them may be none."""

    old: Flow | None
    new: Flow | None
    changes: tuple[Change, ...]

    @property
    def flow(self) -> Flow:
        found = self.new or self.old
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Changes:
    flows: tuple[Changed, ...]
    sections: tuple[str, ...]
    """The names of the other sections that differ."""

    def __bool__(self) -> bool:
        return bool(self.flows or self.sections)


_OF_STEP: Final = (
    ("approvers", What.SIGNERS),
    ("when", What.WHEN),
    ("mode", What.MODE),
    ("sla", What.TIME),
    ("allow", What.ACTS),
    ("title", What.WORDS),
)
_OF_FLOW: Final = (
    ("form", What.FORM),
    ("amount", What.FORM),
    ("customer", What.FORM),
    ("policy", What.RULES),
    ("subject", What.RULES),
    ("cc", What.COPIES),
    ("budget", What.BUDGET),
    ("kind", What.WORDS),
    ("title", What.WORDS),
    ("about", What.WORDS),
    ("default", What.WORDS),
)


def changes(old: Playbook, new: Playbook) -> Changes:
    """In the order of the new playbook; flows that are gone last."""
    sections = tuple(
        name for name in Playbook.model_fields if name != "flows" and getattr(old, name) != getattr(new, name)
    )
    keys = [one.key for one in new.flows]
    keys += [one.key for one in old.flows if one.key not in keys]
    found = (_changed(old.flow_or_none(key), new.flow_or_none(key)) for key in keys)
    return Changes(tuple(one for one in found if one.changes), sections)


def _changed(old: Flow | None, new: Flow | None) -> Changed:
    if old is None or new is None:
        return Changed(old, new, (Change(What.FLOW_NEW if old is None else What.FLOW_GONE),))
    made: list[Change] = []
    if old.withdrawn != new.withdrawn:
        made.append(Change(What.WITHDRAWN if new.withdrawn else What.OFFERED_AGAIN))
    before, after = ({one.id: one for one in flow.steps} for flow in (old, new))
    for step in new.steps:
        if (was := before.get(step.id)) is None:
            made.append(Change(What.STEP_NEW, step))
        else:
            made += [Change(what, step) for name, what in _OF_STEP if getattr(was, name) != getattr(step, name)]
    made += [Change(What.STEP_GONE, step) for step in old.steps if step.id not in after]
    if [one for one in before if one in after] != [one for one in after if one in before]:
        made.append(Change(What.ORDER))
    others = [what for name, what in _OF_FLOW if getattr(old, name) != getattr(new, name)]
    made += [Change(what) for what in dict.fromkeys(others)]
    return Changed(old, new, tuple(made))
