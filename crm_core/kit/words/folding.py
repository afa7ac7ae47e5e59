"""Folding what people type to one plain form *of the same length*, so that spans point into the original text.

Full-width letters, digits and punctuation become ASCII, traditional characters that dates, numbers and money use
become simplified, ASCII capitals become small, every blank becomes a space.
"""

_TRADITIONAL = (
    "週點後鐘鍾號兩個時禮這內農曆歷國慶節淩裡萬塊錢億貳參陸圓幾閏臘陽陰聖誕勞動從間當過現隔婦兒師雙總個爾"
    "剛聽尋頭會開約於為飯長黨驚蟄穀處黃倆還"
)
_SIMPLIFIED = (
    "周点后钟钟号两个时礼这内农历历国庆节凌里万块钱亿贰叁陆圆几闰腊阳阴圣诞劳动从间当过现隔妇儿师双总个尔"
    "刚听寻头会开约于为饭长党惊蛰谷处黄俩还"
)

_PUNCTUATION = {
    "。": ".",
    "、": ",",
    "｡": ".",
    "「": '"',
    "」": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "【": "[",
    "】": "]",
    "《": "<",
    "》": ">",
    "〜": "~",
    "∼": "~",
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "―": "-",
    "─": "-",
    "：": ":",
    "︰": ":",
    "∶": ":",
    "…": ".",
    "￥": "¥",
    "　": " ",
}


def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table.update({ord(old): new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)})
    table.update({ord(old): new for old, new in _PUNCTUATION.items()})
    blanks = [*range(0x20), 0x7F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x205F]
    table.update(dict.fromkeys([*blanks, 0x2060, 0x3000, 0xFEFF], " "))
    for small in range(ord("a"), ord("z") + 1):
        table[small - 0x20] = table[small - 0x20 + 0xFEE0] = chr(small)
    return table


_FOLDED = _table()


def fold(text: str) -> str:
    """The plain form of `text`; `len(fold(text)) == len(text)` always."""
    return text.translate(_FOLDED)
