"""Sends one row and says what became of it. Never raises: whatever happens is an outcome."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Final

import structlog
from prometheus_client import Counter
from telegram import Bot
from telegram.error import ChatMigrated, TelegramError

from bot.delivery.calls import Call, as_new, call_for, endpoint, has_files, plain, with_files, without_reply
from bot.delivery.failures import Verdict, judge
from bot.delivery.transport import TooFastError, Transport
from bot.files.storage import MissingError, Storage, StorageError
from crm_core.kit.clock import Clock
from crm_core.outbox.models import Ambiguous, State
from crm_core.outbox.queue import MAX_ATTEMPTS, Claimed, Outcome

log = structlog.get_logger()

_COUNTED: Final = Counter("rounds_messages", "Calls of the outbox by what became of them.", ["outcome"])

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 300.0  # so a row is tried for some 25 minutes (`MAX_ATTEMPTS`)
LONGEST_ERROR = 500
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


class Sign(Enum):
    """What a send says about the service as a whole."""

    WELL = auto()  # it answers
    UNSURE = auto()  # no answer, or a 5xx: this row or all of them
    DOWN = auto()  # no connection
    REFUSED = auto()  # it does not know the token


@dataclass(frozen=True, slots=True)
class Report:
    outcome: Outcome
    sign: Sign = Sign.WELL
    wait_s: float = 0.0  # how long Telegram wants the token to be silent


_CALLS: Final = {
    outcome: _COUNTED.labels(outcome) for outcome in ("sent", "too_fast", "ambiguous", "later", "dropped", "dead")
}


def _outcome(report: Report) -> str:
    """`too_fast` is Telegram's 429; `ambiguous`: nobody knows whether it was taken; `later`: it was not, try again."""
    if report.wait_s:
        return "too_fast"
    if report.sign is Sign.UNSURE:
        return "ambiguous"
    return "later" if report.outcome.state is State.PENDING else report.outcome.state.value


class Sender:
    """One bot's way to Telegram."""

    def __init__(self, bot: Bot, clock: Clock, storage: Storage | None = None) -> None:
        self._bot = bot
        assert isinstance(bot.request, Transport)
        self._transport = bot.request
        self._clock = clock
        self._storage = storage

    async def probe(self) -> Sign:
        """Ask Telegram something harmless."""
        try:
            await self._perform(Call("get_me", {}))
        except TelegramError as error:
            return _SIGNS.get(judge(error), Sign.WELL)
        return Sign.WELL

    async def send(self, row: Claimed) -> Report:
        report = await self._answered(row)
        _CALLS[_outcome(report)].inc()
        return report

    async def _answered(self, row: Claimed) -> Report:
        try:
            return await self._send(row)
        except StorageError as error:
            return self._not_kept(row, error)
        except Exception as error:  # noqa: BLE001 - a row that we can't handle must not stop the others
            log.error("delivery.dead", row=row.id, method=row.method, error=type(error).__name__)  # noqa: TRY400
            return Report(Outcome(row, State.DEAD, error=_clean(repr(error))))

    async def _send(self, row: Claimed) -> Report:
        """Send; when refused for a reason that has a remedy, send what the remedy makes of it, each remedy once."""
        call = call_for(row)
        tried: set[Verdict] = set()
        note = None
        while call is not None:
            try:
                result = await self._perform(call)
            except TelegramError as error:
                verdict = judge(error)
                remedy = None if verdict in tried else _remedy(row, call, verdict)
                if remedy is None:
                    return self._refused(row, verdict, error)
                tried.add(verdict)
                call, note = remedy, _note(row, verdict, error) or note
            else:
                return Report(Outcome(row, State.SENT, error=note, message_id=_written_back(row, result)))
        return Report(Outcome(row, State.DROPPED, error="nothing to edit"))

    async def _perform(self, call: Call) -> Any:
        name = endpoint(call.method)
        if has_files(call.arguments):
            return await self._bot.do_api_request(name, await with_files(call.arguments, self._storage))
        return await self._transport.call(f"{self._bot.base_url}/{name}", call.arguments)

    def _refused(self, row: Claimed, verdict: Verdict, error: TelegramError) -> Report:
        said = _clean(str(error))
        wait_s = float(error.seconds) if isinstance(error, TooFastError) else 0.0
        _tell(row, verdict, said, wait_s)
        if verdict is Verdict.UNSURE:
            return Report(self._unsure(row, said), Sign.UNSURE)
        state = _ENDS.get(verdict, State.DEAD)
        outcome = Outcome(
            row,
            state,
            error=None if state is State.SENT else said,
            counted=state is not State.PENDING,
            unreachable=verdict is Verdict.UNREACHABLE,
            moved_to=error.new_chat_id if isinstance(error, ChatMigrated) else None,
        )
        return Report(outcome, _SIGNS.get(verdict, Sign.WELL), wait_s)

    def _not_kept(self, row: Claimed, error: StorageError) -> Report:
        """A file to upload can't be read: nothing was sent, so it is tried again while there is hope."""
        said = _clean(str(error))
        if isinstance(error, MissingError) or row.attempts >= MAX_ATTEMPTS:
            log.error("delivery.dead", row=row.id, method=row.method, error=said)
            return Report(Outcome(row, State.DEAD, error=said))
        return Report(Outcome(row, State.PENDING, error=said, not_before=self._clock.now() + _backoff(row)))

    def _unsure(self, row: Claimed, said: str) -> Outcome:
        if row.ambiguous == Ambiguous.DROP:
            return Outcome(row, State.DROPPED, error=said)
        if row.attempts >= MAX_ATTEMPTS:
            log.error("delivery.dead", row=row.id, method=row.method, error=said, attempts=row.attempts)
            return Outcome(row, State.DEAD, error=said)
        return Outcome(row, State.PENDING, error=said, not_before=self._clock.now() + _backoff(row))


