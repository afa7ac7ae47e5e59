"""Greetings, thanks, and what has no words in it: answered like a person would, not searched for."""

from typing import Final

from conversations.pressed import plain
from crm_core.org.rights import may
from crm_core.visits.permissions import LOG
from handlers.routing import menu_of
from handlers.turn import Turn
from screens.screen import N_
from screens.system import notice, ways

_GREETINGS: Final = frozenset(
    {
        "你好",
        "您好",
        "你好呀",
        "你好啊",
        "您好呀",
        "大家好",
        "嗨",
        "哈喽",
        "早",
        "早上好",
        "上午好",
        "中午好",
        "下午好",
        "晚上好",
        "在吗",
    }
    | {"hi", "hello", "hey", "hi there", "hello there", "good morning", "good afternoon", "good evening"}
)
_THANKS: Final = frozenset(
    {
        "谢谢",
        "谢谢你",
        "谢谢您",
        "谢了",
        "多谢",
        "感谢",
        "辛苦了",
        "好的",
        "好",
        "收到",
        "知道了",
        "明白",
        "嗯",
        "嗯嗯",
        "再见",
    }
    | {"thanks", "thank you", "thx", "ok", "okay", "great", "got it", "bye"}
)
_TELLS = N_("Hello %(name)s! Tell me about a visit in one line, or type a customer's name.")
_READS = N_("Hello %(name)s! Type a customer's name to see the archive.")
_WELCOME = N_("You're welcome. Whenever there is something, just type it here.")
_NO_WORDS = N_("I need words for that: type a customer's name, or what the visit was about.")


async def chatted(turn: Turn) -> bool:
    """Whether what was typed is nothing to look for, and has been answered."""
    words = plain(turn.text)
    if words in _GREETINGS:
        said = (_TELLS if may(turn.actor, LOG) else _READS)(name=turn.actor.name)
    elif words in _THANKS:
        said = _WELCOME
    elif not any(sign.isalnum() for sign in turn.text):
        said = _NO_WORDS
    else:
        return False
    await turn.show(notice(said, ways(menu_of(turn.actor))))
    return True
