"""Greetings, thanks, and what has no words in it: answered like a person would, not searched for."""

from typing import Final

from conversations.small_talk import Talk, small_talk
from crm_core.org.rights import may
from crm_core.visits.permissions import LOG
from handlers.routing import menu_of
from handlers.turn import Turn
from screens.screen import N_, Msg
from screens.system import notice, ways

_HELLO: Final = N_("Hello %(name)s! Tell me about a visit in one line, or type a customer's name.")
_HELLO_READER: Final = N_("Hello %(name)s! Type a customer's name to see the archive.")
_WELCOME: Final = N_("You're welcome. Whenever there is something, tell me in one line.")
_HERE: Final = N_("I'm here 👋 Tell a visit in one line (visited Huaning, talked price), or type a customer's name.")
_HERE_READER: Final = N_("I'm here 👋 Type a customer's name to see the archive.")
_NO_WORDS: Final = N_("I need words for that: type a customer's name, or what the visit was about.")


async def chatted(turn: Turn) -> bool:
    """Whether what was typed is nothing to look for, and has been answered."""
    talk = small_talk(turn.text)
    if talk is None and any(sign.isalnum() for sign in turn.text):
        return False
    await turn.show(notice(_answer(turn, talk), ways(menu_of(turn.actor))))
    return True


def _answer(turn: Turn, talk: Talk | None) -> Msg:
    sells = may(turn.actor, LOG)
    match talk:
        case Talk.GREETING:
            return (_HELLO if sells else _HELLO_READER)(name=turn.actor.name)
        case Talk.THANKS:
            return _WELCOME
        case Talk.CHAT:
            return _HERE if sells else _HERE_READER
        case None:
            return _NO_WORDS
