"""What the organisation tells others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmployeeLeaving:
    """A person is about to leave. A subscriber that knows a reason against it raises a DomainError."""

    employee_id: int
    name: str


@dataclass(frozen=True, slots=True)
class EmployeeLeft:
    """A person has left: what waits for them alone goes to somebody who is here."""

    employee_id: int


@dataclass(frozen=True, slots=True)
class AccessEnded:
    """A person's account is heard no more, and this chat is nobody's: nothing of ours is written there any more."""

    employee_id: int
    bot_id: int | None
    chat_id: int


@dataclass(frozen=True, slots=True)
class DutiesHandedOver:
    """All that a person holds goes to colleagues; what hangs on no customer goes to this one."""

    employee_id: int
    to_id: int
    by_id: int


@dataclass(frozen=True, slots=True)
class WorkDaysSet:
    """An admin has said which days of a year are worked."""

    year: int


@dataclass(frozen=True, slots=True)
class ReachableAgain:
    """Somebody who had blocked the bot lets it in again."""

    employee_id: int


@dataclass(frozen=True, slots=True)
class ZoneChosen:
    """A person's clock shows another zone from now on."""

    employee_id: int
    zone: str


@dataclass(frozen=True, slots=True)
class ManagerChanged:
    """A person reports to another superior from now on, or to nobody."""

    employee_id: int
    manager_id: int | None
