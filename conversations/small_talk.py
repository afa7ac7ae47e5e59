"""Words that want no customer and no visit: 你好, 收到, thanks, ok, lol."""

import re
from typing import Final

_LONGEST: Final = 24
_SAID: Final = re.compile(
    r"(?:你好|您好|大家好|早|早安|早上好|上午好|中午好|下午好|晚上好|晚安|在|在吗|在不在|有人吗|喂|嗨|哈喽|"
    r"收到|好|好的|好滴|好嘞|好吧|行|可以|没问题|明白|知道|知道了|了解|嗯|嗯嗯|哦|噢|是|是的|对|对的|不|不是|没有|"
    r"谢谢|多谢|感谢|谢了|辛苦|辛苦了|不客气|麻烦了|再见|拜拜|哈哈|哈哈哈|呵呵|厉害|牛|赞|测试|你是谁|"
    r"hi|hello|hey|hiya|yo|morning|evening|good (?:morning|afternoon|evening|night)|anyone there|"
    r"ok|okay|okey|k|kk|got it|roger|noted|sure|fine|great|cool|nice|perfect|yes|yep|yeah|no|nope|right|"
    r"thanks|thank you|thank you very much|thanks a lot|many thanks|thx|ty|tks|cheers|np|"
    r"bye|goodbye|see you|see ya|cu|lol|haha|hahaha|lmao|wow|oops|test|testing|who are you)"
    r"(?: (?:there|all|everyone|team|mate|bot))?[啊呀呢了啦咯嘛哦吧的哈]?"
)


def is_small_talk(text: str) -> bool:
    """Whether the whole line is a greeting, thanks, an okay or a laugh; a name may be none of these."""
    words = re.sub(r"[^\w\s]|_", "", text[: _LONGEST + 1]).casefold().split()
    said = " ".join(words)
    return len(text.strip()) <= _LONGEST and _SAID.fullmatch(said) is not None
