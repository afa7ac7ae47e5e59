"""Words that want no customer and no visit: 你好, 收到, thanks, ok, lol."""

import re
from enum import StrEnum
from typing import Final

_LONGEST: Final = 24


class Talk(StrEnum):
    """What people say to each other beside the matter."""

    GREETING = "greeting"
    THANKS = "thanks"
    CHAT = "chat"  # an okay, a laugh, a test


_GREETS: Final = (
    "你好|您好|大家好|早|早安|早上好|上午好|中午好|下午好|晚上好|晚安|在|在吗|在不在|有人吗|喂|嗨|哈喽|你是谁|"
    "hi|hello|hey|hiya|yo|morning|evening|good (?:morning|afternoon|evening|night)|anyone there|who are you"
)
_THANKS: Final = (
    "谢谢|谢谢你|谢谢您|多谢|感谢|谢了|辛苦|辛苦了|不客气|麻烦了|再见|拜拜|"
    "thanks|thank you|thank you very much|thanks a lot|many thanks|thx|ty|tks|cheers|np|bye|goodbye|see you|see ya|cu"
)
_CHATS: Final = (
    "收到|好|好的|好滴|好嘞|好吧|行|可以|没问题|明白|知道|知道了|了解|嗯|嗯嗯|哦|噢|是|是的|对|对的|不|不是|没有|"
    "哈哈|哈哈哈|呵呵|厉害|牛|赞|测试|"
    "ok|okay|okey|k|kk|got it|roger|noted|sure|fine|great|cool|nice|perfect|yes|yep|yeah|no|nope|right|"
    "lol|haha|hahaha|lmao|wow|oops|test|testing"
)
_SAID: Final = {
    kind: re.compile(rf"(?:{words})(?: (?:there|all|everyone|team|mate|bot))?[啊呀呢了啦咯嘛哦吧的哈]?")
    for kind, words in ((Talk.GREETING, _GREETS), (Talk.THANKS, _THANKS), (Talk.CHAT, _CHATS))
}


def small_talk(text: str) -> Talk | None:
    """Whether the whole line is a greeting, thanks, an okay or a laugh; a name may be none of these."""
    if len(text.strip()) > _LONGEST:
        return None
    said = " ".join(re.sub(r"[^\w\s]|_", "", text).casefold().split())
    return next((kind for kind, words in _SAID.items() if words.fullmatch(said)), None)