def _backoff(row: Claimed) -> timedelta:
    return timedelta(seconds=min(FIRST_BACKOFF_S * 2 ** (row.attempts - 1), LONGEST_BACKOFF_S))


_ENDS = {
    Verdict.DONE: State.SENT,
    Verdict.GONE: State.DROPPED,
    Verdict.AS_NEW: State.DROPPED,
    Verdict.UNREACHABLE: State.DROPPED,
    Verdict.MOVED: State.PENDING,
    Verdict.WAIT: State.PENDING,
    Verdict.LATER: State.PENDING,
    Verdict.HALT: State.PENDING,
}
"""How a row ends that no remedy helped; what is not here is a dead letter."""

_SIGNS = {Verdict.LATER: Sign.DOWN, Verdict.HALT: Sign.REFUSED, Verdict.UNSURE: Sign.UNSURE}


def _remedy(row: Claimed, call: Call, verdict: Verdict) -> Call | None:
    match verdict:
        case Verdict.AS_NEW:
            return as_new(row)
        case Verdict.NO_REPLY:
            return without_reply(call)
        case Verdict.PLAIN:
            return plain(call, buttons=True)
        case Verdict.BARE:
            return plain(call, buttons=False)
        case _:
            return None


def _tell(row: Claimed, verdict: Verdict, said: str, wait_s: float) -> None:
    """Log what somebody should know. Quoted parts are left out: they may be a person's words."""
    if verdict is Verdict.WAIT:
        log.warning("delivery.retry_after", seconds=wait_s, method=row.method, row=row.id)
    elif verdict is Verdict.UNREACHABLE:
        log.info("delivery.unreachable", row=row.id, reason=said)
    elif verdict not in _ENDS and verdict is not Verdict.UNSURE:
        log.error("delivery.dead", row=row.id, method=row.method, error=_QUOTED.sub("…", said))


def _note(row: Claimed, verdict: Verdict, error: TelegramError) -> str | None:
    """What stays on a row that went out without its markup: somebody has to mend what made it."""
    if verdict not in (Verdict.PLAIN, Verdict.BARE):
        return None
    said = _clean(str(error))
    log.error("delivery.sent_plain", row=row.id, method=row.method, error=_QUOTED.sub("…", said))
    return f"sent plain: {said}"


def _written_back(row: Claimed, result: Any) -> int | None:
    """The id of the message that the row's card is now; None when there is no card, or nothing new to say."""
    message = result[0] if isinstance(result, list) and result else result
    if row.card_id is None or not isinstance(message, dict):
        return None
    message_id = message.get("message_id")
    return message_id if message_id != row.message_id else None


def _clean(said: str) -> str:
    """Fit for the database: no NUL, no novel."""
    return said.replace("\0", "")[:LONGEST_ERROR]
